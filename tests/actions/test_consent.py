"""Consent to the processing of personal data: shown, agreed to, refused, taken back; and forgetting."""

import pytest

from bot.contract import (
    CapturedLead,
    ConsentGiven,
    ConsentRefused,
    ConsentShown,
    ConsentWithdrawn,
    ForgetMe,
    OpenedTicket,
    RefusedPhone,
)
from tests.actions.dialogue import Dialogue, entity, model

PHONE = entity("phone", "+79161234567", valid=True)


@pytest.fixture
async def held(solaris: Dialogue) -> Dialogue:
    """He gave his number unasked: it is kept, and nobody is told before he agrees."""
    await solaris.ask("give_phone", text="89161234567", entities=[PHONE])
    return solaris


async def test_a_number_after_the_text_is_an_agreement(solaris: Dialogue) -> None:
    asked = await solaris.ask("ask_vin")
    assert asked.one(ConsentShown)
    said = await solaris.ask("give_phone", entities=[PHONE])
    assert said.one(ConsentGiven).how == "number_after_text"
    assert said.one(CapturedLead).phone == "+79161234567"
    assert not said.titles


async def test_a_number_unasked_is_kept_and_the_agreement_asked_for(solaris: Dialogue) -> None:
    said = await solaris.ask("give_phone", text="89161234567", entities=[PHONE])
    assert said.one(CapturedLead).phone == "+79161234567"
    assert said.one(ConsentShown).version == solaris.dealer.consent.version
    assert not said.all(ConsentGiven)
    assert "кончается на 45-67" in said
    assert "916" not in said.text.replace(" ", "")
    assert solaris.dealer.consent.url in said
    assert said.titles == ["Согласен", "Не согласен"]


class TestAgreement:
    @pytest.mark.parametrize("text", ["Согласен", "да, согласна", "да", "1"])
    async def test_in_words(self, held: Dialogue, text: str) -> None:
        said = await held.ask(*(() if text == "1" else ("affirm",)), text=text)
        assert said.one(ConsentGiven).how == "words"
        assert "Спасибо за согласие! Передал: отдел автомобилей с пробегом перезвонит" in said
        assert not said.all(CapturedLead), "the lead is there already"

    async def test_by_the_button_however_late(self, solaris: Dialogue) -> None:
        await solaris.ask("book_visit", entities=[entity("day", "+1"), entity("time", "12:00")])
        solaris.meta["consent"] = "none"
        asked = await solaris.ask("give_phone", entities=[PHONE])
        await solaris.ask("ask_address")
        await solaris.ask("ask_price")
        said = await solaris.press(asked, "Согласен")
        assert said.one(ConsentGiven).how == "button"
        assert "подтвердит время" in said, "the button knows its step"

    async def test_to_a_text_that_has_changed_shows_the_new_one(self, solaris: Dialogue) -> None:
        solaris.meta |= {"phone_known": True, "phone_tail": "4567"}
        said = await solaris.send('/affirm{"consent": "2025-01", "step": "hold_car"}')
        assert said.one(ConsentShown).version == solaris.dealer.consent.version
        assert not said.all(ConsentGiven)

    async def test_in_words_to_a_text_that_did_not_arrive_shows_it_again(self, held: Dialogue) -> None:
        held.meta["consent"] = "none"
        said = await held.ask("affirm", text="согласен")
        assert said.one(ConsentShown)
        assert not said.all(ConsentGiven)

    async def test_twice_changes_nothing(self, held: Dialogue) -> None:
        await held.ask("affirm", text="согласен")
        held.meta["consent"] = "given"
        said = await held.send(f'/affirm{{"consent": "{held.dealer.consent.version}", "step": "call_back"}}')
        assert not said.all(ConsentGiven)

    async def test_with_a_question_answers_it_too(self, held: Dialogue) -> None:
        said = await held.ask("affirm", "ask_price", text="да, согласен, а сколько стоит?")
        assert said.one(ConsentGiven)
        assert "1 190 000 ₽" in said

    async def test_other_business_is_no_agreement(self, held: Dialogue) -> None:
        said = await held.ask("ask_price", text="сколько стоит?")
        assert not said.all(ConsentGiven)
        assert "1 190 000 ₽" in said

    async def test_a_later_yes_is_about_something_else(self, held: Dialogue) -> None:
        await held.ask("ask_address")
        assert not (await held.ask("affirm", text="да")).all(ConsentGiven)

    async def test_but_a_later_word_of_agreement_is(self, held: Dialogue) -> None:
        await held.ask("ask_address")
        assert (await held.ask("affirm", text="Согласна.")).one(ConsentGiven)

    async def test_a_correction_is_no_agreement(self, held: Dialogue) -> None:
        said = await held.ask(
            "give_phone", text="ой, 89261002030", entities=[entity("phone", "+79261002030")]
        )
        assert (said.one(CapturedLead).phone, said.one(CapturedLead).corrects) == ("+79261002030", True)
        assert not said.all(ConsentGiven)
        assert said.titles == ["Согласен", "Не согласен"]

    async def test_the_second_of_two_numbers_is_asked_about_after_it(self, solaris: Dialogue) -> None:
        await solaris.ask("give_phone", entities=[PHONE, entity("phone", "+79261002030")])
        said = await solaris.ask("affirm", text="согласен")
        assert "На какой удобнее позвонить?" in said
        assert (await solaris.ask("deny", text="второй")).one(CapturedLead).phone == "+79261002030"


