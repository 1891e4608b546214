"""Callbacks: VK hears `ok` only for what is stored, and strangers are not heard at all."""

import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select

from bot.channels.files import Files
from bot.channels.vk.api import Vk
from bot.channels.vk.connect import add_vk
from bot.channels.vk.outgoing import VkChannel
from bot.conversations import Message
from bot.db import Sessions
from bot.desk.tickets import take_over
from bot.inbox import Inbox
from bot.metrics import Metrics
from bot.settings import Settings
from bot.wake import Wake
from tests.emulators.vk import CallbackServer, Customer, NotConfirmed, VkEmulator

SECRET, CONFIRMATION = "s3cret", "c0de42"
PATH = "/vk/callback"

Client = TestClient[web.Request, web.Application]


@pytest.fixture
def settings(vk: VkEmulator) -> Settings:
    return Settings(
        _env_file=None, vk_mode="callback", vk_secret=SECRET, vk_confirmation=CONFIRMATION, vk_group_id=7
    )


@pytest.fixture
async def gateway(api: Vk, sqlite_sessions: Sessions, settings: Settings) -> AsyncIterator[Client]:
    app = web.Application()
    inbox = Inbox(sqlite_sessions, Wake(), partial(take_over, department="used"), Metrics())
    channel = VkChannel(api, sqlite_sessions, Files({}), burst_window=0.0)
    add_vk(app, channel, settings=settings, sessions=sqlite_sessions, inbox=inbox, worker="w")
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.fixture
async def callback(vk: VkEmulator, gateway: Client) -> CallbackServer:
    """VK posts its events to the gateway."""
    return await vk.callback(str(gateway.make_url(PATH)), SECRET, CONFIRMATION)


async def texts(sessions: Sessions) -> list[str]:
    async with sessions() as session:
        return list(await session.scalars(select(Message.text).order_by(Message.id)))


def event(text: str = "Раз", **fields: Any) -> dict[str, Any]:
    message = {"conversation_message_id": 1, "date": 1, "peer_id": 5, "from_id": 5, "text": text}
    envelope = {"type": "message_new", "event_id": "e1", "group_id": 7, "secret": SECRET}
    return envelope | {"object": {"message": message}} | fields


async def test_events_come_in_order_and_once(
    vk: VkEmulator, callback: CallbackServer, anna: Customer, sqlite_sessions: Sessions
) -> None:
    anna.starts(ref="car12")
    anna.says("Раз")
    vk.repeat_last(2)
    anna.says("Два")
    await callback.drained()
    assert await texts(sqlite_sessions) == ["", "Раз", "Два"]
    assert {attempt.answer for attempt in callback.attempts} == {"ok"}


async def test_the_address_is_confirmed(vk: VkEmulator, gateway: Client) -> None:
    with pytest.raises(NotConfirmed):
        await vk.callback(str(gateway.make_url(PATH)), SECRET, "another")


async def test_vk_repeats_until_the_database_is_back(
    vk: VkEmulator,
    callback: CallbackServer,
    anna: Customer,
    sqlite_sessions: Sessions,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    accept, away = Inbox.accept, [OSError("away")]

    async def fail_once(self: Inbox, *arguments: Any) -> bool:
        if away:
            raise away.pop()
        return await accept(self, *arguments)

    monkeypatch.setattr(Inbox, "accept", fail_once)
    monkeypatch.setattr("bot.channels.vk.callback.COME_AGAIN", {"Retry-After": "0"})
    anna.says("Раз")
    await callback.drained()
    assert [(attempt.status, attempt.answer) for attempt in callback.attempts] == [(503, ""), (200, "ok")]
    assert await texts(sqlite_sessions) == ["Раз"]


@pytest.mark.parametrize(
    "body",
    [
        event(secret="guess"),
        event(secret=None),
        event(secret=""),
        event(secret=["s3cret"]),
        event(secret="s3cretё\ud800"),
        event(group_id=8),
        event(group_id=None),
        {"type": "confirmation", "group_id": 8},
        {"type": "confirmation"},
        [],
        "ok",
        None,
    ],
)
async def test_a_stranger_is_refused(gateway: Client, sqlite_sessions: Sessions, body: Any) -> None:
    response = await gateway.post(PATH, data=json.dumps(body))
    assert response.status == 403
    assert CONFIRMATION not in await response.text()
    assert await texts(sqlite_sessions) == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
async def test_what_is_not_json_is_refused(gateway: Client, body: bytes) -> None:
    assert (await gateway.post(PATH, data=body)).status == 400


async def test_a_huge_body_is_refused(gateway: Client) -> None:
    assert (await gateway.post(PATH, data=b" " * (2 << 20))).status == 413


@pytest.mark.parametrize(
    "body",
    [event(type="something_new"), event(object={"message": 5}), event(event_id=None), event(object=[])],
)
async def test_an_unknown_or_broken_event_is_passed_over(
    gateway: Client, sqlite_sessions: Sessions, body: dict[str, Any]
) -> None:
    response = await gateway.post(PATH, data=json.dumps(body))
    assert (response.status, await response.text()) == (200, "ok")
    assert await texts(sqlite_sessions) == []


async def test_what_was_written_while_we_were_away_is_found(
    vk: VkEmulator, api: Vk, settings: Settings, anna: Customer, sqlite_sessions: Sessions
) -> None:
    anna.says("Есть кто?")
    app, wake = web.Application(), Wake()
    inbox = Inbox(sqlite_sessions, wake, partial(take_over, department="used"), Metrics())
    channel = VkChannel(api, sqlite_sessions, Files({}), burst_window=0.0)
    add_vk(app, channel, settings=settings, sessions=sqlite_sessions, inbox=inbox, worker="w")
    async with TestClient(TestServer(app)):
        await wake.wait(20)
        assert await texts(sqlite_sessions) == ["Есть кто?"]
