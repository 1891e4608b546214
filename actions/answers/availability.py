"""Still for sale? From the status of the row."""

from actions import wording
from actions.answers.common import ask_which_car, place_of
from actions.say import Answer, say
from actions.turn import Turn
from bot.stock.models import Status


async def answer(turn: Turn) -> Answer:
    car = turn.car
    if car is None:
        return ask_which_car(turn, "ask_availability")
    described = ", ".join(filter(None, (wording.car_title(car), wording.car_line(car))))
    values = {"car": described, "place": place_of(turn, car)}
    match car.status:
        case Status.RESERVED:
            return Answer([say("utter_availability_reserved", **values)], step="call_back")
        case Status.IN_TRANSIT:
            return Answer([say("utter_availability_in_transit", **values)], step="hold_car")
        case Status.ON_ORDER:
            return Answer([say("utter_availability_on_order", **values)], step="call_back")
        case _:
            return Answer([say("utter_availability_on_sale", **values)], step="hold_car")
