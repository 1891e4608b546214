"""`python -m benchmarks`: speed, memory, understanding and what survives a crash, in one run.

Models and logs are kept in var/bench; a model is trained again when what it is made from has changed.
"""

import argparse
import asyncio
import tempfile
from pathlib import Path

import aiohttp
from rich.console import Console

from benchmarks import parts
from benchmarks.desk import sections as desk
from benchmarks.nlu import Contestant, understanding
from benchmarks.recipes import (
    ENGINE_PYTHON,
    EPOCHS,
    QUICK_EPOCHS,
    QUICK_SPACY_STEPS,
    SPACY_STEPS,
    assistant,
    rasas_default,
    rasas_logistic,
    spacys_categoriser,
)
from benchmarks.report import Section, Sheet, look_at_machine, show, write
from benchmarks.soak.sections import Sizes, soaking
from bot.db import database
from bot.errors import AvtootvetError
from bot.migrate import migrate
from bot.settings import ROOT
from bot.stock.importing import import_feed
from bot.supervise import SAMPLE_STOCK

FOLDER = ROOT / "var" / "bench"
DOCUMENT = ROOT / "docs" / "bench.md"
PARTS = ("training", "nlu", "turns", "growth", "import", "stock", "soak", "desk")
UPDATES, QUICK_UPDATES = 10_000, 200


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", type=_parts, default=PARTS, help=f"some of {','.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="does the bench work? little of everything")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="of Rasa's default; the table says it")
    parser.add_argument("--updates", type=int, default=UPDATES, help="of the soak")
    options = parser.parse_args()
    console = Console(width=120)
    try:
        asyncio.run(
            _run(
                console,
                options.only,
                quick=options.quick,
                epochs=options.epochs,
                soak=_sizes_of_soak(options.quick, options.updates),
            )
        )
    except AvtootvetError as error:
        raise SystemExit(str(error)) from error


def _parts(value: str) -> tuple[str, ...]:
    names = tuple(value.split(","))
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown {', '.join(unknown)}; there are {', '.join(PARTS)}")
    return names


def _sizes_of_soak(quick: bool, updates: int) -> Sizes:
    if quick:
        return Sizes(updates=QUICK_UPDATES, outage=15.0, rounds=1, turns=60)
    return Sizes(updates=updates, outage=60.0, rounds=3, turns=600)


def _sizes_of_desk(quick: bool) -> desk.Sizes:
    if quick:
        return desk.Sizes(handed_over=5, crowd=10, deeds=200, kills=2, waiting=5)
    return desk.Sizes(handed_over=40, crowd=100, deeds=1500, kills=8, waiting=30)


async def _run(console: Console, only: tuple[str, ...], *, quick: bool, epochs: int, soak: Sizes) -> None:
    epochs = QUICK_EPOCHS if quick else epochs
    machine = await asyncio.to_thread(look_at_machine, ENGINE_PYTHON, epochs)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        async with aiohttp.ClientSession() as http:
            bench = parts.Bench(
                http=http,
                console=console,
                folder=Path(folder),
                assistant=assistant(FOLDER),
                default=rasas_default(FOLDER, epochs=epochs),
                sizes=parts.QUICK if quick else parts.FULL,
            )
            sections = await _measure(bench, only, spacy_steps=QUICK_SPACY_STEPS if quick else SPACY_STEPS)
            if "soak" in only:
                sections += await soaking(bench.folder, console, soak)
            if "desk" in only:
                sections += await desk.attending(bench.folder, console, _sizes_of_desk(quick))
    show(console, machine, sections, quick=quick)
    if not quick:
        write(DOCUMENT, machine, sections, whole=only == PARTS)
        console.print(f"written: {DOCUMENT.relative_to(ROOT)}")


async def _measure(bench: parts.Bench, only: tuple[str, ...], *, spacy_steps: int) -> list[Section | Sheet]:
    sections: list[Section | Sheet] = []
    if "training" in only:
        sections.append(await parts.training(bench))
    if "nlu" in only:
        sections += await understanding(_contestants(bench, spacy_steps), FOLDER / "answers", bench.console)
    if "turns" in only or "growth" in only:
        url = await _sample_stock(bench.folder)
        sections += await parts.turns(bench, url, measure="turns" in only, growth="growth" in only)
    if "import" in only or "stock" in only:
        imported, large_url = await parts.importing(bench)
        sections += [imported] if "import" in only else []
        sections += [await parts.stock(bench, large_url)] if "stock" in only else []
    return sections


def _contestants(bench: parts.Bench, spacy_steps: int) -> list[Contestant]:
    """The assistant first: the aims are its own."""
    return [
        Contestant(bench.assistant, "rasa"),
        Contestant(bench.default, "rasa"),
        Contestant(rasas_logistic(FOLDER), "rasa"),
        Contestant(spacys_categoriser(FOLDER, steps=spacy_steps), "spacy"),
    ]


async def _sample_stock(folder: Path) -> str:
    url = f"sqlite:///{folder}/sample.db"
    await migrate(url)
    async with database(url) as sessions:
        await import_feed(sessions, str(SAMPLE_STOCK))
    return url


if __name__ == "__main__":
    main()
