"""Numbers as people write them: digits in groups, words, «полтора ляма», «миллион двести», «500 тыс»."""

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import List, Optional, Sequence, Tuple

from engine.nlu.entities.model import Word
from engine.nlu.entities.number_words import (
    BY_EAR,
    DIGIT_WORDS,
    GROUPS,
    HALF_MILLION,
    HALVES,
    HUNDREDS,
    MILLION,
    NICKNAMES,
    ORDINALS,
    PLURAL_SCALES,
    SINGULAR_SCALES,
    THOUSAND,
    UNITS,
    sounded,
)
from engine.nlu.morphology import is_known

DASHES = frozenset("-–—")


@dataclass(frozen=True)
class Number:
    value: float
    first: int  # index of the first word
    last: int  # index after the last word
    scaled: bool = False  # thousands or millions were said
    ordinal: bool = False
    spoken: bool = False
    written: str = ""


def numbers(words: Sequence[Word], usable: Sequence[bool]) -> List[Number]:
    """Every number from left to right; in a range the unit of the end holds for the beginning too."""
    found = list(_numbers(words, usable))
    for place, (lower, upper) in enumerate(pairwise(found)):
        if is_range(words, lower, upper) and upper.scaled and not lower.scaled:
            scale = 1_000_000 if upper.value >= 1_000_000 else 1000
            if 0 < lower.value * scale < upper.value:
                found[place] = replace(lower, value=lower.value * scale, scaled=True)
    return found


def is_range(words: Sequence[Word], lower: Number, upper: Number) -> bool:
    """«700-900», «от миллиона до полутора»: two numbers with a dash or «до» between."""
    if upper.first - lower.last != 1 or lower.ordinal or upper.ordinal:
        return False
    between = words[lower.last].norm
    return between in DASHES or (between == "до" and lower.first > 0 and words[lower.first - 1].norm == "от")


def _numbers(words: Sequence[Word], usable: Sequence[bool]) -> List[Number]:
    found: List[Number] = []
    index = 0
    while index < len(words):
        number = _read(words, usable, index)
        if number is None:
            index += 1
        else:
            found.append(number)
            index = number.last
    return found


def _read(words: Sequence[Word], usable: Sequence[bool], first: int) -> Optional[Number]:
    if not usable[first]:
        return None
    if words[first].norm in PLURAL_SCALES:
        return _about(words, usable, first)
    if words[first].norm in SINGULAR_SCALES and (about := _about(words, usable, first)):
        return about
    if short := _millions_and_hundreds(words, usable, first):
        return short
    if nickname := next((NICKNAMES[x] for x in words[first].lemmas if x in NICKNAMES), None):
        return Number(nickname, first, first + 1, spoken=True, written=str(nickname))
    total, current, index = 0.0, None, first
    scale, spoken, written = 0, False, ""
    while index < len(words) and usable[index]:
        word = words[index]
        step = _part(words, index)
        multiplier = _multiplier(words, index, current is not None)
        if current is not None and _and_a_half(words, index):  # «пять с половиной миллионов»
            current, index = current + 0.5, index + 2
            continue
        if multiplier:
            total, current, scale = (
                total + (current if current is not None else 1) * multiplier,
                None,
                multiplier,
            )
            index += 1
        elif step and _fits(step, current, scale, spoken):
            value, used, in_words = step
            if current is not None and not in_words:
                break
            current = (current or 0) + value
            spoken, index = spoken or in_words, index + used
            written = written or word.norm
        elif (
            (ordinal := _ordinal(word)) is not None
            and (current is None or current % 10 == 0)
            and total in (0, 1000, 2000)  # «две тысячи семнадцатый», but «полмиллиона первый взнос»
        ):
            return Number(total + (current or 0) + ordinal, first, index + 1, ordinal=True, spoken=True)
        else:
            break
    if index == first:
        return None
    if current is not None and scale == 1_000_000 and 10 <= current < 1000:
        current *= 1000  # «миллион двести»
    elif current is not None and scale == 1_000_000 and 0 < current < 10 and not spoken:
        current *= 100_000
    return Number(total + (current or 0), first, index, scale > 0, False, spoken, written)


