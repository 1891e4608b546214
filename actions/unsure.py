"""Not sure: a question with up to three guesses when they are close, a department otherwise."""

import json
from typing import Any

from actions.handover import to_department
from actions.memory import Pending
from actions.say import Answer, Choice, say
from actions.turn import Turn

CLOSE_GUESS = 0.15  # below it a guess would look foolish on a button
NEAR = 0.5  # of the best score: a guess further behind it is noise
GUESSES = 3
TITLES = {
    "ask_availability": "Ещё продаётся?",
    "ask_vin": "VIN",
    "ask_credit": "Кредит",
    "ask_trade_in": "Трейд-ин",
    "ask_price": "Цена и торг",
    "ask_condition": "Состояние",
    "ask_equipment": "Комплектация",
    "ask_history": "Владельцы и ПТС",
    "ask_photos": "Фотографии",
    "search_car": "Подбор автомобиля",
    "book_visit": "Приехать посмотреть",
    "ask_address": "Адрес и часы работы",
    "ask_service": "Сервис и запчасти",
    "ask_other": "Другой вопрос",
    "request_human": "Позвать менеджера",
}
# Topics of dealer.yml that are not named after `ask_…`; a person is called for no topic.
TOPICS = {"search_car": "search", "book_visit": "visit", "request_human": "other", "complain": "complaint"}
# Heard after one and after two failures in a row while a person is awaited; then the ticket grows silently.
ADDED = {1: "utter_unsure_added", 2: "utter_unsure_added_more"}


async def answer(turn: Turn) -> Answer:
    if turn.meta.open_ticket is not None:
        return _added(turn)
    guesses = _guesses(turn)
    asked = guesses and guesses[0] in TITLES and turn.meta.failures_in_a_row == 0
    return _question(turn, guesses) if asked else _handed_over(turn, guesses)


def _guesses(turn: Turn) -> list[str]:
    """Business that the message may be about, best first. A courtesy is no guess, but one can outshine it."""
    ranking = turn.heard.ranking
    line = max(CLOSE_GUESS, NEAR * ranking[0][1]) if ranking else CLOSE_GUESS
    return [name for name, score in ranking if score >= line and (name in TITLES or name in TOPICS)]


def _question(turn: Turn, guesses: list[str]) -> Answer:
    offered = [name for name in guesses if name in TITLES][:GUESSES]
    turn.await_(Pending(awaits="meaning", questions=tuple(offered)))
    choices = [Choice(TITLES[name], _payload(turn, name)) for name in offered]
    return Answer([say("utter_unsure" if len(offered) > 1 else "utter_unsure_one")], choices=choices)


def _handed_over(turn: Turn, guesses: list[str]) -> Answer:
    topic = TOPICS.get(guesses[0], guesses[0].removeprefix("ask_")) if guesses else "other"
    return to_department(turn, topic, reason="unsure")


def _added(turn: Turn) -> Answer:
    """To the open ticket. Nobody wants to read the same promise after every message."""
    added = to_department(turn, "other", reason="unsure")
    failures = turn.meta.failures_in_a_row
    if failures == 0:
        return added
    text = ADDED.get(failures)
    return Answer([say(text, who=added.says[0].values["who"])] if text else [], effects=added.effects)


def _payload(turn: Turn, intent: str) -> str:
    """The press counts as the answer to the original message: its entities travel with the button."""
    kept: dict[str, Any] = {}
    for entity in turn.heard.entities:
        if entity.role is not None or entity.extra.get("others"):
            continue
        if entity.name == "aspect" and entity.extra.get("intent") != intent:
            continue
        kept.setdefault(entity.name, entity.value)
        if entity.name == "model" and entity.extra.get("make"):
            kept.setdefault("make", entity.extra["make"])
    return f"/{intent}{json.dumps(kept, ensure_ascii=False)}"
