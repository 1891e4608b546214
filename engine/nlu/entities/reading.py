"""What the readings of numbers share: their shape, bounds and what a bare number may count."""

import re
from typing import Any, Dict, Optional, Tuple

from engine.nlu.entities.around import (
    DOWN_PAYMENT,
    MILEAGE,
    MONEY,
    MONTHS,
    ROUBLES,
    SURCHARGE,
    YEAR_WORDS,
    Around,
)
from engine.nlu.morphology import grammemes

# (kind, value, role, words used after the number, further keys)
Reading = Tuple[str, Any, Optional[str], int, Dict[str, Any]]

# A bare number in a talk about money is thousands below this («за 900») and roubles above it.
LEAST_ROUBLES = 10_000
_UNITS_OF_SUMS = MONEY | ROUBLES | MONTHS | YEAR_WORDS | DOWN_PAYMENT | SURCHARGE | MILEAGE
BOUNDS = re.compile(
    r"\b(?:(?P<max>не (?:дороже|больше|выше|более|свыше)|до|максимум|макс|дешевле|менее|меньше|в пределах)"
    r"|(?P<min>не (?:дешевле|меньше|ниже|менее)|от|минимум|больше|более|свыше|дороже|выше))\b"
)
YEAR_BOUNDS = re.compile(
    r"\b(?:(?P<min>не старше|от|с|свежее|моложе|новее|начиная с|младше|минимум|после)"
    r"|(?P<max>до|старше|не (?:моложе|новее|младше|свежее)|раньше))\b"
)


def bound(around: Around, bounds: "re.Pattern[str]" = BOUNDS) -> Optional[str]:
    """`max` for «до 700», «не дороже», `min` for «от 2018», «не старше»; None for an exact number."""
    *_, nearest = (None, *bounds.finditer(around.preceding(3)))
    return nearest.lastgroup if nearest else None


def agreed(around: Around) -> bool:
    """«1.2 и по рукам», «780, последнее слово»"""
    return any(word.norm in ("рукам", "слово") for word in around.after(4))


def counts_things(around: Around) -> bool:
    """«от пятидесяти горячих заявок»: a bare number before a genitive plural is no sum; «68 лет»."""
    following = around.after(1)
    if around.number.value >= LEAST_ROUBLES or not following or not following[0].norm.isalpha():
        return False
    if following[0].norm != "лет" and following[0].means(_UNITS_OF_SUMS):
        return False
    return any("plur,gent" in tag for _, tag in grammemes(following[0].norm)[:2])
