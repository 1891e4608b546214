"""Whether confidences are to be believed: of the guesses given 0.8, about 80 % should be right."""

from typing import Iterable, List, NamedTuple, Sequence, Tuple

BINS = 10
SHOWN = 0.1  # guesses below say «no», and there are so many of them that they would hide the rest


class Bin(NamedTuple):
    guesses: int
    confidence: float  # the mean
    right: float  # share


def reliability(guesses: Iterable[Tuple[float, bool]]) -> List[Bin]:
    """Bins of equal width with a guess in them, from unsure to sure."""
    filled: List[List[Tuple[float, bool]]] = [[] for _ in range(BINS)]
    for confidence, right in guesses:
        if confidence > SHOWN:
            filled[min(int(confidence * BINS), BINS - 1)].append((confidence, right))
    return [_bin(held) for held in filled if held]


def _bin(held: Sequence[Tuple[float, bool]]) -> Bin:
    count = len(held)
    return Bin(
        count, sum(confidence for confidence, _ in held) / count, sum(right for _, right in held) / count
    )


def expected_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error (Naeini et al., 2015): the mean distance, weighted by guesses."""
    guesses = sum(held.guesses for held in bins)
    return (
        sum(held.guesses * abs(held.confidence - held.right) for held in bins) / guesses if guesses else 0.0
    )
