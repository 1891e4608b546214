"""Annuity arithmetic. Sums in roubles, rates in per cent a year, terms in months."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from bot.dealer import Programme

STEP_MONTHS = 12  # customers think in whole years


@dataclass(frozen=True)
class Offer:
    programme: Programme
    price: int
    down_payment: int
    months: int
    monthly: int

    @property
    def loan(self) -> int:
        return self.price - self.down_payment

    @property
    def overpayment(self) -> int:
        return self.monthly * self.months - self.loan


def annuity(loan: float, rate: float, months: int) -> float:
    """Equal monthly payment: loan · i / (1 − (1 + i)^−months), i = rate / 1200."""
    if rate == 0:
        return loan / months
    i = rate / 1200
    return loan * i / (1 - (1 + i) ** -months)


def affordable_loan(monthly: float, rate: float, months: int) -> float:
    """The largest loan that `monthly` pays off: the annuity formula solved for the loan."""
    if rate == 0:
        return monthly * months
    i = rate / 1200
    return monthly * (1 - (1 + i) ** -months) / i


def fits(programme: Programme, *, is_new: bool | None, age: int | None, months: int) -> bool:
    """Whether the programme takes such a car for such a term."""
    if programme.cars and is_new is not None and programme.cars != ("new" if is_new else "used"):
        return False
    if programme.max_age is not None and age is not None and age + months / 12 > programme.max_age:
        return False
    return programme.min_term <= months <= programme.max_term


def best_offer(
    programmes: Sequence[Programme],
    *,
    price: int,
    down_payment: int,
    months: int,
    is_new: bool | None = None,
    age: int | None = None,
) -> Offer | None:
    """The cheapest programme that allows these terms, or None."""
    loan = price - down_payment
    able = [
        p
        for p in programmes
        if fits(p, is_new=is_new, age=age, months=months)
        and down_payment * 100 >= p.min_down * price - 1
        and (p.max_sum is None or loan <= p.max_sum)
    ]
    if not able or loan <= 0:
        return None
    cheapest = min(able, key=lambda p: p.rate)
    return Offer(cheapest, price, down_payment, months, ceil(annuity(loan, cheapest.rate, months)))


def term_for_payment(
    programmes: Sequence[Programme],
    *,
    price: int,
    down_payment: int,
    monthly: int,
    is_new: bool | None = None,
    age: int | None = None,
) -> Offer | None:
    """The shortest whole-year term whose payment is at most `monthly`, or None."""
    for months in range(STEP_MONTHS, 121, STEP_MONTHS):
        offer = best_offer(
            programmes, price=price, down_payment=down_payment, months=months, is_new=is_new, age=age
        )
        if offer and offer.monthly <= monthly:
            return offer
    return None


def longest_term(
    programmes: Sequence[Programme], *, is_new: bool | None, age: int | None, down_percent: float
) -> int | None:
    """The longest term, in months, at which some programme takes this car with this down payment."""
    terms = [
        months
        for months in range(STEP_MONTHS, 121, STEP_MONTHS)
        for p in programmes
        if p.min_down <= down_percent + 0.01 and fits(p, is_new=is_new, age=age, months=months)
    ]
    return max(terms, default=None)
