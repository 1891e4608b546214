"""What lives within a dialogue, in Rasa's slots. Everything lasting is the gateway's (Metadata)."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from actions.heard import Entity
from bot.contract import NextStep

Awaited = Literal[
    "which_car",  # one of `offered`
    "credit",  # a down payment, a term, a wished payment
    "own_car",  # make, model, year, mileage of the customer's car
    "counter_offer",  # a price
    "visit_time",  # day and time
    "budget",  # search criteria
    "phone",  # nothing but the number
    "meaning",  # which of the guesses was meant
]


class _Slot(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Original(_Slot):
    """A message that was not understood, to be answered once its meaning is known."""

    text: str
    entities: tuple[Entity, ...] = ()


class Pending(_Slot):
    """What the bot asked last: the frame in which a bare «да», «48» or «первую» is understood."""

    awaits: Awaited
    questions: tuple[str, ...] = ()  # to be answered when the car is chosen
    step: NextStep | None = None  # the phone was asked for with it
    topic: str = "other"
    details: dict[str, Any] = {}  # for the lead of the step
    day: str | None = None  # of the visit, as the NLU names them, when only one of the two was said
    time: str | None = None
    passed: bool = False  # the step was passed over or not asked for: «да» is not about it
    original: Original | None = None  # whose meaning is awaited
    frame: "Pending | None" = None  # in which the original was sent


class Aside(_Slot):
    """What was asked beside the business: only the very next message can answer it in words."""

    awaits: Literal[
        "agreement",  # to the processing of personal data
        "withdrawal",  # whether the agreement to an earlier text is taken back
        "forget",  # whether everything is to be deleted
        "advertising",  # whether it may be sent
        "which_phone",  # of two numbers
        "call",  # nothing: a name, an hour or a channel that follows belongs to the lead
    ]
    step: NextStep = "call_back"
    topic: str = "other"
    phones: tuple[str, ...] = ()


class Contact(_Slot):
    """How he and his number stand, as far as only this dialogue knows."""

    step: NextStep | None = None  # the number was given for it last: a corrected one is for the same


class CreditTerms(_Slot):
    """The numbers of the loan that the customer has named so far."""

    price: int | None = None  # roubles, when no car of ours is meant
    down_payment: int | None = None  # roubles
    down_percent: float | None = None
    months: int | None = None
    monthly_payment: int | None = None  # roubles, the most he wants to pay


class OwnCar(_Slot):
    """The car offered in exchange."""

    make: str | None = None
    model: str | None = None
    year: int | None = None
    mileage_km: int | None = None

    @property
    def started(self) -> bool:
        return any((self.make, self.model, self.year, self.mileage_km))


class Wish(_Slot):
    """Search criteria named so far; lists of canonical values."""

    cars: tuple[tuple[str, str | None], ...] = ()
    year_min: int | None = None
    year_max: int | None = None
    price_min: int | None = None
    price_max: int | None = None
    mileage_max: int | None = None
    owners_max: int | None = None
    engine_cc: int | None = None
    seats_min: int | None = None
    colours: tuple[str, ...] = ()
    gearbox: str | None = None
    drive: str | None = None
    fuel: str | None = None
    bodies: tuple[str, ...] = ()
    is_new: bool | None = None
    options: tuple[str, ...] = ()


class Memory(_Slot):
    pending: Pending | None = None
    aside: Aside | None = None
    contact: Contact = Contact()
    offered: tuple[int, ...] = ()  # ids of the cars shown last, in their order
    credit: CreditTerms = CreditTerms()
    own_car: OwnCar = OwnCar()
    wish: Wish = Wish()


def recall(slots: dict[str, Any]) -> Memory:
    return Memory.model_validate({k: slots[k] for k in Memory.model_fields if slots.get(k) is not None})


def changed_slots(before: Memory, after: Memory) -> dict[str, Any]:
    """Slot values to set so that the next turn recalls `after`."""
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    return {name: value for name, value in new.items() if value != old[name]}
