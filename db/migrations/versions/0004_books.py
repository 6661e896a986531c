"""Guesses at bonus codes, and the indexes that the books of a period are read by.

Nothing that was there changes, so that processes of the version before go on meanwhile.
"""

import sqlalchemy as sa
from alembic import op

from db.types import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "bonus_guess",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_bonus_guess_customer", "bonus_guess", ["customer_id", "created_at"])
    op.create_index("ix_ledger_entry_created", "ledger_entry", ["created_at"])
    op.create_index(
        "ix_order_placed",
        "customer_order",
        ["placed_at"],
        sqlite_where=sa.text("placed_at IS NOT NULL"),
        postgresql_where=sa.text("placed_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_order_placed", table_name="customer_order")
    op.drop_index("ix_ledger_entry_created", table_name="ledger_entry")
    op.drop_table("bonus_guess")
