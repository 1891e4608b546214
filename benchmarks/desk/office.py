"""The stage: emulated messengers with a group for each department, gateways in processes of their own."""

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from aiohttp import web

from benchmarks.desk.people import Client, Colleague
from benchmarks.servers import free_port
from benchmarks.soak.servers import Postgres, Server
from benchmarks.soak.stage import (
    GATEWAY,
    TELEGRAM_TOKEN,
    VK_GROUP,
    VK_TOKEN,
    echo,
    environment,
    gateway,
)
from bot.db import Sessions, database
from bot.migrate import migrate
from bot.settings import ROOT
from tests.emulators.telegram import Group, TelegramEmulator
from tests.emulators.vk import VkEmulator

DEPARTMENTS = ("used_cars", "new_cars", "credit", "trade_in", "service")
NAMES = ("Алексей Громов", "Светлана Ким", "Рустам Валиев")
SCALED_GATEWAY = (sys.executable, "-m", "benchmarks.desk.gateway")
SCALED_ECHO = "benchmarks.desk.echo"
GROUP_LIMIT = 20  # messages a minute, core.telegram.org/bots/faq
RETRIED_AFTER = 0.1  # seconds
# Minutes after which somebody who waits is told of: nobody here lives to see them.
WATCH = {"remind": 60, "manager": 120, "next_department": 1000, "resolve": 2000}


@dataclass(frozen=True)
class Office:
    http: aiohttp.ClientSession
    telegram: TelegramEmulator
    vk: VkEmulator
    relay: "Relay"
    sessions: Sessions
    database: Postgres | None  # a server that may be killed
    gateways: Sequence[Server]
    groups: Mapping[str, Group]
    titles: Mapping[str, str]  # of the departments, as the buttons name them
    colleagues: Mapping[str, Sequence[Colleague]]
    clients: list[Client] = field(default_factory=list)
    marks: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def come(self, number: int, departments: Sequence[str] = DEPARTMENTS) -> list[Client]:
        """New customers, by turns in one messenger and the other, each with a question to one department."""
        come = [
            self._client(n, departments[n % len(departments)])
            for n in range(len(self.clients), len(self.clients) + number)
        ]
        self.clients.extend(come)
        return come

    def _client(self, number: int, department: str) -> Client:
        name = f"Анна {number}"
        if number % 2:
            return Client.in_vk(self.vk, name, department, self.marks)
        return Client.in_telegram(self.telegram, name, department, self.marks)


class Relay:
    """Where Telegram posts its updates: to each gateway in its turn.

    `abreast`: the next one of a group goes out before the last one is answered.
    """

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self.port = free_port()
        self.targets: Sequence[str] = ()
        self.abreast = False
        self._http = http
        self._numbers = itertools.count()
        self._under_way: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        app = web.Application(client_max_size=2**24)
        app.router.add_post("/{path:.*}", self._take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", self.port).start()
            yield f"http://127.0.0.1:{self.port}"
        finally:
            for task in self._under_way:
                task.cancel()
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        body, headers = await request.read(), dict(request.headers)
        if not self.abreast:
            return web.Response(status=await self._post(request.path, body, headers))
        task = asyncio.create_task(self._until_taken(request.path, body, headers))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return web.Response()

    async def _until_taken(self, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        while await self._post(path, body, headers) != web.HTTPOk.status_code:  # noqa: ASYNC110
            await asyncio.sleep(RETRIED_AFTER)

    async def _post(self, path: str, body: bytes, headers: Mapping[str, str]) -> int:
        target = self.targets[next(self._numbers) % len(self.targets)]
        try:
            async with self._http.post(f"{target}{path}", data=body, headers=headers) as answer:
                return answer.status
        except aiohttp.ClientError:
            return web.HTTPBadGateway.status_code


@asynccontextmanager
async def office(
    folder: Path,
    where: str | Postgres,
    *,
    gateways: int,
    minute: float | None,
    webhook: bool,
) -> AsyncIterator[Office]:
    """`where`: the URL of a database, or the server that it lies on.

    `minute` is how long one lasts for the limit of a group, in seconds; None: as in Telegram.
    """
    killable = where if isinstance(where, Postgres) else None
    database_url = where.url if isinstance(where, Postgres) else where
    await migrate(database_url)
    async with AsyncExitStack() as stack:
        sessions = await stack.enter_async_context(database(database_url))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        telegram = await stack.enter_async_context(TelegramEmulator(TELEGRAM_TOKEN))
        vk = await stack.enter_async_context(VkEmulator(VK_TOKEN, VK_GROUP))
        if minute is not None:
            telegram.group_limit = (GROUP_LIMIT, minute)
        relay = Relay(http)
        address = await stack.enter_async_context(relay.serving())
        groups = {department: telegram.group(department) for department in DEPARTMENTS}
        rasa_url = f"http://127.0.0.1:{free_port()}"
        env = environment(database_url, rasa_url, 0.2, telegram, vk)
        dealer = _dealer(groups)
        env["DEALER_FILE"] = str(_written(folder / "dealer.yml", dealer))
        if webhook:
            env |= {"TELEGRAM_MODE": "webhook", "TELEGRAM_SECRET": "soak", "PUBLIC_URL": address}
        if minute is not None:
            env["GROUP_MINUTE"] = str(minute)
        command = GATEWAY if minute is None else SCALED_GATEWAY
        doors = [gateway(folder, http, number, env, command) for number in range(1, gateways + 1)]
        relay.targets = [f"http://127.0.0.1:{door.program.env['HTTP_PORT']}" for door in doors]
        rasa = echo(folder, http, rasa_url, SCALED_ECHO)
        for server in (rasa, *doors):
            stack.push_async_callback(server.stop)
        await asyncio.gather(*(server.start() for server in (rasa, *doors)))
        colleagues = {key: _hired(group) for key, group in groups.items()}
        titles = {key: _on_button(department) for key, department in dealer["departments"].items()}
        yield Office(http, telegram, vk, relay, sessions, killable, doors, groups, titles, colleagues)


def _hired(group: Group) -> list[Colleague]:
    return [Colleague(group.member(name)) for name in NAMES]


def _dealer(groups: Mapping[str, Group]) -> dict[str, Any]:
    """The sample dealership with these groups, open at any time."""
    data: dict[str, Any] = yaml.safe_load((ROOT / "dealer.yml").read_text(encoding="utf-8"))
    for place in (*data["addresses"].values(), *data["departments"].values()):
        place["hours"] = {"mon-sun": "00:00-23:59:59"}
        place.pop("holidays", None)
    for key, department in data["departments"].items():
        department["desk"] = {"telegram": groups[key].id}
        department["watch"] = dict(WATCH)
    return data


def _on_button(department: Mapping[str, Any]) -> str:
    title = str(department["title"])
    return title[:1].upper() + title[1:]


def _written(path: Path, dealer: Mapping[str, Any]) -> Path:
    path.write_text(yaml.safe_dump(dealer, allow_unicode=True), encoding="utf-8")
    return path
