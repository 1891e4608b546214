"""The whole turn: order of the answers, greeting, one next step, the phone, courtesies, handing over."""

import datetime as dt
from typing import Any

import pytest

from actions.action import AnswerAction
from bot.contract import AskedPhone, CapturedLead, ConsentShown, OpenedTicket, OpenTicket, RefusedPhone
from bot.db import Sessions
from bot.dealer import Dealer
from bot.errors import SettingsError
from tests.actions.dialogue import NOON, OPTIONS, SOLARIS, Dialogue, entity, model
from tests.actions.stock import IDS

PHONE = entity("phone", "+79161234567", valid=True)


@pytest.fixture
def solaris(talk: Dialogue) -> Dialogue:
    talk.meta["focus_car_id"] = IDS["solaris_white"]
    return talk


class TestSeveralQuestions:
    async def test_all_are_answered_in_the_order_asked(self, solaris: Dialogue) -> None:
        said = await solaris.ask("ask_history", "ask_price", "ask_address")
        assert ["владельца" in said.paragraphs[0], "1 190 000" in said.paragraphs[1]] == [True, True]
        assert "Карта:" in said.paragraphs[2]

    async def test_the_car_is_named_once(self, talk: Dialogue) -> None:
        questions = ("ask_availability", "ask_price", "ask_condition", "ask_history", "ask_vin", "ask_photos")
        said = await talk.ask(*questions, entities=[SOLARIS, entity("colour", "white")])
        assert said.text.count("Solaris") == 1
        assert len(said.paragraphs) == len(questions) + 1

    async def test_one_next_step_of_the_last_answer(self, solaris: Dialogue) -> None:
        said = await solaris.ask("ask_price", "ask_vin")
        assert said.asked_for == "history_report"
        assert len(said.all(AskedPhone)) == 1

    async def test_the_first_question_back_is_the_only_one(self, talk: Dialogue) -> None:
        said = await talk.ask("ask_price", "ask_trade_in")
        assert said.text.count("?") + said.text.count("Подскажите") <= 2
        assert said.asked_for is None


class TestGreeting:
    async def test_once_before_the_first_answer(self, solaris: Dialogue) -> None:
        said = await solaris.ask("greet", "ask_price", "ask_vin", first_message=True)
        assert said.paragraphs[0].startswith("Здравствуйте! ")
        assert said.text.count("Здравствуйте") == 1
        assert "Здравствуйте" not in await solaris.ask("ask_price")

    async def test_alone(self, talk: Dialogue) -> None:
        said = await talk.ask("greet", first_message=True)
        assert said.text.count("Здравствуйте") == 1
        assert talk.dealer.name in said

    async def test_alone_on_a_page_of_a_car(self, talk: Dialogue) -> None:
        said = await talk.ask("greet", listing_ref="car1", first_message=True)
        assert "Вы смотрите Hyundai Solaris 2019 года" in said


class TestNextStep:
    async def test_with_its_reason_and_the_consent_the_first_time(self, solaris: Dialogue) -> None:
        first = await solaris.ask("ask_price")
        assert solaris.dealer.consent.url in first
        assert first.one(ConsentShown).version == solaris.dealer.consent.version
        await solaris.ask("ask_address")
        assert solaris.dealer.consent.url not in await solaris.ask("ask_vin")

    async def test_once_per_topic(self, solaris: Dialogue) -> None:
        assert (await solaris.ask("ask_price")).asked_for == "manager_price"
        for _ in range(4):
            assert (await solaris.ask("ask_price")).asked_for is None

    async def test_not_in_a_row_when_passed_over(self, solaris: Dialogue) -> None:
        assert (await solaris.ask("ask_price")).asked_for == "manager_price"
        assert (await solaris.ask("ask_vin")).asked_for is None
        assert (await solaris.ask("ask_condition")).asked_for == "inspection_video"

    async def test_never_after_two_refusals(self, solaris: Dialogue) -> None:
        await solaris.ask("ask_price")
        assert (await solaris.ask("refuse_phone")).one(RefusedPhone)
        assert (await solaris.ask("ask_vin")).asked_for == "history_report"
        await solaris.ask("deny", text="нет")
        assert solaris.meta["phone_refusals"] == 2
        for question in ("ask_condition", "ask_credit", "ask_photos", "ask_availability"):
            assert (await solaris.ask(question)).asked_for is None

    async def test_a_known_phone_is_never_asked_again(self, solaris: Dialogue) -> None:
        solaris.meta["phone_known"] = True
        said = await solaris.ask("ask_vin")
        assert "Напишите «да»" in said
        assert "номер," not in said
        agreed = await solaris.ask("affirm", text="да")
        lead = agreed.one(CapturedLead)
        assert (lead.step, lead.phone, lead.car_id) == ("history_report", None, IDS["solaris_white"])
        called = await solaris.ask("give_phone", text="позвоните мне")
        assert called.one(CapturedLead).phone is None

    async def test_yes_with_thanks_and_another_question(self, solaris: Dialogue) -> None:
        solaris.meta["phone_known"] = True
        await solaris.ask("ask_vin")
        said = await solaris.ask("affirm", "thank", "ask_address", text="да, спасибо, а где вы?")
        assert said.one(CapturedLead).step == "history_report"
        assert "Карта:" in said

    async def test_yes_without_a_phone_asks_for_the_number_alone(self, solaris: Dialogue) -> None:
        await solaris.ask("ask_vin")
        assert "Напишите номер" in await solaris.ask("affirm")
        lead = (await solaris.ask("give_phone", entities=[PHONE])).one(CapturedLead)
        assert lead.step == "history_report"

    async def test_a_late_yes_is_only_a_yes(self, solaris: Dialogue) -> None:
        solaris.meta["phone_known"] = True
        await solaris.ask("ask_vin")
        await solaris.ask("ask_address")
        assert not (await solaris.ask("affirm")).all(CapturedLead)


