"""Trade-in: the terms, then the own car in any order, interrupted or not."""

import itertools

import pytest

from bot.contract import CapturedLead, OpenedTicket
from tests.actions.dialogue import SOLARIS, Dialogue, aspect, entity, model
from tests.actions.stock import IDS

CEED, YEAR, MILEAGE = model("Kia", "Ceed"), entity("year", 2014), entity("mileage", 142_000)
READY = "Ваш автомобиль: Kia Ceed 2014 года, пробег 142 000 км."


async def test_the_terms_and_the_question(talk: Dialogue) -> None:
    said = await talk.ask("ask_trade_in")
    assert "занимают около 30 минут" in said
    assert "СТС и оба ключа" in said
    assert said.paragraphs[-1] == "Какой у вас автомобиль: марка, модель, год и пробег?"
    assert said.asked_for is None


@pytest.mark.parametrize("order", list(itertools.permutations([CEED, YEAR, MILEAGE])))
async def test_the_facts_come_in_any_order(talk: Dialogue, order: tuple[dict[str, object], ...]) -> None:
    await talk.ask("ask_trade_in")
    for fact in order:
        said = await talk.ask("nlu_fallback", entities=[fact])
    assert READY in said
    assert said.asked_for == "trade_in_valuation"


async def test_bare_numbers_answer_what_is_missing(talk: Dialogue) -> None:
    await talk.ask("ask_trade_in", entities=[model("Kia", "Ceed", role="own")])
    year = await talk.ask("nlu_fallback", text="2014", entities=[YEAR])
    assert "пробег" in year.paragraphs[-1], "a year is not taken for a mileage too"
    assert READY in await talk.ask("nlu_fallback", text="142")


async def test_an_interruption_is_answered_and_the_car_not_asked_again(talk: Dialogue) -> None:
    await talk.ask("ask_trade_in", entities=[model("Kia", "Ceed", role="own")])
    interrupted = await talk.ask("ask_availability", text="а белый солярис есть?",
                                 entities=[SOLARIS, entity("colour", "white")])  # fmt: skip
    assert "Hyundai Solaris 2019 года" in interrupted
    said = await talk.ask("nlu_fallback", text="2014 года, 142 тыс", entities=[YEAR, MILEAGE])
    assert READY in said


async def test_the_lead_tells_the_valuer_everything(talk: Dialogue) -> None:
    await talk.ask("ask_trade_in", entities=[{**e, "role": "own"} for e in (CEED, YEAR, MILEAGE)])
    lead = (await talk.ask("give_phone", entities=[entity("phone", "+79161234567")])).one(CapturedLead)
    assert (lead.step, lead.department) == ("trade_in_valuation", "trade_in")
    own_car = {"make": "Kia", "model": "Ceed", "year": 2014, "mileage_km": 142_000}
    assert lead.details == {"own_car": own_car}, "told once"


async def test_our_car_is_not_the_customers(talk: Dialogue) -> None:
    talk.meta["focus_car_id"] = IDS["camry"]
    said = await talk.ask("ask_trade_in", entities=[SOLARIS, {**CEED, "role": "own"}])
    assert "Записал: Kia Ceed." in said
    assert "Solaris" not in said


async def test_the_car_named_after_the_question_is_his(talk: Dialogue) -> None:
    text = "возьмёте мою в зачёт? киа сид 2014"
    place = {"start": text.index("киа"), "end": len(text)}
    said = await talk.ask("ask_trade_in", text=text, entities=[CEED | place, YEAR | place])
    assert "Kia Ceed 2014 года" in said
    assert said.paragraphs[-1] == "Подскажите ещё пробег."


async def test_ours_after_his_is_ours(talk: Dialogue) -> None:
    text = "поменяете мою на киа сид 2014?"
    place = {"start": text.index("киа"), "end": len(text) - 1}
    said = await talk.ask("ask_trade_in", text=text, entities=[CEED | place, YEAR | place])
    assert said.paragraphs[-1] == "Какой у вас автомобиль: марка, модель, год и пробег?"


async def test_outside_of_the_terms(talk: Dialogue) -> None:
    old = await talk.ask("ask_trade_in", entities=[{**CEED, "role": "own"}, entity("year", 1999, "own")])
    assert "в зачёт обычно берём автомобили до 20 лет" in old
    talk.slots.clear()
    far = await talk.ask(
        "ask_trade_in", entities=[{**CEED, "role": "own"}, entity("mileage", 500_000, "own")]
    )
    assert "с пробегом до 350 000 км" in far


@pytest.mark.parametrize(
    ("name", "words"),
    [("buyout", "Выкупаем"), ("pledged_car", "в залоге тоже принимаем"), ("surcharge", "Доплату учтём"),
     ("other_vehicle", "только легковые"), ("commission", "отдел трейд-ин")],
)  # fmt: skip
async def test_aspects(talk: Dialogue, name: str, words: str) -> None:
    assert words in await talk.ask("ask_trade_in", entities=aspect("ask_trade_in", name))


