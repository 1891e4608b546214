"""Minutes that count only while a department is open: nobody is late at night."""

import datetime as dt
from collections.abc import Iterator

from bot.hours import HORIZON_DAYS, Hours

_DAY = dt.timedelta(days=1)


def due(schedule: Hours, start: dt.datetime, minutes: int) -> dt.datetime | None:
    """When so many open minutes have passed since `start` (aware, in the dealership's zone).

    None when the department does not work that long within a month.
    """
    left = dt.timedelta(minutes=minutes)
    for opens, closes in _open_spans(schedule, start):
        begins = max(opens, start)
        span = _between(begins, closes)
        if span >= left:
            return _later(begins, left)
        left -= span
    return None


def open_minutes(schedule: Hours, start: dt.datetime, end: dt.datetime) -> float:
    """Open minutes between two aware moments in the dealership's zone; 0 when `end` is the earlier one."""
    total = dt.timedelta()
    for opens, closes in _open_spans(schedule, start, until=end):
        total += max(_between(max(opens, start), min(closes, end)), dt.timedelta())
    return total.total_seconds() / 60


def _open_spans(
    schedule: Hours, start: dt.datetime, until: dt.datetime | None = None
) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """Shifts that end after `start`, in their order; for a month, or up to the day of `until`."""
    last = until.date() if until is not None else start.date() + HORIZON_DAYS * _DAY
    day = start.date()
    while day <= last:
        for shift in schedule.on(day):
            opens = dt.datetime.combine(day, shift.opens, start.tzinfo)
            closes = dt.datetime.combine(day, shift.closes, start.tzinfo)
            if _between(start, closes) > dt.timedelta():
                yield opens, closes
        day += _DAY


def _between(earlier: dt.datetime, later: dt.datetime) -> dt.timedelta:
    """Time that really passes: the difference of two local times would ignore a change of the clocks."""
    return later.astimezone(dt.UTC) - earlier.astimezone(dt.UTC)


def _later(moment: dt.datetime, time: dt.timedelta) -> dt.datetime:
    return (moment.astimezone(dt.UTC) + time).astimezone(moment.tzinfo)
