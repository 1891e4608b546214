"""What a number means: a year, a mileage, a price, a payment, a term… by its unit and the words around."""

import re
from itertools import pairwise
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

from engine.nlu.entities.around import (
    CHANGED,
    CHEAPER,
    DISCOUNT,
    DISTANCE,
    DOWN_PAYMENT,
    INCOME,
    KILOMETRES,
    LITRES,
    LOAN,
    MILEAGE,
    MONEY,
    MONTHS,
    OTHER_UNITS,
    OWNERS,
    PAYING_IN,
    PERCENT,
    POWER,
    RATE,
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
from engine.nlu.morphology import grammemes

OLDEST_YEAR, NEWEST_YEAR = 1960, 2027
# A bare number in a talk about money is thousands below this («за 900») and roubles above it.
LEAST_ROUBLES = 10_000
LEAST_MONTHLY = 30  # below it a payment of «25» is thousands all the same
MOST_KILOMETRES = 2_000_000
MOST_DISCOUNT = 300_000
MOST_PERCENT = 70  # a bare down payment up to here is a share


def quantities(words: List[Word], usable: Sequence[bool], cars: Sequence[Entity]) -> List[Entity]:
    """`usable` bars the words of other entities; `cars` are the makes and models found."""
    found = list(_no_down_payment(words, usable))
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


def _no_down_payment(words: Sequence[Word], usable: Sequence[bool]) -> Iterator[Entity]:
    """«с нулевым первым взносом»"""
    for index, word in enumerate(words):
        if not (usable[index] and "нулевой" in word.lemmas):
            continue
        last = next(
            (i for i in range(index + 1, index + 3) if i < len(words) and words[i].means(_SHARE)), None
        )
        if last:
            yield Entity("down_payment", 0, word.start, words[last].end, extra={"unit": "rub"})


_SHARE = word_set("взнос пв первоначалка первоначальный")


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
        return _bare_percent(around)
    if around.near(DOWN_PAYMENT | REST, 5) or around.alone(1):
        return "down_payment", around.number.value, None, 1, {"unit": "percent"}
    return "ignored", None, None, 1, {}


def _bare_percent(around: Around) -> Optional[Reading]:
    """«пв 25», «взнос 30»: so little is no sum in thousands."""
    number = around.number
    bare = not (number.scaled or number.ordinal or "." in number.written or "," in number.written)
    share = bare and 5 <= number.value <= MOST_PERCENT and around.before(DOWN_PAYMENT - PAYING_IN, 1)
    if not share or around.next(ROUBLES | MONTHS | YEAR_WORDS) or _counts_things(around):
        return None
    return "down_payment", number.value, None, 0, {"unit": "percent"}


@_reading
def _mileage(around: Around, beside_car: bool) -> Optional[Reading]:
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
        return "mileage", round(value * 1000), _bound(around), 1, {}
    if unit and not number.scaled and value < 1000 and not around.near(word_set("пробег"), 3):
        return "ignored", None, None, 1, {}  # «50 км от города», «живу за триста километров»
    if value < 1000 and not number.scaled and not around.near(DISTANCE - word_set("до"), 1):
        value *= 1000
    if value > MOST_KILOMETRES:
        return "ignored", None, None, int(unit), {}
    return "mileage", round(value), _bound(around), int(unit), {}


@_reading
def _year(around: Around, beside_car: bool) -> Optional[Reading]:
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
    return "year", int(value), _bound(around, _YEAR_BOUNDS), int(unit), {}


def _ordinal_names_year(around: Around, unit: bool, beside_car: bool) -> bool:
    """«двадцатого года», «веста двадцатого»; «шестой год строим» is a duration, «лада десятая» a model."""
    if around.number.value >= 1980:
        return True
    return not around.next_is("год") if unit else beside_car and around.last_word.endswith(("ого", "его"))


_AGED = word_set("старше моложе младше свежее новее старее")


def _of_year(around: Around) -> bool:
    """«19 года» names a year, «2 года» an age."""
    word = around.after(1)[0].norm
    return around.number.value > 5 or word in ("г", "гв", "г.в")


@_reading
def _term(around: Around, beside_car: bool) -> Optional[Reading]:
    number = around.number
    if number.scaled or number.ordinal or not 0 < number.value <= 120 or _of_the_past(around):
        return None
    asked = around.directly_after("на", "срок") or around.near(LOAN, 6)
    if around.next(MONTHS) and (asked or around.alone(1)):
        return "term", round(number.value), None, 1, {}
    if number.value <= 10 and re.search(r"\b(?:лет|года|годика|годков) на$", around.preceding(2)):
        return "term", round(number.value * 12), None, 0, {}  # «лет на пять»
    years = around.next(word_set("год лет годик годика года"))
    if years and (asked or around.alone(1)) and number.value <= 10:
        return "term", round(number.value * 12), None, 1, {}
    return None


def _of_the_past(around: Around) -> bool:
    """«через два месяца», «полтора года назад»: when, not for how long."""
    return around.directly_after("через", "за", "спустя", "уже") or around.next(word_set("назад уже"), 2)


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


@_reading
def _owners(around: Around, beside_car: bool) -> Optional[Reading]:
    if around.next(OWNERS) and 0 < around.number.value <= 10 and not around.number.scaled:
        return "owners", int(around.number.value), _bound(around), 1, {}
    return None


@_reading
def _other(around: Around, beside_car: bool) -> Optional[Reading]:
    if around.number.scaled:  # «50 тысяч штук»
        return None
    return ("ignored", None, None, 1, {}) if around.next(OTHER_UNITS) or _counts_things(around) else None


_UNITS_OF_SUMS = MONEY | ROUBLES | MONTHS | YEAR_WORDS | DOWN_PAYMENT | SURCHARGE | MILEAGE


def _counts_things(around: Around) -> bool:
    """«от пятидесяти горячих заявок»: a bare number before a genitive plural is no sum; «68 лет»."""
    following = around.after(1)
    if around.number.value >= LEAST_ROUBLES or not following or not following[0].norm.isalpha():
        return False
    if following[0].norm != "лет" and following[0].means(_UNITS_OF_SUMS):
        return False
    return any("plur,gent" in tag for _, tag in grammemes(following[0].norm)[:2])


@_reading
def _money(around: Around, beside_car: bool) -> Optional[Reading]:
    number, roubles = around.number, around.next(ROUBLES)
    if _no_price(around, int(roubles)):
        return "ignored", None, None, int(roubles), {}
    monthly = any(word.norm in _MONTHLY for word in around.after(3)) or around.before(_PAYMENT, 3)
    down = around.before(DOWN_PAYMENT | PAYING_IN, 4) or around.next(PAYING_IN) or _first_payment(around)
    down = down or around.next_in_clause(DOWN_PAYMENT - PAYING_IN, 2 + int(roubles))
    down = down or (around.next(REST, 4) and not around.directly_after("за"))
    surcharge = around.before(SURCHARGE, 5) or around.next(SURCHARGE, 3) or _added_to_car(around)
    value = _roubles(
        number, around, roubles, monthly or down or surcharge or _about_money(around), beside_car
    )
    if value is None and monthly and 3 <= number.value < LEAST_MONTHLY and not number.ordinal:
        value = round(number.value * 1000)
    if value is None and down and number.value == 0 and number.written:
        return "down_payment", 0, None, int(roubles), {"unit": "rub"}  # «первый взнос ноль»
    if value is None:
        return None
    if surcharge:
        return "amount", value, "surcharge", int(roubles), {}
    if down and (not monthly or around.before(DOWN_PAYMENT | PAYING_IN, 2) or around.next(REST)):
        return "down_payment", value, None, int(roubles), {"unit": "rub"}
    if monthly and value < 1_000_000:
        return "monthly_payment", value, None, int(roubles), {}
    if _is_discount(around, int(roubles)):
        return "amount", value, "discount", int(roubles), {}
    return "amount", value, _bound(around), int(roubles), {}


_SLASH = frozenset("/")
_MONTHLY = ("месяц", "мес", "ежемесячно", "ежемесячный")  # «на 36 месяцев» is a term
_PAYMENT = word_set("платеж ежемесячно ежемесячный месяц")
_SAID_BEFORE_SUMS = (
    "до", "от", "за", "по", "на", "минимум", "максимум", "около", "дороже", "потолок", "есть", "имеется",
    "хоть",
)  # fmt: skip


def _about_money(around: Around) -> bool:
    agreed = any(word.norm in ("рукам", "слово") for word in around.after(4))  # «1.2 и по рукам»
    return agreed or around.near(MONEY | DISCOUNT, 4) or around.directly_after(*_SAID_BEFORE_SUMS)


def _added_to_car(around: Around) -> bool:
    """«четырка + 200к»"""
    return around.directly_after("+", "плюс") and around.number.first > 1 and around.number.scaled


def _first_payment(around: Around) -> bool:
    """«пол миллиона первый»; «первого числа» and «первые десять» are no payment."""
    following = " ".join(word.norm for word in around.after(5))
    if re.match(r"(?:\w+ ){0,2}на (?:перв\w+|пв|взнос)\b", following):
        return True
    near = (*around.after(1), *around.before_words(2))
    return any(word.norm in ("первый", "первым") for word in near)


def _no_price(around: Around, unit: int) -> bool:
    """An income, a day's earnings, «к ста пятидесяти тысячам» of kilometres."""
    daily = [word.norm for word in around.after(2 + unit)[unit:]]
    if daily[:1] == ["в"] and daily[1:] and daily[1] in ("день", "сутки", "час", "неделю"):
        return True
    if around.before(INCOME | RATE, 4) or around.next_in_clause(RATE, 4):
        return True
    other_unit = re.search(
        r"\b(?:минут|минуток|дней|часов|человек|раз|процентов) (?:на|по|в|до)$", around.preceding(2)
    )
    return bool(other_unit) or (around.directly_after("к") and not unit)


def _is_discount(around: Around, unit: int) -> bool:
    """«скинете 50 тыс», «на 200 тысяч дешевле», «выросла на 90 тысяч»: a difference, no price."""
    if around.directly_after("до", "за"):
        return False
    if around.directly_after("минус"):
        return True
    changed = around.next(CHEAPER, 1 + unit) or around.before(CHANGED | CHEAPER, 3)
    if around.directly_after("на") and changed:
        return True
    return around.before(DISCOUNT, 2) and around.number.value <= MOST_DISCOUNT


def _roubles(number: Number, around: Around, roubles: bool, money: bool, beside_car: bool) -> Optional[int]:
    value = number.value
    if beside_car and not (number.scaled or roubles) and value < 100_000:
        return None  # «волга 31105»
    if number.ordinal or value <= 0 or (around.next(_SLASH) and not roubles):
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
