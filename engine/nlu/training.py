"""Training of the question model: phrases and their joins, margins, then probabilities on unseen folds."""

import logging
from collections import Counter
from typing import FrozenSet, Iterator, List, Sequence, Tuple

import numpy as np
from joblib import Parallel, cpu_count, delayed
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from engine.nlu.clauses import Starters
from engine.nlu.features import Clause, Features
from engine.nlu.joins import ALONE, Example, joined
from engine.nlu.model import Calibration, Evidence, Guess, Linear, QuestionModel, Reader, cut, evidence, said
from engine.nlu.vectors import Vectors

logger = logging.getLogger(__name__)
SEED = 20
FOLDS = 2
STRENGTH = 0.3  # C of the support vectors: the best of 0.1, 0.3, 1 by five-fold
TOLERANCE = 0.01  # a hundred times coarser than the default, no worse
JOINS_PER_PHRASE = 0.8
JOINS_IN_CALIBRATION = 0.25  # about the share of messages with several intents in real chats
REJECTED_IN_SCOPE = 0.03  # of the messages within scope, for the sake of rejecting the rest


def train(examples: Sequence[Example], vectors: Vectors, questions: FrozenSet[str]) -> QuestionModel:
    """`examples` hold one intent each and at least one term."""
    intents = tuple(sorted({intent for _, labels in examples for intent in labels}))
    calibration = _calibrate(examples, vectors, questions, intents)
    return QuestionModel(intents, _fit(examples, vectors, questions, intents), calibration)


def _fit(
    examples: Sequence[Example], vectors: Vectors, questions: FrozenSet[str], intents: Sequence[str]
) -> Reader:
    everything = [*examples, *joined(examples, questions, int(len(examples) * JOINS_PER_PHRASE), SEED)]
    features = Features.learn([clause for clause, _ in everything], vectors)
    rows = features.rows([clause for clause, _ in everything])
    labels = [labels for _, labels in everything]
    alone = len(examples)
    starters = Starters.learn([clause for clause, _ in examples])
    return Reader(
        features, _linear(rows, labels, intents), _linear(rows[:alone], labels[:alone], intents), starters
    )


def _linear(rows: csr_matrix, labels: Sequence[FrozenSet[str]], intents: Sequence[str]) -> Linear:
    machines = [
        LinearSVC(C=STRENGTH, tol=TOLERANCE, random_state=SEED).fit(
            rows, np.array([intent in said_ for said_ in labels])
        )
        for intent in intents
    ]
    coefficients = np.stack([machine.coef_[0] for machine in machines], axis=1).astype(np.float32)
    return Linear(
        np.ascontiguousarray(coefficients),
        np.array([machine.intercept_[0] for machine in machines], dtype=np.float32),
    )


def _calibrate(
    examples: Sequence[Example], vectors: Vectors, questions: FrozenSet[str], intents: Sequence[str]
) -> Calibration:
    # Processes of loky: their start costs two seconds, and forking a process that holds TensorFlow is unsafe.
    read_fold = delayed(_read_unseen)
    folds = Parallel(n_jobs=min(FOLDS, cpu_count()))(
        read_fold(seen, held_out, vectors, questions, intents) for seen, held_out in _folds(examples)
    )
    unseen = [message for fold in folds for message in fold]
    return _cut_lines(_logistic(unseen, intents), unseen, intents)


def _read_unseen(
    seen: Sequence[Example],
    held_out: Sequence[Example],
    vectors: Vectors,
    questions: FrozenSet[str],
    intents: Sequence[str],
) -> List[Tuple[Evidence, FrozenSet[str]]]:
    reader = _fit(seen, vectors, questions, intents)
    asked = [*held_out, *joined(held_out, questions, int(len(held_out) * JOINS_IN_CALIBRATION), SEED)]
    read = evidence([clause for clause, _ in asked], reader)
    return [(one, labels) for one, (_, labels) in zip(read, asked, strict=False)]


def _folds(examples: Sequence[Example]) -> Iterator[Tuple[List[Example], List[Example]]]:
    labels = [min(intents) for _, intents in examples]
    folds = min(FOLDS, *Counter(labels).values())
    for seen, unseen in StratifiedKFold(folds, shuffle=True, random_state=SEED).split(labels, labels):
        yield [examples[i] for i in seen], [examples[i] for i in unseen]


def _logistic(unseen: Sequence[Tuple[Evidence, FrozenSet[str]]], intents: Sequence[str]) -> Calibration:
    signals = np.concatenate([seen.signals for seen, _ in unseen]).astype(np.float32)
    truth = np.array([intent in labels for _, labels in unseen for intent in intents])
    scaler = StandardScaler().fit(signals)
    identity = np.tile(np.eye(len(intents), dtype=np.float32), (len(unseen), 1))
    fitted = LogisticRegression(C=1.0, tol=1e-3, max_iter=500).fit(
        np.hstack((scaler.transform(signals), identity)), truth
    )
    weights = fitted.coef_[0][: signals.shape[1]] / scaler.scale_
    shift = fitted.intercept_[0] - float(weights @ scaler.mean_)
    return Calibration(weights, fitted.coef_[0][signals.shape[1] :] + shift)


def _cut_lines(
    calibration: Calibration, unseen: Sequence[Tuple[Evidence, FrozenSet[str]]], intents: Sequence[str]
) -> Calibration:
    """«said» where most messages come out exactly right, «guessed» where few within scope fall under it."""
    rankings = [(_ranked(seen, calibration, intents), labels) for seen, labels in unseen]
    within = sorted(ranking[0].confidence for ranking, labels in rankings if not labels & ALONE)
    guessed = within[int(len(within) * REJECTED_IN_SCOPE)] if within else calibration.guessed

    def right(line: float) -> int:
        trial = cut(calibration, line, guessed)
        return sum({g.intent for g in said(ranking, trial)} == labels for ranking, labels in rankings)

    lines = np.arange(0.3, 0.71, 0.05)
    best = max(lines, key=lambda line: (right(float(line)), -abs(line - 0.5)))
    logger.info("unseen messages exactly right: %.3f", right(float(best)) / len(rankings))
    return cut(calibration, float(best), float(guessed))


def _ranked(seen: Evidence, calibration: Calibration, intents: Sequence[str]) -> List[Guess]:
    probabilities = calibration.probabilities(seen.signals)
    guesses = [
        Guess(*row) for row in zip(intents, probabilities.tolist(), seen.positions.tolist(), strict=False)
    ]
    return sorted(guesses, key=lambda guess: (-guess.confidence, guess.intent))


def examples_of(clauses: Sequence[Clause], intents: Sequence[str]) -> List[Example]:
    return [
        (clause, frozenset((intent,)))
        for clause, intent in zip(clauses, intents, strict=False)
        if clause.terms
    ]
