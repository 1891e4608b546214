"""Dealership matters without an answer of their own go to a person."""

import re

from actions.handover import to_department
from actions.say import Answer
from actions.turn import Turn

# «договор поручительства можно подписать дистанционно?» is for those who write it.
_LOAN = re.compile(r"\b(?:поручител|соза[её]м|автокредит|кредитн\w+ договор|договор\w* кредит)", re.I)


async def answer(turn: Turn) -> Answer:
    topic = "credit" if _LOAN.search(turn.heard.text) else "other"
    return to_department(turn, topic, reason="topic")