class TestPhone:
    async def test_the_lead_of_the_step_it_was_asked_for(self, solaris: Dialogue) -> None:
        await solaris.ask("ask_photos")
        said = await solaris.ask("give_phone", entities=[PHONE, entity("person", "Анна")])
        lead = said.one(CapturedLead)
        assert lead.model_dump(exclude={"details"}) == {
            "effect": "lead", "phone": "+79161234567", "name": "Анна", "step": "extra_photos",
            "topic": "photos", "department": "used_cars", "car_id": IDS["solaris_white"],
            "corrects": False,
        }  # fmt: skip
        assert "+7 916 123-45-67" in said

    async def test_the_step_survives_an_interruption(self, solaris: Dialogue) -> None:
        await solaris.ask("ask_photos")
        await solaris.ask("ask_address")
        lead = (await solaris.ask("give_phone", entities=[PHONE])).one(CapturedLead)
        assert lead.step == "extra_photos"

    async def test_unasked(self, talk: Dialogue) -> None:
        lead = (await talk.ask("give_phone", entities=[PHONE])).one(CapturedLead)
        assert lead.step == "call_back"

    async def test_a_valid_number_is_a_lead_whatever_was_understood(self, solaris: Dialogue) -> None:
        for intents in ((), ("ask_price",), ("out_of_scope",)):
            assert (await solaris.ask(*intents, entities=[PHONE])).one(CapturedLead).phone == "+79161234567"
        assert not (await solaris.ask("spam", entities=[PHONE])).all(CapturedLead)

    async def test_a_broken_number_is_asked_to_be_checked(self, solaris: Dialogue) -> None:
        await solaris.ask("ask_vin")
        said = await solaris.ask("give_phone", entities=[entity("phone", "8916123", valid=False)])
        assert "номер 8916123: в нём 7 цифр, а нужно 11, не хватает четырёх." in said
        assert not said.all(CapturedLead)
        lead = (await solaris.ask("give_phone", entities=[PHONE])).one(CapturedLead)
        assert lead.step == "history_report"

    async def test_the_answer_is_promised_by_the_hours_of_the_department(self, solaris: Dialogue) -> None:
        await solaris.ask("ask_vin")
        assert "в течение 10 минут" in await solaris.ask("give_phone", entities=[PHONE])
        solaris.now = NOON.replace(hour=19, minute=55)
        assert "завтра после 10:00" in await solaris.ask("request_human")
        solaris.now = dt.datetime(2026, 12, 31, 20, 0, tzinfo=NOON.tzinfo)
        del solaris.meta["open_ticket"]
        assert "3 января после 10:00" in await solaris.ask("complain")


class TestCourtesies:
    @pytest.mark.parametrize(
        "intents",
        [("thank",), ("affirm",), ("deny",), ("goodbye",), ("thank", "goodbye"), ("greet", "thank"),
         ("affirm", "thank", "goodbye"), ("insult",), ("out_of_scope",), ("spam",)],
    )  # fmt: skip
    async def test_get_one_short_courtesy(self, talk: Dialogue, intents: tuple[str, ...]) -> None:
        said = await talk.ask(*intents)
        assert len(said.paragraphs) == 1
        assert said.asked_for is None
        assert not said.all(OpenedTicket)

    async def test_say_nothing_beside_business(self, solaris: Dialogue) -> None:
        said = await solaris.ask("thank", "ask_price")
        assert said.paragraphs[0].endswith("1 190 000 ₽.")

    async def test_a_bot_says_that_it_is_one(self, talk: Dialogue) -> None:
        assert "Да, я бот" in await talk.ask("greet", "bot_challenge")

    async def test_thanks_do_not_end_what_was_asked(self, talk: Dialogue) -> None:
        await talk.ask("ask_trade_in", entities=[model("Kia", "Ceed", role="own")])
        await talk.ask("thank")
        assert "2014" in await talk.ask("nlu_fallback", text="2014")


