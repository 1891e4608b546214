"""SQLite as the gateway speaks to it: asked without a visit to another thread, with the same answers."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from bot.conversations import Conversation
from bot.db import Sessions, database
from bot.sqlite_driver import CHECKPOINT_EVERY

Visit = Callable[..., Awaitable[Any]]


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the threads of the connections were asked to do."""
    asked: list[str] = []
    visit: Visit = aiosqlite.Connection._execute

    async def counted(self: aiosqlite.Connection, work: Any, *given: Any, **options: Any) -> Any:
        asked.append(repr(work))
        return await visit(self, work, *given, **options)

    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
    return asked


def _customer(chat: str) -> dict[str, str]:
    return {"channel": "fake", "account": "main", "chat_id": chat}


async def _add(sessions: Sessions, chat: str) -> None:
    async with sessions.begin() as session:
        await session.execute(insert(Conversation).values(_customer(chat)))


async def _chats(sessions: Sessions) -> list[str]:
    async with sessions() as session:
        return list(await session.scalars(select(Conversation.chat_id).order_by(Conversation.id)))


async def test_a_question_visits_no_thread(sqlite_url: str, visits: list[str]) -> None:
    async with database(sqlite_url) as sessions:
        await _chats(sessions)
        visits.clear()
        await _chats(sessions)
        assert visits == []


async def test_a_change_visits_no_thread_either(sqlite_url: str, visits: list[str]) -> None:
    async with database(sqlite_url) as sessions:
        await _chats(sessions)
        visits.clear()
        async with sessions.begin() as session:
            await session.execute(insert(Conversation).values(_customer("anna")))
        assert visits == []
        assert await _chats(sessions) == ["anna"]


async def test_the_disk_is_waited_for_beside_the_loop(sqlite_url: str, visits: list[str]) -> None:
    async with database(sqlite_url) as sessions:
        await _chats(sessions)
        visits.clear()
        for number in range(CHECKPOINT_EVERY):
            await _add(sessions, str(number))
        assert len(visits) == 1


async def test_a_lock_of_another_process_is_waited_for_beside_the_loop(
    sqlite_url: str, visits: list[str]
) -> None:
    async with database(sqlite_url) as sessions:
        await _chats(sessions)
        other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        visits.clear()
        async with asyncio.timeout(30), asyncio.TaskGroup() as group:
            writing = group.create_task(_add(sessions, "anna"))
            while not visits:  # noqa: ASYNC110 (the thread has no event to tell of)
                await asyncio.sleep(0)
            assert await _chats(sessions) == []
            assert not writing.done()
            other.execute("COMMIT")
        other.close()
        assert await _chats(sessions) == ["anna"]


async def test_several_who_write_at_one_moment_wait_for_each_other(sqlite_url: str) -> None:
    async with database(sqlite_url) as sessions:
        await asyncio.gather(*(_add(sessions, str(n)) for n in range(20)))
        assert len(await _chats(sessions)) == 20


async def test_what_failed_half_way_is_undone(sqlite_url: str) -> None:
    async with database(sqlite_url) as sessions:
        with pytest.raises(IntegrityError):
            async with sessions.begin() as session:
                await session.execute(insert(Conversation).values(_customer("anna")))
                await session.execute(insert(Conversation).values(_customer("anna")))
        assert await _chats(sessions) == []


async def test_what_nobody_committed_is_undone_before_the_connection_serves_again(sqlite_url: str) -> None:
    async with database(sqlite_url) as sessions:
        async with sessions() as session:
            await session.execute(insert(Conversation).values(_customer("anna")))
        async with sessions.begin() as session:
            await session.execute(insert(Conversation).values(_customer("boris")))
        assert await _chats(sessions) == ["boris"]


async def test_statements_tell_how_many_rows_they_changed(sqlite_url: str) -> None:
    async with database(sqlite_url) as sessions, sessions.begin() as session:
        await session.execute(insert(Conversation), [_customer("anna"), _customer("boris")])
        renamed = await session.execute(update(Conversation).values(name="клиент"))
        removed = await session.scalars(
            delete(Conversation).where(Conversation.chat_id == "anna").returning(Conversation.chat_id)
        )
        assert (renamed.rowcount, removed.all()) == (2, ["anna"])


async def test_errors_are_those_of_the_database(sqlite_url: str) -> None:
    async with database(sqlite_url) as sessions, sessions() as session:
        with pytest.raises(OperationalError, match="no such table"):
            await session.execute(text("SELECT 1 FROM not_there"))
