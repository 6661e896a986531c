"""What Alembic runs: the migrations, over the connection that `db.upgrade` opened."""

from alembic import context
from sqlmodel import SQLModel

from db import tables  # noqa: F401 - fills the metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
