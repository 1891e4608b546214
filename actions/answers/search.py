"""Search: criteria → the best matches of the stock, as cards."""

from actions import wording
from actions.focus import attributes, named_cars
from actions.memory import Pending, Wish
from actions.say import Answer, Say, say
from actions.turn import Turn
from bot.contract import Card, ShowCards
from bot.stock import search as stock
from bot.stock.models import Body, Car, Colour, Drive, Fuel, Gearbox
from bot.stock.search import Criteria

SHOWN = 5
# What is given up first when nothing matches, with the word for it.
RELAXED = (
    ("colours", "цвету"),
    ("options", "оснащению"),
    ("owners_max", "числу владельцев"),
    ("mileage_max", "пробегу"),
    ("engine_cc", "двигателю"),
    ("drive", "приводу"),
    ("gearbox", "коробке"),
    ("year_min", "году"),
    ("bodies", "кузову"),
    ("cars", "марке"),
)


async def answer(turn: Turn) -> Answer:
    wish = _merge_wish(turn)
    criteria = criteria_of(wish)
    if criteria.empty:
        return await _everything(turn)
    cars = await stock.find(turn.session, criteria, limit=SHOWN)
    if cars:
        total = await stock.count(turn.session, criteria)
        return _shown(turn, cars, [_found(total, len(cars), criteria)])
    return await _nearest(turn, criteria)


async def _everything(turn: Turn) -> Answer:
    """Nothing to search by yet: how many cars there are, and what to go by."""
    total = await stock.count(turn.session, Criteria())
    turn.await_(Pending(awaits="budget"))
    number = _number(total)
    return Answer([say("utter_search_everything", number=number)], closing=say("utter_search_ask_budget"))


async def _nearest(turn: Turn, criteria: Criteria) -> Answer:
    """Nothing matches all: give up wishes one by one, the dearest last."""
    loosened, given_up = criteria, []
    for name, word in RELAXED:
        if getattr(loosened, name) in (None, ()):
            continue
        loosened = loosened.without(name)
        given_up.append(word)
        cars = [] if loosened.empty else await stock.find(turn.session, loosened, limit=SHOWN)
        if cars:
            return _shown(turn, cars, [say("utter_search_nearest", relaxed=wording.listing(given_up))])
    if criteria.price_max:
        cars = await stock.find(turn.session, Criteria(), limit=3)
        if cars:
            cheapest = wording.money(cars[0].price or 0)
            return _shown(turn, cars, [say("utter_search_dearer", price=cheapest)])
    turn.await_(Pending(awaits="budget"))
    return Answer([say("utter_search_nothing")], step="selection")


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
        order = "начиная с самых доступных" if not criteria.price_min else "по возрастанию цены"
        return say("utter_search_found_many", number=_number(total), shown=str(shown), order=order)
    return say("utter_search_found", number=_number(total))


def _number(total: int) -> str:
    if total >= stock.COUNT_CAP:
        return f"больше {stock.COUNT_CAP}{wording.NBSP}автомобилей"
    return wording.plural(total, "автомобиль", "автомобиля", "автомобилей")


def _merge_wish(turn: Turn) -> Wish:
    """A follow-up («только белые») narrows the last search; a new budget or car starts from it too."""
    heard, wish = turn.heard, turn.memory.wish.model_copy()
    wish.cars = named_cars(heard.all("make", "model")) or wish.cars
    budget = heard.first("amount", role="max") or heard.first("amount") or _bare_budget(turn)
    wish.price_max = budget or wish.price_max
    wish.price_min = heard.first("amount", role="min") or wish.price_min
    year = heard.first("year")
    wish.year_min = year or heard.first("year", role="min") or wish.year_min
    wish.year_max = year or heard.first("year", role="max") or wish.year_max
    wish.mileage_max = heard.first("mileage", role="max") or heard.first("mileage") or wish.mileage_max
    wish.owners_max = heard.first("owners") or heard.first("owners", role="max") or wish.owners_max
    wish.colours = tuple(str(e.value) for e in heard.all("colour")) or wish.colours
    wish.options = tuple(str(e.value) for e in heard.all("option")) or wish.options
    for name, value in attributes(turn).items():
        if value not in (None, ()):
            setattr(wish, name, value)
    turn.memory.wish = wish
    return wish


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
