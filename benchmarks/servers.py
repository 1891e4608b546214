"""Rasa and the action server on free local ports, and a relay that times the calls between them."""

import asyncio
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psutil
from aiohttp import web

from bot.errors import AvtootvetError
from bot.processes import STOP_TIMEOUT, send, spawn
from bot.supervise import responds
from bot.training import QUIET, RASA

START_TIMEOUT = 300.0  # seconds
PROBED_EVERY = 0.1


class Broke(AvtootvetError):
    """A part of the bench did not run to its end."""


@dataclass(frozen=True)
class RasaServer:
    url: str
    start_up: float  # seconds from the start of the process to the first parsed message
    process: psutil.Process

    def memory(self) -> float:
        """Resident MB of the server and its children."""
        family = [self.process, *self.process.children(recursive=True)]
        return float(sum(one.memory_info().rss for one in family)) / 2**20


@asynccontextmanager
async def running(
    command: tuple[str, ...], env: Mapping[str, str], log: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """In a process group of its own, which is ended on leaving."""
    with log.open("wb") as output:
        process = await spawn(command, env, output)
    try:
        yield process
    finally:
        await stop(process)


async def stop(process: asyncio.subprocess.Process) -> None:
    """Its whole group, gently first."""
    if process.returncode is not None:
        return
    send(process, signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_TIMEOUT):
            await process.wait()
    except TimeoutError:
        send(process, signal.SIGKILL)
        await process.wait()


@asynccontextmanager
async def action_server(
    http: aiohttp.ClientSession, folder: Path, database_url: str, name: str = "actions"
) -> AsyncIterator[str]:
    """The webhook's address."""
    port = free_port()
    command = (sys.executable, "-m", "actions", "--port", str(port))
    log = folder / f"{name}.log"
    async with running(command, {"DATABASE_URL": database_url}, log) as process:
        await _until(process, lambda: responds(http, f"http://127.0.0.1:{port}/health"), log)
        yield f"http://127.0.0.1:{port}/webhook"


@asynccontextmanager
async def rasa_server(
    http: aiohttp.ClientSession, folder: Path, model: Path, endpoints: Path, webhook: str
) -> AsyncIterator[RasaServer]:
    port, name = free_port(), stem(model)
    command = (
        *(str(RASA), "run", "--enable-api", "-i", "127.0.0.1", "-p", str(port), "-m", str(model)),
        *("--endpoints", str(endpoints), "--credentials", "credentials.yml"),
    )
    conversations = folder / f"conversations-{port}.db"
    env = {**QUIET, "ACTION_SERVER_URL": webhook, "RASA_DATABASE_URL": f"sqlite:///{conversations}"}
    url, log = f"http://127.0.0.1:{port}", folder / f"{name}.log"
    start = time.perf_counter()
    async with running(command, env, log) as process:
        await _until(process, lambda: _parses(http, url), log)
        yield RasaServer(url, time.perf_counter() - start, psutil.Process(process.pid))


async def _until(
    process: asyncio.subprocess.Process, answers: Callable[[], Awaitable[bool]], log: Path
) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        if process.returncode is not None:
            raise Broke(f"a server ended at its start with code {process.returncode}, see {log}")
        if await answers():
            return
        await asyncio.sleep(PROBED_EVERY)
    raise Broke(f"a server does not answer after {START_TIMEOUT:.0f} s, see {log}")


async def _parses(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.post(f"{url}/model/parse", json={"text": "сколько стоит?"}) as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


class Relay:
    """Stands between Rasa and the action servers: `target` may change from message to message."""

    def __init__(self, http: aiohttp.ClientSession, target: str) -> None:
        self._http = http
        self.target = target
        self.seconds = 0.0  # of the last call

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        application = web.Application(client_max_size=2**24)
        application.router.add_post("/webhook", self._pass_on)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        port = free_port()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            yield f"http://127.0.0.1:{port}/webhook"
        finally:
            await runner.cleanup()

    async def _pass_on(self, request: web.Request) -> web.Response:
        body = await request.read()
        start = time.perf_counter()
        async with self._http.post(
            self.target, data=body, headers={"Content-Type": "application/json"}
        ) as response:
            content = await response.read()
        self.seconds = time.perf_counter() - start
        return web.Response(body=content, status=response.status, content_type="application/json")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def stem(model: Path) -> str:
    return model.name.removesuffix(".tar.gz")
