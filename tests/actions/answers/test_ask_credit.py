"""Credit: an estimate from dealer.yml, numbers in any form and order."""

import pytest

from actions.loan import annuity
from bot.contract import CapturedLead
from tests.actions.dialogue import SOLARIS, Dialogue, aspect, entity
from tests.actions.stock import IDS

PRICE = 1_190_000


def about(loan: int, rate: float, months: int) -> str:
    rounded = f"{round(annuity(loan, rate, months) / 100) * 100:,}".replace(",", " ")
    return f"платёж около {rounded} ₽ в месяц, ставка {f'{rate:g}'.replace('.', ',')} % годовых"


async def test_without_numbers_an_example_with_the_usual_terms(solaris: Dialogue) -> None:
    said = await solaris.ask("ask_credit")
    assert "взнос 20 % — это 238 000 ₽, срок 5 лет. Платёж около 25 700 ₽ в месяц" in said
    assert "редложени" in said, "always an estimate, never an offer"
    assert said.asked_for == "credit_check"


@pytest.mark.parametrize(
    ("entities", "loan", "rate", "months"),
    [
        ([entity("down_payment", 400_000, unit="rub"), entity("term", 36)], 790_000, 20.9, 36),
        ([entity("down_payment", 30, unit="percent")], 833_000, 20.9, 60),
        ([entity("term", 84)], 952_000, 20.9, 84),
        (aspect("ask_credit", "no_down_payment"), PRICE, 25.9, 60),
        ([entity("down_payment", 0, unit="rub"), entity("term", 48)], PRICE, 25.9, 48),
    ],
)
async def test_numbers_of_the_message(
    solaris: Dialogue, entities: list[dict[str, object]], loan: int, rate: float, months: int
) -> None:
    said = await solaris.ask("ask_credit", entities=entities)
    assert about(loan, rate, months) in said


async def test_bare_follow_ups_refine_the_estimate(solaris: Dialogue) -> None:
    await solaris.ask("ask_credit")
    assert about(952_000, 20.9, 48) in await solaris.ask("nlu_fallback", text="48")
    half = await solaris.ask("nlu_fallback", text="пол миллиона", entities=[entity("amount", 500_000)])
    assert about(690_000, 20.9, 48) in half
    assert about(690_000, 20.9, 36) in await solaris.ask("nlu_fallback", text="3 года")
    assert about(790_000, 20.9, 36) in await solaris.ask("nlu_fallback", text="400000")
    everything = await solaris.ask("give_phone", entities=[entity("phone", "+79161234567", valid=True)])
    lead = everything.one(CapturedLead)
    assert (lead.step, lead.department) == ("credit_check", "credit")
    assert lead.details["credit"] == {"down_payment": 400_000, "months": 36}


async def test_a_wished_payment_finds_the_shortest_term(solaris: Dialogue) -> None:
    said = await solaris.ask("ask_credit", entities=[entity("monthly_payment", 26_000)])
    assert "сроке 5 лет" in said
    assert about(952_000, 20.9, 60) in said


async def test_a_payment_that_is_too_small_tells_the_missing_down_payment(solaris: Dialogue) -> None:
    said = await solaris.ask("ask_credit", entities=[entity("monthly_payment", 15_000)])
    assert "Чтобы платёж был не больше 15 000 ₽, на срок 7 лет нужен взнос около 531 000 ₽." in said
    assert annuity(PRICE - 531_000, 20.9, 84) <= 15_000 < annuity(PRICE - 529_000, 20.9, 84)


async def test_a_term_too_long_or_too_short_gets_the_nearest_one(solaris: Dialogue) -> None:
    long = await solaris.ask("ask_credit", entities=[entity("term", 120)])
    assert "На срок 10 лет с таким взносом программы нет. Ближайший возможный срок — 7 лет." in long
    assert about(952_000, 20.9, 84) in long
    short = await solaris.ask("ask_credit", entities=[entity("term", 6)])
    assert "Ближайший возможный срок — 1 год." in short


async def test_new_cars_have_programmes_of_their_own(talk: Dialogue) -> None:
    said = await talk.ask("ask_credit", listing_ref=f"car{IDS['jolion_new']}")
    assert "ставка 16,9 % годовых" in said


async def test_a_car_too_old_for_any_programme_is_left_to_a_person(talk: Dialogue) -> None:
    said = await talk.ask("ask_credit", listing_ref=f"car{IDS['mark2']}")
    assert "точно скажет только кредитный отдел" in said
    assert "₽ в месяц" not in said


