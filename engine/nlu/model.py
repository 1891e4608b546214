"""The model behind `QuestionClassifier`: margins over parts and whole of a message, made probabilities."""

import json
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import List, NamedTuple, Sequence, Tuple

import numpy as np
from scipy.sparse import csr_matrix

from engine.nlu.clauses import Span, Starters, best_split, spans, sureness
from engine.nlu.features import Clause, Features
from engine.nlu.joins import ALONE


class Guess(NamedTuple):
    intent: str
    confidence: float
    position: int  # of the first term of the part that says it


@dataclass(frozen=True)
class Linear:
    """One hyperplane per intent."""

    coefficients: np.ndarray
    intercepts: np.ndarray

    def margins(self, rows: csr_matrix) -> np.ndarray:
        return np.asarray(rows @ self.coefficients.T) + self.intercepts


class Evidence(NamedTuple):
    """What the calibration sees of a message: a row of signals per intent."""

    signals: np.ndarray
    positions: np.ndarray


@dataclass(frozen=True)
class Reader:
    """Reads a message whole and in parts: the machine for parts has seen phrases with one intent only."""

    features: Features
    whole: Linear
    parts: Linear
    starters: Starters


def evidence(clause: Clause, reader: Reader) -> Evidence:
    boundaries = reader.starters.boundaries(clause)
    candidates = spans(clause, boundaries)
    rows = reader.features.rows([clause.part(*span) for span in candidates])
    of_whole = reader.whole.margins(rows[candidates.index((0, len(clause.terms)))])[0]
    margins = reader.parts.margins(rows)
    chosen = best_split(candidates, sureness(margins))
    parts = margins[chosen]
    strongest = parts.argmax(axis=0)
    tops = parts.argmax(axis=1)
    is_top = np.array([(tops == label).any() for label in range(parts.shape[1])])
    is_best = of_whole == of_whole.max()
    rivals = np.array([_rival(parts[strongest[label]], label) for label in range(parts.shape[1])])
    lengths = np.array([candidates[index][1] - candidates[index][0] for index in chosen])
    signals = np.column_stack(
        (
            of_whole,
            of_whole - np.array([_rival(of_whole, label) for label in range(parts.shape[1])]),
            is_best,
            parts.max(axis=0),
            parts.max(axis=0) - rivals,
            is_top,
            is_top * np.minimum(lengths[strongest], 6) / 6,
            is_top * (1 - reader.features.known_share(clause)),
            np.full(parts.shape[1], np.log(len(chosen))),
        )
    )
    # A message in one part and one in several are weighed apart.
    signals = np.hstack((signals, signals * (len(chosen) > 1)))
    return Evidence(signals, _positions(candidates, boundaries, margins))


def _positions(candidates: Sequence[Span], boundaries: Sequence[int], margins: np.ndarray) -> np.ndarray:
    """Where the smallest part begins that says each intent most clearly."""
    edges = [0, *boundaries, max(last for _, last in candidates)]
    atoms = [candidates.index(span) for span in pairwise(edges)]
    starts = np.array([candidates[index][0] for index in atoms])
    positions: np.ndarray = starts[margins[atoms].argmax(axis=0)]
    return positions


def _rival(margins: np.ndarray, label: int) -> float:
    return float(np.delete(margins, label).max())


@dataclass(frozen=True)
class Calibration:
    """Logistic regression over the signals, one intercept per intent, and the lines it is cut at."""

    weights: np.ndarray
    intercepts: np.ndarray
    said: float = 0.5  # an intent at least this probable was said
    guessed: float = 0.3  # the best one below this is no understanding at all

    def probabilities(self, signals: np.ndarray) -> np.ndarray:
        scores: np.ndarray = 1 / (1 + np.exp(-(signals @ self.weights + self.intercepts)))
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
        seen = evidence(clause, self.reader)
        probabilities = self.calibration.probabilities(seen.signals)
        guesses = [
            Guess(*row)
            for row in zip(self.intents, probabilities.tolist(), seen.positions.tolist(), strict=False)
        ]
        return sorted(guesses, key=lambda guess: (-guess.confidence, guess.intent))

    def said(self, ranking: Sequence[Guess]) -> List[Guess]:
        """The intents of the message in the order they were said; none when nothing is sure."""
        return said(ranking, self.calibration)

    def save(self, folder: Path) -> None:
        self.reader.features.save(folder)
        facts = {
            "intents": self.intents,
            "starters": sorted(self.reader.starters.words),
            "said": self.calibration.said,
            "guessed": self.calibration.guessed,
        }
        (folder / "model.json").write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
        np.savez(
            folder / "linear.npz",
            whole=self.reader.whole.coefficients,
            whole_intercepts=self.reader.whole.intercepts,
            parts=self.reader.parts.coefficients,
            parts_intercepts=self.reader.parts.intercepts,
            weights=self.calibration.weights,
            offsets=self.calibration.intercepts,
        )

    @classmethod
    def load(cls, folder: Path) -> "QuestionModel":
        facts = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        with np.load(folder / "linear.npz") as data:
            whole = Linear(data["whole"], data["whole_intercepts"])
            parts = Linear(data["parts"], data["parts_intercepts"])
            calibration = Calibration(data["weights"], data["offsets"], facts["said"], facts["guessed"])
        reader = Reader(Features.load(folder), whole, parts, Starters(facts["starters"]))
        return cls(tuple(facts["intents"]), reader, calibration)


def said(ranking: Sequence[Guess], calibration: Calibration) -> List[Guess]:
    if not ranking or ranking[0].confidence < calibration.guessed:
        return []
    if ranking[0].intent in ALONE:  # a joke with a price in it asks no price
        return [ranking[0]]
    sure = [g for g in ranking if g.confidence >= calibration.said and g.intent not in ALONE] or [ranking[0]]
    return sorted(sure, key=lambda guess: (guess.position, -guess.confidence))


def cut(calibration: Calibration, said_at: float, guessed_at: float) -> Calibration:
    return replace(calibration, said=said_at, guessed=guessed_at)
