"""The Callback API: confirmation, secret, repeats until `ok`, waits that the server asks for."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from tests.emulators.vk import Customer, NotConfirmed, VkEmulator
from tests.emulators.vk.real_client import GROUP

SECRET = "s3cret"
OK = (200, "ok", None)


@dataclass
class Gateway:
    """Answers with what is queued, then with `ok`; remembers what came."""

    url: str = ""
    confirmation: str = "c0de"
    answers: list[tuple[int, str, str | None]] = field(default_factory=list)
    came: list[dict[str, Any]] = field(default_factory=list)
    retries: list[str | None] = field(default_factory=list)
    arrived: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body["type"] == "confirmation":
            return web.Response(text=self.confirmation)
        self.came.append(body)
        self.arrived.put_nowait(body)
        self.retries.append(request.headers.get("X-Retry-Counter"))
        status, text, later = self.answers.pop(0) if self.answers else OK
        return web.Response(status=status, text=text, headers={"Retry-After": later} if later else {})

    async def next_text(self) -> str:
        async with asyncio.timeout(10):
            body = await self.arrived.get()
        return str(body["object"]["message"]["text"])

    @property
    def texts(self) -> list[str]:
        return [body["object"]["message"]["text"] for body in self.came]


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    gateway = Gateway()
    app = web.Application()
    app.router.add_post("/vk/callback", gateway.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    gateway.url = f"http://127.0.0.1:{runner.addresses[0][1]}/vk/callback"
    yield gateway
    await runner.cleanup()


async def test_events_come_with_the_secret_and_in_order(
    vk: VkEmulator, gateway: Gateway, anna: Customer
) -> None:
    server = await vk.callback(gateway.url, SECRET, "c0de")
    anna.says("Раз")
    anna.says("Два")
    await server.drained()
    assert gateway.texts == ["Раз", "Два"]
    assert {(body["secret"], body["group_id"], body["v"]) for body in gateway.came} == {
        (SECRET, GROUP, "5.199")
    }
    assert gateway.retries == [None, None]


async def test_a_wrong_confirmation_is_not_accepted(vk: VkEmulator, gateway: Gateway) -> None:
    with pytest.raises(NotConfirmed):
        await vk.callback(gateway.url, SECRET, "other")


async def test_a_server_that_is_down_is_not_confirmed(vk: VkEmulator) -> None:
    with pytest.raises(NotConfirmed):
        await vk.callback("http://127.0.0.1:9/", SECRET, "c0de")


@pytest.mark.parametrize("answer", [(500, "", None), (200, "OK", None), (200, "ok\n", None), (200, "", None)])
async def test_anything_but_ok_is_repeated(
    vk: VkEmulator, gateway: Gateway, anna: Customer, answer: tuple[int, str, str | None]
) -> None:
    gateway.answers = [answer, answer]
    server = await vk.callback(gateway.url, SECRET, "c0de")
    anna.says("Раз")
    anna.says("Два")
    await server.drained()
    assert gateway.texts == ["Раз", "Раз", "Раз", "Два"]
    assert gateway.retries == [None, "1", "2", None]
    assert len({body["event_id"] for body in gateway.came}) == 2


async def test_the_back_off_grows(vk: VkEmulator, gateway: Gateway, anna: Customer) -> None:
    gateway.answers = [(500, "", None)] * 3
    server = await vk.callback(gateway.url, SECRET, "c0de", back_off=0.001)
    anna.says("Раз")
    await server.drained()
    assert [attempt.wait for attempt in server.attempts] == [0.001, 0.002, 0.004, None]


@pytest.mark.parametrize("status", [410, 429, 503])
async def test_the_server_may_ask_for_a_later_try(
    vk: VkEmulator, gateway: Gateway, anna: Customer, status: int
) -> None:
    gateway.answers = [(status, "", "0"), (status, "", str(3 * 3600))]
    server = await vk.callback(gateway.url, SECRET, "c0de", back_off=0.001)
    anna.says("Раз")
    await server.drained()
    assert [attempt.wait for attempt in server.attempts] == [0.0, 0.002, None]


async def test_one_customers_trouble_does_not_hold_another_up(
    vk: VkEmulator, gateway: Gateway, anna: Customer
) -> None:
    gateway.answers = [(503, "", "3600")]
    boris = vk.customer("Борис Орлов")
    await vk.callback(gateway.url, SECRET, "c0de")
    anna.says("Раз")
    await gateway.next_text()  # Anna's first, so that the trouble is hers
    boris.says("Два")
    assert await gateway.next_text() == "Два"


async def test_repeats_are_posted_and_lost_events_are_not(
    vk: VkEmulator, gateway: Gateway, anna: Customer
) -> None:
    server = await vk.callback(gateway.url, SECRET, "c0de")
    with vk.feed.losing():
        anna.says("Потерялось")
    anna.says("Раз")
    vk.repeat_last()
    await server.drained()
    assert gateway.texts == ["Раз", "Раз"]
    assert len({body["event_id"] for body in gateway.came}) == 1


async def test_remove_ends_it(vk: VkEmulator, gateway: Gateway, anna: Customer) -> None:
    gateway.answers = [(200, "remove", None)]
    server = await vk.callback(gateway.url, SECRET, "c0de")
    anna.says("Раз")
    anna.says("Два")
    await server.drained()
    assert gateway.texts == ["Раз"]
    assert server.removed
