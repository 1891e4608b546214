"""Cards and dialogues as Telegram's HTML. Whatever people wrote is escaped; lengths are Telegram's."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.text import split_text
from bot.desk.card import Card, Fact

TEXT_LIMIT = 4096  # UTF-16 units, without the tags
TITLE_LIMIT = 128
# Of one line: several fit into a message, and a card keeps room for its other facts.
LINE_LIMIT = 3000
FACT_LIMIT = 1200

BUTTONS = {
    "take": "Взять",
    "back": "Вернуть боту",
    "close": "Закрыть",
    "move": "Передать",
    "stage": "Стадия",
    "tpl": "Шаблоны",
    "write": "Написать клиенту",
}
_OF_STATUS = {
    "open": ("take", "move", "tpl", "close"),
    "claimed": ("back", "close", "move", "tpl"),
    # Into a topic that is closed only administrators may write.
    "closed": ("write",),
}


@dataclass(frozen=True)
class Line:
    """Somebody said something, or something happened (`author` is empty).

    `calls` is the number of an account; the name of its person begins the words.
    """

    author: str
    words: str
    at: dt.datetime
    quote: str = ""
    calls: str = ""


def card_html(card: Card) -> str:
    """All of the card, or as much of it as one message takes."""
    shown: list[str] = []
    room = TEXT_LIMIT
    for fact in card.facts:
        value = cut(fact.value, FACT_LIMIT)
        room -= units(f"{fact.label}: {value}\n")
        if room < 0:
            break
        shown.append(f"<b>{escape(fact.label)}:</b> {_linked(fact, value)}")
    return "\n".join(shown)


def _linked(fact: Fact, value: str) -> str:
    if fact.url is None or not fact.url.startswith(("https://", "http://")):
        return escape(value)
    return f'<a href="{escape(fact.url)}">{escape(value)}</a>'


def card_buttons(card: Card, *, departments: int) -> InlineKeyboardMarkup:
    """What makes sense in the state of the ticket; nobody else to give it to, no button for it."""
    deeds = [deed for deed in _OF_STATUS[card.status] if deed != "move" or departments > 1]
    buttons = [_button(deed, card.ticket_id) for deed in deeds]
    if card.lead_id is not None:
        buttons.append(_button("stage", card.lead_id))
    return InlineKeyboardMarkup(inline_keyboard=[buttons[at : at + 2] for at in range(0, len(buttons), 2)])


def _button(deed: str, number: int) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=BUTTONS[deed], callback_data=f"{deed}:{number}")


def topic_name(card: Card) -> str:
    """Telegram takes none that cannot be seen, see `bot.desk.names`."""
    return cut(card.title, TITLE_LIMIT)


def posts(lines: Sequence[Line], zone: dt.tzinfo) -> tuple[list[str], int]:
    """The next messages and how many of `lines` are in them: one message, unless one line is longer.

    Lines that are shown together say when they were said.
    """
    timed = len(lines) > 1
    taken: list[str] = []
    room = TEXT_LIMIT
    for line in lines:
        pieces = split_text(line.words, LINE_LIMIT) or [""]
        if len(pieces) > 1:
            return (["\n".join(taken)], len(taken)) if taken else (_long(line, pieces, zone, timed), 1)
        room -= units(_head(line, zone, timed) + line.quote + line.words) + 8  # line ends and marks
        if room < 0:
            break
        taken.append(_html(line, line.words, zone, timed))
    return ["\n".join(taken)], len(taken)


def _long(line: Line, pieces: Iterable[str], zone: dt.tzinfo, timed: bool) -> list[str]:
    return [_html(line, piece, zone, timed) for piece in pieces]


def _html(line: Line, words: str, zone: dt.tzinfo, timed: bool) -> str:
    head = _head(line, zone, timed)
    if not line.author:
        return f"<i>{escape(head)}{_calling(line, words)}</i>"
    quote = f"<i>«{escape(line.quote)}»</i>\n" if line.quote else ""
    return f"<b>{escape(head)}</b> {quote}{escape(words)}"


def _calling(line: Line, words: str) -> str:
    """https://core.telegram.org/bots/api#html-style (a user is mentioned by his number)"""
    if not line.calls.isdecimal():  # an anonymous administrator acts under the number of the group
        return escape(words)
    name, comma, rest = words.partition(",")
    return f'<a href="tg://user?id={escape(line.calls)}">{escape(name)}</a>{escape(comma + rest)}'


def _head(line: Line, zone: dt.tzinfo, timed: bool) -> str:
    when = f"{line.at.astimezone(zone):%H:%M} " if timed else ""
    return f"{when}{line.author}:" if line.author else when


def alert(titles: Sequence[str]) -> str:
    """When more is handed over at once than Telegram lets us show at once."""
    head = f"Новых обращений: {len(titles)}. Их темы появляются здесь по очереди."
    return "\n".join([head, *_numbered(titles)])


def _numbered(titles: Sequence[str]) -> Iterator[str]:
    most = 40
    yield from (f"{number}. {escape(cut(title, 80))}" for number, title in enumerate(titles[:most], 1))
    if len(titles) > most:
        yield f"и ещё {len(titles) - most}"


def cut(text: str, limit: int) -> str:
    if units(text) <= limit:
        return text
    # What is nothing but spaces has no pieces.
    return f"{next(iter(split_text(text, limit - 1)), '')}…"


def units(text: str) -> int:
    """As Telegram counts."""
    return len(text.encode("utf-16-le", "replace")) // 2
