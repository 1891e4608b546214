"""A car of the stock and what belongs to it.

Unknown is always None: the answers say «не указано» for it and never guess. Prices and discounts are
whole roubles, mileage is kilometres, engine volume is cubic centimetres, power is metric horsepower.
"""

import datetime as dt
import enum

from sqlalchemy import Enum, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.db import Base, UtcDateTime, utcnow


class Status(enum.StrEnum):
    ON_SALE = "on_sale"
    RESERVED = "reserved"
    IN_TRANSIT = "in_transit"
    ON_ORDER = "on_order"
    SOLD = "sold"  # the dealer said so
    GONE = "gone"  # vanished from its feed: probably sold, comes back when it reappears
    HIDDEN = "hidden"  # the dealer does not want it offered


OFFERED = (Status.ON_SALE, Status.RESERVED, Status.IN_TRANSIT, Status.ON_ORDER)


class Body(enum.StrEnum):
    SEDAN = "sedan"
    HATCHBACK = "hatchback"
    LIFTBACK = "liftback"
    WAGON = "wagon"
    SUV = "suv"
    COUPE = "coupe"
    CABRIOLET = "cabriolet"
    MINIVAN = "minivan"
    VAN = "van"
    PICKUP = "pickup"
    LIMOUSINE = "limousine"


class Fuel(enum.StrEnum):
    PETROL = "petrol"
    DIESEL = "diesel"
    HYBRID = "hybrid"
    ELECTRIC = "electric"
    GAS = "gas"  # petrol with LPG or CNG


class Gearbox(enum.StrEnum):
    AUTOMATIC = "automatic"
    MANUAL = "manual"
    VARIATOR = "variator"
    ROBOT = "robot"


class Drive(enum.StrEnum):
    FRONT = "front"
    REAR = "rear"
    FULL = "full"


class Wheel(enum.StrEnum):
    LEFT = "left"
    RIGHT = "right"


class Colour(enum.StrEnum):
    """The sixteen colours of the Russian classifieds."""

    BEIGE = "beige"
    WHITE = "white"
    LIGHT_BLUE = "light_blue"
    YELLOW = "yellow"
    GREEN = "green"
    GOLD = "gold"
    BROWN = "brown"
    RED = "red"
    ORANGE = "orange"
    PURPLE = "purple"
    PINK = "pink"
    SILVER = "silver"
    GREY = "grey"
    BLUE = "blue"
    VIOLET = "violet"
    BLACK = "black"


COLOURS = {
    Colour.BEIGE: "бежевый",
    Colour.WHITE: "белый",
    Colour.LIGHT_BLUE: "голубой",
    Colour.YELLOW: "жёлтый",
    Colour.GREEN: "зелёный",
    Colour.GOLD: "золотистый",
    Colour.BROWN: "коричневый",
    Colour.RED: "красный",
    Colour.ORANGE: "оранжевый",
    Colour.PURPLE: "пурпурный",
    Colour.PINK: "розовый",
    Colour.SILVER: "серебристый",
    Colour.GREY: "серый",
    Colour.BLUE: "синий",
    Colour.VIOLET: "фиолетовый",
    Colour.BLACK: "чёрный",
}


class Title(enum.StrEnum):
    """ПТС: the vehicle title."""

    ORIGINAL = "original"
    DUPLICATE = "duplicate"
    ELECTRONIC = "electronic"


class State(enum.StrEnum):
    EXCELLENT = "excellent"
    GOOD = "good"
    FAIR = "fair"
    NEEDS_REPAIR = "needs_repair"


def _enum(kind: type[enum.StrEnum]) -> Enum:
    # Plain strings in the database: a new member needs no migration of a database type.
    return Enum(kind, native_enum=False, length=16, values_callable=lambda e: [m.value for m in e])