async def test_a_sum_of_surcharge(talk: Dialogue) -> None:
    said = await talk.ask("ask_trade_in", entities=[entity("amount", 300_000, "surcharge")])
    assert "Доплату 300 000 ₽ учтём" in said


async def test_a_mileage_stated_precisely_is_the_own_cars(talk: Dialogue) -> None:
    """Taken for a question about our car's mileage, it lost the trade-in after an interruption."""
    await talk.ask("ask_trade_in", text="сид 2014 года в обмен", entities=[CEED, YEAR])
    await talk.ask("ask_address", text="а вы до скольки работаете?")
    said = await talk.ask(
        "ask_history",
        text="пробег 168 тысяч",
        entities=[entity("mileage", 168_000), *aspect("ask_history", "mileage")],
    )
    assert "168 000 км" in said


async def test_the_own_car_named_again_does_not_change_the_focus(solaris: Dialogue) -> None:
    """«если гранту в зачёт» was taken for a question about our Granta."""
    own = [
        model("Lada", "Granta", role="own"),
        entity("year", 2016, "own"),
        entity("mileage", 120_000, "own"),
    ]
    await solaris.ask("ask_trade_in", entities=own)
    said = await solaris.ask("ask_credit", entities=[model("Lada", "Granta"), entity("term", 60)])
    assert "1 190 000 ₽" in said


class TestPictures:
    async def test_are_for_the_valuer_and_what_is_missing_is_asked(self, talk: Dialogue) -> None:
        await talk.ask("ask_trade_in", entities=[model("Kia", "Ceed", role="own")])
        said = await talk.ask("attachment", attachments=("photo", "photo"))
        assert "снимки вашего автомобиля передал оценщику" in said
        assert said.paragraphs[-1].endswith("год выпуска и пробег.")
        ticket = said.one(OpenedTicket)
        assert (ticket.department, ticket.summary) == ("trade_in", "Снимки автомобиля клиента: Kia Ceed")

    async def test_with_words_that_sound_like_a_question_for_ours(self, solaris: Dialogue) -> None:
        await solaris.ask("ask_trade_in")
        said = await solaris.ask("ask_photos", text="вот фото моей машины", attachments=("photo",))
        assert "снимки вашего автомобиля" in said
        assert "марка" in said.paragraphs[-1]

    async def test_with_the_facts_themselves(self, talk: Dialogue) -> None:
        await talk.ask("ask_trade_in")
        said = await talk.ask("nlu_fallback", entities=[CEED, YEAR, MILEAGE], attachments=("photo",))
        assert READY in said
        assert said.one(OpenedTicket).department == "trade_in"
        assert said.asked_for == "trade_in_valuation"

    async def test_after_the_number_was_asked_for(self, talk: Dialogue) -> None:
        await talk.ask("ask_trade_in", entities=[{**e, "role": "own"} for e in (CEED, YEAR, MILEAGE)])
        assert "снимки вашего автомобиля" in await talk.ask("attachment", attachments=("photo",))
        lead = (await talk.ask("give_phone", entities=[entity("phone", "+79161234567")])).one(CapturedLead)
        assert lead.step == "trade_in_valuation"

    async def test_a_voice_message_is_no_picture(self, talk: Dialogue) -> None:
        await talk.ask("ask_trade_in")
        assert "снимки вашего" not in await talk.ask("attachment", attachments=("voice",))


class TestKnownFromAnotherConversation:
    async def test_it_is_not_asked_for_again(self, talk: Dialogue) -> None:
        talk.meta["own_car"] = {"make": "Kia", "model": "Ceed", "year": 2014, "mileage_km": 142_000}
        said = await talk.ask("ask_trade_in")
        assert READY in said
        assert said.asked_for == "trade_in_valuation"

    async def test_only_what_is_missing_is_asked(self, talk: Dialogue) -> None:
        talk.meta["own_car"] = {"make": "Kia", "model": "Ceed", "year": 2014}
        said = await talk.ask("ask_trade_in")
        assert said.paragraphs[-1].endswith("пробег.")

    async def test_another_car_has_a_year_and_a_mileage_of_its_own(self, talk: Dialogue) -> None:
        talk.meta["own_car"] = {"make": "Kia", "model": "Ceed", "year": 2014, "mileage_km": 142_000}
        said = await talk.ask("ask_trade_in", entities=[model("Lada", "Granta", role="own")])
        assert "Записал: Lada Granta." in said
        assert "год выпуска и пробег" in said


async def test_what_is_given_for_the_own_car_is_no_price_of_ours(solaris: Dialogue) -> None:
    said = await solaris.ask(
        "ask_price",
        text="сколько дадите за сид",
        entities=[model("Kia", "Ceed", role="own"), *aspect("ask_price", "counter_offer")],
    )
    assert "Kia Ceed" in said
    assert "1 190 000 ₽" not in said
