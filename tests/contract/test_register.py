"""What the register promises, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from superemitter.register import Register


def test_x(register: Register) -> None:
    with register.reading() as c:
        assert c.exec_driver_sql("select count(*) from observations").scalar() == 0
