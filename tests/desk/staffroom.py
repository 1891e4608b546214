"""A department's group in the emulated Telegram whose people write and press."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiogram import Bot
from sqlalchemy import select

from bot.channels.base import Outgoing
from bot.channels.telegram.client import GetRawUpdates, make_bot
from bot.channels.telegram.incoming import UPDATES
from bot.channels.telegram.intake import Intake
from bot.conversations import Conversation
from bot.db import Base, Sessions
from bot.dealer import Dealer
from bot.desk.card import Cards
from bot.desk.models import DeskMessage, DeskTopic
from bot.desk.telegram.connect import TelegramDesk
from bot.desk.telegram.groups import register
from bot.desk.telegram.intake import DeskIntake
from bot.desk.telegram.render import card_buttons, card_html
from bot.desk.templates import FILE, Templates
from bot.inbox import Inbox
from bot.metrics import Metrics
from bot.outbox.models import OutboxMessage
from bot.wake import Wake
from tests.desk.telegram_desk import TOKEN, Visitor, dealer_with, visitor
from tests.emulators.telegram import Group, Staff, TelegramEmulator, Topic
from tests.emulators.telegram.chat import Received
from tests.spine import DEALER, nobody


@dataclass
class Office:
    """`takes` what was done in the groups since, in its order, and sends the answers."""

    telegram: TelegramEmulator
    sessions: Sessions
    bot: Bot
    dealer: Dealer
    desk: DeskIntake
    intake: Intake
    raws: list[Any] = field(default_factory=list)  # the updates, as they came
    _offset: int = 0

    async def takes(self) -> None:
        ask = GetRawUpdates(offset=self._offset, timeout=0, allowed_updates=list(UPDATES))
        for raw in await self.bot(ask):
            self.raws.append(raw)
            await self.take(raw)
            self._offset = raw["update_id"] + 1

    async def take(self, raw: Any) -> None:
        """Also what came before: the server repeats what it thinks was lost."""
        await self.intake.take(raw)
        await self.answered()

    async def answered(self) -> None:
        await asyncio.gather(*(t for t in asyncio.all_tasks() if t.get_name() == "desk answers"))

    async def shows(self, group: Group, customer: Visitor, name: str = "Иван") -> tuple[Topic, Received]:
        """The customer's topic with his card, as the poster makes them."""
        topic = group.creates_topic(name)
        group_id = await register(self.sessions, group.id)
        async with self.sessions.begin() as session:
            conversation = await session.get_one(Conversation, customer.id)
            departments = self._departments(group)
            card = await Cards(self.dealer).of(session, conversation, departments)
            assert card is not None
            markup = card_buttons(card, departments=len(self.dealer.departments))
            sent = await self.bot.send_message(
                group.id,
                card_html(card),
                message_thread_id=topic.thread_id,
                parse_mode="HTML",
                reply_markup=markup,
            )
            session.add(
                DeskTopic(
                    conversation_id=customer.id,
                    group_id=group_id,
                    thread_id=topic.thread_id,
                    card_message_id=sent.message_id,
                )
            )
        return topic, topic.received[-1]

    async def mirrors(self, group: Group, topic: Topic, customer: Visitor, history_id: int) -> int:
        """A message of the group that shows one of the history."""
        sent = await self.bot.send_message(group.id, "Клиент: …", message_thread_id=topic.thread_id)
        async with self.sessions.begin() as session:
            query = select(DeskTopic).filter_by(conversation_id=customer.id, thread_id=topic.thread_id)
            shown_in = (await session.scalars(query)).one()
            shown = DeskMessage(
                group_id=shown_in.group_id,
                message_id=sent.message_id,
                topic_id=shown_in.id,
                history_id=history_id,
            )
            session.add(shown)
        return sent.message_id

    async def rows[Row: Base](self, model: type[Row]) -> Sequence[Row]:
        async with self.sessions() as session:
            return (await session.scalars(select(model))).all()

    async def said(self) -> list[Outgoing]:
        """To customers, in order, by people."""
        rows = sorted(await self.rows(OutboxMessage), key=lambda row: row.id)
        return [Outgoing.model_validate(row.body) for row in rows if row.origin.startswith("desk:")]

    def _departments(self, group: Group) -> tuple[str, ...]:
        return self.dealer.departments_by_group()[group.id]


@asynccontextmanager
async def office(
    telegram: TelegramEmulator,
    sessions: Sessions,
    groups: Mapping[str, int],
    templates: Path = FILE,
    dealer: Dealer | None = None,
) -> AsyncIterator[Office]:
    bot = make_bot(TOKEN, telegram.url)
    dealer = dealer or dealer_with(groups)
    desk = TelegramDesk(bot, sessions, Cards(dealer), Metrics()).intake(Templates(templates))
    intake = Intake(bot, Inbox(sessions, Wake(), nobody, Metrics()), 0.0, desk)
    try:
        yield Office(telegram, sessions, bot, dealer, desk, intake)
    finally:
        await intake.close()
        await bot.session.close()


@dataclass
class Scene:
    """A customer who was handed over, his topic, and a person of the department."""

    office: Office
    group: Group
    ivan: Visitor
    ticket_id: int
    topic: Topic
    card: Received
    alexey: Staff


@asynccontextmanager
async def scene(
    telegram: TelegramEmulator, sessions: Sessions, channel: str = "vk", **ticket: Any
) -> AsyncIterator[Scene]:
    group, elsewhere = telegram.group(), telegram.group()
    groups = dict.fromkeys(DEALER.departments, elsewhere.id) | {"used_cars": group.id}
    async with office(telegram, sessions, groups) as opened:
        ivan = await visitor(sessions, "Иван Петров", channel=channel)
        ticket_id = await ivan.is_handed_over(**ticket)
        topic, card = await opened.shows(group, ivan)
        yield Scene(opened, group, ivan, ticket_id, topic, card, group.member("Алексей Громов"))
