"""What is compared, each with its way to learn from the phrases, and that training from nothing."""

import asyncio
import json
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml
from rich.console import Console

from benchmarks.servers import Broke, running, stem
from bot.settings import ROOT
from bot.training import QUIET, RASA, outdated

ENGINE_PYTHON = ROOT / "engine" / ".venv" / "bin" / "python"
PHRASES = ROOT / "data" / "nlu"
RULES = ROOT / "data" / "stories"

EPOCHS = 100
QUICK_EPOCHS = 5
SPACY_STEPS = 20_000  # its own default: at most so many, fewer when it stops getting better
QUICK_SPACY_STEPS = 200

TOLD_EVERY = 15  # seconds

# What `rasa init` writes into config.yml as the values that are used when none are given.
_DEFAULT_CONFIG = """\
recipe: default.v1
language: ru
assistant_id: bench-default

pipeline:
  - name: WhitespaceTokenizer
  - name: RegexFeaturizer
  - name: LexicalSyntacticFeaturizer
  - name: CountVectorsFeaturizer
  - name: CountVectorsFeaturizer
    analyzer: char_wb
    min_ngram: 1
    max_ngram: 4
  - name: DIETClassifier
    epochs: {epochs}
    constrain_similarities: true
  - name: EntitySynonymMapper
  - name: ResponseSelector
    epochs: {epochs}
    constrain_similarities: true
  - name: FallbackClassifier
    threshold: 0.3
    ambiguity_threshold: 0.1

policies:
  - name: MemoizationPolicy
  - name: RulePolicy
  - name: UnexpecTEDIntentPolicy
    max_history: 5
    epochs: {epochs}
  - name: TEDPolicy
    max_history: 5
    epochs: {epochs}
    constrain_similarities: true
"""

# Rasa's light recipe: nothing of it needs TensorFlow.
_LOGISTIC_CONFIG = """\
recipe: default.v1
language: ru
assistant_id: bench-logistic

pipeline:
  - name: WhitespaceTokenizer
  - name: RegexFeaturizer
  - name: CountVectorsFeaturizer
  - name: CountVectorsFeaturizer
    analyzer: char_wb
    min_ngram: 1
    max_ngram: 4
  - name: LogisticRegressionClassifier
  - name: CRFEntityExtractor
  - name: EntitySynonymMapper
  - name: FallbackClassifier
    threshold: 0.3
    ambiguity_threshold: 0.1

policies:
  - name: RulePolicy
"""

# As `rasa init` leaves it: conversations are kept in memory, which is faster than any database.
_DEFAULT_ENDPOINTS = "action_endpoint:\n  url: ${ACTION_SERVER_URL}\n"


@dataclass(frozen=True)
class Learner:
    title: str
    made_by: Path  # its settings; when they change it learns again
    training: tuple[str, ...]  # the command that makes the model
    model: Path  # a file or a folder


@dataclass(frozen=True)
class Recipe(Learner):
    """A whole assistant."""

    endpoints: Path


@dataclass(frozen=True)
class Training:
    seconds: float
    processor: float  # seconds of processor time on all cores
    size: float  # MB of the model


def assistant(folder: Path) -> Recipe:
    config, model = ROOT / "config.yml", folder / "assistant.tar.gz"
    return Recipe(
        title="this assistant",
        made_by=config,
        training=_rasa_train(config, model, (PHRASES, RULES)),
        model=model,
        endpoints=ROOT / "endpoints.yml",
    )


def rasas_default(folder: Path, *, epochs: int) -> Recipe:
    """DIET + TED on the same phrases, rules, domain and answers."""
    config = _kept(folder / f"default-{epochs}.yml", _DEFAULT_CONFIG.format(epochs=epochs))
    stories = _kept(folder / "stories.yml", _stories())
    model = folder / f"default-{epochs}.tar.gz"
    return Recipe(
        title="Rasa's default",
        made_by=config,
        training=_rasa_train(config, model, (PHRASES, RULES, stories)),
        model=model,
        endpoints=_kept(folder / "endpoints.yml", _DEFAULT_ENDPOINTS),
    )