class TestRefusal:
    @pytest.mark.parametrize("text", ["Не согласен", "нет", "2"])
    async def test_goes_on_in_the_chat_and_tells_how_to_call(self, held: Dialogue, text: str) -> None:
        said = await held.ask(*(() if text == "2" else ("deny",)), text=text)
        assert said.one(RefusedPhone)
        assert not said.all(ConsentGiven)
        assert "+7 812 000-16-30" in said

    async def test_by_the_button(self, solaris: Dialogue) -> None:
        asked = await solaris.ask("give_phone", entities=[PHONE])
        assert (await solaris.press(asked, "Не согласен")).one(RefusedPhone)

    async def test_a_number_after_it_is_no_agreement_by_itself(self, held: Dialogue) -> None:
        await held.ask("deny", text="не согласен")
        said = await held.ask("give_phone", entities=[PHONE])
        assert not said.all(ConsentGiven)
        assert said.titles == ["Согласен", "Не согласен"]

    async def test_a_known_number_without_consent_is_asked_about_when_it_is_needed(
        self, held: Dialogue
    ) -> None:
        await held.ask("deny", text="не согласен")
        await held.ask("ask_vin")
        said = await held.ask("affirm", text="да")
        assert said.titles == ["Согласен", "Не согласен"]
        assert not said.all(ConsentGiven)

    async def test_is_told_to_the_gateway_with_the_version(self, held: Dialogue) -> None:
        said = await held.ask("deny", text="не согласен")
        assert said.one(ConsentRefused).version == held.dealer.consent.version

    async def test_of_an_older_text_by_its_button_says_which(self, solaris: Dialogue) -> None:
        said = await solaris.send('/deny{"consent": "2025-01", "step": "hold_car"}')
        assert said.one(ConsentRefused).version == "2025-01"

    async def test_in_another_of_his_channels_is_known_here(self, solaris: Dialogue) -> None:
        solaris.meta |= {"consent": "refused", "phone_known": True, "phone_tail": "4567"}
        said = await solaris.ask("give_phone", entities=[PHONE])
        assert not said.all(ConsentGiven)
        assert said.titles == ["Согласен", "Не согласен"]


@pytest.fixture
async def of_new_text(solaris: Dialogue) -> Dialogue:
    """He agreed to an earlier text, and is asked about the present one."""
    solaris.meta |= {"consent": "none", "consent_holds": True, "phone_known": True, "phone_tail": "4567"}
    await solaris.ask("give_phone", entities=[PHONE])
    return solaris


