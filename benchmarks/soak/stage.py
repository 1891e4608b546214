"""The stage of a soak: emulated messengers in this process, all servers in processes of their own."""

import asyncio
import dataclasses
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from benchmarks.servers import free_port
from benchmarks.soak.crowd import Person, TelegramPerson, VkPerson
from benchmarks.soak.servers import Server
from bot.db import Sessions, database
from bot.migrate import migrate
from bot.processes import Program
from bot.settings import Settings
from bot.stock.importing import import_feed
from bot.supervise import SAMPLE_STOCK, engine_programs, responds
from tests.emulators.telegram import TelegramEmulator
from tests.emulators.vk import VkEmulator

TELEGRAM_TOKEN = "4242:soak"
VK_TOKEN = "vk1.a.soak"
VK_GROUP = 777

GATEWAY = (sys.executable, "-m", "bot.cli", "gateway")
ECHO = "benchmarks.soak.echo"

Between = Callable[[aiohttp.ClientSession, str], AbstractAsyncContextManager[str]]


@asynccontextmanager
async def nothing_between(_http: aiohttp.ClientSession, rasa_url: str) -> AsyncIterator[str]:
    yield rasa_url


@dataclass(frozen=True)
class Stage:
    http: aiohttp.ClientSession
    telegram: TelegramEmulator
    vk: VkEmulator
    sessions: Sessions
    gateways: Sequence[Server]
    engines: Sequence[Server]  # the actions and Rasa, or the echo
    rasa_url: str
    crowd: list[Person] = field(default_factory=list)

    @property
    def updates(self) -> int:
        """Made by all customers so far."""
        return sum(len(person.deeds) for person in self.crowd)

    @property
    def rasa(self) -> Server:
        return self.engines[-1]

    def people(self, number: int) -> list[Person]:
        """By turns in one messenger and the other."""
        people = [
            VkPerson(self.vk.customer(f"Анна {n}"))
            if n % 2
            else TelegramPerson(self.telegram.customer(f"Анна {n}"))
            for n in range(number)
        ]
        self.crowd.extend(people)
        return people


@asynccontextmanager
async def staged(
    folder: Path,
    database_url: str,
    *,
    gateways: int,
    window: float,
    real: bool,
    between: Between = nothing_between,
) -> AsyncIterator[Stage]:
    """`real`: Rasa with the trained model, the actions and the sample stock; else the echo.

    `between` may stand between the gateways and Rasa.
    """
    await migrate(database_url)
    async with AsyncExitStack() as stack:
        sessions = await stack.enter_async_context(database(database_url))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        telegram = await stack.enter_async_context(TelegramEmulator(TELEGRAM_TOKEN))
        vk = await stack.enter_async_context(VkEmulator(VK_TOKEN, VK_GROUP))
        if real:
            await import_feed(sessions, str(SAMPLE_STOCK))
        engine_url = f"http://127.0.0.1:{free_port()}"
        engines = (
            _engines(folder, http, database_url, engine_url) if real else [echo(folder, http, engine_url)]
        )
        asked_at = await stack.enter_async_context(between(http, engine_url))
        env = environment(database_url, asked_at, window, telegram, vk)
        doors = [gateway(folder, http, number, env) for number in range(1, gateways + 1)]
        for server in (*engines, *doors):
            stack.push_async_callback(server.stop)
        await asyncio.gather(*(server.start() for server in (*engines, *doors)))
        yield Stage(http, telegram, vk, sessions, doors, engines, engine_url)


def environment(
    database_url: str, rasa_url: str, window: float, telegram: TelegramEmulator, vk: VkEmulator
) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url,
        "RASA_URL": rasa_url,
        "BURST_WINDOW": str(window),
        "TELEGRAM_TOKEN": TELEGRAM_TOKEN,
        "TELEGRAM_API_URL": telegram.url,
        "VK_TOKEN": VK_TOKEN,
        "VK_GROUP_ID": str(VK_GROUP),
        "VK_API_URL": vk.url,
    }


def gateway(
    folder: Path,
    http: aiohttp.ClientSession,
    number: int,
    env: Mapping[str, str],
    command: tuple[str, ...] = GATEWAY,
) -> Server:
    port = free_port()
    program = Program(
        title=f"gateway {number}",
        log=f"gateway-{number}.log",
        command=command,
        starting="",
        ready=lambda: responds(http, f"http://127.0.0.1:{port}/health"),
        env={**env, "HTTP_PORT": str(port)},
    )
    return Server("gateway", program, folder / program.log)


def echo(folder: Path, http: aiohttp.ClientSession, url: str, module: str = ECHO) -> Server:
    port = url.rpartition(":")[2]
    program = Program(
        title="echo",
        log="echo.log",
        command=(sys.executable, "-m", module, "--port", port),
        starting="",
        ready=lambda: responds(http, f"{url}/status"),
    )
    return Server("rasa", program, folder / program.log)


def _engines(folder: Path, http: aiohttp.ClientSession, database_url: str, url: str) -> list[Server]:
    """As `bot run` starts them, over this database and a tracker store of their own."""
    settings = Settings(database_url=database_url, rasa_url=(url,), actions_port=free_port())
    actions, rasa = engine_programs(settings, http)
    tracker_store = f"sqlite:///{folder / 'rasa.db'}"
    return [
        Server("actions", _with(actions, DATABASE_URL=database_url), folder / actions.log),
        Server("rasa", _with(rasa, RASA_DATABASE_URL=tracker_store), folder / rasa.log),
    ]


def _with(program: Program, **env: str) -> Program:
    return dataclasses.replace(program, env={**program.env, **env})
