"""Words of the feeds → the values of bot.stock.models: Russian captions, English codes, Drom's numbers apart.

Each table is read from the top: the more special word stands above the one it contains.
"""

import re
from functools import lru_cache

from bot.stock.models import Body, Colour, Drive, Fuel, Gearbox, State, Status, Title, Wheel
from bot.stock.values import fold

type Table[T] = tuple[tuple[T, str], ...]

_BODY: Table[Body] = (
    (Body.VAN, r"фургон|грузов|\bvan\b|каблук"),
    (Body.MINIVAN, r"минив[эе]н|микров[эе]н|компактв[эе]н|микроавтобус|mini_?van|mpv"),
    (Body.PICKUP, r"пикап|pick_?up"),
    (Body.SUV, r"внедорожник|кроссовер|\bsuv|джип|crossover|offroad"),
    (Body.CABRIOLET, r"кабриолет|родстер|тарга|спидстер|ландо|фаэтон|cabrio|roadster|convertible"),
    (Body.LIFTBACK, r"лифтб[еэ]к|фастб[еэ]к|lift_?back|fast_?back"),
    (Body.HATCHBACK, r"х[еэ]тчб[еэ]к|hatch"),
    (Body.WAGON, r"универсал|universal|wagon|estate"),
    (Body.COUPE, r"купе|coupe"),
    (Body.LIMOUSINE, r"лимузин|limousine"),
    (Body.SEDAN, r"седан|sedan|saloon"),
)
_FUEL: Table[Fuel] = (
    (Fuel.HYBRID, r"гибрид|hybrid|phev|hev\b|бензин.*электр"),
    (Fuel.GAS, r"гбо|\bгаз\b|газ[^а-я]|метан|пропан|lpg|cng|_gas|^gas$|сжиженн"),
    (Fuel.DIESEL, r"дизел|diesel|^дт$"),
    (Fuel.ELECTRIC, r"электр|electr|\bev\b"),
    (Fuel.PETROL, r"бензин|petrol|gasoline|^аи"),
)
_GEARBOX: Table[Gearbox] = (
    (Gearbox.VARIATOR, r"вариатор|cvt|variator"),
    (Gearbox.ROBOT, r"робот|robot|\bamt\b|dsg|dct|ркпп|преселект"),
    (Gearbox.MANUAL, r"механ|мкпп|manual|\bmt\b|mechanic"),
    (Gearbox.AUTOMATIC, r"автомат|акпп|auto|\bat\b"),
)
_DRIVE: Table[Drive] = (
    (Drive.FULL, r"полн|full|4wd|awd|4x4|4х4|all_?wheel"),
    (Drive.REAR, r"задн|rear|rwd"),
    (Drive.FRONT, r"передн|front|fwd"),
)
_WHEEL: Table[Wheel] = ((Wheel.LEFT, r"лев|left"), (Wheel.RIGHT, r"прав|right"))
_TITLE: Table[Title] = (
    (Title.ELECTRONIC, r"электр|эптс|electronic"),
    (Title.DUPLICATE, r"дубл|duplicate"),
    (Title.ORIGINAL, r"ориг|original"),
)
_STATE: Table[State] = (
    (State.NEEDS_REPAIR, r"ремонт|repair|битый|broken|аварийн|плох|\bbad\b|poor"),
    (State.EXCELLENT, r"отличн|идеал|excellent|perfect"),
    (State.GOOD, r"хорош|good"),
    (State.FAIR, r"средн|удовл|fair|middle|average|satisf"),
)
_STATUS: Table[Status] = (
    (Status.SOLD, r"продан|sold|нет? в наличии|out_of_stock|not_available"),
    (Status.RESERVED, r"резерв|заброн|бронь|брони|reserv|booked"),
    (Status.IN_TRANSIT, r"в пути|транзит|ожида|transit|on_the_way"),
    (Status.ON_ORDER, r"заказ|order|false"),
    (Status.HIDDEN, r"скрыт|hidden|\bhide\b|не показ"),
    (Status.ON_SALE, r"налич|available|in_?stock|склад|true|в продаже|on_sale|^да$|^есть$"),
)
_COLOUR: Table[Colour] = (
    (Colour.LIGHT_BLUE, r"голуб|light.?blue|лазур"),
    (Colour.BEIGE, r"беж|beige"),
    (Colour.WHITE, r"бел(?!ь)|white|слонов"),
    (Colour.YELLOW, r"желт|yellow"),
    (Colour.GREEN, r"зелен|green|хаки|изумруд|оливк"),
    (Colour.GOLD, r"золот|gold"),
    (Colour.BROWN, r"коричн|brown|бронз|шоколад"),
    (Colour.RED, r"красн|\bred\b|бордо|вишн"),
    (Colour.ORANGE, r"оранж|orange"),
    (Colour.PURPLE, r"пурпур|purple"),
    (Colour.PINK, r"розов|pink"),
    (Colour.SILVER, r"серебр|silver"),
    (Colour.GREY, r"сер(?:ый|ая|о|ого)\b|gr[ea]y|графит|антрацит|асфальт"),
    (Colour.BLUE, r"син|\bblue\b"),
    (Colour.VIOLET, r"фиолет|violet|сирен"),
    (Colour.BLACK, r"черн|black"),
)
_YES = re.compile(r"^(да|есть|yes|true|1|\+|y|истина)\b|^\+$")
_NO = re.compile(r"^(нет|no|false|0|n|ложь|отсутств\w*)\b|^-$|^не\b")


