"""The bench's table: on the screen and in docs/bench.md."""

import datetime as dt
import os
import platform
import subprocess
import sys
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


VERDICTS = {True: "met", False: "missed", None: ""}


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
        return (self.measure, self.left, self.right, ratio, self.aim, VERDICTS[self.met])


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
class Line:
    """One measure of many things; the aim, where there is one, is the first's."""

    measure: str
    values: Sequence[str]
    aim: str = ""
    met: bool | None = None

    def cells(self) -> tuple[str, ...]:
        return (self.measure, *self.values, self.aim, VERDICTS[self.met])


@dataclass(frozen=True)
class Picture:
    name: str  # of the file, which lies in docs/images
    title: str
    svg: str


@dataclass(frozen=True)
class Sheet:
    """A section of many columns."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Line]
    note: str
    picture: Picture | None = None

    def head(self) -> tuple[str, ...]:
        return (self.title, *self.columns, "aim", "")


@dataclass(frozen=True)
class Machine:
    """Taken before the bench itself makes the machine busy."""

    taken: dt.datetime
    command: str
    processor: str
    cores: int
    memory: float  # GB
    load: tuple[float, float, float]
    versions: str
    commit: str
    epochs: int  # of Rasa's default

    def facts(self) -> list[str]:
        return [f"{self.cores} cores, {self.processor}, {self.memory:.0f} GB of memory", self.versions]

    def run(self) -> str:
        """What makes one section's figures differ from another's."""
        one, five, fifteen = self.load
        busy = " (busy: other work distorts the figures)" if one > self.cores / 2 else ""
        return (
            f"{self.taken:%Y-%m-%d %H:%M} UTC, commit {self.commit}, `{self.command}`; "
            f"load average before: {one:.2f} {five:.2f} {fifteen:.2f}{busy}; "
            f"Rasa's default: {self.epochs} of its {EPOCHS} epochs"
        )


def look_at_machine(engine_python: Path, epochs: int) -> Machine:
    root = f"Python {platform.python_version()}, rasa-sdk {version('rasa-sdk')}"
    return Machine(
        taken=dt.datetime.now(dt.UTC),
        command=_command(sys.argv[1:]),
        processor=_processor(),
        cores=psutil.cpu_count() or 1,
        memory=psutil.virtual_memory().total / 2**30,
        load=os.getloadavg(),
        versions=f"Rasa on {_output(str(engine_python), '-c', _ENGINE_VERSIONS)}; actions on {root}",
        commit=_output("git", "describe", "--always", "--dirty"),
        epochs=epochs,
    )


def _command(arguments: Sequence[str]) -> str:
    return f'make bench ARGS="{" ".join(arguments)}"' if arguments else "make bench"


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


def show(console: Console, machine: Machine, sections: Iterable[Section | Sheet], *, quick: bool) -> None:
    console.print()
    for line in (*machine.facts(), machine.run()):
        console.print(line, highlight=False)
    if quick:
        console.print(QUICK, style="yellow")
    for section in sections:
        table = Table(*section.head(), caption=section.note, caption_justify="left", title_justify="left")
        for row in section.rows:
            table.add_row(*row.cells(), style={False: "red", True: "green", None: ""}[row.met])
        console.print(table)


QUICK = "QUICK: few epochs, messages and cars. Shows that the bench works; the figures prove nothing."


def write(path: Path, machine: Machine, sections: Sequence[Section | Sheet], *, whole: bool) -> None:
    """A run of some parts replaces their sections; each says when and how it was measured."""
    kept = {} if whole or not path.exists() else _sections(path.read_text(encoding="utf-8"))
    measured = {section.title: _markdown(section, machine.run()) for section in sections}
    lines = ["# Bench", "", "Written by `make bench` (`benchmarks/`); do not edit.", ""]
    lines += [f"- {fact}" for fact in machine.facts()]
    for title, text in {**kept, **measured}.items():
        lines += ["", f"## {title}", "", text]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for section in sections:
        if isinstance(section, Sheet) and section.picture:
            _draw(section.picture, path.parent / "images")


def _sections(document: str) -> dict[str, str]:
    """Title → text of what an earlier run wrote."""
    _, *sections = document.split("\n## ")
    return {title: text.strip() for title, _, text in (section.partition("\n") for section in sections)}


def _markdown(section: Section | Sheet, run: str) -> str:
    head = ("", *section.head()[1:])
    rows = [head, ("---",) * len(head), *(row.cells() for row in section.rows)]
    lines = [run, "", *("| " + " | ".join(cells) + " |" for cells in rows), "", section.note]
    if isinstance(section, Sheet) and section.picture:
        lines += ["", f"![{section.picture.title}](images/{section.picture.name}.svg)"]
    return "\n".join(lines)


def _draw(picture: Picture, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{picture.name}.svg").write_text(picture.svg, encoding="utf-8")
