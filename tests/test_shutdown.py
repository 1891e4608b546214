"""A stopped gateway ends what it does, says what it has to say, and leaves the rest to the next one."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import func, select

from bot import workers
from bot.channels.base import Outgoing
from bot.channels.models import ChannelReader
from bot.conversations import Conversation, Message
from bot.db import Sessions, database
from bot.inbox import Inbox
from bot.inbox.models import InboxUpdate
from bot.metrics import Metrics
from bot.outbox.models import OutboxMessage
from bot.settings import ROOT
from bot.wake import Wake
from bot.workers import working
from tests.emulators.telegram import TelegramEmulator
from tests.spine import DEALER, Answer, FakeChannel, FakeRasa, Spine, echo, incoming, nobody, spine

CUSTOMERS = 24
PATIENCE = 120  # seconds; far above what anything takes, so that a busy machine fails nothing


async def test_a_gateway_stopped_under_load_loses_and_doubles_nothing(sqlite_url: str) -> None:
    rasa, release = FakeRasa(), asyncio.Event()
    rasa.always = _answers_until(release, rasa, 5)
    async with database(sqlite_url) as sessions, rasa.serve() as rasa_url:
        await _write(sessions, "первое", "второе")
        async with _gateway(sqlite_url, rasa_url) as process:
            await _until(lambda: len(rasa.asked) > 8)
            process.send_signal(signal.SIGTERM)
            release.set()
            assert await process.wait() == 0
        assert 0 < await _count(sessions, OutboxMessage) < CUSTOMERS
        assert await _statuses(sessions) == ["sent"]
        assert await _held(sessions) == 0
        async with _gateway(sqlite_url, rasa_url) as process:
            await _until_done(sessions)
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
        assert await _answers(sessions) == ["«первое\nвторое»"] * CUSTOMERS
        assert await _statuses(sessions) == ["sent"]


async def test_a_gateway_stopped_while_customers_write_in_telegram_answers_each_once(
    sqlite_url: str,
) -> None:
    rasa, release = FakeRasa(), asyncio.Event()
    rasa.always = _answers_until(release, rasa, 5)
    token = "4200000001:test-of-avtootvet"
    async with (
        database(sqlite_url) as sessions,
        rasa.serve() as rasa_url,
        TelegramEmulator(token) as telegram,
    ):
        customers = [telegram.customer(f"Клиент {number}") for number in range(CUSTOMERS)]
        messenger = {"TELEGRAM_TOKEN": token, "TELEGRAM_API_URL": telegram.url, "BURST_WINDOW": "0"}
        async with _gateway(sqlite_url, rasa_url, messenger) as process:
            for customer in customers[: CUSTOMERS // 2]:
                customer.says("солярис есть?")
            await _until(lambda: len(rasa.asked) > 8)
            process.send_signal(signal.SIGTERM)
            release.set()
            for customer in customers[CUSTOMERS // 2 :]:
                customer.says("солярис есть?")
            assert await process.wait() == 0
        async with sessions() as session:
            assert (await session.scalars(select(ChannelReader.held_by))).all() == [None]
        async with _gateway(sqlite_url, rasa_url, messenger) as process:
            await _until(lambda: all(customer.received for customer in customers))
            await _until_done(sessions)
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
        assert [len(customer.received) for customer in customers] == [1] * CUSTOMERS


async def test_a_gateway_stopped_while_rasa_hangs_gives_the_turn_back(
    sqlite_sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "TURNS_GRACE", 0.1)
    async with spine(sqlite_sessions) as gateway:
        gateway.rasa.release.clear()
        async with _working(gateway):
            await gateway.receive(incoming("цена?"))
            await gateway.rasa.reached.wait()
        gateway.rasa.release.set()
        conversation = await gateway.conversation()
        assert (conversation.claimed_by, conversation.next_turn_at is not None) == (None, True)
        async with _working(gateway):
            await gateway.channel.delivered.wait()
        assert gateway.channel.texts == ["«цена?»"]


async def test_a_gateway_stopped_while_a_messenger_hangs_gives_the_message_back(
    sqlite_sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "DELIVERIES_GRACE", 0.1)
    async with spine(sqlite_sessions) as gateway:
        await gateway.receive(incoming("цена?"))
        await gateway.do_turns()
        hanging = HangingChannel()
        async with _working(gateway, hanging):
            await hanging.reached.wait()
        (row,) = await gateway.rows(OutboxMessage)
        assert (row.status, row.claimed_by) == ("queued", None)


async def test_what_waits_for_delivery_at_the_stop_is_still_delivered(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        for number in range(5):
            await gateway.receive(incoming(str(number)))
            await gateway.do_turns()
        async with _working(gateway):
            pass
        assert gateway.channel.texts == [f"«{number}»" for number in range(5)]


class HangingChannel(FakeChannel):
    def __init__(self) -> None:
        super().__init__()
        self.reached = asyncio.Event()

    async def send(self, chat_id: str, part: Outgoing, send_key: int) -> Sequence[str]:
        self.reached.set()
        await asyncio.Event().wait()
        raise AssertionError


@asynccontextmanager
async def _working(gateway: Spine, channel: FakeChannel | None = None) -> AsyncIterator[None]:
    async with working(
        gateway.sessions,
        gateway.turns.rasa,
        {"fake": channel or gateway.channel},
        inbox=Wake(),
        metrics=gateway.metrics,
        dealer=DEALER,
    ):
        yield


@asynccontextmanager
async def _gateway(
    database_url: str, rasa_url: str, more: Mapping[str, str] | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    port = _free_port()
    settings = {
        "DATABASE_URL": database_url,
        "RASA_URL": rasa_url,
        "DEALER_FILE": str(ROOT / "dealer.yml"),
        "HTTP_PORT": str(port),
        "TELEGRAM_TOKEN": "",
        "VK_TOKEN": "",
        **(more or {}),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.cli", "gateway"), cwd=ROOT, env={**os.environ, **settings}
    )
    try:
        await _until_listening(port)  # a signal before the start is over ends any program at once
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _answers_until(release: asyncio.Event, rasa: FakeRasa, count: int) -> Answer:
    """Answers so many at once; the rest wait for `release`."""

    async def answer(body: dict[str, Any]) -> web.Response:
        if len(rasa.asked) > count:
            await release.wait()
        return await echo(body)

    return answer


async def _write(sessions: Sessions, *texts: str) -> None:
    inbox = Inbox(sessions, Wake(), nobody, Metrics())
    for number in range(CUSTOMERS):
        for text in texts:
            update = incoming(text, chat=f"chat{number}").model_copy(update={"channel": "site"})
            await inbox.accept(update, 0.0)


async def _until_listening(port: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.05)


async def _until_done(sessions: Sessions) -> None:
    async with asyncio.timeout(PATIENCE):
        while await _waiting(sessions):  # noqa: ASYNC110 (another process writes it)
            await asyncio.sleep(0.05)


async def _waiting(sessions: Sessions) -> int:
    async with sessions() as session:
        waiting = select(func.count()).select_from(InboxUpdate).where(InboxUpdate.done_at.is_(None))
        return await session.scalar(waiting) or 0


async def _until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not reached():  # noqa: ASYNC110 (another process does it)
            await asyncio.sleep(0.01)


async def _count(sessions: Sessions, model: type[OutboxMessage]) -> int:
    async with sessions() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def _statuses(sessions: Sessions) -> list[str]:
    async with sessions() as session:
        return list(await session.scalars(select(OutboxMessage.status).distinct()))


async def _held(sessions: Sessions) -> int:
    async with sessions() as session:
        held = select(func.count()).select_from(Conversation).where(Conversation.claimed_by.is_not(None))
        return await session.scalar(held) or 0


async def _answers(sessions: Sessions) -> list[str]:
    async with sessions() as session:
        said = select(Message.text).where(Message.direction == "out")
        return list(await session.scalars(said))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
