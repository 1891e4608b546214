"""Dialogues as data, through the real processes: what the customer writes, what he must read.

A step has `say` or `press`, and of the answer: `expect` (regular expressions, found in this order),
`never` (found nowhere), `buttons`, `cards`, `pictures` (at least so many). A dialogue may have `car`
(the page the customer came from) and, at its end, `leads` (steps captured) and `tickets` (departments).
"""

import re
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from bot.conversations import Conversation
from bot.db import database
from bot.desk.models import Ticket
from bot.leads.models import Lead
from bot.settings import ROOT
from tests.dialogues.customer import customer
from tests.stack import Stack

DIALOGUES = [
    pytest.param(dialogue, id=f"{path.stem}: {dialogue['dialogue']}")
    for path in sorted((ROOT / "tests" / "dialogues").glob("*.yml"))
    for dialogue in yaml.safe_load(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("dialogue", DIALOGUES)
async def test_dialogue(stack: Stack, dialogue: dict[str, Any]) -> None:
    before = await newest_conversation(stack)
    async with customer(stack.url, dialogue.get("car")) as person:
        for step in dialogue["steps"]:
            answer = await (person.say(step["say"]) if "say" in step else person.press(step["press"]))
            check(step, answer)
    conversation = await newest_conversation(stack)
    assert conversation > before
    leads, tickets = await left_behind(stack, conversation)
    assert leads == dialogue.get("leads", [])
    assert tickets == dialogue.get("tickets", [])


def check(step: dict[str, Any], answer: dict[str, Any]) -> None:
    text = answer["text"].replace("\u00a0", " ")
    said = f"{step.get('say') or step.get('press')!r} → {text!r}"
    position = 0
    for pattern in step.get("expect", ()):
        match = re.compile(pattern, re.IGNORECASE | re.DOTALL).search(text, position)
        assert match, f"«{pattern}» не найдено после знака {position}: {said}"
        position = match.end()
    for pattern in step.get("never", ()):
        assert not re.search(pattern, text, re.IGNORECASE), f"«{pattern}» найдено: {said}"
    for kind in ("buttons", "cards", "pictures"):
        assert len(answer[kind]) >= step.get(kind, 0), f"{kind}: {answer[kind]}, {said}"


async def newest_conversation(stack: Stack) -> int:
    async with database(stack.database_url) as sessions, sessions() as session:
        query = select(Conversation.id).order_by(Conversation.id.desc()).limit(1)
        return await session.scalar(query) or 0


async def left_behind(stack: Stack, conversation: int) -> tuple[list[str], list[str]]:
    async with database(stack.database_url) as sessions, sessions() as session:
        leads = await session.scalars(
            select(Lead.step).where(Lead.conversation_id == conversation).order_by(Lead.id)
        )
        tickets = await session.scalars(
            select(Ticket.department).where(Ticket.conversation_id == conversation).order_by(Ticket.id)
        )
        return list(leads), list(tickets)
