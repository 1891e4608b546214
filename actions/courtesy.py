"""Greetings, thanks and the like: a short courtesy at most. Not a word of business."""

import re

from actions import advertising, wording
from actions.memory import Awaited, Pending
from actions.say import Answer, say
from actions.turn import Turn

_CALLS = re.compile(r"[\s?!.]*\?[\s?!.]*")  # «?», «???» and nothing else
_BEFORE = r"(?:(?:да|ну|ладно|хорошо|ок|окей|спасибо|понятно|понял\w*|я|мы|ещ[её]|пока|тогда)\W+)*"
_PONDERS = re.compile(
    rf"\W*{_BEFORE}(?:(?:мне|нам)\s+)?(?:(?:надо|нужно|буд(?:у|ем))\s+)?(?:ещ[её]\s+)?"
    r"(?:подума(?:ю|ем|ть)|дума(?:ю|ем|ть)|посовету(?:юсь|емся)|посоветоваться|обсу(?:жу|дим|дить))"
    r"(?:\W+(?:я|мы|ещ[её]|пока|над этим|это|немного|денек|денёк|спасибо|дома|с\W+(?!вами|менеджер)\w+))*\W*",
    re.I,
)
# What a person who only calls is asked once more; of a number that was asked for nobody is reminded.
_ASKED: dict[Awaited, str] = {
    "which_car": "utter_several_which",
    "own_car": "utter_trade_in_ask_car",
    "visit_time": "utter_visit_ask_when",
    "budget": "utter_search_ask_budget",
}


def remark_of(turn: Turn) -> str | None:
    """«?» and «я подумаю», told by their words: the NLU guesses at them."""
    if _CALLS.fullmatch(turn.heard.text):
        return "listen"
    return "ponder" if _PONDERS.fullmatch(turn.heard.text) and not turn.heard.questions else None


async def listen(turn: Turn) -> Answer:
    """What the bot waits for, or whom the customer waits for."""
    _keep(turn)
    turn.memory.aside = turn.aside
    asked = _ASKED.get(turn.pending.awaits) if turn.pending else None
    ticket = turn.meta.open_ticket
    if asked is None and ticket is not None and ticket.department in turn.dealer.departments:
        return Answer([say("utter_listen_waiting", who=turn.dealer.departments[ticket.department].title)])
    return Answer([say(asked or "utter_listen")])


async def ponder(turn: Turn) -> Answer:
    return Answer([say("utter_ponder")])


async def greet(turn: Turn) -> Answer:
    """Only when nothing was asked: the greeting itself is put before any first answer."""
    if _goes_on(turn):
        _keep(turn)
        return Answer([say("utter_greet_back")])
    if turn.car is not None:
        return Answer([say("utter_greet_car", car=wording.car_title(turn.car))])
    return Answer([say("utter_greet", dealer=turn.dealer.name)])


async def bot_challenge(turn: Turn) -> Answer:
    return Answer([say("utter_bot_challenge", dealer=turn.dealer.name)])


async def thank(turn: Turn) -> Answer:
    _keep(turn)
    return advertising.with_offer(turn, Answer([say("utter_thank")]))


async def goodbye(turn: Turn) -> Answer:
    return advertising.with_offer(turn, Answer([say("utter_goodbye")]))


async def affirm(turn: Turn) -> Answer:
    _keep(turn)
    return Answer([say("utter_ok")])


async def deny(turn: Turn) -> Answer:
    return Answer([say("utter_deny")])


async def insult(turn: Turn) -> Answer:
    return Answer([say("utter_insult")])


async def out_of_scope(turn: Turn) -> Answer:
    return Answer([say("utter_out_of_scope")])


async def spam(turn: Turn) -> Answer:
    return Answer([say("utter_spam")])


def _goes_on(turn: Turn) -> bool:
    """«доброе утро» in the middle of a talk; who opens the chat anew is told once more what it is for."""
    opened = turn.heard.text.startswith("/")
    return not (turn.meta.first_message or opened) and (turn.car is None or turn.car_is_known)


def _keep(turn: Turn) -> None:
    """«спасибо» does not answer what the bot asked: the question still stands."""
    turn.await_(Pending.model_copy(turn.pending) if turn.pending else None)