async def test_the_whole_price_in_cash_needs_no_credit(solaris: Dialogue) -> None:
    for down in (entity("down_payment", 100, unit="percent"), entity("down_payment", 2_000_000, unit="rub")):
        said = await solaris.ask("ask_credit", entities=[down])
        assert "кредит не понадобится" in said


async def test_a_car_without_a_price_is_not_calculated(talk: Dialogue) -> None:
    said = await talk.ask("ask_credit", listing_ref=f"car{IDS['mystery']}")
    assert "цена этого автомобиля" in said
    assert "₽ в месяц" not in said


async def test_without_a_car_the_sum_named_is_the_price_and_is_remembered(talk: Dialogue) -> None:
    said = await talk.ask("ask_credit")
    assert "ставки от 16,9 % годовых" in said
    assert "назовите автомобиль или его цену" in said
    priced = await talk.ask("nlu_fallback", text="1.5 млн", entities=[entity("amount", 1_500_000)])
    assert "цена 1 500 000 ₽" in priced
    refined = await talk.ask("ask_credit", entities=[entity("down_payment", 500_000, unit="rub")])
    assert "При цене 1 500 000 ₽, взносе 500 000 ₽" in refined


async def test_the_waiting_question_is_answered_when_the_car_is_named(talk: Dialogue) -> None:
    await talk.ask("ask_credit")
    said = await talk.ask("ask_availability", entities=[SOLARIS, entity("colour", "white")])
    assert "₽ в месяц" in said


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("documents", "паспорт и водительское удостоверение"),
        ("banks", "Сбер, ВТБ, Альфа-Банк, Совкомбанк и Газпромбанк"),
        ("bad_history", "Решение принимает банк"),
        ("approval", "Одобряет только банк"),
        ("early_repayment", "без комиссии"),
        ("leasing", "Лизинг оформляем"),
        ("instalment", "Рассрочки нет"),
        ("rate", "ставки от 16,9 %"),
        ("refinance", "рефинансирование"),
    ],
)
async def test_questions_about_the_loan_itself(solaris: Dialogue, name: str, words: str) -> None:
    said = await solaris.ask("ask_credit", entities=aspect("ask_credit", name))
    assert words in said
    assert "одобрен" not in said


async def test_overpayment(solaris: Dialogue) -> None:
    said = await solaris.ask("ask_credit", entities=aspect("ask_credit", "overpayment"))
    assert "Переплата за весь срок — около 590 100 ₽." in said


@pytest.mark.parametrize(
    "strange",
    [
        entity("term", -5), entity("term", 0), entity("down_payment", -1, unit="rub"),
        entity("monthly_payment", 0), entity("term", "много"), entity("down_payment", None),
    ],
)  # fmt: skip
async def test_misread_numbers_are_not_calculated_with(solaris: Dialogue, strange: dict[str, object]) -> None:
    said = await solaris.ask("ask_credit", entities=[strange])
    assert "взнос 20 % — это 238 000 ₽, срок 5 лет" in said


async def test_documents_in_credit_talk_are_the_loans(solaris: Dialogue) -> None:
    await solaris.ask("ask_credit", entities=[entity("term", 60)])
    said = await solaris.ask(
        "ask_other", text="какие документы нужны?", entities=aspect("ask_credit", "documents")
    )
    assert "паспорт" in said


async def test_a_bound_far_below_the_price_is_the_monthly_payment(solaris: Dialogue) -> None:
    """«чтобы платёж был не больше 40 тысяч» came as a bound on an amount and became a down payment."""
    await solaris.ask("ask_credit", entities=[entity("term", 60)])
    await solaris.ask("ask_credit", text="не больше 20 тысяч", entities=[entity("amount", 20_000, "max")])
    assert solaris.memory.credit.monthly_payment == 20_000
    assert solaris.memory.credit.down_payment is None


async def test_approval_and_bad_history_are_answered_once(solaris: Dialogue) -> None:
    said = await solaris.ask("ask_credit", entities=aspect("ask_credit", "approval", "bad_history"))
    assert "Одобряет только банк" not in said


async def test_terms_named_before_the_car_was_clear_are_not_asked_for_again(talk: Dialogue) -> None:
    thirty = entity("down_payment", 30, unit="percent")
    which = await talk.ask("ask_credit", text="солярис, взнос 30%", entities=[SOLARIS, thirty])
    assert "взносе 357 000 ₽ (30 %)" in await talk.press(which, "2019, белый")
