"""From what probability on an intent counts as said, for a model that gives each intent one of its own."""

from collections.abc import Collection, Mapping, Sequence

CANDIDATES = tuple(percent / 100 for percent in range(5, 100))


def best_threshold(scored: Sequence[Mapping[str, float]], gold: Sequence[Collection[str]]) -> float:
    """The one with most messages exactly right, of equals the nearest to a half."""
    return max(CANDIDATES, key=lambda line: (_exact(scored, gold, line), -abs(line - 0.5)))


def _exact(scored: Sequence[Mapping[str, float]], gold: Sequence[Collection[str]], line: float) -> int:
    return sum(
        {intent for intent, score in scores.items() if score >= line} == set(labels)
        for scores, labels in zip(scored, gold, strict=True)
    )
