"""Said in a word or two: «?», «подумаю», a greeting in mid-talk, «вернёмся к первому», «ещё»."""

import pytest

from bot.contract import OpenedTicket, OpenTicket, RefusedPhone
from tests.actions.dialogue import NOON, SOLARIS, Dialogue, entity, model
from tests.actions.stock import IDS

UP_TO = entity("amount", 1_400_000, "max")
SEDAN = entity("body", "sedan")


class TestCalling:
    @pytest.mark.parametrize("text", ["?", "???", " ?! "])
    async def test_is_listened_to(self, solaris: Dialogue, text: str) -> None:
        said = await solaris.ask("out_of_scope", text=text)
        assert "Слушаю вас" in said
        assert not said.all(OpenedTicket)

    async def test_repeats_what_was_asked(self, talk: Dialogue) -> None:
        await talk.ask("ask_trade_in")
        assert "Какой у вас автомобиль" in await talk.ask("out_of_scope", text="?")
        assert "2014" in await talk.ask("nlu_fallback", text="фокус 2014", entities=[
            model("Ford", "Focus", role="own"), entity("year", 2014, "own")
        ])  # fmt: skip

    async def test_of_who_waits_for_people_names_them(self, solaris: Dialogue) -> None:
        solaris.meta["open_ticket"] = OpenTicket(department="credit", opened_at=NOON)
        said = await solaris.ask("out_of_scope", text="?")
        assert "кредитный отдел ответит здесь же" in said
        assert "в течение" not in said

    async def test_keeps_the_question_of_consent(self, solaris: Dialogue) -> None:
        await solaris.ask("give_phone", entities=[entity("phone", "+79161234567", valid=True)])
        await solaris.ask("out_of_scope", text="?")
        assert "Спасибо за согласие" in await solaris.ask("affirm", text="да")


class TestPondering:
    @pytest.mark.parametrize(
        "text",
        ["подумаю", "Я подумаю", "ладно, надо подумать", "спасибо, мы ещё подумаем",
         "мне надо посоветоваться с мужем", "обсудим дома"],
    )  # fmt: skip
    @pytest.mark.parametrize("intent", ["affirm", "deny", "out_of_scope"])
    async def test_is_not_hurried(self, solaris: Dialogue, text: str, intent: str) -> None:
        await solaris.ask("ask_price")
        said = await solaris.ask(intent, text=text)
        assert "не торопитесь" in said or "думайте спокойно" in said
        assert said.asked_for is None
        assert not said.all(RefusedPhone), "who thinks has not refused"

    async def test_who_wants_to_discuss_it_with_a_manager_gets_one(self, solaris: Dialogue) -> None:
        said = await solaris.ask("request_human", text="надо посоветоваться с менеджером")
        assert said.all(OpenedTicket)

    async def test_with_a_question_the_question_is_answered(self, solaris: Dialogue) -> None:
        assert "1 190 000 ₽" in await solaris.ask("affirm", "ask_price", text="подумаю, а сколько стоит?")


class TestGreetingInMidTalk:
    async def test_is_short_about_a_car(self, solaris: Dialogue) -> None:
        said = await solaris.ask("greet", text="доброе утро")
        assert "Solaris" not in said
        assert len(said.text) < 40

    async def test_is_short_without_one(self, talk: Dialogue) -> None:
        assert talk.dealer.name not in await talk.ask("greet", text="привет")

    async def test_opening_the_chat_anew_tells_what_it_is_for(self, talk: Dialogue) -> None:
        assert talk.dealer.name in await talk.ask("greet", text="/greet")

    async def test_on_the_page_of_another_car_names_it(self, solaris: Dialogue) -> None:
        said = await solaris.ask("greet", text="здравствуйте", listing_ref=f"car{IDS['touareg']}")
        assert "Вы смотрите Volkswagen Touareg" in said

    async def test_leaves_the_question_of_the_bot(self, talk: Dialogue) -> None:
        await talk.ask("ask_trade_in", entities=[model("Kia", "Ceed", role="own")])
        await talk.ask("greet", text="доброе утро")
        assert "2014" in await talk.ask("nlu_fallback", text="2014")


class TestBackToACar:
    async def test_the_first_of_the_talk_when_one_went_on_since_the_cards(self, talk: Dialogue) -> None:
        await talk.ask("ask_price", entities=[model("Volkswagen", "Touareg")])
        await talk.ask("search_car", entities=[SEDAN, UP_TO])
        await talk.ask("ask_price", entities=[model("Lada", "Largus")])
        said = await talk.ask("out_of_scope", text="вернемся к первому")
        assert "Touareg" in said

    async def test_the_one_before_the_cards(self, talk: Dialogue) -> None:
        await talk.ask("ask_price", entities=[model("Volkswagen", "Touareg")])
        await talk.ask("search_car", entities=[SEDAN, UP_TO])
        await talk.ask(text="давайте вернёмся к первой машине")
        assert talk.meta["focus_car_id"] == IDS["touareg"]
        assert "3 350 000 ₽" in await talk.ask("ask_price")

    async def test_the_first_card_when_the_talk_is_of_cards_alone(self, talk: Dialogue) -> None:
        shown = await talk.ask("search_car", entities=[SEDAN, UP_TO])
        await talk.ask("affirm", text="вторую")
        await talk.ask("affirm", text="вернёмся к первой")
        assert talk.meta["focus_car_id"] == shown.cards[0]

    async def test_with_a_question_of_its_own(self, talk: Dialogue) -> None:
        await talk.ask("ask_price", entities=[model("Volkswagen", "Touareg")])
        await talk.ask("ask_price", entities=[model("Lada", "Largus")])
        said = await talk.ask("ask_price", text="вернёмся к первой, какая цена?")
        assert "3 350 000 ₽" in said

    @pytest.mark.parametrize("text", ["нет другая, ну та что старее", "нет, другая"])
    async def test_not_this_one_but_the_other_is_no_refusal_of_the_number(
        self, talk: Dialogue, text: str
    ) -> None:
        await talk.ask("ask_price", entities=[SOLARIS, entity("colour", "white")])
        await talk.ask("ask_price", entities=[SOLARIS, entity("year", 2021)])
        said = await talk.ask("deny", text=text)
        assert not said.all(RefusedPhone)
        assert talk.meta["focus_car_id"] == IDS["solaris_white"]

    async def test_another_price_is_no_other_car(self, talk: Dialogue) -> None:
        await talk.ask("ask_price", entities=[SOLARIS, entity("colour", "white")])
        await talk.ask("ask_price", entities=[SOLARIS, entity("year", 2021)])
        await talk.ask("deny", text="нет, была другая цена")
        assert talk.meta["focus_car_id"] == IDS["solaris_black"]


async def test_more_after_the_photos_asks_for_the_pictures_that_were_offered(solaris: Dialogue) -> None:
    await solaris.ask("ask_photos")
    said = await solaris.ask("ask_availability", text="еще")
    assert "номер" in said
    assert "в продаже" not in said
