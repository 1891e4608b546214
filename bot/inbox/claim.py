"""Which conversation has a turn now. Order and exclusion live in the queries, not in memory.

A turn is claimed by one UPDATE that gives its gateway a lease; what a dead gateway held is free again
when the lease ends. The updates of a turn are marked with its id, so a repeated turn is the same turn.
"""

import datetime as dt
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Row, bindparam, case, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Incoming
from bot.conversations import Conversation
from bot.db import Sessions, UtcDateTime, table_of, utcnow
from bot.errors import AvtootvetError
from bot.inbox.models import InboxUpdate

LEASE = dt.timedelta(seconds=60)
# What waits beyond this is a flood: all of it is one turn, and the next one comes after `FLOOD_PAUSE`.
MAX_MESSAGES = 10
MAX_FLOOD = 500
FLOOD_PAUSE = dt.timedelta(seconds=10)
MAX_CHARACTERS = 4000

log = logging.getLogger(__name__)


class LeaseLost(AvtootvetError):
    """The turn took longer than its lease and another gateway has it now; its result is dropped."""


@dataclass(frozen=True)
class Claim:
    """A turn that this gateway, and no other, does now."""

    conversation: Conversation  # as it was when the turn was claimed
    turn_id: int
    worker: str
    attempt: int  # 1 on the first try
    updates: tuple[Incoming, ...]
    received_at: dt.datetime  # of the first update

    @property
    def conversation_id(self) -> int:
        return self.conversation.id

    @property
    def flood(self) -> bool:
        """More came at once than a person would send."""
        return len(self.updates) > MAX_MESSAGES


# The queue is asked several times a turn, and to build a statement takes longer than to answer it.
_NOW = bindparam("now", type_=UtcDateTime)
_OF, _UPDATE = table_of(Conversation).c, table_of(InboxUpdate).c
_OURS = _OF.channel.in_(bindparam("channels", expanding=True))
_FREE = or_(_OF.claimed_until.is_(None), _OF.claimed_until <= _NOW)
_NEXT_DUE = select(func.min(_OF.next_turn_at)).where(_OF.next_turn_at.is_not(None), _OURS, _FREE)
_OLDEST = (
    select(_OF.id)
    .where(_OF.next_turn_at <= _NOW, _OURS, _FREE)
    .order_by(_OF.next_turn_at)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(Conversation)
    .where(Conversation.id == _OLDEST.scalar_subquery())
    .values(
        claimed_by=bindparam("worker"),
        claimed_until=bindparam("until", type_=UtcDateTime),
        turn_attempts=Conversation.turn_attempts + 1,
    )
    .returning(Conversation)
    .execution_options(synchronize_session=False)
)
_WAITING = (
    select(table_of(InboxUpdate))
    .where(_UPDATE.conversation_id == bindparam("conversation"), _UPDATE.done_at.is_(None))
    .order_by(_UPDATE.id)
    .limit(MAX_FLOOD)
)
_MARK = (
    update(table_of(InboxUpdate))
    .where(_UPDATE.id.in_(bindparam("ids", expanding=True)))
    .values(turn_id=bindparam("turn"))
)
_HOLD = (
    update(Conversation)
    .where(
        Conversation.id == bindparam("conversation"),
        Conversation.claimed_by == bindparam("worker"),
        # The worker itself may have claimed the next try after the lease of this one ended.
        Conversation.turn_attempts == bindparam("attempt"),
    )
    .values(claimed_until=bindparam("until", type_=UtcDateTime))
    .returning(Conversation)
    .execution_options(synchronize_session=False)
)
_DONE = (
    update(table_of(InboxUpdate))
    .where(
        _UPDATE.conversation_id == bindparam("conversation"),
        _UPDATE.turn_id == bindparam("turn"),
        _UPDATE.done_at.is_(None),
    )
    .values(done_at=_NOW)
)
_MORE = exists().where(_UPDATE.conversation_id == bindparam("conversation"), _UPDATE.done_at.is_(None))
_QUIET_UNTIL = bindparam("silence", type_=UtcDateTime)
_RELEASE = (
    update(table_of(Conversation))
    .where(_OF.id == bindparam("conversation"))
    .values(
        next_turn_at=case((_MORE, func.coalesce(_QUIET_UNTIL, _OF.next_turn_at)), else_=None),
        quiet_until=_QUIET_UNTIL,
        turn_attempts=0,
        claimed_by=None,
        claimed_until=None,
    )
)


async def next_due(sessions: Sessions, channels: Collection[str]) -> dt.datetime | None:
    """When the next turn that nobody does falls due."""
    async with sessions() as session:
        due: dt.datetime | None = await session.scalar(
            _NEXT_DUE, {"now": utcnow(), "channels": list(channels)}
        )
        return due


