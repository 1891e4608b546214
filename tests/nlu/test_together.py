"""`together.tsv`: messages that ask several things, for measuring, never for training."""

import re

import yaml

from bot.settings import ROOT

ROWS = [
    line.split("\t")
    for line in (ROOT / "tests" / "nlu" / "together.tsv").read_text(encoding="utf-8").splitlines()
]


def plain(text: str) -> str:
    return re.sub(r"[^\w]+", " ", text.lower().replace("ё", "е")).strip()


def test_every_label_is_an_intent_of_the_domain() -> None:
    intents = set(yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"])
    assert {label for _, labels in ROWS for label in labels.split("+")} <= intents


def test_no_message_is_trained_on() -> None:
    trained = {
        plain(line.removeprefix("    - "))
        for path in (ROOT / "data" / "nlu").glob("*.yml")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("    - ")
    }
    assert [text for text, _ in ROWS if plain(text) in trained] == []
