"""A trained Rasa model as a contestant; runs in the engine's environment."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.nlu_words import read_as_value
from engine.yardstick.parse import load_agent, parse_rows
from engine.yardstick.predictions import Prediction
from engine.yardstick.rows import Row


def load(model: Path) -> Callable[[Sequence[Row]], list[Prediction]]:
    agent = load_agent(model)
    return lambda rows: [_with_values(found) for found in parse_rows(agent, rows)]


def _with_values(found: Prediction) -> Prediction:
    return replace(found, entities=[read_as_value(entity) for entity in found.entities or ()])
