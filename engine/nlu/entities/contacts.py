"""Phones, addresses, VINs and plates: read from the text itself, not from its words."""

import re
from typing import Callable, Iterator, List, Match, Optional, Sequence, Tuple

import phonenumbers
from phonenumbers import Leniency, PhoneNumberMatcher, PhoneNumberType

from engine.nlu.entities.model import Entity, Word
from engine.nlu.entities.number_words import DIGIT_WORDS
from engine.nlu.entities.numbers import spoken_digits
from engine.nlu.normalise import Cleaned

_URL = re.compile(
    r"(?<![\w.-])(?:https?://)?(?:[\w-]+\.)+(?:ru|рф|com|su|me|net|org|top|xyz|info|site)(?:/[^\s,;)»\"]*)?",
    re.I,
)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SITES = (("avito", "avito.ru"), ("autoru", "auto.ru"), ("drom", "drom.ru"))
_LISTING_ID = {
    "avito": re.compile(r"[_/](\d{7,12})(?:[/?#]|$)"),
    "autoru": re.compile(r"/(\d{7,12}-[0-9a-f]{4,10})"),
    "drom": re.compile(r"/(\d{6,12})\.html"),
}

_VIN_SHAPES = str.maketrans("АВЕКМНОРСТУХавекмнорстухoOQqIi", "ABEKMHOPCTYXABEKMHOPCTYX000011")
_VIN = re.compile(r"(?<![\w])(?:[A-HJ-NPR-Za-hj-npr-zАВЕКМНОРСТУХавекмнорстухoOQqIi0-9][ -]?){17}(?![\w])")
_VIN_WORD = re.compile(r"\b(?:vin|vim|вин|вину|вина|вином|вин-?код\w*|вин-?номер\w*|vin-?код\w*)\b", re.I)
_VIN_TAIL = re.compile(r"(?<![\w])(?=\w*\d)[A-Za-zАВЕКМНОРСТУХавекмнорстух0-9]{4,8}(?![\w])")
_TAIL_WORD = re.compile(r"(?:последн|оканчива|заканчива|конец|хвост|на конце|окончани)\w*", re.I)

_PLATE_LETTERS = "АВЕКМНОРСТУХABEKMHOPCTYXавекмнорстухabekmhopctyx"
_PLATE_SHAPES = str.maketrans("АВЕКМНОРСТУХ", "ABEKMHOPCTYX")
_PLATE = re.compile(
    rf"(?<!\w)([{_PLATE_LETTERS}])[ -]?(?!000)(\d{{3}})[ -]?([{_PLATE_LETTERS}]{{2}})[ -]?(\d{{2,3}})?(?!\w)"
)

_PHONE_WORD = re.compile(
    r"тел|номер|звон|набер|ватсап|вацап|whats|вайбер|viber|связ|телеграм|пиш|мой|это", re.I
)
_NUMBER_OF_PAPER = re.compile(
    r"(?:инн|стс|птс|вин|vin|заявк\w*|договор\w*|заказ\w*|№|пробег\w*|снилс)\s*[:№#-]?\s*$", re.I
)
_LOOSE_PHONE = re.compile(r"(?<![\w.])(?:\+|8|7)[\dОоOoЗзlI _.()\-–—‑/]{8,22}[\dОоOoЗ](?!\w)")
_CUT_PHONE = re.compile(r"(?<![\w.-])(?:(?:8|7|\+7)-9\d\d-\d{2,3}(?:-\d{2,3})?|\d{3}-\d{2}-\d{2})(?![\w-])")
_LETTERS_IN_DIGITS = str.maketrans("ОоOoЗзlI_–—‑", "00003311----")
_SEPARATED = re.compile(r"[ ()\-_.–—‑]")


def contacts(cleaned: Cleaned, words: List[Word]) -> List[Entity]:
    """Addresses first: nothing inside them is a phone or a VIN."""
    found: List[Entity] = []
    for read in (_emails, _urls, _vins, _plates, _phones):
        for entity in read(cleaned):
            if not any(entity.overlaps(other) for other in found):
                found.append(entity)
    found += [p for p in _spoken_phones(words) if not any(p.overlaps(o) for o in found)]
    if not any(entity.kind == "vin" for entity in found):
        found += [t for t in _vin_tails(cleaned) if not any(t.overlaps(o) for o in found)]
    return found


def _at(cleaned: Cleaned, start: int, end: int) -> Tuple[int, int]:
    return cleaned.offsets[start], cleaned.offsets[end - 1] + 1


def _matches(
    cleaned: Cleaned, pattern: "re.Pattern[str]", kind: str, value: Callable[[Match[str]], Optional[str]]
) -> Iterator[Entity]:
    for match in pattern.finditer(cleaned.text):
        canonical = value(match)
        if canonical is not None:
            yield Entity(kind, canonical, *_at(cleaned, *match.span()))


def _emails(cleaned: Cleaned) -> Iterator[Entity]:
    return _matches(cleaned, _EMAIL, "email", lambda m: m.group().lower())


def _urls(cleaned: Cleaned) -> Iterator[Entity]:
    for match in _URL.finditer(cleaned.text):
        url = match.group().rstrip(".")
        if "/" not in url.replace("://", ""):
            continue
        host = url.split("://")[-1].split("/")[0].lower()
        site = next(
            (name for name, domain in _SITES if host == domain or host.endswith(f".{domain}")), "site"
        )
        pattern = _LISTING_ID.get(site)
        number = pattern.search(url) if pattern else None
        extra = {"site": site, "external_id": number.group(1) if number else None}
        yield Entity("listing_url", url, *_at(cleaned, match.start(), match.start() + len(url)), extra=extra)


def _vins(cleaned: Cleaned) -> Iterator[Entity]:
    return _matches(cleaned, _VIN, "vin", _vin)


