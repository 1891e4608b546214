"""Being unsure: which guesses become buttons, who is asked otherwise, and what the customer hears of it."""

from collections.abc import Mapping

import pytest

from actions.unsure import TITLES
from bot.contract import CapturedLead, OpenedTicket, OpenTicket, Understood
from tests.actions.dialogue import NOON, SOLARIS, Dialogue, aspect, entity, model
from tests.actions.stock import IDS

MONEY = {"ask_price": 0.35, "ask_credit": 0.3}
NOTHING = {"ask_price": 0.05}


@pytest.fixture
def waiting(solaris: Dialogue) -> Dialogue:
    """The credit department has been asked already."""
    solaris.meta["open_ticket"] = OpenTicket(department="credit", opened_at=NOON)
    return solaris


class TestGuesses:
    @pytest.mark.parametrize(
        ("ranking", "titles"),
        [
            ({"ask_price": 0.3, "ask_credit": 0.29, "ask_vin": 0.28, "ask_photos": 0.27},
             ["Цена и торг", "Кредит", "VIN"]),
            ({"ask_price": 0.6, "ask_credit": 0.25}, ["Цена и торг"]),
            ({"ask_price": 0.2, "ask_credit": 0.14}, ["Цена и торг"]),
            ({"greet": 0.28, "ask_address": 0.2, "thank": 0.2, "affirm": 0.2}, ["Адрес и часы работы"]),
            ({"ask_availability": 0.65, "out_of_scope": 0.3, "spam": 0.2}, ["Ещё продаётся?"]),
            ({"out_of_scope": 0.19, "search_car": 0.18}, ["Подбор автомобиля"]),
            ({"ask_price": 0.4, "complain": 0.35, "ask_other": 0.3}, ["Цена и торг", "Другой вопрос"]),
            ({"ask_other": 0.3, "ask_credit": 0.2}, ["Другой вопрос", "Кредит"]),
        ],
        ids=["at most three", "far behind", "too faint", "no courtesy", "maybe a joke", "as likely a joke",
             "no button to complain", "another question in company"],
    )  # fmt: skip
    async def test_near_ones_become_buttons(
        self, solaris: Dialogue, ranking: Mapping[str, float], titles: list[str]
    ) -> None:
        said = await solaris.ask(text="эээ ну это", ranking=ranking)
        assert said.titles == titles
        assert not said.all(OpenedTicket)
        assert said.asked_for is None

    @pytest.mark.parametrize(
        "ranking",
        [
            {},
            NOTHING,
            {"thank": 0.4, "ask_price": 0.16},
            {"complain": 0.3, "ask_price": 0.28},
            {"ask_other": 0.3},
            {"request_human": 0.3},
        ],
        ids=["none", "faint", "behind a courtesy", "a complaint first", "another question", "a person"],
    )
    async def test_without_a_near_one_a_person_is_asked_at_once(
        self, solaris: Dialogue, ranking: Mapping[str, float]
    ) -> None:
        said = await solaris.ask(text="абырвалг", ranking=ranking)
        assert said.titles == []
        ticket = said.one(OpenedTicket)
        assert ticket.reason == "unsure"
        assert ticket.summary == "абырвалг"
        assert ticket.car_id == IDS["solaris_white"]

    async def test_one_guess_can_be_answered_yes_or_no(self, solaris: Dialogue) -> None:
        assert "вы об этом?" in (await solaris.ask(text="это как", ranking={"ask_vin": 0.3})).text.lower()

    @pytest.mark.parametrize("intent", TITLES)
    async def test_every_button_is_answered(self, solaris: Dialogue, intent: str) -> None:
        said = await solaris.ask(text="это как", ranking={intent: 0.3, "ask_service": 0.3})
        answered = await solaris.press(said, TITLES[intent])
        assert answered.text
        assert answered.one(Understood).ok


class TestDepartment:
    @pytest.mark.parametrize(
        ("ranking", "department"),
        [
            ({"ask_credit": 0.3}, "credit"),
            ({"ask_trade_in": 0.3, "ask_credit": 0.29}, "trade_in"),
            ({"ask_service": 0.3}, "service"),
            ({"request_human": 0.3}, "used_cars"),
            ({"complain": 0.3}, "used_cars"),
            ({"ask_credit": 0.1}, "used_cars"),
            ({}, "used_cars"),
        ],
    )
    async def test_by_the_best_guess(
        self, talk: Dialogue, ranking: Mapping[str, float], department: str
    ) -> None:
        said = await talk.ask(text="абырвалг", ranking=ranking, failures_in_a_row=1)
        assert said.one(OpenedTicket).department == department

    async def test_of_the_cars_kind(self, talk: Dialogue) -> None:
        talk.meta["focus_car_id"] = IDS["jolion_new"]
        said = await talk.ask(text="абырвалг", ranking={"ask_vin": 0.3}, failures_in_a_row=1)
        assert said.one(OpenedTicket).department == "new_cars"


