"""Transactions and connections: what is kept, what is undone, who waits, and what an absent database looks like."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ArgumentError, IntegrityError, ProgrammingError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from db.engine import UNAVAILABLE, Database, normalise_url, reason
from db.tables import Customer, Draft


@pytest.fixture
async def elsewhere(database_url: str) -> AsyncIterator[Database]:
    """The same database, as another process has it."""
    db = Database(database_url)
    yield db
    await db.close()


async def balance(db: Database, customer: int = 1) -> Decimal | None:
    async with db.read() as session:
        found = await session.get(Customer, customer)
    return found.balance if found else None


async def add_one(db: Database) -> None:
    """Read, think, write: what two at once may not do over each other."""
    async with db.begin() as session:
        locked = select(Customer).where(col(Customer.id) == 1).with_for_update(key_share=True)
        customer = (await session.exec(locked)).one()
        await asyncio.sleep(0)
        customer.balance += 1


async def test_a_transaction_is_kept_whole_or_not_at_all(database: Database) -> None:
    async with database.begin() as session:
        session.add(Customer(id=1, name="Anna"))

    async def break_off() -> None:
        async with database.begin() as session:
            session.add(Customer(id=2, name="Boris"))
            await session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await break_off()
    assert await balance(database, 1) == 0
    assert await balance(database, 2) is None


async def test_what_a_reader_writes_is_undone(database: Database) -> None:
    async with database.read() as session:
        session.add(Customer(id=1, name="Anna"))
        await session.flush()
    assert await balance(database) is None


async def test_values_can_be_read_after_the_commit(database: Database) -> None:
    async with database.begin() as session:
        customer = Customer(id=1, name="Anna")
        session.add(customer)
    assert customer.name == "Anna"


async def test_a_row_that_refers_to_nothing_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.begin() as session:
            session.add(Draft(customer_id=404, service_id="404"))


async def test_writers_of_two_processes_queue_and_none_is_lost(database: Database, elsewhere: Database) -> None:
    async with database.begin() as session:
        session.add(Customer(id=1, name="Anna"))
    await asyncio.gather(*(add_one(db) for db in (database, elsewhere) for _ in range(20)))
    assert await balance(database) == 40


async def test_a_reader_neither_waits_for_a_writer_nor_sees_its_half(database: Database, elsewhere: Database) -> None:
    async with database.begin() as session:
        session.add(Customer(id=1, name="Anna"))
        await session.flush()
        assert await balance(elsewhere) is None
        assert await balance(database) is None
    assert await balance(elsewhere) == 0


async def test_a_writer_that_is_cancelled_leaves_no_lock(database: Database) -> None:
    async with database.begin() as session:
        session.add(Customer(id=1, name="Anna"))
    entered = asyncio.Event()

    async def linger() -> None:
        async with database.begin() as session:
            customer = await session.get(Customer, 1, with_for_update={"key_share": True})
            assert customer is not None
            customer.balance += 100
            await session.flush()
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(linger())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(add_one(database), 5)
    assert await balance(database) == 1


async def test_a_wrong_statement_is_not_taken_for_an_outage(database: Database) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - its class differs between the databases
        async with database.read() as session:
            await session.exec(text("SELECT nothing FROM nowhere"))  # type: ignore[call-overload]
    if database.dialect == "postgresql":  # SQLite's driver has one class for both
        assert isinstance(caught.value, ProgrammingError)
        assert not isinstance(caught.value, UNAVAILABLE)


async def test_a_ping_answers(database: Database) -> None:
    await database.ping()


async def test_sqlite_keeps_its_promises(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'made' / 'for' / 'it' / 'store.db'}")
    async with db.read() as session:
        found = {
            name: (await session.exec(text(f"PRAGMA {name}"))).scalar_one()  # type: ignore[call-overload]
            for name in ("journal_mode", "foreign_keys", "synchronous")
        }
    await db.close()
    assert found == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2}  # 2 is FULL


async def test_sqlite_is_locked_from_the_start_of_a_writing_transaction(tmp_path: Path) -> None:
    """A transaction that reads first and writes later would find the file changed, or the lock taken, half-way."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    db, impatient = Database(url), Database(url)
    try:
        async with db.begin() as session:
            await session.exec(text("SELECT 1"))  # type: ignore[call-overload]
            async with impatient.read() as other:
                await other.exec(text("PRAGMA busy_timeout=0"))  # type: ignore[call-overload]
            with pytest.raises(UNAVAILABLE, match="locked"):
                async with impatient.begin() as other:
                    await other.exec(text("SELECT 1"))  # type: ignore[call-overload]
    finally:
        await db.close()
        await impatient.close()


