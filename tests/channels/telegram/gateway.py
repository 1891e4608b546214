"""A gateway that is connected to the Telegram emulator, with a fake Rasa behind it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.app import listening
from bot.channels.base import Incoming, Outgoing
from bot.channels.telegram import TelegramChannel, add_telegram, open_telegram
from bot.db import Sessions
from bot.inbox import Inbox
from bot.metrics import Metrics
from bot.settings import Settings
from bot.turn.rasa import Rasa
from bot.wake import Wake
from bot.workers import worker_name, working
from tests.emulators.telegram import Customer, TelegramEmulator
from tests.spine import DEALER, FakeRasa, nobody

TOKEN = "4200000001:test-of-avtootvet"
SECRET = "a-secret_of-42"
PATIENCE = 20  # seconds; far above what anything takes, so that a busy machine fails nothing


def settings(telegram: TelegramEmulator, **fields: object) -> Settings:
    known = {"telegram_token": TOKEN, "telegram_api_url": telegram.url, "burst_window": 0.0}
    return Settings(_env_file=None, **(known | fields))  # type: ignore[arg-type]


class WatchedInbox(Inbox):
    """The real inbox; tells the test what came, and fails on demand before it stores."""

    def __init__(self, sessions: Sessions, wake: Wake | None = None) -> None:
        super().__init__(sessions, wake or Wake(), nobody, Metrics())
        self.came: asyncio.Queue[tuple[Incoming, bool]] = asyncio.Queue()
        self.troubles: list[Exception] = []

    async def accept(self, incoming: Incoming, burst_window: float) -> bool:
        if self.troubles:
            raise self.troubles.pop(0)
        stored = await super().accept(incoming, burst_window)
        self.came.put_nowait((incoming, stored))
        return stored

    async def next(self) -> Incoming:
        """The next update that is new."""
        async with asyncio.timeout(PATIENCE):
            while True:
                incoming, stored = await self.came.get()
                if stored:
                    return incoming


@dataclass
class Receiving:
    """The door alone: updates go into the inbox and stay there."""

    inbox: WatchedInbox
    channel: TelegramChannel
    url: str
    _door: AsyncExitStack

    async def stop(self) -> None:
        await self._door.aclose()


@asynccontextmanager
async def receiving(
    telegram: TelegramEmulator, sessions: Sessions, inbox: WatchedInbox | None = None, **fields: object
) -> AsyncIterator[Receiving]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    chosen = settings(telegram, **({"public_url": url, "telegram_secret": SECRET} | fields))
    inbox = inbox or WatchedInbox(sessions)
    app = web.Application()
    async with open_telegram(chosen, sessions) as channel:
        assert channel is not None
        add_telegram(app, channel, settings=chosen, sessions=sessions, inbox=inbox, worker=worker_name())
        async with AsyncExitStack() as door:
            await door.enter_async_context(listening(app, "127.0.0.1", port))
            yield Receiving(inbox, channel, url, door)


@asynccontextmanager
async def talking(
    telegram: TelegramEmulator, sessions: Sessions, rasa: FakeRasa, **fields: object
) -> AsyncIterator[None]:
    """The whole way: what a customer says is answered by `rasa`."""
    wake = Wake()
    inbox = WatchedInbox(sessions, wake)
    async with (
        rasa.serve() as rasa_url,
        aiohttp.ClientSession() as http,
        receiving(telegram, sessions, inbox, **fields) as received,
        working(
            sessions,
            Rasa(http, [rasa_url]),
            {received.channel.name: received.channel},
            inbox=wake,
            metrics=Metrics(),
            dealer=DEALER,
        ),
    ):
        yield


class PictureServer:
    """A dealer's server. `near` is an address that the emulator can fetch from, `far` one it cannot."""

    def __init__(self, server: TestServer) -> None:
        self.fetched: list[str] = []
        self._port = server.port

    def near(self, name: str) -> str:
        return f"http://127.0.0.1:{self._port}/{name}"

    def far(self, name: str) -> str:
        return f"http://localhost:{self._port}/{name}"


async def send(channel: TelegramChannel, customer: Customer, message: Outgoing) -> list[str]:
    return [
        message_id
        for part in channel.parts(message)
        for message_id in await channel.send(str(customer.id), part, 1)
    ]


async def eventually(condition: Callable[[], bool]) -> None:
    """For what nobody tells of."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
