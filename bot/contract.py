"""What the gateway and the actions tell each other.

To Rasa and the actions: `Metadata`, with every message. Back from them: texts, buttons and pictures of
Rasa's replies, and effects, each as the `custom` payload of a reply.
"""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Abilities(_Strict):
    """What the customer's channel can do."""

    buttons: bool = True
    albums: bool = True
    contact_button: bool = False


class OpenTicket(_Strict):
    department: str
    opened_at: dt.datetime


class Visit(_Strict):
    """A visit that is booked and not past."""

    date: dt.date
    time: str | None = Field(None, description="as it was agreed: «15:00», «утром»")
    car_id: int | None = None
    address: str | None = Field(None, description="key of dealer.yml")


class Metadata(_Strict):
    """What the gateway knows of the customer; nothing of it is kept in Rasa's slots."""

    turn: str = Field(description="id of the turn, the same when it is repeated after a crash")
    channel: str
    abilities: Abilities = Abilities()
    now: dt.datetime = Field(description="aware time of the turn; all «today» is reckoned from it")
    focus_car_id: int | None = None
    listing_ref: str | None = Field(None, description="deep link or page the customer came from")
    earlier_car_ids: tuple[int, ...] = Field((), description="cars talked about before, latest first")
    first_message: bool = False
    attachments: tuple[str, ...] = Field((), description="kinds the bot cannot read: photo, voice, …")
    name: str | None = None
    phone_known: bool = False
    phone_tail: str | None = Field(None, description="last four digits of the known phone")
    consent: Literal["none", "shown", "given", "refused", "withdrawn"] = Field(
        "none", description="to the processing of personal data, in the present version of the text"
    )
    consent_holds: bool = Field(
        False, description="he agreed, to this version or to an earlier one, and has not taken it back"
    )
    advertising: Literal["none", "asked", "given"] = Field(
        "none", description="consent to advertising; asked: he need not be asked, whatever he said"
    )
    visit: Visit | None = None
    own_car: dict[str, Any] | None = Field(
        None, description="actions.memory.OwnCar that he named in any of his conversations"
    )
    asked_topics: tuple[str, ...] = Field((), description="next steps the phone was already asked for")
    phone_refusals: int = 0
    failures_in_a_row: int = 0
    open_ticket: OpenTicket | None = None
    acquainted: tuple[str, ...] = Field((), description="departments whose people know him, latest first")
    after_person: bool = Field(
        False, description="a person has talked with him since the bot did: what it asked is past"
    )
    pressed: str | None = Field(None, description="payload of the button that was pressed, if one was")


NextStep = Literal[
    "hold_car",
    "history_report",
    "credit_check",
    "trade_in_valuation",
    "manager_price",
    "inspection_video",
    "extra_photos",
    "test_drive",
    "selection",
    "call_back",
]


class FocusCar(_Strict):
    """The conversation is now about this car."""

    effect: Literal["focus"] = "focus"
    car_id: int


class AskedPhone(_Strict):
    """The phone was asked for with this step; it is not asked for this topic again."""

    effect: Literal["asked_phone"] = "asked_phone"
    step: NextStep
    known: bool = Field(False, description="only a yes was asked for: the number is known already")


class RefusedPhone(_Strict):
    effect: Literal["refused_phone"] = "refused_phone"


class CapturedLead(_Strict):
    """A contact, or a new fact about one. Without `phone` the person's known phone is meant."""

    effect: Literal["lead"] = "lead"
    phone: str | None = Field(None, description="E.164")
    name: str | None = None
    step: NextStep
    topic: str = Field(description="the question the contact came from")
    department: str
    car_id: int | None = None
    details: dict[str, Any] = Field(default_factory=dict, description="terms, own car, wished day and time")
    corrects: bool = Field(False, description="`phone` replaces the number that he gave before")


ConsentKind = Literal["processing", "advertising"]


class ConsentShown(_Strict):
    """The text about personal data, or about advertising, and its link are in this turn's message."""

    effect: Literal["consent_shown"] = "consent_shown"
    kind: ConsentKind = "processing"
    version: str
    question: bool = Field(
        False, description="he is asked for a yes; else the text says that sending the number is one"
    )


class ConsentGiven(_Strict):
    """The customer agreed; what he did is the message of this turn."""

    effect: Literal["consent_given"] = "consent_given"
    kind: ConsentKind = "processing"
    how: Literal["number_after_text", "button", "words", "contact_button"]


class ConsentRefused(_Strict):
    """He did not agree to this version. An agreement to another one stays until he takes it back."""

    effect: Literal["consent_refused"] = "consent_refused"
    kind: ConsentKind = "processing"
    version: str


class ConsentWithdrawn(_Strict):
    """Of processing: advertising ends with it. Of advertising: nothing else changes."""

    effect: Literal["consent_withdrawn"] = "consent_withdrawn"
    kind: ConsentKind = "processing"


class ForgetMe(_Strict):
    """He confirmed that everything personal is to be deleted."""

    effect: Literal["forget_me"] = "forget_me"


class VisitBooked(_Strict):
    """A visit, or the new time of the one that is booked."""

    effect: Literal["visit_booked"] = "visit_booked"
    date: dt.date
    time: str | None = None
    car_id: int | None = None
    address: str = Field(description="key of dealer.yml")


class VisitCancelled(_Strict):
    effect: Literal["visit_cancelled"] = "visit_cancelled"


class OpenedTicket(_Strict):
    """A department has to answer."""

    effect: Literal["ticket"] = "ticket"
    department: str
    reason: Literal["asked", "complaint", "topic", "unsure", "unknown_fact", "failure"]
    topic: str
    car_id: int | None = None
    summary: str


class ShowPictures(_Strict):
    """Real pictures of a car, sent as an album."""

    effect: Literal["pictures"] = "pictures"
    car_id: int
    urls: tuple[str, ...]
    video_url: str | None = None


class Card(_Strict):
    car_id: int
    title: str
    text: str
    picture: str | None = None
    button: str
    payload: str


class ShowCards(_Strict):
    """Several cars to choose from."""

    effect: Literal["cards"] = "cards"
    cards: tuple[Card, ...]


class Understood(_Strict):
    """Whether this turn was understood: the gateway counts failures in a row."""

    effect: Literal["understood"] = "understood"
    ok: bool


Effect = Annotated[
    FocusCar
    | AskedPhone
    | RefusedPhone
    | CapturedLead
    | ConsentShown
    | ConsentGiven
    | ConsentRefused
    | ConsentWithdrawn
    | ForgetMe
    | VisitBooked
    | VisitCancelled
    | OpenedTicket
    | ShowPictures
    | ShowCards
    | Understood,
    Field(discriminator="effect"),
]

EFFECT: TypeAdapter[Effect] = TypeAdapter(Effect)