class TestHandover:
    @pytest.mark.parametrize(
        ("intent", "reason", "department"),
        [("request_human", "asked", "used_cars"), ("complain", "complaint", "used_cars"),
         ("ask_service", "topic", "service"), ("ask_other", "topic", "used_cars"),
         ("attachment", "topic", "used_cars")],
    )  # fmt: skip
    async def test_to_whom(self, talk: Dialogue, intent: str, reason: str, department: str) -> None:
        ticket = (await talk.ask(intent, text="текст")).one(OpenedTicket)
        assert (ticket.reason, ticket.department, ticket.summary) == (reason, department, "текст")

    async def test_of_a_new_car_to_its_department(self, talk: Dialogue) -> None:
        said = await talk.ask("request_human", listing_ref=f"car{IDS['jolion_new']}")
        assert said.one(OpenedTicket).department == "new_cars"

    @pytest.mark.parametrize(("condition", "department"), [("new", "new_cars"), ("used", "used_cars")])
    async def test_of_the_kind_of_cars_that_is_named(
        self, talk: Dialogue, condition: str, department: str
    ) -> None:
        """«позовите менеджера по новым» went to the used cars."""
        said = await talk.ask("request_human", entities=[entity("condition", condition)])
        assert said.one(OpenedTicket).department == department

    async def test_who_names_the_kind_of_cars_means_it_whatever_the_talk_is_about(
        self, solaris: Dialogue
    ) -> None:
        said = await solaris.ask("request_human", entities=[entity("condition", "new")])
        assert said.one(OpenedTicket).department == "new_cars"

    @pytest.mark.parametrize(("condition", "department"), [("new", "new_cars"), ("used", "used_cars")])
    async def test_of_the_kind_of_cars_that_was_searched_for(
        self, talk: Dialogue, condition: str, department: str
    ) -> None:
        await talk.ask("search_car", entities=[entity("condition", condition)])
        assert (await talk.ask("request_human")).one(OpenedTicket).department == department

    @pytest.mark.parametrize(
        "text",
        ["договор поручительства можно подписать дистанционно?", "созаёмщику приезжать обязательно?"],
    )
    async def test_papers_of_a_loan_go_to_the_credit_department(self, solaris: Dialogue, text: str) -> None:
        assert (await solaris.ask("ask_other", text=text)).one(OpenedTicket).department == "credit"

    async def test_who_asks_for_a_person_gets_one_of_what_the_talk_was_about(self, solaris: Dialogue) -> None:
        await solaris.ask("ask_credit")
        ticket = (await solaris.ask("request_human")).one(OpenedTicket)
        assert (ticket.department, ticket.topic) == ("credit", "credit")

    async def test_a_voice_message_goes_to_those_who_sell_the_car_in_focus(self, talk: Dialogue) -> None:
        await talk.ask("ask_price", listing_ref=f"car{IDS['jolion_new']}")
        said = await talk.ask("attachment", attachments=("voice",))
        assert said.one(OpenedTicket).department == "new_cars"

    async def test_no_phone_is_asked_for_on_a_complaint(self, talk: Dialogue) -> None:
        assert (await talk.ask("complain")).asked_for is None

    async def test_an_open_ticket_is_announced_once(self, talk: Dialogue) -> None:
        first = await talk.ask("ask_service")
        assert "Передал ваш вопрос сервису" in first
        second = await talk.ask("ask_service", text="и ещё масло")
        assert "Добавил это к вашему вопросу" in second
        assert "Передал" not in second

    async def test_what_is_not_understood_is_added_to_the_open_ticket(self, talk: Dialogue) -> None:
        await talk.ask("ask_service")
        said = await talk.ask(text="абырвалг", ranking={"ask_price": 0.5})
        assert said.one(OpenedTicket).department == "service"
        assert "Добавил" in said

    async def test_questions_are_answered_meanwhile(self, solaris: Dialogue) -> None:
        await solaris.ask("request_human")
        assert "1 190 000 ₽" in await solaris.ask("ask_price")

    async def test_a_ticket_of_a_department_that_is_gone(self, talk: Dialogue) -> None:
        talk.meta["open_ticket"] = OpenTicket(department="closed_down", opened_at=NOON)
        assert (await talk.ask(text="абырвалг")).one(OpenedTicket).department == "used_cars"

    async def test_a_picture_beside_a_question(self, solaris: Dialogue) -> None:
        said = await solaris.ask("ask_price", attachments=("photo",))
        assert "1 190 000 ₽" in said.paragraphs[0]
        assert said.one(OpenedTicket)


