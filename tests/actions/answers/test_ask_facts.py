"""Condition, equipment, history, photos, VIN: what the row says, and what it does not."""

import pytest

from bot.contract import OpenedTicket, ShowPictures
from bot.dealer import Dealer
from tests.actions.dialogue import Dialogue, aspect, entity
from tests.actions.stock import IDS, VIN


async def about(talk: Dialogue, car: str, intent: str, *aspects: str, **more: object):  # type: ignore[no-untyped-def]
    entities = [*aspect(intent, *aspects), *more.get("entities", ())]  # type: ignore[misc]
    return await talk.ask(intent, focus_car_id=IDS[car], entities=entities)


@pytest.mark.parametrize(
    ("car", "intent", "aspects", "words"),
    [
        ("solaris_white", "ask_condition", ("accident",), "в ДТП не был"),
        ("rio", "ask_condition", ("accident",), "был в ДТП"),
        ("solaris_white", "ask_condition", ("paint",), "Окрасы: бампер передний."),
        ("solaris_white", "ask_condition", ("tyres",), "Резина: летняя, остаток 6 мм."),
        ("solaris_white", "ask_condition", ("inspection",), "Осмотреть автомобиль можно здесь: площадка"),
        ("rio", "ask_condition", ("rust",), "Недочёты: скол на капоте. "),
        ("jolion_new", "ask_condition", (), "Автомобиль новый, в эксплуатации не был."),
        ("solaris_white", "ask_history", ("owners",), "По ПТС 2 владельца."),
        ("solaris_black", "ask_history", ("owners",), "По ПТС 1 владелец."),
        ("rio", "ask_history", ("owners",), "По ПТС 4 владельца или больше."),
        ("rio", "ask_history", ("title",), "ПТС — дубликат."),
        ("rio", "ask_history", ("taxi", "pledge"), "работал в такси. Есть действующий залог"),
        (
            "solaris_white",
            "ask_history",
            ("taxi", "pledge"),
            "В такси не работал. Залогов и ограничений нет.",
        ),
        ("touareg", "ask_history", ("warranty",), "Гарантия производителя закончилась."),
        ("jolion_new", "ask_history", ("warranty",), "Гарантия действует до ноября 2031 года."),
        ("jolion_new", "ask_history", ("title",), "ПТС — электронный."),
        ("solaris_white", "ask_equipment", ("engine",), "Двигатель: 1,6 л, 123 л. с., бензин."),
        ("solaris_white", "ask_equipment", ("power",), "Мощность 123 л. с."),
        ("solaris_white", "ask_equipment", ("clearance",), "Дорожный просвет 160 мм."),
        ("largus", "ask_equipment", ("seats",), "Мест: 7."),
        ("leaf", "ask_equipment", ("engine",), "Двигатель: 109 л. с., электро."),
        ("touareg", "ask_equipment", ("fuel",), "Топливо — дизель."),
    ],
)
async def test_known_facts(
    talk: Dialogue, car: str, intent: str, aspects: tuple[str, ...], words: str
) -> None:
    said = await about(talk, car, intent, *aspects)
    assert words in said


@pytest.mark.parametrize(
    ("intent", "name", "fact"),
    [
        ("ask_condition", "accident", "были ли аварии"),
        ("ask_condition", "rust", "состояние по ржавчине"),
        ("ask_history", "owners", "сколько было владельцев"),
        ("ask_history", "customs", "растаможен ли автомобиль"),
        ("ask_history", "reason", "почему продают"),
        ("ask_equipment", "power", "мощность"),
        ("ask_equipment", "consumption", "расход топлива"),
        ("ask_equipment", "seats", "сколько мест"),
    ],
)
async def test_unknown_facts_are_said_to_be_unknown(
    talk: Dialogue, intent: str, name: str, fact: str
) -> None:
    said = await about(talk, "mystery", intent, name)
    assert fact in said
    assert said.titles == ["Уточнить у менеджера"]
    assert not said.all(OpenedTicket), "nothing is passed on before the customer wants it"


async def test_the_button_asks_the_department_exactly_that(talk: Dialogue) -> None:
    said = await about(talk, "mystery", "ask_history", "owners")
    talk.meta["focus_car_id"] = IDS["mystery"]
    pressed = await talk.press(said, "Уточнить")
    ticket = pressed.one(OpenedTicket)
    assert (ticket.reason, ticket.topic, ticket.car_id) == ("unknown_fact", "history", IDS["mystery"])
    assert ticket.summary == "Уточнить: сколько было владельцев"


