"""Text and numbers as feeds write them → canonical values, or None when the value is not certain."""

import calendar
import datetime as dt
import html
import re
from functools import lru_cache

# Cyrillic letters that look like Latin ones (ГОСТ plates, VINs and half of all descriptions mix them).
_CYRILLIC, _LATIN = "АВЕКМНОРСТУХаеорсух", "ABEKMHOPCTYXaeopcyx"
_TO_LATIN = str.maketrans(_CYRILLIC, _LATIN)
_TO_CYRILLIC = str.maketrans(_LATIN, _CYRILLIC)

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff\x00-\x08\x0b\x0c\x0e-\x1f]")
_WORD = re.compile(r"[A-Za-zА-Яа-яЁё]+")
_EMPTY = frozenset({"", "-", "—", "–", "null", "none", "n/a", "не указано", "не указан", "нет данных"})
_LONGEST_EMPTY = max(map(len, _EMPTY))

MIN_PRICE = 1500  # auto.ru's own lower bound; «1 ₽» in a feed means «by request»
MAX_INT = 2_000_000_000  # fits a 32-bit column; nothing about a car is larger
KM_IN_MILE = 1.609344
_ROUBLES = frozenset({"rur", "rub", "руб", "рубль", "рубли", "р", "₽", "643", "810"})
_SEPARATORS = frozenset(" \t\n\r|;")
_YEAR = re.compile(r"(?:\d{1,2}\.)?((?:19|20)\d\d)(?:\.0)?(?:\s*г\.?|\s*год)?(?:-\d\d-\d\d.*)?")


def tidy(text: str | None) -> str | None:
    """One line without invisible characters; None for the ways feeds write «nothing»."""
    if not text:
        return None
    line = " ".join(text.split())
    if not line.isprintable():
        line = _INVISIBLE.sub("", line).strip()
    return None if len(line) <= _LONGEST_EMPTY and line.casefold() in _EMPTY else line


def paragraphs(text: str | None, limit: int = 30_000) -> str | None:
    """A description as plain text: HTML of the feed becomes lines. `limit` is auto.ru's."""
    if not text:
        return None
    if "<" in text:
        text = re.sub(r"(?i)<br\s*/?>|</(p|li|div|h\d)>", "\n", text)
        text = re.sub(r"<[^<>]{1,500}>", "", text)
    if "&" in text:
        text = html.unescape(text)
    lines = [" ".join(line.split()) for line in _INVISIBLE.sub("", text).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:limit] or None


def unmix(text: str) -> str:
    """Words of mixed scripts in one script: «GЕELY» → «GEELY», «Cиний» → «Синий»."""
    return text if text.isascii() else _WORD.sub(lambda m: _unmix_word(m.group()), text)


def _unmix_word(word: str) -> str:
    latin_count = sum(c.isascii() for c in word)
    if not 0 < latin_count < len(word):
        return word
    latin, cyrillic = word.translate(_TO_LATIN), word.translate(_TO_CYRILLIC)
    fits_latin = latin.isascii()
    fits_cyrillic = not any(c.isascii() for c in cyrillic)
    if fits_latin and fits_cyrillic:
        return latin if latin_count * 2 >= len(word) else cyrillic
    if fits_latin:
        return latin
    return cyrillic if fits_cyrillic else word


@lru_cache(maxsize=16_384)
def name_key(text: str) -> str:
    """The same for every spelling of a name: case, look-alike letters, spaces and dashes do not count."""
    upper = text.upper().replace("Ё", "Е").translate(_TO_LATIN)
    return "".join(c for c in upper if c.isalnum() or c == "+")


def fold(text: str) -> str:
    """Lower case for matching words: look-alikes unmixed, ё as е."""
    return unmix(text).lower().replace("ё", "е")


