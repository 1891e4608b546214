"""Entities of the phrases of data/nlu, written as Rasa's annotations: shown, or kept with --write.

Run from the root with Rasa's environment: engine/.venv/bin/python -m scripts.annotate [--write] [file …]
A phrase that has annotations keeps them; --again reads these phrases anew.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import yaml
from rasa.nlu.constants import TOKENS_NAMES
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from engine import phrases
from engine.nlu import lexicon
from engine.nlu.extractor import Reader, words_of
from engine.nlu.tokenizer import RussianTokenizer
from engine.nlu.vocabulary import Vocabulary

PHRASES = Path("data/nlu")
# What a person would mark; options, aspects and conditions are the word lists' own matter.
KINDS = frozenset(
    (
        "make",
        "model",
        "year",
        "colour",
        "gearbox",
        "drive",
        "fuel",
        "body",
        "engine_volume",
        "mileage",
        "owners",
        "amount",
        "monthly_payment",
        "down_payment",
        "term",
        "phone",
        "email",
        "person",
        "day",
        "time",
        "vin",
        "vin_tail",
        "plate",
        "city",
        "listing_url",
    )
)
# Their values are no words of the phrase: «полтора ляма» is 1500000. A number without its unit keeps
# none: «90» is a mileage here and a price there, and Rasa warns of such twins.
VALUED = frozenset(("amount", "monthly_payment", "down_payment", "mileage", "term"))
_UNIT = re.compile(
    r"тыс|тыщ|млн|мил|лям|лимон|кос|руб|мес|лет|год|км|tys|mln|mes|let|god|(?:\d|\s)[ктр]$", re.I
)

_LINE = re.compile(r"(?P<start>\s*- (?:text: )?)(?P<phrase>\S.*)")
_ANNOTATION = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")

Read = Callable[[str], Iterable[dict[str, Any]]]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, default=sorted(PHRASES.glob("*.yml")))
    parser.add_argument("--write", action="store_true", help="keep the annotations in the files")
    parser.add_argument("--again", action="store_true", help="read annotated phrases anew")
    options = parser.parse_args(arguments)
    read = reader()
    for path in options.files:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        annotated = [annotate_line(line, read, again=options.again) for line in lines]
        changed = [new for old, new in zip(lines, annotated, strict=True) if old != new]
        for line in changed:
            sys.stdout.write(f"{path.name}: {line.strip()}\n")
        if options.write and changed:
            path.write_text("".join(annotated), encoding="utf-8")
    return 0


def reader() -> Read:
    """The entities of a text by the word lists of this checkout, without a trained model."""
    words = lexicon.read(Path("data/lexicon"), Path("data/catalogue.yml"))
    files = [phrases.read(path) for path in sorted(PHRASES.glob("*.yml"))]
    vocabulary = Vocabulary.learn([p.text for file in files for p in file.phrases], words.spellings())
    tokenizer = RussianTokenizer(RussianTokenizer.get_default_config(), None, None, vocabulary)
    entities = Reader(words)

    def read(text: str) -> list[dict[str, Any]]:
        message = Message.build(text)
        message.set(TOKENS_NAMES[TEXT], tokenizer.tokenize(message, TEXT))
        return [entity.as_dict() for entity in entities.read(text, words_of(message))]

    return read


def plain(phrase: str) -> str:
    return _ANNOTATION.sub(r"\1", phrase).strip()


def annotate_line(line: str, read: Read, *, again: bool) -> str:
    found = _LINE.fullmatch(line.rstrip("\n"))
    if not found or found["phrase"].startswith("intent:"):
        return line
    of_yaml = found["start"].endswith("text: ")
    phrase = yaml.safe_load(found["phrase"]) if of_yaml else found["phrase"].strip()
    if _ANNOTATION.search(phrase) and not again:
        return line
    annotated = annotate(plain(phrase), read)
    if annotated == phrase:
        return line
    if of_yaml:  # «: » and «[» mean something in YAML
        annotated = "'" + annotated.replace("'", "''") + "'" if _ANNOTATION.search(annotated) else annotated
    return f"{found['start']}{annotated}\n"


def annotate(text: str, read: Read) -> str:
    """`[солярис](model) за [полтора ляма]{"entity": "amount", "value": "1500000"}`"""
    if re.search(r"[\[\]{}]", text):  # they are Rasa's own marks
        return text
    parts, end = [], 0
    for entity in sorted(read(text), key=lambda entity: (entity["start"], -entity["end"])):
        if entity["entity"] in KINDS and entity["start"] >= end:
            parts += [text[end : entity["start"]], _marked(text, entity)]
            end = entity["end"]
    return "".join((*parts, text[end:]))


def _marked(text: str, entity: dict[str, Any]) -> str:
    said, kind = text[entity["start"] : entity["end"]], entity["entity"]
    keys = {"entity": kind}
    if "role" in entity:
        keys["role"] = entity["role"]
    if kind in VALUED and _UNIT.search(said):
        keys["value"] = f"{entity['value']:.10g}"
    return f"[{said}]({kind})" if len(keys) == 1 else f"[{said}]{json.dumps(keys, ensure_ascii=False)}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
