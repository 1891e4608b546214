"""The bench's table: on the screen and in docs/bench.md."""

import datetime as dt
import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.recipes import EPOCHS
from bot.settings import ROOT

_ENGINE_VERSIONS = (
    "import platform; from importlib.metadata import version as v; "
    "print(f\"Python {platform.python_version()}, rasa {v('rasa')}, tensorflow {v('tensorflow')}\")"
)


@dataclass(frozen=True)
class Row:
    """One measure of two things; `met` is None where the issue sets no aim."""

    measure: str
    left: str
    right: str
    ratio: float | None = None
    aim: str = ""
    met: bool | None = None

    def cells(self) -> tuple[str, ...]:
        ratio = f"{self.ratio:.2f}" if self.ratio is not None else ""
        verdict = {True: "met", False: "missed", None: ""}[self.met]
        return (self.measure, self.left, self.right, ratio, self.aim, verdict)


@dataclass(frozen=True)
class Section:
    """`ratio` names what is divided by what; `note` says how it was measured."""

    title: str
    left: str
    right: str
    ratio: str
    rows: Sequence[Row]
    note: str

    def head(self) -> tuple[str, ...]:
        return (self.title, self.left, self.right, self.ratio, "aim", "")


@dataclass(frozen=True)
class Machine:
    """Taken before the bench itself makes the machine busy."""

    taken: dt.datetime
    processor: str
    cores: int
    memory: float  # GB
    load: tuple[float, float, float]
    versions: str
    commit: str
    epochs: int  # of Rasa's default

    def lines(self) -> list[str]:
        one, five, fifteen = self.load
        busy = " (busy: other work distorts the figures)" if one > self.cores / 2 else ""
        return [
            f"{self.taken:%Y-%m-%d %H:%M} UTC, commit {self.commit}",
            f"{self.cores} cores, {self.processor}, {self.memory:.0f} GB of memory",
            f"load average before: {one:.2f} {five:.2f} {fifteen:.2f}{busy}",
            self.versions,
            f"Rasa's default was trained for {self.epochs} of its {EPOCHS} epochs",
        ]


def look_at_machine(engine_python: Path, epochs: int) -> Machine:
    root = f"Python {platform.python_version()}, rasa-sdk {version('rasa-sdk')}"
    return Machine(
        taken=dt.datetime.now(dt.UTC),
        processor=_processor(),
        cores=psutil.cpu_count() or 1,
        memory=psutil.virtual_memory().total / 2**30,
        load=os.getloadavg(),
        versions=f"Rasa on {_output(str(engine_python), '-c', _ENGINE_VERSIONS)}; actions on {root}",
        commit=_output("git", "describe", "--always", "--dirty"),
        epochs=epochs,
    )


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def _output(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def show(console: Console, machine: Machine, sections: Iterable[Section], *, quick: bool) -> None:
    console.print()
    for line in machine.lines():
        console.print(line, highlight=False)
    if quick:
        console.print(QUICK, style="yellow")
    for section in sections:
        table = Table(*section.head(), caption=section.note, caption_justify="left", title_justify="left")
        for row in section.rows:
            table.add_row(*row.cells(), style={False: "red", True: "green", None: ""}[row.met])
        console.print(table)


QUICK = "QUICK: few epochs, messages and cars. Shows that the bench works; the figures prove nothing."


def write(path: Path, machine: Machine, sections: Iterable[Section]) -> None:
    lines = ["# Bench", "", "Written by `make bench` (`benchmarks/`); do not edit.", ""]
    lines += [f"- {line}" for line in machine.lines()]
    for section in sections:
        lines += ["", f"## {section.title}", "", *_markdown(section), "", section.note]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _markdown(section: Section) -> list[str]:
    head = ("", *section.head()[1:])
    rows = [head, ("---",) * len(head), *(row.cells() for row in section.rows)]
    return ["| " + " | ".join(cells) + " |" for cells in rows]
