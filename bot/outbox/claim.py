"""Which row is sent now: the oldest queued row of its conversation, when it is due and nobody has it.

A delayed row holds back the later ones of its conversation; a failed row is no longer queued and does
not.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.channels.base import Outgoing
from bot.conversations import Conversation
from bot.db import Sessions, utcnow
from bot.errors import AvtootvetError
from bot.outbox.models import DeliveredMessage, OutboxMessage, Status
from bot.upsert import insert

LEASE = dt.timedelta(seconds=60)


class ParcelLost(AvtootvetError):
    """Sending took longer than the lease and another gateway has the row now."""


@dataclass(frozen=True)
class Parcel:
    """A row that this gateway, and no other, sends now."""

    id: int
    conversation_id: int
    worker: str
    attempt: int  # 1 on the first try
    channel: str
    chat_id: str
    message: Outgoing
    send_key: int
    parts_sent: int
    blocked: bool  # the customer takes no messages
    queued_at: dt.datetime


def _waiting(channels: Collection[str], now: dt.datetime) -> tuple[ColumnElement[bool], ...]:
    earlier = aliased(OutboxMessage)
    first_in_line = ~exists().where(
        earlier.conversation_id == OutboxMessage.conversation_id,
        earlier.status == "queued",
        earlier.id < OutboxMessage.id,
    )
    free = or_(OutboxMessage.claimed_until.is_(None), OutboxMessage.claimed_until <= now)
    return OutboxMessage.status == "queued", OutboxMessage.channel.in_(channels), free, first_in_line


async def next_due(sessions: Sessions, channels: Collection[str]) -> dt.datetime | None:
    """When the next row falls due that nobody sends."""
    query = select(func.min(OutboxMessage.next_try_at)).where(*_waiting(channels, utcnow()))
    async with sessions() as session:
        return await session.scalar(query)


async def claim_parcel(sessions: Sessions, channels: Collection[str], worker: str) -> Parcel | None:
    now = utcnow()
    oldest = (
        select(OutboxMessage.id)
        .where(OutboxMessage.next_try_at <= now, *_waiting(channels, now))
        .order_by(OutboxMessage.next_try_at, OutboxMessage.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(OutboxMessage)
        .where(OutboxMessage.id == oldest.scalar_subquery(), OutboxMessage.status == "queued")
        .values(claimed_by=worker, claimed_until=now + LEASE, attempts=OutboxMessage.attempts + 1)
        .returning(OutboxMessage)
    )
    async with sessions.begin() as session:
        row = (await session.scalars(statement)).one_or_none()
        if row is None:
            return None
        conversation = await session.get_one(Conversation, row.conversation_id)
        return Parcel(
            id=row.id,
            conversation_id=row.conversation_id,
            worker=worker,
            attempt=row.attempts,
            channel=row.channel,
            chat_id=conversation.chat_id,
            message=Outgoing.model_validate(row.body),
            send_key=row.send_key,
            parts_sent=row.parts_sent,
            blocked=conversation.blocked_at is not None,
            queued_at=row.created_at,
        )


async def part_sent(
    sessions: Sessions, parcel: Parcel, number: int, external_ids: Sequence[str], *, last: bool
) -> None:
    """Part `number`, counted from 0, is with the customer: it is not sent again. Raises ParcelLost."""
    async with sessions.begin() as session:
        progress = _ended("sent") if last else {"claimed_until": utcnow() + LEASE}
        await _write(session, parcel, parts_sent=number + 1, **progress)
        for external_id in external_ids:
            await session.execute(
                insert(session, DeliveredMessage)
                .values(conversation_id=parcel.conversation_id, external_id=external_id, outbox_id=parcel.id)
                # A repeated send may answer with the ids of the first.
                .on_conflict_do_nothing()
            )


async def postpone(sessions: Sessions, parcel: Parcel, error: str, next_try_at: dt.datetime) -> None:
    """The same parcel again later. Raises ParcelLost."""
    async with sessions.begin() as session:
        await _write(session, parcel, **_ended("queued", error), next_try_at=next_try_at)


async def give_up(sessions: Sessions, parcel: Parcel, error: str, *, blocked: bool) -> None:
    """It cannot be delivered; `blocked` when nothing can be to this customer. Raises ParcelLost."""
    async with sessions.begin() as session:
        if blocked:  # first the conversation, then its rows: the order of all who lock both
            await session.execute(
                update(Conversation)
                .where(Conversation.id == parcel.conversation_id)
                .values(blocked_at=utcnow())
            )
        await _write(session, parcel, **_ended("failed", error))


def _ended(status: Status, error: str | None = None) -> dict[str, object]:
    sent_at = utcnow() if status == "sent" else None
    return {"status": status, "error": error, "sent_at": sent_at, "claimed_by": None, "claimed_until": None}


async def _write(session: AsyncSession, parcel: Parcel, **values: object) -> None:
    written = await session.scalar(
        update(OutboxMessage)
        .where(
            OutboxMessage.id == parcel.id,
            OutboxMessage.claimed_by == parcel.worker,
            OutboxMessage.attempts == parcel.attempt,
        )
        .values(**values)
        .returning(OutboxMessage.id)
    )
    if written is None:
        raise ParcelLost(f"сообщение {parcel.id} отправляет другой процесс")
