"""Every trouble that the emulator can make, as the client library meets it."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import SendMessage
from aiogram.types import BufferedInputFile, InputMediaPhoto, MediaUnion

from tests.emulators.telegram import Customer, Mishap, TelegramEmulator, Trouble, picture
from tests.emulators.telegram.clock import Clock
from tests.emulators.telegram.errors import TooManyRequests
from tests.emulators.telegram.flood import FloodControl
from tests.emulators.telegram.mishaps import Mishaps


class StoppedClock(Clock):
    def __init__(self) -> None:
        self._now = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def forward(self, **span: float) -> None:
        self._now += timedelta(**span)


@pytest.mark.parametrize(
    ("trouble", "error", "delivered"),
    [
        (Trouble.TOO_MANY_REQUESTS, TelegramRetryAfter, 0),
        (Trouble.BLOCKED, TelegramForbiddenError, 0),
        (Trouble.SERVER_ERROR, TelegramServerError, 0),
        (Trouble.DROP, TelegramNetworkError, 0),
        (Trouble.SILENCE, TelegramNetworkError, 1),
        (Trouble.BAD_JSON, ClientDecodeError, 1),
    ],
)
async def test_a_trouble_happens_once(
    telegram: TelegramEmulator,
    bot: Bot,
    anna: Customer,
    trouble: Trouble,
    error: type[Exception],
    delivered: int,
) -> None:
    telegram.misbehave(trouble, "sendMessage")
    with pytest.raises(error):
        await bot(SendMessage(chat_id=anna.id, text="раз"), request_timeout=1)
    assert len(anna.received) == delivered
    await bot.send_message(anna.id, "два")
    assert len(anna.received) == delivered + 1
    assert telegram.violations == []


async def test_a_delayed_call_is_carried_out(telegram: TelegramEmulator, bot: Bot, anna: Customer) -> None:
    telegram.misbehave(Trouble.DELAY, seconds=0.01)
    await bot.send_message(anna.id, "раз")
    assert anna.received[0].text == "раз"


async def test_a_refusal_says_when_to_try_again(telegram: TelegramEmulator, bot: Bot, anna: Customer) -> None:
    telegram.misbehave(Trouble.TOO_MANY_REQUESTS, retry_after=7)
    with pytest.raises(TelegramRetryAfter) as refusal:
        await bot.send_message(anna.id, "раз")
    assert refusal.value.retry_after == 7


async def test_trouble_may_be_meant_for_one_method_and_one_chat(
    telegram: TelegramEmulator, bot: Bot, anna: Customer
) -> None:
    boris = telegram.customer("Борис")
    boris.starts()
    telegram.misbehave(Trouble.BLOCKED, "sendMessage", chat_id=anna.id)
    await bot.send_message(boris.id, "раз")
    await bot.send_chat_action(anna.id, "typing")
    with pytest.raises(TelegramForbiddenError):
        await bot.send_message(anna.id, "раз")


async def test_lasting_trouble_ends_when_told(telegram: TelegramEmulator, bot: Bot, anna: Customer) -> None:
    telegram.misbehave(Trouble.SERVER_ERROR, times=None, status=502)
    for _ in range(3):
        with pytest.raises(TelegramServerError):
            await bot.send_message(anna.id, "раз")
    telegram.behave()
    await bot.send_message(anna.id, "раз")


def test_trouble_by_chance_is_the_same_with_the_same_seed() -> None:
    def troubles(seed: int) -> list[bool]:
        mishaps = Mishaps(random.Random(seed))
        mishaps.order(Mishap(trouble=Trouble.DROP, times=None, probability=0.5))
        return [mishaps.pick("getMe", None) is not None for _ in range(40)]

    assert troubles(1) == troubles(1) != troubles(2)
    assert {True, False} <= set(troubles(1))


async def test_flood_control_bounds_one_chat(telegram: TelegramEmulator, bot: Bot, anna: Customer) -> None:
    telegram.account.flood.on = True
    for number in range(4):
        await bot.send_message(anna.id, str(number))
    with pytest.raises(TelegramRetryAfter) as refusal:
        await bot.send_message(anna.id, "4")
    telegram.clock.forward(seconds=refusal.value.retry_after)
    await bot.send_message(anna.id, "4")
    assert len(anna.received) == 5


async def test_flood_control_counts_every_picture_of_an_album(
    telegram: TelegramEmulator, bot: Bot, anna: Customer
) -> None:
    telegram.account.flood.on = True
    media: list[MediaUnion] = [InputMediaPhoto(media=BufferedInputFile(picture(), "car.jpg"))] * 10
    await bot.send_media_group(anna.id, media)
    with pytest.raises(TelegramRetryAfter) as refusal:
        await bot.send_message(anna.id, "Нравится?")
    assert refusal.value.retry_after >= 6


def test_flood_control_bounds_the_whole_bot() -> None:
    clock = StoppedClock()
    flood = FloodControl(clock)
    flood.on = True
    for chat in range(30):
        flood.admit(chat, 1)
    with pytest.raises(TooManyRequests) as refusal:
        flood.admit(30, 1)
    assert refusal.value.retry_after == 1
    clock.forward(seconds=1)
    flood.admit(30, 1)


async def test_any_update_can_be_injected(telegram: TelegramEmulator, bot: Bot) -> None:
    telegram.account.updates.add("tomorrow_kind", {"what": "ever"}, 1)
    [update] = await bot.get_updates()
    assert update.model_extra == {"tomorrow_kind": {"what": "ever"}}
