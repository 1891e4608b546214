"""Keyboards: their limits, and what stays on the customer's screen."""

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)

from tests.emulators.telegram import Customer


def inline(*buttons: InlineKeyboardButton) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(inline_keyboard=[list(buttons)])


def press(data: str) -> InlineKeyboardMarkup:
    return inline(InlineKeyboardButton(text="Да", callback_data=data))


@pytest.mark.parametrize(
    ("markup", "why"),
    [
        (press("я" * 33), "BUTTON_DATA_INVALID"),
        (inline(InlineKeyboardButton(text="Да")), "Text buttons are unallowed"),
        (inline(InlineKeyboardButton(text=" ", callback_data="1")), "must be non-empty"),
        (inline(InlineKeyboardButton(text="Да", callback_data="1", url="https://a.ru")), "exactly one"),
        (inline(InlineKeyboardButton(text="Да", url="dealer")), "Unsupported URL protocol"),
        (inline(*[InlineKeyboardButton(text="Да", callback_data="1")] * 9), "too long"),
        (InlineKeyboardMarkup(inline_keyboard=[[]]), "row must be non-empty"),
        (ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="")]]), "must be non-empty"),
        (ReplyKeyboardMarkup(keyboard=[]), "must be non-empty"),
    ],
)
async def test_a_wrong_keyboard_is_refused(
    bot: Bot, anna: Customer, markup: InlineKeyboardMarkup | ReplyKeyboardMarkup, why: str
) -> None:
    with pytest.raises(TelegramBadRequest, match=why):
        await bot.send_message(anna.id, "Да?", reply_markup=markup)
    assert anna.received == []


async def test_a_keyboard_stays_until_it_is_removed(bot: Bot, anna: Customer) -> None:
    ask = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="Отправить номер", request_contact=True)]])
    await bot.send_message(anna.id, "Ваш номер?", reply_markup=ask)
    assert anna.received[0].buttons == ["Отправить номер"]
    await bot.send_message(anna.id, "Спасибо", reply_markup=ReplyKeyboardRemove())
    with pytest.raises(LookupError):
        anna.presses("Отправить номер")
