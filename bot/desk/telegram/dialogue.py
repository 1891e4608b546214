"""The history as the people of a department read it: who said what, what he quoted, what he sent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pydantic import ValidationError
from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Attachment, Outgoing
from bot.conversations import Message
from bot.db import Sessions
from bot.desk.models import DeskGroup, DeskNotice, DeskTopic, Ticket, TicketEvent
from bot.desk.telegram.render import Line, cut
from bot.inbox.models import InboxUpdate
from bot.outbox.models import DeliveredMessage, OutboxMessage
from bot.outbox.put import STAFF

CUSTOMER = "Клиент"
BOT = "Бот"
SOMEBODY = "Сотрудник"
WITHOUT_TEXT = "без текста"
QUOTE_LIMIT = 120
# Messages that are read at once; what is left comes with the next.
AT_ONCE = 60

KINDS = {
    "photo": "фото",
    "video": "видео",
    "voice": "голосовое сообщение",
    "video_note": "видеосообщение",
    "document": "файл",
    "sticker": "стикер",
    "location": "место на карте",
    "contact": "контакт",
    "product": "карточка товара",
    "other": "вложение",
}


@dataclass(frozen=True)
class Said:
    """`line` is None for what nobody needs to see: it was written in this very group, or says nothing."""

    message: Message
    line: Line | None
    attachments: tuple[Attachment, ...] = ()


async def unshown(sessions: Sessions, topic: DeskTopic) -> list[Said]:
    """What the topic does not show yet, oldest first."""
    query = (
        select(Message)
        .where(Message.conversation_id == topic.conversation_id, Message.id > topic.shown_message_id)
        .order_by(Message.id)
        .limit(AT_ONCE)
    )
    async with sessions() as session:
        messages = (await session.scalars(query)).all()
        quotes = await _quotes(session, messages) | await _corrected(session, messages)
        names = await _names(session, messages)
        own = await _said_here(session, topic.group_id, messages)
    return [
        Said(message, None)
        if message.id in own
        else _said(message, quotes.get(message.id, ""), names.get(message.id, SOMEBODY))
        for message in messages
    ]


def _said(message: Message, quote: str, name: str) -> Said:
    """`quote` is what it answers or, of a correction, what was said before."""
    match message.direction:
        case "in":
            return _by_customer(message, quote)
        case "staff" if "kind" in message.extras:  # in the messenger itself, past the bot
            return _written(message, name, "", _attachments(message))
        case "staff":
            return _by_desk(message, name, quote)
        case "out":
            words = _bot_words(message)
            return Said(message, Line(BOT, words, message.at) if words else None)


def _by_customer(message: Message, quote: str) -> Said:
    match message.extras.get("kind"):
        case "button":
            words = f"нажал кнопку «{message.text}»" if message.text else "нажал кнопку"
            return Said(message, Line(CUSTOMER, words, message.at))
        case "start" if not message.text:
            return Said(message, Line("", "Клиент открыл чат", message.at))
        case _:
            return _written(message, CUSTOMER, quote, _attachments(message))


def _written(message: Message, name: str, quote: str, attachments: tuple[Attachment, ...]) -> Said:
    words = " ".join(filter(None, (message.text, *map(described, attachments))))
    line = Line(name, words, message.at, quote) if words else None
    return Said(message, line, attachments)


def _by_desk(message: Message, name: str, before: str) -> Said:
    """A person of another group, or at another desk."""
    if _corrects(message) is not None:
        return Said(message, Line("", _correction(message, name, before), message.at))
    outgoing = _outgoing(message)
    files = outgoing.files if outgoing is not None else ()
    attachments = tuple(
        Attachment(kind=file.kind, ref=file.source.removeprefix("telegram:"), title=file.name)
        for file in files
    )
    return _written(message, name, "", attachments)


def _attachments(message: Message) -> tuple[Attachment, ...]:
    return tuple(Attachment.model_validate(each) for each in message.extras.get("attachments", ()))


def described(attachment: Attachment) -> str:
    """«[фото]», «[файл «Договор.pdf»]»."""
    title = f" «{attachment.title}»" if attachment.title else ""
    return f"[{KINDS[attachment.kind]}{title}]"


def _bot_words(message: Message) -> str:
    outgoing = _outgoing(message)
    if outgoing is None:
        return message.text
    pictures = f"[фото: {len(outgoing.pictures)}]" if outgoing.pictures else ""
    cards = "\n".join(f"• {card.title}" for card in outgoing.cards)
    return "\n".join(filter(None, (message.text, pictures, outgoing.video_url, cards)))


def _outgoing(message: Message) -> Outgoing | None:
    """None for one of another version."""
    try:
        return Outgoing.model_validate({k: v for k, v in message.extras.items() if k != "before"})
    except ValidationError:
        return None


async def _quotes(session: AsyncSession, messages: Sequence[Message]) -> dict[int, str]:
    """Message → what it quotes. The update that brought it knows the channel's id of that."""
    brought = {message.inbox_id: message.id for message in messages if message.inbox_id is not None}
    query = select(InboxUpdate.id, InboxUpdate.body).where(InboxUpdate.id.in_(brought))
    bodies = (await session.execute(query)).all() if brought else []
    quoted = {brought[row.id]: row.body["reply_to"] for row in bodies if row.body.get("reply_to")}
    if not quoted:
        return {}
    texts = await _texts(session, messages[0].conversation_id, set(quoted.values()))
    return {number: cut(texts[key], QUOTE_LIMIT) for number, key in quoted.items() if texts.get(key)}


