"""Annuity arithmetic: hand-computed numbers and properties that hold for every loan."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.loan import (
    Case,
    affordable_loan,
    annuity,
    best_offer,
    down_payment_for,
    fits,
    longest_offer,
    nearest_offer,
    offer_within,
)
from bot.dealer import Dealer, Programme

loans = st.integers(10_000, 10_000_000)
rates = st.floats(0, 60)
terms = st.integers(1, 120)
prices = st.integers(100_000, 10_000_000)


@pytest.mark.parametrize(
    ("loan", "rate", "months", "monthly"),
    [
        (1_000_000, 12, 12, 88_848.79),  # the example of every textbook
        (1_000_000, 12, 60, 22_244.45),
        (952_000, 20.9, 60, 25_701.28),
        (1_200_000, 0, 24, 50_000.00),
    ],
)
def test_known_annuities(loan: int, rate: float, months: int, monthly: float) -> None:
    assert annuity(loan, rate, months) == pytest.approx(monthly, abs=0.01)


@given(loan=loans, rate=rates, months=terms)
def test_the_payments_pay_the_loan_off_month_by_month(loan: int, rate: float, months: int) -> None:
    monthly, debt = annuity(loan, rate, months), float(loan)
    for _ in range(months):
        debt += debt * rate / 1200 - monthly
    assert debt == pytest.approx(0, abs=loan * 1e-6)


@given(loan=loans, more=st.integers(1, 1_000_000), rate=rates, months=terms)
def test_the_payment_grows_with_the_loan(loan: int, more: int, rate: float, months: int) -> None:
    assert annuity(loan + more, rate, months) > annuity(loan, rate, months)


@given(loan=loans, rate=rates, months=st.integers(1, 119))
def test_a_longer_term_lowers_the_payment(loan: int, rate: float, months: int) -> None:
    assert annuity(loan, rate, months + 1) < annuity(loan, rate, months)


@given(loan=loans, rate=rates, months=terms)
def test_the_affordable_loan_is_the_inverse(loan: int, rate: float, months: int) -> None:
    assert affordable_loan(annuity(loan, rate, months), rate, months) == pytest.approx(loan, rel=1e-6)


@given(price=prices, share=st.floats(0, 0.95), rate=rates, months=st.integers(12, 84))
def test_nobody_pays_back_less_than_he_took(price: int, share: float, rate: float, months: int) -> None:
    offer = best_offer([Programme(name="x", rate=rate)], Case(price, int(price * share)), months)
    assert offer is not None
    assert offer.overpayment >= 0


@given(price=prices, share=st.floats(0, 0.9), monthly=st.integers(5_000, 200_000))
def test_the_wished_payment_is_kept_or_the_down_payment_raised(
    price: int, share: float, monthly: int
) -> None:
    programmes = [Programme(name="a", rate=20, min_down=20), Programme(name="b", rate=26)]
    case = Case(price, int(price * share))
    offer = offer_within(programmes, case, monthly)
    if offer:
        assert offer.monthly <= monthly
        return
    down = down_payment_for(programmes, case, 84, monthly)
    assert case.down_payment < down <= price
    raised = best_offer(programmes, Case(price, down), 84)
    assert raised is None or raised.monthly <= monthly


def test_the_cheapest_programme_that_takes_the_car_wins(dealer: Dealer) -> None:
    programmes = dealer.credit.programmes
    rate = {
        ("new", 20): 16.9,
        ("new", 0): 21.5,
        ("used", 20): 20.9,
        ("used", 0): 25.9,
    }
    for (kind, share), expected in rate.items():
        case = Case(2_000_000, 2_000_000 * share // 100, is_new=kind == "new", age=3)
        offer = best_offer(programmes, case, 60)
        assert offer is not None
        assert offer.programme.rate == expected


def test_an_old_car_must_be_paid_off_before_it_is_too_old() -> None:
    programme = Programme(name="x", rate=20, max_age=15)
    assert fits(programme, Case(500_000, 0, age=10), 60)
    assert not fits(programme, Case(500_000, 0, age=11), 60)
    assert fits(programme, Case(500_000, 0, age=None), 60)


def test_a_fifth_in_rounded_roubles_is_a_fifth() -> None:
    assert fits(Programme(name="x", rate=20, min_down=20), Case(1_234_567, 246_913), 60)


def test_there_is_no_offer_without_a_loan() -> None:
    assert best_offer([Programme(name="x", rate=20)], Case(500_000, 500_000), 60) is None
    assert best_offer([Programme(name="x", rate=20)], Case(500_000, 700_000), 60) is None


def test_longest_and_nearest_terms() -> None:
    programmes = [Programme(name="x", rate=20, min_term=24, max_term=84)]
    case = Case(1_000_000, 200_000)
    longest, nearest = longest_offer(programmes, case), nearest_offer(programmes, case, 6)
    assert longest is not None
    assert longest.months == 84
    assert nearest is not None
    assert nearest.months == 24
    assert nearest_offer([], case, 60) is None
