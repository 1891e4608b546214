"""Car service: its own department, at once."""

from actions.handover import to_department
from actions.say import Answer
from actions.turn import Turn


async def answer(turn: Turn) -> Answer:
    return to_department(turn, "service", reason="topic")
