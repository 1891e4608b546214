"""A trained spaCy categoriser as a contestant; runs in the engine's environment."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import spacy
from spacy.language import Language

from engine.yardstick.predictions import Guess, Prediction
from engine.yardstick.rows import Row


def load(model: Path) -> Callable[[Sequence[Row]], list[Prediction]]:
    nlp = spacy.load(model)
    threshold = nlp.get_pipe("textcat_multilabel").cfg["threshold"]
    return lambda rows: [_prediction(nlp, threshold, row) for row in rows]


def _prediction(nlp: Language, threshold: float, row: Row) -> Prediction:
    """The surest first: a categoriser does not know what was said first. It finds no entities."""
    started = time.perf_counter()
    cats = nlp(row.text).cats
    milliseconds = (time.perf_counter() - started) * 1000
    ranking = sorted((Guess(intent, score) for intent, score in cats.items()), key=lambda g: -g.confidence)
    said = [guess for guess in ranking if guess.confidence >= threshold]
    return Prediction(row.id, said, ranking, None, milliseconds)
