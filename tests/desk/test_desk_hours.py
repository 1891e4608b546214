"""Working minutes: counted only while the department is open."""

import datetime as dt
import random
from zoneinfo import ZoneInfo

import pytest

from bot.desk.hours import due, open_minutes
from bot.hours import Hours, Shift

MOSCOW = ZoneInfo("Europe/Moscow")
BERLIN = ZoneInfo("Europe/Berlin")  # changes its clocks, as Russia may again


def shifts(*spans: str) -> tuple[Shift, ...]:
    return tuple(Shift(*map(dt.time.fromisoformat, span.split("-"))) for span in spans)


SPLIT = shifts("08:00-13:00", "14:00-20:00")
SERVICE = Hours(
    week={
        **dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), SPLIT),
        "sat": shifts("09:00-18:00"),
        "sun": (),
    },
    holidays={
        dt.date(2026, 12, 31): shifts("10:00-16:00"),
        dt.date(2027, 1, 1): (),
        dt.date(2027, 1, 2): (),
    },
)
NEVER = Hours(week=dict.fromkeys(SERVICE.week, ()), holidays={})


def at(text: str, zone: ZoneInfo = MOSCOW) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "minutes", "expected"),
    [
        ("2026-11-23 10:00", 15, "2026-11-23 10:15"),
        ("2026-11-23 12:50", 10, "2026-11-23 13:00"),  # the break begins at that moment
        ("2026-11-23 12:50", 11, "2026-11-23 14:01"),
        ("2026-11-23 13:30", 5, "2026-11-23 14:05"),
        ("2026-11-23 19:58", 5, "2026-11-24 08:03"),
        ("2026-11-23 23:00", 5, "2026-11-24 08:05"),
        ("2026-11-21 17:59", 2, "2026-11-23 08:01"),  # Saturday evening to Monday
        ("2026-12-30 19:59", 2, "2026-12-31 10:01"),
        ("2026-12-31 15:59", 2, "2027-01-04 08:01"),  # over the holidays and a Sunday
        ("2026-11-23 08:00", 11 * 60 + 1, "2026-11-24 08:01"),
    ],
)
def test_only_open_minutes_pass(start: str, minutes: int, expected: str) -> None:
    assert due(SERVICE, at(start), minutes) == at(expected)


def test_a_department_that_is_closed_for_a_month_is_never_due() -> None:
    assert due(NEVER, at("2026-11-23 10:00"), 1) is None
    assert open_minutes(NEVER, at("2026-11-23 10:00"), at("2026-11-30 10:00")) == 0


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-11-23 10:00", "2026-11-23 10:15", 15),
        ("2026-11-23 12:50", "2026-11-23 14:10", 20),
        ("2026-11-23 13:00", "2026-11-23 14:00", 0),
        ("2026-11-22 00:00", "2026-11-22 23:59", 0),
        ("2026-11-20 19:00", "2026-11-23 09:00", 60 + 9 * 60 + 60),
        ("2026-11-23 10:15", "2026-11-23 10:00", 0),
    ],
)
def test_the_minutes_between_two_moments_are_the_open_ones(start: str, end: str, expected: int) -> None:
    assert open_minutes(SERVICE, at(start), at(end)) == expected


def test_a_night_when_the_clocks_change_is_as_long_as_it_really_is() -> None:
    all_day = Hours(week=dict.fromkeys(SERVICE.week, shifts("00:00-23:59")), holidays={})
    start, end = at("2026-10-25 00:30", BERLIN), at("2026-10-25 06:30", BERLIN)  # an hour comes twice
    assert open_minutes(all_day, start, end) == 7 * 60
    assert due(all_day, start, 7 * 60) == end


def test_it_is_as_if_every_minute_was_looked_at() -> None:
    chance = random.Random(4)
    for _ in range(40):
        start = at("2026-12-28 00:00") + dt.timedelta(minutes=chance.randrange(10 * 24 * 60))
        minutes = chance.randrange(1, 900)
        assert due(SERVICE, start, minutes) == _minute_by_minute(start, minutes)


def _minute_by_minute(start: dt.datetime, minutes: int) -> dt.datetime:
    moment, passed = start, 0
    while passed < minutes:
        passed += SERVICE.open_at(moment)
        moment += dt.timedelta(minutes=1)
    return moment
