"""Not sure: a question with up to three guesses when they are close, a department otherwise."""

import json
import re
from collections.abc import Sequence

from actions.handover import to_department
from actions.heard import Entity, Heard
from actions.memory import Original, Pending
from actions.say import Answer, Choice, say
from actions.turn import Turn

CLOSE_GUESS = 0.15  # below it a guess would look foolish on a button
NEAR = 0.5  # of the best score: a guess further behind it is noise
GUESSES = 3
FEW_WORDS = 4
_AROUND = r"(?:\W|\b(?:да|ну|это|давайте|вариант|пункт|кнопка|номер|пожалуйста)\b)*"
POSITIONS = tuple(
    re.compile(f"{_AROUND}(?:{number}){_AROUND}")
    for number in (r"1|перв\w{2,3}", r"2|втор\w{2,3}", r"3|трет\w{2,3}")
)
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
BY_PERSON = {"ask_other", "request_human", "complain"}  # nothing to ask when no other guess is near
# Heard after one and after two failures in a row while a person is awaited; then the ticket grows silently.
ADDED = {1: "utter_unsure_added", 2: "utter_unsure_added_more"}


async def answer(turn: Turn) -> Answer:
    if turn.meta.open_ticket is not None:
        return _added(turn)
    guesses = _guesses(turn)
    asks = turn.meta.failures_in_a_row == 0 and guesses[:1] != ["complain"] and set(guesses) - BY_PERSON
    return _question(turn, guesses) if asks else _handed_over(turn, guesses)


def _guesses(turn: Turn) -> list[str]:
    """Business that the message may be about, best first. A courtesy is no guess, but one can outshine it."""
    ranking = turn.heard.ranking
    line = max(CLOSE_GUESS, NEAR * ranking[0][1]) if ranking else CLOSE_GUESS
    return [name for name, score in ranking if score >= line and (name in TITLES or name in TOPICS)]


def _question(turn: Turn, guesses: list[str]) -> Answer:
    offered = [name for name in guesses if name in TITLES][:GUESSES]
    original = Original(text=turn.heard.text, entities=turn.heard.entities)
    frame = turn.pending.model_copy(update={"passed": True}) if turn.pending else None
    turn.await_(Pending(awaits="meaning", questions=tuple(offered), original=original, frame=frame))
    choices = [Choice(TITLES[name], _payload(name, original)) for name in offered]
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


def _payload(intent: str, original: Original) -> str:
    """Rasa's form of a button has no roles and no extra keys: the message travels whole, as a string."""
    return f"/{intent}{json.dumps({'original': original.model_dump_json()}, ensure_ascii=False)}"


def read_guess(turn: Turn) -> None:
    """A press, «второе» or «да, кредит» stands for the message that was not understood."""
    asked = turn.pending if turn.pending and turn.pending.awaits == "meaning" else None
    if asked:
        turn.pending = asked.frame
    pressed = turn.heard.first("original")
    if pressed:
        turn.heard = _heard_again(Original.model_validate_json(pressed), turn.heard.intents[0])
    elif asked and asked.original:
        chosen = _chosen(turn.heard, asked.questions)
        if chosen:
            turn.heard = _heard_again(asked.original, chosen, turn.heard.all("aspect"))


def _heard_again(original: Original, intent: str, more: Sequence[Entity] = ()) -> Heard:
    return Heard(text=original.text, intents=(intent,), entities=(*original.entities, *more), ranking=())


def _chosen(heard: Heard, guesses: Sequence[str]) -> str | None:
    """The guess that a typed answer means; None when the customer says something else."""
    text = heard.text.lower().strip(" ?!.,")
    position = next((n for n, pattern in enumerate(POSITIONS) if pattern.fullmatch(text)), None)
    if position is not None:
        return guesses[position] if position < len(guesses) else None
    if heard.intents == ("deny",):
        return "nlu_fallback"
    if heard.intents == ("affirm",):
        return guesses[0] if len(guesses) == 1 else None
    titled = next((intent for intent in guesses if text == TITLES[intent].lower().strip("?")), None)
    return titled or _named(heard, guesses)


def _named(heard: Heard, guesses: Sequence[str]) -> str | None:
    """«да, кредит»; with a car, a number or another question in it the message is one of its own."""
    business = [intent for intent in heard.intents if intent in TITLES]
    plain = len(heard.text.split()) <= FEW_WORDS and all(entity.name == "aspect" for entity in heard.entities)
    return business[0] if plain and len(business) == 1 and business[0] in guesses else None
