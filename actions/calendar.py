"""Days and times as the NLU names them → moments of the dealership's calendar."""

import calendar
import datetime as dt
import re
from dataclasses import dataclass

from bot.hours import Hours

PARTS = {
    "morning": (dt.time(9), dt.time(12)),
    "midday": (dt.time(12), dt.time(14)),
    "afternoon": (dt.time(13), dt.time(17)),
    "evening": (dt.time(17), dt.time(21)),
}
PART_NAMES = {"morning": "утром", "midday": "в обед", "afternoon": "днём", "evening": "вечером"}


@dataclass(frozen=True)
class Wish:
    """When the customer wants to come: a local date and as much of a time as he named."""

    date: dt.date | None
    at: dt.time | None = None  # exact or «after»
    until: dt.time | None = None
    words: str = ""  # «в 14:00», «после 18:00», «утром»


def date_of(day: str, today: dt.date) -> dt.date | None:
    """`+1`, `wd6`, `weekend`, `05-01`, `d15` (docs/architecture.md) → the nearest such date from today."""
    if match := re.fullmatch(r"\+(\d{1,3})", day):
        return today + dt.timedelta(days=int(match.group(1)))
    if match := re.fullmatch(r"wd([1-7])", day):
        return today + dt.timedelta(days=(int(match.group(1)) - 1 - today.weekday()) % 7)
    if day == "weekend":
        return today + dt.timedelta(days=max(5 - today.weekday(), 0))
    if match := re.fullmatch(r"d([1-9]|[12]\d|3[01])", day):
        return _next_month_day(today, int(match.group(1)))
    if match := re.fullmatch(r"(\d{2})-(\d{2})", day):
        return _next_date(today, int(match.group(1)), int(match.group(2)))
    return None


def _next_month_day(today: dt.date, day: int) -> dt.date | None:
    year, month = today.year, today.month
    for _ in range(12):
        if day <= calendar.monthrange(year, month)[1] and dt.date(year, month, max(day, 1)) >= today:
            return dt.date(year, month, max(day, 1))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return None


def _next_date(today: dt.date, month: int, day: int) -> dt.date | None:
    for year in (today.year, today.year + 1):
        try:
            found = dt.date(year, month, day)
        except ValueError:
            continue
        if found >= today:
            return found
    return None


def wish_of(day: str | None, time: str | None, now: dt.datetime) -> Wish | None:
    """None when neither a day nor a time is understood. «через час» has a day of its own."""
    date = date_of(day, now.date()) if day else None
    if time is None:
        return Wish(date) if date else None
    if match := re.fullmatch(r"\+(\d{1,4})m", time):
        moment = now + dt.timedelta(minutes=int(match.group(1)))
        return Wish(
            moment.date(), moment.time().replace(second=0, microsecond=0), words=_clock(moment.time())
        )
    if time in PARTS:
        start, end = PARTS[time]
        return Wish(date, start, end, PART_NAMES[time])
    return _exact(date, time)


def _exact(date: dt.date | None, time: str) -> Wish | None:
    match = re.fullmatch(r"([<>])?(\d{1,2}):(\d{2})(?:-(\d{1,2}):(\d{2}))?", time)
    if not match:
        return Wish(date) if date else None
    sign, hour, minute, end_hour, end_minute = match.groups()
    if int(minute) > 59 or int(end_minute or 0) > 59:
        return Wish(date) if date else None
    at = dt.time(int(hour) % 24, int(minute))
    if sign == ">":
        return Wish(date, at, dt.time.max, f"после {at:%H:%M}")
    if sign == "<":
        return Wish(date, None, at, f"до {at:%H:%M}")
    if end_hour:
        until = dt.time(int(end_hour) % 24, int(end_minute))
        return Wish(date, at, until, f"с {at:%H:%M} до {until:%H:%M}")
    return Wish(date, at, words=_clock(at))


def _clock(at: dt.time) -> str:
    return f"в {at:%H:%M}"


def gone_by(wish: Wish, now: dt.datetime, hours: Hours) -> bool:
    """«сегодня в 9» said at three, «сегодня» said after closing."""
    if wish.date != now.date():
        return False
    last = wish.until or wish.at or max((s.closes for s in hours.on(wish.date)), default=dt.time.max)
    return last <= now.time()


def open_for(wish: Wish, hours: Hours) -> bool:
    """Whether somebody is there at the wished day and time."""
    if wish.date is None:
        return True
    shifts = hours.on(wish.date)
    if wish.at is None:
        return any(wish.until is None or s.opens < wish.until for s in shifts)
    until = wish.until or wish.at
    return any(s.opens <= wish.at < s.closes or (wish.at < s.opens <= until) for s in shifts)
