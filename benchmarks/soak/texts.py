"""What the customers of the soak write."""

import itertools
import random
from collections.abc import Callable

from benchmarks.messages import CONVERSATIONS

Texts = Callable[[], str]


def marked() -> Texts:
    """Every text with a mark of its own, which the echo says back."""
    numbers = itertools.count(1)
    return lambda: f"Вопрос №{next(numbers)}"


def realistic(dice: random.Random) -> Texts:
    """As people write to a dealership, without the thread of one talk."""
    messages = [text for conversation in CONVERSATIONS for text in conversation]
    return lambda: dice.choice(messages)
