"""The visit that is booked: recalled, moved, called off."""

import re
from collections.abc import Sequence

from actions import wording
from actions.booking_words import calls_off, stays
from actions.calendar import PART_NAMES, Wish, date_of, wish_of
from actions.turn import Turn
from bot.contract import Visit
from bot.stock import search
from bot.stock.models import Car

RECALLS = re.compile(
    r"\bя (?:\w+ )?записан|\bзаписан[аы]? (?:ли )?я\b|\bкогда\b.{0,20}\bжд[её]те|\bжд[её]те меня"
    r"|\bнапомни\w*.{0,40}(?:запис|врем|визит|когда)|\bмо[йяюё]\w* (?:запис|визит)",
    re.I,
)
MOVES = re.compile(r"\bперен[ео]с|\bсдвин|\bподвин|\bперезапи|\bлучше\b|\bдруг(?:ое время|ой день)", re.I)
# «снимите меня с записи» sounds like a wish for pictures.
TAKEN_OFF = re.compile(r"\bсним(?:и|ите|айте)\b", re.I)
LATE = re.compile(r"опазд|опозда|задерж", re.I)
ABOUT_VISIT = {"book_visit", "ask_address", "ask_history"}  # «я записан» is often taken for the last
CODES = {words: code for code, words in PART_NAMES.items()}


def about_booking(turn: Turn) -> bool:
    """The message is about the visit that is booked, or asks of one, whatever intent was guessed."""
    text, heard, booked = turn.heard.text, turn.heard, turn.meta.visit is not None
    if turn.meta.pressed is not None:
        return False
    if booked and calls_off(text):
        return True
    if set(heard.questions) - ABOUT_VISIT or heard.all("phone"):
        return False
    return bool(RECALLS.search(text)) or bool(booked and MOVES.search(text) and heard.all("day", "time"))


def beside(turn: Turn, business: Sequence[str]) -> tuple[str, ...]:
    """What else is asked in a message about the visit, less what such words are often taken for."""
    guessed = {*ABOUT_VISIT, "nlu_fallback", *(["ask_photos"] if TAKEN_OFF.search(turn.heard.text) else [])}
    return tuple(intent for intent in business if intent not in guessed)


def recalls(turn: Turn) -> bool:
    return bool(RECALLS.search(turn.heard.text)) and not turn.heard.all("day", "time")


def cancels(turn: Turn, booked: Visit) -> bool:
    """«не смогу в субботу» does, «не смогу в субботу, давайте в воскресенье» moves it."""
    guessed = "cancel" in turn.heard.aspects("book_visit") and not stays(turn.heard.text)
    said = calls_off(turn.heard.text) or guessed
    return said and _other_day(turn, booked) is None and _other_time(turn, booked) is None


def moved(turn: Turn, booked: Visit) -> Wish | None:
    """What is said now over what was agreed before; None when no day and no hour is said."""
    day, time = _other_day(turn, booked), _other_time(turn, booked)
    if day is None and time is None:
        return None
    if time is not None and re.fullmatch(r"\+\d+m", time):  # «через час» has a day of its own
        return wish_of(None, time, turn.now)
    return wish_of(day or f"{booked.date:%m-%d}", time or code_of(booked.time), turn.now)


def _other_day(turn: Turn, booked: Visit) -> str | None:
    """The last day that is said; that of the visit itself is only what he speaks of."""
    days = [str(e.value) for e in turn.heard.all("day")]
    others = [day for day in days if date_of(day, turn.now.date()) != booked.date]
    return others[-1] if others else None


def _other_time(turn: Turn, booked: Visit) -> str | None:
    """The same of the hour: «в 14 не смогу» names the one that is agreed."""
    others = [str(e.value) for e in turn.heard.all("time") if e.value != code_of(booked.time)]
    return others[-1] if others else None


def agreed_time(wish: Wish) -> str | None:
    """As the contract keeps it: «15:00», «утром», «после 18:00»."""
    return wish.words.removeprefix("в ") if re.fullmatch(r"в \d\d:\d\d", wish.words) else wish.words or None


def code_of(agreed: str | None) -> str | None:
    """The hour that was agreed, as the NLU names hours."""
    if agreed is None or agreed in CODES:
        return CODES.get(agreed or "")
    hours = re.findall(r"\d{1,2}:\d{2}", agreed)
    sign = ">" if agreed.startswith("после") else "<" if agreed.startswith("до") else ""
    return sign + "-".join(hours) if hours else None


def when(turn: Turn, booked: Visit) -> str:
    """«в субботу, 28 ноября, в 15:00»."""
    day = wording.day(booked.date, turn.now.date())
    wish = wish_of(f"{booked.date:%m-%d}", code_of(booked.time), turn.now)
    return wording.moment(day, wish.words if wish else "")


async def car_of(turn: Turn, booked: Visit) -> Car | None:
    """The car he comes for, unless this message names another."""
    if booked.car_id is None or turn.heard.all("make", "model", "vin", "listing_url"):
        return turn.car
    found = await search.by_ids(turn.session, [booked.car_id])
    return found[0] if found else turn.car