def _about(words: Sequence[Word], usable: Sequence[bool], first: int) -> Optional[Number]:
    """«тысяч 800», «тыщ до пятисот»; the plural alone («сколько тысяч») counts nothing."""
    scale = _multiplier(words, first, True)
    start = first + 1
    if start < len(words) and words[start].norm in ("за", "до", "в", "на", "от", "по"):
        start += 1
    if start == len(words) or words[start].norm in PLURAL_SCALES | SINGULAR_SCALES:
        return None
    number = _read(words, usable, start)
    if number is None or number.scaled or number.ordinal or number.value * scale >= 1e8:
        return None
    if words[first].norm in SINGULAR_SCALES and (number.value != 1.5 or words[start - 1].norm == "до"):
        return None  # «от миллиона до полутора» is a range
    # The bound stays before the number, where the readings look for it.
    begin = first if start == first + 1 else start
    return replace(number, value=number.value * scale, first=begin, scaled=True)


def _millions_and_hundreds(words: Sequence[Word], usable: Sequence[bool], first: int) -> Optional[Number]:
    """«два восемьсот пятьдесят» is 2 850 000; a phone begins with eight."""
    millions = UNITS.get(words[first].norm, 0)
    following = words[first + 1].norm if first + 1 < len(words) else ""
    if not 1 <= millions <= 7 or following not in HUNDREDS or not usable[first + 1]:
        return None
    rest = _read(words, usable, first + 1)
    if rest is None or rest.ordinal or (rest.scaled and rest.value >= 1_000_000):
        return None
    thousands = rest.value if rest.scaled else rest.value * 1000
    return Number(millions * 1_000_000 + thousands, first, rest.last, scaled=True, spoken=True)


def _fits(step: Tuple[float, int, bool], current: Optional[float], scale: int, spoken: bool) -> bool:
    """Whether the next part continues the number: «двести пятьдесят» does, «пять двести» does not."""
    value, _, in_words = step
    if current is None:
        return value < scale or scale == 0
    if not in_words or not spoken:
        return False
    return (value < 10 and current % 10 == 0 and current % 100 != 10) or (value < 100 and current % 100 == 0)


def _multiplier(words: Sequence[Word], index: int, after_number: bool) -> int:
    word = words[index]
    if HALF_MILLION.fullmatch(word.norm):
        return 500_000
    if word.norm in ("пол", "пол-") and index + 1 < len(words) and words[index + 1].means(MILLION):
        return 0
    letters_only = word.means(("т", "к", "м", "k", "кк", "тр", "тонна", "штука"))
    if letters_only and not after_number:
        return 0
    if word.norm == "кк":
        return 1_000_000
    if word.means(THOUSAND):
        return 1_000
    return 1_000_000 if word.means(MILLION) else 0


def _part(words: Sequence[Word], index: int) -> Optional[Tuple[float, int, bool]]:
    """(value, words used, said in words)"""
    norm = words[index].norm
    if norm == "пол" and index + 1 < len(words) and words[index + 1].means(MILLION):
        return 0.5, 1, True
    if norm in HALVES:
        return HALVES[norm], 1, True
    if group := next((GROUPS[x] for x in words[index].lemmas if x in GROUPS), None):
        return (float(group), 1, True) if _years_follow(words, index + 1) else None
    if norm in DIGIT_WORDS:
        return float(DIGIT_WORDS[norm]), 1, True
    if len(norm) > 4 and not is_known(norm) and (value := BY_EAR.get(sounded(norm))):
        return float(value), 1, True
    if not re.fullmatch(r"\d[\d.,']*", norm):
        return None
    return _digits(words, index)


def _years_follow(words: Sequence[Word], index: int) -> bool:
    return index < len(words) and "год" in words[index].lemmas


def _and_a_half(words: Sequence[Word], index: int) -> bool:
    return index + 1 < len(words) and words[index].norm == "с" and words[index + 1].norm == "половиной"


def _digits(words: Sequence[Word], index: int) -> Optional[Tuple[float, int, bool]]:
    norm = words[index].norm.rstrip(".,'")
    grouped = re.fullmatch(r"\d{1,3}(?:[.,']\d{3}){1,3}", norm)
    if grouped and (norm.count(".") + norm.count(",") + norm.count("'") > 1 or len(norm) >= 6):
        return float(re.sub(r"[.,']", "", norm)), 1, False
    used = 1
    if re.fullmatch(r"\d{1,3}", norm):
        groups = norm
        while index + used < len(words) and re.fullmatch(r"\d{3}", words[index + used].norm) and used < 4:
            groups += words[index + used].norm
            used += 1
        return float(groups), used, False
    decimal = norm.replace(",", ".")
    if decimal.count(".") > 1 or len(decimal) > 12:
        return None
    return float(decimal), 1, False


def _ordinal(word: Word) -> Optional[int]:
    return next((ORDINALS[lemma] for lemma in word.lemmas if lemma in ORDINALS), None)
