"""Addresses, secrets, and what the database driver says."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from superemitter.model.errors import RegisterBusy, RegisterError
from superemitter.register import open_register
from superemitter.register.engine import DATABASE_SETTING, database_url, masked


def test_the_setting_names_the_database_and_an_argument_stands_above_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DATABASE_SETTING, raising=False)
    assert str(database_url()) == "sqlite:///superemitter.db"
    monkeypatch.setenv(DATABASE_SETTING, "postgresql://u@h/db")
    assert str(database_url()) == "postgresql+psycopg://u@h/db"
    assert str(database_url("x.db")) == "sqlite:///x.db"
    assert str(database_url(Path("/a/x.db"))) == "sqlite:////a/x.db"


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://u:s3cret@h/db",
        "postgres://u:s3cret@h:5432/db",
        "postgresql://u@h/db?password=s3cret&sslmode=x",
    ],
)
def test_a_password_is_masked(address: str) -> None:
    assert "s3cret" not in masked(database_url(address))


@pytest.mark.parametrize(
    "address",
    ["mysql://u:s3cret@h/db", "postgresql://u:s3cret@h:port/db", "nosuch+x://u:s3cret@h/db", "://s3cret"],
)
def test_an_address_of_something_else_is_refused_without_quoting_it(address: str) -> None:
    with pytest.raises(RegisterError, match="SQLite or PostgreSQL") as caught:
        open_register(address)
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "address", ["postgresql://u:s3cret@/db?host=/nowhere", "postgresql://u@/db?host=/nowhere&password=s3cret"]
)
def test_an_error_of_the_server_shows_no_password(address: str) -> None:
    with pytest.raises(RegisterError, match="cannot be used") as caught:
        open_register(address)
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: (folder / "text.db").write_text("not a database " * 100) and folder / "text.db",
        lambda folder: folder / "nowhere" / "x.db",
        lambda folder: folder,
    ],
)
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    with pytest.raises(RegisterError, match="cannot be opened"):
        open_register(make(tmp_path))


def test_sqlite_keeps_what_is_committed_and_checks_keys(tmp_path: Path) -> None:
    register = open_register(tmp_path / "r.db")
    with register.reading() as connection:
        settings = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")
        ]
        assert settings == ["wal", 2]
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    register.close()


def test_a_writer_that_waits_too_long_is_told_to_repeat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("superemitter.register.engine.BUSY_TIMEOUT_S", 0.1)
    one, two = open_register(tmp_path / "r.db"), open_register(tmp_path / "r.db")
    with one.writing() as connection:
        connection.execute(text("DELETE FROM licences"))
        with pytest.raises(RegisterBusy), two.writing():
            pass
        with two.reading() as other:  # a reader does not wait
            assert other.execute(text("SELECT count(*) FROM licences")).scalar() == 0
    one.close()
    two.close()
