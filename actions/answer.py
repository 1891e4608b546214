"""The whole answer to one turn: which questions, which car, the answers in order, one next step."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from actions import advertising, consent, contact, courtesy, mail, unsure
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
from actions.focus import resolve
from actions.found import Found
from actions.frame import carry, settle, settled, step_of
from actions.handover import to_department
from actions.instead import answer_instead
from actions.memory import Pending
from actions.nextstep import offer_step
from actions.offered import shown_together
from actions.plan import COURTESIES, NEEDS_CAR, plan
from actions.say import Answer, Choice, Say, Texts, join, say
from actions.turn import Turn
from actions.unknown import admit
from bot.contract import Effect, FocusCar, Understood
from bot.stock.search import by_ids


async def _human(turn: Turn) -> Answer:
    fact, topic = turn.heard.first("fact"), turn.heard.first("topic")
    if fact and topic:  # the button under «не указано»
        return to_department(turn, str(topic), reason="unknown_fact", summary=f"Уточнить: {fact}")
    asked = turn.pending.topic if turn.pending else "other"  # what the talk was about
    by_car = "visit" if turn.car else "other"
    return to_department(turn, by_car if asked == "other" else asked, reason="asked")


async def _complaint(turn: Turn) -> Answer:
    return to_department(turn, "complaint", reason="complaint")


async def _attachment(turn: Turn) -> Answer:
    if trade_in.awaits_pictures(turn):
        return trade_in.take_pictures(turn)
    turn.await_(turn.pending)
    return to_department(turn, "other", reason="topic", text="utter_attachment")


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
    "agree_step": contact.agree,
    "refuse_phone": contact.refuse,
    "choose_phone": contact.choose,
    "note_call": contact.note,
    "give_email": mail.give,
    "agree_consent": contact.agreed,
    "show_consent": consent.show,
    "decline_consent": consent.decline,
    "withdraw_consent": consent.withdraw,
    "keep_consent": consent.keep_earlier,
    "agree_advertising": advertising.agree,
    "decline_advertising": advertising.decline,
    "stop_advertising": advertising.stop,
    "ask_to_forget": consent.ask_to_forget,
    "forget": consent.forget,
    "keep_data": consent.keep,
    "request_human": _human,
    "complain": _complaint,
    "greet": courtesy.greet,
    "listen": courtesy.listen,
    "ponder": courtesy.ponder,
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
GLAD_OF_CAR = (
    "ask_credit",
    "ask_trade_in",
    "book_visit",
    "ask_address",
    "greet",
    "request_human",
    "give_phone",
    "give_email",
    "agree_step",
    "nlu_fallback",
)


@dataclass
class Reply:
    paragraphs: list[str] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)


async def reply_to(turn: Turn, texts: Texts) -> Reply:
    if turn.meta.after_person:
        turn.memory.pending = turn.memory.aside = None
    turn.pending, turn.memory.pending = turn.memory.pending, None
    turn.aside, turn.memory.aside = turn.memory.aside, None
    trade_in.remember(turn)
    unsure.read_guess(turn)
    topics = plan(turn)
    answers, effects = await _answers(turn, topics)
    closing, step_effects = _closing(turn, answers)
    carry(turn, topics, answers)
    reply = Reply(effects=[*effects, *step_effects, Understood(ok="nlu_fallback" not in topics)])
    said = [answer.says for answer in answers]
    if _greets(turn, topics):
        said[0] = [say("utter_greeting"), *said[0]]
    reply.paragraphs = _render(turn, texts, [*said, closing])
    for answer in answers:
        reply.effects += answer.effects
        reply.choices += [choice for choice in answer.choices if choice not in reply.choices]
    return reply


def _render(turn: Turn, texts: Texts, paragraphs: Sequence[Sequence[Say]]) -> list[str]:
    """Paragraphs in which the car is named once, and not at all when the talk is about it already."""
    named, rendered = turn.car_is_known, []
    for says in paragraphs:
        sentences: list[str] = []
        for what in says:
            if what.heading and named:
                continue
            sentences.append(texts.render(what, turn.meta.turn, again=named))
            named = named or what.names_car
        if sentences:
            rendered.append(join(sentences))
    return list(dict.fromkeys(rendered))


async def _answers(turn: Turn, topics: tuple[str, ...]) -> tuple[list[Answer], list[Effect]]:
    effects: list[Effect] = []
    answers: list[Answer] = []
    asked: list[Pending | None] = []

    def keep(answer: Answer) -> None:
        answers.append(answer)
        asked.append(turn.memory.pending)
        turn.await_(None)

    resolution = await resolve(turn) if set(topics) & {*NEEDS_CAR, *GLAD_OF_CAR} else None
    if resolution is None and turn.meta.focus_car_id is not None:
        turn.focus = next(iter(await by_ids(turn.session, [turn.meta.focus_car_id])), None)
    if isinstance(resolution, Found):
        turn.car = resolution.car
        if resolution.car.id != turn.meta.focus_car_id:
            effects.append(FocusCar(car_id=resolution.car.id))
    elif turn.meta.focus_car_id is None:
        turn.alike = await shown_together(turn)
    instead = await answer_instead(turn, resolution, topics) if resolution else None
    if instead:
        keep(instead.answer)
    for topic in topics:
        if instead and topic in instead.of:
            continue
        if topic == "give_phone":
            turn.pending = step_of(turn, answers)
        keep(await HANDLERS.get(topic, unsure.answer)(turn))
    if turn.meta.attachments and "attachment" not in topics:
        keep(await _attachment(turn))
    settle(turn, answers, asked)
    if admission := admit(answers):
        answers.append(admission)
    return answers, effects


def _closing(turn: Turn, answers: list[Answer]) -> tuple[list[Say], list[Effect]]:
    """One question at the end: what the bot needs to know, else the next step."""
    own = next((a.closing for a in answers if a.closing), None)
    if own:
        return [own], []
    if (turn.memory.pending and turn.memory.pending.awaits == "meaning") or settled(answers):
        return [], []
    return offer_step(turn, answers)


def _greets(turn: Turn, topics: tuple[str, ...]) -> bool:
    """Before an answer to business; a courtesy alone has its own greeting or needs none."""
    return (turn.heard.says("greet") or turn.meta.first_message) and not set(topics) <= set(COURTESIES)
