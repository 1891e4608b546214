"""A VK for tests: the API, the long poll, uploads and callbacks of one community, and its customers."""

import asyncio
import itertools
import random
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.emulators.vk.api import Api, Made, Violation
from tests.emulators.vk.callback import CallbackServer
from tests.emulators.vk.community import Clock, Community, Message
from tests.emulators.vk.customer import Customer, Manager
from tests.emulators.vk.faults import ANY, Fault, Faults, Kind
from tests.emulators.vk.feed import Feed
from tests.emulators.vk.longpoll import LongPoll
from tests.emulators.vk.photos import LARGEST

STOP_WAITS = 1.0  # seconds for the answers under way


class VkEmulator:
    """`async with VkEmulator(token=…, group_id=…) as vk:` listens on `vk.url` in the loop of the test.

    vk_api blocks: call it from threads (`asyncio.to_thread`).
    """

    def __init__(
        self, token: str, group_id: int, *, port: int = 0, rate_limit: int | None = 20, seed: int = 0
    ) -> None:
        dice = random.Random(seed)
        self.community = Community(token, group_id, dice)
        self.longpoll = LongPoll(self.feed)
        self.faults = Faults(dice)
        self.api = Api(self.community, self.longpoll, rate_limit)
        self.app = web.Application(middlewares=[self.faults.middleware], client_max_size=2 * LARGEST)
        self.app.router.add_route("*", "/method/{method}", self.api.call)
        self.app.router.add_get(f"/longpoll/{group_id}", self.longpoll.check, name="longpoll")
        self.app.router.add_post("/upload/{address}", self.api.upload, name="upload")
        self._port = port
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=STOP_WAITS)
        self._callbacks: list[CallbackServer] = []
        self._user_ids = itertools.count(100_001)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.api.url = self.url
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*(callback.stop() for callback in self._callbacks))
        self.faults.stopping.set()
        self.longpoll.stop()
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def clock(self) -> Clock:
        return self.community.clock

    @property
    def feed(self) -> Feed:
        return self.community.feed

    @property
    def violations(self) -> list[Violation]:
        """Mistakes of the caller; a test of the product asserts that there are none."""
        return self.api.violations

    @property
    def sent(self) -> list[Message]:
        """What the community sent to anyone through the API, in order."""
        return self.community.sent

    def file(self, attachment: dict[str, Any]) -> bytes:
        """What the community has uploaded and sent."""
        kind = attachment["type"]
        contents = self.community.photos.contents if kind == "photo" else self.community.docs.contents
        return contents[attachment[kind]["id"]]

    def calls(self, method: str) -> list[Made]:
        return [call for call in self.api.calls if call.method == method]

    def customer(
        self, name: str = "Анна Петрова", *, user_id: int | None = None, old_client: bool = False
    ) -> Customer:
        return Customer(self.community, user_id or next(self._user_ids), name, old_client=old_client)

    def manager(self, admin_id: int = 42) -> Manager:
        return Manager(self.community, admin_id)

    def misbehave(
        self,
        kind: Kind,
        value: float = 0,
        *,
        method: str = ANY,
        times: int | None = 1,
        probability: float = 1.0,
    ) -> None:
        """Order a Fault; see there for what the kinds do."""
        self.faults.order(Fault(method, kind, value, times, probability))

    async def callback(
        self, url: str, secret: str, confirmation: str, *, back_off: float = 0.01
    ) -> CallbackServer:
        """Register a callback server as an administrator does; raises NotConfirmed."""
        self.community.confirmation = confirmation
        server = CallbackServer(self.feed, self.community.group_id, url, secret, back_off)
        self._callbacks.append(server)
        await server.confirm(confirmation)
        server.start()
        return server

    def repeat_last(self, times: int = 1) -> None:
        self.feed.repeat_last(times)
