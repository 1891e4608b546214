"""Phone numbers in any writing, told from prices, papers and addresses.

Plain text in, so that it can be tested without a model: groups of digits are put together until they
make a number that exists (libphonenumber), and the way they are grouped must be a phone's.
"""

import re
from itertools import accumulate, chain
from typing import Iterator, List, NamedTuple, Optional, Sequence, Tuple

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from engine.nlu.entities.number_words import BY_EAR, DIGIT_WORDS, sounded


class Phone(NamedTuple):
    start: int
    end: int
    number: str  # E.164, or as written when it cannot be called
    valid: bool
    extension: Optional[str] = None


class Group(NamedTuple):
    """Digits that stand together."""

    digits: str
    start: int
    end: int
    plus: bool = False


Spoken = Tuple[str, int, int]  # a word as it was meant, and its place

# Addresses are not read; their place stays, so that offsets hold.
_ADDRESS = re.compile(r"[^\s,;]*(?:://|@|[a-z]\.(?:ru|com|me|net|org|su)\b)[^\s,;]*", re.I)
# A run of what may be one number or several, letters typed for digits included.
_RUN = re.compile(r"\d[\dОоOoЗзlI|⃣\s_–—‐‑−().\-/,*~•+\[\]]{5,}(?![^\W\d_])")
_LETTER_IN_DIGITS = re.compile(r"(?<=[\d\s_(-])[ОоOoЗзlI]+(?=[\d\s_)-])|(?<=\d)[ОоOoЗзlI]+(?![^\W\d_])")
_DIGIT_SHAPES = str.maketrans("ОоOoЗзlI", "00003311")
_GROUP = re.compile(r"(\+\s?)?(\d+)")
_GAP = re.compile(r"[ \t_–—‐‑−().\-/,*~•|⃣\[\]]{0,5}\n?[ \t]?")
_LATIN_BEFORE = re.compile(r"[A-Za-z_@]$")

_PAPER = re.compile(
    r"(?:\b(?:инн|кпп|огрн\w*|бик|снилс|паспорт\w*|стс|э?птс|псм|ву|водительск\w+|прав[а]?|полис\w*|осаго|каско"
    r"|договор\w*|заявк\w*|заказ\w?|заказ.?наряд\w*|накладн\w+|сч[её]т\w?|трек\w*|артикул\w*|арт|код\w?|лот\w?"
    r"|объявлени\w+|id|айди|штрих.?код\w*|детал\w+|запчаст\w+|кузов\w?|двигател\w+|vin|вин[ауе]?|карт[аыуе]"
    r"|каталожн\w+|пробег\w*)|№|р/с)"
    r"(?:[\s:№#.,/—-]|\b(?:номер|организации|на оплату|товара|серия|и|(?-i:[А-Я]{3}))\b)*$",
    re.I,
)
_UNIT = re.compile(r"\s*(?:руб|р\b|₽|тыс|тр\b|км|лс\b|л\.\s?с|мм\b|кг\b|млн)", re.I)
_PHONE_WORD = re.compile(
    r"\bт\.|тел|номер|звон|набер|набир|ватс|вацап|вотс|whats|вайбер|viber|связ|телег|пиш|пришл|скинь|мой|моб|сот\b|это",
    re.I,
)
_EXTENSION = re.compile(
    r"[\s,;(]*(?:доб(?:авочный|\.)?|ext\.?|внутр(?:енний|\.)?)[\s.:]*(\d{1,6})\b\)?", re.I
)
# How ten digits are grouped by people who mean a phone.
_BARE_SHAPES = {(10,), (3, 7), (3, 3, 4), (3, 3, 2, 2), (3, 2, 2, 3), (3, 4, 3), (3, 2, 3, 2), (1,) * 10}
# Neighbours whose numbers are written without a plus.
_NEIGHBOURS = ("375", "998", "996", "992", "374", "994", "993", "995", "380", "373")
_CALLED_FREE_OR_PAID = (
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.UAN,
)
_LONGEST_RUN = 14  # groups that one number may consist of
_SHORT_MESSAGE = 40  # in which ten digits alone are the phone


