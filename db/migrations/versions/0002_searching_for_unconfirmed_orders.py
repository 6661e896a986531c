"""What an attempt knew, the search for an unconfirmed order, and what owners decided.

Columns are added with defaults, so that processes of the version before go on writing their rows meanwhile.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from db.types import ExactDecimal, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("customer_order", sa.Column("panel_number", sa.BigInteger(), nullable=True))
    is_number = "panel_order_id ~ '^[0-9]{1,18}$'"
    if op.get_bind().dialect.name == "sqlite":
        is_number = "panel_order_id NOT GLOB '*[^0-9]*' AND length(panel_order_id) BETWEEN 1 AND 18"
    op.execute(f"UPDATE customer_order SET panel_number = CAST(panel_order_id AS BIGINT) WHERE {is_number}")  # noqa: S608
    op.create_index(
        "ix_order_panel_number",
        "customer_order",
        ["panel_number"],
        sqlite_where=sa.text("panel_number IS NOT NULL"),
        postgresql_where=sa.text("panel_number IS NOT NULL"),
    )
    op.add_column("attempt", sa.Column("sent", JSON, nullable=False, server_default="{}"))
    op.add_column("attempt", sa.Column("balance", ExactDecimal(), nullable=True))
    op.add_column("attempt", sa.Column("balance_at", UtcDateTime(), nullable=True))
    op.add_column("attempt", sa.Column("known_before", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_attempt_started_at"), "attempt", ["started_at"])
    op.create_table(
        "attempt_search",
        sa.Column("attempt_id", ID, autoincrement=False, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=True),
        sa.Column("high", sa.BigInteger(), nullable=True),
        sa.Column("asked_to", sa.BigInteger(), nullable=True),
        sa.Column("one_by_one", sa.Boolean(), nullable=False),
        sa.Column("strangers", JSON, nullable=False),
        sa.Column("balance", ExactDecimal(), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"]),
        sa.ForeignKeyConstraint(["order_id"], ["customer_order.id"]),
        sa.PrimaryKeyConstraint("attempt_id"),
    )
    op.create_index(op.f("ix_attempt_search_order_id"), "attempt_search", ["order_id"])
    op.create_index(
        "ix_attempt_search_due",
        "attempt_search",
        ["next_at"],
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_table(
        "owner_act",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("order_id", ID, nullable=True),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["customer_order.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_owner_act_order_id"), "owner_act", ["order_id"])
    # Orders that were unconfirmed before this version are looked for like any other.
    op.execute(
        "INSERT INTO attempt_search (attempt_id, order_id, verdict, one_by_one, strangers, next_at, created_at)"
        " SELECT max(attempt.id), customer_order.id, 'open', false, '[]', max(attempt.started_at),"
        " max(attempt.started_at) FROM customer_order JOIN attempt ON attempt.order_id = customer_order.id"
        " WHERE customer_order.state = 'unconfirmed' GROUP BY customer_order.id"
    )


def downgrade() -> None:
    op.drop_table("owner_act")
    op.drop_table("attempt_search")
    op.drop_index(op.f("ix_attempt_started_at"), table_name="attempt")
    with op.batch_alter_table("attempt") as batch_op:
        for column in ("known_before", "balance_at", "balance", "sent"):
            batch_op.drop_column(column)
    op.drop_index("ix_order_panel_number", table_name="customer_order")
    with op.batch_alter_table("customer_order") as batch_op:
        batch_op.drop_column("panel_number")
