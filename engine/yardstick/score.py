"""Measures of understanding. Pure: nothing of Rasa, so that every recipe of the bench is scored alike."""

from collections import Counter
from dataclasses import dataclass
from math import ceil
from typing import Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from engine.yardstick import slots
from engine.yardstick.calibration import expected_error, reliability
from engine.yardstick.predictions import Prediction
from engine.yardstick.rows import STYLES, Row, YardstickError

OUTSIDE = frozenset(("out_of_scope", "spam"))
# Said in passing, they neither put a message within scope nor answer one that is not.
COURTESIES = frozenset(("greet", "thank", "goodbye"))
EQUAL_COVERAGE = 0.03  # of the messages within scope are rejected by every recipe alike


@dataclass(frozen=True)
class Judged:
    """A row with what was understood; `gold` is the nearest of the readings that are right."""

    row: Row
    prediction: Prediction
    gold: Tuple[str, ...]

    @property
    def exact(self) -> bool:
        return set(self.prediction.said) == set(self.gold)

    @property
    def missed(self) -> List[str]:
        return [intent for intent in self.gold if intent not in self.prediction.said]

    @property
    def extra(self) -> List[str]:
        return [intent for intent in self.prediction.said if intent not in self.gold]

    @property
    def outside(self) -> bool:
        """The bot has nothing to say to it."""
        return _outside(self.row.labels)

    @property
    def rejected(self) -> bool:
        return not self.prediction.intents or _outside(self.prediction.said)

    @property
    def confidence_within(self) -> float:
        """How sure the model is that the message asks for anything within scope."""
        within = (guess.confidence for guess in self.prediction.ranking if guess.intent not in OUTSIDE)
        return max(within, default=0.0)


class Tally(NamedTuple):
    right: int = 0
    missed: int = 0
    extra: int = 0

    @property
    def support(self) -> int:
        return self.right + self.missed

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.extra) if self.right + self.extra else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.support if self.support else 0.0

    @property
    def f1(self) -> float:
        return 2 * self.right / (2 * self.right + self.missed + self.extra) if self.right else 0.0


class Share(NamedTuple):
    right: int
    rows: int

    @property
    def value(self) -> Optional[float]:
        return self.right / self.rows if self.rows else None


def judge(rows: Sequence[Row], predictions: Iterable[Prediction]) -> List[Judged]:
    """Rows that stand alone, each with its prediction."""
    found = {prediction.id: prediction for prediction in predictions}
    missing = [row.id for row in rows if row.id not in found]
    if missing:
        raise YardstickError(f"модель не разобрала строку {missing[0]} (всего таких {len(missing)})")
    return [
        Judged(row, found[row.id], _nearest(row, found[row.id].said)) for row in rows if not row.needs_context
    ]


def _nearest(row: Row, said: Sequence[str]) -> Tuple[str, ...]:
    """Among equals the first, the labels themselves."""
    return max(row.accepted, key=lambda labels: len(set(labels) & set(said)) / len(set(labels) | set(said)))


def _outside(intents: Iterable[str]) -> bool:
    asked = set(intents) - COURTESIES
    return bool(asked) and asked <= OUTSIDE


def exact(judged: Iterable[Judged]) -> Share:
    return _share(item.exact for item in judged)


def _share(hits: Iterable[bool]) -> Share:
    hits = list(hits)
    return Share(sum(hits), len(hits))


def per_style(judged: Sequence[Judged]) -> Dict[str, Share]:
    """Exact matches by style, in the order of `STYLES`, only of styles that occur."""
    shares = {style: exact(item for item in judged if item.row.style == style) for style in STYLES}
    return {style: share for style, share in shares.items() if share.rows}


def per_intent(judged: Iterable[Judged]) -> Dict[str, Tally]:
    """Every intent that was meant or understood."""
    right: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    extra: Counter[str] = Counter()
    for item in judged:
        right.update(set(item.gold) & set(item.prediction.said))
        missed.update(item.missed)
        extra.update(item.extra)
    return {
        intent: Tally(right[intent], missed[intent], extra[intent])
        for intent in sorted({*right, *missed, *extra})
    }


def micro(tallies: Mapping[str, Tally]) -> Tally:
    return _total(tallies.values())


def _total(counts: Iterable[Sequence[int]]) -> Tally:
    return Tally(*map(sum, zip(*counts, strict=True)))


def macro_f1(tallies: Mapping[str, Tally]) -> float:
    """The mean over the intents that the set has."""
    f1s = [tally.f1 for tally in tallies.values() if tally.support]
    return sum(f1s) / len(f1s) if f1s else 0.0


def order(judged: Iterable[Judged]) -> Share:
    """Of the messages with several intents, all of them found: those in the order asked."""
    return _share(
        tuple(item.prediction.said) == item.gold for item in judged if item.exact and len(item.gold) > 1
    )


def rejected(judged: Iterable[Judged]) -> Share:
    """Of what is out of scope: answered so, or with the fallback. An `_alt` understood is right too."""
    return _share(item.rejected or item.exact for item in judged if item.outside)


def falsely_rejected(judged: Iterable[Judged]) -> Share:
    return _share(item.rejected and not item.exact for item in judged if not item.outside)


def rejected_at_equal_coverage(judged: Sequence[Judged]) -> Share:
    """Rejected when every recipe turns away its least sure 3 % of what is within scope.

    This compares recipes that draw the line elsewhere. A tie with a kept message is kept.
    """
    within = sorted(item.confidence_within for item in judged if not item.outside)
    line = within[int(EQUAL_COVERAGE * len(within))] if within else 0.0
    return _share(item.confidence_within < line for item in judged if item.outside)


def entities(judged: Iterable[Judged]) -> Optional[Tally]:
    """Slots right, missed and extra; None for a set without slots or a model without entities."""
    counts = [
        slots.compare(
            item.row.slots, slots.slots_of(item.prediction.entities, item.row.text), item.row.not_extra
        )
        for item in judged
        if item.row.slots is not None and item.prediction.entities is not None
    ]
    return _total(counts) if counts else None


def milliseconds(judged: Iterable[Judged], percent: int) -> float:
    """The time that so many per cent of the parses do not exceed."""
    times = sorted(item.prediction.milliseconds for item in judged)
    return times[max(0, ceil(len(times) * percent / 100) - 1)] if times else 0.0


def measures(judged: Sequence[Judged]) -> Dict[str, Optional[float]]:
    """The numbers of one set by the names of gate.yml; None where the set has nothing to measure by."""
    tallies = per_intent(judged)
    named = entities(judged)
    return {
        "exact": exact(judged).value,
        "micro_f1": micro(tallies).f1,
        "macro_f1": macro_f1(tallies),
        "rejected": rejected(judged).value,
        "falsely_rejected": falsely_rejected(judged).value,
        "translit_gap": _gap(judged, "translit"),
        "layout_gap": _gap(judged, "layout"),
        "ece": expected_error(reliability(guesses(judged))),
        "entities_f1": named.f1 if named else None,
        "order": order(judged).value,
    }


def guesses(judged: Iterable[Judged]) -> List[Tuple[float, bool]]:
    """Every (message, intent) guess: its confidence, and whether the message says so."""
    return [
        (guess.confidence, guess.intent in item.gold) for item in judged for guess in item.prediction.ranking
    ]


def _gap(judged: Sequence[Judged], style: str) -> Optional[float]:
    """How much rarer this style is understood than clean messages."""
    clean, other = (
        exact(item for item in judged if item.row.style == name).value for name in ("clean", style)
    )
    return None if clean is None or other is None else clean - other
