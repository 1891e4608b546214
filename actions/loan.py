"""Annuity arithmetic. Sums in roubles, rates in per cent a year, terms in months."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, expm1, log1p

from bot.dealer import Programme

NO_INTEREST = 1e-9  # a month; below it even the largest loan costs nothing
WHOLE_YEARS = range(12, 121, 12)  # customers think in years


@dataclass(frozen=True)
class Case:
    """A purchase on credit: the car and the money. Unknown properties of the car exclude no programme."""

    price: int
    down_payment: int
    is_new: bool | None = None
    age: int | None = None  # years

    @property
    def loan(self) -> int:
        return self.price - self.down_payment

    @property
    def down_percent(self) -> float:
        return 100 * self.down_payment / self.price


@dataclass(frozen=True)
class Offer:
    programme: Programme
    case: Case
    months: int
    monthly: int

    @property
    def overpayment(self) -> int:
        return self.monthly * self.months - self.case.loan


def annuity(loan: float, rate: float, months: int) -> float:
    """Equal monthly payment: loan · i / (1 − (1 + i)^−months), i = rate / 1200."""
    i = rate / 1200
    if i < NO_INTEREST:
        return loan / months
    return loan * i / -expm1(-months * log1p(i))


def affordable_loan(monthly: float, rate: float, months: int) -> float:
    """The largest loan that `monthly` pays off: the annuity formula solved for the loan."""
    i = rate / 1200
    if i < NO_INTEREST:
        return monthly * months
    return monthly * -expm1(-months * log1p(i)) / i


def down_payment_for(programmes: Sequence[Programme], case: Case, months: int, monthly: int) -> int:
    """The smallest down payment with which `monthly` is enough for this term; the price when nothing is."""
    enough = [case.price]
    for programme in programmes:
        loan = int(affordable_loan(monthly, programme.rate, months))
        down = max(case.price - loan, ceil(case.price * programme.min_down / 100), 0)
        if down < case.price and fits(programme, replace(case, down_payment=down), months):
            enough.append(down)
    return min(enough)


def fits(programme: Programme, case: Case, months: int) -> bool:
    """Whether the bank takes such a car, down payment, sum and term."""
    car = (
        programme.cars is None or case.is_new is None or programme.cars == ("new" if case.is_new else "used")
    )
    age = programme.max_age is None or case.age is None or case.age + months / 12 <= programme.max_age
    down = case.down_percent >= programme.min_down - 0.01  # a share given in per cent is rounded to roubles
    sum_ = programme.max_sum is None or case.loan <= programme.max_sum
    return car and age and down and sum_ and programme.min_term <= months <= programme.max_term


def best_offer(programmes: Sequence[Programme], case: Case, months: int) -> Offer | None:
    """The cheapest programme that allows these terms, or None."""
    able = [p for p in programmes if fits(p, case, months)]
    if not able or case.loan <= 0:
        return None
    cheapest = min(able, key=lambda p: p.rate)
    return Offer(cheapest, case, months, ceil(annuity(case.loan, cheapest.rate, months)))


def offer_within(programmes: Sequence[Programme], case: Case, monthly: int) -> Offer | None:
    """The shortest whole-year term whose payment is at most `monthly`, or None."""
    offers = (best_offer(programmes, case, months) for months in WHOLE_YEARS)
    return next((offer for offer in offers if offer and offer.monthly <= monthly), None)


def nearest_offer(programmes: Sequence[Programme], case: Case, months: int) -> Offer | None:
    """The offer whose whole-year term is nearest to `months`, or None."""
    for term in sorted(WHOLE_YEARS, key=lambda years: abs(years - months)):
        if offer := best_offer(programmes, case, term):
            return offer
    return None


def longest_offer(programmes: Sequence[Programme], case: Case) -> Offer | None:
    """The offer with the longest whole-year term, or None."""
    offers = (best_offer(programmes, case, months) for months in reversed(WHOLE_YEARS))
    return next((offer for offer in offers if offer), None)
