"""What the turn has to answer: the intents heard, read in the light of what the bot asked last."""

import re
from dataclasses import dataclass

from actions import courtesy, mail, phones
from actions.answers.trade_in import awaits_pictures
from actions.booking import about_booking, beside
from actions.consent import asked_of
from actions.contact import asks_to_call_after_all, chooses_phone, is_note, names_hour_of_call
from actions.memory import Pending
from actions.offered import chooses, points_back
from actions.turn import Turn

NEEDS_CAR = (
    "ask_availability",
    "ask_vin",
    "ask_price",
    "ask_condition",
    "ask_equipment",
    "ask_history",
    "ask_photos",
)
# Courtesies say nothing when there is business in the same message.
COURTESIES = (
    "greet",
    "thank",
    "goodbye",
    "affirm",
    "deny",
    "insult",
    "out_of_scope",
    "spam",
    "bot_challenge",
)
# Which of several courtesies is answered.
BY_WEIGHT = ("bot_challenge", "insult", "goodbye", "thank", "deny", "affirm", "greet", "out_of_scope", "spam")
# A valid number in such a message says more than its guessed intent.
NOTHING_ELSE = (*COURTESIES, "nlu_fallback")


@dataclass(frozen=True)
class Expectation:
    """An answer to what the bot asked: these entities mean `question`, whatever intent was guessed."""

    question: str
    entities: tuple[str, ...]
    weak: tuple[str, ...]  # questions that such a short answer is often taken for
    lone_number: bool = True


EXPECTED = {
    "credit": Expectation(
        "ask_credit", ("down_payment", "term", "monthly_payment", "amount"), ("ask_price", "search_car")
    ),
    "own_car": Expectation(
        "ask_trade_in",
        ("make", "model", "year", "mileage"),
        ("ask_availability", "search_car", "ask_history", "ask_price"),
    ),
    "counter_offer": Expectation("ask_price", ("amount",), ("search_car", "ask_credit")),
    "visit_time": Expectation("book_visit", ("day", "time"), ("ask_address", "ask_availability"), False),
    "budget": Expectation(
        "search_car",
        ("amount", "body", "make", "model", "gearbox", "drive", "fuel", "year", "condition"),
        ("ask_price", "ask_availability", "ask_equipment", "ask_credit"),
    ),
}
POINTERS = ("listing_url", "vin", "vin_tail")
NO_BUSINESS = {"nlu_fallback", "out_of_scope", "affirm", "deny", "greet", "spam"}
CREDIT_NUMBERS = ("amount", "down_payment", "term", "monthly_payment")
# «ещё» under the photos asks for further ones.
MORE = re.compile(
    r"\W*(?:а\s+)?(?:(?:есть|можно|покажите|скиньте)\s+)?ещ[её](?:\s+(?:есть|можно|фото\w*))?\W*", re.I
)
# A question about a car for sale, even while the bot waits to hear of the customer's own.
ASKS = re.compile(r"\?|\b(?:есть|прода[её]т|наличи|сколько|поч[её]м|интересует)", re.I)


def plan(turn: Turn) -> tuple[str, ...]:
    """Intents to handle, in order; never empty. A number comes last: it belongs to what was asked with it."""
    beside = _beside(turn)
    if beside:
        return beside
    topics = _topics(turn)
    if "spam" not in topics and "give_phone" not in topics and _gives_phone(turn, topics):
        topics = (*(t for t in topics if t not in NOTHING_ELSE), "give_phone")
    if "give_phone" in topics:
        said = {"give_phone", "agree_step", *(["book_visit"] if names_hour_of_call(turn) else [])}
        topics = (*(t for t in topics if t not in said), "give_phone")
    return topics


def _beside(turn: Turn) -> tuple[str, ...]:
    """What is not of the business: personal data, which number, when to call."""
    personal = asked_of(turn)
    if set(personal) & {"agree_consent", "stop_advertising"}:
        number = ("give_phone",) if phones.given(turn) else ()
        return (*personal, *turn.heard.questions, *number)
    if personal:
        return personal
    if chooses_phone(turn):
        return ("choose_phone",)
    if asks_to_call_after_all(turn):
        return ("give_phone",)
    if mailed := mail.asked_of(turn):
        return mailed
    if is_note(turn):
        return ("note_call",)
    remark = courtesy.remark_of(turn)
    return (remark,) if remark else ()


