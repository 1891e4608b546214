"""Numbers that tell of a car: its mileage, year, power, volume and owners."""

import re
from typing import Optional

from engine.nlu.entities.around import (
    DISTANCE,
    DOWN_PAYMENT,
    KILOMETRES,
    LITRES,
    MILEAGE,
    MONEY,
    MONTHS,
    OTHER_UNITS,
    OWNERS,
    POWER,
    ROUBLES,
    VOLUME,
    VOLUMES,
    YEAR_WORDS,
    Around,
    word_set,
)
from engine.nlu.entities.reading import YEAR_BOUNDS, Reading, agreed, bound, counts_things

OLDEST_YEAR, NEWEST_YEAR = 1960, 2027
MOST_KILOMETRES = 2_000_000
_AGED = word_set("старше моложе младше свежее новее старее")


def mileage(around: Around, beside_car: bool) -> Optional[Reading]:
    number = around.number
    unit = around.next(KILOMETRES)
    if number.ordinal:
        return None
    spoken_of = around.before(MILEAGE, 3)
    if not spoken_of and not unit and not number.scaled and OLDEST_YEAR <= number.value <= NEWEST_YEAR:
        return None  # «гранта 2016 пробег 120 тыс»
    if not spoken_of and not around.before(MONEY, 2):  # «цена 2 599 900 пробег 89 000»
        spoken_of = around.next_in_clause(MILEAGE, 2 if number.scaled or unit else 1)
    if not (unit or spoken_of) or around.next(YEAR_WORDS | ROUBLES | MONTHS | OTHER_UNITS):
        return None
    value = number.value
    if around.next_is("ткм"):
        return "mileage", round(value * 1000), bound(around), 1, {}
    if unit and not number.scaled and value < 1000 and not around.near(word_set("пробег"), 3):
        return "ignored", None, None, 1, {}  # «50 км от города», «живу за триста километров»
    if value < 1000 and not number.scaled and not around.near(DISTANCE - word_set("до"), 1):
        value *= 1000
    if value > MOST_KILOMETRES:
        return "ignored", None, None, int(unit), {}
    return "mileage", round(value), bound(around), int(unit), {}


def year(around: Around, beside_car: bool) -> Optional[Reading]:
    number = around.number
    unit = around.next(YEAR_WORDS) and not around.next_is("лет")  # «67 лет» is an age
    if number.scaled and not number.ordinal and not 2000 <= number.value <= NEWEST_YEAR:
        return None
    counted = re.search(r"\b(?:на|срок|сроком)$", around.preceding(2)) and not around.next_is("год")
    if unit and number.value < 100 and not number.ordinal and counted:
        return None
    value = number.value
    if number.ordinal or unit:
        value = value + (2000 if value <= NEWEST_YEAR % 100 else 1900) if value < 100 else value
        if number.ordinal and not _ordinal_names_year(around, unit, beside_car):
            return None
    elif 0 < value <= NEWEST_YEAR % 100 and around.before(_AGED, 1):
        value += 2000  # «не старше 18»
    elif not (value > 1000 and (beside_car or not around.near(MONEY | ROUBLES | DOWN_PAYMENT, 3))):
        return None
    if not OLDEST_YEAR <= value <= NEWEST_YEAR or value != int(value):
        return None
    if unit and number.value < 20 and not number.ordinal and not _of_year(around):
        return None
    return "year", int(value), bound(around, YEAR_BOUNDS), int(unit), {}


def _ordinal_names_year(around: Around, unit: bool, beside_car: bool) -> bool:
    """«двадцатого года», «веста двадцатого»; «шестой год строим» is a duration, «лада десятая» a model."""
    if around.number.value >= 1980:
        return True
    return not around.next_is("год") if unit else beside_car and around.last_word.endswith(("ого", "его"))


def _of_year(around: Around) -> bool:
    """«19 года» names a year, «2 года» an age."""
    word = around.after(1)[0].norm
    return around.number.value > 5 or word in ("г", "гв", "г.в")


def power(around: Around, beside_car: bool) -> Optional[Reading]:
    if around.next(POWER) and 30 <= around.number.value <= 1500:
        return "power", int(around.number.value), bound(around), 1, {}
    return None


def volume(around: Around, beside_car: bool) -> Optional[Reading]:
    value, unit = around.number.value, around.next(LITRES)
    if around.number.scaled or around.directly_after("за") or around.next(ROUBLES):
        return None
    if around.alone() or agreed(around):
        return None
    written = around.number.written
    decimal = "." in written or "," in written
    if value in VOLUMES and (
        unit
        or (
            decimal
            and (
                beside_car
                or around.near(VOLUME, 4)
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


def owners(around: Around, beside_car: bool) -> Optional[Reading]:
    if around.next(OWNERS) and 0 < around.number.value <= 10 and not around.number.scaled:
        return "owners", int(around.number.value), bound(around), 1, {}
    return None


def other(around: Around, beside_car: bool) -> Optional[Reading]:
    if around.number.scaled:  # «50 тысяч штук»
        return None
    return ("ignored", None, None, 1, {}) if around.next(OTHER_UNITS) or counts_things(around) else None
