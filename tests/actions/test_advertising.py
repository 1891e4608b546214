"""Consent to advertising: asked once, beside a courtesy; a condition of nothing; taken back by a word."""

import pytest

from bot.contract import (
    CapturedLead,
    ConsentGiven,
    ConsentRefused,
    ConsentShown,
    ConsentWithdrawn,
    ForgetMe,
    OpenTicket,
)
from tests.actions.dialogue import NOON, Dialogue, Said, entity

PHONE = entity("phone", "+79161234567", valid=True)
ASKED = "Хотите иногда получать"
BUTTONS = ["Да, присылайте", "Не нужно"]


@pytest.fixture
async def left(solaris: Dialogue) -> Dialogue:
    """He left his number with his consent and was thanked for it."""
    await solaris.ask("ask_vin")
    await solaris.ask("give_phone", entities=[PHONE])
    return solaris


@pytest.fixture
async def offered(left: Dialogue) -> Dialogue:
    await left.ask("thank", text="спасибо")
    return left


def _offers(said: Said) -> bool:
    return ASKED in said or "Да, присылайте" in said.titles


class TestTheOffer:
    @pytest.mark.parametrize("courtesy", ["thank", "goodbye"])
    async def test_follows_a_courtesy_after_the_number_in_a_paragraph_of_its_own(
        self, left: Dialogue, courtesy: str
    ) -> None:
        said = await left.ask(courtesy)
        terms = left.dealer.consent.advertising
        assert terms is not None
        assert said.paragraphs[-1].startswith(ASKED)
        assert terms.url in said.paragraphs[-1]
        assert said.titles == BUTTONS
        shown = said.one(ConsentShown)
        assert (shown.kind, shown.version, shown.question) == ("advertising", terms.version, True)

    async def test_is_made_once(self, offered: Dialogue) -> None:
        assert not _offers(await offered.ask("thank"))
        assert not _offers(await offered.ask("goodbye"))

    async def test_is_not_made_with_the_number_itself(self, solaris: Dialogue) -> None:
        await solaris.ask("ask_vin")
        assert not _offers(await solaris.ask("thank", "give_phone", entities=[PHONE]))

    async def test_is_not_made_to_one_who_left_no_number(self, solaris: Dialogue) -> None:
        await solaris.ask("ask_vin")
        assert not _offers(await solaris.ask("thank"))

    async def test_is_not_made_while_his_agreement_is_awaited(self, solaris: Dialogue) -> None:
        await solaris.ask("give_phone", entities=[PHONE])
        assert not _offers(await solaris.ask("thank"))

    async def test_is_not_made_while_the_bot_waits_for_an_answer(self, left: Dialogue) -> None:
        assert "Придержать" in await left.ask("ask_availability")
        assert not _offers(await left.ask("thank"))

    async def test_is_not_made_with_the_answer_to_a_question(self, left: Dialogue) -> None:
        assert not _offers(await left.ask("thank", "ask_address"))

    async def test_is_not_made_while_he_waits_for_a_person(self, left: Dialogue) -> None:
        left.meta["open_ticket"] = OpenTicket(department="used_cars", opened_at=NOON)
        assert not _offers(await left.ask("thank"))

    async def test_is_not_made_when_a_person_was_thanked(self, left: Dialogue) -> None:
        assert not _offers(await left.ask("thank", after_person=True))

    async def test_is_not_made_without_a_text_in_dealer_yml(self, left: Dialogue) -> None:
        silent = left.dealer.consent.model_copy(update={"advertising": None})
        left.dealer = left.dealer.model_copy(update={"consent": silent})
        assert not _offers(await left.ask("thank"))


class TestTheAnswer:
    async def test_yes_by_the_button(self, left: Dialogue) -> None:
        asked = await left.ask("thank")
        given = (await left.press(asked, "Да")).one(ConsentGiven)
        assert (given.kind, given.how) == ("advertising", "button")

    async def test_no_by_the_button_is_a_refusal_and_nothing_more(self, left: Dialogue) -> None:
        asked = await left.ask("thank")
        said = await left.press(asked, "Не нужно")
        assert said.one(ConsentRefused).kind == "advertising"
        assert left.meta["consent"] == "given"
        assert left.meta.get("phone_refusals", 0) == 0

    @pytest.mark.parametrize("text", ["да", "Да, присылайте", "присылайте пожалуйста", "согласна", "1"])
    async def test_yes_in_words(self, offered: Dialogue, text: str) -> None:
        given = (await offered.ask("affirm", text=text)).one(ConsentGiven)
        assert (given.kind, given.how) == ("advertising", "words")

    @pytest.mark.parametrize("text", ["нет", "спасибо, не надо", "не нужно", "нет, не хочу", "2"])
    async def test_no_in_words(self, offered: Dialogue, text: str) -> None:
        assert (await offered.ask("deny", text=text)).one(ConsentRefused).kind == "advertising"

    @pytest.mark.parametrize(
        "text", ["ок", "да, но не сейчас", "да, а сколько стоит?", "понял", "да, завтра приеду"]
    )
    async def test_anything_else_is_no_agreement(self, offered: Dialogue, text: str) -> None:
        assert not (await offered.ask("affirm", text=text)).all(ConsentGiven)

    async def test_a_no_to_calls_is_not_about_advertising(self, offered: Dialogue) -> None:
        assert not (await offered.ask("refuse_phone", text="не надо звонить")).all(ConsentRefused)

    async def test_a_later_yes_is_about_something_else(self, offered: Dialogue) -> None:
        await offered.ask("ask_address")
        assert not (await offered.ask("affirm", text="да")).all(ConsentGiven)

    async def test_no_pressed_after_yes_takes_it_back(self, left: Dialogue) -> None:
        asked = await left.ask("thank")
        await left.press(asked, "Да")
        assert (await left.press(asked, "Не нужно")).one(ConsentWithdrawn).kind == "advertising"