def _first[T](table: Table[T], text: str | None) -> T | None:
    if not text:
        return None
    line = fold(text)
    return next((value for value, pattern in table if re.search(pattern, line)), None)


@lru_cache(maxsize=1024)
def body(text: str | None) -> Body | None:
    return _first(_BODY, text)


@lru_cache(maxsize=1024)
def fuel(text: str | None) -> Fuel | None:
    return _first(_FUEL, text)


@lru_cache(maxsize=1024)
def gearbox(text: str | None) -> Gearbox | None:
    return _first(_GEARBOX, text)


@lru_cache(maxsize=1024)
def drive(text: str | None) -> Drive | None:
    return _first(_DRIVE, text)


@lru_cache(maxsize=1024)
def wheel(text: str | None) -> Wheel | None:
    return _first(_WHEEL, text)


@lru_cache(maxsize=1024)
def title(text: str | None) -> Title | None:
    return _first(_TITLE, text)


@lru_cache(maxsize=1024)
def state(text: str | None) -> State | None:
    line = fold(text or "")
    return None if re.search(r"не бит|не требует", line) else _first(_STATE, text)


@lru_cache(maxsize=1024)
def status(text: str | None) -> Status | None:
    return _first(_STATUS, text)


@lru_cache(maxsize=4096)
def colour(text: str | None) -> Colour | None:
    """«ТЕМНО-СИНИЙ» is blue: of a compound the last part counts; of «белый / чёрный» the first."""
    if not text:
        return None
    line = fold(text).replace("light blue", "light_blue")
    for part in re.split(r"[/,(+]| с | и ", line):
        for word in reversed(re.split(r"[-\s]+", part)):
            if found := _first(_COLOUR, word):
                return found
    return None


@lru_cache(maxsize=1024)
def yes_no(text: str | None) -> bool | None:
    if not text:
        return None
    line = fold(text)
    if _NO.search(line):
        return False
    return True if _YES.search(line) else None


@lru_cache(maxsize=1024)
def stated(text: str | None, pattern: str) -> bool | None:
    """A fact named by its own word: `pattern` found is yes, the same after «не» is no, else yes or no."""
    line = fold(text or "")
    if re.search(rf"\b(не\s?|нет\s|без\s|not_?\s?)({pattern})|({pattern})\w*\W+(не|нет|отсутств)", line):
        return False
    return True if re.search(pattern, line) else yes_no(text)


def customs_cleared(text: str | None) -> bool | None:
    return stated(text, r"растамож|cleared")


def accidents(text: str | None) -> bool | None:
    return stated(text, r"бит|дтп|поврежд|авари|damag|crash")


def metallic(text: str | None) -> bool | None:
    return stated(text, r"металл?ик|metallic|перламутр")


@lru_cache(maxsize=1024)
def section(text: str | None) -> bool | None:
    """New (True) or used (False); None for words that say neither."""
    line = fold(text or "")
    if re.search(r"пробег|used|б/у|подержан|second|^бу$", line):
        return False
    return True if re.search(r"\bнов|\bnew\b", line) else None


_OWNERS = (
    (0, r"не было|без владел|нет владел|^нет$|^no"),
    (4, r"четыр|4|более|пят"),
    (1, r"один|одного|перв|^1"),
    (2, r"два|двух|втор|^2"),
    (3, r"три|трех|трет|^3"),
)


@lru_cache(maxsize=1024)
def owners(text: str | None) -> int | None:
    """«Два владельца», «2», «4+»; 4 means four or more."""
    line = fold(text or "")
    if re.fullmatch(r"\d{1,2}", line):
        return min(int(line), 4)
    return next((count for count, pattern in _OWNERS if re.search(pattern, line)), None)
