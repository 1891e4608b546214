"""What could not be delivered, and another try of it."""

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations import Conversation
from bot.db import utcnow
from bot.outbox.models import OutboxMessage


def given_up() -> ColumnElement[bool]:
    """Tried and given up; what was withdrawn before its first try is not meant."""
    return and_(OutboxMessage.status == "failed", OutboxMessage.attempts > 0)


async def failed(session: AsyncSession, limit: int) -> Sequence[tuple[OutboxMessage, Conversation]]:
    """Latest first."""
    query = (
        select(OutboxMessage, Conversation)
        .join(Conversation, Conversation.id == OutboxMessage.conversation_id)
        .where(given_up())
        .order_by(OutboxMessage.next_try_at.desc())
        .limit(limit)
    )
    return (await session.execute(query)).all()


async def failed_since(session: AsyncSession, since: dt.datetime) -> Mapping[str, int]:
    """How many by channel, of those whose last try fell due after `since`."""
    query = (
        select(OutboxMessage.channel, func.count())
        .where(given_up(), OutboxMessage.next_try_at >= since)
        .group_by(OutboxMessage.channel)
    )
    return dict((await session.execute(query)).all())


async def retry(session: AsyncSession, outbox_id: int) -> bool:
    """Queue it again, with all tries before it; the parts that arrived are not repeated.

    Returns False when there is no such failed row.
    """
    queued = await session.scalar(
        update(OutboxMessage)
        .where(OutboxMessage.id == outbox_id, given_up())
        .values(status="queued", attempts=0, next_try_at=utcnow(), error=None)
        .returning(OutboxMessage.id)
    )
    return queued is not None
