"""Search: criteria → the best matches of the stock, as cards."""

import re
from dataclasses import replace

from actions import wording
from actions.focus import attributes
from actions.memory import Pending, Wish
from actions.say import Answer, Say, say
from actions.turn import Turn
from actions.wanted import named_cars
from bot.contract import Card, ShowCards
from bot.stock import search as stock
from bot.stock.models import Body, Car, Colour, Drive, Fuel, Gearbox
from bot.stock.search import Criteria

SHOWN = 5
_SEATS_WORDS = {"шести": 6, "семи": 7, "восьми": 8}
_CHEAPER = re.compile(r"дешевл", re.I)
_NEWER = re.compile(r"\b(?:по)?нове[ей]\b|\b(?:по)?свеже[ей]?\b", re.I)
_SEATS = re.compile(r"\b([6-9]|шести|семи|восьми)[\s-]*(?:ти[\s-]*)?мест", re.I)
# What is given up first when nothing matches, with the word for it.
RELAXED = (
    ("colours", "цвету"),
    ("options", "оснащению"),
    ("owners_max", "числу владельцев"),
    ("mileage_max", "пробегу"),
    ("engine_cc", "двигателю"),
    ("seats_min", "числу мест"),
    ("drive", "приводу"),
    ("gearbox", "коробке"),
    ("year_min", "году"),
    ("year_max", "году"),
    ("fuel", "топливу"),
    ("bodies", "кузову"),
    ("model", "модели"),
    ("cars", "марке"),
    ("price_min", "нижней цене"),
    ("is_new", "тому, новый он или с пробегом"),
)


async def answer(turn: Turn) -> Answer:
    newer = await _newer_wish(turn)
    if newer and not await stock.count(turn.session, criteria_of(newer)):
        return Answer([say("utter_search_none_newer")], step="selection")
    wish = newer or await _cheaper_wish(turn) or _merge_wish(turn)
    turn.memory.wish = wish
    criteria = criteria_of(wish)
    if criteria.empty:
        return await _everything(turn)
    cars = await stock.find(turn.session, criteria, limit=SHOWN, dear_first=_dear_first(criteria))
    if cars:
        total = await stock.count(turn.session, criteria)
        return _shown(turn, cars, [_found(total, len(cars), criteria)])
    return await _nearest(turn, criteria)


async def _everything(turn: Turn) -> Answer:
    """Nothing to search by yet: how many cars there are, and what to go by."""
    total = await stock.count(turn.session, Criteria())
    turn.await_(Pending(awaits="budget"))
    return Answer(
        [say("utter_search_everything", number=number_of(total))], closing=say("utter_search_ask_budget")
    )


async def _nearest(turn: Turn, criteria: Criteria) -> Answer:
    """Nothing matches all: give up wishes one by one, the dearest last."""
    loosened, given_up = criteria, []
    for name, word in RELAXED:
        looser = _without(loosened, name)
        if looser == loosened:
            continue
        loosened = looser
        given_up.append(word)
        cars = [] if loosened.empty else await stock.find(turn.session, loosened, limit=SHOWN)
        if cars:
            relaxed = wording.listing(dict.fromkeys(given_up))
            return _shown(turn, cars, [say("utter_search_nearest", relaxed=relaxed)])
    if criteria.price_max:
        cars = await stock.find(turn.session, Criteria(price_min=1), limit=3)
        if cars:
            cheapest = wording.money(cars[0].price or 0)
            return _shown(turn, cars, [say("utter_search_dearer", price=cheapest)])
    turn.await_(Pending(awaits="budget"))
    return Answer([say("utter_search_nothing")], step="selection")


def _without(criteria: Criteria, name: str) -> Criteria:
    if name == "model":
        return replace(criteria, cars=tuple(dict.fromkeys((make, None) for make, _ in criteria.cars)))
    return criteria.without(name)


def _shown(turn: Turn, cars: list[Car], says: list[Say]) -> Answer:
    turn.memory.offered = tuple(car.id for car in cars)
    turn.await_(Pending(awaits="which_car", questions=("ask_availability",)))
    return Answer(says, effects=[ShowCards(cards=tuple(card(c) for c in cars))], step="selection")


def card(car: Car) -> Card:
    return Card(
        car_id=car.id,
        title=wording.car_title(car).replace(wording.NBSP, " "),
        text=wording.car_line(car),
        picture=car.pictures[0].url if car.pictures else None,
        button="Подробнее",
        payload=f'/choose_car{{"car_id": {car.id}}}',
    )


def _found(total: int, shown: int, criteria: Criteria) -> Say:
    if total > shown:
        order = (
            "начиная с самых близких к вашей сумме" if _dear_first(criteria) else "начиная с самых доступных"
        )
        return say("utter_search_found_many", number=number_of(total), shown=str(shown), order=order)
    return say("utter_search_found", number=number_of(total))


