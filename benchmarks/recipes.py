"""The two assistants that are compared, and their training from nothing."""

import asyncio
import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import yaml
from rich.console import Console

from benchmarks.servers import Broke, running, stem
from bot.settings import ROOT
from bot.training import QUIET, RASA, outdated

EPOCHS = 100
QUICK_EPOCHS = 5

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

# As `rasa init` leaves it: conversations are kept in memory, which is faster than any database.
_DEFAULT_ENDPOINTS = "action_endpoint:\n  url: ${ACTION_SERVER_URL}\n"


@dataclass(frozen=True)
class Recipe:
    title: str
    config: Path
    data: tuple[Path, ...]
    endpoints: Path
    model: Path


@dataclass(frozen=True)
class Training:
    seconds: float
    processor: float  # seconds of processor time on all cores
    size: float  # MB of the model's file


def assistant(folder: Path) -> Recipe:
    return Recipe(
        title="this assistant",
        config=ROOT / "config.yml",
        data=(ROOT / "data" / "nlu", ROOT / "data" / "stories"),
        endpoints=ROOT / "endpoints.yml",
        model=folder / "assistant.tar.gz",
    )


def rasas_default(folder: Path, *, epochs: int) -> Recipe:
    """DIET + TED on the same phrases, rules, domain and answers."""
    config, endpoints, stories = folder / "config.yml", folder / "endpoints.yml", folder / "stories.yml"
    config.write_text(_DEFAULT_CONFIG.format(epochs=epochs), encoding="utf-8")
    endpoints.write_text(_DEFAULT_ENDPOINTS, encoding="utf-8")
    stories.write_text(_stories(), encoding="utf-8")
    return Recipe(
        title="Rasa's default",
        config=config,
        data=(ROOT / "data" / "nlu", ROOT / "data" / "stories", stories),
        endpoints=endpoints,
        model=folder / f"default-{epochs}.tar.gz",
    )


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


async def train(recipe: Recipe, console: Console) -> Training:
    """From nothing: no cache, no earlier model."""
    recipe.model.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=recipe.model.parent) as cache:
        command = (
            *(str(RASA), "train", "--force", "--skip-validation", "--domain", str(ROOT / "domain.yml")),
            *("--config", str(recipe.config), "--data", *map(str, recipe.data)),
            *("--out", str(recipe.model.parent), "--fixed-model-name", stem(recipe.model)),
        )
        log = recipe.model.with_name(f"{stem(recipe.model)}-train.log")
        start, worked = time.perf_counter(), _children()
        async with running(command, {**QUIET, "RASA_CACHE_DIRECTORY": cache}, log) as process:
            while process.returncode is None:
                try:
                    async with asyncio.timeout(TOLD_EVERY):
                        await process.wait()
                except TimeoutError:
                    passed = time.perf_counter() - start
                    console.print(f"training {recipe.title}… {passed:.0f} s", highlight=False)
            seconds = time.perf_counter() - start
    if process.returncode != 0 or not recipe.model.exists():
        raise Broke(f"training of {recipe.title} failed, see {log}")
    return Training(seconds, _children() - worked, size=recipe.model.stat().st_size / 1e6)


def _children() -> float:
    """Processor time of the children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


async def train_if_outdated(recipe: Recipe, console: Console) -> None:
    if outdated(recipe.model):
        await train(recipe, console)
