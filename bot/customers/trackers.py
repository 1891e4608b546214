"""Rasa's memory of a conversation, deleted in its own store.

Its HTTP interface cannot do it: the events that it is given are added to those that are stored. Nor may a
turn run meanwhile: Rasa, which has read the old events, would store all of them again with its own.
"""

import datetime as dt
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Update, column, delete, func, inspect, or_, select, table, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from bot.conversations import Conversation
from bot.customers.models import TrackerErasure
from bot.db import Sessions, open_engine, utcnow
from bot.leases import worker_name
from bot.migrate import make_room

# Until then a try that failed is not repeated; also the lease of the one that is under way.
PAUSE = dt.timedelta(minutes=1)
# Until then the turn that runs may have ended.
BUSY = dt.timedelta(seconds=1)

_EVENTS = table("events", column("sender_id"))

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Trackers:
    """Erases what `bot.customers.forget` asked for, in the store of Rasa."""

    sessions: Sessions
    store: AsyncEngine
    worker: str

    async def next_due(self) -> dt.datetime | None:
        async with self.sessions() as session:
            return await session.scalar(select(func.min(TrackerErasure.next_try_at)))

    async def claim(self) -> str | None:
        """The sender to be forgotten now, whose conversation has no turn until it is. Twice does no harm."""
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
            sender = await session.scalar(statement)
            if sender is None or await self._hold(session, sender):
                return sender
            wait = update(TrackerErasure).where(TrackerErasure.sender == sender)
            await session.execute(wait.values(next_try_at=utcnow() + BUSY))
            return None

    async def _hold(self, session: AsyncSession, sender: str) -> bool:
        """Lease the conversation as a turn does; False while one runs."""
        now = utcnow()
        held = await session.scalar(
            _conversation(sender)
            .where(or_(Conversation.claimed_until.is_(None), Conversation.claimed_until <= now))
            .values(claimed_by=self.worker, claimed_until=now + PAUSE)
            .returning(Conversation.id)
        )
        return held is not None

    async def erase(self, sender: str) -> None:
        async with self.store.begin() as connection:
            if await connection.run_sync(_has_events):
                await connection.execute(delete(_EVENTS).where(_EVENTS.c.sender_id == sender))
        async with self.sessions.begin() as session:
            await session.execute(delete(TrackerErasure).where(TrackerErasure.sender == sender))
            held = _conversation(sender).where(Conversation.claimed_by == self.worker)
            await session.execute(held.values(claimed_by=None, claimed_until=None))
        log.info("tracker erased")


def _conversation(sender: str) -> Update:
    channel, account, chat_id = sender.split(":", 2)
    named = Conversation.channel == channel, Conversation.account == account, Conversation.chat_id == chat_id
    return update(Conversation).where(*named)


def _has_events(connection: Connection) -> bool:
    """A Rasa that has never run has nothing to forget."""
    return inspect(connection).has_table(_EVENTS.name)


@asynccontextmanager
async def open_trackers(sessions: Sessions, url: str) -> AsyncIterator[Trackers]:
    make_room(url)
    store = open_engine(url)
    try:
        yield Trackers(sessions, store, worker_name())
    finally:
        await store.dispose()
