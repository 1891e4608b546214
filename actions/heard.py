"""What the customer's message says: Rasa's parse, typed."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.stock.models import Body, Colour, Drive, Fuel, Gearbox, Wheel

QUESTIONS = (
    "ask_availability",
    "ask_vin",
    "ask_credit",
    "ask_trade_in",
    "ask_price",
    "ask_condition",
    "ask_equipment",
    "ask_history",
    "ask_photos",
    "search_car",
    "book_visit",
    "ask_address",
    "ask_service",
    "ask_other",
)


WORDS: Mapping[str, frozenset[str]] = {
    "colour": frozenset(Colour),
    "gearbox": frozenset(Gearbox),
    "drive": frozenset(Drive),
    "fuel": frozenset(Fuel),
    "body": frozenset(Body),
    "wheel": frozenset(Wheel),
    "condition": frozenset(("new", "used")),
}
# Outside of these a number was misread, and nothing sensible can be answered to it.
NUMBERS: Mapping[str, range] = {
    "year": range(1950, 2101),
    "mileage": range(2_000_000),
    "amount": range(1, 1_000_000_000),
    "monthly_payment": range(1, 100_000_000),
    "down_payment": range(1_000_000_000),
    "term": range(1, 601),
    "owners": range(21),
    "engine_volume": range(100, 10_001),
    "power": range(1, 3001),
    "car_id": range(1, 2**31),
}


@dataclass(frozen=True)
class Entity:
    name: str
    value: Any
    role: str | None
    start: int
    end: int
    extra: Mapping[str, Any]

    @property
    def own(self) -> bool:
        """Said of the customer's own car, not of ours."""
        return self.role == "own"


@dataclass(frozen=True)
class Heard:
    text: str
    intents: tuple[str, ...]  # in the order said
    entities: tuple[Entity, ...]
    ranking: tuple[tuple[str, float], ...]  # best first, without the fallback

    @property
    def questions(self) -> tuple[str, ...]:
        return tuple(intent for intent in self.intents if intent in QUESTIONS)

    def says(self, *intents: str) -> bool:
        return any(intent in self.intents for intent in intents)

    def all(self, *names: str, own: bool = False) -> list[Entity]:
        """Entities of these names; of the customer's own car only when asked for."""
        return [e for e in self.entities if e.name in names and e.own == own]

    def first(self, name: str, *, role: str | None = None, own: bool = False) -> Any:
        """Value of the first such entity with exactly this role, or None."""
        wanted = "own" if own else role
        return next((e.value for e in self.entities if e.name == name and e.role == wanted), None)

    def any_of(self, name: str) -> Any:
        """Value of the first such entity whatever its role, or None."""
        return next((e.value for e in self.entities if e.name == name), None)

    def aspects(self, intent: str) -> tuple[str, ...]:
        """What exactly is asked within the question, without repeats, in order."""
        found = (e.value for e in self.all("aspect") if e.extra.get("intent", intent) == intent)
        return tuple(dict.fromkeys(found))

    @property
    def lone_number(self) -> float | None:
        """The number when the message is little more than one («1.3», «48», «1100»)."""
        match = re.fullmatch(r"\D{0,12}?(\d{1,9}(?:[.,]\d{1,9})?)\D{0,12}", self.text.strip())
        return float(match.group(1).replace(",", ".")) if match else None


def hear(message: Mapping[str, Any]) -> Heard:
    """From `tracker.latest_message`. A pressed button has one intent and no `intents`."""
    routed = (message.get("intent") or {}).get("name") or "nlu_fallback"
    several = [i["name"] for i in message.get("intents") or []]
    intents = several if several and routed != "nlu_fallback" else [routed]
    return Heard(
        text=message.get("text") or "",
        intents=tuple(dict.fromkeys(intents)),
        entities=tuple(_entities(message.get("entities") or [])),
        ranking=tuple(
            (r["name"], float(r["confidence"]))
            for r in message.get("intent_ranking") or []
            if r["name"] != "nlu_fallback"
        ),
    )


def _entities(raw: Iterable[Mapping[str, Any]]) -> Iterable[Entity]:
    known = {"entity", "value", "role", "start", "end"}
    for item in raw:
        value = _sane(item["entity"], item.get("value"))
        if value is None:
            continue
        yield Entity(
            name=item["entity"],
            value=value,
            role=item.get("role"),
            start=item.get("start") or 0,
            end=item.get("end") or 0,
            extra={k: v for k, v in item.items() if k not in known},
        )


def _sane(name: str, value: Any) -> Any:
    """The value when it can be what the entity says; None for a misread one."""
    if name in NUMBERS:
        whole = _whole(value)
        if whole is None or whole not in NUMBERS[name]:  # None would be looked for one by one
            return None
        return value if isinstance(value, int | float) else whole
    if name in WORDS:
        return value if value in WORDS[name] else None
    return value if isinstance(value, str | bool) and value != "" else None


def _whole(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None
