"""Every feed shape, recognised by its content and read to the last field."""

import datetime as dt
import shutil
from dataclasses import fields
from pathlib import Path

import pytest
from openpyxl import Workbook

from bot.stock.feeds import autoru, avito, drom, names, sheet
from bot.stock.feeds.detect import detect
from bot.stock.feeds.merge import COLUMNS
from bot.stock.feeds.record import CarRecord, Listing, RawCar
from bot.stock.models import Body, Car, Colour, Drive, Fuel, Gearbox, State, Status, Title, Wheel

from .conftest import FIXTURES, Read


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("autoru_used.xml", "auto.ru"),
        ("autocrm.xml", "auto.ru"),
        ("avito_used.xml", "Авито"),
        ("maxposter.xml", "MaxPoster"),
        ("drom.xml", "Дром"),
        ("yml.xml", "YML"),
        ("catalog.xml", "catalog"),
        ("carcopy.xml", "CarCopy"),
        ("stock_utf8.csv", "CSV"),
        ("stock_cp1251.csv", "CSV"),
    ],
)
def test_shape_is_known_by_content_not_by_name(name: str, shape: str, tmp_path: Path) -> None:
    misnamed = tmp_path / "avito.xml"
    shutil.copy(FIXTURES / name, misnamed)
    assert detect(misnamed).name == shape


def test_a_record_has_exactly_the_columns_a_feed_decides() -> None:
    own = {"id", "feed", "vin_reversed", "first_seen", "last_seen"}
    assert set(COLUMNS) == set(Car.__table__.columns.keys()) - own


@pytest.mark.parametrize("table", [names.GENERIC, avito.FIELDS, drom.FIELDS, drom.CODES])
def test_tables_name_real_fields(table: dict[str, object]) -> None:
    assert set(table) <= {field.name for field in fields(RawCar)}


def test_autoru_used_car(read: Read) -> None:
    car = read("autoru_used.xml")[0][0]
    assert (car.make, car.model, car.generation) == ("Hyundai", "Solaris", "II Рестайлинг")
    assert car.vin == "Z94K241CBMR200001", "Cyrillic look-alikes become Latin"
    assert (car.engine_cc, car.power_hp, car.fuel, car.gearbox) == (1600, 123, Fuel.PETROL, Gearbox.AUTOMATIC)
    assert car.drive is None, "auto.ru names only 4WD: front or rear is unknown"
    assert (car.colour, car.colour_name, car.metallic) == (Colour.BLUE, "ТЕМНО-СИНИЙ", True)
    assert (car.mileage_km, car.owners, car.year, car.is_new) == (64000, 2, 2020, False)
    assert (car.state, car.title, car.customs_cleared) == (State.EXCELLENT, Title.ORIGINAL, True)
    assert (car.warranty_until, car.warranty_note) == (dt.date(2027, 2, 28), "Гарантия дилера")
    assert car.with_vat is False
    assert car.pictures == ("https://img.example.ru/1/a.jpg", "https://img.example.ru/1/b.jpg")
    assert car.options == ("Климат-контроль двухзонный", "Подогрев передних сидений", "Фаркоп")
    address = "https://auto.ru/cars/used/sale/hyundai/solaris/1123456789-abcdef12/"
    assert car.listings == (Listing("autoru", "1123456789-abcdef12", address),)


def test_money_comes_from_numeric_fields_only(read: Read) -> None:
    car = read("autoru_used.xml")[0][0]
    assert "999 000" in str(car.description)
    assert (car.price, car.credit_discount, car.max_discount) == (1_350_000, 50_000, 70_000)
    assert (car.tradein_discount, car.insurance_discount) == (None, None), "zero and silence are no discount"


def test_autoru_right_hand_car_without_vin(read: Read) -> None:
    car = read("autoru_used.xml")[0][1]
    assert (car.vin, car.body_number, car.source_id) == (None, "JZX90-1234567", "JZX90-1234567")
    assert (car.engine_cc, car.power_hp, car.gearbox, car.drive) == (2491, 180, Gearbox.MANUAL, Drive.REAR)
    assert (car.colour, car.colour_name) == (None, "1L1/20"), "a paint code is no colour"
    assert (car.wheel, car.owners, car.mileage_km) == (Wheel.RIGHT, 4, 310_000)
    assert (car.status, car.customs_cleared, car.state) == (Status.IN_TRANSIT, False, State.NEEDS_REPAIR)


