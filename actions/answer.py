"""The whole answer to one turn: which questions, which car, the answers in order, one next step."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from actions import contact, courtesy, unsure, wording
from actions.answers import (
    address,
    availability,
    condition,
    credit,
    equipment,
    history,
    other,
    photos,
    price,
    search,
    service,
    trade_in,
    vin,
    visit,
)
from actions.focus import Found, Missing, Resolution, Several, resolve
from actions.handover import to_department
from actions.memory import Pending
from actions.nextstep import offer_step
from actions.plan import COURTESIES, NEEDS_CAR, plan
from actions.say import Answer, Choice, Say, Texts, say
from actions.turn import Turn
from bot.contract import Effect, FocusCar, ShowCards, Understood
from bot.stock import search as stock
from bot.stock.models import Car

ALTERNATIVES = 3


async def _human(turn: Turn) -> Answer:
    return to_department(turn, "visit" if turn.car else "other", reason="asked")


async def _complaint(turn: Turn) -> Answer:
    return to_department(turn, "complaint", reason="complaint")


async def _attachment(turn: Turn) -> Answer:
    topic = "trade_in" if turn.pending and turn.pending.awaits == "own_car" else "other"
    turn.await_(turn.pending)
    return to_department(turn, topic, reason="topic", text="utter_attachment")


HANDLERS: dict[str, Callable[[Turn], Awaitable[Answer]]] = {
    "ask_availability": availability.answer,
    "ask_vin": vin.answer,
    "ask_credit": credit.answer,
    "ask_trade_in": trade_in.answer,
    "ask_price": price.answer,
    "ask_condition": condition.answer,
    "ask_equipment": equipment.answer,
    "ask_history": history.answer,
    "ask_photos": photos.answer,
    "search_car": search.answer,
    "book_visit": visit.answer,
    "ask_address": address.answer,
    "ask_service": service.answer,
    "ask_other": other.answer,
    "give_phone": contact.give,
    "refuse_phone": contact.refuse,
    "request_human": _human,
    "complain": _complaint,
    "greet": courtesy.greet,
    "goodbye": courtesy.goodbye,
    "thank": courtesy.thank,
    "affirm": courtesy.affirm,
    "deny": courtesy.deny,
    "insult": courtesy.insult,
    "bot_challenge": courtesy.bot_challenge,
    "out_of_scope": courtesy.out_of_scope,
    "spam": courtesy.spam,
    "attachment": _attachment,
    "nlu_fallback": unsure.answer,
}
# A car in focus or named makes these answers better; without one they do as well.
GLAD_OF_CAR = ("ask_credit", "ask_trade_in", "book_visit", "ask_address", "greet")


@dataclass
class Reply:
    paragraphs: list[str] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)


async def reply_to(turn: Turn, texts: Texts) -> Reply:
    turn.pending, turn.memory.pending = turn.memory.pending, None
    topics = _agreed(turn, plan(turn))
    answers, effects = await _answers(turn, topics)
    closing, step_effects = _closing(turn, answers)
    reply = Reply(effects=[*effects, *step_effects, Understood(ok=not turn.heard.unsure)])
    for position, answer in enumerate(answers):
        sentences = [texts.render(s, turn.meta.turn) for s in answer.says]
        if position == 0 and _greets(turn, topics):
            sentences.insert(0, texts.render(say("utter_greeting"), turn.meta.turn))
        if sentences:
            reply.paragraphs.append(" ".join(sentences))
        reply.effects += answer.effects
        reply.choices += [choice for choice in answer.choices if choice not in reply.choices]
    if closing:
        reply.paragraphs.append(" ".join(texts.render(s, turn.meta.turn) for s in closing))
    reply.paragraphs = list(dict.fromkeys(reply.paragraphs))
    return reply


def _agreed(turn: Turn, topics: tuple[str, ...]) -> tuple[str, ...]:
    """«да» and «нет» to the offered next step."""
    step_offered = turn.pending is not None and turn.pending.step is not None
    if step_offered and topics == ("affirm",):
        return ("agree_step",)
    if step_offered and topics == ("deny",):
        return ("refuse_phone",)
    return topics


async def _agree_step(turn: Turn) -> Answer:
    return contact.lead(turn, phone=None) if turn.meta.phone_known else await contact.give(turn)


async def _answers(turn: Turn, topics: tuple[str, ...]) -> tuple[list[Answer], list[Effect]]:
    effects: list[Effect] = []
    resolution: Resolution | None = None
    if set(topics) & {*NEEDS_CAR, *GLAD_OF_CAR}:
        resolution = await resolve(turn)
        if isinstance(resolution, Found):
            turn.car = resolution.car
            if resolution.car.id != turn.meta.focus_car_id:
                effects.append(FocusCar(car_id=resolution.car.id))
    about_car = await _instead_of_car_answers(turn, resolution, topics)
    answers: list[Answer] = [about_car] if about_car else []
    for topic in topics:
        if about_car and topic in NEEDS_CAR:
            continue
        handler = _agree_step if topic == "agree_step" else HANDLERS.get(topic, unsure.answer)
        answers.append(await handler(turn))
    if turn.meta.attachments and "attachment" not in topics:
        answers.append(await _attachment(turn))
    return answers, effects


async def _instead_of_car_answers(
    turn: Turn, resolution: Resolution | None, topics: tuple[str, ...]
) -> Answer | None:
    """One answer for all the car questions when there is no one car to answer about."""
    waiting = tuple(t for t in topics if t in NEEDS_CAR)
    if isinstance(resolution, Found) and resolution.car.sold and waiting:
        return await _sold(turn, resolution.car)
    if isinstance(resolution, Several) and (waiting or "ask_credit" in topics):
        return _several(turn, resolution, waiting or ("ask_credit",))
    if isinstance(resolution, Missing) and waiting:
        return _missing(turn, resolution, waiting)
    return None


async def _sold(turn: Turn, car: Car) -> Answer:
    close = await stock.alternatives(turn.session, car, limit=ALTERNATIVES)
    text = "utter_sold_alternatives" if close else "utter_sold"
    return _cards(turn, say(text, car=wording.car_title(car)), close, ("ask_availability",))


def _missing(turn: Turn, missing: Missing, waiting: tuple[str, ...]) -> Answer:
    text = "utter_missing_similar" if missing.similar else "utter_missing"
    return _cards(turn, say(text, wanted=missing.wanted), missing.similar, waiting)


def _cards(turn: Turn, text: Say, cars: list[Car], waiting: tuple[str, ...]) -> Answer:
    if not cars:
        turn.await_(Pending(awaits="budget"))
        return Answer([text], step="selection")
    turn.memory.offered = tuple(car.id for car in cars)
    turn.await_(Pending(awaits="which_car", questions=waiting))
    return Answer([text], effects=[ShowCards(cards=tuple(search.card(car) for car in cars))])


def _several(turn: Turn, several: Several, waiting: tuple[str, ...]) -> Answer:
    """How they differ, and which one is meant."""
    turn.memory.offered = tuple(car.id for car in several.cars)
    turn.await_(Pending(awaits="which_car", questions=waiting))
    names = list(dict.fromkeys(wording.car_name(car) for car in several.cars))
    number = wording.plural(several.total, "автомобиль", "автомобиля", "автомобилей")
    if several.total >= stock.COUNT_CAP:
        number = f"больше {number}"
    lines = [f"{i}. {_difference(car)}" for i, car in enumerate(several.cars, 1)]
    more = several.total > len(several.cars)
    return Answer(
        [say("utter_several_more" if more else "utter_several", name=wording.listing(names), number=number,
             cars="\n".join(lines))],
        choices=[Choice(_short(car), f'/choose_car{{"car_id": {car.id}}}') for car in several.cars],
        closing=say("utter_several_which"),
    )  # fmt: skip


def _difference(car: Car) -> str:
    return ", ".join(filter(None, (wording.car_title(car), car.trim, wording.car_line(car))))


def _short(car: Car) -> str:
    """Title of a button: «2019, белый, 1 190 000 ₽»."""
    parts = (
        car.model,
        str(car.year) if car.year else None,
        wording.COLOURS[car.colour] if car.colour else None,
        wording.money(car.price) if car.price else None,
    )
    return ", ".join(filter(None, parts))


def _closing(turn: Turn, answers: list[Answer]) -> tuple[list[Say], list[Effect]]:
    """One question at the end: what the bot needs to know, else the next step."""
    own = next((a.closing for a in answers if a.closing), None)
    if own:
        return [own], []
    if turn.memory.pending and turn.memory.pending.awaits in ("which_car", "meaning"):
        return [], []
    return offer_step(turn, answers)


def _greets(turn: Turn, topics: tuple[str, ...]) -> bool:
    return (turn.heard.says("greet") or turn.meta.first_message) and not set(topics) <= set(COURTESIES)
