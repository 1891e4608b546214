"""Dealership matters without an answer of their own go to a person."""

from actions.handover import to_department
from actions.say import Answer
from actions.turn import Turn


async def answer(turn: Turn) -> Answer:
    return to_department(turn, "other", reason="topic")
