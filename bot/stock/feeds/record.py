"""What a feed says of a car: in its own words (`RawCar`) and as the stock stores it (`CarRecord`)."""

import datetime as dt
from dataclasses import dataclass, field

from bot.stock.models import Body, Colour, Drive, Fuel, Gearbox, State, Status, Title, Wheel


@dataclass(frozen=True, slots=True, order=True)
class Listing:
    site: str
    external_id: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that gave no car; `where` is its place in the feed, `reason` is for the dealer."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """A value of a taken car that was not believed."""

    where: str
    text: str


@dataclass(slots=True)
class RawCar:
    """Words of the feed, not yet judged. There is no field for phones and service documents (СТС)."""

    where: str
    source_id: str | None = None
    vin: str | None = None
    body_number: str | None = None
    make: str | None = None
    model: str | None = None
    generation: str | None = None
    trim: str | None = None
    modification: str | None = None
    year: str | None = None
    section: str | None = None
    body: str | None = None
    doors: str | None = None
    seats: str | None = None
    colour: str | None = None
    metallic: str | None = None
    engine: str | None = None
    power: str | None = None
    fuel: str | None = None
    gearbox: str | None = None
    drive: str | None = None
    wheel: str | None = None
    clearance: str | None = None
    mileage: str | None = None
    mileage_unit: str | None = None
    owners: str | None = None
    title: str | None = None
    customs: str | None = None
    pledged: str | None = None
    taxi: str | None = None
    warranty_until: str | None = None
    warranty_note: str | None = None
    accidents: str | None = None
    paint: str | None = None
    defects: str | None = None
    state: str | None = None
    service_history: str | None = None
    tyres: str | None = None
    price: str | None = None
    currency: str | None = None
    credit_discount: str | None = None
    insurance_discount: str | None = None
    tradein_discount: str | None = None
    max_discount: str | None = None
    with_vat: str | None = None
    availability: str | None = None
    place: str | None = None
    video_url: str | None = None
    description: str | None = None
    status: Status | None = None
    pictures: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    listings: list[Listing] = field(default_factory=list)
    autoru_grammar: bool = False


@dataclass(frozen=True, slots=True)
class CarRecord:
    """The columns of `Car` that a feed decides, and the car's pictures, options and listings."""

    where: str
    source_id: str | None
    vin: str | None
    body_number: str | None
    make: str
    model: str
    generation: str | None
    trim: str | None
    modification: str | None
    year: int | None
    is_new: bool
    body: Body | None
    doors: int | None
    seats: int | None
    colour: Colour | None
    colour_name: str | None
    metallic: bool | None
    engine_cc: int | None
    power_hp: int | None
    fuel: Fuel | None
    gearbox: Gearbox | None
    drive: Drive | None
    wheel: Wheel | None
    clearance_mm: int | None
    mileage_km: int | None
    owners: int | None
    title: Title | None
    customs_cleared: bool | None
    pledged: bool | None
    taxi: bool | None
    warranty_until: dt.date | None
    warranty_note: str | None
    accidents: bool | None
    paint: str | None
    defects: str | None
    state: State | None
    service_history: str | None
    tyres: str | None
    price: int | None
    credit_discount: int | None
    insurance_discount: int | None
    tradein_discount: int | None
    max_discount: int | None
    with_vat: bool | None
    status: Status
    place: str | None
    video_url: str | None
    description: str | None
    pictures: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    listings: tuple[Listing, ...] = ()
    notes: tuple[Note, ...] = ()
