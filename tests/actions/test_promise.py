"""When an answer is promised, at the edges of opening hours; and how the number is asked for when closed."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from actions.promise import answer_time, call_time
from bot.contract import OpenedTicket
from bot.dealer import Dealer
from tests.actions.dialogue import NBSP, NOON, Dialogue
from tests.actions.stock import IDS
from tests.spine import DEALER

DAILY = {"mon-fri": "09:00-13:00, 14:00-20:00", "sat": "10:00-18:00"}
EVENING = NOON.replace(hour=23)


def _dealer(hours: dict[str, str], zone: str = "Europe/Moscow", **holidays: str) -> Dealer:
    given = DEALER.model_dump(mode="json")
    for address in given["addresses"].values():
        address["hours"] = hours
        address["holidays"] = {day.removeprefix("on_").replace("_", "-"): h for day, h in holidays.items()}
    department = given["departments"]["used_cars"] | {"hours": None}
    departments = {"used_cars": department}
    return Dealer.model_validate(
        given | {"departments": departments, "default_department": "used_cars", "time_zone": zone}
    )


def _turn(now: str, dealer: Dealer) -> Any:
    local = dt.datetime.fromisoformat(now).replace(tzinfo=dealer.zone)
    return SimpleNamespace(dealer=dealer, now=local)


def _promised(now: str, dealer: Dealer) -> str:
    return answer_time(_turn(now, dealer), "used_cars").replace(NBSP, " ")


SPLIT = _dealer(DAILY)
NEW_YEAR = _dealer(DAILY, on_2026_12_31="10:00-16:00", on_2027_01_01="выходной", on_2027_01_02="выходной")


@pytest.mark.parametrize(
    ("now", "promised"),
    [
        # Monday, 23 November 2026
        ("2026-11-23 08:59", "сегодня после 9:00"),
        ("2026-11-23 09:00", "в течение 10 минут"),
        ("2026-11-23 12:50", "в течение 10 минут"),
        ("2026-11-23 12:51", "сегодня после 14:00"),
        ("2026-11-23 13:00", "сегодня после 14:00"),
        ("2026-11-23 14:00", "в течение 10 минут"),
        ("2026-11-23 19:57", "завтра после 9:00"),
        ("2026-11-23 20:00", "завтра после 9:00"),
        ("2026-11-24 00:00", "сегодня после 9:00"),
        ("2026-11-28 17:55", "послезавтра после 9:00"),  # Saturday; on Sundays nobody works
        ("2026-11-29 12:00", "завтра после 9:00"),
    ],
)
def test_on_a_common_day(now: str, promised: str) -> None:
    assert _promised(now, SPLIT) == promised


@pytest.mark.parametrize(
    ("now", "promised"),
    [
        ("2026-12-30 20:30", "завтра после 10:00"),
        ("2026-12-31 15:50", "в течение 10 минут"),
        ("2026-12-31 15:51", "4 января после 9:00"),
        ("2027-01-01 12:00", "в понедельник после 9:00"),
        ("2027-01-02 12:00", "послезавтра после 9:00"),
    ],
)
def test_over_the_new_year(now: str, promised: str) -> None:
    assert _promised(now, NEW_YEAR) == promised


def test_the_day_of_the_week_is_said_of_this_week_and_the_date_of_what_is_further() -> None:
    weekly = _dealer({"thu": "10:00-18:00"})
    assert _promised("2026-11-20 12:00", weekly) == "в четверг после 10:00"  # the 26th
    assert _promised("2026-11-26 18:00", weekly) == "3 декабря после 10:00"
    assert _promised("2026-11-12 18:00", weekly) == "19 ноября после 10:00"


def test_shifts_without_a_break_between_them_are_one() -> None:
    changing = _dealer({"mon-sun": "09:00-15:00, 15:00-21:00"})
    assert _promised("2026-11-23 14:57", changing) == "в течение 10 минут"
    assert _promised("2026-11-23 20:57", changing) == "завтра после 9:00"


def test_hours_are_those_of_the_dealership_wherever_the_server_is() -> None:
    far = _dealer(DAILY, zone="Asia/Vladivostok")
    now = dt.datetime(2026, 11, 23, 23, 30, tzinfo=dt.UTC)  # the 24th, 9:30 there
    turn: Any = SimpleNamespace(dealer=far, now=far.local(now))
    assert answer_time(turn, "used_cars") == "в течение 10 минут"


def test_closed_for_a_month() -> None:
    assert _promised("2026-11-23 12:00", _dealer({"mon": "выходной"})) == "в ближайший рабочий день"


def test_when_it_calls_back() -> None:
    assert call_time(_turn("2026-11-23 20:30", SPLIT), "used_cars") == "завтра с 9:00"


class TestNumberInsteadOfWaiting:
    async def test_is_offered_once_with_the_reason(self, talk: Dialogue) -> None:
        talk.now = EVENING
        said = await talk.ask("request_human", text="позовите менеджера")
        assert said.asked_for == "call_back"
        assert "Напишите номер — перезвоним завтра с 10:00." in said
        assert (await talk.ask("request_human")).asked_for is None

    async def test_not_to_who_is_known(self, talk: Dialogue) -> None:
        talk.now = EVENING
        talk.meta |= {"phone_known": True, "phone_tail": "4567"}
        assert "Напишите номер" not in await talk.ask("request_human")

    async def test_not_after_two_refusals(self, talk: Dialogue) -> None:
        talk.now = EVENING
        talk.meta["phone_refusals"] = 2
        assert "номер" not in await talk.ask("request_human")

    async def test_not_while_somebody_is_there(self, talk: Dialogue) -> None:
        assert "перезвоним завтра" not in await talk.ask("request_human")

    async def test_an_answer_that_needs_nobody_says_nothing_of_hours(self, solaris: Dialogue) -> None:
        solaris.now = EVENING
        said = await solaris.ask("ask_price")
        assert "1 190 000 ₽" in said
        assert "завтра" not in said


class TestPromise:
    async def test_is_said_once(self, talk: Dialogue) -> None:
        assert "в течение 30 минут" in await talk.ask("ask_service")
        assert "минут" not in await talk.ask("ask_service", text="и ещё масло")


class TestSummary:
    async def test_of_a_file_says_what_it_is(self, talk: Dialogue) -> None:
        said = await talk.ask("attachment", text="/attachment", attachments=("voice", "photo", "photo"))
        assert said.one(OpenedTicket).summary == "Прислал: голосовое сообщение, фото"

    async def test_tells_what_he_has_told(self, solaris: Dialogue) -> None:
        solaris.slots["credit"] = {"down_payment": 300_000, "months": 60}
        solaris.slots["own_car"] = {"make": "Kia", "model": "Rio", "year": 2015, "mileage_km": 90_000}
        said = await solaris.ask("request_human", text="позовите человека")
        assert said.one(OpenedTicket).summary.replace(NBSP, " ").splitlines() == [
            "позовите человека",
            "Уже рассказал: взнос 300 000 ₽; срок 5 лет; своя машина Kia Rio, 2015, 90 000 км.",
        ]

    async def test_names_the_car_when_it_is_another_one(self, solaris: Dialogue) -> None:
        said = await solaris.ask("request_human", text="и эту", listing_ref=f"car{IDS['jolion_new']}")
        assert said.one(OpenedTicket).summary.replace(NBSP, " ") == "Haval Jolion 2026 года. и эту"

    async def test_a_talk_with_a_person_ends_what_the_bot_had_asked(self, solaris: Dialogue) -> None:
        assert (await solaris.ask("ask_vin")).asked_for == "history_report"
        said = await solaris.ask("affirm", after_person=True)
        assert "номер" not in said