def read_phones(text: str, words: Sequence[Spoken] = ()) -> List[Phone]:
    """Numbers of the text, and those dictated in `words`, in order; what cannot be called is not valid."""
    plain = _plain(text)
    found = list(_written(plain))
    for phone in chain(_dictated(words), _broken(plain)):
        if not any(phone.start < other.end and other.start < phone.end for other in found):
            found.append(phone)
    return sorted(found, key=lambda phone: phone.start)


def _plain(text: str) -> str:
    """A text of the same length, without addresses and with digits for the letters typed instead."""
    blank = _ADDRESS.sub(lambda address: "x" * len(address.group()), text)
    return _RUN.sub(_with_digits, blank)


def _with_digits(run: "re.Match[str]") -> str:
    return _LETTER_IN_DIGITS.sub(lambda letters: letters.group().translate(_DIGIT_SHAPES), run.group())


def _written(text: str) -> Iterator[Phone]:
    """Numbers that say what they are first: «900 000 8 916 …» begins with a sum."""
    taken: List[Group] = []
    runs = list(_runs(text))
    for read in (_full, _bare):
        for run in runs:
            first = 0
            while first < len(run):
                phone = read(text, run, first) if run[first] not in taken else None
                if phone is None:
                    first += 1
                    continue
                covered = [group for group in run if phone.start <= group.start < phone.end]
                taken += covered
                first += len(covered) or 1
                yield phone


def _runs(text: str) -> Iterator[List[Group]]:
    """Groups of digits with nothing but separators between them."""
    run: List[Group] = []
    for match in _GROUP.finditer(text):
        group = Group(match.group(2), match.start(), match.end(), match.group(1) is not None)
        if run and not _GAP.fullmatch(text, run[-1].end, group.start):
            yield run
            run = []
        run.append(group)
    if run:
        yield run


def _full(text: str, run: Sequence[Group], first: int) -> Optional[Phone]:
    """With its country: «8 916 …», «+375 29 …»."""
    for last in range(first + 1, min(len(run), first + _LONGEST_RUN) + 1):
        groups = run[first:last]
        if any(group.plus for group in groups[1:]):
            return None
        number = _with_country("".join(g.digits for g in groups), plus=groups[0].plus)
        if number and _grouped_as_phone(groups) and _stands_as_phone(text, groups):
            return _phone(text, groups, number)
    return None


def _bare(text: str, run: Sequence[Group], first: int) -> Optional[Phone]:
    """Ten digits without 8 or +7: shaped like a phone, or one group where the message speaks of phones."""
    for last in range(first + 1, min(len(run), first + _LONGEST_RUN) + 1):
        groups = run[first:last]
        digits = "".join(g.digits for g in groups)
        shape = tuple(len(g.digits) for g in groups)
        if shape not in _BARE_SHAPES or not _bare_code(text, digits, groups[0]):
            continue
        number = _existing(f"+7{digits}")
        if number and _stands_as_phone(text, groups) and (len(groups) > 1 or _speaks_of_phones(text, groups)):
            return _phone(text, groups, number)
    return None


def _bare_code(text: str, digits: str, group: Group) -> bool:
    """A mobile code, or a town's in brackets."""
    return digits[0] == "9" or (digits[0] in "348" and text[group.start - 1 : group.start] == "(")


def _with_country(digits: str, plus: bool) -> Optional[phonenumbers.PhoneNumber]:
    if len(digits) == 11 and digits[0] in "78":
        return _existing(f"+7{digits[1:]}")
    if digits.startswith("00"):
        return _existing(f"+{digits[2:]}")
    if plus or (len(digits) == 12 and digits.startswith(_NEIGHBOURS)):
        return _existing(f"+{digits}")
    return None


def _existing(number: str) -> Optional[phonenumbers.PhoneNumber]:
    if len(number) > 16 or len(set(number[2:])) == 1:  # «99999…» is nobody's
        return None
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return None
    return parsed if phonenumbers.is_valid_number(parsed) else None


def _grouped_as_phone(groups: Sequence[Group]) -> bool:
    """A price goes by threes («89 001 234 567»), a phone is cut after its country or code."""
    if len(groups) == 1 or groups[0].plus or groups[0].digits.startswith("00"):
        return len(groups) > 1 or len(groups[0].digits) > 10
    if len(groups) > 2 and all(len(g.digits) == 3 for g in groups[1:]):
        return groups[0].digits in ("8", "7") or len(groups[0].digits) == 3
    cuts = set(accumulate(len(group.digits) for group in groups))
    return bool(cuts & {1, 3, 4, 7, 9})


