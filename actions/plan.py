"""What the turn has to answer: the intents heard, read in the light of what the bot asked last."""

from dataclasses import dataclass

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
NO_BUSINESS = {"nlu_fallback", "out_of_scope", "affirm", "deny", "greet", "spam"}


def plan(turn: Turn) -> tuple[str, ...]:
    """Intents to handle, in order; never empty."""
    heard, pending = turn.heard, turn.pending
    if heard.says("choose_car"):
        return (pending.questions if pending and pending.questions else None) or ("ask_availability",)
    if (
        pending
        and pending.awaits == "which_car"
        and _names_car(turn)
        and _weak(turn, ("ask_availability", "search_car"))
    ):
        return pending.questions or ("ask_availability",)
    expected = EXPECTED.get(pending.awaits) if pending else None
    if expected and _weak(turn, expected.weak) and _answers(turn, expected):
        return (expected.question,)
    business = tuple(i for i in heard.intents if i not in COURTESIES)
    return business or heard.intents


def _weak(turn: Turn, questions: tuple[str, ...]) -> bool:
    """Nothing in the message speaks against reading it as the awaited answer."""
    return all(i in NO_BUSINESS or i in questions for i in turn.heard.intents)


def _answers(turn: Turn, expected: Expectation) -> bool:
    if expected.lone_number and turn.heard.lone_number is not None:
        return True
    return any(e.name in expected.entities for e in turn.heard.entities)


def _names_car(turn: Turn) -> bool:
    if not turn.memory.offered and not turn.heard.all("make", "model", "vin", "vin_tail", "listing_url"):
        return False
    # After a list of cars a price or a search of one's own is not a choice among them.
    return not (turn.heard.says("search_car") and turn.heard.all("amount", "condition"))
