"""What the browser is shown of the database: the history of a chat and whether an answer is coming."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Outgoing
from bot.channels.site.wire import Shown, ShownButton, ShownCard
from bot.conversations import Conversation, Message, find_conversation, history
from bot.inbox.models import InboxUpdate

CHANNEL = "site"
ACCOUNT = "main"


@dataclass(frozen=True)
class Pulse:
    """The smallest thing that changes when there is something to show."""

    last_id: int = 0
    typing: bool = False


@dataclass(frozen=True)
class Transcript:
    messages: tuple[Shown, ...]
    pulse: Pulse


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


async def read(session: AsyncSession, chat: str, after: int) -> Transcript:
    """The messages with an id above `after`."""
    conversation = await find_conversation(session, CHANNEL, ACCOUNT, chat)
    if conversation is None:
        return Transcript((), Pulse())
    rows = await history(session, conversation.id, after_id=after)
    # A turn that waits for its next try counts as typing: the answer is still coming.
    pulse = Pulse(rows[-1].id if rows else after, conversation.turn_attempts > 0)
    return Transcript(tuple(shown(row) for row in rows), pulse)


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


def shown(message: Message) -> Shown:
    at = message.at.isoformat()
    if message.direction == "in":
        return Shown(id=message.id, author="me", text=message.text, at=at)
    body = Outgoing.model_validate(message.extras or {"text": message.text})
    return Shown(
        id=message.id,
        author="staff" if message.direction == "staff" else "bot",
        text=message.text,
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
    )


def media_url(url: str | None) -> str | None:
    """An address that a page may load; None for any other scheme or place."""
    return url if url and re.match(r"https?://[^/]|/stock/", url) else None
