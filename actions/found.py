"""What looking for the car of a message may come to."""

from dataclasses import dataclass, field

from bot.stock.models import Car

SHOWN = 5  # more cars than this are not a choice but a catalogue


@dataclass(frozen=True)
class Found:
    car: Car
    described: bool = True


@dataclass(frozen=True)
class Several:
    cars: list[Car]
    total: int  # at most search.COUNT_CAP


@dataclass(frozen=True)
class Missing:
    """Such a car is not in stock; `similar` are the nearest that are."""

    wanted: str
    similar: list[Car] = field(default_factory=list)
    text: str = "utter_missing"


@dataclass(frozen=True)
class Nobody:
    """No car was named and none is in focus."""


Resolution = Found | Several | Missing | Nobody


def one_or_several(cars: list[Car], total: int) -> Resolution | None:
    if not cars:
        return None
    return Found(cars[0]) if total == 1 else Several(cars[:SHOWN], total)
