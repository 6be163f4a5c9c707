"""Make the tables, and say whether a database is ours and of this version."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from superemitter.model.errors import RegisterError, RegisterOutdated, RegisterTooNew


def prepare(engine: Engine, name: str, *, allow_upgrade: bool) -> None:
    """Make a new register, or check that an old one is of this version; all in one transaction.

    Raises
    ------
    RegisterOutdated
        It is older, and upgrading was not allowed.
    RegisterTooNew
        It is newer than this version knows.
    RegisterError
        The database holds tables, but no register.
    """
    with engine.connect() as connection, connection.begin():
        if _version(connection) == newest_version():
            return
    with engine.connect().execution_options(superemitter_write=True) as connection, connection.begin():
        _lock(connection)
        version = _version(connection)
        if version == newest_version():  # somebody else was faster
            return
        if version is None:
            _refuse_foreign(connection, name)
        elif version not in _known_versions():
            raise RegisterTooNew(
                f"the register {name} is of version {version}; this superemitter knows up to {newest_version()}",
                hint="use the newer superemitter that wrote it",
            )
        elif not allow_upgrade:
            raise RegisterOutdated(
                f"the register {name} is of version {version}, this superemitter needs {newest_version()}",
                hint="make a backup, then call superemitter.register.upgrade(ADDRESS)",
            )
        upgrade_to(connection, "head")


def upgrade_to(connection: Connection, version: str) -> None:
    """Run the migrations up to a version in the connection's transaction."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, version)


def newest_version() -> str:
    """The version of the register that this package writes."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def _known_versions() -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _lock(connection: Connection) -> None:
    """On PostgreSQL, two processes that make a register at once take turns; on SQLite they do anyway."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7310612)")


def _refuse_foreign(connection: Connection, name: str) -> None:
    found = inspect(connection).get_table_names()
    if found:
        raise RegisterError(
            f"the database {name} holds tables ({', '.join(sorted(found)[:3])}, ...), but no register",
            hint="give a database of its own",
        )
