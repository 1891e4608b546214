"""Days and times as the NLU names them → moments of the dealership's calendar."""

import datetime as dt

import pytest

from actions.calendar import date_of, gone_by, open_for, wish_of
from bot.hours import Hours
from tests.actions.dialogue import NOON

TODAY = NOON.date()  # Saturday, 21 November 2026
HOURS = Hours.model_validate(
    {
        "week": {
            **{d: ((dt.time(10), dt.time(13)), (dt.time(14), dt.time(20))) for d in ("mon", "tue", "sat")},
            **dict.fromkeys(("wed", "thu", "fri", "sun"), ()),
        },
        "holidays": {},
    }
)


@pytest.mark.parametrize(
    ("day", "date"),
    [("+0", "2026-11-21"), ("+1", "2026-11-22"), ("+7", "2026-11-28"), ("wd6", "2026-11-21"),
     ("wd5", "2026-11-27"), ("wd1", "2026-11-23"), ("weekend", "2026-11-21"), ("d21", "2026-11-21"),
     ("d20", "2026-12-20"), ("d31", "2026-12-31"), ("01-01", "2027-01-01"), ("11-21", "2026-11-21")],
)  # fmt: skip
def test_days(day: str, date: str) -> None:
    assert date_of(day, TODAY) == dt.date.fromisoformat(date)


@pytest.mark.parametrize("day", ["", "wd8", "d0", "d32", "13-40", "02-30", "когда-нибудь", "+-1"])
def test_days_that_do_not_exist(day: str) -> None:
    assert date_of(day, TODAY) is None


def test_the_weekend_on_a_sunday_is_today() -> None:
    sunday = dt.date(2026, 11, 22)
    assert date_of("weekend", sunday) == sunday


@pytest.mark.parametrize(
    ("time", "words", "is_open"),
    [("14:00", "в 14:00", True), ("10:00", "в 10:00", True), ("20:00", "в 20:00", False),
     ("19:59", "в 19:59", True), ("09:59", "в 09:59", False), ("13:30", "в 13:30", False),
     (">08:00", "после 08:00", True), (">20:00", "после 20:00", False), ("<09:00", "до 09:00", False),
     ("<12:00", "до 12:00", True), ("18:00-21:00", "с 18:00 до 21:00", True), ("morning", "утром", True),
     ("midday", "в обед", True), ("evening", "вечером", True), ("24:00", "в 00:00", False)],
)  # fmt: skip
def test_times_against_the_hours(time: str, words: str, is_open: bool) -> None:
    wish = wish_of("+0", time, NOON)
    assert wish is not None
    assert wish.words == words
    assert open_for(wish, HOURS) is is_open


@pytest.mark.parametrize("time", ["", "14", "25:99", "скоро", "<>10:00", "12:75-13:00"])
def test_a_time_that_is_not_one_leaves_the_day(time: str) -> None:
    wish = wish_of("+1", time, NOON)
    assert wish is not None
    assert (wish.date, wish.at) == (dt.date(2026, 11, 22), None)
    assert wish_of(None, time, NOON) is None


def test_in_an_hour_has_a_day_of_its_own() -> None:
    late = NOON.replace(hour=23, minute=30)
    wish = wish_of(None, "+60m", late)
    assert wish is not None
    assert (wish.date, wish.at) == (dt.date(2026, 11, 22), dt.time(0, 30))


def test_what_is_over_today() -> None:
    def over(time: str | None, hour: int) -> bool:
        wish = wish_of("+0", time, NOON)
        assert wish is not None
        return gone_by(wish, NOON.replace(hour=hour), HOURS)

    assert over("09:00", 12)
    assert not over("15:00", 12)
    assert over("morning", 13)
    assert not over("morning", 11)
    assert over(None, 21)
    assert not over(None, 19)
