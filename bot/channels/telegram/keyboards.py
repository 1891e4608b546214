"""Buttons under a message, and the keyboard that sends the customer's own number."""

from collections.abc import Sequence

from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)

from bot.channels.base import Button

# Two titles of this length stand side by side on a narrow phone without being cut.
SHORT = 14

SHARE_NUMBER = "Отправить мой номер"
NOT_NOW = "Не сейчас"

CONTACT = ReplyKeyboardMarkup(
    keyboard=[[KeyboardButton(text=SHARE_NUMBER, request_contact=True)], [KeyboardButton(text=NOT_NOW)]],
    resize_keyboard=True,
    one_time_keyboard=True,
)
NO_KEYBOARD = ReplyKeyboardRemove(remove_keyboard=True)


def inline(buttons: Sequence[Button]) -> InlineKeyboardMarkup:
    rows: list[list[InlineKeyboardButton]] = []
    for button in buttons:
        pressed = InlineKeyboardButton(text=button.title, callback_data=button.key)
        if rows and _fits_beside(rows[-1], pressed):
            rows[-1].append(pressed)
        else:
            rows.append([pressed])
    return InlineKeyboardMarkup(inline_keyboard=rows)


def _fits_beside(row: Sequence[InlineKeyboardButton], button: InlineKeyboardButton) -> bool:
    return len(row) == 1 and max(len(row[0].text), len(button.text)) <= SHORT
