"""Every update of every channel comes in here, once."""

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, update
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert

from bot.channels.base import Attachment, Incoming
from bot.conversations import Conversation, Message
from bot.db import Sessions, table_of, utcnow
from bot.inbox.edits import correct, corrected
from bot.inbox.models import InboxUpdate
from bot.metrics import Metrics
from bot.upsert import insert_on
from bot.wake import Wake

# The longest burst, in windows: who types without a pause is answered all the same.
MAX_WINDOWS = 3

# Lengths of the columns they go into.
MAX_NAME = 128
MAX_LINK = 512

MAX_ATTACHMENTS = 20
MAX_TITLE = 256


# Statements are made once: every message needs them, and making takes longer than asking. What is only
# written or read once goes by the tables, without objects.
_INBOX, _CONVERSATION = table_of(InboxUpdate), table_of(Conversation)

_FIRST = select(func.min(InboxUpdate.received_at)).where(
    InboxUpdate.conversation_id == bindparam("conversation_id"),
    InboxUpdate.done_at.is_(None),
    InboxUpdate.turn_id.is_(None),
)
_SAID = insert(table_of(Message))
_PLAN = (
    update(_CONVERSATION)
    .where(_CONVERSATION.c.id == bindparam("conversation"))
    .values(next_turn_at=bindparam("due"), blocked_at=bindparam("blocked"))
)
_NO_TURN = update(_INBOX).where(_INBOX.c.id == bindparam("stored")).values(done_at=bindparam("now"))

OnStaff = Callable[[AsyncSession, int], Awaitable[None]]


@dataclass(frozen=True)
class Stored:
    """A new update."""

    id: int
    conversation_id: int
    at: dt.datetime
    wants_turn: bool = True


class Inbox:
    """What a channel sees of the inbox.

    `on_staff` is called in the transaction of a message that one of the dealer's people wrote past the
    bot, with the id of the conversation.
    """

    def __init__(self, sessions: Sessions, wake: Wake, on_staff: OnStaff, metrics: Metrics) -> None:
        self._sessions = sessions
        self._wake = wake
        self._on_staff = on_staff
        self._metrics = metrics

    async def accept(self, incoming: Incoming, burst_window: float) -> bool:
        """Store an update; acknowledge it to the channel only after this returned.

        `burst_window` (seconds) is how long to wait for the rest of the burst. Returns False for an
        update that is already stored.
        """
        async with self._sessions.begin() as session:
            stored = await accept(session, incoming, burst_window)
            if stored is not None and incoming.kind == "staff":
                await self._on_staff(session, stored.conversation_id)
        if stored is not None:
            self._metrics.received(incoming.channel, incoming.kind)
            self._tell(stored, burst_window)
        return stored is not None

    def _tell(self, stored: Stored, burst_window: float) -> None:
        if burst_window or not stored.wants_turn:
            self._wake.notify()
        else:
            self._wake.tell_due()


def refused_for_good(error: DBAPIError) -> bool:
    """The values themselves are not what the database takes, so another try ends like this one.

    asyncpg's errors have no class for it in SQLAlchemy, only SQL's own number.
    """
    state = getattr(error.orig, "sqlstate", None) or ""
    return isinstance(error, DataError) or state.startswith("22")


async def accept(session: AsyncSession, incoming: Incoming, burst_window: float) -> Stored | None:
    """Store an update, its message and the time of its turn in the caller's transaction.

    Returns None for an update that is already stored.
    """
    incoming = _storable(incoming)
    # First of all: this locks the conversation's row, so ids follow the order of arrival.
    conversation = await _lock_conversation(session, incoming)
    # Then only: what waits while a person closes his ticket came after it, and is the bot's to answer.
    now = utcnow()
    stored = await _store(session, conversation.id, incoming, now)
    if stored is None:
        return None
    if not await _write(session, stored, incoming):
        stored = replace(stored, wants_turn=False)
        await session.execute(_NO_TURN, {"stored": stored.id, "now": stored.at})
    await _plan_turn(session, conversation, stored, incoming, dt.timedelta(seconds=burst_window))
    return stored


