"""What is said is put into the queue and into the history, and the history knows which row carries it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import delete, event
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.channels.base import Outgoing
from bot.conversations import Conversation, Message
from bot.db import Sessions
from bot.outbox import Choice, put
from bot.outbox.models import OutboxMessage
from tests.spine import Spine, incoming, spine

YES = Choice("Да", "/affirm")


async def anna(gateway: Spine) -> Conversation:
    await gateway.receive(incoming("Есть Рио?"))
    return await gateway.conversation()


async def spoken(gateway: Spine) -> list[Message]:
    return [message for message in await gateway.rows(Message) if message.direction == "out"]


@contextmanager
def statements(sessions: Sessions) -> Iterator[list[str]]:
    """What the database is asked, as «INSERT INTO message»."""
    asked: list[str] = []
    engine: AsyncEngine = sessions.kw["bind"]

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(" ".join(statement.split()[:3]))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)


@pytest.mark.parametrize("choices", [(), (YES,)], ids=["words", "buttons"])
async def test_the_history_names_the_row_and_says_the_same(
    sessions: Sessions, choices: Sequence[Choice]
) -> None:
    async with spine(sessions) as gateway:
        conversation = await anna(gateway)
        async with sessions.begin() as session:
            for number in (1, 2):
                said = Outgoing(text="Да, в салоне")
                await put(session, conversation, said, origin=f"turn:{number}", choices=choices)
        rows = {row.id: row.body for row in await gateway.rows(OutboxMessage)}
        assert {message.outbox_id: message.extras for message in await spoken(gateway)} == rows
        assert len(rows) == 2


@pytest.mark.parametrize(
    ("choices", "asked"),
    [
        ((), ["INSERT INTO outbox_message", "INSERT INTO message"]),
        ((YES,), ["INSERT INTO outbox_message", "UPDATE outbox_message SET", "INSERT INTO message"]),
    ],
    ids=["words", "buttons"],
)
async def test_an_answer_claimed_at_once_asks_the_database_no_more_than_it_must(
    sessions: Sessions, choices: Sequence[Choice], asked: list[str]
) -> None:
    """Every turn does it. Only the keys of buttons need a statement more: they hold the number of the row."""
    async with spine(sessions) as gateway:
        conversation = await anna(gateway)
        with statements(sessions) as seen:
            async with sessions.begin() as session:
                yes = Outgoing(text="Да")
                await put(session, conversation, yes, origin="turn:1", choices=choices, held_by="worker")
        assert seen == asked


async def test_the_history_outlives_the_queue(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        conversation = await anna(gateway)
        async with sessions.begin() as session:
            await put(session, conversation, Outgoing(text="Да, в салоне"), origin="turn:1")
        async with sessions.begin() as session:
            await session.execute(delete(OutboxMessage))
        assert [(each.text, each.outbox_id) for each in await spoken(gateway)] == [("Да, в салоне", None)]
