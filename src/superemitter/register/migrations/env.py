"""Alembic's entry: run the migrations on the connection, and in the transaction, that we were given."""

from alembic import context

from superemitter.register.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
