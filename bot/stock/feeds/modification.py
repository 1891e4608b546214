"""auto.ru's grammar of a modification: «1.6 CVT (117 л.с.) 4WD», «2.0d AT (210 л.с.)», «1.5hyb AMT …»."""

import re
from dataclasses import dataclass
from functools import lru_cache

from bot.stock.feeds import words
from bot.stock.models import Drive, Fuel, Gearbox
from bot.stock.values import unmix

_VOLUME = re.compile(r"(?<![\d.])(\d{1,2}[.,]\d)\s?(td|d|hyb|phev|hev|g|lpg|cng)?(?![\d.])", re.I)
_POWER = re.compile(r"(\d{2,4})\s*л\.?\s*с", re.I)
_KILOWATTS = re.compile(r"(\d{2,4})\s*(?:квт|kw)(?!\W*[чh])", re.I)
_ELECTRIC = re.compile(r"kwh|квт\W*ч|\belectr|\bэлектр|\bev\b", re.I)
_HYBRID = re.compile(r"hyb|phev|hev|гибрид", re.I)
_BOXES = (
    (Gearbox.VARIATOR, re.compile(r"\b(cvt|e-cvt|вариатор)\b", re.I)),
    (Gearbox.ROBOT, re.compile(r"\b\d?(amt|dct|dsg|ркпп|робот)\b", re.I)),
    (Gearbox.MANUAL, re.compile(r"\b\d?(mt|мкпп|механика)\b", re.I)),
    (Gearbox.AUTOMATIC, re.compile(r"\b\d?(at|акпп|автомат)\b", re.I)),
)
_FULL_DRIVE = re.compile(r"\b(4wd|awd|4x4|4matic|xdrive|quattro)\b", re.I)
_LETTER_FUEL = {"d": Fuel.DIESEL, "td": Fuel.DIESEL, "g": Fuel.GAS, "lpg": Fuel.GAS, "cng": Fuel.GAS}


@dataclass(frozen=True, slots=True)
class Modification:
    engine_cc: int | None = None
    power_hp: int | None = None
    fuel: Fuel | None = None
    gearbox: Gearbox | None = None
    drive: Drive | None = None


@lru_cache(maxsize=8192)
def parse(text: str | None, *, autoru: bool = False) -> Modification:
    """What the words state. `autoru`: no fuel letter means petrol in auto.ru's own catalogue, only there."""
    if not text:
        return Modification()
    line = unmix(text)
    volume = _VOLUME.search(line)
    gearbox = next((box for box, pattern in _BOXES if pattern.search(line)), None)
    return Modification(
        engine_cc=round(float(volume[1].replace(",", ".")) * 1000) if volume else None,
        power_hp=_power(line),
        fuel=_fuel(line, volume, petrol_by_default=autoru and gearbox is not None),
        gearbox=gearbox,
        drive=Drive.FULL if _FULL_DRIVE.search(line) else None,
    )


def _power(line: str) -> int | None:
    if found := _POWER.search(line):
        return int(found[1])
    kilowatts = _KILOWATTS.search(line)
    return round(int(kilowatts[1]) * 1.35962) if kilowatts else None


def _fuel(line: str, volume: re.Match[str] | None, *, petrol_by_default: bool) -> Fuel | None:
    if _HYBRID.search(line):
        return Fuel.HYBRID
    if volume is None:
        return Fuel.ELECTRIC if _ELECTRIC.search(line) else None
    if volume[2]:
        return _LETTER_FUEL.get(volume[2].lower())
    return words.fuel(line) or (Fuel.PETROL if petrol_by_default else None)
