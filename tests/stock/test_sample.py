"""The sample stock: believable, uneven as in life, and equal to what its program writes."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lxml import etree
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from bot.db import Sessions
from bot.settings import ROOT
from bot.stock.feeds.record import CarRecord
from bot.stock.importing import import_feed
from bot.stock.models import Car, Fuel, Gearbox, Status, Title, Wheel
from tests.stock.conftest import Read, stock

FOLDER = ROOT / "data" / "stock"
FEED = FOLDER / "stock.xml"
PICTURES = FOLDER / "pictures"


@pytest.fixture
def cars(read: Read) -> dict[str, CarRecord]:
    """By slug, which is the feed's unique_id."""
    records, _skipped = read(FEED)
    return {str(record.source_id): record for record in records}


def words(tag: str) -> dict[str, str]:
    """What the feed says under `tag`, by slug."""
    found = {}
    for car in etree.parse(FEED).getroot().iter("car"):
        slug, text = car.findtext("unique_id"), car.findtext(tag)
        if slug and text:
            found[slug] = text
    return found


def picture_files() -> list[Path]:
    images = etree.parse(FEED).getroot().iter("image")
    return [PICTURES / str(image.text).removeprefix("/stock/") for image in images]


async def test_every_car_of_the_feed_is_taken(sqlite_sessions: Sessions) -> None:
    report = await import_feed(sqlite_sessions, str(FEED))
    assert report.skipped == []
    assert report.notes == []
    assert report.added == len(await stock(sqlite_sessions)) == 70


def test_both_addresses_have_their_cars(cars: dict[str, CarRecord]) -> None:
    assert Counter((car.place, car.is_new) for car in cars.values()) == {
        ("engelsa", True): 20,
        ("tallinskoe", False): 50,
    }


MISSING: dict[str, Callable[[CarRecord], bool]] = {
    "VIN": lambda car: car.vin is None,
    "price": lambda car: car.price is None,
    "owners": lambda car: car.owners is None,
    "mileage": lambda car: car.mileage_km is None and not car.is_new,
    "options": lambda car: not car.options,
    "title": lambda car: car.title is None and not car.is_new,
    "state": lambda car: car.state is None and not car.is_new,
    "drive": lambda car: car.drive is None,
    "accidents": lambda car: car.accidents is None and not car.is_new,
    "clearance": lambda car: car.clearance_mm is None,
}


@pytest.mark.parametrize("fact", MISSING)
def test_some_cars_miss_a_fact_and_most_have_it(cars: dict[str, CarRecord], fact: str) -> None:
    missing = sum(MISSING[fact](car) for car in cars.values())
    assert 0 < missing < len(cars) * 0.75


PRESENT: dict[str, tuple[int, Callable[[CarRecord], bool]]] = {
    "sold": (1, lambda car: car.status is Status.SOLD),
    "reserved": (2, lambda car: car.status is Status.RESERVED),
    "in transit": (2, lambda car: car.status is Status.IN_TRANSIT),
    "on order": (1, lambda car: car.status is Status.ON_ORDER),
    "duplicate title": (1, lambda car: car.title is Title.DUPLICATE),
    "electronic title": (1, lambda car: car.title is Title.ELECTRONIC),
    "in an accident": (1, lambda car: car.accidents is True),
    "under warranty": (1, lambda car: car.warranty_until is not None),
    "not cleared by the customs": (1, lambda car: car.customs_cleared is False),
    "right-hand drive with a frame number": (
        1,
        lambda car: car.wheel is Wheel.RIGHT and car.body_number is not None and car.vin is None,
    ),
    "seven seats": (1, lambda car: car.seats == 7),
    "electric": (1, lambda car: car.fuel is Fuel.ELECTRIC),
    "hybrid": (1, lambda car: car.fuel is Fuel.HYBRID),
    "diesel": (1, lambda car: car.fuel is Fuel.DIESEL),
    "for a quarter of a million": (1, lambda car: car.price == 250_000),
    "white Solaris of 2019 on sale": (
        1,
        lambda car: (
            (car.model, car.year, car.colour, car.status) == ("Solaris", 2019, "white", Status.ON_SALE)
        ),
    ),
}


@pytest.mark.parametrize("kind", PRESENT)
def test_kinds_of_cars_customers_ask_about(cars: dict[str, CarRecord], kind: str) -> None:
    least, fits = PRESENT[kind]
    assert sum(map(fits, cars.values())) >= least


def test_every_gearbox_is_there(cars: dict[str, CarRecord]) -> None:
    assert {car.gearbox for car in cars.values()} >= set(Gearbox)


