"""Twenty hand-made cars: twins, a sold one, a reserved one, one of which nothing is known, and so on."""

import datetime as dt

from bot.stock.models import (
    Body,
    Car,
    CarListing,
    CarOption,
    CarPicture,
    Colour,
    Drive,
    Fuel,
    Gearbox,
    State,
    Status,
    Title,
)

# Every car by a name that the tests can read.
IDS = {
    name: number
    for number, name in enumerate(
        (
            "solaris_white",
            "solaris_black",
            "solaris_sold",
            "rio",
            "rio_reserved",
            "jolion_new",
            "tiggo_transit",
            "coolray_order",
            "mystery",
            "mark2",
            "largus",
            "touareg",
            "polo_first",
            "polo_twin",
            "granta",
            "camry",
            "leaf",
            "monjaro_new",
            "octavia_gone",
            "vesta_hidden",
        ),
        start=1,
    )
}
VIN = "Z94K241CBLR000001"


def cars() -> list[Car]:
    return [
        _car(
            "solaris_white", "Hyundai", "Solaris", 2019, 1_190_000, body=Body.SEDAN, trim="Comfort",
            vin=VIN, vin_reversed=VIN[::-1], colour=Colour.WHITE, engine_cc=1591, power_hp=123,
            fuel=Fuel.PETROL, gearbox=Gearbox.AUTOMATIC, drive=Drive.FRONT, seats=5, clearance_mm=160,
            mileage_km=85_000, owners=2, title=Title.ORIGINAL, pledged=False, taxi=False, accidents=False,
            paint="бампер передний", state=State.GOOD, service_history="у дилера до 2023 года",
            tyres="летняя, остаток 6 мм", place="tallinskoe",
            pictures=[CarPicture(position=i, url=f"https://p.example/{i}.jpg") for i in range(3)],
            options=[CarOption(name="Подогрев передних сидений"), CarOption(name="ABS")],
            listings=[CarListing(site="avito", external_id="4001", url="https://avito.ru/x_4001")],
        ),
        _car(
            "solaris_black", "Hyundai", "Solaris", 2021, 1_350_000, body=Body.SEDAN, colour=Colour.BLACK,
            vin="Z94K241CBMR777002", vin_reversed="Z94K241CBMR777002"[::-1], engine_cc=1591,
            fuel=Fuel.PETROL, gearbox=Gearbox.AUTOMATIC, mileage_km=42_000, owners=1,
        ),
        _car(
            "solaris_sold", "Hyundai", "Solaris", 2018, 1_050_000, body=Body.SEDAN, colour=Colour.RED,
            status=Status.SOLD,
        ),
        _car(
            "rio", "Kia", "Rio", 2020, 1_290_000, body=Body.SEDAN, colour=Colour.GREY, owners=4,
            fuel=Fuel.PETROL, gearbox=Gearbox.MANUAL, mileage_km=61_000, accidents=True, pledged=True,
            taxi=True, title=Title.DUPLICATE, defects="скол на капоте.",
        ),
        _car("rio_reserved", "Kia", "Rio X", 2021, 1_390_000, body=Body.HATCHBACK, status=Status.RESERVED),
        _car(
            "jolion_new", "Haval", "Jolion", 2026, 2_499_000, is_new=True, body=Body.SUV, trim="Elite",
            colour=Colour.BLUE, engine_cc=1497, fuel=Fuel.PETROL, gearbox=Gearbox.ROBOT, drive=Drive.FULL,
            tradein_discount=150_000, credit_discount=100_000, insurance_discount=50_000,
            max_discount=250_000, with_vat=True, title=Title.ELECTRONIC, place="engelsa",
            warranty_until=dt.date(2031, 11, 1),
        ),
        _car(
            "tiggo_transit", "Chery", "Tiggo 7 Pro Max", 2026, 2_799_000, is_new=True, body=Body.SUV,
            status=Status.IN_TRANSIT, place="engelsa",
        ),
        _car("coolray_order", "Geely", "Coolray", 2026, 2_600_000, is_new=True, status=Status.ON_ORDER),
        _car("mystery", "Haima", "7X", None, None),
        _car("mark2", "Toyota", "Mark II", 1998, 650_000, body_number="GX1006012345", colour=Colour.WHITE),
        _car(
            "largus", "Lada", "Largus", 2022, 1_450_000, body=Body.WAGON, seats=7, gearbox=Gearbox.MANUAL,
            colour=Colour.SILVER, mileage_km=30_000,
        ),
        _car(
            "touareg", "Volkswagen", "Touareg", 2017, 3_350_000, body=Body.SUV, fuel=Fuel.DIESEL,
            gearbox=Gearbox.AUTOMATIC, drive=Drive.FULL, engine_cc=2967, power_hp=245, colour=Colour.BLACK,
            mileage_km=140_000, video_url="https://v.example/touareg", warranty_until=dt.date(2020, 1, 1),
        ),
        _car("polo_first", "Volkswagen", "Polo", 2020, 1_300_000, colour=Colour.WHITE, mileage_km=50_000),
        _car("polo_twin", "Volkswagen", "Polo", 2020, 1_310_000, colour=Colour.WHITE, mileage_km=55_000),
        _car("granta", "Lada", "Granta", 2015, 390_000, body=Body.SEDAN, gearbox=Gearbox.MANUAL),
        _car("camry", "Toyota", "Camry", 2021, 3_100_000, body=Body.SEDAN, colour=Colour.BLACK),
        _car("leaf", "Nissan", "Leaf", 2016, 900_000, fuel=Fuel.ELECTRIC, power_hp=109),
        _car("monjaro_new", "Geely", "Monjaro", 2026, 4_400_000, is_new=True, body=Body.SUV),
        _car("octavia_gone", "Skoda", "Octavia", 2019, 1_700_000, status=Status.GONE, body=Body.LIFTBACK),
        _car("vesta_hidden", "Lada", "Vesta", 2021, 1_200_000, status=Status.HIDDEN),
    ]  # fmt: skip


def _car(name: str, make: str, model: str, year: int | None, price: int | None, **facts: object) -> Car:
    return Car(id=IDS[name], feed="tests", source_id=name, make=make, model=model, year=year, price=price,
               **facts)  # fmt: skip
