"""Credit: an estimate by the programmes of dealer.yml, never an offer or an approval."""

from math import ceil

from actions import wording
from actions.answers.common import its, unknown
from actions.loan import (
    Case,
    Offer,
    best_offer,
    down_payment_for,
    longest_offer,
    nearest_offer,
    offer_within,
)
from actions.memory import CreditTerms, Pending
from actions.say import Answer, Say, heading, say
from actions.turn import Turn

PAYMENT_SHARE = 0.1  # of the price: nobody pays off a car in ten months
ROUND = 100  # roubles: an estimate to the kopeck would look like a promise


async def answer(turn: Turn) -> Answer:
    terms = merge_terms(turn)
    aspects = _aspects(turn)
    price = turn.car.price if turn.car else terms.price
    if price is None:
        return _without_price(turn, aspects)
    if aspects.says and not turn.heard.all("amount", "down_payment", "term", "monthly_payment"):
        aspects.step = "credit_check"
        return aspects
    turn.await_(Pending(awaits="credit"))
    if turn.car is not None:
        aspects.says.append(heading("utter_credit_of", **its(turn.car)))
    aspects.says += _estimate(turn, price, terms)
    aspects.step = "credit_check"
    return aspects


def _without_price(turn: Turn, result: Answer) -> Answer:
    """What can be said of credit at all; then the car or the sum is asked for, or a person is."""
    if not result.says:
        result.says.append(_conditions(turn))
    if turn.car is not None:
        result.add(unknown(turn, "цена этого автомобиля", "price"))
        result.step = "credit_check"
        return result
    turn.await_(Pending(awaits="which_car", questions=("ask_credit",)))
    result.closing = say("utter_credit_which_car")
    return result


def merge_terms(turn: Turn) -> CreditTerms:
    """The numbers named now over those named before; a bare one is what was asked about."""
    heard, terms = turn.heard, turn.memory.credit.model_copy()
    for entity in heard.all("down_payment"):
        if entity.extra.get("unit") == "percent":
            terms.down_percent, terms.down_payment = float(entity.value), None
        else:
            terms.down_payment, terms.down_percent = int(entity.value), None
    if turn.car is None:
        _take_price(turn, terms)
    terms.months = heard.first("term") or terms.months
    monthly = heard.first("monthly_payment") or _bound_on_payment(turn, terms)
    terms.monthly_payment = monthly or terms.monthly_payment
    if "no_down_payment" in heard.aspects("ask_credit"):
        terms.down_payment, terms.down_percent = 0, None
    if turn.pending and turn.pending.awaits == "credit" and not monthly:
        _take_bare_number(turn, terms)
    turn.memory.credit = terms
    return terms


def _bound_on_payment(turn: Turn, terms: CreditTerms) -> int | None:
    """«не больше 40 тысяч» about a car of two million bounds what is paid a month."""
    bound, price = turn.heard.first("amount", role="max"), turn.car.price if turn.car else terms.price
    return int(bound) if bound and price and bound < PAYMENT_SHARE * price else None


def _take_bare_number(turn: Turn, terms: CreditTerms) -> None:
    heard = turn.heard
    if heard.all("down_payment", "term", "monthly_payment"):
        return
    amount, number = heard.any_of("amount"), heard.lone_number
    if amount and turn.car is None and amount == terms.price:
        return
    if amount:
        terms.down_payment, terms.down_percent = int(amount), None
    elif number is not None and number in (12, 18, 24, 36, 48, 60, 72, 84, 96):
        terms.months = int(number)
    elif number is not None and 1 <= number <= 8 and number.is_integer():
        terms.months = int(number) * 12
    elif number is not None and number >= 10_000:
        terms.down_payment, terms.down_percent = int(number), None


def _take_price(turn: Turn, terms: CreditTerms) -> None:
    """Without a car of ours the sum named is the price; once there is one, a bare sum is the down payment."""
    named = turn.heard.first("amount") or turn.heard.first("amount", role="max")
    if named and (terms.price is None or not (turn.pending and turn.pending.awaits == "credit")):
        terms.price = int(named)


def _estimate(turn: Turn, price: int, terms: CreditTerms) -> list[Say]:
    programmes, case = turn.dealer.credit.programmes, _case(turn, price, terms)
    if case.loan <= 0:
        return [say("utter_credit_not_needed", price=wording.money(price))]
    if terms.monthly_payment:
        return _for_payment(turn, case, terms)
    months = terms.months or turn.dealer.credit.usual_term
    offer = best_offer(programmes, case, months)
    if offer is None:
        return _another_term(turn, case, months)
    assumed = terms.down_payment is None and terms.down_percent is None and terms.months is None
    says = [_offer(offer, assumed=assumed)]
    if "overpayment" in turn.heard.aspects("ask_credit"):
        says.append(say("utter_credit_overpayment", sum=_about(offer.overpayment)))
    return [*says, say("utter_credit_not_an_offer")]


