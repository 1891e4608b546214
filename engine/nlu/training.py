"""Training of the question model: phrases and their joins, margins, then probabilities on unseen folds."""

import logging
from collections import Counter
from dataclasses import replace
from typing import FrozenSet, List, Sequence, Tuple

import numpy as np
from joblib import Parallel, cpu_count, delayed, parallel_backend
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_limits

from engine.nlu.clauses import Starters
from engine.nlu.evidence import Evidence, Linear, Planes, Reader, evidence
from engine.nlu.features import Dense, Features, wholes
from engine.nlu.joins import ALONE, Example, joined
from engine.nlu.model import Calibration, QuestionModel, alone_among, ranked, said
from engine.nlu.neighbours import Neighbours

logger = logging.getLogger(__name__)
SEED = 20
FOLDS = 3  # of the phrases, one is held out for the calibration
STRENGTH = 0.3  # C of the support vectors: the best of 0.1, 0.3, 1 by five-fold
TOLERANCE = 0.1  # a thousand times coarser than the default, no worse
JOINS_PER_PHRASE = 0.4
JOINS_IN_CALIBRATION = 0.25  # about the share of messages with several intents in real chats
MOST_STEPS = 150
MIGHT_BE_SAID = 4  # of the intents of a message, by the whole machine
SHARE_OF_OTHERS = 0.1
REJECTED_IN_SCOPE = 0.03  # of the messages within scope, for the sake of rejecting the rest


def train(examples: Sequence[Example], dense: Dense, questions: FrozenSet[str]) -> QuestionModel:
    """`examples` hold at least one term each."""
    intents = tuple(sorted({intent for _, labels in examples for intent in labels}))
    with threadpool_limits(limits=cpu_count()):
        clauses = dense.read([clause for clause, _ in examples])
    read = [(clause, labels) for clause, (_, labels) in zip(clauses, examples, strict=False)]
    # Processes of loky: their start costs two seconds, and forking a process that holds TensorFlow is unsafe.
    with parallel_backend("loky", n_jobs=cpu_count()):
        calibration = _calibrate(read, dense, questions, intents)
        return QuestionModel(intents, _fit(read, dense, questions, intents), calibration)


def _fit(
    examples: Sequence[Example], dense: Dense, questions: FrozenSet[str], intents: Sequence[str]
) -> Reader:
    plain = [example for example in examples if len(example[1]) == 1]
    together = [example for example in examples if len(example[1]) > 1]
    joins = joined(plain, questions, int(len(plain) * JOINS_PER_PHRASE), SEED)
    everything = [*plain, *together, *joins]
    clauses, labels = [clause for clause, _ in everything], [labels for _, labels in everything]
    features = Features.learn(clauses, dense)
    vectors = features.sentences(clauses, wholes(clauses))
    rows = features.matrix(features.parts(clauses, wholes(clauses), vectors))
    whole = _linear(rows, labels, intents)
    parts = _linear(rows[: len(plain)], labels[: len(plain)], intents)
    of_plain = [intents.index(min(said_)) for _, said_ in plain]
    neighbours = Neighbours.learn(vectors[: len(plain)], of_plain)
    starters = Starters.learn(clauses[: len(plain)])
    linear = Linear.of(whole, parts, features.widths)
    return Reader(features, linear, neighbours, starters, alone_among(intents))


def _linear(rows: csr_matrix, labels: Sequence[FrozenSet[str]], intents: Sequence[str]) -> Planes:
    fit = delayed(_hyperplane)
    planes = Parallel()(fit(rows, np.array([intent in said_ for said_ in labels])) for intent in intents)
    coefficients, intercepts = zip(*planes, strict=True)
    return Planes(np.stack(coefficients, axis=1), np.array(intercepts, dtype=np.float32))


def _hyperplane(rows: csr_matrix, said_: np.ndarray) -> Tuple[np.ndarray, float]:
    machine = LinearSVC(C=STRENGTH, tol=TOLERANCE, random_state=SEED).fit(rows, said_)
    return machine.coef_[0].astype(np.float32), float(machine.intercept_[0])


def _calibrate(
    examples: Sequence[Example], dense: Dense, questions: FrozenSet[str], intents: Sequence[str]
) -> Calibration:
    """On phrases that the machines of this pass have not seen, and on joins of them."""
    seen, unseen = _held_out(examples)
    reader = _fit(seen, dense, questions, intents)
    plain = [example for example in unseen if len(example[1]) == 1]
    asked = [*unseen, *joined(plain, questions, int(len(plain) * JOINS_IN_CALIBRATION), SEED)]
    found = evidence([clause for clause, _ in asked], reader)
    read = [(one, labels) for one, (_, labels) in zip(found, asked, strict=False)]
    return _with_line(_logistic(read, intents), read, intents)


def _held_out(examples: Sequence[Example]) -> Tuple[List[Example], List[Example]]:
    labels = [min(intents) for _, intents in examples]
    folds = StratifiedKFold(min(FOLDS, *Counter(labels).values()), shuffle=True, random_state=SEED)
    seen, unseen = next(folds.split(labels, labels))
    return [examples[i] for i in seen], [examples[i] for i in unseen]


def _logistic(unseen: Sequence[Tuple[Evidence, FrozenSet[str]]], intents: Sequence[str]) -> Calibration:
    signals = np.concatenate([seen.signals for seen, _ in unseen]).astype(np.float32)
    truth = np.array([intent in labels for _, labels in unseen for intent in intents])
    identity = np.tile(np.eye(len(intents), dtype=np.float32), (len(unseen), 1))
    taken, weights = _telling(unseen, truth)
    scaler = StandardScaler().fit(signals)
    fitted = LogisticRegression(C=1.0, tol=1e-3, max_iter=MOST_STEPS).fit(
        np.hstack((scaler.transform(signals[taken]), identity[taken])), truth[taken], weights
    )
    slopes = fitted.coef_[0][: signals.shape[1]] / scaler.scale_
    shift = fitted.intercept_[0] - float(slopes @ scaler.mean_)
    return Calibration(slopes, fitted.coef_[0][signals.shape[1] :] + shift)


def _telling(
    unseen: Sequence[Tuple[Evidence, FrozenSet[str]]], truth: np.ndarray
) -> Tuple[np.ndarray, np.ndarray]:
    """The intents that a message says or might say, and some of all the others, weighted for the rest."""
    ranks = np.concatenate([(-seen.signals[:, 0]).argsort().argsort() for seen, _ in unseen])
    needed = truth | (ranks < MIGHT_BE_SAID)
    taken = needed | (np.random.default_rng(SEED).random(len(truth)) < SHARE_OF_OTHERS)
    return taken, np.where(needed, 1, 1 / SHARE_OF_OTHERS)[taken]


def _with_line(
    calibration: Calibration, unseen: Sequence[Tuple[Evidence, FrozenSet[str]]], intents: Sequence[str]
) -> Calibration:
    """«guessed» where few within scope fall under it."""
    rankings = [(ranked(seen, calibration, intents), labels) for seen, labels in unseen]
    within = sorted(ranking[0].confidence for ranking, labels in rankings if not labels & ALONE)
    guessed = within[int(len(within) * REJECTED_IN_SCOPE)] if within else calibration.guessed
    lined = replace(calibration, guessed=float(guessed))
    right = sum({guess.intent for guess in said(ranking, lined)} == labels for ranking, labels in rankings)
    logger.info("unseen messages exactly right: %.3f", right / len(rankings))
    return lined
