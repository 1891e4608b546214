"""docs/bench.md: a run of some parts leaves the other parts' figures, with their dates."""

import datetime as dt
from pathlib import Path

from benchmarks.report import Line, Machine, Picture, Row, Section, Sheet, write


def _machine(day: int) -> Machine:
    return Machine(
        taken=dt.datetime(2026, 11, day, tzinfo=dt.UTC),
        command="make bench",
        processor="CPU",
        cores=2,
        memory=24.0,
        load=(0.1, 0.2, 0.3),
        versions="Rasa",
        commit="abc",
        epochs=10,
    )


def _turns(value: str) -> Section:
    return Section("Turns", "left", "right", "left / right", [Row("p50", value, "2 ms")], "Alternately.")


def _understanding(value: str) -> Sheet:
    picture = Picture("bench-understanding", "Understanding", "<svg/>")
    return Sheet(
        "Understanding", ["ours"], [Line("exact", [value], "≥ 0.90", True)], "One at a time.", picture
    )


def test_a_part_replaces_its_own_sections_only(tmp_path: Path) -> None:
    path = tmp_path / "bench.md"
    write(path, _machine(1), [_turns("1 ms"), _understanding("0.900")], whole=True)
    write(path, _machine(2), [_understanding("0.950")], whole=False)
    turns, understanding = path.read_text(encoding="utf-8").split("\n## ")[1:]
    assert turns.startswith("Turns\n\n2026-11-01") and "| p50 | 1 ms | 2 ms |" in turns
    assert understanding.startswith("Understanding\n\n2026-11-02") and "0.950" in understanding
    assert "0.900" not in understanding


def test_a_whole_run_keeps_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bench.md"
    write(path, _machine(1), [_turns("1 ms")], whole=True)
    write(path, _machine(2), [_understanding("0.950")], whole=True)
    assert "Turns" not in path.read_text(encoding="utf-8")


def test_the_same_run_written_again_is_the_same_document(tmp_path: Path) -> None:
    path = tmp_path / "bench.md"
    sections = [_turns("1 ms"), _understanding("0.900")]
    write(path, _machine(1), sections, whole=True)
    once = path.read_text(encoding="utf-8")
    write(path, _machine(1), sections, whole=False)
    assert path.read_text(encoding="utf-8") == once


def test_the_chart_is_a_file_beside_the_document(tmp_path: Path) -> None:
    path = tmp_path / "bench.md"
    write(path, _machine(1), [_understanding("0.900")], whole=True)
    assert "](images/bench-understanding.svg)" in path.read_text(encoding="utf-8")
    assert (tmp_path / "images" / "bench-understanding.svg").read_text(encoding="utf-8") == "<svg/>"
