"""The gateway as a whole: pages, readiness, pictures, and what is said when it cannot start."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.app import Parts, add_channels, add_routes, assembled, listening
from bot.db import Sessions
from bot.errors import SettingsError
from bot.inbox import Inbox
from bot.outbox.models import OutboxMessage
from bot.settings import ROOT, Settings
from bot.wake import Wake
from bot.workers import working
from tests.spine import DEALER, FakeChannel, Spine, incoming, nobody, spine


@asynccontextmanager
async def gateway(
    url: str, rasa_url: str
) -> AsyncIterator[tuple[Parts, TestClient[web.Request, web.Application]]]:
    settings = Settings(_env_file=None, database_url=url, rasa_url=rasa_url, dealer_file=ROOT / "dealer.yml")
    async with assembled(settings) as parts:
        app = web.Application()
        channels = add_channels(app, parts)
        add_routes(app, parts, channels, pictures=ROOT / "tests")
        async with TestClient(TestServer(app)) as client:
            yield parts, client


async def test_pages_and_health(sqlite_url: str) -> None:
    async with gateway(sqlite_url, "http://127.0.0.1:9") as (_, client):
        assert (await client.get("/")).status == 200
        assert (await client.get("/health")).status == 200
        assert (await client.get("/stock/conftest.py")).status == 200
        assert (await client.get("/stock/../pyproject.toml")).status == 404


async def test_not_ready_without_rasa(sqlite_url: str) -> None:
    async with gateway(sqlite_url, "http://127.0.0.1:9") as (_, client):
        response = await client.get("/ready")
        assert (response.status, await response.json()) == (
            503,
            {"database": True, "rasa": False, "channels": {}},
        )


async def test_ready_once_rasa_has_its_model(sqlite_url: str) -> None:
    async def status(_request: web.Request) -> web.Response:
        return web.json_response({"model_file": "avtootvet.tar.gz"})

    app = web.Application()
    app.router.add_get("/status", status)
    async with TestServer(app) as rasa, gateway(sqlite_url, str(rasa.make_url(""))) as (_, client):
        assert (await client.get("/ready")).status == 200


async def test_a_new_database_is_migrated_at_start(tmp_path: Path) -> None:
    async with gateway(f"sqlite:///{tmp_path}/new/a.db", "http://127.0.0.1:9") as (parts, _):
        assert await parts.inbox.accept(incoming("раз"), 0.0)


async def test_a_busy_port_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"порт {port} занят.*HTTP_PORT"):
            async with listening(web.Application(), "127.0.0.1", port):
                pass


async def test_an_accepted_message_is_answered_by_itself(sessions: Sessions) -> None:
    async with spine(sessions) as parts, _working(parts) as (inbox, channel):
        await inbox.accept(incoming("цена?"), 0.05)
        await _until_sent(channel, 1)
        assert channel.texts == ["«цена?»"]


async def test_what_was_pending_is_resumed_at_start(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as parts:
        await parts.receive(incoming("раз"), incoming("два", chat="boris"))
        async with _working(parts) as (_, channel):
            await _until_sent(channel, 2)
            assert sorted(channel.texts) == ["«два»", "«раз»"]


async def test_the_running_turn_ends_before_the_gateway_does(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as parts:
        parts.rasa.release.clear()
        async with _working(parts) as (inbox, channel):
            await inbox.accept(incoming("цена?"), 0.0)
            await parts.rasa.reached.wait()
            asyncio.get_running_loop().call_later(0.2, parts.rasa.release.set)
        assert [row.status for row in await parts.rows(OutboxMessage)] == ["sent"]
        assert channel.texts == ["«цена?»"]


async def test_two_gateways_answer_each_customer_once_and_in_order(sessions: Sessions) -> None:
    async with spine(sessions) as parts, _working(parts) as (inbox, _), _working(parts):
        for number in range(5):
            updates = [incoming(f"{chat}{number}", chat=chat) for chat in ("a", "b", "c")]
            await asyncio.gather(*(inbox.accept(update, 0.0) for update in updates))
            await _until_sent(parts.channel, 3 * (number + 1))
        for chat in ("a", "b", "c"):
            said = [message.text for to, message in parts.channel.sent if to == chat]
            assert said == [f"«{chat}{n}»" for n in range(5)]


@asynccontextmanager
async def _working(parts: Spine) -> AsyncIterator[tuple[Inbox, FakeChannel]]:
    wake = Wake()
    channels = {"fake": parts.channel}
    async with working(
        parts.sessions,
        parts.turns.rasa,
        channels,
        inbox=wake,
        metrics=parts.metrics,
        dealer=DEALER,
    ):
        yield Inbox(parts.sessions, wake, nobody, parts.metrics), parts.channel


async def _until_sent(channel: FakeChannel, count: int) -> None:
    async with asyncio.timeout(30):
        while len(channel.sent) < count:
            await channel.delivered.wait()
            channel.delivered.clear()
