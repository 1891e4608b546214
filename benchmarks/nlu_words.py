"""Entities that a network or a CRF learnt from examples: the customer's words, not values."""

import re
from collections.abc import Mapping
from typing import Any

LEARNT = frozenset(("DIETClassifier", "CRFEntityExtractor"))
NUMBERS = frozenset(("year", "mileage", "amount", "term", "monthly_payment", "down_payment"))
# What our values carry beside themselves; no recipe of Rasa's says it.
UNSAID: Mapping[str, Mapping[str, Any]] = {
    "phone": {"valid": True},
    "down_payment": {"unit": "rub"},
    "model": {"make": ""},
}

_DIGITS = re.compile(r"\d[\d\s]*")


def read_as_value(entity: Mapping[str, Any]) -> dict[str, Any]:
    """In favour of the recipe: what is only digits is read as a number, the rest stays as said."""
    if entity["extractor"] not in LEARNT:
        return dict(entity)
    kind, value = entity["entity"], entity["value"]
    if kind in NUMBERS and _DIGITS.fullmatch(value):
        value = int("".join(value.split()))
    return {**UNSAID.get(kind, {}), **entity, "value": value}
