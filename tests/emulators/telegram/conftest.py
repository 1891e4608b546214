"""The emulator and the real client library that talks to it."""

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Update

from tests.emulators.telegram import Customer, Group, Staff, TelegramEmulator, Topic

TOKEN = "4242:emulated"


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator(token=TOKEN) as telegram:
        yield telegram


@pytest.fixture
async def bot(telegram: TelegramEmulator) -> AsyncIterator[Bot]:
    async with client(telegram) as bot:
        yield bot


@pytest.fixture
def anna(telegram: TelegramEmulator) -> Customer:
    """She has written already, so the bot may answer; her first message is not pending any more."""
    anna = telegram.customer("Анна", phone="79161234567")
    anna.starts()
    telegram.account.updates.drop()
    return anna


@pytest.fixture
def group(telegram: TelegramEmulator) -> Group:
    return telegram.group("Отдел продаж")


@pytest.fixture
def alexey(group: Group) -> Staff:
    return group.member("Алексей Громов")


@pytest.fixture
def topic(telegram: TelegramEmulator, group: Group) -> Topic:
    """Its notice is not pending any more."""
    topic = group.creates_topic("Анна · Солярис")
    telegram.account.updates.drop()
    return topic


class Session(AiohttpSession):
    async def close(self) -> None:
        """Without the library's pause for TLS connections, as there are none."""
        if self._session:
            await self._session.close()


def client(telegram: TelegramEmulator, token: str = TOKEN) -> Bot:
    return Bot(token, session=Session(api=TelegramAPIServer.from_base(telegram.url)))


async def news(bot: Bot) -> list[Update]:
    """The updates that came since they were asked for last."""
    came = await bot.get_updates()
    if came:
        await bot.get_updates(offset=came[-1].update_id + 1, limit=1)
    return came
