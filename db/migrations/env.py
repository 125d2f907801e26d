"""Alembic's entry point. It runs only on the connection that `db.migrate` passes in."""

from alembic import context

from db.migrations.sqlite import SQLite as SQLite
from db.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
