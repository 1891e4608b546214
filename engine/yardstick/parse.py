"""A Rasa model in this process, asked for every row of a set."""

import asyncio
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Iterable, List

import structlog

from engine.yardstick.predictions import Prediction, from_rasa
from engine.yardstick.rows import Row, YardstickError

if TYPE_CHECKING:
    from rasa.core.agent import Agent


def load_agent(model: Path) -> "Agent":
    if not model.is_file():
        raise YardstickError(f"{model}: нет модели. Сначала `make train`.")
    _silence()
    from rasa.core.agent import Agent  # loud, and seconds that a bad row or threshold need not wait for

    return Agent.load(model)


def _silence() -> None:
    """Rasa's debug log repeats every message, and the sets must not be read by those who tune the model.

    Warnings of Rasa's dependencies about each other are of no use to the admin either.
    """
    logging.captureWarnings(True)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    logging.disable(logging.WARNING)


def parse_rows(agent: "Agent", rows: Iterable[Row]) -> List[Prediction]:
    return asyncio.run(_parse_rows(agent, rows))


async def _parse_rows(agent: "Agent", rows: Iterable[Row]) -> List[Prediction]:
    predictions = []
    for row in rows:
        started = time.perf_counter()
        parsed = await agent.parse_message(row.text)
        predictions.append(from_rasa(row.id, parsed, (time.perf_counter() - started) * 1000))
    return predictions
