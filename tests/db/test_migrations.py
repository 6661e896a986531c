"""The migrations, up and down, alone and two at once, on both databases."""

import asyncio
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import SQLModel, select

from db import upgrade
from db.engine import Database
from db.tables import Customer, Draft, Order, Search, Verdict
from db.upgrade import SchemaError, head, migrate, revision_problem

SECOND = '''"""A second migration."""

import sqlalchemy as sa
from alembic import op

revision = "9002"
down_revision = "{previous}"
branch_labels = None
depends_on = None


def upgrade() -> None:
{up}


def downgrade() -> None:
    pass
'''


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The migrations of a later version of the store: these, and one more that the test writes with `write_next`."""
    migrations = tmp_path / "migrations"
    shutil.copytree(upgrade.MIGRATIONS, migrations, ignore=shutil.ignore_patterns("__pycache__"))
    newest = head()
    monkeypatch.setattr(upgrade, "MIGRATIONS", migrations)
    assert newest is not None
    (migrations / "newest").write_text(newest)
    return migrations


def write_next(migrations: Path, *lines: str) -> None:
    """Write the migration after the newest."""
    up = "\n".join(f"    {line}" for line in lines)
    previous = (migrations / "newest").read_text()
    (migrations / "versions" / "9002_next.py").write_text(SECOND.format(previous=previous, up=up))


async def table_names(db: Database) -> set[str]:
    async with db.engine.connect() as connection:
        return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


async def test_the_migrations_make_the_tables_of_the_code(blank: Database) -> None:
    await migrate(blank)

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), SQLModel.metadata))

    async with blank.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    assert await table_names(blank) == {*SQLModel.metadata.tables, "alembic_version"}


async def test_down_takes_everything_away_and_up_again_works(blank: Database) -> None:
    await migrate(blank)
    await migrate(blank, "base")
    assert await table_names(blank) == {"alembic_version"}
    assert await revision_problem(blank) is not None
    await migrate(blank)
    assert await revision_problem(blank) is None


async def test_a_database_that_is_up_to_date_stays_as_it_is(database: Database) -> None:
    async with database.begin() as session:
        session.add(Customer(id=1, name="Anna", balance=Decimal("1.5")))
    await migrate(database)
    async with database.read() as session:
        found = await session.get(Customer, 1)
    assert found is not None
    assert found.balance == Decimal("1.5")


async def test_two_starts_at_once_migrate_once(blank_url: str) -> None:
    starts = [Database(blank_url) for _ in range(3)]
    await asyncio.gather(*(migrate(db) for db in starts))
    assert await revision_problem(starts[0]) is None
    for db in starts:
        await db.close()


async def test_an_empty_database_is_told_in_one_line(blank: Database) -> None:
    problem = await revision_problem(blank)
    assert problem is not None
    assert "no tables yet" in problem
    assert "python -m bot migrate" in problem
    assert "\n" not in problem


async def test_an_older_database_is_told_and_brought_up(next_version: Path, database: Database) -> None:
    write_next(next_version, 'op.add_column("customer", sa.Column("nickname", sa.Text()))')
    problem = await revision_problem(database)
    assert problem is not None
    assert "older" in problem
    if database.dialect == "sqlite":  # PostgreSQL's database goes on to the next test
        await migrate(database)
        assert await revision_problem(database) is None


async def test_a_newer_database_is_refused_in_one_line(blank: Database) -> None:
    await migrate(blank)
    async with blank.engine.execution_options(writes=True).begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    problem = await revision_problem(blank)
    assert problem is not None
    assert "newer" in problem
    with pytest.raises(SchemaError, match="newer version \\(9999\\)"):
        await migrate(blank)


async def test_a_migration_that_fails_leaves_nothing_behind(next_version: Path, blank: Database) -> None:
    before = (next_version / "newest").read_text()
    await migrate(blank)
    write_next(
        next_version,
        'op.create_table("halfway", sa.Column("id", sa.Integer(), primary_key=True))',
        'op.execute("INSERT INTO nowhere VALUES (1)")',
    )
    with pytest.raises(DBAPIError):
        await migrate(blank)
    assert "halfway" not in await table_names(blank)
    problem = await revision_problem(blank)
    assert problem is not None
    assert f"older version ({before})" in problem


async def test_a_table_others_refer_to_can_be_made_anew(next_version: Path, blank: Database) -> None:
    """Batch mode drops the old table; with SQLite's foreign keys on, that would fail over every row of a customer."""
    await migrate(blank)
    async with blank.begin() as session:
        session.add(Customer(id=1, name="Anna"))
    async with blank.begin() as session:
        await session.exec(
            text("INSERT INTO category (name, position) VALUES ('c', 0)")  # type: ignore[call-overload]
        )
    write_next(
        next_version,
        "op.execute(\"INSERT INTO fact SELECT 'kept', NULL, created_at FROM customer\")",
        'with op.batch_alter_table("customer", recreate="auto") as batch:',
        '    batch.alter_column("name", type_=sa.String(100), existing_type=sa.Text(), existing_nullable=False)',
    )
    async with blank.begin() as session:
        await session.exec(
            text(  # type: ignore[call-overload]
                "INSERT INTO service (id, category_id, name, description, type, rate, min, max, dripfeed, position,"
                " changed_at) SELECT '1', category.id, 's', '', 'Default', '1', 1, 2, :no, 0, created_at"
                " FROM category, customer"
            ).bindparams(no=False)
        )
        session.add(Draft(customer_id=1, service_id="1"))
    await migrate(blank)
    async with blank.read() as session:
        assert (await session.get(Customer, 1)) is not None
    with pytest.raises(IntegrityError):  # and the keys are held again afterwards
        async with blank.begin() as session:
            session.add(Draft(customer_id=2, service_id="1"))


