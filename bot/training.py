"""The trained model: is it there, is it older than what it was made from, make it."""

import asyncio
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from bot.errors import SettingsError
from bot.processes import LOGS, TOLD_EVERY, ChildFailed, open_log, send, spawn, tail
from bot.settings import ROOT

RASA = ROOT / "engine" / ".venv" / "bin" / "rasa"
MODEL = ROOT / "models" / "avtootvet.tar.gz"

# All that a model depends on. Car stock and answers do not need training.
SOURCES = (
    "domain.yml",
    "config.yml",
    "data/nlu",
    "data/stories",
    "data/lexicon",
    "data/catalogue.yml",
    "engine/nlu",
)

# How Rasa prints the error of engine/importer.py, after everything its libraries had to say.
MISTAKES = "TrainingDataMistake: "
COLOUR = re.compile(r"\x1b\[\d+m")

QUIET = {
    # Rasa and Keras leave settings in the home folder: theirs is inside the checkout.
    "HOME": str(ROOT / ".tools" / "home"),
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONWARNINGS": "ignore",
}


def outdated(model: Path = MODEL, root: Path = ROOT) -> bool:
    """Whether the model is missing or something that it is made from has changed since."""
    if not model.exists():
        return True
    made = model.stat().st_mtime
    return any(path.stat().st_mtime > made for path in _sources(root))


def _sources(root: Path) -> Iterator[Path]:
    for name in SOURCES:
        path = root / name
        if path.is_file():
            yield path
        else:
            yield from (p for p in path.rglob("*") if p.suffix in {".yml", ".py", ".tsv"})


async def train(console: Console) -> None:
    if not RASA.exists():
        raise SettingsError("нет окружения Rasa (engine/.venv). Запустите `make run`: он его создаст.")
    started = time.time()
    console.print("Обучаю модель: это нужно один раз и после правок в data/.")
    # `make rasa-test` validates; mistakes in the phrases stop the training itself (engine/importer.py).
    command = (
        *(
            str(RASA),
            "train",
            "--skip-validation",
            "--domain",
            "domain.yml",
            "--data",
            "data/nlu",
            "data/stories",
        ),
        *("--config", "config.yml", "--out", str(MODEL.parent), "--fixed-model-name", "avtootvet"),
    )
    with open_log("train.log") as log:
        begun = log.tell()
        process = await spawn(command, QUIET, log)
    telling = asyncio.create_task(_tell(console))
    try:
        code = await process.wait()
    except asyncio.CancelledError:
        send(process, signal.SIGTERM)
        await process.wait()
        raise
    finally:
        telling.cancel()
    if code != 0:
        raise ChildFailed(why((LOGS / "train.log").read_bytes()[begun:].decode("utf-8", "replace")))
    # What was edited during the training is newer than the model.
    os.utime(MODEL, (started, started))


def why(log: str) -> str:
    """What stopped the training: only the mistakes in the data when it was these, else the end of the log."""
    _, stopped, mistakes = log.rpartition(MISTAKES)
    if stopped:
        return COLOUR.sub("", mistakes).strip()
    return f"обучение не удалось.\n{tail('train.log', 30)}"


async def _tell(console: Console) -> None:
    seconds = 0
    while True:
        await asyncio.sleep(TOLD_EVERY)
        seconds += TOLD_EVERY
        console.print(f"Обучаю модель… {seconds} с", highlight=False)