def _vin(match: Match[str]) -> Optional[str]:
    if re.search(r"[ -]", match.group().strip(" -")) and not _VIN_WORD.search(match.string[: match.start()]):
        return None  # «moi nomer 8 985…» is seventeen signs too
    vin = re.sub(r"[ -]", "", match.group()).translate(_VIN_SHAPES).upper()
    digits = sum(c.isdigit() for c in vin)
    plausible = (
        len(vin) == 17 and 3 <= digits < 17 and vin[-3:].isdigit() and " " not in match.group()[:4].strip()
    )
    return vin if plausible else None


def _vin_tails(cleaned: Cleaned) -> Iterator[Entity]:
    """Only where the message speaks of a VIN or of its end."""
    named = [
        found.start() for found in (_TAIL_WORD.search(cleaned.text), _VIN_WORD.search(cleaned.text)) if found
    ]
    if not named:
        return
    for match in _VIN_TAIL.finditer(cleaned.text, min(named)):
        tail = match.group().translate(_VIN_SHAPES).upper()
        if re.fullmatch(r"[A-HJ-NPR-Z0-9]*\d{3,}", tail) and not re.match(
            r"\s*(?:г|год|тыс|км|р)\b", cleaned.text[match.end() :]
        ):
            yield Entity("vin_tail", tail, *_at(cleaned, *match.span()))
            return


def _plates(cleaned: Cleaned) -> Iterator[Entity]:
    def plate(match: Match[str]) -> Optional[str]:
        letters = match.group(1) + match.group(3)
        if not match.group(4) and " " in match.group():  # «у 123 км», «с 500 тр»
            return None
        if letters.islower() and not match.group(4):
            return None
        return "".join(part or "" for part in match.groups()).upper().translate(_PLATE_SHAPES)

    return _matches(cleaned, _PLATE, "plate", plate)


def _phones(cleaned: Cleaned) -> Iterator[Entity]:
    text = cleaned.text
    taken: List[Tuple[int, int]] = []
    plain = _plain_digits(text)
    for match in PhoneNumberMatcher(plain, "RU", leniency=Leniency.VALID):
        if _is_phone(text, match.start, match.end, match.number):
            taken.append((match.start, match.end))
            number = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
            yield Entity("phone", number, *_at(cleaned, match.start, match.end), extra={"valid": True})
    for loose in _LOOSE_PHONE.finditer(text):
        start, end = loose.span()
        if any(s < end and start < e for s, e in taken):
            continue
        digits = _SEPARATED.sub("", _plain_digits(loose.group()))
        if (
            9 <= len(digits.lstrip("+")) <= 13
            and not _NUMBER_OF_PAPER.search(text[:start])
            and _reads_as_phone(loose.group())
        ):
            taken.append((start, end))
            yield Entity("phone", loose.group(), *_at(cleaned, start, end), extra={"valid": False})
    for cut in _cut_phones(text):
        if not any(s < cut.end() and cut.start() < e for s, e in taken):
            yield Entity("phone", cut.group(), *_at(cleaned, *cut.span()), extra={"valid": False})


def _cut_phones(text: str) -> Iterator[Match[str]]:
    """«запишите 8-926-71-49», «123-45-67»: too short to call, yet given as a phone."""
    for match in _CUT_PHONE.finditer(text):
        if not _NUMBER_OF_PAPER.search(text[: match.start()]):
            yield match


def _reads_as_phone(written: str) -> bool:
    """«8 900 123 45 6» and «+7900…» do, a price in three-digit groups does not."""
    digits = _SEPARATED.sub("", _plain_digits(written)).lstrip("+")
    return digits[0] in "78" and digits[1:2] == "9" and not re.fullmatch(r"\d{1,2}(?: \d{3}){2,3}", written)


_RUN = re.compile(r"[\d+][\dОоOoЗзlI_–—‑ ().\-]{7,}")


def _plain_digits(text: str) -> str:
    """Letters typed for digits and odd separators become plain, only inside long runs of digits."""

    def plain(run: Match[str]) -> str:
        return run.group().translate(_LETTERS_IN_DIGITS)

    return _RUN.sub(plain, text)


def _is_phone(text: str, start: int, end: int, number: phonenumbers.PhoneNumber) -> bool:
    written = text[start:end]
    if phonenumbers.number_type(number) == PhoneNumberType.TOLL_FREE or _NUMBER_OF_PAPER.search(text[:start]):
        return False
    bare = re.fullmatch(r"9\d{9}", written)
    alone = not re.search(r"\w", text[:start] + text[end:])
    return not bare or alone or bool(_PHONE_WORD.search(text[:start] + text[end:])) or len(text) < 40


def _spoken_phones(words: Sequence[Word]) -> Iterator[Entity]:
    """«восемь девятьсот три сто двадцать сорок пять шесть семь…»: number words, eleven digits in all."""
    start = 0
    while start < len(words):
        end = start
        while end < len(words) and (
            words[end].norm in DIGIT_WORDS or re.fullmatch(r"\+?\d{1,4}|[-,]|тире|дефис", words[end].norm)
        ):
            end += 1
        if end - start >= 4 and any(w.norm in DIGIT_WORDS for w in words[start:end]):
            digits = spoken_digits([word.norm for word in words[start:end]])
            number = _spoken_number(digits)
            if number:
                yield Entity("phone", number, words[start].start, words[end - 1].end, extra={"valid": True})
        start = end + 1


def _spoken_number(digits: str) -> Optional[str]:
    if len(digits) == 10 and digits[0] == "9":
        return f"+7{digits}"
    if len(digits) == 11 and digits[0] in "78" and digits[1] in "3489":
        return f"+7{digits[1:]}"
    return None