async def test_a_migration_that_orphans_rows_is_undone(next_version: Path, tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'orphans.db'}")
    await migrate(db)
    async with db.begin() as session:
        session.add(Customer(id=1, name="Anna"))
    write_next(
        next_version,
        'op.execute("INSERT INTO draft (customer_id, service_id, comments, drip, created_at)'
        " VALUES (1, 'none', '[]', 0, 0)\")",
    )
    with pytest.raises(SchemaError, match="refer to nothing"):
        await migrate(db)
    problem = await revision_problem(db)
    assert problem is not None
    assert "older" in problem
    await db.close()


def old_order(number: int, state: str, panel_order_id: str) -> str:
    """An order as the first version of the tables has it."""
    return (
        "INSERT INTO customer_order (id, customer_id, draft_id, chat_id, service_id, service_name, kind, link, total,"
        " comments, rate, cost, price, refunded, state, panel_order_id, attempts, next_attempt_at, created_at,"
        " changed_at)"
        f" VALUES ({number}, 1, {number}, 1, '31', 's', 'default', 'l', 9, '[]', '1', '1', 1000000, 0, '{state}',"
        f" {panel_order_id}, 1, {{now}}, {{now}}, {{now}})"
    )


OLD_ROWS = (
    "INSERT INTO customer (id, name, balance, card_updates, end_messages, created_at, seen_at)"
    " VALUES (1, 'Anna', 0, true, true, {now}, {now})",
    "INSERT INTO category (id, name, position) VALUES (1, 'c', 0)",
    "INSERT INTO service (id, category_id, name, description, type, rate, min, max, dripfeed, position, changed_at)"
    " VALUES ('31', 1, 's', '', 'Default', '1', 1, 9, false, 0, {now})",
    *(
        "INSERT INTO draft (id, customer_id, service_id, comments, drip, created_at)"
        f" VALUES ({number}, 1, '31', '[]', false, {{now}})"
        for number in (1, 2, 3)
    ),
    old_order(1, "placed", "'23501'"),
    old_order(2, "placed", "'ord_1'"),
    old_order(3, "unconfirmed", "NULL"),
    "INSERT INTO attempt (id, order_id, started_at) VALUES (7, 3, {now})",
)


async def test_what_the_version_before_wrote_is_gone_on_with(blank: Database) -> None:
    await migrate(blank, "0001")
    now = "now()" if blank.dialect == "postgresql" else "1700000000000000"
    async with blank.engine.begin() as connection:
        for row in OLD_ROWS:
            await connection.execute(text(row.format(now=now)))
    await migrate(blank)
    async with blank.read() as session:
        orders = {order.id: order.panel_number for order in (await session.exec(select(Order))).all()}
        search = (await session.exec(select(Search))).one()
    assert orders == {1: 23501, 2: None, 3: None}
    assert (search.attempt_id, search.order_id, search.verdict, search.strangers) == (7, 3, Verdict.OPEN, [])
    assert search.next_at is not None
    # A process of the version before may still be writing.
    async with blank.engine.begin() as connection:
        await connection.execute(text(f"INSERT INTO attempt (id, order_id, started_at) VALUES (8, 1, {now})"))
