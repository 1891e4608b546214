"""Russian of facts: plurals, money, terms, dates."""

import datetime as dt

import pytest

from actions import wording
from bot.stock import models
from tests.actions.dialogue import NBSP


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "владелец"), (2, "владельца"), (3, "владельца"), (5, "владельцев"), (11, "владельцев"),
     (12, "владельцев"), (14, "владельцев"), (21, "владелец"), (22, "владельца"), (25, "владельцев"),
     (100, "владельцев"), (101, "владелец"), (111, "владельцев"), (0, "владельцев")],
)  # fmt: skip
def test_plurals(number: int, words: str) -> None:
    assert wording.plural(number, "владелец", "владельца", "владельцев") == f"{number}{NBSP}{words}"


@pytest.mark.parametrize(
    ("months", "words"),
    [(12, "1 год"), (24, "2 года"), (60, "5 лет"), (252, "21 год"), (18, "18 месяцев"), (1, "1 месяц"),
     (3, "3 месяца"), (6, "6 месяцев")],
)  # fmt: skip
def test_terms(months: int, words: str) -> None:
    assert wording.term(months) == words.replace(" ", NBSP)


def test_money_never_breaks_between_its_digits() -> None:
    assert wording.money(1_190_000) == f"1{NBSP}190{NBSP}000{NBSP}₽"
    assert wording.money(900) == f"900{NBSP}₽"
    assert " " not in wording.money(12_345_678)


def test_four_owners_mean_four_or_more() -> None:
    assert wording.owners(1) == f"1{NBSP}владелец"
    assert wording.owners(3) == f"3{NBSP}владельца"
    assert wording.owners(4) == f"4{NBSP}владельца или больше"


def test_numbers_with_a_comma() -> None:
    assert wording.litres(1591) == f"1,6{NBSP}л"
    assert wording.litres(2967) == f"3,0{NBSP}л"
    assert wording.percent(20.9) == f"20,9{NBSP}%"
    assert wording.percent(20.0) == f"20{NBSP}%"


@pytest.mark.parametrize(
    ("date", "words"),
    [("2026-11-21", "сегодня"), ("2026-11-22", "завтра"), ("2026-11-23", "послезавтра"),
     ("2026-11-24", "во вторник, 24 ноября"), ("2026-11-25", "в среду, 25 ноября"),
     ("2027-01-01", "в пятницу, 1 января")],
)  # fmt: skip
def test_days(date: str, words: str) -> None:
    spoken = wording.day(dt.date.fromisoformat(date), dt.date(2026, 11, 21))
    assert spoken.replace(NBSP, " ") == words


def test_a_long_day_is_set_off_by_a_comma() -> None:
    assert wording.moment("завтра", "в 9:00") == "завтра в 9:00"
    assert wording.moment("в среду, 25 ноября", "в 9:00") == "в среду, 25 ноября, в 9:00"
    assert wording.moment("завтра", "") == "завтра"


def test_listing() -> None:
    assert wording.listing([]) == ""
    assert wording.listing(["а"]) == "а"
    assert wording.listing(["а", "б", "в"]) == "а, б и в"


def test_every_value_of_the_stock_has_a_word() -> None:
    assert set(wording.COLOURS) == set(models.Colour)
    assert set(wording.BODIES) == set(models.Body)
    assert set(wording.FUELS) == set(models.Fuel)
    assert set(wording.GEARBOXES) == set(models.Gearbox)
    assert set(wording.DRIVES) == set(models.Drive)
    assert set(wording.WHEELS) == set(models.Wheel)
    assert set(wording.TITLES) == set(models.Title)
    assert set(wording.STATES) == set(models.State)
