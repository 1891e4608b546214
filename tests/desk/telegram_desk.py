"""A desk in the emulated Telegram, and customers who are handed over to it."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bot.channels.pictures import download
from bot.channels.telegram.client import make_bot
from bot.conversations import Conversation, Message
from bot.db import Sessions, utcnow
from bot.dealer import Dealer, Desk
from bot.desk.card import Cards
from bot.desk.models import Ticket
from bot.desk.telegram.connect import TelegramDesk
from bot.desk.telegram.media import Read
from bot.desk.telegram.pace import GroupPace
from bot.desk.telegram.runner import Pauses
from bot.leases import worker_name
from bot.metrics import Metrics
from tests.emulators.telegram import TelegramEmulator
from tests.emulators.telegram.forum import Topic
from tests.spine import DEALER

TOKEN = "4200000001:test-of-avtootvet"
PATIENCE = 20  # seconds; far above what anything takes, so that a busy machine fails nothing
PAUSES = Pauses(standby=0.05, for_admin=0.05, after_trouble=0.05, upkeep=0.2)


def dealer_with(groups: Mapping[str, int]) -> Dealer:
    """The departments of these keys have a group each, of that number; the others have none."""
    departments = {
        key: department.model_copy(
            update={"desk": Desk(telegram=groups[key]) if key in groups else None, "next_department": None}
        )
        for key, department in DEALER.departments.items()
    }
    return DEALER.model_copy(update={"departments": departments})


@asynccontextmanager
async def make_desk_of(
    telegram: TelegramEmulator,
    sessions: Sessions,
    groups: Mapping[str, int],
    metrics: Metrics,
    *,
    read: Read = download,
    pace: GroupPace | None = None,
) -> AsyncIterator[TelegramDesk]:
    """It does not run yet."""
    bot = make_bot(TOKEN, telegram.url)
    cards = Cards(dealer_with(groups), "https://bot.example")
    paces = {number: pace or GroupPace(limit=1000, window=1.0) for number in groups.values()}
    try:
        yield TelegramDesk(bot, sessions, cards, metrics, read=read, paces=paces, pauses=PAUSES)
    finally:
        await bot.session.close()


@asynccontextmanager
async def desk_of(
    telegram: TelegramEmulator,
    sessions: Sessions,
    groups: Mapping[str, int],
    *,
    read: Read = download,
    pace: GroupPace | None = None,
) -> AsyncIterator[TelegramDesk]:
    """It runs."""
    async with make_desk_of(telegram, sessions, groups, Metrics(), read=read, pace=pace) as desk:
        running = asyncio.create_task(desk.run(worker_name()))
        try:
            yield desk
        finally:
            desk.stop()
            await asyncio.wait({running}, timeout=1)
            desk.leave()
            await running


@dataclass
class Visitor:
    """A customer in the database, and what happens to him."""

    sessions: Sessions
    id: int  # of his conversation

    async def says(self, text: str = "", **fields: Any) -> int:
        return await self._add("in", text, extras={"kind": "text", "attachments": []}, **fields)

    async def sends(self, *attachments: Mapping[str, Any], text: str = "", **fields: Any) -> int:
        extras = {"kind": "text", "attachments": list(attachments)}
        return await self._add("in", text, extras=extras, **fields)

    async def presses(self, title: str) -> int:
        return await self._add("in", title, extras={"kind": "button", "attachments": []})

    async def corrects(self, number: int, text: str) -> None:
        async with self.sessions.begin() as session:
            message = await session.get_one(Message, number)
            message.extras = {**message.extras, "before": [message.text]}
            message.text, message.changed = text, True

    async def hears(self, text: str, **fields: Any) -> int:
        """From the bot."""
        return await self._add("out", text, extras={"text": text}, **fields)

    async def is_handed_over(self, department: str = "used_cars", **fields: Any) -> int:
        known = {"reason": "asked", "topic": "price", "summary": "Хочет скидку."}
        async with self.sessions.begin() as session:
            ticket = Ticket(conversation_id=self.id, department=department, **(known | fields))
            session.add(ticket)
            await session.flush()
            return ticket.id

    async def ticket_becomes(self, ticket_id: int, **fields: Any) -> None:
        async with self.sessions.begin() as session:
            ticket = await session.get_one(Ticket, ticket_id)
            for name, value in fields.items():
                setattr(ticket, name, value)
            ticket.revision += 1

    async def ticket_is_closed(self, ticket_id: int) -> None:
        await self.ticket_becomes(ticket_id, status="closed", outcome="answered", closed_at=utcnow())

    async def _add(self, direction: str, text: str, **fields: Any) -> int:
        async with self.sessions.begin() as session:
            message = Message(conversation_id=self.id, direction=direction, text=text, **fields)
            session.add(message)
            await session.flush()
            return message.id


async def visitor(
    sessions: Sessions, name: str | None = "Иван", *, channel: str = "site", chat: str = "", **fields: Any
) -> Visitor:
    async with sessions.begin() as session:
        known = {"account": "main", "chat_id": chat or f"chat of {name}", "name": name}
        conversation = Conversation(channel=channel, **(known | fields))
        session.add(conversation)
        await session.flush()
        return Visitor(sessions, conversation.id)


def minutes_ago(number: float) -> dt.datetime:
    return utcnow() - dt.timedelta(minutes=number)


async def eventually(condition: Callable[[], object]) -> None:
    """For what nobody tells of."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def until(sessions: Sessions, query: Any, condition: Callable[[Any], object]) -> None:
    """Until the one value that `query` finds is as it should be."""
    async with asyncio.timeout(PATIENCE):
        while True:
            async with sessions() as session:
                if condition(await session.scalar(query)):
                    return
            await asyncio.sleep(0.02)


def texts(topic: Topic) -> Sequence[str]:
    return [received.text for received in topic.received]
