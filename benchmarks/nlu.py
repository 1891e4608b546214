"""The understanding part: every recipe learns the same phrases and is asked the same messages.

Each is trained in a process of its own and asked in another; engine/yardstick scores them, as in the gate.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from rich.console import Console

from benchmarks.nlu_table import Result, sheets
from benchmarks.recipes import ENGINE_PYTHON, Learner, Training, run, train_if_outdated
from benchmarks.report import Sheet
from benchmarks.servers import Broke
from bot.settings import ROOT
from engine.yardstick import predictions
from engine.yardstick.rows import Row, YardstickError, read_rows
from engine.yardstick.score import judge

ROWS = ROOT / "tests" / "nlu"
SETS = ("validation", "region", "city")  # those that say everything of a message; some may not be there yet


@dataclass(frozen=True)
class Contestant:
    learner: Learner
    kind: str  # benchmarks/nlu_<kind>.py asks it


async def understanding(
    contestants: Sequence[Contestant], folder: Path, console: Console, rows: Path = ROWS
) -> list[Sheet]:
    """`folder` keeps what each contestant answered."""
    sets = read_sets(rows)
    messages = _write_messages(sets, folder)
    results = []
    for contestant in contestants:
        learner = contestant.learner
        training = await train_if_outdated(learner, console)
        answers = folder / learner.model.name
        await _ask(contestant, messages, answers, console)
        results.append(_result(learner.title, training, sets, answers))
    return sheets(results)


def read_sets(folder: Path) -> dict[str, list[Row]]:
    intents = frozenset(yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"])
    paths = [path for name in SETS if (path := folder / f"{name}.tsv").exists()]
    if not paths:
        raise Broke(f"nothing to measure by: {folder} has none of {', '.join(SETS)}")
    try:
        return {path.stem: read_rows(path, intents) for path in paths}
    except YardstickError as error:
        raise Broke(str(error)) from error


def _write_messages(sets: Mapping[str, Sequence[Row]], folder: Path) -> Path:
    """Without what is right: no contestant sees it."""
    folder.mkdir(exist_ok=True)
    path = folder / "messages.json"
    said = {name: [(row.id, row.text) for row in rows] for name, rows in sets.items()}
    path.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    return path


async def _ask(contestant: Contestant, messages: Path, answers: Path, console: Console) -> None:
    learner = contestant.learner
    console.print(f"asking {learner.title}")
    await run(
        f"asking {learner.title}",
        (
            *(str(ENGINE_PYTHON), "-m", "benchmarks.nlu_measure", contestant.kind),
            *(str(learner.model), str(messages), str(answers)),
        ),
        {},
        answers.with_name(f"{answers.name}.log"),
        console,
    )


def _result(title: str, training: Training, sets: Mapping[str, Sequence[Row]], answers: Path) -> Result:
    judged = {name: judge(rows, predictions.load(answers / f"{name}.json")) for name, rows in sets.items()}
    return Result(title, training, float((answers / "memory").read_text(encoding="utf-8")), judged)
