"""The word lists that the components learn from: read from data/ at training, from the model at run time."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Dict, Iterator, List

import yaml
from rasa.shared.exceptions import RasaException

from engine.nlu.fingerprint import of_code, of_files

FILES = ("attributes.yml", "aspects.yml", "options.yml")


class LexiconError(RasaException):
    """A word list that is no YAML. Rasa shows the message alone."""


@dataclass(frozen=True)
class Lexicon:
    catalogue: List[Dict[str, Any]] = field(default_factory=list)  # as in data/catalogue.yml
    attributes: Dict[str, Dict[str, List[str]]] = field(default_factory=dict)  # entity → value → phrases
    aspects: Dict[str, Dict[str, List[str]]] = field(default_factory=dict)  # intent → aspect → phrases
    options: List[Dict[str, Any]] = field(default_factory=list)  # option, names

    def spellings(self) -> Iterator[str]:
        """Every word list entry: trusted spellings for the vocabulary."""
        for make in self.catalogue:
            yield from (str(make["make"]), *map(str, make.get("names") or ()))
            for model in make["models"]:
                yield from (str(model["model"]), *map(str, model.get("names") or ()))
        for groups in (*self.attributes.values(), *self.aspects.values()):
            for phrases in groups.values():
                yield from (phrase.replace("!", "") for phrase in phrases if "*" not in phrase)
        for option in self.options:
            yield from (option["option"], *map(str, option.get("names") or ()))

    def as_dict(self) -> Dict[str, Any]:
        return asdict(self)


def read(folder: Path, catalogue: Path) -> Lexicon:
    """Raises FileNotFoundError or LexiconError; both name the file, the latter the line as well."""
    attributes, aspects, options = (_yaml(folder / name) for name in FILES)
    return Lexicon(_yaml(catalogue) or [], attributes or {}, aspects or {}, options or [])


def _yaml(path: Path) -> Any:
    with path.open(encoding="utf-8") as file:
        try:
            return yaml.load(file, Loader=yaml.CSafeLoader)  # safe_load in C: the catalogue is long
        except yaml.YAMLError as error:
            raise LexiconError(f"Список слов не читается, исправьте и повторите обучение. {error}") from error


def fingerprint(config: Dict[str, Any]) -> str:
    """Of the word lists and of the code, so that Rasa trains again when only one of them changed."""
    paths = [Path(config["lexicon"]) / name for name in FILES] + [Path(config["catalogue"])]
    return of_files(paths) + of_code()