class TestRobustness:
    async def test_a_very_long_text(self, talk: Dialogue) -> None:
        said = await talk.ask(text="й" * 100_000)
        assert len(said.one(OpenedTicket).summary) == 500
        assert (await talk.ask("search_car", text="9" * 5000)).paragraphs

    async def test_unknown_intents(self, talk: Dialogue) -> None:
        said = await talk.ask("ask_the_moon")
        assert said.one(OpenedTicket)

    @pytest.mark.parametrize(
        "intent",
        ["search_car", "ask_availability", "ask_price", "ask_credit", "ask_trade_in", "book_visit",
         "ask_equipment", "choose_car"],
    )  # fmt: skip
    async def test_strange_entities(self, talk: Dialogue, intent: str) -> None:
        strange = [
            entity("year", -2019), entity("year", "позапрошлый"), entity("amount", 0),
            entity("amount", 10**30, "max"), entity("amount", None, "min"), entity("colour", "ультра"),
            entity("gearbox", "magic"), entity("body", 7), entity("mileage", -1, "max"), entity("owners", -3),
            entity("day", "wd9"), entity("time", "99:99"), entity("car_id", -5), entity("car_id", 10**12),
            entity("model", "Solaris", "own"), entity("vin", ""), entity("option", ""),
            entity("power", "inf"),
            entity("term", float("inf")), entity("condition", "stolen"), entity("никакая", {"a": 1}),
        ]  # fmt: skip
        said = await talk.ask(intent, entities=strange)
        assert said.paragraphs

    async def test_a_model_without_a_make(self, talk: Dialogue) -> None:
        said = await talk.ask("ask_price", entities=[entity("model", "Solaris")])
        assert "None" not in said

    async def test_the_repeated_turn_answers_the_same(self, solaris: Dialogue) -> None:
        slots, meta = dict(solaris.slots), dict(solaris.meta)
        first = await solaris.ask("ask_price", "ask_credit")
        solaris.slots, solaris.meta, solaris.turns = slots, meta, 0
        assert (await solaris.ask("ask_price", "ask_credit")).reply == first.reply


class FakeDispatcher:
    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def utter_message(self, **message: Any) -> None:
        self.messages.append(message)


class FakeTracker:
    """What rasa-sdk gives of a conversation."""

    sender_id = "anna"

    def __init__(self, message: dict[str, Any], slots: dict[str, Any] | None = None) -> None:
        self.latest_message, self.slots = message, slots or {}


class TestAction:
    async def test_tracker_to_dispatcher(
        self, stock: Sessions, dealer: Dealer, responses: dict[str, Any]
    ) -> None:
        message = {
            "text": "солярис цена", "intent": {"name": "ask_price"}, "entities": [SOLARIS],
            "intents": [{"name": "ask_price", "confidence": 0.9}],
            "metadata": {"turn": "t1", "channel": "test", "now": NOON.isoformat(), "added_later": 1},
        }  # fmt: skip
        dispatcher = FakeDispatcher()
        action = AnswerAction(stock, dealer, OPTIONS)
        events = await action.run(dispatcher, FakeTracker(message), {"responses": responses})
        text, *effects = dispatcher.messages
        assert "Hyundai Solaris — в продаже" in text["text"]
        assert text["buttons"][0]["title"].startswith("2019")
        assert [e["json_message"]["effect"] for e in effects] == ["understood"]
        assert {e["name"] for e in events} == {"pending", "offered"}

    async def test_without_metadata_and_slots(
        self, stock: Sessions, dealer: Dealer, responses: dict[str, Any]
    ) -> None:
        dispatcher = FakeDispatcher()
        await AnswerAction(stock, dealer, OPTIONS).run(dispatcher, FakeTracker({}), {"responses": responses})
        assert dispatcher.messages[0]["text"]

    async def test_a_domain_without_texts_is_named(self, stock: Sessions, dealer: Dealer) -> None:
        with pytest.raises(SettingsError, match="responses"):
            await AnswerAction(stock, dealer, OPTIONS).run(FakeDispatcher(), FakeTracker({}), {})
