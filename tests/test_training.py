"""What the admin reads when the training stops."""

from pathlib import Path

import pytest

from bot import processes
from bot.training import why


def test_mistakes_in_the_phrases_are_shown_without_the_noise_of_libraries() -> None:
    log = (
        "DeprecationWarning: pkg_resources is deprecated\n"
        "\x1b[91mTrainingDataMistake: обучение остановлено, ошибок в данных: 1.\n"
        "data/nlu/vin.yml:5: нет намерения.\x1b[0m\n"
    )
    assert why(log) == "обучение остановлено, ошибок в данных: 1.\ndata/nlu/vin.yml:5: нет намерения."


def test_anything_else_is_shown_with_the_end_of_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "LOGS", tmp_path)
    (tmp_path / "train.log").write_text("MemoryError\n", encoding="utf-8")
    told = why("MemoryError\n")
    assert told.startswith("обучение не удалось.")
    assert "MemoryError" in told
