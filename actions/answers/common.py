"""What several answers share."""

from actions import wording
from actions.memory import Pending
from actions.promise import answer_time
from actions.say import Answer, Say, say
from actions.turn import Turn
from bot.contract import NextStep
from bot.stock.models import Car


def ask_which_car(turn: Turn, question: str, *known: Say) -> Answer:
    """What can be said without a car, then which car is meant; the question waits for it."""
    pending = turn.memory.pending
    waiting = pending.questions if pending and pending.awaits == "which_car" else ()
    turn.await_(Pending(awaits="which_car", questions=tuple(dict.fromkeys((*waiting, question)))))
    return Answer(list(known), closing=say("utter_which_car"))


def unknown(turn: Turn, fact: str, topic: str, step: NextStep) -> Answer:
    """The row does not say it: a person finds out."""
    department = turn.department(topic)
    return Answer(
        [say("utter_unknown_fact", fact=fact, whom=turn.dealer.departments[department].whom,
             when=answer_time(turn, department))],
        step=step,
    )  # fmt: skip


def place_of(turn: Turn, car: Car) -> str:
    """«салон на Энгельса, проспект Энгельса, 174»; the department's address when the row names none."""
    key = car.place if car.place in turn.dealer.addresses else None
    if key is None:
        department = turn.dealer.department_for("visit", is_new=car.is_new)
        key = turn.dealer.departments[department].address
    address = turn.dealer.addresses[key]
    return f"{address.title}, {address.street}"


def its(car: Car) -> dict[str, str]:
    """The values that most texts want."""
    return {"car": wording.car_title(car), "name": wording.car_name(car)}
