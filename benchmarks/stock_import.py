"""Import of a generated auto.ru feed, in a process of its own so that its peak memory is its own.

.venv/bin/python -m benchmarks.stock_import [CARS]
"""

import asyncio
import json
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.feed import write_feed
from bot.db import database
from bot.errors import AvtootvetError
from bot.migrate import migrate
from bot.settings import ROOT
from bot.stock.importing import import_feed


class ImportBroke(AvtootvetError):
    """The import of the generated feed ended with an error."""


@dataclass(frozen=True)
class Imported:
    seconds: float
    processor: float  # seconds of processor time: the clock also counts what else the machine does
    peak: float  # resident memory of the process so far, MB
    seen: int
    added: int
    unchanged: int
    skipped: int


async def import_apart(folder: Path, cars: int, repeats: int = 1) -> tuple[str, list[Imported]]:
    """URL of a fresh database with `cars` generated cars in `folder`, and how each import of them went."""
    feed, url = folder / f"autoru-{cars}.xml", f"sqlite:///{folder}/stock-{cars}.db"
    await asyncio.to_thread(write_feed, feed, cars)
    await migrate(url)
    command = (sys.executable, "-m", "benchmarks.stock_import", str(feed), url, str(repeats))
    async with _process(*command) as process:
        output, _ = await process.communicate()
    feed.unlink()
    if process.returncode != 0:
        raise ImportBroke(f"import of {cars} cars ended with code {process.returncode}")
    return url, [Imported(**json.loads(line)) for line in output.splitlines()]


@asynccontextmanager
async def _process(*command: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _import(feed: str, url: str, repeats: int) -> None:
    async with database(url) as sessions:
        for _ in range(repeats):
            start, worked = time.perf_counter(), time.process_time()
            report = await import_feed(sessions, feed)
            imported = Imported(
                seconds=time.perf_counter() - start,
                processor=time.process_time() - worked,
                peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                seen=report.seen,
                added=report.added,
                unchanged=report.unchanged,
                skipped=len(report.skipped),
            )
            print(json.dumps(asdict(imported)), flush=True)


async def _by_hand(cars: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _, imports = await import_apart(Path(folder), cars, repeats=2)
    for label, done in zip(("first import", "the same again"), imports, strict=True):
        print(
            f"{label}: {done.seconds:.1f} s ({done.processor:.1f} s of processor), "
            f"peak memory {done.peak:.0f} MB; seen {done.seen}, "
            f"added {done.added}, unchanged {done.unchanged}, skipped {done.skipped}"
        )


if __name__ == "__main__":
    match sys.argv[1:]:
        case [feed, url, repeats]:
            asyncio.run(_import(feed, url, int(repeats)))
        case [cars]:
            asyncio.run(_by_hand(int(cars)))
        case _:
            asyncio.run(_by_hand(100_000))
