"""Who calls is there now, or comes first."""

import datetime as dt
from typing import Any

import pytest

from bot.dealer import Dealer
from bot.leads.responsible import on_shift
from tests.spine import DEALER


def _dealer(*people: dict[str, Any]) -> Dealer:
    plain = DEALER.model_dump(mode="json", exclude={"addresses", "departments"})
    address = {
        "title": "салон",
        "city": "Москва",
        "street": "Тверская, 1",
        "map_url": "https://yandex.ru/maps",
        "phone": "+7 495 000-00-00",
        "hours": {"mon-fri": "09:00-20:00", "sat-sun": "выходной"},
        "holidays": {dt.date(2026, 11, 26): "выходной"},
    }
    department = {
        "title": "отдел",
        "whom": "отделу",
        "address": "main",
        "people": list(people),
        "manager": people[0]["name"],
    }
    return Dealer.model_validate(
        plain
        | {
            "addresses": {"main": address},
            "departments": {"sales": department},
            "default_department": "sales",
        }
    )


EARLY = {"name": "Анна", "shift": {"mon-wed": "09:00-15:00"}}
LATE = {"name": "Борис", "shift": {"mon-sat": "14:00-20:00"}}
ALWAYS = {"name": "Вера"}


@pytest.mark.parametrize(
    ("moment", "names"),
    [
        ("2026-11-23 10:00", ["Анна", "Вера"]),  # Monday
        ("2026-11-23 14:30", ["Анна", "Борис", "Вера"]),
        ("2026-11-23 16:00", ["Борис", "Вера"]),
        ("2026-11-23 21:00", ["Анна", "Вера"]),  # closed: who comes first on Tuesday
        ("2026-11-28 15:00", ["Борис"]),  # Saturday: only his own shift
        ("2026-11-28 21:00", ["Анна", "Вера"]),  # Monday is next
        ("2026-11-26 10:00", ["Вера"]),  # a holiday: the next day, when Anna is off
    ],
)
def test_candidates_are_those_who_work_now_or_come_first(moment: str, names: list[str]) -> None:
    dealer = _dealer(EARLY, LATE, ALWAYS)
    now = dt.datetime.fromisoformat(moment).replace(tzinfo=dealer.zone)
    assert [person.name for person in on_shift(dealer, "sales", now)] == names


def test_when_nobody_comes_at_all_it_is_the_manager() -> None:
    nobody = {"mon-sun": "выходной"}
    dealer = _dealer({"name": "Анна", "shift": nobody}, {"name": "Борис", "shift": nobody})
    now = dt.datetime(2026, 11, 23, 10, tzinfo=dealer.zone)
    assert [person.name for person in on_shift(dealer, "sales", now)] == ["Анна"]
