"""`bot outbox`: what did not arrive is shown with its reason and can be tried again."""

import asyncio

import pytest
from typer.testing import CliRunner

from bot.channels.base import Outgoing
from bot.conversations import Conversation
from bot.db import database
from bot.errors import DeliveryError
from bot.outbox import put, withdraw
from bot.outbox.cli import app
from tests.spine import incoming, spine

runner = CliRunner()


@pytest.fixture(autouse=True)
def _settings(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("COLUMNS", "200")


def test_what_failed_is_listed_with_its_reason_and_tried_again(sqlite_url: str) -> None:
    asyncio.run(_fail(sqlite_url))
    listed = runner.invoke(app, ["failed"]).output
    for words in ("fake", "anna", "бот заблокирован", "звоните +7900***4567"):
        assert words in listed
    assert "89001234567" in runner.invoke(app, ["failed", "--full"]).output
    assert runner.invoke(app, ["retry", "1"]).exit_code == 0
    assert "бот заблокирован" not in runner.invoke(app, ["failed"]).output
    assert asyncio.run(_deliver(sqlite_url)) == ["звоните 89001234567"]


def test_what_was_withdrawn_before_its_first_try_is_no_failure(sqlite_url: str) -> None:
    asyncio.run(_withdraw(sqlite_url))
    assert "сотрудник" not in runner.invoke(app, ["failed"]).output


@pytest.mark.parametrize("number", ["1", "99"])
def test_only_what_failed_is_tried_again(number: str, sqlite_url: str) -> None:
    asyncio.run(_withdraw(sqlite_url))
    result = runner.invoke(app, ["retry", number])
    assert (result.exit_code, f"недоставленного сообщения {number} нет" in result.output) == (1, True)


async def _fail(url: str) -> None:
    async with database(url) as sessions, spine(sessions) as gateway:
        await gateway.receive(incoming("вопрос"))
        async with sessions.begin() as session:
            conversation = await session.get_one(Conversation, 1)
            await put(session, conversation, Outgoing(text="звоните 89001234567"), origin="a")
        gateway.channel.troubles = [DeliveryError("бот заблокирован")]
        await gateway.deliver()


async def _deliver(url: str) -> list[str]:
    async with database(url) as sessions, spine(sessions) as gateway:
        await gateway.deliver()
        return gateway.channel.texts


async def _withdraw(url: str) -> None:
    async with database(url) as sessions, spine(sessions) as gateway:
        await gateway.receive(incoming("вопрос"))
        async with sessions.begin() as session:
            await put(session, await session.get_one(Conversation, 1), Outgoing(text="ответ"), origin="a")
            await withdraw(session, 1, "клиенту отвечает сотрудник")