@pytest.mark.parametrize(
    ("tag", "slug", "said"),
    [
        ("taxi", "hyundai-solaris-2018-silver", "да"),
        ("pledge", "toyota-camry-2014", "да"),
        ("paint", "volkswagen-polo-2014", "Крашены капот, оба передних крыла и передний бампер"),
        ("defects", "renault-duster-2016", "Подпотевает сальник коленвала"),
        ("tyres", "kia-ceed-sw-2019", "Всесезонные, остаток 6 мм"),
        ("service_history", "volvo-xc60-2019", "Только официальный дилер Вольво"),
    ],
)
def test_facts_beyond_the_format_are_told(tag: str, slug: str, said: str) -> None:
    assert words(tag)[slug] == said


@pytest.mark.parametrize(
    ("one", "other"),
    [("kia-rio-2020-white", "kia-rio-2020-grey"), ("haval-jolion-grey", "haval-jolion-blue")],
)
def test_twins_differ_in_colour_and_mileage(cars: dict[str, CarRecord], one: str, other: str) -> None:
    first, second = cars[one], cars[other]
    assert (first.make, first.model, first.year, first.trim) == (
        second.make,
        second.model,
        second.year,
        second.trim,
    )
    assert first.colour != second.colour
    assert first.mileage_km != second.mileage_km


def test_a_promise_in_a_description_is_no_discount(cars: dict[str, CarRecord]) -> None:
    jolion = cars["haval-jolion-grey"]
    assert "Скидка до 300 000 только до 1 октября" in str(jolion.description)
    assert 300_000 not in (jolion.max_discount, jolion.tradein_discount, jolion.credit_discount)


def test_discounts_never_exceed_what_all_conditions_give(cars: dict[str, CarRecord]) -> None:
    for car in cars.values():
        parts = [
            d for d in (car.tradein_discount, car.credit_discount, car.insurance_discount) if d is not None
        ]
        assert (car.max_discount or 0) == sum(parts), car.source_id


def test_vins_are_well_formed_invented_and_told_apart_by_their_tails(cars: dict[str, CarRecord]) -> None:
    vins = [car.vin for car in cars.values() if car.vin]
    assert all(vin[3:7] == "TEST" for vin in vins)
    assert len({vin[-4:] for vin in vins}) == len(vins) > 60


def test_a_pasted_link_names_one_car(cars: dict[str, CarRecord]) -> None:
    listings = [listing for car in cars.values() for listing in car.listings]
    assert {listing.site for listing in listings} == {"avito", "autoru", "drom", "site"}
    assert len({listing.url for listing in listings}) == len(listings)
    numbers = [(listing.site, listing.external_id) for listing in listings if listing.site != "site"]
    assert len(set(numbers)) == len(numbers)
    assert all(number for _site, number in numbers)
    own = {urlsplit(str(listing.url)).hostname for listing in listings if listing.site == "site"}
    assert own == {"severnyput.example"}


def test_every_picture_is_a_file_and_every_file_is_in_the_feed() -> None:
    assert sorted(picture_files()) == sorted(PICTURES.rglob("*.jpg"))


def test_cars_have_four_to_eight_pictures_or_none() -> None:
    albums = Counter(file.parent.name for file in picture_files())
    assert all(4 <= count <= 8 for count in albums.values())
    assert len(albums) < 70


def test_pictures_are_photographs_in_size_and_small_in_weight() -> None:
    files = picture_files()
    for file in files:
        with Image.open(file) as picture:
            assert (picture.format, picture.size) == ("JPEG", (960, 720)), file
    assert max(file.stat().st_size for file in files) <= 45_000
    assert sum(file.stat().st_size for file in files) <= 12_000_000


def test_the_program_writes_the_committed_feed(tmp_path: Path) -> None:
    program = FOLDER / "make_stock.py"
    subprocess.run([sys.executable, program, "--feed", tmp_path / "stock.xml"], check=True)
    assert (tmp_path / "stock.xml").read_bytes() == FEED.read_bytes()


async def test_the_imported_cars_have_their_pictures_and_their_inspectors_words(
    sqlite_sessions: Sessions,
) -> None:
    await import_feed(sqlite_sessions, str(FEED))
    async with sqlite_sessions() as session:
        cars = (await session.scalars(select(Car).options(selectinload(Car.pictures)))).all()
    assert sum(bool(car.pictures) for car in cars) == 66
    assert {p.url.startswith("/stock/") for car in cars for p in car.pictures} == {True}
    assert any(car.paint for car in cars)
    assert any(car.taxi for car in cars)
    assert any(car.pledged for car in cars)
    assert any(car.tyres for car in cars)
