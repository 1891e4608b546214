"""`python -m engine.yardstick`: measure a model on tests/nlu, write the report, fail below a threshold."""

import argparse
import datetime as dt
import re
import sys
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Set

import yaml
from rich.console import Console
from rich.table import Table

from engine.yardstick import predictions, score
from engine.yardstick.gate import MEASURES, Verdict, percent, read_thresholds, verdicts
from engine.yardstick.page import Findings, page
from engine.yardstick.parse import load_agent, parse_rows
from engine.yardstick.rows import Row, YardstickError, read_sets
from engine.yardstick.singles import write_singles

ROOT = Path(__file__).parents[2]


def main(arguments: Optional[Sequence[str]] = None) -> int:
    console = Console()
    try:
        options = _options(arguments)
        sets = read_sets(options.rows, _intents())
        if options.singles:
            count = write_singles([row for rows in sets.values() for row in rows], options.singles)
            console.print(f"Сообщения с одним намерением: {count}, {options.singles}")
            return 0
        return _measure(console, sets, options)
    except YardstickError as error:
        console.print(f"Ошибка: {error}", style="red", markup=False)
        return 1


def _options(arguments: Optional[Sequence[str]]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m engine.yardstick", description=__doc__)
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "avtootvet.tar.gz")
    parser.add_argument("--rows", type=Path, default=ROOT / "tests" / "nlu", help="папка наборов и gate.yml")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "rasa-test" / "nlu")
    parser.add_argument("--singles", type=Path, help="только записать сюда данные для `rasa test nlu`")
    return parser.parse_args(arguments)


def _measure(console: Console, sets: Dict[str, List[Row]], options: argparse.Namespace) -> int:
    thresholds = read_thresholds(options.rows / "gate.yml")
    judged = {
        name: score.judge(sets[name], found)
        for name, found in _parsed(sets, options.model, options.out).items()
    }
    values = {name: score.measures(items) for name, items in judged.items()}
    passed = verdicts(thresholds, values)
    findings = Findings(
        judged, values, passed, phrase_files(ROOT), options.model.name, dt.datetime.now().astimezone()
    )
    report = options.out / "index.html"
    report.write_text(page(findings), encoding="utf-8")
    show(console, list(sets), passed)
    console.print(f"Отчёт: {report}", highlight=False, soft_wrap=True)
    return 0 if all(verdict.met for verdict in passed) else 1


def _parsed(sets: Dict[str, List[Row]], model: Path, out: Path) -> Dict[str, List[predictions.Prediction]]:
    agent = load_agent(model)
    parsed = {name: parse_rows(agent, rows) for name, rows in sets.items()}
    for name, found in parsed.items():
        predictions.save(found, out / f"{name}.json")
    return parsed


def _intents() -> Set[str]:
    return set(yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"])


def phrase_files(root: Path) -> Dict[str, str]:
    """Intent → the file of its own, as the admin names it; together.yml holds many and is nobody's own."""
    files = {}
    for path in sorted((root / "data" / "nlu").glob("*.yml")):
        intents = set(re.findall(r"^- intent: (\S+)", path.read_text(encoding="utf-8"), re.MULTILINE))
        if len(intents) == 1:
            files[intents.pop()] = path.relative_to(root).as_posix()
    return files


def show(console: Console, names: Sequence[str], passed: Sequence[Verdict]) -> None:
    """The measures on the screen, then every threshold that was missed and what to do."""
    table = Table("Понимание", *names)
    held = {(verdict.measure, verdict.set): verdict for verdict in passed}
    for key, measure in MEASURES.items():
        table.add_row(measure.title, *(_cell(held.get((key, name))) for name in names))
    console.print(table)
    for verdict in passed:
        if not verdict.met:
            console.print(f"Порог не взят: {verdict.miss}", style="red", markup=False, highlight=False)


def _cell(verdict: Optional[Verdict]) -> str:
    if verdict is None:
        return ""
    colour = "green" if verdict.met else "red"
    return f"[{colour}]{percent(verdict.value)}[/{colour}]"


if __name__ == "__main__":
    sys.exit(main())
