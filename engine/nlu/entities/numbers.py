"""Numbers as people write them: digits in groups, words, «полтора ляма», «миллион двести», «500 тыс»."""

import re
from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple

from engine.nlu.entities.model import Word

UNITS: Dict[str, int] = {
    "ноль": 0,
    "один": 1,
    "одна": 1,
    "одну": 1,
    "одного": 1,
    "одной": 1,
    "одному": 1,
    "два": 2,
    "две": 2,
    "двух": 2,
    "двум": 2,
    "три": 3,
    "трех": 3,
    "трем": 3,
    "четыре": 4,
    "четырех": 4,
    "четырем": 4,
    "пять": 5,
    "пяти": 5,
    "шесть": 6,
    "шести": 6,
    "семь": 7,
    "семи": 7,
    "восемь": 8,
    "восьми": 8,
    "девять": 9,
    "девяти": 9,
}
TEENS: Dict[str, int] = {
    stem + ending: value
    for value, stem in enumerate(
        (
            "десят",
            "одиннадцат",
            "двенадцат",
            "тринадцат",
            "четырнадцат",
            "пятнадцат",
            "шестнадцат",
            "семнадцат",
            "восемнадцат",
            "девятнадцат",
        ),
        10,
    )
    for ending in ("ь", "и")
}
TENS: Dict[str, int] = {
    "двадцать": 20,
    "двадцати": 20,
    "тридцать": 30,
    "тридцати": 30,
    "сорок": 40,
    "сорока": 40,
    "пятьдесят": 50,
    "пятидесяти": 50,
    "шестьдесят": 60,
    "шестидесяти": 60,
    "семьдесят": 70,
    "семидесяти": 70,
    "восемьдесят": 80,
    "восьмидесяти": 80,
    "девяносто": 90,
    "девяноста": 90,
    "полтинник": 50,
}
HUNDREDS: Dict[str, int] = {
    "сто": 100,
    "ста": 100,
    "сотка": 100,
    "сотку": 100,
    "двести": 200,
    "двухсот": 200,
    "триста": 300,
    "трехсот": 300,
    "четыреста": 400,
    "четырехсот": 400,
    "пятьсот": 500,
    "пятисот": 500,
    "шестьсот": 600,
    "шестисот": 600,
    "семьсот": 700,
    "семисот": 700,
    "восемьсот": 800,
    "восьмисот": 800,
    "девятьсот": 900,
    "девятисот": 900,
}
DIGIT_WORDS: Dict[str, int] = {**UNITS, **TEENS, **TENS, **HUNDREDS}
HALVES: Dict[str, float] = {"полтора": 1.5, "полторы": 1.5, "полтораста": 150}

THOUSAND = frozenset(
    [
        "тысяча",
        "тыща",
        "тыс",
        "т",
        "к",
        "тр",
        "косарь",
        "штука",
        "тонна",
        "касарь",
        "рублетысяча",
        "тыр",
        "k",
        "тысяч",
        "тыщ",
        "тыщи",
        "тышь",
        "тыщу",
    ]
)
MILLION = frozenset(
    [
        "миллион",
        "лям",
        "лимон",
        "млн",
        "миллиончик",
        "лямов",
        "ляма",
        "лимона",
        "милион",
        "мильон",
        "кк",
        "м",
        "mln",
        "лямчик",
        "лимончик",
    ]
)
_HALF_MILLION = re.compile(r"пол-?(?:миллион|лям|лимон|милион|мульт)\w*")

ORDINALS: Dict[str, int] = {
    "первый": 1,
    "второй": 2,
    "третий": 3,
    "четвертый": 4,
    "пятый": 5,
    "шестой": 6,
    "седьмой": 7,
    "восьмой": 8,
    "девятый": 9,
    "десятый": 10,
    "одиннадцатый": 11,
    "двенадцатый": 12,
    "тринадцатый": 13,
    "четырнадцатый": 14,
    "пятнадцатый": 15,
    "шестнадцатый": 16,
    "семнадцатый": 17,
    "восемнадцатый": 18,
    "девятнадцатый": 19,
    "двадцатый": 20,
    "тридцатый": 30,
    "двухтысячный": 2000,
    "девяностый": 90,
}


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


def spoken_digits(words: Sequence[str]) -> str:
    """The digits of a dictated phone: «девятьсот три» is 903, «двадцать пять» is 25, «ноль пять» is 05."""
    digits = ""
    pending, room = 0, 0  # a value still open and the size its next part must be below
    for word in words:
        if word.lstrip("+").isdigit():
            digits += (str(pending) if room else "") + word.lstrip("+")
            room = 0
            continue
        value = DIGIT_WORDS.get(word)
        if value is None:
            continue
        if room and 0 < value < room:
            pending += value
        else:
            digits += str(pending) if room else ""
            pending = value
        room = 100 if value >= 100 else 10 if value >= 20 else 1
    return digits + (str(pending) if room else "")


def _read(words: Sequence[Word], usable: Sequence[bool], first: int) -> Optional[Number]:
    if not usable[first]:
        return None
    total, current, index = 0.0, None, first
    scale, spoken, written = 0, False, ""
    while index < len(words) and usable[index]:
        word = words[index]
        step = _part(words, index)
        multiplier = _multiplier(words, index, current is not None)
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
        elif (ordinal := _ordinal(word)) is not None and (current is None or current % 10 == 0):
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
    if _HALF_MILLION.fullmatch(word.norm):
        return 500_000
    if word.norm in ("пол", "пол-") and index + 1 < len(words) and words[index + 1].means(MILLION):
        return 0
    letters_only = word.norm in ("т", "к", "м", "k", "тонна", "штука", "кк", "тр")
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
    if norm in DIGIT_WORDS:
        return float(DIGIT_WORDS[norm]), 1, True
    if not re.fullmatch(r"\d[\d.,']*", norm):
        return None
    return _digits(words, index)


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