class TestPress:
    async def test_answers_with_roles_of_the_original(self, talk: Dialogue) -> None:
        limits = [entity("amount", 1_300_000, "max"), entity("year", 2018, "min")]
        said = await talk.ask(text="1.3 край 18+", entities=limits, ranking={"search_car": 0.4})
        await talk.press(said, "Подбор")
        assert (talk.memory.wish.price_max, talk.memory.wish.year_min) == (1_300_000, 2018)

    async def test_answers_with_the_customers_own_car(self, solaris: Dialogue) -> None:
        own = [model("Kia", "Ceed", role="own"), entity("year", 2014, "own")]
        said = await solaris.ask(text="сид 14", entities=own, ranking={"ask_trade_in": 0.4, "ask_price": 0.3})
        await solaris.press(said, "Трейд-ин")
        assert solaris.memory.own_car.model_dump(exclude_none=True) == {
            "make": "Kia", "model": "Ceed", "year": 2014
        }  # fmt: skip

    async def test_answers_with_ambiguous_models(self, talk: Dialogue) -> None:
        six = model("Mazda", "6", others=[("BMW", "6 Series"), ("Audi", "A6")])
        said = await talk.ask(text="шаха", entities=[six], ranking={"search_car": 0.4})
        await talk.press(said, "Подбор")
        assert talk.memory.wish.cars == (("Mazda", "6"), ("BMW", "6 Series"), ("Audi", "A6"))

    async def test_answers_with_units(self, talk: Dialogue) -> None:
        thirty = entity("down_payment", 30, unit="percent")
        said = await talk.ask(text="30%", entities=[thirty], ranking={"ask_credit": 0.3})
        await talk.press(said, "Кредит")
        assert talk.memory.credit.down_percent == 30

    async def test_asks_no_aspect_of_another_question(self, solaris: Dialogue) -> None:
        ranking = {"ask_price": 0.4, "ask_condition": 0.4}
        said = await solaris.ask(text="это как", entities=aspect("ask_condition", "rust"), ranking=ranking)
        answered = await solaris.press(said, "Цена")
        assert "1 190 000 ₽" in answered.paragraphs[0]
        assert len(answered.paragraphs) == 2  # and the next step

    async def test_of_an_old_button_answers_its_own_message(self, talk: Dialogue) -> None:
        old = await talk.ask(text="сол", entities=[SOLARIS, entity("colour", "white")],
                             ranking={"ask_price": 0.4, "ask_vin": 0.3})  # fmt: skip
        await talk.ask("greet")
        newer = await talk.ask(
            text="джол", entities=[model("Haval", "Jolion")], ranking={"ask_price": 0.4, "ask_vin": 0.3}
        )
        assert "1 190 000 ₽" in await talk.press(old, "Цена")
        await talk.press(newer, "Цена")
        assert talk.meta["focus_car_id"] == IDS["jolion_new"]

    async def test_is_no_answer_to_what_was_asked_since(self, solaris: Dialogue) -> None:
        said = await solaris.ask(
            text="900", entities=[entity("amount", 900_000)], ranking={"ask_availability": 0.4}
        )
        await solaris.ask("ask_trade_in")
        assert "продаже" in await solaris.press(said, "Ещё продаётся?")

    async def test_hands_the_customers_words_to_the_department(self, solaris: Dialogue) -> None:
        said = await solaris.ask(text="тык-мык масло", ranking={"ask_service": 0.4})
        ticket = (await solaris.press(said, "Сервис")).one(OpenedTicket)
        assert (ticket.department, ticket.summary) == ("service", "тык-мык масло")

    async def test_takes_several_lines_and_quotes(self, talk: Dialogue) -> None:
        words = 'эй {"a": 1}\n"цена" \\ /где'
        said = await talk.ask(text=words, ranking={"ask_service": 0.4})
        assert "\n" not in said.reply.choices[0].payload
        assert (await talk.press(said, "Сервис")).one(OpenedTicket).summary == words


