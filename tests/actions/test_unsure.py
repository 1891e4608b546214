"""Being unsure: which guesses become buttons, who is asked otherwise, and what the customer hears of it."""

from collections.abc import Mapping

import pytest

from actions.unsure import TITLES
from bot.contract import OpenedTicket, OpenTicket, Understood
from tests.actions.dialogue import NOON, Dialogue

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
        ],
        ids=["at most three", "far behind", "too faint", "no courtesy", "maybe a joke", "as likely a joke",
             "no button to complain"],
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
        [{}, NOTHING, {"thank": 0.4, "ask_price": 0.16}, {"complain": 0.3, "ask_price": 0.28}],
        ids=["none", "faint", "behind a courtesy", "a complaint first"],
    )
    async def test_without_a_near_one_a_person_is_asked_at_once(
        self, solaris: Dialogue, ranking: Mapping[str, float]
    ) -> None:
        said = await solaris.ask(text="абырвалг", ranking=ranking)
        assert said.titles == []
        ticket = said.one(OpenedTicket)
        assert (ticket.reason, ticket.summary) == ("unsure", "абырвалг")

    async def test_one_guess_can_be_answered_yes_or_no(self, solaris: Dialogue) -> None:
        assert "вы об этом?" in (await solaris.ask(text="?", ranking={"ask_vin": 0.3})).text.lower()

    @pytest.mark.parametrize("intent", TITLES)
    async def test_every_button_is_answered(self, solaris: Dialogue, intent: str) -> None:
        said = await solaris.ask(text="?", ranking={intent: 0.3})
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
        assert "ответит в течение" in heard[0]
        assert all("ответит в течение" not in text for text in heard[1:])
        assert replies[3].text == ""
        assert all(said.one(OpenedTicket).department == "credit" for said in replies)

    async def test_what_it_knows_is_answered_in_between(self, waiting: Dialogue) -> None:
        for _ in range(4):
            await waiting.ask(text="абырвалг", ranking=MONEY)
        assert "1 190 000 ₽" in await waiting.ask("ask_price")
        assert "Добавил это" in await waiting.ask(text="абырвалг", ranking=MONEY)