def number(text: str | None) -> float | None:
    """«1 234 567 ₽», «1.234.567», «1,6 л», «117 л.с.» → the number; None when there are none or several."""
    line = tidy(text)
    if not line:
        return None
    match = re.fullmatch(r"(\d[\d\s.,'’]*?)\.?\s*(?:[^\d\s.,'’][^\d]*)?", line)
    if not match:
        return None
    digits = re.sub(r"[\s'’]", "", match[1]).rstrip(".,")
    if re.fullmatch(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*", digits):
        return float(re.sub(r"[.,]", "", digits))
    thousands = re.fullmatch(r"(\d{1,3}(?:,\d{3})+)\.(\d+)|(\d{1,3}(?:\.\d{3})+),(\d+)", digits)
    if thousands:
        whole, part = thousands[1] or thousands[3], thousands[2] or thousands[4]
        return float(f"{re.sub(r'[.,]', '', whole)}.{part}")
    plain = digits.replace(",", ".")
    return float(plain) if re.fullmatch(r"\d{1,15}(\.\d+)?", plain) else None


def whole(text: str | None, low: int = 0, high: int = MAX_INT) -> int | None:
    if (
        text and text.isascii() and text.isdigit() and len(text) <= 10
    ):  # the usual case, a hundred times faster
        value = int(text)
    else:
        found = number(text)
        if found is None:
            return None
        value = int(found)
    return value if low <= value <= high else None


def price(text: str | None) -> int | None:
    return whole(text, MIN_PRICE + 1)


def discount(text: str | None) -> int | None:
    """A zero is how exports fill an absent discount."""
    return whole(text, 1)


def in_roubles(currency: str | None) -> bool:
    return currency is None or currency.strip(". ").casefold() in _ROUBLES


def kilometres(text: str | None, unit: str | None = None) -> int | None:
    """«15 000 км», «15 тыс. км»; `unit` is the feed's own field («km», «mile»)."""
    line = fold(f"{text or ''} {unit or ''}").strip()
    found = number(line)
    if found is None:
        return None
    if "тыс" in line:
        found *= 1000
    if "mi" in line or "мил" in line:
        found *= KM_IN_MILE
    return round(found) if found <= 3_000_000 else None


def engine_cc(text: str | None) -> int | None:
    """Cubic centimetres from «1598», «1.6 л», «1,6»: nobody sells engines of twenty litres."""
    found = number(re.sub(r"(?i)\s*[сc][мm][3³]", "", text)) if text else None
    if found is None:
        return None
    cc = round(found * 1000) if found <= 20 else round(found)
    return cc if 50 <= cc <= 20_000 else None


def horsepower(text: str | None) -> int | None:
    """Metric horsepower; «74 кВт (101 л.с.)» and «74 кВт» too."""
    if not text:
        return None
    line = fold(text)
    named = re.search(r"(\d{1,4})(?:[.,]\d+)?\s*(?:л\.?\s*с|hp|bhp|ps)", line)
    if named:
        return whole(named[1], 1, 3000)
    found = number(line)
    if found is not None and ("квт" in line or "kw" in line):
        found *= 1.35962  # 1 kW in metric horsepower
    return round(found) if found is not None and 1 <= found <= 3000 else None


def year(text: str | None) -> int | None:
    match = _YEAR.fullmatch(text) if text else None
    return int(match[1]) if match else None


def end_date(text: str | None) -> dt.date | None:
    """The last day of «MM.YYYY», or the day of «DD.MM.YYYY» and ISO dates."""
    line = tidy(text) or ""
    if day := re.match(r"(\d{1,2})[./](\d{1,2})[./](\d{4})$", line):
        return _date(int(day[3]), int(day[2]), int(day[1]))
    if iso := re.match(r"(\d{4})-(\d\d)-(\d\d)", line):
        return _date(int(iso[1]), int(iso[2]), int(iso[3]))
    if month := re.match(r"(\d{1,2})[./](\d{4})$", line):
        of_year, of_month = int(month[2]), int(month[1])
        if 1 <= of_month <= 12 and of_year:
            return _date(of_year, of_month, calendar.monthrange(of_year, of_month)[1])
    return None


def _date(a_year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(a_year, month, day)
    except ValueError:
        return None


def vin(text: str | None) -> str | None:
    """17 Latin characters. I, O and Q are never in a VIN, so they are 1 and 0 (ISO 3779)."""
    if not text:
        return None
    line = re.sub(r"^(VIN|ВИН)\W*", "", text.strip().upper())
    line = re.sub(r"[\s\-–—_.]", "", line).translate(_TO_LATIN).replace("З", "3")
    line = line.translate(str.maketrans("OQI", "001"))
    return line if re.fullmatch(r"[A-HJ-NPR-Z0-9]{17}", line) and len(set(line)) > 3 else None


def frame_number(text: str | None) -> str | None:
    """The body number of a car without VIN: «ZZE141-1234567»."""
    line = (tidy(text) or "").upper().translate(_TO_LATIN)
    ok = re.fullmatch(r"[A-Z0-9]{2,8}[- ]?[0-9]{4,8}", line) and any(c.isdigit() for c in line)
    return line if ok and 6 <= len(line) <= 15 and not line.isdigit() else None


def urls(text: str | None) -> list[str]:
    """Every address of a cell or a tag; feeds separate them by spaces, commas, pipes and lines."""
    if not text:
        return []
    if text.startswith("http") and text.count("http") == 1 and not _SEPARATORS.intersection(text):
        return [text]
    return re.findall(r"https?://[^\s|;]+?(?=,\s*https?://|[,]?(?:[\s|;]|$))", text)
