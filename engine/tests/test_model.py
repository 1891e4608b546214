"""Where the probabilities are cut: what was said, what is asked back, what is nobody's question."""

import numpy as np
import pytest

from engine.nlu.evidence import _standings
from engine.nlu.model import Calibration, Guess, said
from engine.nlu.neighbours import Neighbours

LINES = Calibration(np.zeros(1), np.zeros(1), guessed=0.3)


def names(*guesses):
    """`guesses`: (intent, probability, position), in any order."""
    ranking = sorted((Guess(*guess) for guess in guesses), key=lambda guess: -guess.confidence)
    return [guess.intent for guess in said(ranking, LINES)]


@pytest.mark.parametrize(
    ("guesses", "expected"),
    [
        ([("ask_price", 0.9, 0), ("ask_vin", 0.1, 0)], ["ask_price"]),
        ([("ask_vin", 0.9, 4), ("ask_price", 0.7, 0)], ["ask_price", "ask_vin"]),  # in the order said
        ([("ask_price", 0.4, 0), ("ask_vin", 0.35, 3)], ["ask_price"]),  # a guess, the best one only
        ([("ask_price", 0.29, 0)], []),  # under the line
        ([("out_of_scope", 0.9, 0), ("ask_price", 0.8, 3)], ["out_of_scope"]),  # alone
        ([("ask_price", 0.6, 0), ("out_of_scope", 0.31, 0)], ["out_of_scope"]),
        ([("ask_price", 0.9, 0), ("out_of_scope", 0.25, 0)], []),  # may be a joke: asked back
        ([("ask_price", 0.9, 0), ("spam", 0.14, 0)], ["ask_price"]),
        ([("spam", 0.4, 0), ("out_of_scope", 0.3, 0)], ["spam"]),
        ([], []),
    ],
)
def test_cuts(guesses, expected):
    assert names(*guesses) == expected


def test_standing_is_the_lead_over_the_best_of_the_others():
    alone = np.array([[0.1, 0.3, 0.4]])
    together = np.array([[0.9, 0.2, 0.5], [0.1, 0.3, 0.4]])
    *of_alone, highest, lead = _standings(alone, together)
    assert of_alone[1] == pytest.approx([-0.3, -0.1, 0.1])
    assert highest == pytest.approx([0.9, 0.3, 0.5])
    assert lead == pytest.approx([0.4, -0.1, -0.4])


def test_neighbours_give_the_nearest_phrase_of_every_intent():
    vectors = np.array([[1, 0], [0, 1], [0.6, 0.8], [-1, 0]], dtype=np.float32)
    near = Neighbours.learn(vectors, [1, 0, 1, 0]).nearest(np.array([[0, 2]], dtype=np.float32))
    assert near[0] == pytest.approx([1.0, 0.8], abs=1e-3)  # of intent 0, of intent 1
