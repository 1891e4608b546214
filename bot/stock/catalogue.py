"""Names of makes, models and options as dealers write them → the project's own names.

`data/catalogue.yml` and `data/lexicon/options.yml` hold the names; what they do not know stays as written.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.errors import SettingsError
from bot.settings import ROOT
from bot.stock.values import name_key, tidy, unmix

CATALOGUE_FILE = ROOT / "data" / "catalogue.yml"
OPTIONS_FILE = ROOT / "data" / "lexicon" / "options.yml"

# «Juke, I Рестайлинг», «RAV4, V (XA50)»: auto.ru puts the generation behind the last comma.
_GENERATION = re.compile(r"^(?P<model>.+?),\s*(?P<generation>(?:[IVX]+\b|\d|рестайлинг).*)$", re.I)
_BRACKETS = re.compile(r"^(?P<outer>.*?)\s*\((?P<inner>[^()]+)\)\s*$")
# Behind a model they do not make it another one: «Vesta SW Cross» is a Vesta, «Camry Solara» is no Camry.
_VERSION_WORDS = (
    "new", "новый", "новая", "рестайлинг", "fl", "sw", "cross", "кросс", "sport", "спорт", "gt", "line",
    "coupe", "седан", "sedan", "универсал", "wagon", "хэтчбек", "hatchback", "лифтбек", "liftback", "купе",
)  # fmt: skip
_VERSIONS = frozenset(map(name_key, _VERSION_WORDS))
_ZONES = {"2": "двух", "3": "трёх", "4": "четырёх"}  # auto.ru writes «Климат-контроль 2-зонный»


@dataclass(frozen=True, slots=True)
class CarName:
    make: str
    model: str
    generation: str | None


@dataclass(frozen=True, slots=True)
class _Make:
    name: str
    models: dict[str, str]


@dataclass(slots=True)
class Catalogue:
    """Makes by key, and within each its models by key; `_known` remembers what a feed repeats."""

    makes: dict[str, _Make] = field(default_factory=dict)
    _known: dict[tuple[str, str, str | None], CarName] = field(default_factory=dict)

    def name(self, make: str, model: str, generation: str | None = None) -> CarName:
        words = (make, model, generation)
        if (found := self._known.get(words)) is None:
            found = self._name(*words)
            if len(self._known) < 20_000:
                self._known[words] = found
        return found

    def _name(self, make: str, model: str, generation: str | None) -> CarName:
        known = next((m for c in _candidates(make) if (m := self.makes.get(name_key(c)))), None)
        make_name = known.name if known else written(make)
        split = _GENERATION.match(model)
        bare = split["model"] if split else model
        bare = _without_make(_without_make(bare, make), make_name)
        model_name = _find_model(known, bare) or written(bare)
        return CarName(make_name, model_name, tidy(generation or (split["generation"] if split else None)))


@dataclass(slots=True)
class Options:
    names: dict[str, str] = field(default_factory=dict)
    # «Подогрев сидений» is either of the front and the rear ones.
    includes: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def canonical(self, words: Iterable[str]) -> tuple[str, ...]:
        """Sorted, without repeats; unknown words stay as the feed has them."""
        found: dict[str, str] = {}
        for word in words:
            line = re.sub(r"\b([234])-?(?=зонн)", lambda m: _ZONES[m[1]], tidy(word) or "")
            if line and (key := name_key(line)):
                name = self.names.get(key) or unmix(line)[:128]
                found.setdefault(name_key(name), name)
        return tuple(sorted(found.values()))


def load_catalogue(path: Path = CATALOGUE_FILE) -> Catalogue:
    makes: dict[str, _Make] = {}
    for entry in _entries(path, "make"):
        models = _model_names(entry.get("models", ()))
        make = _Make(str(entry["make"]), models)
        for name in (entry["make"], *entry.get("names", ())):
            makes.setdefault(name_key(str(name)), make)
    return Catalogue(makes)


def _model_names(entries: list[dict[str, Any]]) -> dict[str, str]:
    """A model's own name beats a nickname; a nickname of several models («нива») names none."""
    own = {name_key(str(entry["model"])): str(entry["model"]) for entry in entries}
    nicknames: dict[str, set[str]] = {}
    for entry in entries:
        for name in entry.get("names", ()):
            nicknames.setdefault(name_key(str(name)), set()).add(str(entry["model"]))
    return {key: models.pop() for key, models in nicknames.items() if len(models) == 1} | own


def load_options(path: Path = OPTIONS_FILE) -> Options:
    names: dict[str, str] = {}
    includes: dict[str, tuple[str, ...]] = {}
    for entry in _entries(path, "option"):
        if entry.get("general"):
            includes[str(entry["option"])] = tuple(map(str, entry["includes"]))
        for name in (entry["option"], *entry.get("names", ())):
            names.setdefault(name_key(str(name)), str(entry["option"]))
    return Options(names, includes)


def _entries(path: Path, key: str) -> Iterator[dict[str, Any]]:
    if not path.exists():
        raise SettingsError(f"нет файла {path}: восстановите его из поставки.")
    content = yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    if not isinstance(content, list) or any(key not in entry for entry in content):
        raise SettingsError(f"{path}: нужен список записей с полем «{key}».")
    yield from content


def _candidates(text: str) -> Iterator[str]:
    """«Тигго 7Л (TIGGO 7L)» may be known whole, by either part, or without a version («CS35PLUS NEW»)."""
    line = unmix(text)
    yield line
    if bracketed := _BRACKETS.match(line):
        yield bracketed["outer"]
        yield bracketed["inner"]
    parts = [part for part in re.split(r"\s*/\s*", line) if part]
    if len(parts) > 1:
        yield from parts
    tokens = line.split()
    while len(tokens) > 1 and name_key(tokens[-1]) in _VERSIONS:
        tokens.pop()
        yield " ".join(tokens)


def _find_model(make: _Make | None, text: str) -> str | None:
    if make is None:
        return None
    return next((name for c in _candidates(text) if (name := make.models.get(name_key(c)))), None)


def _without_make(model: str, make: str) -> str:
    """«Haval Jolion» of the make Haval is Jolion."""
    words = model.split()
    for count in range(1, len(words)):
        if name_key("".join(words[:count])) == name_key(make):
            return " ".join(words[count:])
    return model


def written(text: str) -> str:
    """A name nobody knows, without shouting: «TOYOTA» → «Toyota», «GAC» and «CS35» stay."""
    return " ".join(_calm(word) for word in unmix(" ".join(text.split())).split(" "))


def _calm(word: str) -> str:
    return word.capitalize() if word.isalpha() and word.isupper() and len(word) > 3 else word