def test_autoru_hidden_car_and_a_price_by_request(read: Read) -> None:
    car = read("autoru_used.xml")[0][2]
    assert (car.status, car.price, car.owners) == (Status.HIDDEN, None, 1)
    assert [note.text for note in car.notes] == ["цена не принята: «1»"]


def test_skipped_rows_say_where_and_why(read: Read) -> None:
    skipped = read("autoru_used.xml")[1]
    assert [row.reason for row in skipped] == [
        "не указана марка",
        "нет ни VIN (в фиде «Z94C241BBMR2»), ни номера: машину потом не узнать",
    ]
    assert skipped[0].where == "№ 5, строка 74"


def test_autocrm_says_new_or_used_in_state(read: Read) -> None:
    new, used = read("autocrm.xml")[0]
    assert (new.is_new, new.state, new.status) == (True, None, Status.IN_TRANSIT)
    assert (new.make, new.model, new.generation, new.colour) == ("Chery", "Tiggo 7 Pro", "I", Colour.BLUE)
    assert (used.is_new, used.mileage_km) == (False, 500)


def test_avito_used_cars(read: Read) -> None:
    skoda, granta = read("avito_used.xml")[0]
    assert (skoda.source_id, skoda.vin) == ("dealer-77", "XW8AC1NE7KH000077")
    assert (skoda.is_new, skoda.mileage_km, skoda.accidents, skoda.owners) == (False, 98_500, False, 1)
    assert (skoda.engine_cc, skoda.power_hp, skoda.gearbox, skoda.drive) == (
        1400,
        150,
        Gearbox.ROBOT,
        Drive.FRONT,
    )
    assert (skoda.body, skoda.colour, skoda.max_discount) == (Body.LIFTBACK, Colour.SILVER, 40_000)
    assert skoda.service_history == "Есть сервисная книжка; Обслуживался у дилера"
    assert {"Подогрев передних сидений", "Подогрев руля"} <= set(skoda.options)
    assert skoda.listings == (Listing("avito", "3212345678"),)
    assert (granta.make, granta.model, granta.vin, granta.source_id) == ("Lada", "Granta", None, "dealer-78")
    assert (granta.owners, granta.accidents, granta.year, granta.pictures) == (4, True, None, ())


def test_maxposter(read: Read) -> None:
    car, preparing = read("maxposter.xml")[0]
    assert (car.fuel, car.gearbox, car.body, car.colour) == (
        Fuel.GAS,
        Gearbox.ROBOT,
        Body.WAGON,
        Colour.LIGHT_BLUE,
    )
    assert (car.mileage_km, car.title, car.seats, car.metallic) == (96_561, Title.DUPLICATE, 5, True)
    assert (car.status, car.is_new, car.trim) == (Status.ON_SALE, False, "Luxe")
    assert {(page.site, page.external_id) for page in car.listings} == {
        ("avito", "3311112222"),
        ("autoru", "1119998887-1a2b3c4d"),
        ("drom", "51234567"),
    }
    assert (preparing.status, preparing.is_new) == (Status.HIDDEN, True)


def test_drom_numbers_and_discounts_of_their_own_sections(read: Read) -> None:
    cars, skipped = read("drom.xml")
    juke, aqua = cars
    assert (juke.colour, juke.wheel, juke.body, juke.gearbox) == (
        Colour.RED,
        Wheel.LEFT,
        Body.SUV,
        Gearbox.AUTOMATIC,
    )
    assert (juke.credit_discount, juke.tradein_discount, juke.max_discount) == (49_000, 30_000, 60_000)
    assert juke.pictures == ("https://img.example.ru/d/main.jpg", "https://img.example.ru/d/2.jpg")
    assert (juke.mileage_km, juke.owners, juke.status) == (120_000, 2, Status.ON_SALE)
    assert (aqua.price, aqua.wheel, aqua.fuel) == (None, Wheel.RIGHT, Fuel.HYBRID), "dollars are not roubles"
    assert aqua.status is Status.ON_ORDER
    assert aqua.notes[0].text == "цена в валюте USD не принята: нужны рубли"
    assert [row.reason for row in skipped] == ["не указана марка"]


