"""Payments: invoices, proofs, what arrived, ways to pay by hand, bonus codes; who invited whom, and who is on hold.

New columns may be empty, so that processes of the version before go on writing their rows meanwhile.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from db.types import ExactDecimal, Micros, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
# table, column, its type (empty: that of our own row ids), the table it refers to
REFERENCES = (
    ("customer", "referrer_id", "BIGINT", "customer"),
    ("ledger_entry", "payment_id", "", "payment"),
    ("owner_act", "customer_id", "BIGINT", "customer"),
)


def upgrade() -> None:
    op.create_table(
        "bonus_code",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("amount", Micros(), nullable=True),
        sa.Column("percent", ExactDecimal(), nullable=True),
        sa.Column("most_uses", sa.Integer(), nullable=True),
        sa.Column("most_uses_each", sa.Integer(), nullable=False),
        sa.Column("least_top_up", Micros(), nullable=False),
        sa.Column("most_bonus", Micros(), nullable=True),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=True),
        sa.Column("off_at", UtcDateTime(), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("(amount IS NULL) <> (percent IS NULL)", name="code_is_amount_or_percent"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_table(
        "pay_way",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("rate", ExactDecimal(), nullable=False),
        sa.Column("minimum", ExactDecimal(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("off_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "invoice",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("amount", Micros(), nullable=False),
        sa.Column("units", ExactDecimal(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("draft_id", ID, nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("next_check_at", UtcDateTime(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("amount > 0", name="invoice_asks_for_money"),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["draft_id"],
            ["draft.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token"),
    )
    op.create_index(
        "ix_invoice_check",
        "invoice",
        ["next_check_at"],
        sqlite_where=sa.text("next_check_at IS NOT NULL"),
        postgresql_where=sa.text("next_check_at IS NOT NULL"),
    )
    op.create_index("ix_invoice_customer", "invoice", ["customer_id", "id"])
    op.create_index(
        "ix_invoice_open",
        "invoice",
        ["customer_id", "way"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(op.f("ix_invoice_reference"), "invoice", ["reference"])
    op.create_table(
        "proof",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("invoice_id", ID, nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("file_kind", sa.Text(), nullable=True),
        sa.Column("file_id", sa.Text(), nullable=True),
        sa.Column("file_mark", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("text_mark", sa.Text(), nullable=True),
        sa.Column("cards", JSON, nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("amount", Micros(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"],
            ["invoice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_proof_file_mark"), "proof", ["file_mark"])
    op.create_index(op.f("ix_proof_invoice_id"), "proof", ["invoice_id"])
    op.create_index(op.f("ix_proof_text_mark"), "proof", ["text_mark"])
    op.create_index(
        "ix_proof_waiting",
        "proof",
        ["invoice_id"],
        unique=True,
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.create_table(
        "payment",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("charge_id", sa.Text(), nullable=False),
        sa.Column("invoice_id", ID, nullable=True),
        sa.Column("units", ExactDecimal(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("amount", Micros(), nullable=False),
        sa.Column("refund_state", sa.String(length=16), nullable=True),
        sa.Column("refunds_asked", sa.Integer(), nullable=False),
        sa.Column("refund_actor_id", sa.BigInteger(), nullable=True),
        sa.Column("refund_next_at", UtcDateTime(), nullable=True),
        sa.Column("refund_attempts", sa.Integer(), nullable=False),
        sa.Column("refund_failure", sa.Text(), nullable=True),
        sa.Column("refunded_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("amount > 0", name="payment_credits_money"),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"],
            ["invoice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_payment_charge", "payment", ["way", "charge_id"], unique=True)
    op.create_index("ix_payment_customer", "payment", ["customer_id", "id"])
    op.create_index(op.f("ix_payment_invoice_id"), "payment", ["invoice_id"])
    op.create_index(
        "ix_payment_refund",
        "payment",
        ["refund_next_at"],
        sqlite_where=sa.text("refund_next_at IS NOT NULL"),
        postgresql_where=sa.text("refund_next_at IS NOT NULL"),
    )
    op.create_table(
        "bonus_use",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("code_id", ID, nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", ID, nullable=True),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["code_id"],
            ["bonus_code.id"],
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payment.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_bonus_use_code_id"), "bonus_use", ["code_id"])
    op.create_index("ix_bonus_use_customer", "bonus_use", ["customer_id", "code_id"])
    op.create_index(
        "ix_bonus_use_waiting",
        "bonus_use",
        ["customer_id"],
        unique=True,
        sqlite_where=sa.text("used_at IS NULL"),
        postgresql_where=sa.text("used_at IS NULL"),
    )
    op.add_column("customer", sa.Column("held_at", UtcDateTime(), nullable=True))
    # Written as SQL, because SQLite adds a reference only together with its column.
    row_id = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    for table, column, kind, other in REFERENCES:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind or row_id} REFERENCES {other} (id)")
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def downgrade() -> None:
    for table, column, _, _ in reversed(REFERENCES):
        op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column(column)
    with op.batch_alter_table("customer") as batch_op:
        batch_op.drop_column("held_at")
    for table in ("bonus_use", "payment", "proof", "invoice", "pay_way", "bonus_code"):
        op.drop_table(table)
