"""Database: one declarative base, engines and sessions made on request, nothing opened at import."""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from sqlalchemy import DateTime, MetaData, Table, event
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from bot.sqlite_driver import Driver

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# Turns and deliveries together run up to sixteen at a time; the channels store beside them.
CONNECTIONS = 24

Sessions = async_sessionmaker[AsyncSession]


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


def table_of(model: type[Base]) -> Table:
    """For what is written or read once: the statement knows nothing of objects, which is half of its cost."""
    return cast(Table, model.__table__)


class UtcDateTime(TypeDecorator[dt.datetime]):
    """Aware UTC in Python on every database; SQLite itself forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone must not reach the database")
        return value.astimezone(dt.UTC) if value else None

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is not None and value.tzinfo is None:
            return value.replace(tzinfo=dt.UTC)
        return value


def utcnow() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def async_url(url: str) -> str:
    """The URL as users write it (`sqlite:///x.db`, `postgresql://…`) with the async driver named."""
    for plain, driver in (
        ("sqlite://", "sqlite+aiosqlite://"),
        ("postgresql://", "postgresql+asyncpg://"),
        ("postgres://", "postgresql+asyncpg://"),
    ):
        if url.startswith(plain):
            return driver + url.removeprefix(plain)
    return url


def _pool(url: str) -> dict[str, Any]:
    """Connections stay open: opening one for each rush costs more than the work it is for.

    The last one used is used again: it has the statements prepared and the pages in memory.
    """
    if ":memory:" in url or url == "sqlite://":
        return {}
    return {"pool_size": CONNECTIONS, "max_overflow": 0, "pool_use_lifo": True}


def _driver(url: str) -> dict[str, Any]:
    return {"module": Driver()} if url.startswith("sqlite") else {}


def open_engine(url: str, *, echo: bool = False) -> AsyncEngine:
    url = async_url(url)
    engine = create_async_engine(url, echo=echo, **_driver(url), **_pool(url))
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _tune_sqlite)
    return engine


def _tune_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    # WAL lets the actions read while the gateway writes; NORMAL is durable across process crashes.
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    # The driver makes checkpoints aside; this one is for what writes much in few transactions.
    cursor.execute("PRAGMA wal_autocheckpoint=10000")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def open_sessions(engine: AsyncEngine) -> Sessions:
    return async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def database(url: str) -> AsyncIterator[Sessions]:
    """Sessions on `url`; the engine is closed at the end."""
    engine = open_engine(url)
    try:
        yield open_sessions(engine)
    finally:
        await engine.dispose()
