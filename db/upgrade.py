"""Bringing the database to this version's schema, and telling when it is not there. Alembic, configured in code."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.engine import Database, lost_connections

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x5107E  # any number, the same for every process: one migrates at a time
LOCK_TIMEOUT = "10s"


class SchemaError(Exception):
    """The schema cannot be brought to this version: one line with the reason and the cure."""


def configuration(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration, over an open connection where there is one."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def head() -> str | None:
    """Return the newest revision of this version."""
    return ScriptDirectory.from_config(configuration()).get_current_head()


async def migrate(db: Database, revision: str = "head") -> None:
    """Bring the schema up (or down) to `revision` in one transaction; a second process waits for the first.

    Raises SchemaError when the database is newer than this version, and one of UNAVAILABLE.
    """
    with lost_connections():
        async with db.engine.execution_options(writes=True).connect() as connection:
            if db.dialect == "sqlite":
                await _enforce_foreign_keys(connection, enforce=False)
            try:
                async with connection.begin():
                    if db.dialect == "postgresql":
                        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
                        await connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
                    await connection.run_sync(_go, revision)
            finally:
                if db.dialect == "sqlite":
                    await _enforce_foreign_keys(connection, enforce=True)


async def _enforce_foreign_keys(connection: AsyncConnection, *, enforce: bool) -> None:
    """Switch them for a while: batch mode drops and makes anew tables that rows of others refer to.

    SQLite ignores the switch inside a transaction, so it is thrown on the driver's own connection.
    """
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None  # noqa: S101 - a connection was just checked out
    cursor = await driver.execute(f"PRAGMA foreign_keys={'ON' if enforce else 'OFF'}")
    await cursor.close()


def _go(connection: Connection, revision: str) -> None:
    config = configuration(connection)
    current = MigrationContext.configure(connection).get_current_revision()
    script = ScriptDirectory.from_config(config)
    if current is not None and current not in _known(script):
        raise SchemaError(_newer(current))
    target = script.get_current_head() if revision == "head" else revision
    if current == target:
        return
    if revision == "base" or (current is not None and target in _ancestors(script, current)):
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)
    if connection.dialect.name == "sqlite" and connection.execute(text("PRAGMA foreign_key_check")).first():
        raise SchemaError("the migration would leave rows that refer to nothing; nothing was changed")


def _ancestors(script: ScriptDirectory, revision: str) -> set[str]:
    return {found.revision for found in script.iterate_revisions(revision, "base")} - {revision}


def _known(script: ScriptDirectory) -> set[str]:
    return {found.revision for found in script.walk_revisions()}


def _newer(revision: str) -> str:
    return f"the database is at a newer version ({revision}): run the store's newer version"


async def revision_problem(db: Database, *, at_work: bool = False) -> str | None:
    """Return in one line what is wrong with the schema, or None. Raises one of UNAVAILABLE.

    To a process that is `at_work` a newer schema is none: it goes on until it is replaced, since migrations leave what
    the version before writes and reads.
    """
    with lost_connections():
        async with db.engine.connect() as connection:
            current = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    if current == head():
        return None
    if current is None:
        return "the database has no tables yet: run `python -m bot migrate`"
    if current in _known(ScriptDirectory.from_config(configuration())):
        return f"the database is at an older version ({current}): run `python -m bot migrate`"
    return None if at_work else _newer(current)
