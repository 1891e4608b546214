"""Greetings, thanks and the like: a short courtesy at most. Not a word of business."""

from actions import advertising, wording
from actions.memory import Pending
from actions.say import Answer, say
from actions.turn import Turn


async def greet(turn: Turn) -> Answer:
    """Only when nothing was asked: the greeting itself is put before any first answer."""
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


def _keep(turn: Turn) -> None:
    """«спасибо» does not answer what the bot asked: the question still stands."""
    turn.await_(Pending.model_copy(turn.pending) if turn.pending else None)
