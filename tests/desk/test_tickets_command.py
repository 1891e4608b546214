"""`bot tickets …`, run as an admin runs it."""

import asyncio

import pytest
from typer.testing import CliRunner, Result

from bot.conversations import Conversation, Message
from bot.db import database
from bot.desk.cli import app
from bot.desk.models import Ticket, TicketEvent


@pytest.fixture(autouse=True)
def _database(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("COLUMNS", "300")
    asyncio.run(_fill(sqlite_url))


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


async def _fill(url: str) -> None:
    async with database(url) as sessions, sessions.begin() as session:
        session.add(Conversation(channel="vk", account="1", chat_id="2", name="Анна"))
        await session.flush()
        session.add(Message(conversation_id=1, direction="in", text="звоните [bold]8 900 123-45-67"))
        session.add(
            Ticket(
                conversation_id=1,
                department="credit",
                reason="asked",
                topic="credit",
                summary="Просит позвонить: 8 900 123-45-67",
            )
        )
        await session.flush()
        session.add(TicketEvent(ticket_id=1, kind="opened", department="credit"))


class TestList:
    def test_shows_what_waits_without_whole_numbers(self) -> None:
        shown = run("list").output
        assert "ждёт" in shown
        assert "Просит позвонить" in shown
        assert "123-45-67" not in shown

    def test_shows_them_whole_when_asked(self) -> None:
        assert "8 900 123-45-67" in run("list", "--full").output


class TestShow:
    def test_tells_the_customer_the_events_and_the_talk_as_it_was_typed(self) -> None:
        shown = run("show", "1").output
        assert "Анна" in shown
        assert "открыто" in shown
        assert "клиент: звоните [bold]" in shown

    def test_an_unknown_number_is_said_in_a_sentence(self) -> None:
        result = run("show", "7")
        assert result.exit_code == 1
        assert "обращения 7 нет" in result.output


class TestClose:
    def test_once(self) -> None:
        assert run("close", "1").exit_code == 0
        assert run("close", "1").exit_code == 1
        assert "Просит" not in run("list").output
        assert "закрыто" in run("list", "--closed").output
