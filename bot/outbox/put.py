"""Say something to a customer: rows in the caller's transaction, sent after its commit."""

import re
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Button, Outgoing
from bot.contract import Card
from bot.conversations import Conversation, Message
from bot.db import table_of, utcnow
from bot.outbox.models import LEASE, DeliveredMessage, OutboxMessage

# Origins of what people of the dealership say begin so.
STAFF = "desk:"


# Made once: every turn needs them.
_QUEUED = insert(OutboxMessage).returning(OutboxMessage)
_SAID = insert(table_of(Message))


@dataclass(frozen=True)
class Choice:
    """A button with what its press means: a Rasa payload that the channel never sees."""

    title: str
    payload: str


async def put(
    session: AsyncSession,
    conversation: Conversation,
    outgoing: Outgoing,
    *,
    origin: str,
    choices: Sequence[Choice] = (),
    direction: Literal["out", "staff"] = "out",
    held_by: str | None = None,
) -> OutboxMessage:
    """Queue `outgoing` with `choices` as its buttons and write it into the history.

    `origin` names what the message answers, for ever ("turn:<channel's update id>", what people say
    begins with `STAFF`): the send key is made of it and the same origin cannot be put twice. The
    payloads of the cards are replaced by keys. `held_by` names who sends it after the commit, and nobody
    else does before the end of his lease: see `bot.outbox.claim`.
    """
    queued = {
        "conversation_id": conversation.id,
        "channel": conversation.channel,
        "origin": origin,
        "body": outgoing.model_dump(mode="json"),
        "send_key": send_key(f"{conversation.key}:{origin}"),
        "car_id": conversation.focus_car_id,
        "payloads": [{"title": c.title, "payload": c.payload} for c in choices]
        + [{"title": c.button, "payload": c.payload} for c in outgoing.cards],
        "attempts": 0 if held_by is None else 1,
        "claimed_by": held_by,
        "claimed_until": None if held_by is None else utcnow() + LEASE,
    }
    row = (await session.scalars(_QUEUED, queued)).one()
    if row.payloads:  # the keys need the row's id
        row.body = _keyed(outgoing, row.id, choices).model_dump(mode="json")
    said = {
        "conversation_id": conversation.id,
        "direction": direction,
        "text": outgoing.text,
        "extras": row.body,
        "outbox_id": row.id,
    }
    await session.execute(_SAID, said)
    return row


async def put_instead(session: AsyncSession, row: OutboxMessage, outgoing: Outgoing) -> Message:
    """What is `unsent` says `outgoing`, in the history too. Returns the message there."""
    message = (await session.scalars(select(Message).filter_by(outbox_id=row.id))).one()
    row.body = outgoing.model_dump(mode="json")
    message.text, message.extras = outgoing.text, {**message.extras, **row.body}
    return message


def _keyed(outgoing: Outgoing, row_id: int, choices: Sequence[Choice]) -> Outgoing:
    buttons = tuple(Button(title=c.title, key=f"{row_id}.{n}") for n, c in enumerate(choices))
    cards = tuple(_keyed_card(c, f"{row_id}.{n}") for n, c in enumerate(outgoing.cards, len(choices)))
    return outgoing.model_copy(update={"buttons": buttons, "cards": cards})


def _keyed_card(card: Card, key: str) -> Card:
    return card.model_copy(update={"payload": key})


def send_key(origin: str) -> int:
    """A positive int32, as VK's `random_id` wants it."""
    return zlib.crc32(origin.encode()) & 0x7FFFFFFF or 1


def part_key(key: int, number: int) -> int:
    """The send key of a part: the row's own for the first."""
    return key if number == 0 else send_key(f"{key}:{number}")


async def find_choice(session: AsyncSession, conversation_id: int, key: str) -> Choice | None:
    """What the button with this key means; None for a key that this conversation was never given."""
    known = re.fullmatch(r"([0-9]{1,9})\.([0-9]{1,3})", key)
    if known is None:
        return None
    row_id, position = int(known[1]), int(known[2])
    row = await session.get(OutboxMessage, row_id)
    if row is None or row.conversation_id != conversation_id or position >= len(row.payloads):
        return None
    return Choice(**row.payloads[position])


async def quoted_car(session: AsyncSession, conversation_id: int, external_id: str) -> int | None:
    """The car of the message that the customer quotes; None when it was none of ours, or about no car."""
    query = (
        select(OutboxMessage.car_id)
        .join(DeliveredMessage, DeliveredMessage.outbox_id == OutboxMessage.id)
        .where(
            DeliveredMessage.conversation_id == conversation_id, DeliveredMessage.external_id == external_id
        )
    )
    return await session.scalar(query)


def by_staff(origin: str) -> bool:
    """A person of the dealership said it."""
    return origin.startswith(STAFF)


async def unsent(session: AsyncSession, outbox_id: int) -> bool:
    """Nothing of the row is under way; nobody takes it before the end of this transaction."""
    held = await session.scalar(
        update(OutboxMessage)
        .where(OutboxMessage.id == outbox_id, OutboxMessage.parts_sent == 0, *_waits())
        .values(attempts=OutboxMessage.attempts)
        .returning(OutboxMessage.id)
    )
    return held is not None


async def withdraw(session: AsyncSession, conversation_id: int, reason: str) -> None:
    """What the bot was about to say to this customer is not sent.

    What is under way arrives if it can, and is not tried again: who sends it keeps his lease and writes
    what became of it.
    """
    theirs = OutboxMessage.conversation_id == conversation_id, ~OutboxMessage.origin.startswith(STAFF)
    await _take_back(session, reason, *theirs)


async def withdraw_made_by(
    session: AsyncSession, conversation_ids: Collection[int], origin: str, reason: str
) -> None:
    """The same for the rows alone whose origin begins with `origin`."""
    made = OutboxMessage.origin.startswith(origin, autoescape=True)
    await _take_back(session, reason, OutboxMessage.conversation_id.in_(conversation_ids), made)


async def _take_back(session: AsyncSession, reason: str, *which: ColumnElement[bool]) -> None:
    queued = update(OutboxMessage).where(OutboxMessage.status == "queued", *which)
    await session.execute(queued.values(status="failed", error=reason))


def _waits() -> tuple[ColumnElement[bool], ...]:
    return (
        OutboxMessage.status == "queued",
        # A lease that has ended is a dead gateway's: another one would send the row again.
        or_(OutboxMessage.claimed_until.is_(None), OutboxMessage.claimed_until <= utcnow()),
    )