class TestRefusalOfANewText:
    async def test_says_honestly_that_the_earlier_agreement_holds_and_asks_of_it(
        self, of_new_text: Dialogue
    ) -> None:
        said = await of_new_text.ask("deny", text="не согласен")
        assert said.one(ConsentRefused)
        assert not said.all(ConsentWithdrawn)
        assert "раньше вы уже соглашались" in said
        assert "никому не передам" not in said
        assert said.titles == ["Отозвать", "Оставить"]

    @pytest.mark.parametrize("text", ["да", "да, отзовите", "отзывайте", "1"])
    async def test_then_a_plain_yes_takes_it_back(self, of_new_text: Dialogue, text: str) -> None:
        await of_new_text.ask("deny", text="не согласен")
        said = await of_new_text.ask(*(("affirm",) if "да" in text else ()), text=text)
        assert said.one(ConsentWithdrawn)

    async def test_or_the_button_however_late(self, of_new_text: Dialogue) -> None:
        asked = await of_new_text.ask("deny", text="не согласен")
        await of_new_text.ask("ask_address")
        assert (await of_new_text.press(asked, "Отозвать")).one(ConsentWithdrawn)

    async def test_no_leaves_it(self, of_new_text: Dialogue) -> None:
        asked = await of_new_text.ask("deny", text="не согласен")
        said = await of_new_text.press(asked, "Оставить")
        assert not said.all(ConsentWithdrawn)
        assert "прежнее согласие остаётся в силе" in said

    async def test_other_business_leaves_it_too(self, of_new_text: Dialogue) -> None:
        await of_new_text.ask("deny", text="не согласен")
        said = await of_new_text.ask("affirm", "ask_price", text="да, а сколько стоит?")
        assert not said.all(ConsentWithdrawn)
        assert "1 190 000 ₽" in said


class TestWithdrawal:
    async def test_in_another_of_his_channels_ends_the_offers_here(self, solaris: Dialogue) -> None:
        solaris.meta |= {"consent": "withdrawn", "phone_known": True}
        assert (await solaris.ask("ask_vin")).asked_for is None

    @pytest.mark.parametrize(
        ("intents", "text"),
        [
            (("affirm",), "отзываю согласие"),
            (("refuse_phone",), "отзываю своё согласие на обработку персональных данных"),
            ((), "хочу отозвать согласие"),
            ((), "согласие на обработку данных отзываю"),
            (("deny",), "больше не согласна на обработку"),
        ],
    )
    async def test_by_its_words_whatever_was_understood(
        self, solaris: Dialogue, intents: tuple[str, ...], text: str
    ) -> None:
        solaris.meta |= {"consent": "given", "phone_known": True}
        said = await solaris.ask(*intents, text=text)
        assert said.one(ConsentWithdrawn)
        assert "Согласие отозвано" in said
        assert not said.all(OpenedTicket)

    async def test_afterwards_a_number_needs_an_agreement_again(self, solaris: Dialogue) -> None:
        solaris.meta |= {"consent": "given", "phone_known": True}
        await solaris.ask(text="отзываю согласие")
        assert (await solaris.ask("give_phone", entities=[PHONE])).titles == ["Согласен", "Не согласен"]

    async def test_afterwards_no_step_is_offered_until_he_gives_his_number_himself(
        self, solaris: Dialogue
    ) -> None:
        solaris.meta |= {"consent": "given", "phone_known": True}
        await solaris.ask(text="отзываю согласие")
        assert (await solaris.ask("ask_vin")).asked_for is None
        assert (await solaris.ask("ask_condition")).asked_for is None
        asked = await solaris.ask("give_phone", entities=[PHONE])
        await solaris.press(asked, "Согласен")
        assert (await solaris.ask("ask_credit")).asked_for == "credit_check"

    @pytest.mark.parametrize("intent", ["request_human", "refuse_phone", "affirm"])
    async def test_afterwards_a_wish_to_be_called_asks_for_it_anew(
        self, solaris: Dialogue, intent: str
    ) -> None:
        solaris.meta |= {"consent": "given", "phone_known": True}
        await solaris.ask(text="отзываю согласие")
        said = await solaris.ask(intent, text="ладно позвоните")
        assert said.titles == ["Согласен", "Не согласен"]
        assert said.one(CapturedLead)
        assert not said.all(OpenedTicket)
        assert (await solaris.ask("affirm", text="да")).one(ConsentGiven)

    async def test_afterwards_who_asks_why_he_is_called_is_not_asked(self, solaris: Dialogue) -> None:
        solaris.meta |= {"consent": "withdrawn", "phone_known": True}
        said = await solaris.ask("request_human", text="зачем опять звоните")
        assert not said.all(CapturedLead)

    @pytest.mark.parametrize("text", ["а согласие на тест-драйв нужно?", "согласен на вашу цену"])
    async def test_other_talk_of_agreeing_is_none(self, solaris: Dialogue, text: str) -> None:
        said = await solaris.ask("ask_price", text=text)
        assert not said.all(ConsentWithdrawn)
        assert not said.all(ConsentGiven)


