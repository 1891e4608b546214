"""What the database holds of each conversation, and when nothing in it moves any more."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from bot.conversations import Conversation
from bot.db import Sessions
from bot.inbox.models import InboxUpdate
from bot.outbox.models import DeliveredMessage, OutboxMessage
from bot.turn.texts import FAILURE, FAILURE_AGAIN

LOOKED_EVERY = 0.25
# So long nothing may move before it is taken for lost: two leases of a gateway that died.
PATIENCE = 120.0


@dataclass(frozen=True)
class Ledger:
    updates: Sequence[InboxUpdate]
    outbox: Sequence[OutboxMessage]
    delivered: Mapping[str, int]  # the messenger's id → id of the outbox row

    @property
    def turns(self) -> dict[int, list[InboxUpdate]]:
        """Turn → its updates."""
        turns = defaultdict(list)
        for update in self.updates:
            if update.turn_id is not None:
                turns[update.turn_id].append(update)
        return turns

    def answer(self, turn: int) -> OutboxMessage | None:
        first = next(update for update in self.updates if update.id == turn)
        return next((row for row in self.outbox if row.origin == f"turn:{first.update_id}"), None)


EMPTY = Ledger((), (), {})


def hands_over(row: OutboxMessage) -> bool:
    return row.body["text"] in (FAILURE, FAILURE_AGAIN)


async def ledgers(sessions: Sessions) -> dict[tuple[str, str], Ledger]:
    """By channel and chat."""
    async with sessions() as session:
        conversations = (await session.scalars(select(Conversation))).all()
        updates = _grouped((await session.scalars(select(InboxUpdate).order_by(InboxUpdate.id))).all())
        outbox = _grouped((await session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))).all())
        delivered = _grouped((await session.scalars(select(DeliveredMessage))).all())
    return {
        (one.channel, one.chat_id): Ledger(
            updates[one.id],
            outbox[one.id],
            {message.external_id: message.outbox_id for message in delivered[one.id]},
        )
        for one in conversations
    }


def _grouped[Row: (InboxUpdate, OutboxMessage, DeliveredMessage)](
    rows: Sequence[Row],
) -> dict[int, list[Row]]:
    groups: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.conversation_id].append(row)
    return groups


async def settled(sessions: Sessions, updates: int) -> bool:
    """All updates are stored, answered and delivered. False when nothing moves before that."""
    before, moved = None, time.monotonic()
    while time.monotonic() - moved < PATIENCE:
        now = await _state(sessions)
        if now == (updates, 0, 0):
            return True
        if now != before:
            before, moved = now, time.monotonic()
        await asyncio.sleep(LOOKED_EVERY)
    return False


async def _state(sessions: Sessions) -> tuple[int, int, int] | None:
    """Updates stored, updates not done, messages not delivered; None while the database is away."""
    try:
        async with sessions() as session:
            stored = await session.scalar(select(func.count(InboxUpdate.id)))
            waiting = await session.scalar(
                select(func.count(InboxUpdate.id)).where(InboxUpdate.done_at.is_(None))
            )
            queued = await session.scalar(
                select(func.count(OutboxMessage.id)).where(OutboxMessage.status == "queued")
            )
    except (SQLAlchemyError, OSError):
        return None
    return stored or 0, waiting or 0, queued or 0