def rasas_logistic(folder: Path) -> Learner:
    config, model = _kept(folder / "logistic.yml", _LOGISTIC_CONFIG), folder / "logistic.tar.gz"
    return Learner(
        title="Rasa's logistic",
        made_by=config,
        training=_rasa_train(config, model, (PHRASES, RULES)),
        model=model,
    )


def spacys_categoriser(folder: Path, *, steps: int) -> Learner:
    model = folder / f"spacy-{steps}"
    return Learner(
        title="spaCy",
        made_by=ROOT / "benchmarks" / "nlu_spacy_training.py",
        training=(
            *(str(ENGINE_PYTHON), "-m", "benchmarks.nlu_spacy_training"),
            *(str(PHRASES), str(model), "--steps", str(steps)),
        ),
        model=model,
    )


def _rasa_train(config: Path, model: Path, data: Sequence[Path]) -> tuple[str, ...]:
    return (
        *(str(RASA), "train", "--force", "--skip-validation", "--domain", str(ROOT / "domain.yml")),
        *("--config", str(config), "--data", *map(str, data)),
        *("--out", str(model.parent), "--fixed-model-name", stem(model)),
    )


def _kept(path: Path, text: str) -> Path:
    """Untouched when nothing changed: what is newer than a model makes it learn again."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    return path


def _stories() -> str:
    """The test stories as training stories: TED learns from stories only, and the assistant has none.

    Without the customers' words, which would train TED on texts as well.
    """
    stories = []
    for path in sorted((ROOT / "tests" / "stories").glob("*.yml")):
        for story in yaml.safe_load(path.read_text(encoding="utf-8"))["stories"]:
            steps = [
                {key: step[key] for key in ("intent", "action") if key in step} for step in story["steps"]
            ]
            stories.append({"story": story["story"], "steps": steps})
    return yaml.safe_dump({"version": "3.1", "stories": stories}, allow_unicode=True, sort_keys=False)


async def train(learner: Learner, console: Console) -> Training:
    """From nothing: no cache, no earlier model."""
    _remove(learner.model)
    record = _record(learner.model)
    record.unlink(missing_ok=True)
    started = time.time()
    with tempfile.TemporaryDirectory(dir=learner.model.parent) as cache:
        seconds, processor = await run(
            f"training {learner.title}",
            learner.training,
            {"RASA_CACHE_DIRECTORY": cache},
            learner.model.with_name(f"{stem(learner.model)}-train.log"),
            console,
        )
    if not learner.model.exists():
        raise Broke(f"training of {learner.title} made no {learner.model}")
    training = Training(seconds, processor, size=_size(learner.model) / 1e6)
    record.write_text(json.dumps(asdict(training)), encoding="utf-8")
    os.utime(record, (started, started))  # what was edited during the training is newer than the model
    return training


async def train_if_outdated(learner: Learner, console: Console) -> Training:
    """The last training, when nothing that the model is made from has changed since."""
    record = _record(learner.model)
    if outdated(record) or learner.made_by.stat().st_mtime > record.stat().st_mtime:
        return await train(learner, console)
    return Training(**json.loads(record.read_text(encoding="utf-8")))


async def run(
    what: str, command: tuple[str, ...], env: Mapping[str, str], log: Path, console: Console
) -> tuple[float, float]:
    """Seconds and processor seconds of a command, which is told of while it runs."""
    start, worked = time.perf_counter(), _children()
    async with running(command, {**QUIET, **env}, log) as process:
        while process.returncode is None:
            try:
                async with asyncio.timeout(TOLD_EVERY):
                    await process.wait()
            except TimeoutError:
                console.print(f"{what}… {time.perf_counter() - start:.0f} s", highlight=False)
        seconds = time.perf_counter() - start
    if process.returncode != 0:
        raise Broke(f"{what} ended with code {process.returncode}, see {log}")
    return seconds, _children() - worked


def _children() -> float:
    """Processor time of the children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _record(model: Path) -> Path:
    """Written last: where it is, the model is whole."""
    return model.with_name(f"{stem(model)}-training.json")


def _remove(model: Path) -> None:
    if model.is_dir():
        shutil.rmtree(model)
    else:
        model.unlink(missing_ok=True)


def _size(model: Path) -> int:
    files = model.rglob("*") if model.is_dir() else [model]
    return sum(file.stat().st_size for file in files if file.is_file())
