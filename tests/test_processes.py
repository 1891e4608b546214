"""Children of `bot run`: awaited, restarted, stopped, never left behind."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from bot import processes
from bot.processes import Child, ChildFailed, Program

SLEEP = "import time; time.sleep(600)"


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(processes, "LOGS", tmp_path)
    monkeypatch.setattr(processes, "RESTART_PAUSES", (0.0, 0.0))
    return tmp_path


@pytest.fixture
def console() -> Iterator[Console]:
    with Path(os.devnull).open("w") as nowhere:
        yield Console(file=nowhere)


async def _yes() -> bool:
    return True


async def _no() -> bool:
    return False


def program(code: str, ready: Callable[[], Awaitable[bool]] = _yes) -> Program:
    return Program("Проба", "probe.log", (sys.executable, "-c", code), "Запускаю", ready)


async def test_a_child_that_does_not_start_shows_its_log(console: Console) -> None:
    child = Child(program("raise SystemExit('нет модели')", _no), console)
    await child.start()
    with pytest.raises(ChildFailed, match="нет модели"):
        await child.until_ready()


async def test_a_dead_child_is_restarted_until_it_is_hopeless(console: Console, tmp_path: Path) -> None:
    child = Child(program(f"open({str(tmp_path / 'lives')!r}, 'a').write('x')"), console)
    await child.start()
    with pytest.raises(ChildFailed, match="снова и снова"):
        await child.keep_alive()
    assert (tmp_path / "lives").read_text() == "xxx"


async def test_stopping_ends_the_whole_group(console: Console, tmp_path: Path) -> None:
    grandchild = f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {SLEEP!r}]);"
    code = f"{grandchild} print(p.pid, flush=True); p.wait()"
    child = Child(program(code), console)
    await child.start()
    pid = await _first_line(tmp_path / "probe.log")
    await child.stop()
    await asyncio.to_thread(psutil.wait_procs, _alive(int(pid)), timeout=10)
    assert _alive(int(pid)) == []


async def test_a_child_that_ignores_the_signal_is_killed(
    console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "STOP_TIMEOUT", 0.3)
    stubborn = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); {SLEEP}"
    child = Child(program(stubborn), console)
    await child.start()
    await _first_line(tmp_path / "probe.log")
    async with asyncio.timeout(10):
        await child.stop()


def test_a_killed_parent_leaves_no_orphans(tmp_path: Path) -> None:
    code = f"""
import asyncio, sys
from bot.processes import spawn
async def main():
    with open({str(tmp_path / "log")!r}, "wb") as log:
        child = await spawn((sys.executable, "-c", {SLEEP!r}), {{}}, log)
    print(child.pid, flush=True)
    await child.wait()
asyncio.run(main())
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert _alive(pid)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    psutil.wait_procs(_alive(pid), timeout=10)
    assert _alive(pid) == []


def _alive(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process] if process.status() != psutil.STATUS_ZOMBIE else []
    except psutil.NoSuchProcess:
        return []


async def _first_line(path: Path) -> str:
    async with asyncio.timeout(20):
        while not (lines := _lines(path)):  # noqa: ASYNC110 (another process writes it)
            await asyncio.sleep(0.02)
    return lines[0]


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines()
