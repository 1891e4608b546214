"""What is told to those who watch over the gateway, and to nobody else."""

import datetime as dt
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.channels.base import Outgoing
from bot.conversations import Conversation
from bot.db import Sessions, database, utcnow
from bot.errors import DeliveryDelayed, DeliveryError
from bot.inbox.models import InboxUpdate
from bot.leads.claim import waiting_by_system
from bot.metrics import Metrics
from bot.monitoring import Monitoring, may_measure, open_tickets, queued_messages, waiting_updates
from bot.outbox import put
from bot.outbox.models import OutboxMessage
from bot.settings import ROOT
from bot.turn.rasa import Rasa
from tests.spine import FakeChannel, Spine, fails, incoming, says, spine

TICKET = {
    "effect": "ticket",
    "department": "used",
    "reason": "asked",
    "topic": "other",
    "summary": "Просит менеджера",
}


async def test_messages_are_counted_by_channel_and_kind(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        once = incoming("раз")
        await gateway.receive(once, once, incoming("два"), incoming("/start", kind="start"))
        told = await _told(gateway)
        assert told["avtootvet_messages_received_total", "fake", "text"] == 2
        assert told["avtootvet_messages_received_total", "fake", "start"] == 1


async def test_turns_are_counted_by_what_came_of_them(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        gateway.rasa.answers = [says({"custom": {"effect": "understood", "ok": True}})]
        await gateway.talk(incoming("👍"))
        await gateway.talk(incoming("цена?"))
        gateway.rasa.always = fails(500)
        await gateway.talk(incoming("алло"))
        told = await _told(gateway)
        outcomes = ("silent", "answered", "retried", "handed_over")
        assert [told["avtootvet_turns_total", "fake", o] for o in outcomes] == [1, 1, 2, 1]
        assert told["avtootvet_turn_seconds_count", "fake"] == 1


async def test_deliveries_are_counted_by_what_came_of_them(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        gateway.channel.troubles = [TimeoutError(), DeliveryDelayed("429"), DeliveryError("заблокирован")]
        await gateway.talk(incoming("раз"))
        for _ in range(2):
            await _make_due(gateway)
            await gateway.deliver()
        await gateway.talk(incoming("два"))
        told = await _told(gateway)
        outcomes = ("unclear", "delayed", "failed", "sent")
        assert [told["avtootvet_deliveries_total", "fake", o] for o in outcomes] == [1, 1, 1, 1]
        assert told["avtootvet_delivery_seconds_count", "fake"] == 1
        assert told["avtootvet_outbox_failed_24h", "fake"] == 1


async def test_what_waits_is_read_from_the_database(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        gateway.rasa.answers = [says({"text": "Передал.", "custom": TICKET})]
        await gateway.receive(incoming("менеджера"))
        await gateway.do_turns()
        await gateway.receive(incoming("раз", chat="boris"), incoming("два", chat="boris"))
        async with sessions.begin() as session:
            past = utcnow() - dt.timedelta(seconds=90)
            await session.execute(update(InboxUpdate).values(received_at=past))
            await session.execute(update(OutboxMessage).values(created_at=past))
        told = await _told(gateway)
        assert told["avtootvet_inbox_waiting",] == 2
        assert 90 <= told["avtootvet_inbox_oldest_seconds",] < 120
        assert told["avtootvet_outbox_queued",] == 1
        assert 90 <= told["avtootvet_outbox_oldest_seconds",] < 120
        assert told["avtootvet_tickets_open",] == 1
        assert told["avtootvet_database_up",] == 1


async def test_failures_of_yesterday_are_not_told_for_ever(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        await gateway.receive(incoming("вопрос"))
        async with sqlite_sessions.begin() as session:
            conversation = await session.get_one(Conversation, 1)
            row = await put(session, conversation, Outgoing(text="ответ"), origin="a")
            row.status, row.attempts = "failed", 10
        assert (await _told(gateway))["avtootvet_outbox_failed_24h", "fake"] == 1
        async with sqlite_sessions.begin() as session:
            await session.execute(update(OutboxMessage).values(next_try_at=utcnow() - dt.timedelta(hours=25)))
        assert ("avtootvet_outbox_failed_24h", "fake") not in await _told(gateway)


async def test_a_database_that_is_away_leaves_no_old_numbers(tmp_path: object) -> None:
    async with database(f"sqlite:///{tmp_path}/empty.db") as sessions, spine(sessions) as gateway:
        told = await _told(gateway)
        assert told["avtootvet_database_up",] == 0
        assert told["avtootvet_inbox_waiting",] != told["avtootvet_inbox_waiting",]  # NaN


async def test_scraping_reads_no_table_whole(sessions: Sessions) -> None:
    async with sessions() as session:
        lite = session.get_bind().dialect.name == "sqlite"
        dialect = sqlite.dialect() if lite else postgresql.dialect()
        if not lite:
            await session.execute(text("SET enable_seqscan = off"))  # the tables are empty
        for query in (waiting_updates(), queued_messages(), open_tickets(), waiting_by_system()):
            written = query.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
            plan = await session.execute(text(f"EXPLAIN {'QUERY PLAN' if lite else ''} {written}"))
            steps = [row[-1] for row in plan]
            assert [s for s in steps if "Seq Scan" in s or (s.startswith("SCAN") and "INDEX" not in s)] == []


@pytest.mark.parametrize(
    ("remote", "headers", "token", "may"),
    [
        ("127.0.0.1", {}, None, True),
        ("::1", {}, None, True),
        ("10.1.2.3", {}, None, True),
        ("8.8.8.8", {}, None, False),
        ("127.0.0.1", {"Host": "127.0.0.1:8080"}, None, True),
        ("127.0.0.1", {"Host": "localhost:8080"}, None, True),
        ("172.18.0.4", {"Host": "gateway:8080"}, None, True),
        ("::1", {"Host": "[::1]:8080"}, None, True),
        # Behind a proxy everybody comes from its address.
        ("127.0.0.1", {"Host": "chat.example.ru"}, None, False),
        ("127.0.0.1", {"Host": "8.8.8.8:8080"}, None, False),
        ("127.0.0.1", {"X-Forwarded-For": "8.8.8.8"}, None, False),
        ("127.0.0.1", {"Forwarded": "for=8.8.8.8"}, None, False),
        ("127.0.0.1", {"X-Real-IP": "8.8.8.8"}, None, False),
        ("127.0.0.1", {}, "тайна", False),
        ("8.8.8.8", {"Authorization": "Bearer secret"}, "secret", True),
        ("8.8.8.8", {"Authorization": "Bearer other"}, "secret", False),
        ("8.8.8.8", {"Authorization": "Bearer ключ"}, "secret", False),
        (None, {}, None, False),
    ],
)
def test_who_may_read_the_metrics(
    remote: str | None, headers: dict[str, str], token: str | None, may: bool
) -> None:
    request = make_mocked_request("GET", "/metrics", headers=headers).clone(remote=remote or "")
    assert may_measure(request, token) is may


async def test_a_stranger_is_refused(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway, _watched(gateway, {}) as client:
        assert (await client.get("/metrics")).status == 200
        assert (await client.get("/metrics", headers={"X-Forwarded-For": "8.8.8.8"})).status == 403


async def test_a_messenger_that_is_away_is_told_and_stops_nobody(sqlite_sessions: Sessions) -> None:
    class Lost(FakeChannel):
        alive = False

    async with (
        spine(sqlite_sessions) as gateway,
        _watched(gateway, {"fake": FakeChannel(), "lost": Lost()}, rasa_ready=True) as client,
    ):
        response = await client.get("/ready")
        assert (response.status, (await response.json())["channels"]) == (200, {"lost": False})


@asynccontextmanager
async def _watched(
    gateway: Spine, channels: Mapping[str, Any], *, rasa_ready: bool = False
) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    class LoadedRasa(Rasa):
        async def ready(self) -> bool:
            return rasa_ready

    app = web.Application()
    async with aiohttp.ClientSession() as http:
        Monitoring(gateway.sessions, LoadedRasa(http, []), channels, gateway.metrics).add_to(app)
        async with TestClient(TestServer(app)) as client:
            yield client


async def _told(gateway: Spine) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels; counters that never counted are 0."""
    async with _watched(gateway, {}) as client:
        page = await (await client.get("/metrics")).text()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


async def _make_due(gateway: Spine) -> None:
    async with gateway.sessions.begin() as session:
        await session.execute(update(OutboxMessage).values(next_try_at=utcnow()))


def test_the_guide_names_every_metric_and_no_other() -> None:
    guide = (ROOT / "docs" / "guides" / "operations.md").read_text(encoding="utf-8")
    table = guide.partition("## Что в /metrics")[2].partition("О чём стоит")[0]
    told = re.findall(r"^# HELP (\S+)", Metrics().expose(None).decode(), re.M)
    assert sorted(re.findall(r"`(avtootvet_\w+)`", table)) == sorted(told)


def test_two_gateways_in_one_process_count_apart() -> None:
    first, second = Metrics(), Metrics()
    first.received("site", "text")
    assert b'channel="site"' in first.expose(None)
    assert b'channel="site"' not in second.expose(None)
