"""Rasa's memory of a conversation, deleted in its own store.

Its HTTP interface cannot do it: the events that it is given are added to those that are stored.
"""

import datetime as dt
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, column, delete, func, inspect, select, table, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.customers.models import TrackerErasure
from bot.db import Sessions, open_engine, utcnow
from bot.migrate import make_room

# Until then a try that failed is not repeated; also the lease of the one that is under way.
PAUSE = dt.timedelta(minutes=1)

_EVENTS = table("events", column("sender_id"))

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Trackers:
    """Erases what `bot.customers.forget` asked for, in the store of Rasa."""

    sessions: Sessions
    store: AsyncEngine

    async def next_due(self) -> dt.datetime | None:
        async with self.sessions() as session:
            return await session.scalar(select(func.min(TrackerErasure.next_try_at)))

    async def claim(self) -> str | None:
        """The sender to be forgotten now. Done twice it does no harm."""
        due = (
            select(TrackerErasure.sender)
            .where(TrackerErasure.next_try_at <= utcnow())
            .order_by(TrackerErasure.next_try_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        statement = (
            update(TrackerErasure)
            .where(TrackerErasure.sender == due.scalar_subquery())
            .values(next_try_at=utcnow() + PAUSE)
            .returning(TrackerErasure.sender)
        )
        async with self.sessions.begin() as session:
            return await session.scalar(statement)

    async def erase(self, sender: str) -> None:
        async with self.store.begin() as connection:
            if await connection.run_sync(_has_events):
                await connection.execute(delete(_EVENTS).where(_EVENTS.c.sender_id == sender))
        async with self.sessions.begin() as session:
            await session.execute(delete(TrackerErasure).where(TrackerErasure.sender == sender))
        log.info("tracker erased")


def _has_events(connection: Connection) -> bool:
    """A Rasa that has never run has nothing to forget."""
    return inspect(connection).has_table(_EVENTS.name)


@asynccontextmanager
async def open_trackers(sessions: Sessions, url: str) -> AsyncIterator[Trackers]:
    make_room(url)
    store = open_engine(url)
    try:
        yield Trackers(sessions, store)
    finally:
        await store.dispose()
