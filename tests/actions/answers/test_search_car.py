"""Search: criteria, narrowing, relaxing; what is said is what was really given up."""

import pytest

from bot.contract import CapturedLead
from tests.actions.dialogue import Dialogue, entity, model
from tests.actions.stock import IDS

SEDAN, UP_TO = entity("body", "sedan"), lambda sum_: entity("amount", sum_, "max")


async def test_matches_as_cards_nearest_to_the_budget_first(talk: Dialogue) -> None:
    said = await talk.ask("search_car", entities=[SEDAN, UP_TO(1_400_000)])
    assert said.cards == [IDS[c] for c in ("solaris_black", "rio", "solaris_white", "granta")]
    assert "4 автомобиля" in said
    assert said.asked_for == "selection"


async def test_a_follow_up_narrows(talk: Dialogue) -> None:
    await talk.ask("search_car", entities=[SEDAN, UP_TO(1_400_000)])
    said = await talk.ask("search_car", text="только автомат", entities=[entity("gearbox", "automatic")])
    assert said.cards == [IDS["solaris_black"], IDS["solaris_white"]]


async def test_a_card_chosen_is_answered(talk: Dialogue) -> None:
    await talk.ask("search_car", entities=[SEDAN, UP_TO(1_400_000)])
    said = await talk.ask("nlu_fallback", text="третья")
    assert "Hyundai Solaris 2019 года" in said


async def test_yes_to_the_selection_is_not_a_choice_of_a_car(talk: Dialogue) -> None:
    talk.meta["phone_known"] = True
    await talk.ask("search_car", entities=[SEDAN])
    said = await talk.ask("affirm", text="да")
    assert said.one(CapturedLead).step == "selection"


@pytest.mark.parametrize(
    ("entities", "given_up"),
    [
        ([SEDAN, entity("colour", "pink")], "цвету"),
        ([SEDAN, entity("option", "Люк"), entity("colour", "pink")], "цвету и оснащению"),
        ([entity("body", "wagon"), entity("gearbox", "automatic")], "коробке"),
        ([model("Haval", "F7x")], "модели"),
        ([SEDAN, entity("fuel", "electric")], "топливу"),
    ],
)
async def test_wishes_given_up_are_named(
    talk: Dialogue, entities: list[dict[str, object]], given_up: str
) -> None:
    said = await talk.ask("search_car", entities=entities)
    assert f"Если уступить по {given_up}, есть варианты" in said
    assert said.cards


async def test_too_cheap_names_the_real_floor(talk: Dialogue) -> None:
    said = await talk.ask("search_car", entities=[UP_TO(100_000)])
    assert "самые доступные — от 390 000 ₽" in said
    assert said.cards[0] == IDS["granta"]


async def test_seven_seats(talk: Dialogue) -> None:
    assert (await talk.ask("search_car", text="ищу семиместный")).cards == [IDS["largus"]]


async def test_nothing_to_search_by(talk: Dialogue) -> None:
    said = await talk.ask("search_car", text="что есть?")
    assert "Сейчас в продаже 17 автомобилей" in said
    assert said.paragraphs[-1].endswith("?")
    assert len((await talk.ask("nlu_fallback", text="1.3")).cards) == 5


async def test_a_new_bound_replaces_the_one_it_contradicts(talk: Dialogue) -> None:
    await talk.ask("search_car", entities=[entity("year", 2015)])
    assert (await talk.ask("search_car", entities=[entity("year", 2022, "min"), SEDAN])).cards == [] or (
        talk.memory.wish.year_max is None
    )
    await talk.ask("search_car", entities=[UP_TO(500_000)])
    await talk.ask("search_car", entities=[entity("amount", 2_000_000, "min")])
    assert (talk.memory.wish.price_min, talk.memory.wish.price_max) == (2_000_000, None)


async def test_many_are_shown_by_five(talk: Dialogue) -> None:
    said = await talk.ask("search_car", entities=[UP_TO(9_000_000)])
    assert len(said.cards) == 5
    assert "показываю 5, начиная с самых близких к вашей сумме" in said


async def test_sold_and_hidden_cars_are_never_found(talk: Dialogue) -> None:
    never = {IDS["solaris_sold"], IDS["octavia_gone"], IDS["vesta_hidden"]}
    for entities in ([SEDAN], [entity("make", "Lada")], [entity("body", "liftback")]):
        talk.slots.clear()
        assert not never & set((await talk.ask("search_car", entities=entities)).cards)


async def test_without_a_budget_the_cheapest_come_first(talk: Dialogue) -> None:
    said = await talk.ask("search_car", entities=[SEDAN])
    assert said.cards[0] == IDS["granta"]


async def test_a_budget_with_a_kind_of_car_is_a_new_search(talk: Dialogue) -> None:
    await talk.ask("search_car", entities=[SEDAN, entity("gearbox", "automatic")])
    await talk.ask("search_car", entities=[entity("body", "suv"), UP_TO(3_000_000)])
    assert talk.memory.wish.gearbox is None


async def test_show_the_white_ones_is_no_wish_for_photos(talk: Dialogue) -> None:
    await talk.ask("search_car", entities=[SEDAN])
    said = await talk.ask(
        "search_car", "ask_photos", text="белые покажите", entities=[entity("colour", "white")]
    )
    assert said.cards == [IDS["solaris_white"]]
    assert "автомобиле речь" not in said


async def test_cheaper_than_the_car_in_focus(solaris: Dialogue) -> None:
    said = await solaris.ask("search_car", text="есть что-нибудь подешевле?")
    assert said.cards
    assert IDS["solaris_white"] not in said.cards
    assert solaris.memory.wish.bodies == ("sedan",)


async def test_newer_than_the_cards_shown(talk: Dialogue) -> None:
    shown = await talk.ask("search_car", entities=[entity("body", "suv"), UP_TO(3_500_000)])
    assert IDS["touareg"] in shown.cards
    await talk.ask("search_car", entities=[entity("year", 2018, "max")])
    said = await talk.ask("search_car", text="а поновее есть?")
    assert said.cards
    assert IDS["touareg"] not in said.cards


async def test_nothing_newer_is_said_so(talk: Dialogue) -> None:
    await talk.ask("search_car", entities=[SEDAN, UP_TO(1_400_000)])
    said = await talk.ask("search_car", text="а поновее есть?")
    assert "Новее этого сейчас ничего нет." in said
    assert not said.cards
    assert "Hyundai Solaris" in await talk.ask("nlu_fallback", text="третья"), "the cards still stand"


async def test_newer_than_the_car_in_focus_is_of_its_model(solaris: Dialogue) -> None:
    assert (await solaris.ask("search_car", text="посвежее есть?")).cards == [IDS["solaris_black"]]
