"""Which database this is: a dump loaded into another one, or loaded anew, does not keep it."""

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

# Numbers PostgreSQL gives a database and a table when they are made; dumps do not carry them, upgrades in place do.
_POSTGRES = text(
    "SELECT (SELECT oid FROM pg_database WHERE datname = current_database()) || '/' || 'customer_order'::regclass::oid"
)


async def home_of(session: AsyncSession) -> str:
    """Return what tells this database from a copy of it, "" where nothing does (SQLite: a file is its bytes)."""
    connection = await session.connection()
    if connection.dialect.name != "postgresql":
        return ""
    return str((await connection.execute(_POSTGRES)).scalar_one())