class TestTypedInsteadOfPressed:
    GUESSES = {"search_car": 0.4, "ask_credit": 0.35}  # noqa: RUF012 (read only)

    @pytest.fixture
    async def asked(self, talk: Dialogue) -> Dialogue:
        heard = [entity("down_payment", 30, unit="percent"), entity("amount", 1_300_000, "max")]
        await talk.ask(text="1.3 и 30%", entities=heard, ranking=self.GUESSES)
        return talk

    @pytest.mark.parametrize(
        ("text", "intents"),
        [("2", ()), ("второе", ()), ("Второй вариант, пожалуйста", ("ask_availability",)),
         ("вторую", ("affirm",)), ("№ 2", ("out_of_scope",)),
         ("да, кредит", ("affirm", "ask_credit")), ("Кредит", ()), ("кредит!", ("ask_credit",))],
    )  # fmt: skip
    async def test_the_guess_is_answered(self, asked: Dialogue, text: str, intents: tuple[str, ...]) -> None:
        said = await asked.ask(*intents, text=text)
        assert asked.memory.credit.down_percent == 30
        assert said.one(Understood).ok
        assert not said.all(OpenedTicket)

    async def test_yes_to_the_only_guess(self, solaris: Dialogue) -> None:
        await solaris.ask(text="деньги", ranking={"ask_price": 0.4})
        assert "1 190 000 ₽" in await solaris.ask("affirm", text="да")

    async def test_no_is_a_second_failure(self, solaris: Dialogue) -> None:
        await solaris.ask(text="тык-мык", ranking={"ask_price": 0.4})
        said = await solaris.ask("deny", text="нет")
        assert said.one(OpenedTicket).summary.endswith("тык-мык")

    @pytest.mark.parametrize("text", ["5", "3", "ни то ни сё", "второй год жду ответа от вас"])
    async def test_what_is_no_guess_goes_to_a_person(self, asked: Dialogue, text: str) -> None:
        assert (await asked.ask(text=text)).one(OpenedTicket).reason == "unsure"

    async def test_a_question_of_its_own_takes_nothing_along(self, asked: Dialogue) -> None:
        said = await asked.ask("ask_credit", text="солярис в кредит", entities=[SOLARIS])
        assert asked.memory.credit.down_percent is None
        assert said.one(Understood).ok

    async def test_something_new_is_answered(self, asked: Dialogue) -> None:
        assert "Карта:" in await asked.ask("ask_address", text="а где вы?")

    async def test_a_guess_and_something_new_are_both_answered(self, asked: Dialogue) -> None:
        said = await asked.ask("ask_credit", "ask_address", text="кредит и адрес")
        assert "Карта:" in said
        assert len(said.paragraphs) > 1


class TestWhatWasAskedBefore:
    async def test_still_stands(self, talk: Dialogue) -> None:
        await talk.ask("ask_trade_in", entities=[model("Kia", "Ceed", role="own")])
        await talk.ask(text="хм ну чё", ranking={"ask_price": 0.4})
        await talk.ask(text="2014")
        assert talk.memory.own_car.year == 2014

    async def test_a_number_belongs_to_the_step_it_was_asked_for(self, solaris: Dialogue) -> None:
        await solaris.ask("ask_vin")
        await solaris.ask(text="хм ну чё", ranking={"ask_price": 0.4})
        said = await solaris.ask("give_phone", entities=[entity("phone", "+79161234567", valid=True)])
        assert said.one(CapturedLead).step == "history_report"

    async def test_an_answer_to_the_bot_is_no_failure(self, talk: Dialogue) -> None:
        await talk.ask("ask_trade_in", entities=[model("Kia", "Ceed", role="own")])
        assert (await talk.ask(text="2014")).one(Understood).ok


class TestFailuresInARow:
    async def test_never_loop_and_never_repeat_a_sentence(self, solaris: Dialogue) -> None:
        replies = [await solaris.ask(text="абырвалг", ranking=MONEY) for _ in range(6)]
        heard = [said.text for said in replies if said.text]
        assert len(heard) == len(set(heard)) == 3
        assert [bool(said.text) for said in replies] == [True] * 3 + [False] * 3
        assert [len(said.all(OpenedTicket)) for said in replies] == [0, 1, 1, 1, 1, 1]
        assert [said.titles for said in replies[1:]] == [[]] * 5

    async def test_with_a_person_asked_before(self, waiting: Dialogue) -> None:
        replies = [await waiting.ask(text="абырвалг", ranking=MONEY) for _ in range(4)]
        heard = [said.paragraphs[0] for said in replies[:3]]
        assert len(set(heard)) == 3
        assert all("в течение" not in text for text in heard)  # it was said when they were asked
        assert replies[3].text == ""
        assert all(said.one(OpenedTicket).department == "credit" for said in replies)

    async def test_what_it_knows_is_answered_in_between(self, waiting: Dialogue) -> None:
        for _ in range(4):
            await waiting.ask(text="абырвалг", ranking=MONEY)
        assert "1 190 000 ₽" in await waiting.ask("ask_price")
        assert "Добавил это" in await waiting.ask(text="абырвалг", ranking=MONEY)
