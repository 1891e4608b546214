"""Every update of every channel comes in here, once."""

import datetime as dt
from collections.abc import Awaitable, Callable
from functools import cache

from sqlalchemy import bindparam, func, select
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert

from bot.channels.base import Attachment, Incoming
from bot.conversations import Conversation, Message
from bot.db import Sessions, utcnow
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


_FIRST = select(func.min(InboxUpdate.received_at)).where(
    InboxUpdate.conversation_id == bindparam("conversation_id"),
    InboxUpdate.done_at.is_(None),
    InboxUpdate.turn_id.is_(None),
)

OnStaff = Callable[[AsyncSession, int], Awaitable[None]]


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

    def _tell(self, stored: InboxUpdate, burst_window: float) -> None:
        if burst_window or stored.done_at is not None:
            self._wake.notify()
        else:
            self._wake.tell_due()


def refused_for_good(error: DBAPIError) -> bool:
    """The values themselves are not what the database takes, so another try ends like this one.

    asyncpg's errors have no class for it in SQLAlchemy, only SQL's own number.
    """
    state = getattr(error.orig, "sqlstate", None) or ""
    return isinstance(error, DataError) or state.startswith("22")


async def accept(session: AsyncSession, incoming: Incoming, burst_window: float) -> InboxUpdate | None:
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
    if await _write(session, conversation, incoming, stored):
        await _plan_turn(session, conversation, now, dt.timedelta(seconds=burst_window))
    else:
        stored.done_at = now
    return stored


async def _store(
    session: AsyncSession, conversation_id: int, incoming: Incoming, now: dt.datetime
) -> InboxUpdate | None:
    given = {
        "channel": incoming.channel,
        "account": incoming.account,
        "update_id": incoming.update_id,
        "conversation_id": conversation_id,
        "body": incoming.model_dump(mode="json"),
        "received_at": now,
    }
    return await session.scalar(_storing(session.get_bind().dialect.name), given)


@cache
def _storing(dialect: str) -> ReturningInsert[InboxUpdate]:
    """Made once, as all statements here: every message needs them, and making takes longer than asking."""
    keys = ["channel", "account", "update_id"]
    return insert_on(dialect, InboxUpdate).on_conflict_do_nothing(index_elements=keys).returning(InboxUpdate)


async def _write(
    session: AsyncSession, conversation: Conversation, incoming: Incoming, stored: InboxUpdate
) -> bool:
    """Into the history. Returns whether it wants an answer."""
    conversation.blocked_at = stored.received_at if incoming.kind == "blocked" else None
    if incoming.kind in ("blocked", "unblocked"):
        return False
    if incoming.kind == "edit" and (message := await corrected(session, conversation.id, incoming)):
        return await correct(session, message, incoming)
    session.add(_message(conversation.id, incoming, stored))
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


async def _lock_conversation(session: AsyncSession, incoming: Incoming) -> Conversation:
    given = {
        "channel": incoming.channel,
        "account": incoming.account,
        "chat_id": incoming.chat_id,
        "name": incoming.name,
    }
    return (await session.scalars(_locking(session.get_bind().dialect.name), given)).one()


@cache
def _locking(dialect: str) -> ReturningInsert[Conversation]:
    statement = insert_on(dialect, Conversation)
    upsert = statement.on_conflict_do_update(
        index_elements=["channel", "account", "chat_id"],
        # What the customer said of himself comes before the name of his account.
        set_={"name": func.coalesce(Conversation.name, statement.excluded.name)},
    )
    return upsert.returning(Conversation).execution_options(populate_existing=True)


def _message(conversation_id: int, incoming: Incoming, stored: InboxUpdate) -> Message:
    return Message(
        conversation_id=conversation_id,
        direction="staff" if incoming.kind == "staff" else "in",
        text=incoming.text,
        extras=incoming.model_dump(mode="json", include={"kind", "attachments"}),
        at=stored.received_at,
        inbox_id=stored.id,
        external_id=incoming.message_id,
    )


async def _plan_turn(
    session: AsyncSession, conversation: Conversation, now: dt.datetime, window: dt.timedelta
) -> None:
    running = conversation.claimed_until is not None and conversation.claimed_until > now
    if conversation.turn_attempts and not running:
        return  # a failed turn waits for its next try: this update comes after it
    # Without a turn to come nothing else waits.
    waits = conversation.next_turn_at is not None
    first = await session.scalar(_FIRST, {"conversation_id": conversation.id}) if waits else None
    latest = (first or now) + MAX_WINDOWS * window
    due = min(now + window, latest)
    conversation.next_turn_at = max(due, conversation.quiet_until) if conversation.quiet_until else due
