"""Which car the message is about."""

import pytest
from sqlalchemy import delete

from bot.contract import FocusCar
from bot.stock.models import Car
from tests.actions.dialogue import SOLARIS, Dialogue, Said, aspect, entity, model
from tests.actions.stock import IDS, VIN

WHITE, BLACK = entity("colour", "white"), entity("colour", "black")


def focus(said: Said) -> str | None:
    cars = said.all(FocusCar)
    return next(name for name, number in IDS.items() if number == cars[0].car_id) if cars else None


@pytest.mark.parametrize(
    ("entities", "car"),
    [
        ([SOLARIS, WHITE], "solaris_white"),
        ([SOLARIS, entity("year", 2021)], "solaris_black"),
        ([SOLARIS, entity("year", 2020, "min")], "solaris_black"),
        ([entity("make", "Toyota"), model("Toyota", "Camry")], "camry"),
        ([entity("make", "Nissan")], "leaf"),
        ([entity("make", "Lada"), entity("body", "wagon")], "largus"),
        ([entity("vin", VIN)], "solaris_white"),
        ([entity("vin_tail", "777002")], "solaris_black"),
        ([entity("listing_url", "https://avito.ru/x_4001")], "solaris_white"),
        (
            [entity("listing_url", "https://m.avito.ru/4001", site="avito", external_id="4001")],
            "solaris_white",
        ),
    ],
)
async def test_one_car_is_meant(talk: Dialogue, entities: list[dict[str, object]], car: str) -> None:
    assert focus(await talk.ask("ask_price", entities=entities)) == car


@pytest.mark.parametrize("ref", ["car1", "car-1", VIN, VIN.lower(), "4001", "https://avito.ru/x_4001"])
async def test_a_deep_link_needs_no_name(talk: Dialogue, ref: str) -> None:
    assert focus(await talk.ask("ask_price", listing_ref=ref)) == "solaris_white"


async def test_a_new_link_beats_the_old_focus(talk: Dialogue) -> None:
    talk.meta["focus_car_id"] = IDS["camry"]
    assert focus(await talk.ask("ask_price", listing_ref="car1")) == "solaris_white"


async def test_a_link_that_leads_nowhere_leaves_the_focus(talk: Dialogue) -> None:
    for ref in ("car999", "promo", "x" * 17, "car99999999999999"):
        said = await talk.ask("ask_price", listing_ref=ref, focus_car_id=IDS["rio"])
        assert "1 290 000 ₽" in said


class TestTwins:
    async def test_the_difference_is_said_and_the_choice_offered(self, talk: Dialogue) -> None:
        said = await talk.ask("ask_price", entities=[SOLARIS])
        assert "Hyundai Solaris — в продаже 2 автомобиля:\n1. 2019 год, Comfort, белый" in said
        assert "\n2. 2021 год, чёрный" in said
        assert said.titles == ["2019, белый, 1 190 000 ₽", "2021, чёрный, 1 350 000 ₽"]
        assert said.asked_for is None

    async def test_a_press_answers_the_waiting_questions(self, talk: Dialogue) -> None:
        said = await talk.ask(
            "ask_price", "ask_history", entities=[SOLARIS, *aspect("ask_history", "owners")]
        )
        chosen = await talk.press(said, "2021")
        assert "1 350 000 ₽" in chosen
        assert "1 владелец" in chosen

    @pytest.mark.parametrize(
        ("text", "entities", "price"),
        [
            ("белый", [WHITE], "1 190 000 ₽"),
            ("второй", [], "1 350 000 ₽"),
            ("вторая", [], "1 350 000 ₽"),
            ("2", [], "1 350 000 ₽"),
            ("подешевле", [], "1 190 000 ₽"),
            ("который дороже", [], "1 350 000 ₽"),
            ("поновее", [], "1 350 000 ₽"),
            ("где меньше пробег", [], "1 350 000 ₽"),
            ("последний", [], "1 350 000 ₽"),
            ("2019 года", [entity("year", 2019)], "1 190 000 ₽"),
            ("за 1350", [entity("amount", 1_350_000)], "1 350 000 ₽"),
        ],
    )
    async def test_a_typed_choice(
        self, talk: Dialogue, text: str, entities: list[dict[str, object]], price: str
    ) -> None:
        await talk.ask("ask_price", entities=[SOLARIS])
        said = await talk.ask("nlu_fallback", text=text, entities=entities)
        assert said.paragraphs[0].endswith((f"стоит {price}.", f"— {price}."))

    async def test_a_colour_that_is_not_among_them(self, talk: Dialogue) -> None:
        await talk.ask("ask_price", entities=[SOLARIS])
        said = await talk.ask("nlu_fallback", text="красный", entities=[entity("colour", "red")])
        assert "в продаже нет: красный" in said
        assert said.cards == [IDS["solaris_white"], IDS["solaris_black"]]

    async def test_an_interruption_does_not_lose_the_waiting_question(self, talk: Dialogue) -> None:
        await talk.ask("ask_price", entities=[SOLARIS])
        await talk.ask("ask_address", text="а вы где?")
        assert "1 190 000 ₽" in await talk.ask("nlu_fallback", text="белый", entities=[WHITE])

    async def test_credit_and_price_wait_together(self, talk: Dialogue) -> None:
        said = await talk.ask("ask_price", "ask_credit", entities=[SOLARIS])
        chosen = await talk.press(said, "2019")
        assert "1 190 000 ₽" in chosen.paragraphs[0]
        assert "в месяц" in chosen.paragraphs[1]

    @pytest.mark.parametrize("text", ["первый взнос есть", "вторая рука?", "третий ряд есть?"])
    async def test_an_ordinal_of_something_else_is_no_choice(self, talk: Dialogue, text: str) -> None:
        await talk.ask("ask_price", entities=[SOLARIS])
        said = await talk.ask("ask_condition", text=text)
        assert focus(said) is None

    async def test_no_is_no_choice(self, talk: Dialogue) -> None:
        await talk.ask("ask_price", entities=[SOLARIS])
        said = await talk.ask("deny", text="нет")
        assert "О каком" not in said


