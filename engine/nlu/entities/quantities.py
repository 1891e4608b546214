"""What a number means: a year, a mileage, a price, a payment, a term… by its unit and the words around."""

import re
from itertools import pairwise
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from engine.nlu.entities.around import (
    DOWN_PAYMENT,
    KILOMETRES,
    LITRES,
    LOAN,
    MILEAGE,
    MONEY,
    MONTHS,
    OTHER_UNITS,
    OWNERS,
    PERCENT,
    POWER,
    REST,
    ROUBLES,
    SURCHARGE,
    VOLUME,
    VOLUMES,
    YEAR_WORDS,
    Around,
    word_set,
)
from engine.nlu.entities.model import Entity, Word
from engine.nlu.entities.numbers import Number, is_range, numbers

OLDEST_YEAR, NEWEST_YEAR = 1960, 2027
# A bare number in a talk about money is thousands below this («за 900») and roubles above it.
LEAST_ROUBLES = 10_000
LEAST_MONTHLY = 30  # below it a payment of «25» is thousands all the same
MOST_KILOMETRES = 2_000_000


def quantities(words: List[Word], usable: Sequence[bool], cars: Sequence[Entity]) -> List[Entity]:
    """`usable` bars the words of other entities; `cars` are the makes and models found."""
    found: List[Entity] = []
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
                role = role if role == "surcharge" else sides.get(number.first, role)
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


Reading = Tuple[str, Any, Optional[str], int, Dict[str, Any]]
READINGS: List[Callable[[Around, bool], Optional[Reading]]] = []


def _reading(
    function: Callable[[Around, bool], Optional[Reading]],
) -> Callable[[Around, bool], Optional[Reading]]:
    READINGS.append(function)
    return function


_BOUNDS = re.compile(
    r"\b(?:(?P<max>не (?:дороже|больше|выше|более|свыше)|до|максимум|макс|дешевле|менее|меньше|в пределах)"
    r"|(?P<min>не (?:дешевле|меньше|ниже|менее)|от|минимум|больше|более|свыше|дороже|выше))\b"
)
_YEAR_BOUNDS = re.compile(
    r"\b(?:(?P<min>не старше|от|с|свежее|моложе|новее|начиная с|младше|минимум|после)"
    r"|(?P<max>до|старше|не (?:моложе|новее|младше|свежее)|раньше))\b"
)


def _bound(around: Around, bounds: "re.Pattern[str]" = _BOUNDS) -> Optional[str]:
    """`max` for «до 700», «не дороже», `min` for «от 2018», «не старше»; None for an exact number."""
    *_, nearest = (None, *bounds.finditer(around.preceding(3)))
    return nearest.lastgroup if nearest else None


@_reading
def _percent(around: Around, beside_car: bool) -> Optional[Reading]:
    if not around.next(PERCENT):
        return None
    if around.near(DOWN_PAYMENT | REST, 5) or around.alone(1):
        return "down_payment", around.number.value, None, 1, {"unit": "percent"}
    return "ignored", None, None, 1, {}


@_reading
def _mileage(around: Around, beside_car: bool) -> Optional[Reading]:
    number = around.number
    unit = around.next(KILOMETRES)
    spoken_of = around.before(MILEAGE, 3)
    if not spoken_of and not unit and not number.scaled and OLDEST_YEAR <= number.value <= NEWEST_YEAR:
        return None  # «гранта 2016 пробег 120 тыс»
    spoken_of = spoken_of or around.next(MILEAGE, 2 if number.scaled or unit else 1)
    if not (unit or spoken_of) or around.next(YEAR_WORDS) or around.next(ROUBLES):
        return None
    value = number.value
    if (
        value < 1000
        and not number.scaled
        and (spoken_of or value >= 20)
        and not around.near(word_set("от город мкад центр доехать ехать"), 2)
    ):
        value *= 1000
    elif unit and not spoken_of and not number.scaled and value < 1000:
        return "ignored", None, None, 1, {}  # «50 км от города» is a distance
    if value > MOST_KILOMETRES:
        return "ignored", None, None, int(unit), {}
    return "mileage", round(value), _bound(around), int(unit), {}


@_reading
def _year(around: Around, beside_car: bool) -> Optional[Reading]:
    number, unit = around.number, around.next(YEAR_WORDS)
    if number.scaled and not number.ordinal and not 2000 <= number.value <= NEWEST_YEAR:
        return None
    age = around.preceding(2)
    if unit and number.value < 100 and not number.ordinal and re.search(r"\b(?:на|срок|сроком|лет)\b$", age):
        return None
    value = number.value
    if number.ordinal or unit:
        value = value + (2000 if value <= NEWEST_YEAR % 100 else 1900) if value < 100 else value
        if number.ordinal and not unit and not (beside_car or number.value >= 1980):
            return None
    elif not (value > 1000 and not around.near(MONEY | ROUBLES | DOWN_PAYMENT, 3)):
        return None
    if not OLDEST_YEAR <= value <= NEWEST_YEAR or value != int(value):
        return None
    if unit and number.value < 20 and not number.ordinal and not _of_year(around):
        return None
    return "year", int(value), _bound(around, _YEAR_BOUNDS), int(unit), {}