async def claim_turn(sessions: Sessions, channels: Collection[str], worker: str) -> Claim | None:
    """The turn that is due longest, or None when none is."""
    async with sessions.begin() as session:
        conversation = await _claim_conversation(session, channels, worker)
        if conversation is None:
            return None
        updates = await _take_updates(session, conversation.id)
        if not updates:
            await _release(session, conversation.id)
            return None
        return Claim(
            conversation=conversation,
            turn_id=updates[0].id,
            worker=worker,
            attempt=conversation.turn_attempts,
            updates=tuple(_read(row, conversation.chat_id) for row in updates),
            received_at=updates[0].received_at,
        )


def _read(row: Row[Any], chat_id: str) -> Incoming:
    """As it was stored; by another version perhaps, and then its text alone is relied on."""
    try:
        return Incoming.model_validate(row.body)
    except ValidationError:
        log.error("update of another version", extra={"update_id": row.update_id})
    return Incoming(
        channel=row.channel,
        account=row.account,
        update_id=row.update_id,
        chat_id=chat_id,
        kind="text",
        text=str(row.body.get("text", "")),
        sent_at=row.received_at,
    )


async def _claim_conversation(
    session: AsyncSession, channels: Collection[str], worker: str
) -> Conversation | None:
    now = utcnow()
    given = {"now": now, "channels": list(channels), "worker": worker, "until": now + LEASE}
    return (await session.scalars(_CLAIM, given)).one_or_none()


async def _take_updates(session: AsyncSession, conversation_id: int) -> Sequence[Row[Any]]:
    waiting = (await session.execute(_WAITING, {"conversation": conversation_id})).all()
    begun = [row for row in waiting if row.turn_id is not None]
    if begun or not waiting:
        return begun
    burst = _burst(waiting)
    await session.execute(_MARK, {"ids": [row.id for row in burst], "turn": burst[0].id})
    return burst


def _burst(waiting: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    """The first updates that make one turn.

    A pressed button is a turn of its own (with further presses of the same button): it goes to Rasa
    as its payload and cannot be joined with text. A long text is cut into turns. A flood is one turn,
    whatever it holds.
    """
    taken: list[Row[Any]] = []
    characters = 0
    if len(waiting) > MAX_MESSAGES:
        return waiting
    for row in waiting:
        characters += len(row.body.get("text", ""))
        another = taken and row.body.get("button") != taken[0].body.get("button")
        if taken and (another or characters > MAX_CHARACTERS):
            break
        taken.append(row)
    return taken


async def cut_burst(session: AsyncSession, conversation_id: int) -> None:
    """What waits now makes turns of its own, apart from what comes later.

    For when the answer to it is no longer the bot's. The caller holds the conversation.
    """
    waiting = (
        InboxUpdate.conversation_id == conversation_id,
        InboxUpdate.done_at.is_(None),
        InboxUpdate.turn_id.is_(None),
    )
    first = await session.scalar(select(func.min(InboxUpdate.id)).where(*waiting))
    if first is not None:
        await session.execute(update(InboxUpdate).where(*waiting).values(turn_id=first))


async def finish_turn(session: AsyncSession, claim: Claim) -> Conversation:
    """Mark the turn's updates done and free the conversation, in the caller's transaction.

    Must be the first statement of that transaction: it proves that the lease is still ours and locks
    the row. Raises LeaseLost.
    """
    conversation = await hold(session, claim)
    turn = {"conversation": claim.conversation_id, "turn": claim.turn_id, "now": utcnow()}
    await session.execute(_DONE, turn)
    await _release(session, claim.conversation_id, pause=FLOOD_PAUSE if claim.flood else None)
    return conversation


async def hold(session: AsyncSession, claim: Claim) -> Conversation:
    given = {
        "conversation": claim.conversation_id,
        "worker": claim.worker,
        "attempt": claim.attempt,
        "until": utcnow() + LEASE,
    }
    conversation = (await session.scalars(_HOLD, given)).one_or_none()
    if conversation is None:
        raise LeaseLost(f"ход {claim.turn_id} завершён другим процессом")
    return conversation


async def _release(session: AsyncSession, conversation_id: int, pause: dt.timedelta | None = None) -> None:
    # A statement of its own: after the lock it sees the updates that came in during the turn.
    quiet_until = utcnow() + pause if pause is not None else None
    await session.execute(_RELEASE, {"conversation": conversation_id, "silence": quiet_until})


async def postpone_turn(sessions: Sessions, claim: Claim, seconds: float) -> None:
    """The turn failed: the same turn again after `seconds`."""
    async with sessions.begin() as session:
        await hold(session, claim)
        await session.execute(
            update(Conversation)
            .where(Conversation.id == claim.conversation_id)
            .values(
                next_turn_at=utcnow() + dt.timedelta(seconds=seconds), claimed_by=None, claimed_until=None
            )
        )
