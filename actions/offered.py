"""«первую», «2», «белую», «подешевле»: one of the cars that the bot has shown."""

import math
import re
from collections.abc import Callable, Sequence

from actions.found import Found, Missing, Resolution, one_or_several
from actions.turn import Turn
from actions.wanted import details
from bot.stock import search
from bot.stock.models import Car, Gearbox

ORDINALS = ("перв", "втор", "трет", "четв[её]рт", "пят")
# «первый взнос», «вторая рука», «третий ряд» are not a choice among cars.
NOT_A_CAR = (
    r"(?!\s+(?:взнос|плат|владел|хозя|собственн|рук|ключ|ряд|комплект|раз|числ|этаж|дн|день|год|очеред))"
)
_LOOKS = r"\bесть\b|покаж|найд|подбер|вариант|ещ[её]"
SEARCHES = re.compile(rf"{_LOOKS}|друг", re.I)
SHORT = 60  # letters: in longer messages «другая» and «первый» are said of anything
RETURNS = re.compile(r"\bверн(?:[её]м|у)ся\b|\bвернуться\b|\bвозвращ\w+|\b(?:назад|обратно) к", re.I)
# «другая цена» is said of no other car.
OTHER = re.compile(r"\bдруг(?:ая|ой|ую)\b(?=\W*$|\W*,|\s+(?:машин|авто))", re.I)
THAT_ONE = re.compile(r"\b(?:та|тот|ту|того)\b\W+(?:что|котор)", re.I)
_SUPERLATIVE = re.compile(
    r"(?P<cheap>дешевле|сам\w+ деш[её]в)|(?P<dear>дороже|сам\w+ дорог)|(?P<new>\b(?:по)?нове|свеж)"
    r"|(?P<old>\b(?:по)?стар(?:ше|ее)\b)"
    r"|(?P<mileage>меньш\w+ пробег|пробег\w* (?:по)?меньш)"
    r"|(?P<last>\bпоследн(?:ий|яя|юю|ей|его|ем)\b(?!\s+цен))"
)


def points_back(turn: Turn) -> bool:
    """«вернёмся к первому», «нет, другая, та что старее»: to a car that was spoken of before."""
    return _returns(turn) or bool(_others(turn))


def _returns(turn: Turn) -> bool:
    text, meta = turn.heard.text, turn.meta
    known = turn.memory.offered or meta.focus_car_id is not None
    return bool(known and len(text) < SHORT and RETURNS.search(text)) and _ordinal(text) is not None


def _others(turn: Turn) -> list[int]:
    """Ids of the cars of this talk but the one in focus, when that one is not meant."""
    text = turn.heard.text
    that = THAT_ONE.search(text) and _SUPERLATIVE.search(text.lower())
    if len(text) > SHORT or re.search(_LOOKS, text, re.I) or not (that or OTHER.search(text)):
        return []
    ids = dict.fromkeys((*turn.memory.offered, *turn.meta.earlier_car_ids))
    return [car_id for car_id in ids if car_id != turn.meta.focus_car_id]


async def shown_together(turn: Turn) -> Car | None:
    """Any of the cars shown last, when all are new or all are not, and all stand at one place."""
    cars = await search.by_ids(turn.session, turn.memory.offered)
    return cars[0] if len({(car.is_new, car.place) for car in cars}) == 1 else None


async def from_talk(turn: Turn) -> Resolution | None:
    if turn.heard.all("make", "model"):
        return None
    first = _first_of_talk(turn) if _returns(turn) else None
    if first is not None:
        return one_or_several(await search.by_ids(turn.session, [first]), 1)
    others = await search.by_ids(turn.session, _others(turn))
    superlative = _superlative(turn.heard.text.lower(), others)
    return Found(superlative) if superlative else one_or_several(others, len(others))


def _first_of_talk(turn: Turn) -> int | None:
    """The car that was talked of first. The first of the cards only when the talk is about them alone."""
    focus, offered = turn.meta.focus_car_id, turn.memory.offered
    if _ordinal(turn.heard.text) != 0:
        return None
    if turn.meta.earlier_car_ids:
        return turn.meta.earlier_car_ids[-1]
    return focus if focus not in offered else None


