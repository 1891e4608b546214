"""`bot say`: a chat from the terminal, through the same inbox, turn and outbox as every channel."""

import asyncio
import uuid
from collections.abc import Sequence

from rich.console import Console
from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.app import Parts, assembled
from bot.channels.base import Incoming, Outgoing
from bot.contract import Abilities
from bot.conversations import Conversation, Message, find_conversation
from bot.db import Sessions, utcnow
from bot.errors import RasaUnavailable, SettingsError
from bot.inbox.models import InboxUpdate
from bot.outbox.models import OutboxMessage
from bot.settings import Settings
from bot.workers import working

ACCOUNT = "local"
POLL = 0.05


class TerminalChannel:
    name = "terminal"
    abilities = Abilities()
    burst_window = 0.0

    def __init__(self, console: Console) -> None:
        self._console = console

    def parts(self, message: Outgoing) -> Sequence[Outgoing]:
        return (message,)

    async def send(self, chat_id: str, part: Outgoing, send_key: int) -> Sequence[str]:
        show(self._console, part)
        return ()

    async def edit(self, chat_id: str, external_ids: Sequence[str], message: Outgoing) -> None:
        show(self._console, message)

    async def typing(self, chat_id: str) -> None:
        return None


def show(console: Console, message: Outgoing) -> None:
    """Texts, pictures as links, cards and buttons with the numbers that `--press` takes."""
    console.print(message.text, markup=False, highlight=False)
    for url in (*message.pictures, *filter(None, [message.video_url])):
        console.print(f"  {url}", markup=False, style="blue")
    for number, (title, _) in enumerate(choices(message), 1):
        console.print(f"  {number}) {title}", markup=False, style="cyan")


def choices(message: Outgoing) -> list[tuple[str, str]]:
    """Titles and keys of all that can be pressed: the cards as they are shown, then the buttons."""
    cards = [(f"{card.title} {card.text}".replace("\n", " ").strip(), card.payload) for card in message.cards]
    return cards + [(button.title, button.key) for button in message.buttons]


async def say(settings: Settings, text: str, *, chat: str, press: int | None, console: Console) -> None:
    channel = TerminalChannel(console)
    async with assembled(settings) as parts:
        if not await parts.rasa.ready():
            raise RasaUnavailable(
                f"Rasa не отвечает ({', '.join(settings.rasa_url)}) или ещё загружает модель. "
                "Запустите `make run` в другом окне и дождитесь адреса."
            )
        await _send(parts, channel, await _incoming(parts.sessions, channel, text, chat, press))


async def _incoming(
    sessions: Sessions, channel: TerminalChannel, text: str, chat: str, press: int | None
) -> Incoming:
    key = None
    if press is not None:
        text, key = await _pressed(sessions, channel.name, chat, press)
    return Incoming(
        channel=channel.name,
        account=ACCOUNT,
        update_id=uuid.uuid4().hex,
        chat_id=chat,
        kind="text" if key is None else "button",
        text=text,
        button=key,
        sent_at=utcnow(),
    )


async def _pressed(sessions: Sessions, channel: str, chat: str, number: int) -> tuple[str, str]:
    async with sessions() as session:
        conversation = await find_conversation(session, channel, ACCOUNT, chat)
        offered = await _last_choices(session, conversation) if conversation else []
    if not 1 <= number <= len(offered):
        raise SettingsError(f"кнопки {number} в последнем ответе нет (всего кнопок: {len(offered)})")
    return offered[number - 1]


async def _last_choices(session: AsyncSession, conversation: Conversation) -> list[tuple[str, str]]:
    query = (
        select(Message)
        .where(Message.conversation_id == conversation.id, Message.direction == "out")
        .order_by(Message.id.desc())
    )
    last = await session.scalar(query.limit(1))
    return choices(Outgoing.model_validate(last.extras)) if last else []


async def _send(parts: Parts, channel: TerminalChannel, incoming: Incoming) -> None:
    async with working(
        parts.sessions,
        parts.rasa,
        {channel.name: channel},
        inbox=parts.wake,
        metrics=parts.metrics,
        dealer=parts.dealer,
    ):
        await parts.inbox.accept(incoming, channel.burst_window)
        while await _unanswered(parts.sessions, incoming):  # noqa: ASYNC110 (the database has no events)
            await asyncio.sleep(POLL)


async def _unanswered(sessions: Sessions, incoming: Incoming) -> bool:
    chat = (
        Conversation.channel == incoming.channel,
        Conversation.account == incoming.account,
        Conversation.chat_id == incoming.chat_id,
    )
    waiting = exists().where(InboxUpdate.conversation_id == Conversation.id, InboxUpdate.done_at.is_(None))
    unsent = exists().where(
        OutboxMessage.conversation_id == Conversation.id, OutboxMessage.status == "queued"
    )
    async with sessions() as session:
        query = select(Conversation.id).where(*chat, or_(waiting, unsent))
        return await session.scalar(query) is not None