def _gives_phone(turn: Turn, topics: tuple[str, ...]) -> bool:
    """A number that can be called in any message; one that cannot, in a message about nothing else."""
    if phones.given(turn):
        return True
    return bool(phones.broken(turn)) and set(topics) <= set(NOTHING_ELSE)


def _topics(turn: Turn) -> tuple[str, ...]:
    heard, pending = turn.heard, turn.pending
    business = _business(turn)
    if awaits_pictures(turn) and business == ("ask_photos",):
        return ("attachment",)  # «вот фото» shows them, it asks for none
    if about_booking(turn):
        return ("book_visit", *beside(turn, business))
    if heard.says("choose_car"):
        return (pending.questions if pending and pending.questions else None) or ("ask_availability",)
    if set(business) <= {"search_car", "book_visit", "ask_availability"} and points_back(turn):
        return (pending.questions if pending else ()) or ("ask_availability",)
    if pending and pending.step == "extra_photos" and MORE.fullmatch(heard.text):
        return ("agree_step",)
    if pending and pending.step and not pending.passed:
        if heard.says("affirm") and not heard.says("deny"):
            return ("agree_step", *business)
        if heard.says("deny") and not business:
            return ("refuse_phone",)
    if heard.all(*POINTERS) and all(i in NOTHING_ELSE for i in heard.intents):
        # A bare link looks like spam to the NLU; to us it is a car.
        return (pending.questions if pending else ()) or ("ask_availability",)
    # A button says itself what it asks.
    awaited = _awaited(turn, pending) if pending and turn.meta.pressed is None else None
    if "search_car" in business and turn.meta.focus_car_id is None:
        # «только белые покажите»: cards have pictures, there is no car yet to show more of.
        business = tuple(i for i in business if i != "ask_photos")
    return awaited or business or (_one_courtesy(heard.intents),)


def _business(turn: Turn) -> tuple[str, ...]:
    """«сколько дадите за логан»: an offer for his own car is no price of ours."""
    heard = turn.heard
    named = ("make", "model")
    own_alone = heard.all(*named, own=True) and not heard.all(*named)
    offer = own_alone and "counter_offer" in heard.aspects("ask_price")
    said = ("ask_trade_in" if i == "ask_price" and offer else i for i in heard.intents)
    return tuple(dict.fromkeys(i for i in said if i not in COURTESIES))


def _awaited(turn: Turn, pending: Pending) -> tuple[str, ...] | None:
    """The questions that this message answers the bot on, whatever intent was guessed."""
    waiting = pending.questions or ("ask_availability",)
    if pending.awaits == "which_car":
        if _weak(turn, ("ask_availability", "search_car")) and chooses(turn):
            return waiting
        numbers = turn.heard.all(*CREDIT_NUMBERS)
        if numbers and "ask_credit" in waiting and _weak(turn, ("search_car", "ask_price")):
            return ("ask_credit",)
    expected = EXPECTED.get(pending.awaits)
    if expected is None:
        return None
    if pending.awaits == "own_car":
        stated = not (turn.heard.questions and ASKS.search(turn.heard.text))
        # «пробег 168 тысяч» is precise about a mileage, and it is the customer's own.
        fits = stated and _weak(turn, expected.weak, precise_too=True)
    else:
        fits = _weak(turn, expected.weak)
    if fits and _answers(turn, expected):
        return (expected.question,)
    return ("ask_credit",) if pending.awaits == "credit" and _asks_of_the_loan(turn) else None


def _asks_of_the_loan(turn: Turn) -> bool:
    """«какие документы нужны?» in credit talk."""
    about_loan = any(e.extra.get("intent") == "ask_credit" for e in turn.heard.all("aspect"))
    return about_loan and _weak(turn, ("ask_other",))


def _one_courtesy(intents: tuple[str, ...]) -> str:
    """«да, спасибо, до свидания» gets one short courtesy."""
    return next(i for i in (*BY_WEIGHT, *intents) if i in intents)


def _weak(turn: Turn, questions: tuple[str, ...], *, precise_too: bool = False) -> bool:
    """Nothing in the message speaks against reading it as the awaited answer."""
    heard = turn.heard
    precise = set() if precise_too else {e.extra.get("intent") for e in heard.all("aspect")}
    return all(i in NO_BUSINESS or (i in questions and i not in precise) for i in heard.intents)


def _answers(turn: Turn, expected: Expectation) -> bool:
    if expected.lone_number and turn.heard.lone_number is not None:
        return True
    return any(e.name in expected.entities for e in turn.heard.entities)
