"""A contestant learns and is asked in processes of their own, as `make bench` does it."""

import os
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.nlu import Contestant, read_sets, understanding
from benchmarks.recipes import ENGINE_PYTHON, Learner, train_if_outdated
from benchmarks.servers import Broke

PHRASES = """\
version: "3.1"
nlu:
- intent: ask_price
  examples:
  - text: торг есть
  - text: за [500](amount) отдадите
  - text: торг есть и вин скиньте
    metadata: {intents: [ask_price, ask_vin]}
- intent: ask_vin
  examples: |
    - вин скиньте
    - а вин можно
    - вин покажете
    - пришлите вин
    - весь вин
    - нужен вин
    - вин код есть
    - а вин номер
"""
ROWS = (
    "id\ttext\tlabels\tslots\tstyle\n"
    '1\tторг будет?\task_price\t{"_alt": "ask_vin"}\tclean\n'
    "2\tвин\task_vin\t{}\tclean\n"
    '3\tа сколько\task_price\t{"_ctx": true}\tclean\n'
)
QUIET = Console(quiet=True)


def _spacy(folder: Path) -> Learner:
    phrases = folder / "nlu.yml"
    phrases.write_text(PHRASES, encoding="utf-8")
    model = folder / "spacy"
    return Learner(
        title="spaCy",
        made_by=phrases,
        training=(
            *(str(ENGINE_PYTHON), "-m", "benchmarks.nlu_spacy_training"),
            *(str(phrases), str(model), "--steps", "2"),
        ),
        model=model,
    )


async def test_a_contestant_is_trained_asked_and_scored(tmp_path: Path) -> None:
    (tmp_path / "city.tsv").write_text(ROWS, encoding="utf-8")
    learner = _spacy(tmp_path)
    price, city = await understanding(
        [Contestant(learner, "spacy")], tmp_path / "answers", QUIET, rows=tmp_path
    )
    assert price.columns == city.columns == ["spaCy"]
    assert (tmp_path / "spacy" / "meta.json").exists()
    assert city.note.startswith("2 messages")
    shares = {row.measure: row.values[0] for row in city.rows}
    assert 0.0 <= float(shares["exact, clean (2)"]) <= 1.0
    assert shares["entities, F1"] == "—"
    memory = {row.measure: row.values[0] for row in price.rows}["memory after the parses"]
    assert float(memory.removesuffix(" MB")) > 50


async def test_it_learns_again_only_when_its_settings_changed(tmp_path: Path) -> None:
    settings, model = tmp_path / "settings.yml", tmp_path / "model"
    settings.touch()
    learner = Learner("copy", settings, ("sh", "-c", f"date +%N > {model}"), model)
    first = await train_if_outdated(learner, QUIET)
    made = model.read_text()
    assert await train_if_outdated(learner, QUIET) == first
    assert model.read_text() == made
    later = model.stat().st_mtime + 60
    os.utime(settings, (later, later))
    await train_if_outdated(learner, QUIET)
    assert model.read_text() != made


async def test_a_training_that_fails_leaves_no_record(tmp_path: Path) -> None:
    model = tmp_path / "model"
    (tmp_path / "settings.yml").touch()
    learner = Learner("broken", tmp_path / "settings.yml", ("sh", "-c", f"touch {model}; exit 3"), model)
    for _ in range(2):
        with pytest.raises(Broke, match="code 3"):
            await train_if_outdated(learner, QUIET)


def test_a_wrong_row_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "city.tsv").write_text(ROWS.replace("ask_vin\t{}", "ask_wine\t{}"), encoding="utf-8")
    with pytest.raises(Broke, match="строка 3"):
        read_sets(tmp_path)


def test_without_sets_there_is_nothing_to_measure_by(tmp_path: Path) -> None:
    with pytest.raises(Broke, match="nothing to measure by"):
        read_sets(tmp_path)
