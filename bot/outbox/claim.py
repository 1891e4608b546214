"""Which row is sent now: the oldest queued row of its conversation, when it is due and nobody has it.

A delayed row holds back the later ones of its conversation; a failed row is no longer queued and does
not, unless it was withdrawn while somebody sends it.
"""

import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from pydantic import ValidationError
from sqlalchemy import Insert, bindparam, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate

from bot.channels.base import Outgoing
from bot.conversations import Conversation
from bot.db import Sessions, UtcDateTime, table_of, utcnow
from bot.errors import AvtootvetError
from bot.outbox.models import LEASE, DeliveredMessage, OutboxMessage
from bot.upsert import insert_on

log = logging.getLogger(__name__)


# Told, in the transaction of a row that is given up, which one it is.
OnFailed = Callable[[AsyncSession, int], Awaitable[None]]


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


class Sender(Protocol):
    """Sends what was claimed in the transaction that put it, so that no row need be looked for."""

    @property
    def has_room(self) -> bool: ...

    def start(self, parcel: Parcel, /) -> None:
        """After the commit."""
        ...


# As in bot.inbox.claim: built once, because they are asked several times a turn.
_NOW = bindparam("now", type_=UtcDateTime)
_ROW, _EARLIER = table_of(OutboxMessage).c, table_of(OutboxMessage).alias().c
_WAITING = (
    _ROW.status == "queued",
    _ROW.channel.in_(bindparam("channels", expanding=True)),
    or_(_ROW.claimed_until.is_(None), _ROW.claimed_until <= _NOW),
    # first in the line of its conversation
    ~exists().where(
        _EARLIER.conversation_id == _ROW.conversation_id,
        or_(_EARLIER.status == "queued", _EARLIER.claimed_until > _NOW),
        _EARLIER.id < _ROW.id,
    ),
)
_NEXT_DUE = select(func.min(_ROW.next_try_at)).where(*_WAITING)
_OLDEST = (
    select(_ROW.id)
    .where(_ROW.next_try_at <= _NOW, *_WAITING)
    .order_by(_ROW.next_try_at, _ROW.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(OutboxMessage)
    .where(OutboxMessage.id == _OLDEST.scalar_subquery(), OutboxMessage.status == "queued")
    .values(
        claimed_by=bindparam("worker"),
        claimed_until=bindparam("until", type_=UtcDateTime),
        attempts=OutboxMessage.attempts + 1,
    )
    .returning(OutboxMessage)
    .execution_options(synchronize_session=False)
)
_ADDRESS = select(Conversation.chat_id, Conversation.blocked_at).where(
    Conversation.id == bindparam("conversation_id")
)
_ANY_BEFORE = select(
    exists().where(
        _ROW.conversation_id == bindparam("conversation_id"),
        # what was withdrawn may still be under way
        or_(_ROW.status == "queued", _ROW.claimed_until > _NOW),
    )
)
_OWNED = (
    update(table_of(OutboxMessage))
    .where(
        _ROW.id == bindparam("row_id"),
        _ROW.claimed_by == bindparam("worker"),
        _ROW.attempts == bindparam("attempt"),
    )
    .returning(_ROW.id)
)
_PART_SENT = _OWNED.values(parts_sent=bindparam("parts"), claimed_until=bindparam("until", type_=UtcDateTime))
_ALL_SENT = _OWNED.values(
    parts_sent=bindparam("parts"),
    status="sent",
    error=None,
    sent_at=bindparam("sent_at", type_=UtcDateTime),
    claimed_by=None,
    claimed_until=None,
)
_FAILED = _OWNED.values(status="failed", claimed_by=None, claimed_until=None)


async def next_due(sessions: Sessions, channels: Collection[str]) -> dt.datetime | None:
    """When the next row falls due that nobody sends."""
    async with sessions() as session:
        due: dt.datetime | None = await session.scalar(
            _NEXT_DUE, {"now": utcnow(), "channels": list(channels)}
        )
        return due


async def claim_parcel(sessions: Sessions, channels: Collection[str], worker: str) -> Parcel | None:
    now = utcnow()
    given = {"now": now, "channels": list(channels), "worker": worker, "until": now + LEASE}
    async with sessions.begin() as session:
        row = (await session.scalars(_CLAIM, given)).one_or_none()
        if row is None:
            return None
        chat_id, blocked_at = (
            await session.execute(_ADDRESS, {"conversation_id": row.conversation_id})
        ).one()
        return _parcel(row, worker, chat_id, blocked_at)


async def line_is_empty(session: AsyncSession, conversation_id: int) -> bool:
    """Nothing of the conversation waits or is under way. The caller holds it, so nothing comes between."""
    return not await session.scalar(_ANY_BEFORE, {"conversation_id": conversation_id, "now": utcnow()})


def parcel_put(conversation: Conversation, row: OutboxMessage, worker: str) -> Parcel:
    """The row that this transaction put into an empty line, held by `worker` before anybody sees it.

    Whoever gets the parcel starts it after the commit. If he dies before, the lease ends as any other.
    """
    return _parcel(row, worker, conversation.chat_id, conversation.blocked_at)


def _parcel(row: OutboxMessage, worker: str, chat_id: str, blocked_at: dt.datetime | None) -> Parcel:
    return Parcel(
        id=row.id,
        conversation_id=row.conversation_id,
        worker=worker,
        attempt=row.attempts,
        channel=row.channel,
        chat_id=chat_id,
        message=message_of(row),
        send_key=row.send_key,
        parts_sent=row.parts_sent,
        blocked=blocked_at is not None,
        queued_at=row.created_at,
    )


def message_of(row: OutboxMessage) -> Outgoing:
    """As it was put; by another version perhaps, and then its text alone is relied on."""
    try:
        return Outgoing.model_validate(row.body)
    except ValidationError:
        log.error("message of another version", extra={"outbox_id": row.id})
        return Outgoing(text=str(row.body.get("text", "")))


async def part_sent(
    sessions: Sessions, parcel: Parcel, number: int, external_ids: Sequence[str], *, last: bool
) -> None:
    """Part `number`, counted from 0, is with the customer: it is not sent again. Raises ParcelLost."""
    now = utcnow()
    async with sessions.begin() as session:
        if last:
            await _write(session, parcel, _ALL_SENT, {"parts": number + 1, "sent_at": now})
        else:
            await _write(session, parcel, _PART_SENT, {"parts": number + 1, "until": now + LEASE})
        for external_id in external_ids:
            await session.execute(
                _delivery(session.get_bind().dialect.name),
                {
                    "conversation_id": parcel.conversation_id,
                    "external_id": external_id,
                    "outbox_id": parcel.id,
                },
            )


@cache
def _delivery(dialect: str) -> Insert:
    """A repeated send may answer with the ids of the first."""
    return insert_on(dialect, table_of(DeliveredMessage)).on_conflict_do_nothing()


async def postpone(sessions: Sessions, parcel: Parcel, error: str, next_try_at: dt.datetime) -> None:
    """The same parcel again later, unless it was withdrawn meanwhile. Raises ParcelLost."""
    again = {"error": error, "next_try_at": next_try_at, "claimed_by": None, "claimed_until": None}
    async with sessions.begin() as session:
        await _write(session, parcel, _OWNED.values(**again))


async def give_up(
    sessions: Sessions, parcel: Parcel, error: str, *, blocked: bool, on_failed: OnFailed
) -> None:
    """It cannot be delivered; `blocked` when the messenger says that nothing can be. Raises ParcelLost."""
    async with sessions.begin() as session:
        if blocked:  # first the conversation, then its rows: the order of all who lock both
            await session.execute(
                update(Conversation)
                .where(Conversation.id == parcel.conversation_id)
                .values(blocked_at=utcnow())
            )
        await _write(session, parcel, _FAILED.values(error=error))
        await on_failed(session, parcel.id)


async def _write(
    session: AsyncSession,
    parcel: Parcel,
    statement: ReturningUpdate[int],
    given: Mapping[str, object] | None = None,
) -> None:
    owner = {"row_id": parcel.id, "worker": parcel.worker, "attempt": parcel.attempt}
    if await session.scalar(statement, {**owner, **(given or {})}) is None:
        raise ParcelLost(f"сообщение {parcel.id} отправляет другой процесс")
