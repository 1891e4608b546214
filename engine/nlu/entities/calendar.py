"""Days and times of a visit: «в субботу к двум», «завтра после 18», «через час», «в полвосьмого»."""

import re
from typing import Iterator, List, Optional, Sequence, Tuple

from engine.nlu.entities.around import word_set
from engine.nlu.entities.calendar_words import DAYS, MONTHS, VISIT
from engine.nlu.entities.clock import hour_number, times
from engine.nlu.entities.model import Entity, Word
from engine.nlu.entities.number_words import ORDINALS

_DATE = re.compile(r"(0?[1-9]|[12]\d|3[01])\.(0[1-9]|1[0-2])(?:\.\d{2,4})?")
_ENDINGS = ("го", "ого", "е")


def calendar(words: List[Word], usable: Sequence[bool], with_phone: bool) -> List[Entity]:
    """Beside a phone an hour is when to call; «после 18» alone answers when."""
    days = list(_days(words, usable))
    covered = [
        u and not any(d.start <= w.start < d.end for d in days) for w, u in zip(words, usable, strict=False)
    ]
    about_visit = bool(days) or with_phone or _only_when(words) or any(word.means(VISIT) for word in words)
    return days + list(times(words, covered, about_visit))


def _only_when(words: List[Word]) -> bool:
    """«к шести», «Анна, после 18 можно», «только не раньше 12»: no more than a name beside the hour."""
    if len(words) <= 3 and any(word.norm in ("после", "к", "ко") for word in words[:2]):
        return True
    limited = any(word.norm in ("после", "раньше", "позже", "позднее") for word in words)
    said = [word for word in words if word.norm.isalpha() and word.norm not in _AROUND_HOUR]
    return limited and sum(hour_number(word) is None for word in said) <= 1


_AROUND_HOUR = word_set(
    "а и но я мне у меня если только лучше можно не до после раньше позже позднее часов вечера дня утра"
)


def _days(words: List[Word], usable: Sequence[bool]) -> Iterator[Entity]:
    index = 0
    while index < len(words):
        day = _day(words, index) if usable[index] else None
        if day is None:
            index += 1
            continue
        value, length = day
        yield Entity("day", value, words[index].start, words[index + length - 1].end)
        index += length


def _day(words: List[Word], index: int) -> Optional[Tuple[str, int]]:
    word = words[index]
    named = next((DAYS[x] for x in (word.norm, *word.lemmas) if x in DAYS), None)
    if named and not (word.norm == "ср" and index == 0) and word.norm not in ("среде", "среды"):
        return named, 1
    if word.norm in ("выходных", "выходным"):
        return "weekend", 1
    following = words[index + 1] if index + 1 < len(words) else None
    if word.norm == "через" and following:
        return _in_days(words, index)
    if word.lemmas[0] == "следующий" and following and "неделя" in following.lemmas:
        return "+7", 2
    date = _DATE.fullmatch(word.norm)
    if date and _is_date(words, index):
        return f"{int(date.group(2)):02d}-{int(date.group(1)):02d}", 1
    number = _day_number(word)
    if number is None:
        return None
    if index and words[index - 1].norm in ("числа", "число"):  # «числа 15го»
        return f"d{number}", 1 + (following is not None and following.norm in _ENDINGS)
    if _bare_date(words, index):
        return f"d{number}", 1 + word.norm.isdigit()
    if following is None:
        return None
    if following.norm in _ENDINGS and index + 2 < len(words):
        later = _month_or_number(number, words[index + 2])
        return (later, 3) if later else None
    later = _month_or_number(number, following)
    if later:
        return later, 2
    return None


def _bare_date(words: List[Word], index: int) -> bool:
    """«на тридцатое», «с 14-го»; «15-го года» is a year."""
    before = words[index - 1].norm if index else ""
    if before not in ("на", "с", "до", "к"):
        return False
    written = index + 1 < len(words) and words[index + 1].norm.lstrip("-") in ("го", "е", "ое", "му")
    glued = not words[index].norm.isdigit() and words[index].norm[:1].isdigit()
    after = words[index + 1 + written] if index + 1 + written < len(words) else None
    if after and (after.means(("год", "число", *MONTHS)) or after.norm.isdigit()):
        return False
    return written or glued or words[index].norm.endswith("ое")


def _is_date(words: List[Word], index: int) -> bool:
    """«буду 25.12»; «25.12» alone may be anything."""
    before = words[index - 1].norm if index else ""
    if before in ("на", "с", "до", "к", "числа", "дата", "от") or words[index].norm.count(".") == 2:
        return True
    return any(word.means(VISIT) for word in words)


def _month_or_number(number: int, following: Word) -> Optional[str]:
    month = next((MONTHS.index(x) + 1 for x in following.lemmas if x in MONTHS), None)
    if month:
        return f"{month:02d}-{number:02d}"
    return f"d{number}" if "число" in following.lemmas else None


def _day_number(word: Word) -> Optional[int]:
    written = re.fullmatch(r"(\d{1,2})(?:-?(?:го|ого|ое|е|му))?", word.norm)
    if written and 1 <= int(written.group(1)) <= 31:
        return int(written.group(1))
    return next((ORDINALS[x] for x in word.lemmas if x in ORDINALS and ORDINALS[x] <= 31), None)


def _in_days(words: List[Word], index: int) -> Optional[Tuple[str, int]]:
    following = words[index + 1]
    if "неделя" in following.lemmas or "неделька" in following.lemmas:
        return "+7", 2
    if "день" in following.lemmas:
        return "+2", 2  # «через день»
    if following.norm == "пару" and index + 2 < len(words) and "день" in words[index + 2].lemmas:
        return "+2", 3
    count = hour_number(following)
    if count and index + 2 < len(words):
        unit = words[index + 2].lemmas
        days = count if "день" in unit else 7 * count if "неделя" in unit else None
        if days:
            return f"+{days}", 3
    return None