class TestFocus:
    async def test_switching_and_returning(self, talk: Dialogue) -> None:
        await talk.ask("ask_price", entities=[SOLARIS, BLACK])
        switched = await talk.ask("ask_price", entities=[model("Toyota", "Camry")])
        assert "Toyota Camry" in switched
        back = await talk.ask("ask_price", entities=[SOLARIS])
        assert focus(back) == "solaris_black", "the Solaris talked about, not its twin"
        assert "1 350 000 ₽" in await talk.ask("ask_price")

    async def test_another_one_is_not_the_same(self, talk: Dialogue) -> None:
        talk.meta["focus_car_id"] = IDS["solaris_black"]
        said = await talk.ask("ask_availability", text="а другие солярисы есть?", entities=[SOLARIS])
        assert "2 автомобиля" in said

    async def test_the_familiar_car_must_fit_what_is_said_now(self, talk: Dialogue) -> None:
        talk.meta["focus_car_id"] = IDS["solaris_black"]
        said = await talk.ask("ask_availability", entities=[SOLARIS, entity("gearbox", "manual")])
        assert "в продаже нет: Hyundai Solaris, механика" in said

    async def test_a_deleted_focus_car_is_asked_for_again(self, talk: Dialogue) -> None:
        talk.meta["focus_car_id"] = IDS["rio"]
        async with talk.sessions() as session, session.begin():
            await session.execute(delete(Car).where(Car.id == IDS["rio"]))
        said = await talk.ask("ask_price")
        assert "автомобил" in said
        assert "₽" not in said


class TestMissing:
    @pytest.mark.parametrize(
        ("entities", "wanted", "similar"),
        [
            ([SOLARIS, entity("colour", "green")], "Hyundai Solaris, зелёный", [1, 2]),
            ([SOLARIS, entity("year", 2015)], "Hyundai Solaris 2015 года", [1, 2]),
            ([SOLARIS, entity("gearbox", "manual")], "Hyundai Solaris, механика", [1, 2]),
            ([SOLARIS, entity("condition", "new")], "Hyundai Solaris, новый", [1, 2]),
            ([model("Haval", "F7x")], "Haval F7x", [6]),
            ([model("BMW", "X5")], "BMW X5", []),
        ],
    )
    async def test_what_is_not_there_is_never_confirmed(
        self, talk: Dialogue, entities: list[dict[str, object]], wanted: str, similar: list[int]
    ) -> None:
        said = await talk.ask("ask_availability", entities=entities)
        assert f"в продаже нет: {wanted}." in said
        assert said.cards == similar
        assert "Да, " not in said

    async def test_a_sold_one_is_called_sold_and_not_missing(self, talk: Dialogue) -> None:
        said = await talk.ask("ask_availability", entities=[SOLARIS, entity("colour", "red")])
        assert "уже продан: Hyundai Solaris 2018 года" in said

    async def test_a_visit_to_a_car_that_is_not_there(self, talk: Dialogue) -> None:
        said = await talk.ask("book_visit", entities=[model("BMW", "X5"), entity("day", "+1")])
        assert "в продаже нет: BMW X5" in said
        assert "Ждём вас" not in said

    async def test_an_unknown_advertisement_is_not_the_car_in_focus(self, talk: Dialogue) -> None:
        talk.meta["focus_car_id"] = IDS["camry"]
        said = await talk.ask("ask_availability", entities=[entity("listing_url", "https://avito.ru/x_1")])
        assert "Не нахожу у нас автомобиля из этого объявления" in said

    async def test_an_unknown_vin_is_not_the_car_in_focus(self, talk: Dialogue) -> None:
        talk.meta["focus_car_id"] = IDS["camry"]
        said = await talk.ask("ask_availability", entities=[entity("vin", "XTA" + "0" * 14)])
        assert f"Автомобиля с VIN XTA{'0' * 14} у нас в продаже нет." in said


async def test_an_ambiguous_word_offers_all_that_it_may_mean(talk: Dialogue) -> None:
    word = model("Volkswagen", "Polo", others=[["Lada", "Granta"]])
    said = await talk.ask("ask_price", entities=[word])
    assert "Lada Granta и Volkswagen Polo — в продаже 3 автомобиля" in said
    assert said.titles[0].startswith("Granta, 2015")


async def test_the_customers_own_car_is_not_looked_for(talk: Dialogue) -> None:
    talk.meta["focus_car_id"] = IDS["camry"]
    said = await talk.ask("ask_price", entities=[model("Hyundai", "Solaris", role="own")])
    assert "3 100 000 ₽" in said


async def test_a_pressed_guess_keeps_the_make_of_its_model(talk: Dialogue) -> None:
    said = await talk.ask(
        text="солярис белый чо там", entities=[SOLARIS, WHITE], ranking={"ask_price": 0.4, "ask_credit": 0.2}
    )
    assert focus(said) == "solaris_white"
    assert "1 190 000 ₽" in await talk.press(said, "Цена")


async def test_a_bare_link_is_a_car_and_no_spam(talk: Dialogue) -> None:
    """The NLU takes a message that is only an address for spam."""
    link = entity("listing_url", "https://auto.ru/cars/used/sale/1-1", site="autoru", external_id="no-such")
    said = await talk.ask("spam", text="https://auto.ru/cars/used/sale/1-1", entities=[link])
    assert "предложения" not in said
