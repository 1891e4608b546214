"""What went wrong: which intents are taken for which, and the messages of it, the surest first."""

from collections import Counter
from typing import Iterable, List, Sequence, Tuple

from engine.yardstick.score import Judged

NOTHING = ""  # no intent on this side: a second question unheard, or one that was not asked
Confusion = Tuple[str, str]  # what was meant, what was understood


def confusion(judged: Iterable[Judged]) -> "Counter[Confusion]":
    """Each missed intent with each that was understood instead; what is right with itself."""
    counts: Counter[Confusion] = Counter()
    for item in judged:
        counts.update((intent, intent) for intent in item.gold if intent not in item.missed)
        if not item.exact:
            counts.update(
                (meant, taken) for meant in item.missed or [NOTHING] for taken in item.extra or [NOTHING]
            )
    return counts


def sureness(item: Judged) -> float:
    """The confidence of the surest wrong intent; 0 where something is only unheard."""
    return max(
        (guess.confidence for guess in item.prediction.intents if guess.intent in item.extra), default=0.0
    )


def mistakes(judged: Iterable[Judged]) -> List[Judged]:
    return sorted((item for item in judged if not item.exact), key=sureness, reverse=True)


def by_intent(missed: Sequence[Judged]) -> List[Tuple[str, List[Judged]]]:
    """Grouped by the intent whose phrases would help: the first unheard, else the first meant."""
    groups: dict[str, List[Judged]] = {}
    for item in missed:
        groups.setdefault((item.missed or list(item.gold))[0], []).append(item)
    return sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
