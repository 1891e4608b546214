"""The word lists that the components learn from: read from data/ at training, from the model at run time."""

import hashlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional

import yaml

FILES = ("attributes.yml", "aspects.yml", "options.yml")


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
                yield from (phrase.replace("*", "") for phrase in phrases if "*" not in phrase)
        for option in self.options:
            yield from (option["option"], *map(str, option.get("names") or ()))

    def as_dict(self) -> Dict[str, Any]:
        return asdict(self)


def read(folder: Path, catalogue: Path) -> Lexicon:
    """Raises FileNotFoundError or yaml.YAMLError, both of which name the file."""
    attributes, aspects, options = (_yaml(folder / name) for name in FILES)
    return Lexicon(_yaml(catalogue) or [], attributes or {}, aspects or {}, options or [])


def _yaml(path: Path) -> Any:
    with path.open(encoding="utf-8") as file:
        return yaml.load(file, Loader=yaml.CSafeLoader)  # safe_load in C: the catalogue is long


def fingerprint(config: Dict[str, Any]) -> Optional[str]:
    """Of the files' contents, so that Rasa trains again when only a word list changed."""
    paths = [Path(config["lexicon"]) / name for name in FILES] + [Path(config["catalogue"])]
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes() if path.exists() else b"")
    return digest.hexdigest()
