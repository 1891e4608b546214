"""The model behind `QuestionClassifier`: what speaks for each intent of a message, made probabilities."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import List, NamedTuple, Sequence, Tuple

import numpy as np

from engine.nlu.clauses import Starters
from engine.nlu.evidence import Evidence, Linear, Reader, evidence
from engine.nlu.features import Clause, Features
from engine.nlu.joins import ALONE
from engine.nlu.neighbours import Neighbours

SAID = 0.45  # an intent at least this probable was said
# A message that is nobody's question with this probability gets no answer from the stock: a wrong one costs
# more than a question back.
DOUBT = 0.15
CLEARLY_ASIDE = 0.5  # of the best question's probability
# The held-out phrases are by the writers of the rest. Of strangers' messages the surest guesses are right
# in 95 to 99 of 100, so nothing is said to be surer than this.
SUREST = 0.985


class Guess(NamedTuple):
    intent: str
    confidence: float
    position: int  # of the first term of the part that says it


@dataclass(frozen=True)
class Calibration:
    """Logistic regression over the signals, an intercept per intent, and the line of being unsure."""

    weights: np.ndarray
    intercepts: np.ndarray
    guessed: float = 0.3  # the best question less probable than this is no understanding at all

    def probabilities(self, signals: np.ndarray) -> np.ndarray:
        scores: np.ndarray = SUREST / (1 + np.exp(-(signals @ self.weights + self.intercepts)))
        return scores


@dataclass(frozen=True)
class QuestionModel:
    intents: Tuple[str, ...]
    reader: Reader
    calibration: Calibration

    def ranking(self, clause: Clause) -> List[Guess]:
        """Every intent, the most probable first."""
        if not clause.terms:
            return []
        (seen,) = evidence([self.reader.read(clause)], self.reader)
        return ranked(seen, self.calibration, self.intents)

    def said(self, ranking: Sequence[Guess]) -> List[Guess]:
        """The intents of the message in the order they were said; none when nothing is sure."""
        return said(ranking, self.calibration)

    def save(self, folder: Path) -> None:
        self.reader.features.save(folder)
        facts = {
            "intents": self.intents,
            "starters": sorted(self.reader.starters.words),
            "guessed": self.calibration.guessed,
        }
        (folder / "model.json").write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
        np.savez(
            folder / "linear.npz",
            **self.reader.linear._asdict(),
            weights=self.calibration.weights,
            offsets=self.calibration.intercepts,
            phrases=self.reader.neighbours.columns.astype(np.float16),
            starts=self.reader.neighbours.starts,
        )

    @classmethod
    def load(cls, folder: Path) -> "QuestionModel":
        facts = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        with np.load(folder / "linear.npz") as data:
            linear = Linear(*(data[name] for name in Linear._fields))
            calibration = Calibration(data["weights"], data["offsets"], facts["guessed"])
            neighbours = Neighbours(data["phrases"], data["starts"])
        starters, alone = Starters(facts["starters"]), alone_among(facts["intents"])
        reader = Reader(Features.load(folder), linear, neighbours, starters, alone)
        return cls(tuple(facts["intents"]), reader, calibration)


def alone_among(intents: Sequence[str]) -> Tuple[int, ...]:
    return tuple(number for number, intent in enumerate(intents) if intent in ALONE)


def ranked(seen: Evidence, calibration: Calibration, intents: Sequence[str]) -> List[Guess]:
    probabilities = calibration.probabilities(seen.signals)
    guesses = [
        Guess(*row) for row in zip(intents, probabilities.tolist(), seen.positions.tolist(), strict=False)
    ]
    return sorted(guesses, key=lambda guess: (-guess.confidence, guess.intent))


def said(ranking: Sequence[Guess], calibration: Calibration) -> List[Guess]:
    aside = [guess for guess in ranking if guess.intent in ALONE]
    asked = [guess for guess in ranking if guess.intent not in ALONE]
    if aside and aside[0].confidence >= DOUBT:
        # A joke with a price in it asks no price; a question that may be a joke is asked about.
        best = asked[0].confidence if asked else 0.0
        return [aside[0]] if aside[0].confidence >= best * CLEARLY_ASIDE else []
    if not asked or asked[0].confidence < calibration.guessed:
        return []
    sure = [guess for guess in asked if guess.confidence >= SAID] or [asked[0]]
    return sorted(sure, key=lambda guess: (guess.position, -guess.confidence))
