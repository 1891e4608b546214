"""Brings the database to the present schema; knows every table."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

import bot.channels.models
import bot.conversations
import bot.customers.models
import bot.desk.models
import bot.inbox.models
import bot.leads.looks
import bot.leads.models
import bot.outbox.models
import bot.stock.models  # noqa: F401 (the imports fill the metadata)
from bot.db import Base, open_engine
from bot.errors import DatabaseAway
from bot.settings import ROOT

METADATA = Base.metadata

# Any number that no other program locks in the same PostgreSQL database.
_LOCK = 7_203_141


async def upgrade(engine: AsyncEngine) -> None:
    """To the newest revision; several gateways that start at once do it one after the other."""
    async with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection) -> Config:
    config = Config(ROOT / "alembic.ini")
    config.attributes["connection"] = connection
    return config


async def migrate(url: str) -> None:
    make_room(url)
    engine = open_engine(url)
    try:
        await _reach(engine)
        await upgrade(engine)
    finally:
        await engine.dispose()


async def _reach(engine: AsyncEngine) -> None:
    try:
        async with engine.connect():
            return
    except (SQLAlchemyError, OSError) as error:
        raise DatabaseAway(
            f"нет связи с базой {engine.url.render_as_string(hide_password=True)} "
            f"({type(error).__name__}). Проверьте, что сервер базы работает, и настройку DATABASE_URL."
        ) from error


def make_room(url: str) -> None:
    """The folder of a SQLite file, which SQLite itself does not make."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
