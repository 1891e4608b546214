"""What a number means: a year, a mileage, a price, a payment, a term… by its unit and the words around."""

from itertools import pairwise
from typing import Callable, Dict, List, Optional, Sequence, Tuple

from engine.nlu.entities.around import Around
from engine.nlu.entities.car_numbers import mileage, other, owners, power, volume, year
from engine.nlu.entities.model import Entity, Word
from engine.nlu.entities.money import half_down_payment, money, no_down_payment, percent, term
from engine.nlu.entities.numbers import Number, is_range, numbers
from engine.nlu.entities.reading import Reading

# The first that reads the number has it.
READINGS: Tuple[Callable[[Around, bool], Optional[Reading]], ...] = (
    percent,
    mileage,
    year,
    term,
    power,
    volume,
    owners,
    other,
    money,
)


def quantities(words: List[Word], usable: Sequence[bool], cars: Sequence[Entity]) -> List[Entity]:
    """`usable` bars the words of other entities; `cars` are the makes and models found."""
    found = [*no_down_payment(words, usable), *half_down_payment(words, usable)]
    car_ends = {entity.end for entity in cars}
    read_numbers = numbers(words, usable)
    sides = _sides(words, read_numbers)
    for number in read_numbers:
        around = Around(words, number)
        beside_car = number.first > 0 and words[number.first - 1].end in car_ends
        reading = next((r for r in (read(around, beside_car) for read in READINGS) if r), None)
        if reading:
            kind, value, role, used, extra = reading
            if kind in ("amount", "year", "mileage", "power"):
                role = role if role in ("surcharge", "discount") else sides.get(number.first, role)
            start, end = words[number.first].start, words[number.last - 1 + used].end
            found.append(Entity(kind, value, start, end, role, extra))
    return found


def _sides(words: Sequence[Word], found: Sequence[Number]) -> Dict[int, str]:
    """Of each number in a range, by its first word."""
    sides: Dict[int, str] = {}
    for lower, upper in pairwise(found):
        if is_range(words, lower, upper) and lower.value < upper.value:
            sides.update({lower.first: "min", upper.first: "max"})
    return sides
