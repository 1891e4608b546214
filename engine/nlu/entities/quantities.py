"""What a number means: a year, a mileage, a price, a payment, a term… by its unit and the words around."""

import re
from typing import Any, Callable, Dict, FrozenSet, List, Optional, Sequence, Tuple

from engine.nlu.entities.model import Entity, Word
from engine.nlu.entities.numbers import Number, numbers

OLDEST_YEAR, NEWEST_YEAR = 1960, 2027
# A bare number in a talk about money is thousands below this («за 900») and roubles above it.
LEAST_ROUBLES = 10_000
MOST_KILOMETRES = 2_000_000


def _set(words: str) -> FrozenSet[str]:
    return frozenset(words.split())


YEAR_WORDS = _set("год г гг гв г.в года году годов годик")
KILOMETRES = _set("км километр километраж кмов")
MONTHS = _set("месяц мес месяцев")
ROUBLES = _set("рубль руб р ₽ рублей рублик деревянный")
POWER = _set("лс л.с сила лошадь лошадка лошадиный кобыла hp")
LITRES = _set("литр л литровый литра литров")
PERCENT = _set("% процент процентов прцент проц")
OWNERS = _set("хозяин владелец собственник хоз рука")
OTHER_UNITS = _set(
    "час ч минута мин день дня сутки раз штука человек место ребенок неделя ключ дверь число "
    "дюйм радиус сантиметр см мм этаж дом корпус подъезд класс й"
)

MILEAGE = _set("пробег пробежать накатать проехать накат километраж одометр наездить прошлый")
MONEY = _set(
    "цена стоить рубль бюджет сумма деньги отдать отдавать забрать забирать торг торговаться скинуть "
    "уступить "
    "скидка предлагать предложить дать взять возьму готовый подешевле дешевый дорогой стоимость нал наличный "
    "наличные кэш продать продавать просить купить хватать пределы вложиться оценить выкупить выйти "
    "располагать "
    "отдадите заберу предложение договориться поровну прошу отдашь подвинуться двигаться дорого дешево"
)
DOWN_PAYMENT = _set("взнос первоначальный первоначалка пв первый внести внесу вносить взносом первоначально")
SURCHARGE = _set("доплата доплатить доплачивать доплачу доплатой сверху")
LOAN = _set("кредит рассрочка срок лизинг взнос платеж переплата ставка растянуть взять погасить ипотека")
VOLUME = _set(
    "объем двигатель мотор движок двс литраж турбо автомат механика дизель бензин вариатор робот турбина "
    "tsi fsi mpi tdi gdi crdi атмосферник атмо"
)
VOLUMES = frozenset(
    (
        0.7,
        0.8,
        1.0,
        1.1,
        1.2,
        1.3,
        1.4,
        1.5,
        1.6,
        1.7,
        1.8,
        1.9,
        2.0,
        2.1,
        2.2,
        2.3,
        2.4,
        2.5,
        2.7,
        2.8,
        2.9,
        3.0,
        3.2,
        3.3,
        3.5,
        3.6,
        3.7,
        3.8,
        4.0,
        4.4,
        4.5,
        4.6,
        4.7,
        5.0,
        5.5,
        5.6,
        5.7,
        6.0,
        6.2,
    )
)


class Around:
    """The words near a number, within its sentence."""

    def __init__(self, words: Sequence[Word], number: Number) -> None:
        self._words = words
        self.number = number

    def next(self, meanings: FrozenSet[str], reach: int = 1) -> bool:
        return any(word.means(meanings) for word in self._after(reach))

    def before(self, meanings: FrozenSet[str], reach: int = 3) -> bool:
        return any(word.means(meanings) for word in self._before(reach))

    def near(self, meanings: FrozenSet[str], reach: int = 4) -> bool:
        return self.before(meanings, reach) or self.next(meanings, reach)

    def directly_after(self, *norms: str) -> bool:
        return self.number.first > 0 and self._words[self.number.first - 1].norm in norms

    def preceding(self, reach: int) -> str:
        return " ".join(word.norm for word in self._before(reach))

    def _before(self, reach: int) -> Sequence[Word]:
        start = self.number.first
        while (
            start > 0
            and self.number.first - start < reach
            and self._words[start - 1].norm not in (".", "?", "!", "\n")
        ):
            start -= 1
        return self._words[start : self.number.first]

    def _after(self, reach: int) -> Sequence[Word]:
        end = self.number.last
        while (
            end < len(self._words)
            and end - self.number.last < reach
            and self._words[end].norm not in (".", "?", "!", "\n")
        ):
            end += 1
        return self._words[self.number.last : end]