async def test_postgresql_comes_back_after_it_dropped_every_connection(postgres_url: str) -> None:
    db, killer = Database(postgres_url), Database(postgres_url)

    async def pid_of(session: AsyncSession) -> int:
        return int((await session.exec(text("SELECT pg_backend_pid()"))).scalar_one())  # type: ignore[call-overload]

    async def drop(pid: int) -> None:
        async with killer.read() as session:
            await session.exec(text("SELECT pg_terminate_backend(:pid)").bindparams(pid=pid))  # type: ignore[call-overload]

    async def lose_it_half_way() -> None:
        async with db.begin() as session:
            await drop(await pid_of(session))
            await session.exec(text("SELECT 1"))  # type: ignore[call-overload]

    try:
        with pytest.raises(UNAVAILABLE):
            await lose_it_half_way()
        async with db.read() as session:
            pid = await pid_of(session)
        await drop(pid)
        await db.ping()  # the pool noticed that its idle connection was gone
    finally:
        await db.close()
        await killer.close()


async def test_a_lock_of_postgresql_that_is_not_given_is_waited_for_later(postgres_url: str) -> None:
    db = Database(postgres_url)

    async def lock() -> None:
        async with db.begin() as other:
            await other.exec(text("SET LOCAL lock_timeout = '20ms'"))  # type: ignore[call-overload]
            await other.exec(text("LOCK TABLE fact"))  # type: ignore[call-overload]

    try:
        async with db.begin() as session:
            await session.exec(text("LOCK TABLE fact"))  # type: ignore[call-overload]
            with pytest.raises(UNAVAILABLE, match="lock"):
                await lock()
    finally:
        await db.close()


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://postgres@127.0.0.1:1/store",  # refused
        "postgresql://postgres@localhost:1/store",  # refused at each of its addresses
        "postgresql://postgres@no-such-host.invalid/store",
        "sqlite:////proc/nowhere/store.db",  # no such folder, and it cannot be made
        "sqlite:////proc/store.db",  # the file cannot be made
        "sqlite:////etc/passwd",  # the file is something else
        "postgresql://postgres@127.0.0.1:1/store?sslmode=verify-full&sslrootcert=/nowhere/root.crt",
    ],
)
async def test_a_database_that_is_away_is_one_of_unavailable(address: str) -> None:
    async def use() -> None:
        db = Database(address)
        try:
            await db.ping()
        finally:
            await db.close()

    with pytest.raises(UNAVAILABLE) as caught:
        await use()
    assert reason(caught.value)
    assert "\n" not in reason(caught.value)


async def test_a_missing_database_of_postgresql_is_one_of_unavailable(postgres_url: str) -> None:
    db = Database(f"{postgres_url.rsplit('/', 1)[0]}/no_such_database")
    for attempt in (db.ping(), _read(db)):
        with pytest.raises(UNAVAILABLE, match="no_such_database"):
            await attempt
    await db.close()


async def test_a_host_that_must_be_trusted_and_speaks_no_tls_is_refused() -> None:
    """Never in the clear by mistake: the server here answers the request for TLS with "no"."""

    async def no_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(8)
        writer.write(b"N")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(no_tls, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        for mode in ("require", "verify-ca", "verify-full&sslrootcert=system"):
            db = Database(f"postgres://u:p@127.0.0.1:{port}/store?sslmode={mode}")
            with pytest.raises(UNAVAILABLE, match="SSL"):
                await db.ping()
            await db.close()


async def _read(db: Database) -> None:
    async with db.read() as session:
        await session.exec(text("SELECT 1"))  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("postgres://u:p@h:5/d", "postgresql+asyncpg://u:p@h:5/d"),
        ("postgresql://u:p@h/d?sslmode=require", "postgresql+asyncpg://u:p@h/d?ssl=require"),
        ("postgresql+psycopg2://u@h/d", "postgresql+asyncpg://u@h/d"),
        (
            "postgres://u:p%40@h/d?sslmode=disable&channel_binding=require&connect_timeout=5&pgbouncer=true",
            "postgresql+asyncpg://u:p%40@h/d?ssl=disable",
        ),
        ("postgresql:///d?host=/var/run/postgresql", "postgresql+asyncpg:///d?host=%2Fvar%2Frun%2Fpostgresql"),
        ("sqlite:///data/store.db", "sqlite+aiosqlite:///data/store.db"),
        ("sqlite:////srv/store.db", "sqlite+aiosqlite:////srv/store.db"),
    ],
)
def test_the_addresses_hosts_give_are_understood(given: str, taken: str) -> None:
    assert normalise_url(given).render_as_string(hide_password=False) == taken


@pytest.mark.parametrize("given", ["mysql://u@h/d", "", "store.db", "postgresql://u@h:port/d"])
def test_other_addresses_are_refused(given: str) -> None:
    with pytest.raises((ValueError, ArgumentError)):
        normalise_url(given)


async def test_parameters_a_host_adds_for_others_do_not_keep_the_store_out(postgres_url: str) -> None:
    db = Database(f"{postgres_url}?sslmode=prefer&connect_timeout=10&pgbouncer=true&channel_binding=prefer")
    await db.ping()
    await db.close()
