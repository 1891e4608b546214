"""What several answers share."""

from actions import wording
from actions.memory import Pending
from actions.say import Answer, Say, say
from actions.turn import Turn
from bot.dealer import Address
from bot.stock.models import Car


def ask_which_car(turn: Turn, question: str, *known: Say) -> Answer:
    """What can be said without a car, then which car is meant; the question waits for it."""
    turn.await_(Pending(awaits="which_car", questions=(question,)))
    return Answer(list(known), closing=say("utter_which_car"))


def unknown(turn: Turn, fact: str, topic: str) -> Answer:
    """The row does not say it: a person finds out, when the customer presses the button."""
    return Answer(unknown=(fact,), topic=topic)


def place_key(turn: Turn, car: Car | None) -> str:
    """Where the car stands; the address of the department for such cars when the row does not say."""
    car = car or turn.alike
    if car is not None and car.place in turn.dealer.addresses:
        return car.place
    department = turn.dealer.department_for("visit", is_new=car.is_new if car else None)
    return turn.dealer.departments[department].address


def place_of(turn: Turn, car: Car) -> str:
    """«салон на Энгельса (проспект Энгельса, 174)»."""
    return spoken_place(turn.dealer.addresses[place_key(turn, car)])


def spoken_place(address: Address) -> str:
    return f"{address.title} ({address.street})"


def its(car: Car) -> dict[str, str]:
    """The values that most texts want."""
    return {"car": wording.car_title(car), "name": wording.car_name(car)}
