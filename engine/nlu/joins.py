"""Messages that ask several things, made at training from phrases that ask one, as people join them."""

import random
from typing import Dict, FrozenSet, List, Sequence, Tuple

from engine.nlu.features import Clause

Example = Tuple[Clause, FrozenSet[str]]

# How the parts follow each other; the empty ones are dictated or hurried messages.
CONNECTORS = (
    (),
    (),
    (",",),
    (",",),
    (".",),
    (".",),
    ("?",),
    ("?",),
    ("!",),
    ("\n",),
    ("и",),
    (",", "и"),
    ("и", "еще"),
    (".", "и"),
    ("а",),
    (",", "а"),
    ("?", "а"),
    (",", "а", "еще"),
    ("также",),
    ("плюс",),
    ("?", "и"),
)
# (share, what comes first, what follows): «?» is any question, «*» any intent.
SHAPES: Tuple[Tuple[float, Tuple[str, ...]], ...] = (
    (0.26, ("greet", "?")),
    (0.30, ("?", "?")),
    (0.10, ("greet", "?", "?")),
    (0.05, ("?", "?", "?")),
    (0.04, ("greet", "?", "?", "?")),
    (0.04, ("?", "give_phone")),
    (0.02, ("give_phone", "?")),
    (0.04, ("refuse_phone", "?")),
    (0.03, ("thank", "?")),
    (0.02, ("affirm", "?")),
    (0.02, ("deny", "?")),
    (0.02, ("greet", "*")),
    (0.02, ("thank", "goodbye")),
    (0.02, ("deny", "thank")),
    (0.02, ("complain", "?")),
)
ALONE = frozenset(("out_of_scope", "spam"))


def joined(examples: Sequence[Example], questions: FrozenSet[str], count: int, seed: int) -> List[Example]:
    """`count` messages made of `examples`, each of which holds one intent; the same for the same seed."""
    dice = random.Random(seed)  # noqa: S311  (reproducible, not secret)
    by_intent: Dict[str, List[Clause]] = {}
    for clause, intents in examples:
        if clause.terms:
            by_intent.setdefault(min(intents), []).append(clause)
    shapes = [shape for _, shape in SHAPES if all(x in by_intent or x in "?*" for x in shape)]
    weights = [share for share, shape in SHAPES if shape in shapes]
    asked = sorted(questions & by_intent.keys())
    if not shapes or not asked:
        return []
    return [_join(dice, dice.choices(shapes, weights)[0], by_intent, asked) for _ in range(count)]


def _join(
    dice: random.Random, shape: Sequence[str], by_intent: Dict[str, List[Clause]], asked: List[str]
) -> Example:
    anything = sorted(by_intent.keys() - ALONE)
    intents = [dice.choice(asked if part == "?" else anything) if part in "?*" else part for part in shape]
    message = dice.choice(by_intent[intents[0]])
    for intent in intents[1:]:
        message = message.then(dice.choice(CONNECTORS), dice.choice(by_intent[intent]))
    return message, frozenset(intents)