class TestTakingItBack:
    @pytest.mark.parametrize(
        "text",
        ["не присылайте рекламу", "Не надо мне присылать ваши акции!", "больше не шлите новости",
         "рекламу мне не присылайте", "отпишите", "отпишите меня", "хочу отписаться", "хватит рассылок",
         "хватит слать мне рекламу", "прекратите присылать спам", "реклама не нужна", "не хочу рекламы",
         "отключите рассылку", "рассылку отключите", "уберите меня из рассылки",
         "отзываю согласие на рекламу", "отказываюсь от рассылки"],
    )  # fmt: skip
    @pytest.mark.parametrize("intents", [(), ("deny",), ("refuse_phone",), ("complain",)])
    async def test_is_heard_by_its_words_and_leaves_the_rest(
        self, left: Dialogue, intents: tuple[str, ...], text: str
    ) -> None:
        left.meta["advertising"] = "given"
        said = await left.ask(*intents, text=text)
        assert [effect.kind for effect in said.all(ConsentWithdrawn)] == ["advertising"]
        assert left.meta["consent"] == "given"
        assert "рекламу присылать не будем" in said
        assert said.titles == []

    @pytest.mark.parametrize(
        "text",
        ["в рекламе другая цена", "не вижу акции на сайте", "не присылайте пока фото", "без акции сколько?",
         "отпишитесь по цене", "отпишите мне, когда будет", "не нашёл в рекламе пробег", "есть новости?",
         "не присылали ещё предложение?", "звоню по рекламе"],
    )  # fmt: skip
    async def test_is_not_heard_in_other_words(self, left: Dialogue, text: str) -> None:
        assert not (await left.ask("ask_price", text=text)).all(ConsentWithdrawn)

    async def test_before_it_was_asked_ends_the_matter(self, left: Dialogue) -> None:
        await left.ask(text="только не шлите рекламу")
        assert not _offers(await left.ask("thank"))

    async def test_a_number_in_the_same_message_is_taken(self, solaris: Dialogue) -> None:
        await solaris.ask("ask_vin")
        said = await solaris.ask("give_phone", text="89161234567, только без рекламы", entities=[PHONE])
        assert said.one(ConsentWithdrawn).kind == "advertising"
        assert said.one(CapturedLead).phone == "+79161234567"
        assert said.one(ConsentGiven).kind == "processing"

    async def test_an_agreement_to_the_rest_is_taken(self, solaris: Dialogue) -> None:
        await solaris.ask("give_phone", text="89161234567", entities=[PHONE])
        said = await solaris.ask("affirm", text="согласна, только без рекламы")
        assert said.one(ConsentWithdrawn).kind == "advertising"
        assert said.one(ConsentGiven).kind == "processing"

    async def test_a_question_in_the_same_message_is_answered(self, left: Dialogue) -> None:
        said = await left.ask("ask_price", text="не шлите мне рекламу. сколько стоит?")
        assert said.one(ConsentWithdrawn).kind == "advertising"
        assert "1 190 000 ₽" in said

    async def test_a_wish_to_be_forgotten_is_asked_about_as_well(self, left: Dialogue) -> None:
        said = await left.ask(text="не шлите рекламу и удалите мои данные")
        assert said.one(ConsentWithdrawn).kind == "advertising"
        assert said.titles == ["Удалить", "Оставить"]
        assert (await left.press(said, "Удалить")).one(ForgetMe)

    async def test_a_withdrawal_of_everything_is_one_of_everything(self, left: Dialogue) -> None:
        said = await left.ask(text="отзываю согласие на обработку, и не шлите рекламу")
        assert said.one(ConsentWithdrawn).kind == "processing"
