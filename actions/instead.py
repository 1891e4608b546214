"""When there is no one car to answer about: it is sold, not there, or one of several."""

from dataclasses import dataclass

from actions import wording
from actions.answers import credit, search
from actions.found import Found, Missing, Resolution, Several
from actions.memory import Pending
from actions.plan import NEEDS_CAR
from actions.say import Answer, Choice, Say, say
from actions.turn import Turn
from bot.contract import ShowCards
from bot.stock import search as stock
from bot.stock.models import COLOURS, Car, Status

ALTERNATIVES = 3
ABOUT_OUR_CAR = (*NEEDS_CAR, "ask_credit", "book_visit")


@dataclass(frozen=True)
class Instead:
    answer: Answer
    of: tuple[str, ...]  # the questions it takes the place of


async def answer_instead(turn: Turn, resolution: Resolution, topics: tuple[str, ...]) -> Instead | None:
    """One answer for all the questions about a car, or None when they can be answered."""
    waiting = tuple(t for t in topics if t in ABOUT_OUR_CAR)
    if not waiting:
        return None
    match resolution:
        case Found(car=car) if car.sold or car.status is Status.HIDDEN:
            return Instead(await _sold(turn, car), waiting)
        case Several():
            return _several(turn, resolution, topics)
        case Missing():
            return Instead(_missing(turn, resolution, waiting), waiting)
        case _:
            return None


async def _sold(turn: Turn, car: Car) -> Answer:
    close = await stock.alternatives(turn.session, car, limit=ALTERNATIVES)
    text = "utter_sold" if car.status is Status.SOLD else "utter_withdrawn"
    return _cards(turn, say(text, car=wording.car_title(car)), close, ("ask_availability",))


def _missing(turn: Turn, missing: Missing, waiting: tuple[str, ...]) -> Answer:
    return _cards(turn, say(missing.text, wanted=missing.wanted), missing.similar, waiting)


def _cards(turn: Turn, text: Say, cars: list[Car], waiting: tuple[str, ...]) -> Answer:
    if not cars:
        turn.await_(Pending(awaits="budget"))
        return Answer([text, say("utter_no_similar")], step="selection")
    turn.memory.offered = tuple(car.id for car in cars)
    turn.await_(Pending(awaits="which_car", questions=waiting))
    cards = ShowCards(cards=tuple(search.card(car) for car in cars))
    return Answer([text, say("utter_similar")], effects=[cards])


def _several(turn: Turn, several: Several, topics: tuple[str, ...]) -> Instead | None:
    """How they differ, and which one is meant; a visit alone needs no choice."""
    waiting = tuple(t for t in topics if t in (*NEEDS_CAR, "ask_credit"))
    if not waiting:
        return None
    if "ask_credit" in waiting:
        credit.merge_terms(turn)  # «солярис, взнос 30%»: not asked for again once the car is chosen
    turn.memory.offered = tuple(car.id for car in several.cars)
    turn.await_(Pending(awaits="which_car", questions=waiting))
    names = list(dict.fromkeys(wording.car_name(car) for car in several.cars))
    number = search.number_of(several.total)
    lines = [f"{i}. {_difference(car, named=len(names) > 1)}" for i, car in enumerate(several.cars, 1)]
    more = several.total > len(several.cars)
    answer = Answer(
        [say("utter_several_more" if more else "utter_several", name=wording.listing(names), number=number,
             cars="\n".join(lines))],
        choices=[
            Choice(_short(car, named=len(names) > 1), f'/choose_car{{"car_id": {car.id}}}')
            for car in several.cars
        ],
        closing=say("utter_several_which"),
    )  # fmt: skip
    return Instead(answer, waiting)


def _difference(car: Car, *, named: bool) -> str:
    """«2019 год, Comfort, белый, 1,6 л, автомат, 85 000 км, 1 190 000 ₽»."""
    year = f"{car.year}{wording.NBSP}год" if car.year else None
    title = wording.car_title(car) if named else year
    return ", ".join(filter(None, (title, car.trim, wording.car_line(car)))) or wording.car_name(car)


def _short(car: Car, *, named: bool) -> str:
    """Title of a button: «2019, белый, 1 190 000 ₽»."""
    parts = (
        car.model if named else None,
        str(car.year) if car.year else None,
        COLOURS[car.colour] if car.colour else None,
        wording.money(car.price) if car.price else None,
    )
    return ", ".join(filter(None, parts)) or car.model