def quantities(words: List[Word], usable: Sequence[bool], cars: Sequence[Entity]) -> List[Entity]:
    """`usable` bars the words of other entities; `cars` are the makes and models found."""
    found: List[Entity] = []
    car_ends = {entity.end for entity in cars}
    for number in numbers(words, usable):
        around = Around(words, number)
        beside_car = number.first > 0 and words[number.first - 1].end in car_ends
        reading = next((r for r in (read(around, beside_car) for read in READINGS) if r), None)
        if reading:
            kind, value, role, used, extra = reading
            start, end = words[number.first].start, words[number.last - 1 + used].end
            found.append(Entity(kind, value, start, end, role, extra))
    return found


Reading = Tuple[str, Any, Optional[str], int, Dict[str, Any]]
READINGS: List[Callable[[Around, bool], Optional[Reading]]] = []


def _reading(
    function: Callable[[Around, bool], Optional[Reading]],
) -> Callable[[Around, bool], Optional[Reading]]:
    READINGS.append(function)
    return function


def _bound(around: Around) -> Optional[str]:
    """`max` for «до 700», «не дороже», `min` for «от 2018», «не старше»; None for an exact number."""
    before = around.preceding(3)
    if re.search(
        r"\bне (?:дороже|больше|выше|более|свыше)|\b(?:до|максимум|макс|дешевле|менее|меньше|в пределах)\b",
        before,
    ):
        return "max"
    if re.search(
        r"\bне (?:дешевле|меньше|ниже|менее)|\b(?:от|минимум|больше|более|свыше|дороже|выше)\b", before
    ):
        return "min"
    return None


def _year_bound(around: Around) -> Optional[str]:
    before = around.preceding(3)
    if re.search(r"\bне старше|\b(?:от|с|свежее|моложе|новее|начиная с|младше|минимум|после)\b", before):
        return "min"
    if re.search(r"\b(?:до|старше|не (?:моложе|новее|младше|свежее)|раньше)\b", before):
        return "max"
    return None


@_reading
def _percent(around: Around, beside_car: bool) -> Optional[Reading]:
    if not around.next(PERCENT):
        return None
    if around.near(DOWN_PAYMENT, 5):
        return "down_payment", around.number.value, None, 1, {"unit": "percent"}
    return "ignored", None, None, 1, {}


@_reading
def _mileage(around: Around, beside_car: bool) -> Optional[Reading]:
    number = around.number
    unit = around.next(KILOMETRES)
    spoken_of = around.before(MILEAGE, 3) or around.next(MILEAGE, 2 if number.scaled or unit else 1)
    if not (unit or spoken_of) or around.next(YEAR_WORDS) or around.next(ROUBLES):
        return None
    value = number.value
    if (
        value < 1000
        and not number.scaled
        and (spoken_of or value >= 20)
        and not around.near(_set("от город мкад центр доехать ехать"), 2)
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
    return "year", int(value), _year_bound(around), int(unit), {}


def _of_year(around: Around) -> bool:
    """«19 года» names a year, «2 года» an age."""
    word = around._after(1)[0].norm
    return around.number.value > 5 or word in ("г", "гв", "г.в")


@_reading
def _term(around: Around, beside_car: bool) -> Optional[Reading]:
    number = around.number
    if number.scaled or number.ordinal or not 0 < number.value <= 120:
        return None
    if around.next(MONTHS):
        return "term", round(number.value), None, 1, {}
    years = around.next(_set("год лет годик годика года"))
    asked = around.directly_after("на") or around.near(LOAN, 6)
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
    if around.number.scaled or around.directly_after("за") or around.next(ROUBLES):
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
    if 600 <= value <= 6500 and around.next(_set("куб кубик см3 кубов")):
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
    monthly = around.next(_set("месяц мес ежемесячно ежемесячный"), 3) or around.before(
        _set("ежемесячно ежемесячный платеж месяц"), 3
    )
    down = around.before(DOWN_PAYMENT, 4) or around.next(DOWN_PAYMENT, 2 + int(roubles))
    surcharge = around.near(SURCHARGE, 3)
    money = (
        monthly
        or down
        or surcharge
        or around.near(MONEY, 4)
        or around.directly_after("до", "от", "за", "по", "на")
    )
    value = _roubles(number, around, roubles, money)
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
    if value < 30 and ("." in number.written or "," in number.written):
        return round(value * 1_000_000)
    return round(value * 1000) if value >= 30 else None
