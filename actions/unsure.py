"""Not sure: a question with up to three guesses when they are close, a department otherwise."""

import json
from typing import Any

from actions.handover import to_department
from actions.memory import Pending
from actions.say import Answer, Choice, say
from actions.turn import Turn

CLOSE_GUESS = 0.15  # below it a guess would look foolish on a button
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
    "request_human": "Позвать менеджера",
}


async def answer(turn: Turn) -> Answer:
    if turn.meta.open_ticket is not None:
        return to_department(turn, "other", reason="unsure")
    guesses = [name for name, score in turn.heard.ranking if name in TITLES and score >= CLOSE_GUESS]
    if not guesses or turn.meta.failures_in_a_row > 0:
        return to_department(turn, _topic(turn), reason="unsure")
    turn.await_(Pending(awaits="meaning", questions=tuple(guesses[:GUESSES])))
    choices = [Choice(TITLES[name], _payload(turn, name)) for name in guesses[:GUESSES]]
    return Answer([say("utter_unsure")], choices=choices)


def _topic(turn: Turn) -> str:
    best = next((name for name, _ in turn.heard.ranking if name.startswith("ask_")), "other")
    return best.removeprefix("ask_")


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
