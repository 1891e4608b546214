"""Still for sale? By the status of the row."""

import pytest

from bot.contract import FocusCar
from tests.actions.dialogue import SOLARIS, Dialogue, entity
from tests.actions.stock import IDS


async def test_on_sale_with_what_it_is_and_where_it_stands(talk: Dialogue) -> None:
    said = await talk.ask("ask_availability", entities=[SOLARIS, entity("colour", "white")])
    assert "Hyundai Solaris 2019 года, белый, 1,6 л, автомат, 85 000 км, 1 190 000 ₽" in said
    assert "площадка на Таллинском шоссе (Таллинское шоссе, 163)" in said
    assert said.one(FocusCar).car_id == IDS["solaris_white"]
    assert said.asked_for == "hold_car"


async def test_a_car_in_focus_is_not_named_again(talk: Dialogue) -> None:
    talk.meta["focus_car_id"] = IDS["solaris_white"]
    said = await talk.ask("ask_availability", text="ещё продаётся?")
    assert said.paragraphs[0].startswith("Да, ")
    assert "Solaris" not in said
    assert not said.all(FocusCar)


@pytest.mark.parametrize(
    ("car", "words", "step"),
    [
        ("rio_reserved", "забронирован, но ещё не продан", "call_back"),
        ("tiggo_transit", "в пути", "hold_car"),
        ("coolray_order", "под заказ", "call_back"),
    ],
)
async def test_other_states_are_said(talk: Dialogue, car: str, words: str, step: str) -> None:
    said = await talk.ask("ask_availability", listing_ref=f"car{IDS[car]}")
    assert words in said
    assert said.asked_for == step


async def test_sold_is_said_plainly_with_close_alternatives(talk: Dialogue) -> None:
    said = await talk.ask(
        "ask_availability", "ask_price", "book_visit", "ask_credit", listing_ref=f"car{IDS['solaris_sold']}"
    )
    assert said.paragraphs[0].startswith("Этот автомобиль уже продан: Hyundai Solaris 2018 года.")
    assert said.cards[:2] == [IDS["solaris_white"], IDS["solaris_black"]]
    assert len(said.cards) <= 3
    assert "Ждём вас" not in said
    assert "платёж" not in said
    assert said.asked_for is None


async def test_a_car_that_vanished_or_is_hidden_is_withdrawn_and_not_called_sold(talk: Dialogue) -> None:
    for car in ("octavia_gone", "vesta_hidden"):
        said = await talk.ask("ask_availability", listing_ref=f"car{IDS[car]}", focus_car_id=None)
        assert "снят с продажи" in said
        assert "продан:" not in said


async def test_sold_without_anything_like_it_asks_for_the_budget(talk: Dialogue) -> None:
    said = await talk.ask("ask_availability", listing_ref=f"car{IDS['octavia_gone']}")
    assert "Назовите бюджет" in said
    assert said.cards == []
    assert said.asked_for == "selection"
    shown = await talk.ask("nlu_fallback", text="1.3")
    assert shown.cards
    assert talk.memory.wish.price_max == 1_300_000


async def test_nothing_known_but_the_name(talk: Dialogue) -> None:
    said = await talk.ask("ask_availability", listing_ref=f"car{IDS['mystery']}")
    assert "в продаже: Haima 7X." in said or "продаётся: Haima 7X." in said


async def test_no_car_at_all(talk: Dialogue) -> None:
    said = await talk.ask("ask_availability")
    assert said.text.endswith((".", "?"))
    assert "автомобил" in said
    assert said.asked_for is None
