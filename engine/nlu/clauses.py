"""Where one thing a customer says ends and the next begins."""

from collections import Counter
from itertools import pairwise
from typing import Iterable, List, Sequence, Tuple

import numpy as np

from engine.nlu.features import Clause
from engine.nlu.sentences import Span

MARKS = frozenset((".", ",", "?", "!", ";", ":", "-", "(", ")", "\n", "…", "...", "—", "–", "/", "+"))
CONJUNCTIONS = frozenset(["и", "а", "но", "или", "также", "еще", "плюс", "заодно", "потом", "кстати"])
MOST_BOUNDARIES = 10
ENDS = frozenset((".", "?", "!", "\n", ";", "…", "..."))
LONGEST_SPAN = 4  # atoms
# A part pays for itself when it is surer than this many words of the message around it.
PRICE_OF_A_PART = 0.7
STARTS_OFTEN, SEEN_OFTEN = 0.15, 8


class Starters:
    """Words that begin a phrase much oftener than they continue one: learnt switch points."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = frozenset(words)

    @classmethod
    def learn(cls, clauses: Sequence[Clause]) -> "Starters":
        first = Counter(clause.terms[0].norm for clause in clauses if clause.terms)
        total = Counter(term.norm for clause in clauses for term in clause.terms)
        return cls(w for w, n in first.items() if total[w] >= SEEN_OFTEN and n / total[w] >= STARTS_OFTEN)

    def boundaries(self, clause: Clause) -> List[int]:
        """Indexes of terms that may begin a part, in order; marks weigh more than conjunctions and words."""
        ranked: List[Tuple[int, int]] = []
        for index in range(1, len(clause.terms)):
            before, word = clause.terms[index - 1].norm, clause.terms[index].norm
            if word in MARKS:
                continue
            if before in MARKS:
                ranked.append((0, index))
            elif word in CONJUNCTIONS:
                ranked.append((1, index))
            elif word in self.words and before not in CONJUNCTIONS:
                ranked.append((2, index))
        return sorted(index for _, index in sorted(ranked)[:MOST_BOUNDARIES])


def spans(clause: Clause, boundaries: Sequence[int]) -> List[Span]:
    edges = [0, *boundaries, len(clause.terms)]
    return [
        (edges[i], edges[j])
        for i in range(len(edges) - 1)
        for j in range(i + 1, min(i + LONGEST_SPAN, len(edges) - 1) + 1)
    ] + ([(0, len(clause.terms))] if len(edges) > LONGEST_SPAN + 1 else [])


def sentences(clause: Clause, boundaries: Sequence[int], candidates: Sequence[Span]) -> List[Span]:
    """Those of the candidates that its writer ended with a mark; the whole message when there are none."""
    ends = [index for index in boundaries if clause.terms[index - 1].norm in ENDS]
    edges = [0, *ends, len(clause.terms)]
    return [span for span in pairwise(edges) if span in candidates] or [(0, len(clause.terms))]


def best_split(candidates: Sequence[Span], sureness: Sequence[float]) -> List[int]:
    """Indexes of the candidates that cover the message with the most words understood surely."""
    order = sorted(range(len(candidates)), key=lambda i: candidates[i])
    end = max(last for _, last in candidates)
    best: dict = {0: (0.0, [])}
    for index in order:
        first, last = candidates[index]
        if first in best:
            score = best[first][0] + (last - first) * sureness[index] - PRICE_OF_A_PART
            if last not in best or score > best[last][0]:
                best[last] = (score, [*best[first][1], index])
    return list(best[end][1])


def sureness(margins: np.ndarray) -> np.ndarray:
    """From 0 to 1 for each row of margins, by its highest."""
    top: np.ndarray = margins.max(axis=1)
    return 1 / (1 + np.exp(-3 * top))