async def _texts(
    session: AsyncSession, conversation_id: int, external_ids: Collection[str]
) -> dict[str, str]:
    """By the channel's ids: his own messages, and ours."""
    his = select(Message.external_id, Message.text).where(
        Message.conversation_id == conversation_id, Message.external_id.in_(external_ids)
    )
    ours = (
        select(DeliveredMessage.external_id, OutboxMessage.body)
        .join(OutboxMessage, OutboxMessage.id == DeliveredMessage.outbox_id)
        .where(
            DeliveredMessage.conversation_id == conversation_id,
            DeliveredMessage.external_id.in_(external_ids),
        )
    )
    found = {row.external_id: str(row.body.get("text", "")) for row in await session.execute(ours)}
    return found | {row.external_id: row.text for row in await session.execute(his)}


async def _corrected(session: AsyncSession, messages: Sequence[Message]) -> dict[int, str]:
    """Correction by staff → what the customer had read until then."""
    rows = {message.id: row for message in messages if (row := _corrects(message)) is not None}
    if not rows:
        return {}
    query = select(Message).where(
        Message.conversation_id == messages[0].conversation_id,
        Message.direction == "staff",
        Message.outbox_id >= min(rows.values()),
    )
    said: dict[int | None, str] = {}
    before: dict[int, str] = {}
    for message in await session.scalars(query.order_by(Message.id)):
        if message.id in rows:
            before[message.id] = said.get(rows[message.id], "")
        said[_row_of(message)] = message.text
    return before


def _corrects(message: Message) -> int | None:
    """The row whose text it replaces."""
    row_id: int | None = message.extras.get("edits")
    return row_id


def _row_of(message: Message) -> int | None:
    """The row that people know: a correction goes by the one that it corrects."""
    return _corrects(message) or message.outbox_id


async def _said_here(session: AsyncSession, group_id: int, messages: Sequence[Message]) -> set[int]:
    """Those of staff that were written in this group."""
    by_row = {m.outbox_id: m.id for m in messages if m.direction == "staff" and m.outbox_id is not None}
    if not by_row:
        return set()
    group = await session.get_one(DeskGroup, group_id)
    here = (f"{STAFF}{group.configured_id}:", f"{STAFF}{group.chat_id}:")
    query = select(OutboxMessage.id).where(
        OutboxMessage.id.in_(by_row), or_(*map(OutboxMessage.origin.startswith, here))
    )
    return {by_row[row_id] for row_id in await session.scalars(query)}


async def _names(session: AsyncSession, messages: Sequence[Message]) -> dict[int, str]:
    """Message of staff → who wrote it, by the event that it left with its ticket."""
    by_staff = [m for m in messages if m.direction == "staff" and m.outbox_id is not None]
    if not by_staff:
        return {}
    events = await session.execute(
        select(TicketEvent.details, TicketEvent.name)
        .join(Ticket, Ticket.id == TicketEvent.ticket_id)
        .where(Ticket.conversation_id == by_staff[0].conversation_id, TicketEvent.kind == "answered")
    )
    names = {row.details.get("outbox_id"): row.name for row in events}
    return {m.id: name for m in by_staff if (name := names.get(_row_of(m)))}


async def tell_corrections(sessions: Sessions, topic: DeskTopic) -> None:
    """What was corrected after it was shown becomes a line in each topic of the customer that shows it.

    Also where it may not be shown yet: another gateway may be showing the old words at this moment, and
    saying a correction in vain is better than losing one.
    """
    async with sessions.begin() as session:
        corrected = (
            await session.scalars(
                update(Message)
                .where(Message.conversation_id == topic.conversation_id, Message.changed)
                .values(changed=False)
                .returning(Message)
            )
        ).all()
        names = await _names(session, corrected)
        for message in sorted(corrected, key=lambda message: message.id):
            before = (message.extras.get("before") or [""])[-1]
            words = _correction(message, names.get(message.id, SOMEBODY), before)
            for other in await _to_be_told(session, topic, message):
                session.add(
                    DeskNotice(group_id=other.group_id, conversation_id=topic.conversation_id, words=words)
                )


async def _to_be_told(session: AsyncSession, topic: DeskTopic, message: Message) -> list[DeskTopic]:
    """A closed one that has shown it too: the customer may be given back there."""
    query = select(DeskTopic).where(DeskTopic.conversation_id == topic.conversation_id, ~DeskTopic.forgotten)
    return [
        other
        for other in await session.scalars(query)
        if (other.shown_message_id >= message.id or (other.open and other.id != topic.id))
        and not await _said_here(session, other.group_id, [message])
    ]


def _correction(message: Message, name: str, before: str) -> str:
    """The old words too: merged with others they are hard to find."""
    # Not «исправил»: names do not tell whether it was a man.
    who = f"{CUSTOMER} исправил" if message.direction == "in" else f"{name}, исправление"
    return f"{who}: {_in_quotes(cut(before, QUOTE_LIMIT))} → {_in_quotes(message.text)}"


def _in_quotes(words: str) -> str:
    return f"«{words}»" if words else WITHOUT_TEXT
