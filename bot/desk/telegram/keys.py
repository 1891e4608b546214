"""Buttons of the desk: what their data say, within the 64 bytes that Telegram gives."""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

# Nine digits: numbers that the database takes.
_DATA = re.compile(
    r"(?P<deed>[a-z]{2,8}):(?P<number>[0-9]{1,9})(?::(?P<choice>\w{1,32}))?(?::(?P<mark>[0-9a-f]{8}))?",
    re.ASCII,
)


@dataclass(frozen=True)
class Press:
    """`number` is that of a ticket or a lead; whose it is has to be checked, anybody can make up data."""

    deed: str
    number: int
    choice: str
    mark: str


def read_press(data: str | None) -> Press | None:
    found = _DATA.fullmatch(data or "")
    if found is None:
        return None
    return Press(found["deed"], int(found["number"]), found["choice"] or "", found["mark"] or "")


def mark_of(text: str) -> str:
    """Stands for a text that is too long for the data of a button."""
    return f"{zlib.crc32(text.encode('utf-8', 'replace')):08x}"


def keyboard(buttons: Sequence[tuple[str, str]]) -> InlineKeyboardMarkup:
    """Title and data of each, one below the other."""
    return InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text=title, callback_data=data)] for title, data in buttons]
    )
