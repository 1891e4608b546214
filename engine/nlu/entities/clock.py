"""Hours of a visit: «к двум», «после 18», «через час», «в полвосьмого», «с 10 до 12»."""

import re
from typing import Iterator, List, Optional, Sequence, Tuple

from engine.nlu.entities.calendar_words import DAYS, HOURS, PARTS, PREPOSITIONS
from engine.nlu.entities.model import Entity, Word
from engine.nlu.entities.number_words import ORDINALS

OPENS = 9  # «к двум» is 14:00: nobody means two at night
_CLOCK = re.compile(r"([01]?\d|2[0-3])[:.\-]([0-5]\d)")
_HOUR_RANGE = re.compile(r"(\d{1,2})[-–—](\d{1,2})")
_HALF = re.compile(
    r"пол-?(часа|первого|второго|третьего|четвертого|пятого|шестого|седьмого|восьмого|девятого|"
    r"десятого|одиннадцатого|двенадцатого)"
)


def times(words: List[Word], usable: Sequence[bool], about_visit: bool) -> Iterator[Entity]:
    index = 0
    while index < len(words):
        time = _time(words, usable, index, about_visit) if usable[index] else None
        if time is None:
            index += 1
            continue
        value, first, length = time
        yield Entity("time", value, words[first].start, words[first + length - 1].end)
        index = first + length


def _time(
    words: List[Word], usable: Sequence[bool], index: int, visit: bool
) -> Optional[Tuple[str, int, int]]:
    """(value, first word, number of words)"""
    norm = words[index].norm
    before = words[index - 1].norm if index else ""
    if norm == "через":
        return _in_hours(words, index)
    if norm in ("обеда", "обед") and before == "после":
        return "afternoon", index - 1, 2
    if norm == "работы" and before == "после" and visit:
        return "evening", index - 1, 2
    if index > 1 and before in _LIMITS and words[index - 2].norm == "не":
        if norm == "обеда":
            return ("afternoon" if before == "раньше" else "morning"), index - 2, 3
        before = _LIMITS[before]
    towards = _TOWARDS.get((before, norm))
    if towards:
        return towards, index - 1, 2
    part = PARTS.get(norm)
    if (
        part
        and (norm != "обед" or before == "в")
        and (norm not in ("утро", "вечер") or before in ("на", "под"))
    ):
        return part, index, 1
    half = _HALF.fullmatch(norm)
    if half and half.group(1) != "часа":
        part = words[index + 1].norm if index + 1 < len(words) else ""
        hour = _waking(ORDINALS[_ordinal(half.group(1))] - 1, part)
        return _sided(f"{hour:02d}:30", before), index, 1 + (part in ("утра", "дня", "вечера"))
    if (norm == "половине" or (norm == "пол" and visit)) and index + 1 < len(words):
        hour = next(
            (ORDINALS[x] for x in words[index + 1].lemmas if x in ORDINALS and ORDINALS[x] <= 12), None
        )
        if hour:
            return f"{_waking(hour - 1):02d}:30", index, 2
    return _clock(words, usable, index, before, visit)


# «не раньше двенадцати» is «после двенадцати».
_LIMITS = {"раньше": "после", "позже": "до", "позднее": "до"}
_TOWARDS = {
    ("с", "утра"): "morning",
    ("к", "утру"): "morning",
    ("к", "обеду"): "midday",
    ("до", "обеда"): "morning",
    ("к", "вечеру"): "evening",
    ("под", "вечер"): "evening",
}


def _ordinal(genitive: str) -> str:
    return {
        "третьего": "третий",
        "второго": "второй",
        "шестого": "шестой",
        "седьмого": "седьмой",
        "восьмого": "восьмой",
    }.get(genitive, genitive[:-3] + "ый")


def _clock(
    words: List[Word], usable: Sequence[bool], index: int, before: str, visit: bool
) -> Optional[Tuple[str, int, int]]:
    clock = _CLOCK.fullmatch(words[index].norm)
    if clock and (":" in clock.group() or (before in PREPOSITIONS and visit)):
        return _sided(f"{int(clock.group(1)):02d}:{clock.group(2)}", before), index, 1
    hour = hour_number(words[index])
    if hour is None or not 0 < hour <= 23:
        return _hour_range(words[index], visit and usable[index], index) or _one_o_clock(words, index, visit)
    length, suffix = 1, ""
    if index + 1 < len(words) and words[index + 1].means(("час", "ч", "часик")):
        if before not in PREPOSITIONS and not (index and words[index - 1].means(DAYS)):
            return None  # «оформляли шесть часов»
        length = 2
    elif index + 1 < len(words) and words[index + 1].means(_OTHER_UNITS) and words[index + 1].norm != "дня":
        return None  # «в 14 дней»
    elif words[index].norm in ("одного", "одной", "один", "одна", "одну"):
        return None  # «после одного салона»
    elif _hours_before(words, index) or _part_follows(words, index + 1, before, visit):
        pass
    elif (
        before not in PREPOSITIONS or not visit or (before in ("на", "до", "с") and not _alone(words, index))
    ):
        return None
    if index + length < len(words) and words[index + length].norm in ("утра", "дня", "вечера", "ночи"):
        suffix = words[index + length].norm
        length += 1
    value = f"{_waking(hour, suffix):02d}:00"
    upper = _range_end(words, index + length)
    if upper and before in ("с", "со", "между"):
        return f"{value}-{upper[0]}", index, length + upper[1]
    return _sided(value, before), index, length


