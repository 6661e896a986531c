"""Bringing the database to this version's schema, and telling when it is not there. Alembic, configured in code."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from db.engine import Database

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x5107E  # any number, the same for every process: one migrates at a time
LOCK_TIMEOUT = "10s"


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
    """Bring the schema up (or down) to `revision` in one transaction; a second process waits for the first."""
    async with db.engine.execution_options(writes=True).begin() as connection:
        if db.dialect == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            await connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        await connection.run_sync(_go, revision)


def _go(connection: Connection, revision: str) -> None:
    config = configuration(connection)
    current = MigrationContext.configure(connection).get_current_revision()
    script = ScriptDirectory.from_config(config)
    target = script.get_current_head() if revision == "head" else revision
    if revision == "base" or (current is not None and target in _ancestors(script, current)):
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)


def _ancestors(script: ScriptDirectory, revision: str) -> set[str]:
    return {found.revision for found in script.iterate_revisions(revision, "base")} - {revision}


async def revision_problem(db: Database) -> str | None:
    """Return in one line what is wrong with the schema, or None. Raises one of UNAVAILABLE."""
    async with db.engine.connect() as connection:
        current = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    if current == head():
        return None
    if current is None:
        return "the database has no tables yet: run `python -m bot migrate`"
    known = {found.revision for found in ScriptDirectory.from_config(configuration()).walk_revisions()}
    if current in known:
        return f"the database is at an older version ({current}): run `python -m bot migrate`"
    return f"the database is at a newer version ({current}): run the store's newer version"
