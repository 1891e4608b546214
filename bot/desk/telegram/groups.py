"""Groups of departments in our database: which there are, who writes there now, what is wrong with them."""

import datetime as dt
import time

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Sessions, utcnow
from bot.desk.models import DeskGroup, DeskTopic
from bot.upsert import insert

# Longer than one call of Telegram may take.
LEASE = dt.timedelta(seconds=60)
RENEW = 15.0  # seconds


async def register(sessions: Sessions, number: int) -> int:
    """The key of the group that dealer.yml calls `number`.

    Usually the number itself. When a group has moved and dealer.yml names its new number, it is still
    the row with all its topics.
    """
    async with sessions.begin() as session:
        known = select(DeskGroup.configured_id).where(
            or_(DeskGroup.configured_id == number, DeskGroup.chat_id == number)
        )
        # Who is configured under that very number comes first.
        found = (await session.scalars(known.order_by(DeskGroup.configured_id != number))).first()
        if found is None:
            row = insert(session, DeskGroup).values(configured_id=number, chat_id=number)
            await session.execute(row.on_conflict_do_nothing())
        return found if found is not None else number


class Lease:
    """The right of one gateway to write into a group: two would show everything twice."""

    def __init__(self, sessions: Sessions, group_id: int, worker: str) -> None:
        self._sessions = sessions
        self._group_id = group_id
        self._worker = worker
        self._renew_at = 0.0

    async def hold(self) -> bool:
        """Take or renew it; False while another gateway has it."""
        if time.monotonic() < self._renew_at:
            return True
        asked_at, now = time.monotonic(), utcnow()
        free = or_(
            DeskGroup.held_by.is_(None), DeskGroup.held_by == self._worker, DeskGroup.held_until <= now
        )
        async with self._sessions.begin() as session:
            held = await session.scalar(
                update(DeskGroup)
                .where(DeskGroup.configured_id == self._group_id, free)
                .values(held_by=self._worker, held_until=now + LEASE)
                .returning(DeskGroup.configured_id)
            )
        self._renew_at = asked_at + RENEW if held is not None else 0.0
        return held is not None

    async def release(self) -> None:
        """Let another gateway write at once."""
        self._renew_at = 0.0
        async with self._sessions.begin() as session:
            await session.execute(
                update(DeskGroup)
                .where(DeskGroup.configured_id == self._group_id, DeskGroup.held_by == self._worker)
                .values(held_by=None, held_until=None)
            )


async def chat_of(sessions: Sessions, group_id: int) -> int:
    """By which number Telegram knows the group now."""
    async with sessions() as session:
        return (await session.get_one(DeskGroup, group_id)).chat_id


async def move(session: AsyncSession, group_id: int, chat_id: int) -> None:
    """Telegram made it a supergroup, which has another number, and topics and messages of its own.

    Who told of it, the answer to a call or the group itself, comes second sometimes: then nothing changes.
    """
    moved = await session.scalar(
        update(DeskGroup)
        .where(DeskGroup.configured_id == group_id, DeskGroup.chat_id != chat_id)
        .values(chat_id=chat_id)
        .returning(DeskGroup.configured_id)
    )
    if moved is not None:
        # By the old numbers people of the new group would be shown another customer's topic.
        await session.execute(delete(DeskTopic).where(DeskTopic.group_id == group_id))
