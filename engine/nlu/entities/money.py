"""Sums: a price, a payment, a share, a term; and the sums that are none of these."""

import re
from typing import Iterator, Optional, Sequence

from engine.nlu.entities.around import (
    CHANGED,
    CHEAPER,
    DISCOUNT,
    DOWN_PAYMENT,
    INCOME,
    LOAN,
    MONEY,
    MONTHS,
    PAID,
    PAYING_IN,
    PERCENT,
    RATE,
    REST,
    ROUBLES,
    SURCHARGE,
    YEAR_WORDS,
    Around,
    word_set,
)
from engine.nlu.entities.model import Entity, Word
from engine.nlu.entities.numbers import Number
from engine.nlu.entities.reading import LEAST_ROUBLES, Reading, agreed, bound, counts_things

LEAST_MONTHLY = 30  # below it a payment of «25» is thousands all the same
MOST_DISCOUNT = 300_000
MOST_PERCENT = 70  # a bare down payment up to here is a share
_SHARE = word_set("взнос пв первоначалка первоначальный")
_PAID_AT_ONCE = DOWN_PAYMENT | PAYING_IN | REST
_SLASH = frozenset("/")
_MONTHLY = ("месяц", "мес", "ежемесячно", "ежемесячный")  # «на 36 месяцев» is a term
_PAYMENT = word_set("платеж ежемесячно ежемесячный месяц")
_SAID_BEFORE_SUMS = (
    "до", "от", "за", "по", "на", "минимум", "максимум", "около", "дороже", "потолок", "есть", "имеется",
    "хоть",
)  # fmt: skip


def no_down_payment(words: Sequence[Word], usable: Sequence[bool]) -> Iterator[Entity]:
    """«с нулевым первым взносом»"""
    for index, word in enumerate(words):
        if not (usable[index] and "нулевой" in word.lemmas):
            continue
        last = next(
            (i for i in range(index + 1, index + 3) if i < len(words) and words[i].means(_SHARE)), None
        )
        if last:
            yield Entity("down_payment", 0, word.start, words[last].end, extra={"unit": "rub"})


def half_down_payment(words: Sequence[Word], usable: Sequence[bool]) -> Iterator[Entity]:
    """«взнос половина», «половину сразу, остальное на два года»"""
    for index, word in enumerate(words):
        near = (*words[max(0, index - 3) : index], *words[index + 1 : index + 4])
        paid = any(other.means(_PAID_AT_ONCE) for other in near)
        if usable[index] and "половина" in word.lemmas and paid:
            yield Entity("down_payment", 50, word.start, word.end, extra={"unit": "percent"})


def percent(around: Around, beside_car: bool) -> Optional[Reading]:
    if around.number.value == 50 and re.match(r"(?:на|/) 50\b", around.following(2)):
        return "down_payment", 50, None, 2, {"unit": "percent"}  # «50 на 50»
    if around.number.value == 50 and re.search(r"\b50 (?:на|/)$", around.preceding(2)):
        return "ignored", None, None, 0, {}
    if not around.next(PERCENT):
        return _bare_percent(around)
    if around.near(DOWN_PAYMENT | REST, 5) or around.alone(1) or (beside_car and _ends_car(around)):
        return "down_payment", around.number.value, None, 1, {"unit": "percent"}
    return "ignored", None, None, 1, {}


def _ends_car(around: Around) -> bool:
    """«шкода рапид 30%» and nothing else; a discount or a rate would be named."""
    return len(around.before_words(4)) <= 2 and not around.after(2)[1:]


def _bare_percent(around: Around) -> Optional[Reading]:
    """«пв 25», «взнос 30»: so little is no sum in thousands."""
    number = around.number
    bare = not (number.scaled or number.ordinal or "." in number.written or "," in number.written)
    share = bare and 5 <= number.value <= MOST_PERCENT and around.before(DOWN_PAYMENT - PAYING_IN, 1)
    if not share or around.next(ROUBLES | MONTHS | YEAR_WORDS) or counts_things(around):
        return None
    return "down_payment", number.value, None, 0, {"unit": "percent"}


def term(around: Around, beside_car: bool) -> Optional[Reading]:
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


def money(around: Around, beside_car: bool) -> Optional[Reading]:
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
    nearer = around.before(DOWN_PAYMENT | PAYING_IN, 2) or around.next(REST) or around.next(PAYING_IN)
    if down and (not monthly or nearer):
        return "down_payment", value, None, int(roubles), {"unit": "rub"}
    if monthly and value < 1_000_000:
        return "monthly_payment", value, None, int(roubles), {}
    if _is_discount(around, int(roubles)):
        return "amount", value, "discount", int(roubles), {}
    return "amount", value, bound(around), int(roubles), {}


def _about_money(around: Around) -> bool:
    return agreed(around) or around.near(MONEY | DISCOUNT, 4) or around.directly_after(*_SAID_BEFORE_SUMS)


def _added_to_car(around: Around) -> bool:
    """«четырка + 200к»"""
    if around.number.first < 2:
        return False
    return around.directly_after("+") or (around.directly_after("плюс") and around.number.scaled)


def _first_payment(around: Around) -> bool:
    """«пол миллиона первый»; «первого числа» and «первые десять» are no payment."""
    if re.match(r"(?:\w+ ){0,2}на (?:перв\w+|пв|взнос)\b", around.following(5)):
        return True
    near = (*around.after(1), *around.before_words(2))
    return any(word.norm in ("первый", "первым") for word in near)


def _no_price(around: Around, unit: int) -> bool:
    """An income, a day's earnings, «к ста пятидесяти тысячам» of kilometres."""
    daily = [word.norm for word in around.after(2 + unit)[unit:]]
    if daily[:1] == ["в"] and daily[1:] and daily[1] in ("день", "сутки", "час", "неделю"):
        return True
    if around.before(INCOME | RATE | PAID, 3) or around.next_in_clause(RATE, 4):
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