def _of_year(around: Around) -> bool:
    """«19 года» names a year, «2 года» an age."""
    word = around.after(1)[0].norm
    return around.number.value > 5 or word in ("г", "гв", "г.в")


@_reading
def _term(around: Around, beside_car: bool) -> Optional[Reading]:
    number = around.number
    if number.scaled or number.ordinal or not 0 < number.value <= 120:
        return None
    if around.next(MONTHS):
        return "term", round(number.value), None, 1, {}
    years = around.next(word_set("год лет годик годика года"))
    asked = around.directly_after("на") or around.near(LOAN, 6) or around.alone(1)
    if years and asked and number.value <= 10:
        return "term", round(number.value * 12), None, 1, {}
    return None


@_reading
def _power(around: Around, beside_car: bool) -> Optional[Reading]:
    if around.next(POWER) and 30 <= around.number.value <= 1500:
        return "power", int(around.number.value), _bound(around), 1, {}
    return None


@_reading
def _volume(around: Around, beside_car: bool) -> Optional[Reading]:
    value, unit = around.number.value, around.next(LITRES)
    if around.number.scaled or around.directly_after("за") or around.next(ROUBLES) or around.alone():
        return None
    written = around.number.written
    decimal = "." in written or "," in written
    if value in VOLUMES and (
        unit
        or (
            decimal
            and (
                beside_car
                or around.near(VOLUME, 2)
                or (
                    not around.near(MONEY | DOWN_PAYMENT, 4)
                    and not around.directly_after("до", "от", "по", "за")
                )
            )
        )
    ):
        return "engine_volume", round(value * 1000), None, int(unit), {}
    if 600 <= value <= 6500 and around.next(word_set("куб кубик см3 кубов")):
        return "engine_volume", round(value), None, 1, {}
    return None


@_reading
def _owners(around: Around, beside_car: bool) -> Optional[Reading]:
    if around.next(OWNERS) and 0 < around.number.value <= 10 and not around.number.scaled:
        return "owners", int(around.number.value), _bound(around), 1, {}
    return None


@_reading
def _other(around: Around, beside_car: bool) -> Optional[Reading]:
    return ("ignored", None, None, 1, {}) if around.next(OTHER_UNITS) else None


@_reading
def _money(around: Around, beside_car: bool) -> Optional[Reading]:
    number, roubles = around.number, around.next(ROUBLES)
    monthly = around.next(word_set("месяц мес ежемесячно ежемесячный"), 3) or around.before(
        word_set("ежемесячно ежемесячный платеж месяц"), 3
    )
    down = around.before(DOWN_PAYMENT, 4) or around.next(DOWN_PAYMENT, 2 + int(roubles))
    down = down or (around.next(REST, 4) and not around.directly_after("за"))
    surcharge = around.near(SURCHARGE, 3)
    money = (
        monthly
        or down
        or surcharge
        or around.near(MONEY, 4)
        or around.directly_after(
            "до", "от", "за", "по", "на", "минимум", "максимум", "около", "дороже", "потолок"
        )
    )
    value = _roubles(number, around, roubles, money)
    if value is None and monthly and 3 <= number.value < LEAST_MONTHLY and not number.ordinal:
        value = round(number.value * 1000)
    if value is None:
        return None
    if surcharge:
        return "amount", value, "surcharge", int(roubles), {}
    if down and not (monthly and not around.before(DOWN_PAYMENT, 2)):
        return "down_payment", value, None, int(roubles), {"unit": "rub"}
    if monthly and value < 1_000_000:
        return "monthly_payment", value, None, int(roubles), {}
    return "amount", value, _bound(around), int(roubles), {}


def _roubles(number: Number, around: Around, roubles: bool, money: bool) -> Optional[int]:
    value = number.value
    if number.ordinal or value <= 0:
        return None
    if number.scaled:
        return round(value) if value < 1e9 else None
    if roubles:
        return round(value)
    if value >= LEAST_ROUBLES:
        return round(value) if value < 1e8 and not around.directly_after("№", "инн", "птс", "стс") else None
    if not money:
        return None
    if value < 30 and ("." in number.written or "," in number.written or value == 1.5):
        return round(value * 1_000_000)
    return round(value * 1000) if value >= 30 else None
