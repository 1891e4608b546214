"""Alembic's entry: on the connection that `bot.migrate` gives, or on DATABASE_URL from the shell."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from bot.db import open_engine
from bot.migrate import METADATA
from bot.settings import load_settings


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=True,  # SQLite changes a table by copying it
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def migrate_from_shell() -> None:
    engine = open_engine(load_settings().database_url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(migrate)
    finally:
        await engine.dispose()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    asyncio.run(migrate_from_shell())
