"""The phrases of data/nlu and of the measuring sets, read without Rasa, with the places they stand in."""

import json
import re
from collections.abc import Iterator, Set
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from bot.settings import ROOT

PHRASES = ROOT / "data" / "nlu"
MEASURING = ROOT / "tests" / "nlu"

# Rasa's: [words](entity), [words](entity:value), [words]{"entity": …}, [words][{…}, {…}]
ANNOTATION = re.compile(r"\[([^]]+)](?:\(([^:)]+)[^)]*\)|({[^}]+})|\[({.*?})])")
CAR = {"make", "model", "generation"}
NUMBER = {"year", "amount", "monthly_payment", "down_payment", "term", "mileage", "owners", "power"}
DIGITS = re.compile(r"\d[\d ]*")
PHONE = re.compile(r"\+?(?:\d[ .()-]{0,2}){10,}")
MASK = "mask"
ENDINGS = ("", "а", "у", "ы", "е", "и", "ю", "ой", "ом", "ов", "ам")
# Names of cars that are other words too: «джипы есть?» looks for a body, «мультик есть?» for a wheel.
ALSO_WORDS = {"джипы", "мультик"}


class Phrase(NamedTuple):
    place: str  # «data/nlu/price.yml:12»
    intent: str  # of the file
    intents: frozenset[str]
    written: str  # with annotations

    @property
    def text(self) -> str:
        return ANNOTATION.sub(r"\1", self.written)


class Row(NamedTuple):
    place: str
    text: str
    labels: tuple[str, ...]

    def __repr__(self) -> str:
        """Without the text: pytest shows the arguments of a failed test, and nobody is to learn the sets."""
        return self.place


def phrases() -> list[Phrase]:
    return [phrase for path in sorted(PHRASES.glob("*.yml")) for phrase in _of_file(path)]


def rows() -> list[Row]:
    return [row for path in sorted(MEASURING.glob("*.tsv")) for row in _of_table(path)]


def plain(text: str) -> str:
    """What is left when case, ё and punctuation are nothing; a message of signs alone is left as it is."""
    return re.sub(r"[\W_]+", " ", text.lower().replace("ё", "е")).strip() or text


def skeleton(written: str, cars: Set[str]) -> str:
    """What a phrase shares with those that differ from it in a car, a number or another entity only."""
    return _masked(ANNOTATION.sub(lambda found: f" {_mask(_entity(found))} ", written), cars)


def question(written: str, cars: Set[str]) -> str:
    """The skeleton with only cars and numbers masked: other entities may be what tells two intents apart.

    Empty when nothing else is said: a bare number is what the bot asked for, whatever that was.
    """

    def mask(found: re.Match[str]) -> str:
        entity = _entity(found)
        return f" {_mask(entity)} " if entity in CAR | NUMBER else found[1]

    masked = _masked(ANNOTATION.sub(mask, written), cars)
    return masked if any(not word.startswith(MASK) for word in masked.split()) else ""


@cache
def car_names() -> Set[str]:
    """Makes and models as the catalogue spells them, with the endings of Russian cases."""
    catalogue = yaml.load((ROOT / "data" / "catalogue.yml").read_bytes(), Loader=yaml.CSafeLoader)
    models = [model for make in catalogue for model in make["models"]]
    names = {plain(str(name)) for make in catalogue for name in (make["make"], *make.get("names", ()))}
    names |= {plain(str(name)) for model in models for name in (model["model"], *model.get("names", ()))}
    forms = {name.removesuffix("а") + ending for name in names for ending in ENDINGS}
    return {name for name in names | forms if len(name) > 2 and not name.isdigit()} - ALSO_WORDS


def _entity(found: re.Match[str]) -> str:
    if found[2]:
        return found[2]
    first: dict[str, str] = json.loads(found[3] or found[4].split("}")[0] + "}")
    return first["entity"]


def _mask(entity: str) -> str:
    return MASK + ("car" if entity in CAR else "number" if entity in NUMBER else entity)


def _masked(text: str, cars: Set[str]) -> str:
    """Plain words with a mask for every number and car; a make and its model are one car."""
    text = DIGITS.sub(f" {_mask('amount')} ", PHONE.sub(f" {_mask('phone')} ", text))
    words, masked = plain(text).split(), list[str]()
    while words:
        longest = next((n for n in (3, 2) if " ".join(words[:n]) in cars), 1)
        taken, words = " ".join(words[:longest]), words[longest:]
        word = _mask("make") if taken in cars else taken
        if not (masked and masked[-1] == word and word.startswith(MASK)):
            masked.append(word)
    return " ".join(masked)


def _of_file(path: Path) -> Iterator[Phrase]:
    root = yaml.compose(path.read_bytes(), Loader=yaml.CSafeLoader)
    for item in _fields(root)["nlu"].value:
        fields = _fields(item)
        intent, examples = fields["intent"].value, fields["examples"]
        if isinstance(examples, yaml.ScalarNode):
            for number, line in enumerate(examples.value.split("\n"), examples.start_mark.line + 2):
                if line:
                    yield Phrase(_place(path, number), intent, frozenset([intent]), line.removeprefix("- "))
            continue
        for example in examples.value:
            said = _fields(example)
            intents = [name.value for name in _fields(said["metadata"])["intents"].value]
            place = _place(path, example.start_mark.line + 1)
            yield Phrase(place, intent, frozenset(intents), said["text"].value)


def _fields(node: yaml.Node) -> dict[str, yaml.Node]:
    return {key.value: value for key, value in node.value}


def _of_table(path: Path) -> Iterator[Row]:
    lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    headed = lines[0][0] == "id"
    text, labels = (1, 2) if headed else (0, 1)
    for number, cells in enumerate(lines[headed:], headed + 1):
        yield Row(_place(path, number), cells[text], tuple(cells[labels].split("+")))


def _place(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"
