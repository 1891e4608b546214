"""Child processes of `bot run`: started, awaited, restarted when they die, never left behind."""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from rich.console import Console

from bot.errors import AvtootvetError
from bot.settings import ROOT

LOGS = ROOT / "var" / "logs"

STOP_TIMEOUT = 30.0  # seconds a child has to end by itself; the gateway may take 20
START_TIMEOUT = 300.0
TOLD_EVERY = 5  # seconds between lines of progress

# After the last of these pauses (seconds) a child that dies again ends `bot run`.
RESTART_PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)
# One that lived so long died of something new.
SETTLED = 600.0

_PR_SET_PDEATHSIG = 1


class ChildFailed(AvtootvetError):
    """A program that `bot run` needs does not start or keeps dying; the end of its log is shown."""


@dataclass(frozen=True)
class Program:
    title: str
    log: str  # name of the file in var/logs
    command: tuple[str, ...]
    starting: str  # said while it starts: «Загружаю модель»
    ready: Callable[[], Awaitable[bool]]
    env: Mapping[str, str] = field(default_factory=dict)


class Child:
    def __init__(self, program: Program, console: Console) -> None:
        self.program = program
        self._console = console
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with open_log(self.program.log) as log:
            self._process = await spawn(self.program.command, self.program.env, log)

    async def until_ready(self) -> None:
        process = self._started()
        for second in range(int(START_TIMEOUT)):
            if process.returncode is not None:
                raise ChildFailed(f"{self.program.title}: не запускается.\n{tail(self.program.log)}")
            if await self.program.ready():
                return
            if second and second % TOLD_EVERY == 0:
                self._console.print(f"{self.program.starting}… {second} с", highlight=False)
            await asyncio.sleep(1)
        raise ChildFailed(
            f"{self.program.title}: нет готовности за {START_TIMEOUT:.0f} с.\n{tail(self.program.log)}"
        )

    async def keep_alive(self) -> None:
        """Restart the child whenever it dies. Raises ChildFailed when it keeps dying."""
        clock = asyncio.get_running_loop().time
        deaths = 0
        while True:
            started = clock()
            code = await self._started().wait()
            deaths = 1 if clock() - started > SETTLED else deaths + 1
            if deaths > len(RESTART_PAUSES):
                raise ChildFailed(f"{self.program.title}: снова и снова падает.\n{tail(self.program.log)}")
            pause = RESTART_PAUSES[deaths - 1]
            self._console.print(
                f"{self.program.title}: процесс остановился (код {code}), перезапускаю через {pause:.0f} с. "
                f"Журнал: var/logs/{self.program.log}",
                style="yellow",
                highlight=False,
            )
            await asyncio.sleep(pause)
            await self.start()

    async def stop(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        send(process, signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_TIMEOUT):
                await process.wait()
        except TimeoutError:
            send(process, signal.SIGKILL)
            await process.wait()

    def _started(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise ChildFailed(f"{self.program.title}: не запущен")
        return self._process


async def spawn(
    command: tuple[str, ...], env: Mapping[str, str], log: IO[bytes]
) -> asyncio.subprocess.Process:
    """In a process group of its own, so that Ctrl-C reaches only us and we stop the others in order."""
    return await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **env},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=log,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_die_with_parent(),
    )


def _die_with_parent() -> Callable[[], None] | None:
    """Even a killed `bot run` leaves no child behind; only Linux can do that."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)  # loaded before the fork

    def ask_for_signal() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    return ask_for_signal


def send(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """To the whole group of the child."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


def open_log(name: str) -> IO[bytes]:
    LOGS.mkdir(parents=True, exist_ok=True)
    return (LOGS / name).open("ab")


def tail(name: str, lines: int = 15) -> str:
    path: Path = LOGS / name
    if not path.exists():
        return ""
    text = path.read_bytes()[-16_000:].decode("utf-8", "replace")
    return "\n".join([*text.splitlines()[-lines:], f"Весь журнал: {path}"])
