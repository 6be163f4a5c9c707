"""Open the register, and read and write it in whole transactions."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from superemitter.model.errors import RegisterBusy, RegisterError, RegisterFull
from superemitter.register import migrate

#: Environment variable that names the database; ``--db`` of the command line stands above it.
DATABASE_SETTING: Final = "SUPEREMITTER_DATABASE_URL"
DEFAULT_DATABASE: Final = "sqlite:///superemitter.db"
BUSY_TIMEOUT_S: Final = 30.0

#: PostgreSQL advisory lock that whoever writes observations holds: events and sources are grouped one at a time.
GROUPING_LOCK: Final = 0x5EE_1EA4

_SECRET_OPTION = re.compile(r"pass|secret|token|key", re.IGNORECASE)
_DISK_FULL = "53100"
_BUSY = frozenset({"55P03", "40001", "40P01"})


def _system_clock() -> datetime:
    return datetime.now(UTC)


class Register:
    """A register that is open: an engine, a clock, and transactions.

    Attributes
    ----------
    engine : sqlalchemy.Engine
    clock : callable
        Gives the time, with zone, at which something is recorded.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = _system_clock) -> None:
        self.engine = engine
        self.clock = clock

    @property
    def name(self) -> str:
        """The address of the database, without its password."""
        return masked(self.engine.url)

    @property
    def is_sqlite(self) -> bool:
        """True for SQLite, False for PostgreSQL."""
        return self.engine.dialect.name == "sqlite"

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the register.

        Raises
        ------
        RegisterError
            The database cannot be reached or read.
        """
        with translated(self.name), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def writing(self, *, grouping: bool = False) -> Iterator[Connection]:
        """A transaction that is stored whole when the block ends, or not at all if it raises.

        On SQLite it is the only writer from its first statement on (``BEGIN IMMEDIATE``).

        Parameters
        ----------
        grouping : bool
            Keep every other writer of observations out until the end (on SQLite that is always so).

        Raises
        ------
        RegisterError
            The database cannot be reached or written, is busy for too long, or is full.
        """
        with (
            translated(self.name),
            self.engine.connect().execution_options(superemitter_write=True) as connection,
            connection.begin(),
        ):
            if grouping and not self.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": GROUPING_LOCK})
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def open_register(
    target: str | Path | None = None, *, upgrade: bool = False, clock: Callable[[], datetime] = _system_clock
) -> Register:
    """Open the register, and make it if there is none.

    Parameters
    ----------
    target : str or Path, optional
        A database URL (``sqlite:///...``, ``postgresql://...``) or the path of an SQLite file. If left out, the
        environment variable ``SUPEREMITTER_DATABASE_URL``, else ``superemitter.db`` in the working directory.
    upgrade : bool
        Bring a register of an older version up to this one; without it such a register is refused.
    clock : callable
        Gives the time of recording.

    Raises
    ------
    RegisterOutdated, RegisterTooNew
        The register was made by another version.
    RegisterError
        It cannot be opened, or holds something else than a register.
    """
    url = database_url(target)
    engine = _engine(url)
    register = Register(engine, clock)
    try:
        with translated(register.name):
            if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
                _use_write_ahead_log(engine)
            migrate.prepare(engine, register.name, allow_upgrade=upgrade)
    except BaseException:
        engine.dispose()
        raise
    return register


def upgrade(target: str | Path | None = None) -> Register:
    """Open the register and bring it up to this version; see :func:`open_register`."""
    return open_register(target, upgrade=True)


def database_url(target: str | Path | None = None) -> URL:
    """The database that a target, the setting or the default names.

    Raises
    ------
    RegisterError
        It is neither an SQLite nor a PostgreSQL address.
    """
    given = str(target) if target is not None else os.environ.get(DATABASE_SETTING) or DEFAULT_DATABASE
    if isinstance(target, Path) or "://" not in given:
        return URL.create("sqlite", database=given)
    try:
        url = make_url(given)
        backend = url.get_backend_name()
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise _unknown_address() from None  # the cause may quote the address, and with it a password
    if backend == "sqlite":
        return url
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    raise _unknown_address()


def masked(url: URL) -> str:
    """An address that may be shown: without password, and without options that look like one."""
    query = {name: "***" if _SECRET_OPTION.search(name) else value for name, value in url.query.items()}
    return url.set(query=query).render_as_string(hide_password=True)


@contextlib.contextmanager
def translated(name: str) -> Iterator[None]:
    """Turn what the database driver raises into errors that say what to do; data and secrets stay out of them."""
    try:
        yield
    except DBAPIError as error:
        raise _as_register_error(error, name) from None


def _as_register_error(error: DBAPIError, name: str) -> RegisterError:
    cause = error.orig
    state = getattr(cause, "sqlstate", None)
    said = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
    said = re.sub(r"(password\s*=\s*)\S+", r"\1***", said, flags=re.IGNORECASE)
    if state == _DISK_FULL or "database or disk is full" in said or "disk I/O error" in said:
        return RegisterFull(
            f"no space for the register {name}: {said}", hint="nothing was stored: free some space and repeat"
        )
    if state in _BUSY or "database is locked" in said:
        return RegisterBusy(f"the register {name} is busy: {said}", hint="nothing was stored: repeat")
    return RegisterError(
        f"the register {name} cannot be used: {said}", hint="check the address, --db, and the server"
    )


def _unknown_address() -> RegisterError:
    return RegisterError(
        "the address of the register is not one of SQLite or PostgreSQL",
        hint="give sqlite:///FILE, postgresql://USER@HOST/NAME or the path of a file",
    )


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S}, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    options = {"connect_timeout": int(BUSY_TIMEOUT_S), "application_name": "superemitter"}
    return create_engine(url, connect_args=options, hide_parameters=True, pool_pre_ping=True)


def _prepare_sqlite(connection: Any, record: object) -> None:
    """Foreign keys on; a commit is on the disk when it returns; transactions begin when we say so."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA cache_size = -65536")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("superemitter_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _use_write_ahead_log(engine: Engine) -> None:
    """Readers do not wait for a writer, nor a writer for readers; kept in the file once set."""
    try:
        with contextlib.closing(engine.raw_connection()) as raw:
            raw.cursor().execute("PRAGMA journal_mode = WAL")
    except sqlite3.Error as error:  # this early, SQLAlchemy does not wrap it
        raise RegisterError(
            f"the register {masked(engine.url)} cannot be opened: {error}",
            hint="is it an SQLite file, in a folder that you may write to?",
        ) from None