def number_of(total: int) -> str:
    if total >= stock.COUNT_CAP:
        return f"не меньше {stock.COUNT_CAP}{wording.NBSP}автомобилей"
    return wording.plural(total, "автомобиль", "автомобиля", "автомобилей")


def _dear_first(criteria: Criteria) -> bool:
    """Who names a budget wants what it buys, not the cheapest car of the yard."""
    return criteria.price_max is not None and criteria.price_min is None


def _merge_wish(turn: Turn) -> Wish:
    """A follow-up («только белые») narrows the last search; a new budget or car starts from it too."""
    heard, wish = turn.heard, Wish() if _begins_anew(turn) else turn.memory.wish.model_copy()
    wish.cars = named_cars(heard.all("make", "model")) or wish.cars
    _merge_money(turn, wish)
    if heard.all("year"):
        year = heard.first("year")
        wish.year_min = year or heard.first("year", role="min")
        wish.year_max = year or heard.first("year", role="max")
    if seats := _SEATS.search(heard.text):
        wish.seats_min = _SEATS_WORDS.get(seats.group(1).lower()) or int(seats.group(1))
    wish.mileage_max = heard.first("mileage", role="max") or heard.first("mileage") or wish.mileage_max
    wish.owners_max = heard.first("owners") or heard.first("owners", role="max") or wish.owners_max
    wish.colours = tuple(str(e.value) for e in heard.all("colour")) or wish.colours
    wish.options = tuple(str(e.value) for e in heard.all("option")) or wish.options
    for name, value in attributes(turn).items():
        if value not in (None, ()):
            setattr(wish, name, value)
    return wish


async def _cheaper_wish(turn: Turn) -> Wish | None:
    """«есть что-нибудь подешевле?» about the car in focus: its class below its price."""
    if not _CHEAPER.search(turn.heard.text) or turn.heard.all("amount", "make", "model", "body"):
        return None
    focus = [turn.meta.focus_car_id] if turn.meta.focus_car_id is not None else []
    cars = await stock.by_ids(turn.session, focus)
    car = cars[0] if cars else None
    if car is None or car.price is None:
        return None
    return Wish(price_max=car.price - 1, bodies=(car.body,) if car.body else (), is_new=car.is_new)


async def _newer_wish(turn: Turn) -> Wish | None:
    """«а поновее есть?»: than the newest of the cards, or than the car in focus."""
    if not _NEWER.search(turn.heard.text) or turn.heard.all("year", "make", "model"):
        return None
    shown = turn.pending is not None and turn.pending.awaits == "which_car"
    focus = [turn.meta.focus_car_id] if turn.meta.focus_car_id is not None and not shown else []
    cars = await stock.by_ids(turn.session, focus or turn.memory.offered)
    years = [car.year for car in cars if car.year]
    if not years:
        return None
    wish = Wish() if focus else turn.memory.wish.model_copy(update={"year_max": None})
    if wish == Wish():
        wish.cars = tuple(dict.fromkeys((car.make, car.model) for car in cars))
    wish.year_min = max(years) + 1
    return wish


def _begins_anew(turn: Turn) -> bool:
    """A message with a budget and a kind of car is a search of its own; less narrows the last one."""
    return bool(turn.heard.all("amount")) and bool(
        turn.heard.all("make", "model", "body", "fuel", "gearbox", "drive", "condition")
    )


def _merge_money(turn: Turn, wish: Wish) -> None:
    heard = turn.heard
    highest = heard.first("amount", role="max") or heard.first("amount") or _bare_budget(turn)
    lowest = heard.first("amount", role="min")
    if highest or lowest:
        wish.price_max = highest or wish.price_max
        wish.price_min = lowest or wish.price_min
    if wish.price_min and wish.price_max and wish.price_min > wish.price_max:
        # The newer of two bounds that contradict each other counts.
        wish.price_min, wish.price_max = (lowest, highest)


def _bare_budget(turn: Turn) -> int | None:
    """«1.3» after «на какую сумму смотреть?» is 1 300 000 ₽."""
    number, pending = turn.heard.lone_number, turn.pending
    if number is None or not pending or pending.awaits != "budget":
        return None
    if number < 30:
        return round(number * 1_000_000)
    return round(number * 1_000) if number < 30_000 else round(number)


def criteria_of(wish: Wish) -> Criteria:
    return Criteria(
        cars=wish.cars,
        year_min=wish.year_min,
        year_max=wish.year_max,
        price_min=wish.price_min,
        price_max=wish.price_max,
        mileage_max=wish.mileage_max,
        owners_max=wish.owners_max,
        engine_cc=wish.engine_cc,
        seats_min=wish.seats_min,
        colours=tuple(Colour(c) for c in wish.colours),
        gearbox=Gearbox(wish.gearbox) if wish.gearbox else None,
        drive=Drive(wish.drive) if wish.drive else None,
        fuel=Fuel(wish.fuel) if wish.fuel else None,
        bodies=tuple(Body(b) for b in wish.bodies),
        is_new=wish.is_new,
        options=wish.options,
    )