async def from_offered(turn: Turn) -> Resolution | None:
    """«первую», «2», «белую», «подешевле» after the bot has shown several."""
    pending = turn.pending
    if not turn.memory.offered or turn.heard.all("make", "model"):
        return None
    awaited = pending is not None and pending.awaits == "which_car"
    position = _ordinal(turn.heard.text) if awaited or len(turn.heard.text) < 40 else None
    if position is None and not awaited:
        return None
    cars = await search.by_ids(turn.session, turn.memory.offered)
    if position is not None and position < len(cars):
        return Found(cars[position])
    number = turn.heard.lone_number
    if number is not None and number.is_integer() and 1 <= number <= len(cars):
        return Found(cars[int(number) - 1])
    superlative = _superlative(_choice_words(turn.heard.text), cars)
    if superlative:
        return Found(superlative)
    tests = _tests(turn)
    fitting = [car for car in cars if all(test(car) for test in tests)] if tests else []
    if not fitting and awaited and turn.heard.all("colour", "year") and not turn.heard.says("ask_equipment"):
        return Missing(wanted=details(turn), similar=cars[:3])
    return one_or_several(fitting, len(fitting))


def chooses(turn: Turn) -> bool:
    """Whether the message picks one of the cars shown, or names a car at all."""
    heard = turn.heard
    if heard.all("make", "model", "vin", "vin_tail", "listing_url"):
        return True
    if not turn.memory.offered:
        return False
    number = heard.lone_number
    counted = number is not None and number.is_integer() and 1 <= number <= len(turn.memory.offered)
    if counted or _ordinal(heard.text) is not None or _SUPERLATIVE.search(_choice_words(heard.text)):
        return True
    return not heard.says("search_car") and bool(_tests(turn))


def _ordinal(text: str) -> int | None:
    lowered = text.lower()
    for position, stem in enumerate(ORDINALS):
        if re.search(rf"\b{stem}(?:ый|ой|ая|ую|ом|ого|ому|ий|ья|ью|ьего|ьему|ьей|ье)\b{NOT_A_CAR}", lowered):
            return position
    return None


def _choice_words(text: str) -> str:
    """«есть подешевле?» is a search, «какая подешевле» a choice."""
    return "" if SEARCHES.search(text) else text.lower()


def _superlative(words: str, cars: Sequence[Car]) -> Car | None:
    match = _SUPERLATIVE.search(words)
    match match.lastgroup if match and cars else None:
        case "cheap":
            return min(cars, key=lambda c: c.price or math.inf)
        case "dear":
            return max(cars, key=lambda c: c.price or 0)
        case "new":
            return max(cars, key=lambda c: c.year or 0)
        case "old":
            return min(cars, key=lambda c: c.year or math.inf)
        case "mileage":
            return min(cars, key=lambda c: math.inf if c.mileage_km is None else c.mileage_km)
        case "last":
            return cars[-1]
        case _:
            return None


def _tests(turn: Turn) -> list[Callable[[Car], bool]]:
    """What the message says of colour, year, gearbox, drive, fuel, body and price of one car."""
    heard = turn.heard
    tests: list[Callable[[Car], bool]] = []
    year, colours = heard.first("year"), [e.value for e in heard.all("colour")]
    price = heard.first("amount")
    if year:
        tests.append(lambda car: car.year == year)
    if colours:
        tests.append(lambda car: car.colour in colours)
    if price:
        tests.append(lambda car: car.price is not None and abs(car.price - price) <= 0.02 * price)
    for name in ("gearbox", "drive", "fuel", "body"):
        value = heard.first(name)
        if value == Gearbox.AUTOMATIC:
            tests.append(lambda car: car.gearbox in search.TWO_PEDALS)
        elif value:
            tests.append(lambda car, name=name, value=value: getattr(car, name) == value)  # type: ignore[misc]
    return tests
