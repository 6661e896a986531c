"""One database, two ways in: `begin` for a transaction that writes, `read` for one that only looks."""

import asyncio
import sqlite3
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession


class DatabaseAway(Exception):
    """No connection, or it was lost in the middle: the transaction is undone."""


# What is raised while the database is locked or away; it may work again later.
UNAVAILABLE: tuple[type[BaseException], ...] = (
    DatabaseAway,
    OperationalError,
    InterfaceError,
    PoolTimeout,
    ConnectionError,
    TimeoutError,
)
# At the start and in a check, whatever the database says is a reason not to use it.
UNUSABLE: tuple[type[BaseException], ...] = (DBAPIError, *UNAVAILABLE)

BUSY_MILLISECONDS = 10_000
# What asyncpg takes of a URL's parameters. Hosts put more there, for libpq or for poolers (`connect_timeout`,
# `channel_binding`, `pgbouncer`), that it would refuse to connect over.
TAKEN = {"host", "port", "ssl", "prepared_statement_cache_size"}
# SQLSTATEs, by how they begin, that speak of the server and not of the statement (PostgreSQL manual, appendix A):
# connection, authorization, no such database, deadlock, resources, lock not available, shutdown and starting up.
SERVER_STATES = ("08", "28", "3D", "40", "53", "55P03", "57")


def normalise_url(url: str) -> URL:
    """Return a host's DATABASE_URL (`postgres://…?sslmode=require`) as SQLAlchemy's async drivers take it.

    Raises ValueError or SQLAlchemy's ArgumentError for what is no address of a database the store knows.
    """
    parsed = make_url(url)
    backend = parsed.drivername.split("+")[0]
    if backend in {"postgres", "postgresql"}:
        query = {name: value for name, value in parsed.query.items() if name in TAKEN}
        if "sslmode" in parsed.query:
            query.setdefault("ssl", parsed.query["sslmode"])
        return parsed.set(drivername="postgresql+asyncpg", query=query)
    if backend == "sqlite":
        return parsed.set(drivername="sqlite+aiosqlite")
    raise ValueError(f"{backend} is not a database the store knows: take postgresql:// or sqlite:///")


class Database:
    """The connections to one database, and the transactions on them.

    Rows are locked with `with_for_update(key_share=True)`, PostgreSQL's FOR NO KEY UPDATE: a new row that refers to the
    locked one (an order to its customer) may then be written meanwhile, where FOR UPDATE would make two such writers
    wait for each other.
    """

    def __init__(self, url: str, *, pool_size: int = 10, statement_seconds: float | None = 60) -> None:
        """Take any DATABASE_URL; connect at the first use. A SQLite file and its folder are made.

        A statement may take `statement_seconds` on a server, None for as long as it takes.

        Raises DatabaseAway when they cannot be, and what `normalise_url` raises.
        """
        self.url = normalise_url(url)
        self.dialect = self.url.get_backend_name()
        options: dict[str, Any] = {"pool_pre_ping": True}
        if self.dialect == "sqlite":
            if self.url.database and self.url.database != ":memory:":
                _make_file(Path(self.url.database))
            options = {"connect_args": {"timeout": BUSY_MILLISECONDS / 1000}}
        else:
            options |= {"pool_size": pool_size, "max_overflow": pool_size, "pool_timeout": 10}
            trust = _trust(url, self.url.query.get("ssl"))
            options["connect_args"] = {"timeout": 10, "command_timeout": statement_seconds, **trust}
        self.engine: AsyncEngine = create_async_engine(self.url, **options)
        writing = self.engine
        if self.dialect == "sqlite":
            _prepare_sqlite(self.engine)
            writing = self.engine.execution_options(writes=True)
        self._write = async_sessionmaker(writing, class_=AsyncSession, expire_on_commit=False)
        self._read = async_sessionmaker(self.engine, class_=AsyncSession, expire_on_commit=False)
        # SQLite has one writer at a time. Here writers of this process queue in order, instead of each polling for
        # the file's lock until its busy timeout is over.
        self._turn = asyncio.Lock() if self.dialect == "sqlite" else None

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction that writes: committed at the end, rolled back when an error leaves it.

        On SQLite it holds the write lock from the start (BEGIN IMMEDIATE), so what it reads cannot change under it.
        Raises one of UNAVAILABLE while the database is locked or away.
        """
        with lost_connections():
            async with self._turn or nullcontext(), self._write() as session, session.begin():
                yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction that only looks; whatever it wrote is rolled back. Raises one of UNAVAILABLE."""
        with lost_connections():
            async with self._read() as session:
                yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncSession]:
        """Like `read`, and every look in it is at one moment. On SQLite each transaction is like that."""
        async with self.read() as session:
            if self.dialect != "sqlite":
                await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    async def ping(self) -> None:
        """Ask the database for a sign of life. Raises one of UNAVAILABLE."""
        with lost_connections():
            async with self.engine.connect() as connection:
                await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def reason(error: BaseException) -> str:
    """Return in one line what the database, or the way to it, said."""
    words = str(getattr(error, "orig", None) or error)
    return words.splitlines()[0] if words.strip() else type(error).__name__


@contextmanager
def lost_connections() -> Iterator[None]:
    """Tell a server that is away, full or shutting down (SQLAlchemy has no class for it) from a wrong statement."""
    try:
        yield
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None) or ""
        if error.connection_invalidated or state.startswith(SERVER_STATES):
            raise DatabaseAway(reason(error)) from error
        raise
    except OSError as error:  # on the way to the server: no such host, no route, refused, timed out
        raise DatabaseAway(reason(error)) from error


def _trust(url: str, mode: str | tuple[str, ...] | None) -> dict[str, Any]:
    """Return TLS that checks the server, where the URL asks for it; asyncpg looks for roots in a file of libpq's only.

    Raises DatabaseAway when the URL's `sslrootcert` cannot be read.
    """
    if mode not in {"verify-ca", "verify-full"}:
        return {}
    root = make_url(url).query.get("sslrootcert", "system")
    with lost_connections():
        context = ssl.create_default_context(cafile=None if root == "system" else str(root))
    context.check_hostname = mode == "verify-full"
    return {"ssl": context}


def _make_file(path: Path) -> None:
    """Make or read the file: what stands in the way is found before aiosqlite starts a thread that outlives it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA schema_version").fetchone()
    except (OSError, sqlite3.Error) as error:
        raise DatabaseAway(f"{path}: {reason(error)}") from error


def _prepare_sqlite(engine: AsyncEngine) -> None:
    """Make SQLite keep its promises: foreign keys, a log readers do not block, and BEGIN when we say so."""

    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver opens no transactions of its own
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
        cursor.execute("PRAGMA journal_mode=WAL")
        # FULL: with NORMAL a power cut may undo the last commits, among them the one that says an order was sent.
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


__all__ = ["UNAVAILABLE", "UNUSABLE", "Database", "DatabaseAway", "lost_connections", "normalise_url", "reason"]