def _stands_as_phone(text: str, groups: Sequence[Group]) -> bool:
    before, after = text[: groups[0].start], text[groups[-1].end :]
    if _LATIN_BEFORE.search(before) or re.match(r"[A-Za-z_@]", after):
        return bool(re.search(r"(?:tel|phone|whatsapp)$", before, re.I))
    if after.startswith("#"):  # a command to the operator
        return False
    if groups[0].plus or len(groups) > 3:
        return True
    return not _PAPER.search(before) and not _UNIT.match(after)


def _speaks_of_phones(text: str, groups: Sequence[Group]) -> bool:
    around = text[: groups[0].start] + text[groups[-1].end :]
    return len(text) < _SHORT_MESSAGE or bool(_PHONE_WORD.search(around))


def _phone(text: str, groups: Sequence[Group], number: phonenumbers.PhoneNumber) -> Phone:
    start, end = groups[0].start, groups[-1].end
    if phonenumbers.number_type(number) in _CALLED_FREE_OR_PAID:
        return Phone(start, end, text[start:end], valid=False)
    extension = _EXTENSION.match(text, end)
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if extension:
        return Phone(start, extension.end(), e164, True, extension.group(1))
    return Phone(start, end, e164, True)


_FEW_DIGITS = re.compile(r"\+?\d{1,4}")
_FILLERS = re.compile(r"[,.–—]?|тире|дефис")


def _dictated(words: Sequence[Spoken]) -> Iterator[Phone]:
    """«восемь девятьсот три сто двадцать сорок пять шесть семь…»: number words, digits among them."""
    start = 0
    while start < len(words):
        end = start
        while end < len(words) and _belongs(words[end][0]):
            end += 1
        said = [_as_known(part) for word, _, _ in words[start:end] for part in word.split("-")]
        if len(said) >= 4 and any(word in DIGIT_WORDS for word in said):
            digits = spoken_digits(said)
            number = _existing(f"+7{digits}") if len(digits) == 10 and digits[0] == "9" else None
            number = number or _with_country(digits, plus=False)
            if number:
                e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
                yield Phone(words[start][1], words[end - 1][2], e164, True)
        start = end + 1


def _belongs(word: str) -> bool:
    return all(
        _as_known(part) in DIGIT_WORDS or _FEW_DIGITS.fullmatch(part) or _FILLERS.fullmatch(part)
        for part in word.split("-")
    )


def _as_known(word: str) -> str:
    """«восимь» as it is spelt in the dictionary."""
    value = BY_EAR.get(sounded(word)) if word not in DIGIT_WORDS and len(word) > 4 else None
    return _SPELT[value] if value is not None else word


_SPELT = {value: word for word, value in DIGIT_WORDS.items()}


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


_LOOSE = re.compile(r"(?<![\w.])(?<!\d[ -])(?:\+7|8|7)[\s(\-._]{0,3}9[\d\s_.()\-–—‑/]{5,20}\d(?!\w)")
_CUT = re.compile(r"(?<![\w.-])(?:(?:8|7|\+7)-9\d\d-\d{2,3}(?:-\d{2,3})?|\d{3}-\d{2}-\d{2})(?![\w-])")


def _broken(text: str) -> Iterator[Phone]:
    """Given as a phone, but too short or too long to call: «8 900 123 45 6», «123-45-67»."""
    for pattern in (_LOOSE, _CUT):
        for match in pattern.finditer(text):
            groups = [Group(g.group(2), 0, 0) for g in _GROUP.finditer(match.group())]
            digits = "".join(group.digits for group in groups)
            by_threes = re.fullmatch(r"\d{1,2}(?:[ .]\d{3}){2,3}", match.group())
            paper = _PAPER.search(text[: match.start()]) or _UNIT.match(text[match.end() :])
            if 7 <= len(digits) <= 14 and not by_threes and not paper:
                yield Phone(match.start(), match.end(), match.group(), valid=False)
