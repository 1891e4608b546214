"""Training data are checked before Rasa reads them.

Rasa skips most of what it cannot read with a warning that nobody sees, and the model silently knows less.
Here every mistake stops `rasa train`, `rasa data validate` and `make train`, with file and line.
"""

from itertools import chain
from pathlib import Path
from typing import Iterator, List, NamedTuple, Optional, Sequence, Text, Union

import rasa.shared.data
from rasa.shared.core.domain import Domain
from rasa.shared.exceptions import RasaException
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import raise_warning

from engine import phrases
from engine.phrases import Phrase, Problem

SHOWN = 20  # mistakes at once: the first ones usually explain the rest


class TrainingDataMistake(RasaException):
    """Training stops. Rasa's command line prints this without a traceback and ends with code 1."""


class CheckedImporter(RasaFileImporter):
    """Rasa's own importer of files, which reads only what was found right."""

    def __init__(
        self,
        config_file: Optional[Text] = None,
        domain_path: Optional[Text] = None,
        training_data_paths: Optional[Union[List[Text], Text]] = None,
    ) -> None:
        _stop_on([*_yaml_mistakes(domain_path)])
        self._domain = Domain.load(domain_path) if domain_path else None
        found = [phrases.read(path) for path in _files(training_data_paths)]
        said = list(chain.from_iterable(file.phrases for file in found))
        _stop_on([*chain.from_iterable(file.problems for file in found), *_mistakes(said, self._domain)])
        _warn_of(_repeated(said))
        super().__init__(config_file, domain_path, training_data_paths)
        self._nlu_data: Optional[TrainingData] = None

    def get_domain(self) -> Domain:
        """The domain; unlike Rasa's importer, a wrong one is never replaced by an empty one."""
        return self._domain or Domain.empty()

    def get_nlu_data(self, language: Optional[Text] = "en") -> TrainingData:
        """Read once: Rasa asks for it three times, in three languages, which is all the difference."""
        if self._nlu_data is None:
            self._nlu_data = super().get_nlu_data(language)
        return self._nlu_data


class Repeat(NamedTuple):
    again: Phrase
    first: Phrase


def _files(paths: Optional[Union[List[Text], Text]]) -> List[Path]:
    names = rasa.shared.data.get_data_files(paths, rasa.shared.data.is_likely_yaml_file)
    return [Path(name) for name in names]


def _yaml_mistakes(domain_path: Optional[Text]) -> Iterator[Problem]:
    for path in _files(domain_path):
        yield from phrases.compose(path).problems


def _mistakes(said: Sequence[Phrase], domain: Optional[Domain]) -> Iterator[Problem]:
    if domain is not None:
        yield from phrases.unknown(said, domain.intents, domain.entities)
    for again, first in _twins(said):
        if set(again.intents) != set(first.intents):
            yield Problem(
                *again[:2],
                f"эта же фраза уже есть с намерением {'+'.join(first.intents)}: {first.place}. "
                "Оставьте её там, где она по смыслу",
            )


def _repeated(said: Sequence[Phrase]) -> List[Repeat]:
    return [twin for twin in _twins(said) if set(twin.again.intents) == set(twin.first.intents)]


def _twins(said: Sequence[Phrase]) -> Iterator[Repeat]:
    first: dict = {}
    for phrase in said:
        known = first.setdefault(phrases.plain(phrase.text), phrase)
        if known is not phrase:
            yield Repeat(phrase, known)


def _stop_on(problems: Sequence[Problem]) -> None:
    if not problems:
        return
    shown = sorted(problems)[:SHOWN]
    more = [f"… и ещё {len(problems) - SHOWN}"] if len(problems) > SHOWN else []
    lines = [f"{problem.place}: {problem.what}." for problem in shown]
    head = f"обучение остановлено, ошибок в данных: {len(problems)}."
    raise TrainingDataMistake("\n".join([head, *lines, *more]))


def _warn_of(repeats: Sequence[Repeat]) -> None:
    if repeats:
        lines = [f"{again.place}: фраза уже есть: {first.place}" for again, first in repeats[:SHOWN]]
        raise_warning("\n".join([f"Повторы фраз ({len(repeats)}), лишние можно удалить:", *lines]))