def _hours_before(words: List[Word], index: int) -> bool:
    """«часов в 7», «часам к шести»"""
    return (
        index > 1
        and words[index - 1].norm in ("в", "к", "до", "после", "с")
        and words[index - 2].norm in _HOURS
    )


_OTHER_UNITS = ("неделя", "месяц", "минута", "раз", "год", "день", "сутки")
_HOURS = ("часов", "часам", "часиков", "часикам", "часа", "часика")


def _part_follows(words: List[Word], index: int, before: str, visit: bool) -> bool:
    """«после семи вечера»; «с опозданием в четыре дня» is no hour."""
    part = words[index].norm if index < len(words) else ""
    if part == "дня":
        return visit and before in ("в", "к", "до", "после", "около")
    return before in PREPOSITIONS and part in ("утра", "вечера")


def _hour_range(word: Word, visit: bool, index: int) -> Optional[Tuple[str, int, int]]:
    """«завтра 12-13»"""
    hours = _HOUR_RANGE.fullmatch(word.norm) if visit else None
    if not hours or not OPENS - 1 <= int(hours.group(1)) < int(hours.group(2)) <= 22:
        return None
    return f"{int(hours.group(1)):02d}:00-{int(hours.group(2)):02d}:00", index, 1


def _one_o_clock(words: List[Word], index: int, visit: bool) -> Optional[Tuple[str, int, int]]:
    """«к часу дня», «около часа»; «в час» is one only with a visit, «50 км в час» is a speed."""
    before = words[index - 1].norm if index else ""
    if words[index].norm not in ("часу", "часа", "час") or before not in ("к", "около", "в", "до", "после"):
        return None
    of_day = index + 1 < len(words) and words[index + 1].norm == "дня"
    if not (of_day or visit) or (before == "в" and words[index].norm == "часа"):
        return None
    return _sided("13:00", before), index, 1 + of_day


def _alone(words: List[Word], index: int) -> bool:
    """No unit follows the number: «до 18» is an hour, «до 18 тысяч» is not."""
    return (
        index + 1 == len(words)
        or not words[index + 1].norm.isalpha()
        or words[index + 1].norm
        in (
            "до",
            "часов",
            "дня",
            "вечера",
            "утра",
            "могу",
            "буду",
            "подъеду",
            "приеду",
            "и",
            "завтра",
            "сегодня",
            "запишите",
        )
    )


def _range_end(words: List[Word], index: int) -> Optional[Tuple[str, int]]:
    if index + 1 < len(words) and words[index].norm in ("до", "и", "-"):
        hour = hour_number(words[index + 1])
        if hour and hour <= 23:
            return f"{_waking(hour):02d}:00", 2
    return None


def _sided(value: str, before: str) -> str:
    return {"после": f">{value}", "до": f"<{value}", "с": f">{value}"}.get(before, value)


def _waking(hour: int, part: str = "") -> int:
    """1–8 without «утра» is the afternoon of a shop that opens at nine."""
    if part == "утра":
        return hour % 24
    return hour + 12 if hour < (12 if part in ("дня", "вечера") else OPENS) else hour


def _in_hours(words: List[Word], index: int) -> Optional[Tuple[str, int, int]]:
    if index + 1 >= len(words):
        return None
    following = words[index + 1]
    if following.norm.startswith("полчас"):
        return "+30m", index, 2
    if following.means(("час", "часик")):
        return "+60m", index, 2
    if following.norm == "пару" and index + 2 < len(words) and words[index + 2].means(("час",)):
        return "+120m", index, 3
    count = 1.5 if following.norm == "полтора" else hour_number(following)
    if count and index + 2 < len(words):
        unit = words[index + 2].lemmas
        minutes = count * 60 if "час" in unit else count if {"минута", "мин"} & set(unit) else None
        if minutes:
            return f"+{int(minutes)}m", index, 3
    return None


def hour_number(word: Word) -> Optional[int]:
    if re.fullmatch(r"\d{1,2}", word.norm):
        return int(word.norm)
    return HOURS.get(word.norm)
