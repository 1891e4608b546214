"""Phones, addresses, VINs and plates: read from the text itself, not from its words."""

import re
from bisect import bisect_left
from typing import Any, Callable, Dict, Iterator, List, Match, Optional, Sequence, Tuple

from engine.nlu.entities.model import Entity, Word
from engine.nlu.entities.phones import read_phones
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


def contacts(cleaned: Cleaned, words: List[Word]) -> List[Entity]:
    """Addresses first: nothing inside them is a phone or a VIN."""
    found: List[Entity] = []
    for read in (_emails, _urls, _vins, _plates):
        found += [e for e in read(cleaned) if not any(e.overlaps(other) for other in found)]
    found += [p for p in _phones(cleaned, words) if not any(p.overlaps(other) for other in found)]
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


def _phones(cleaned: Cleaned, words: Sequence[Word]) -> Iterator[Entity]:
    spoken = [
        (w.norm, bisect_left(cleaned.offsets, w.start), bisect_left(cleaned.offsets, w.end)) for w in words
    ]
    for phone in read_phones(cleaned.text, spoken):
        extra: Dict[str, Any] = {"valid": phone.valid}
        if phone.extension:
            extra["extension"] = phone.extension
        yield Entity("phone", phone.number, *_at(cleaned, phone.start, phone.end), extra=extra)
