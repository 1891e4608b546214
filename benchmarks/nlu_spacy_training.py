"""spaCy's text categoriser learns the assistant's phrases; runs in the engine's environment.

engine/.venv/bin/python -m benchmarks.nlu_spacy_training PHRASES MODEL [--steps N]

`textcat_multilabel` as `spacy.blank("ru").add_pipe` makes it: a bag of words and a convolutional network
together, without vectors. The bigger network of `spacy init config --optimize accuracy` took half a second
a step and had learnt nothing after 600.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import spacy
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.loading import load_data
from rasa.shared.nlu.training_data.message import Message
from spacy.language import Language
from spacy.tokens import DocBin
from spacy.training.initialize import init_nlp
from spacy.training.loop import train

from benchmarks.nlu_threshold import best_threshold

PIPE = "textcat_multilabel"
HELD_OUT = 0.1  # of the phrases: spaCy stops by them, and the threshold is chosen on them
SEED = 1


class Phrase(NamedTuple):
    text: str
    intents: Sequence[str]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nlu_spacy_training")
    parser.add_argument("phrases", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("--steps", type=int, default=20_000)
    options = parser.parse_args()
    phrases = read(options.phrases)
    random.Random(SEED).shuffle(phrases)
    held = phrases[: int(len(phrases) * HELD_OUT)]
    nlp = learn(phrases[len(held) :], held, options.steps)
    scored = [doc.cats for doc in nlp.pipe(phrase.text for phrase in held)]
    nlp.get_pipe(PIPE).cfg["threshold"] = best_threshold(scored, [phrase.intents for phrase in held])
    nlp.to_disk(options.model)


def read(folder: Path) -> list[Phrase]:
    """As Rasa reads them; those that ask several things say so in their metadata."""
    return [
        Phrase(message.get(TEXT), _intents(message)) for message in load_data(str(folder)).intent_examples
    ]


def _intents(message: Message) -> Sequence[str]:
    said: Sequence[str] | None = message.get("metadata", {}).get("example", {}).get("intents")
    return said or [message.get(INTENT)]


def learn(phrases: Sequence[Phrase], held: Sequence[Phrase], steps: int) -> Language:
    nlp = spacy.blank("ru")
    nlp.add_pipe(PIPE)
    intents = sorted({intent for phrase in (*phrases, *held) for intent in phrase.intents})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = nlp.config.copy()
        config["training"]["max_steps"] = steps
        for corpus, said in (("train", phrases), ("dev", held)):
            path = folder / f"{corpus}.spacy"
            _docs(nlp, said, intents).to_disk(path)
            config["corpora"][corpus] = {"@readers": "spacy.Corpus.v1", "path": str(path)}
        train(init_nlp(config), folder, stdout=sys.stdout, stderr=sys.stderr)
        return spacy.load(folder / "model-best")


def _docs(nlp: Language, phrases: Sequence[Phrase], intents: Sequence[str]) -> DocBin:
    docs = []
    for phrase in phrases:
        doc = nlp.make_doc(phrase.text)
        doc.cats = {intent: float(intent in phrase.intents) for intent in intents}
        docs.append(doc)
    return DocBin(docs=docs)


if __name__ == "__main__":
    main()