async def _store(
    session: AsyncSession, conversation_id: int, incoming: Incoming, now: dt.datetime
) -> Stored | None:
    given = {
        "channel": incoming.channel,
        "account": incoming.account,
        "update_id": incoming.update_id,
        "conversation_id": conversation_id,
        "body": incoming.model_dump(mode="json"),
        "received_at": now,
    }
    stored = await session.scalar(_storing(session.get_bind().dialect.name), given)
    return Stored(stored, conversation_id, now) if stored is not None else None


@cache
def _storing(dialect: str) -> ReturningInsert[int]:
    keys = ["channel", "account", "update_id"]
    return insert_on(dialect, _INBOX).on_conflict_do_nothing(index_elements=keys).returning(_INBOX.c.id)


async def _write(session: AsyncSession, stored: Stored, incoming: Incoming) -> bool:
    """Into the history. Returns whether it wants an answer."""
    if incoming.kind in ("blocked", "unblocked"):
        return False
    if incoming.kind == "edit" and (message := await corrected(session, stored.conversation_id, incoming)):
        return await correct(session, message, incoming)
    await session.execute(_SAID, _message(stored, incoming))
    return incoming.kind != "staff"


def _storable(incoming: Incoming) -> Incoming:
    """Without what PostgreSQL refuses: NUL, lone surrogates, names and links that do not fit."""
    return incoming.model_copy(
        update={
            "text": _encodable(incoming.text),
            "name": _encodable(incoming.name)[:MAX_NAME] if incoming.name else None,
            "listing_ref": _encodable(incoming.listing_ref)[:MAX_LINK] if incoming.listing_ref else None,
            "attachments": tuple(_storable_attachment(a) for a in incoming.attachments[:MAX_ATTACHMENTS]),
        }
    )


def _storable_attachment(attachment: Attachment) -> Attachment:
    title = _encodable(attachment.title)[:MAX_TITLE] if attachment.title else None
    return attachment.model_copy(update={"title": title})


def _encodable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


async def _lock_conversation(session: AsyncSession, incoming: Incoming) -> Row[Any]:
    given = {
        "channel": incoming.channel,
        "account": incoming.account,
        "chat_id": incoming.chat_id,
        "name": incoming.name,
    }
    locked: Row[Any] = (await session.execute(_locking(session.get_bind().dialect.name), given)).one()
    return locked


@cache
def _locking(dialect: str) -> ReturningInsert[Any]:
    """Returns what the plan of the next turn is made of."""
    statement = insert_on(dialect, _CONVERSATION)
    its = _CONVERSATION.c
    upsert = statement.on_conflict_do_update(
        index_elements=["channel", "account", "chat_id"],
        # What the customer said of himself comes before the name of his account.
        set_={"name": func.coalesce(its.name, statement.excluded.name)},
    )
    return upsert.returning(its.id, its.next_turn_at, its.quiet_until, its.turn_attempts, its.claimed_until)


def _message(stored: Stored, incoming: Incoming) -> dict[str, Any]:
    return {
        "conversation_id": stored.conversation_id,
        "direction": "staff" if incoming.kind == "staff" else "in",
        "text": incoming.text,
        "extras": incoming.model_dump(mode="json", include={"kind", "attachments"}),
        "at": stored.at,
        "inbox_id": stored.id,
        "external_id": incoming.message_id,
    }


async def _plan_turn(
    session: AsyncSession, conversation: Row[Any], stored: Stored, incoming: Incoming, window: dt.timedelta
) -> None:
    """Who writes takes messages again."""
    due = await _due(session, conversation, stored, window)
    blocked = stored.at if incoming.kind == "blocked" else None
    await session.execute(_PLAN, {"conversation": conversation.id, "due": due, "blocked": blocked})


async def _due(
    session: AsyncSession, conversation: Row[Any], stored: Stored, window: dt.timedelta
) -> dt.datetime | None:
    now = stored.at
    planned: dt.datetime | None = conversation.next_turn_at
    running = conversation.claimed_until is not None and conversation.claimed_until > now
    if not stored.wants_turn or (conversation.turn_attempts and not running):
        return planned  # a failed turn waits for its next try: this update comes after it
    # Without a turn to come nothing else waits.
    first = await session.scalar(_FIRST, {"conversation_id": conversation.id}) if planned else None
    due = min(now + window, (first or now) + MAX_WINDOWS * window)
    quiet_until: dt.datetime | None = conversation.quiet_until
    return max(due, quiet_until) if quiet_until else due