class TestForgetting:
    @pytest.mark.parametrize(
        "text",
        ["удалите мои данные", "Удали мой номер", "сотрите всё, что обо мне знаете", "удалите меня из базы",
         "прошу удалить мои персональные данные", "забудьте про меня", "удалите всю переписку"],
    )  # fmt: skip
    async def test_is_asked_about_once(self, solaris: Dialogue, text: str) -> None:
        said = await solaris.ask("refuse_phone", text=text)
        assert said.titles == ["Удалить", "Оставить"]
        assert not said.all(ForgetMe)

    @pytest.mark.parametrize(
        "text",
        ["не забудьте мой номер", "удалите этот номер, вот верный 89261002030", "уберите царапину и заберу",
         "уже удалили объявление?", "не забудьте меня записать"],
    )  # fmt: skip
    async def test_is_not_heard_in_other_words(self, solaris: Dialogue, text: str) -> None:
        numbers = [entity("phone", "+79261002030")] if "8926" in text else []
        assert "Удалить" not in (await solaris.ask("ask_price", text=text, entities=numbers)).titles

    async def test_confirmed_by_the_button(self, solaris: Dialogue) -> None:
        asked = await solaris.ask(text="удалите мои данные")
        assert (await solaris.press(asked, "Удалить")).one(ForgetMe)

    @pytest.mark.parametrize(
        ("intents", "text"), [(("affirm",), "да"), ((), "удаляйте"), (("affirm",), "да, удаляйте")]
    )
    async def test_confirmed_in_words(self, solaris: Dialogue, intents: tuple[str, ...], text: str) -> None:
        await solaris.ask(text="удалите мои данные")
        assert (await solaris.ask(*intents, text=text)).one(ForgetMe)

    @pytest.mark.parametrize(
        ("intents", "text"), [(("deny",), "нет"), (("deny",), "не надо, оставьте"), ((), "передумал")]
    )
    async def test_not_confirmed(self, solaris: Dialogue, intents: tuple[str, ...], text: str) -> None:
        await solaris.ask(text="удалите мои данные")
        said = await solaris.ask(*intents, text=text)
        assert not said.all(ForgetMe)
        assert "всё остаётся" in said

    async def test_a_later_yes_deletes_nothing(self, solaris: Dialogue) -> None:
        await solaris.ask(text="удалите мои данные")
        await solaris.ask("ask_price", text="хотя сколько стоит?")
        assert not (await solaris.ask("affirm", text="да")).all(ForgetMe)

    async def test_the_dialogue_forgets_at_once(self, talk: Dialogue) -> None:
        await talk.ask("ask_trade_in", entities=[model("Kia", "Ceed", role="own")])
        asked = await talk.ask(text="удалите мои данные")
        await talk.press(asked, "Удалить")
        assert not talk.memory.own_car.started
        assert talk.memory.pending is None
