"""What the browser is shown of the database: the history of a chat and whether an answer is coming."""

import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import File
from bot.channels.site.corrections import apply_corrections, outgoing
from bot.channels.site.files import address, appearance, file_name
from bot.channels.site.wire import Shown, ShownButton, ShownCard, ShownFile
from bot.conversations import Conversation, Message, find_conversation, history
from bot.inbox.models import InboxUpdate

CHANNEL = "site"
ACCOUNT = "main"


MAX_QUOTE = 160  # characters that are shown of what is answered

# Who of the dealership answers in a conversation now, by its number; None while it is the bot.
Answering = Callable[[AsyncSession, int], Awaitable[str | None]]


@dataclass(frozen=True)
class Pulse:
    """The smallest thing that changes when there is something to show."""

    last_id: int = 0
    typing: bool = False


@dataclass(frozen=True)
class Transcript:
    messages: tuple[Shown, ...]
    pulse: Pulse
    staff: str | None = None


async def pulses(session: AsyncSession, chats: Collection[str]) -> dict[str, Pulse]:
    """The pulse of each chat that has a conversation, in one query."""
    last = (
        select(func.max(Message.id))
        .where(Message.conversation_id == Conversation.id)
        .correlate(Conversation)
        .scalar_subquery()
    )
    query = select(Conversation.chat_id, Conversation.turn_attempts, last).where(
        Conversation.channel == CHANNEL, Conversation.account == ACCOUNT, Conversation.chat_id.in_(chats)
    )
    rows = await session.execute(query)
    return {chat: Pulse(last_id or 0, attempts > 0) for chat, attempts, last_id in rows}


async def read(session: AsyncSession, chat: str, after: int, answering: Answering) -> Transcript:
    """The messages with an id above `after`, and earlier ones that they correct."""
    conversation = await find_conversation(session, CHANNEL, ACCOUNT, chat)
    if conversation is None:
        return Transcript((), Pulse())
    rows = await history(session, conversation.id, after_id=after)
    # A turn that waits for its next try counts as typing: the answer is still coming.
    pulse = Pulse(rows[-1].id if rows else after, conversation.turn_attempts > 0)
    corrected = await apply_corrections(session, conversation.id, rows)
    quotes = await _quotes(session, conversation.id, rows)
    messages = tuple(shown(row, text, chat, quotes) for row, text in corrected)
    return Transcript(messages, pulse, await answering(session, conversation.id))


async def _quotes(session: AsyncSession, conversation_id: int, rows: Sequence[Message]) -> dict[str, str]:
    """Texts of the customer's messages that `rows` answer, by their ids in the channel."""
    wanted = {outgoing(row).reply_to for row in rows if row.direction != "in"} - {None}
    if not wanted:
        return {}
    query = select(Message.external_id, Message.text).where(
        Message.conversation_id == conversation_id, Message.external_id.in_(wanted)
    )
    return {str(external_id): text for external_id, text in await session.execute(query)}


async def knows(session: AsyncSession, chat: str, message_id: int) -> bool:
    """Whether the chat has this message: a browser may remember a database that was begun anew."""
    found = exists().where(
        Message.id == message_id,
        Message.conversation_id == Conversation.id,
        Conversation.channel == CHANNEL,
        Conversation.account == ACCOUNT,
        Conversation.chat_id == chat,
    )
    return bool(await session.scalar(select(found)))


def update_id(chat: str, client_id: str) -> str:
    """Within the chat: nobody can take the id of another's message first."""
    return f"{chat}:{client_id}"


async def stored_ids(session: AsyncSession, chat: str, client_ids: Sequence[str]) -> dict[str, int]:
    """Message ids of what the inbox has of `client_ids`."""
    wanted = {update_id(chat, client_id): client_id for client_id in client_ids}
    query = (
        select(InboxUpdate.update_id, Message.id)
        .join(Message, Message.inbox_id == InboxUpdate.id)
        .where(
            InboxUpdate.channel == CHANNEL,
            InboxUpdate.account == ACCOUNT,
            InboxUpdate.update_id.in_(wanted),
        )
    )
    return {wanted[update]: message_id for update, message_id in await session.execute(query)}


def shown(message: Message, text: str, chat: str, quotes: Mapping[str, str]) -> Shown:
    """`text` is what the message says now."""
    at = message.at.isoformat()
    if message.direction == "in":
        return Shown(id=message.id, author="me", text=text, at=at)
    body = outgoing(message)
    return Shown(
        id=message.id,
        author="staff" if message.direction == "staff" else "bot",
        text=text or _emoji(body.files),
        at=at,
        buttons=tuple(ShownButton(title=b.title, key=b.key) for b in body.buttons),
        cards=tuple(
            ShownCard(
                title=c.title, text=c.text, picture=media_url(c.picture), button=c.button, key=c.payload
            )
            for c in body.cards
        ),
        pictures=tuple(url for url in map(media_url, body.pictures) if url),
        video=media_url(body.video_url),
        files=tuple(
            _shown_file(file, address(chat, message.id, position))
            for position, file in enumerate(body.files)
            if file.kind != "sticker"
        ),
        quote=_quote(quotes.get(body.reply_to or "")),
    )


def _shown_file(file: File, url: str) -> ShownFile:
    return ShownFile(kind=appearance(file), url=url, name=file_name(file), size=file.size)


def _emoji(files: Sequence[File]) -> str:
    """A sticker of another messenger is told by what it means."""
    return " ".join(file.name or "🙂" for file in files if file.kind == "sticker")


def _quote(text: str | None) -> str | None:
    if text is None:
        return None
    return text if len(text) <= MAX_QUOTE else f"{text[:MAX_QUOTE].rstrip()}…"


def media_url(url: str | None) -> str | None:
    """An address that a page may load; None for any other scheme or place."""
    return url if url and re.match(r"https?://[^/]|/stock/", url) else None