def test_yml_in_cp1251_with_its_usual_doctype(read: Read) -> None:
    jolion, coolray = read("yml.xml")[0]
    assert (jolion.make, jolion.model, jolion.generation, jolion.year) == ("Haval", "Jolion", "I", 2023)
    assert (jolion.engine_cc, jolion.power_hp, jolion.fuel) == (1500, 143, Fuel.PETROL)
    assert (jolion.gearbox, jolion.drive, jolion.title) == (Gearbox.ROBOT, Drive.FULL, Title.ELECTRONIC)
    assert (jolion.price, jolion.mileage_km, len(jolion.pictures)) == (2_350_000, 31_500, 2)
    assert jolion.listings == (Listing("site", None, "https://dealer.example.ru/cars/y-1"),)
    assert (coolray.make, coolray.model, coolray.status) == ("Geely", "Coolray", Status.ON_ORDER)


def test_catalog_with_a_cyrillic_letter_in_a_tag(read: Read) -> None:
    car = read("catalog.xml")[0][0]
    assert (car.make, car.trim, car.price, car.source_id) == ("Geely", "Flagship", 1_990_000, "c-1")


def test_carcopy(read: Read) -> None:
    car = read("carcopy.xml")[0][0]
    assert (car.make, car.body, car.wheel, car.tradein_discount) == ("BMW", Body.SUV, Wheel.LEFT, 100_000)


@pytest.mark.parametrize("name", ["stock_utf8.csv", "stock_cp1251.csv"])
def test_csv_with_a_heading_in_the_third_row(read: Read, name: str) -> None:
    cars, skipped = read(name)
    granta, sold = cars
    assert (granta.make, granta.model, granta.engine_cc) == ("Lada", "Granta", 1600)
    assert (granta.price, granta.mileage_km, granta.owners) == (1_234_567, 12_500, 1)
    assert (granta.colour, len(granta.pictures)) == (Colour.BLACK, 2)
    assert (sold.status, sold.price, sold.mileage_km) == (Status.SOLD, 990_000, 45_000)
    assert [(row.where, row.reason) for row in skipped] == [("строка 6", "не указана марка")]


def test_xlsx_with_service_rows(read: Read, tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["Инструкция"])
    data = book.create_sheet("Автомобили")
    data.append(["Шаблон автозагрузки"])
    data.append(
        ["Марка", "Модель", "VIN", "Цена, руб.", "Пробег, км", "СТС", "Телефон", "Год", "Гарантия до"]
    )
    data.append(["Обязательно", "Обязательно", "Необязательно", "", "", "", "", "", ""])
    vin = "XTA219010P0000009"
    data.append(
        ["Lada", "Granta", vin, 899000.0, 15000, "9912345678", "89160000000", 2021, dt.date(2027, 3, 1)]
    )
    book.save(tmp_path / "stock.xlsx")
    cars, skipped = read(tmp_path / "stock.xlsx")
    assert [(c.price, c.mileage_km, c.year, c.warranty_until) for c in cars] == [
        (899_000, 15_000, 2021, dt.date(2027, 3, 1))
    ]
    assert [(row.where, row.reason) for row in skipped] == [("строка 3", "служебная строка таблицы")]


def test_service_documents_and_phones_are_never_read(read: Read) -> None:
    forbidden = (
        "9901123456",
        "89161234567",
        "9907654321",
        "765-43-21",
        "5511223344",
        "89130000000",
        "+7916000",
    )
    cars: list[CarRecord] = []
    for name in ("autoru_used.xml", "avito_used.xml", "drom.xml", "maxposter.xml"):
        cars += read(name)[0]
    text = " ".join(map(repr, cars))
    assert [number for number in forbidden if number in text] == []


def test_no_caption_reads_documents() -> None:
    assert [c for c in ("СТС", "Номер СТС", "sts", "Телефон", "Серия ПТС") if sheet.column_of(c)] == []
    assert not hasattr(autoru.RawCar("№ 1"), "sts")
