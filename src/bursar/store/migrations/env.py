"""Runs the migrations on the connection that `bursar.store.state` hands over, inside its transaction."""

from alembic import context

from bursar.store.state import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