class Car(Base):
    __tablename__ = "car"

    id: Mapped[int] = mapped_column(primary_key=True)
    feed: Mapped[str] = mapped_column(String(64), comment="name of the feed the car came from")
    source_id: Mapped[str | None] = mapped_column(String(128), comment="the car's id in that feed")
    vin: Mapped[str | None] = mapped_column(String(17), unique=True, comment="normalised, Latin")
    vin_reversed: Mapped[str | None] = mapped_column(
        String(17), index=True, comment="so that the last characters find the car through an index"
    )
    body_number: Mapped[str | None] = mapped_column(String(32), comment="frame number of a car without VIN")

    make: Mapped[str] = mapped_column(String(64))
    model: Mapped[str] = mapped_column(String(64))
    generation: Mapped[str | None] = mapped_column(String(64))
    trim: Mapped[str | None] = mapped_column(String(128))
    modification: Mapped[str | None] = mapped_column(String(128), comment="as the feed writes it")
    year: Mapped[int | None]
    is_new: Mapped[bool] = mapped_column(default=False)
    body: Mapped[Body | None] = mapped_column(_enum(Body))
    doors: Mapped[int | None]
    seats: Mapped[int | None]
    colour: Mapped[Colour | None] = mapped_column(_enum(Colour))
    colour_name: Mapped[str | None] = mapped_column(String(64), comment="as the feed writes it")
    metallic: Mapped[bool | None]
    engine_cc: Mapped[int | None]
    power_hp: Mapped[int | None]
    fuel: Mapped[Fuel | None] = mapped_column(_enum(Fuel))
    gearbox: Mapped[Gearbox | None] = mapped_column(_enum(Gearbox))
    drive: Mapped[Drive | None] = mapped_column(_enum(Drive))
    wheel: Mapped[Wheel | None] = mapped_column(_enum(Wheel))
    clearance_mm: Mapped[int | None]

    mileage_km: Mapped[int | None]
    owners: Mapped[int | None] = mapped_column(comment="4 means four or more, 0 a car never owned")
    title: Mapped[Title | None] = mapped_column(_enum(Title))
    customs_cleared: Mapped[bool | None]
    pledged: Mapped[bool | None] = mapped_column(comment="pledges or registration bans found when checked")
    taxi: Mapped[bool | None]
    warranty_until: Mapped[dt.date | None]
    warranty_note: Mapped[str | None] = mapped_column(String(256))

    accidents: Mapped[bool | None]
    paint: Mapped[str | None] = mapped_column(Text, comment="painted parts, in the inspector's words")
    defects: Mapped[str | None] = mapped_column(Text)
    state: Mapped[State | None] = mapped_column(_enum(State))
    service_history: Mapped[str | None] = mapped_column(Text)
    tyres: Mapped[str | None] = mapped_column(String(256))

    price: Mapped[int | None]
    credit_discount: Mapped[int | None]
    insurance_discount: Mapped[int | None]
    tradein_discount: Mapped[int | None]
    max_discount: Mapped[int | None] = mapped_column(comment="when all conditions are met at once")
    with_vat: Mapped[bool | None]

    status: Mapped[Status] = mapped_column(_enum(Status), default=Status.ON_SALE)
    place: Mapped[str | None] = mapped_column(String(64), comment="key of an address in dealer.yml")
    video_url: Mapped[str | None] = mapped_column(String(512))
    description: Mapped[str | None] = mapped_column(Text, comment="never a source of prices or discounts")

    first_seen: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utcnow)
    last_seen: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utcnow)

    pictures: Mapped[list["CarPicture"]] = relationship(
        order_by="CarPicture.position", cascade="all, delete-orphan", passive_deletes=True
    )
    options: Mapped[list["CarOption"]] = relationship(
        order_by="CarOption.name", cascade="all, delete-orphan", passive_deletes=True
    )
    listings: Mapped[list["CarListing"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)

    __table_args__ = (
        Index(
            "uq_car_feed_source_id_without_vin",
            "feed",
            "source_id",
            unique=True,
            sqlite_where=text("vin IS NULL"),
            postgresql_where=text("vin IS NULL"),
        ),
        Index("ix_car_make_model_status", "make", "model", "status"),
        Index("ix_car_status_price", "status", "price"),
        Index("ix_car_feed_last_seen", "feed", "last_seen"),
    )

    @property
    def sold(self) -> bool:
        return self.status in (Status.SOLD, Status.GONE)


class CarPicture(Base):
    __tablename__ = "car_picture"

    id: Mapped[int] = mapped_column(primary_key=True)
    car_id: Mapped[int] = mapped_column(ForeignKey("car.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    url: Mapped[str] = mapped_column(String(1024), comment="https://… or /stock/… of the gateway itself")


class CarOption(Base):
    """A feature of the car: the canonical name of data/lexicon/options.yml, or the feed's own words."""

    __tablename__ = "car_option"

    id: Mapped[int] = mapped_column(primary_key=True)
    car_id: Mapped[int] = mapped_column(ForeignKey("car.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(128))


class CarListing(Base):
    """Where the car is advertised: customers come from these pages and paste their addresses."""

    __tablename__ = "car_listing"

    id: Mapped[int] = mapped_column(primary_key=True)
    car_id: Mapped[int] = mapped_column(ForeignKey("car.id", ondelete="CASCADE"), index=True)
    site: Mapped[str] = mapped_column(String(16), comment="avito, autoru, drom, site")
    external_id: Mapped[str | None] = mapped_column(String(64), index=True)
    url: Mapped[str | None] = mapped_column(String(512))


class CarSource(Base):
    """Which feeds list the car: one that vanished from one feed and stands in another is not gone."""

    __tablename__ = "car_source"

    car_id: Mapped[int] = mapped_column(ForeignKey("car.id", ondelete="CASCADE"), primary_key=True)
    feed: Mapped[str] = mapped_column(String(64), primary_key=True)
    last_seen: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index("ix_car_source_feed_last_seen", "feed", "last_seen"),)


class StockImport(Base):
    """One run of an importer: what it saw and did."""

    __tablename__ = "stock_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    feed: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utcnow)
    seen: Mapped[int]
    added: Mapped[int]
    changed: Mapped[int]
    gone: Mapped[int]
    skipped: Mapped[int]