def _case(turn: Turn, price: int, terms: CreditTerms) -> Case:
    car = turn.car
    if terms.down_payment is not None:
        down = terms.down_payment
    else:
        share = turn.dealer.credit.usual_down if terms.down_percent is None else terms.down_percent
        down = round(price * share / 100)
    age = turn.now.year - car.year if car and car.year else None
    return Case(price, down, car.is_new if car else None, age)


def _for_payment(turn: Turn, case: Case, terms: CreditTerms) -> list[Say]:
    """«чтобы платёж не больше 25 тысяч»: the shortest term, or the down payment that is missing."""
    programmes, monthly = turn.dealer.credit.programmes, terms.monthly_payment or 0
    named = best_offer(programmes, case, terms.months) if terms.months else None
    within = offer_within(programmes, case, monthly)
    offer = named or within or longest_offer(programmes, case)
    if offer is None:
        return [say("utter_credit_by_person")]
    says = [_offer(offer, assumed=False)]
    if offer.monthly > monthly:
        down = ceil(down_payment_for(programmes, case, offer.months, monthly) / 1000) * 1000
        says.append(
            say("utter_credit_more_down", monthly=wording.money(monthly), down=wording.money(down),
                term=wording.term(offer.months))
        )  # fmt: skip
    return [*says, say("utter_credit_not_an_offer")]


def _another_term(turn: Turn, case: Case, months: int) -> list[Say]:
    """No programme takes these terms: the nearest term that one would take, or a person."""
    nearest = nearest_offer(turn.dealer.credit.programmes, case, months)
    if nearest is None:
        return [say("utter_credit_by_person")]
    return [
        say("utter_credit_other_term", asked=wording.term(months), term=wording.term(nearest.months)),
        _offer(nearest, assumed=False),
        say("utter_credit_not_an_offer"),
    ]


def _offer(offer: Offer, *, assumed: bool) -> Say:
    values = {
        "price": wording.money(offer.case.price),
        "down": wording.money(offer.case.down_payment),
        "share": wording.percent(round(offer.case.down_percent)),
        "term": wording.term(offer.months),
        "monthly": _about(offer.monthly),
        "rate": wording.percent(offer.programme.rate),
    }
    if offer.case.down_payment == 0:
        return say("utter_credit_estimate_no_down", **values)
    return say("utter_credit_estimate_usual" if assumed else "utter_credit_estimate", **values)


def _about(roubles: int) -> str:
    return wording.money(round(roubles / ROUND) * ROUND)


def _conditions(turn: Turn) -> Say:
    programmes = turn.dealer.credit.programmes
    return say(
        "utter_credit_conditions",
        rate=wording.percent(min(p.rate for p in programmes)),
        term=wording.term(max(p.max_term for p in programmes)),
        banks=wording.listing(turn.dealer.credit.banks),
    )


def _aspects(turn: Turn) -> Answer:
    """Questions about the loan itself, answered from dealer.yml."""
    credit, asked = turn.dealer.credit, turn.heard.aspects("ask_credit")
    texts = {
        "documents": say("utter_credit_documents", documents=credit.documents),
        "banks": say("utter_credit_banks", banks=wording.listing(credit.banks)),
        "bad_history": _given("utter_credit_policy", credit.bad_history),
        "approval": say("utter_credit_approval"),
        "early_repayment": _given("utter_credit_policy", credit.early_repayment),
        "leasing": _given("utter_credit_policy", credit.leasing, "utter_credit_no_leasing"),
        "instalment": _given("utter_credit_policy", credit.instalments, "utter_credit_no_instalments"),
        "rate": _conditions(turn),
    }
    priced = turn.car is not None or turn.memory.credit.price is not None
    if not priced and any(p.min_down == 0 for p in credit.programmes):
        texts["no_down_payment"] = say("utter_credit_no_down_possible")
    if "bad_history" in asked:
        texts.pop("approval")  # the same said in more words
    result = Answer([texts[a] for a in asked if a in texts])
    if "refinance" in asked:
        result.add(unknown(turn, "рефинансирование чужого кредита", "credit"))
    return result


def _given(text: str, policy: str | None, otherwise: str = "utter_credit_by_person") -> Say:
    return say(text, policy=policy) if policy else say(otherwise)