async def test_several_unknown_things_are_admitted_once(talk: Dialogue) -> None:
    said = await talk.ask("ask_vin", "ask_history", "ask_condition", focus_car_id=IDS["mystery"])
    assert said.text.count("Уточнить у менеджера") == 1
    assert said.titles == ["Уточнить у менеджера"]
    assert "VIN этого автомобиля, история автомобиля и состояние и окрасы" in said


async def test_an_unverified_pledge_tells_what_the_dealership_checks(talk: Dialogue, dealer: Dealer) -> None:
    said = await about(talk, "mystery", "ask_history", "pledge")
    assert dealer.policies.history_check in said
    assert "Залогов и ограничений нет" not in said


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("gearbox", "automatic", "Да, коробка — автомат."),
        ("gearbox", "manual", "Нет, коробка — автомат."),
        ("drive", "full", "Нет, привод передний."),
        ("fuel", "petrol", "Да, бензин."),
        ("body", "wagon", "Нет, седан."),
        ("option", "Подогрев передних сидений", "Да, есть: подогрев передних сидений."),
        ("option", "Подогрев сидений", "Да, есть: подогрев передних сидений."),
        ("option", "Люк", "В списке оборудования этого нет: люк."),
    ],
)
async def test_yes_or_no(talk: Dialogue, kind: str, value: str, words: str) -> None:
    said = await about(talk, "solaris_white", "ask_equipment", entities=[entity(kind, value)])
    assert words in said


async def test_a_robot_is_an_automatic_to_people(talk: Dialogue) -> None:
    said = await about(talk, "jolion_new", "ask_equipment", entities=[entity("gearbox", "automatic")])
    assert "Да, коробка — робот." in said


async def test_an_option_of_a_car_without_a_list_is_unknown_and_not_absent(talk: Dialogue) -> None:
    said = await about(talk, "rio", "ask_equipment", entities=[entity("option", "Люк")])
    assert "люк" in said
    assert "этого нет" not in said
    assert said.titles == ["Уточнить у менеджера"]


async def test_photos_are_the_real_ones(talk: Dialogue) -> None:
    said = await about(talk, "solaris_white", "ask_photos")
    assert said.one(ShowPictures).urls == tuple(f"https://p.example/{i}.jpg" for i in range(3))
    assert "3 фотографии" in said
    assert said.asked_for == "extra_photos"


async def test_no_photos_and_no_video(talk: Dialogue) -> None:
    said = await about(talk, "rio", "ask_photos")
    assert "Фотографий этого автомобиля пока нет." in said
    assert not said.all(ShowPictures)
    video = await about(talk, "solaris_white", "ask_photos", "video", "underbody")
    assert "Видео пока нет. Снять днище можно только на месте." in video


async def test_video(talk: Dialogue) -> None:
    said = await about(talk, "touareg", "ask_photos", "video")
    assert said.one(ShowPictures).video_url == "https://v.example/touareg"


class TestVin:
    async def test_shown(self, talk: Dialogue) -> None:
        said = await about(talk, "solaris_white", "ask_vin")
        assert f"VIN: {VIN}." in said
        assert said.asked_for == "history_report"

    @pytest.mark.parametrize("policy", ["masked", "showroom"])
    async def test_kept_back_by_policy(self, talk: Dialogue, dealer: Dealer, policy: str) -> None:
        policies = dealer.policies.model_copy(update={"vin": policy})
        talk.dealer = dealer.model_copy(update={"policies": policies})
        said = await about(talk, "solaris_white", "ask_vin")
        assert VIN not in said
        assert (VIN[:-6] + "•" * 6 in said) is (policy == "masked")

    async def test_body_number(self, talk: Dialogue) -> None:
        assert "номер кузова: GX1006012345." in await about(talk, "mark2", "ask_vin")

    async def test_compared(self, talk: Dialogue) -> None:
        said = await about(talk, "solaris_white", "ask_vin", entities=[entity("vin", VIN)])
        assert said.paragraphs[0].startswith(f"Да, {VIN}")
        other = "XTA" + "0" * 14
        said = await about(talk, "solaris_white", "ask_vin", entities=[entity("vin", other)])
        assert said.paragraphs[0].startswith(f"Нет, VIN {other}")

    async def test_of_nobody(self, talk: Dialogue) -> None:
        said = await talk.ask("ask_vin", entities=[entity("vin", "XTA" + "0" * 14)])
        assert "у нас в продаже нет" in said


async def test_chain_or_belt_is_unknown_and_nothing_else_is_listed(solaris: Dialogue) -> None:
    said = await solaris.ask(
        "ask_equipment", text="цепь или ремень", entities=aspect("ask_equipment", "timing")
    )
    assert "цепь или ремень в приводе ГРМ" in said
    assert "Двигатель:" not in said
    assert "Из оборудования" not in said
