"""Address and hours at their edges: opening, closing, a holiday."""

import datetime as dt

import pytest

from tests.actions.dialogue import MOSCOW, Dialogue, aspect, entity
from tests.actions.stock import IDS


async def test_all_addresses_without_a_car(talk: Dialogue) -> None:
    said = await talk.ask("ask_address")
    assert "Салон на Энгельса: Санкт-Петербург, проспект Энгельса, 174, корпус 2." in said
    assert "Площадка на Таллинском шоссе: Санкт-Петербург, Таллинское шоссе, 163." in said
    assert said.text.count("https://yandex.ru/maps/") == 2


async def test_where_the_car_stands(talk: Dialogue) -> None:
    said = await talk.ask("ask_address", listing_ref=f"car{IDS['jolion_new']}")
    assert "Автомобиль стоит здесь: салон на Энгельса" in said
    assert "Таллинск" not in said


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ("2026-11-21 09:59", "Сейчас закрыто, откроемся сегодня в 10:00."),
        ("2026-11-21 10:00", "Часы работы сегодня: с 10:00 до 20:00."),
        ("2026-11-21 19:59", "Часы работы сегодня: с 10:00 до 20:00."),
        ("2026-11-21 20:00", "Сейчас закрыто, откроемся завтра в 10:00."),
        ("2026-12-31 14:59", "Часы работы сегодня: с 10:00 до 15:00."),
        ("2026-12-31 15:00", "Сейчас закрыто, откроемся в воскресенье, 3 января, в 10:00."),
        ("2027-01-01 12:00", "Выходной сегодня, откроемся послезавтра в 10:00."),
    ],
)
async def test_todays_state(talk: Dialogue, now: str, words: str) -> None:
    talk.now = dt.datetime.fromisoformat(now).replace(tzinfo=MOSCOW)
    assert words in await talk.ask("ask_address", focus_car_id=IDS["solaris_white"])


async def test_another_day(talk: Dialogue) -> None:
    talk.meta["focus_car_id"] = IDS["solaris_white"]
    sunday = await talk.ask("ask_address", entities=[entity("day", "wd7")])
    assert "Часы работы завтра: с 10:00 до 18:00." in sunday
    holiday = await talk.ask("ask_address", entities=[entity("day", "01-01")])
    assert "Выходной в пятницу, 1 января, откроемся в воскресенье, 3 января, в 10:00." in holiday


async def test_way_and_phone(talk: Dialogue) -> None:
    talk.meta["focus_car_id"] = IDS["solaris_white"]
    said = await talk.ask("ask_address", entities=aspect("ask_address", "route", "contact"))
    assert "Сразу за кольцевой" in said
    assert "Телефон: +7 812 000-16-30." in said
