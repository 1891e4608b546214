"""Values in the spellings dealers use."""

import datetime as dt

import pytest

from bot.stock import values
from bot.stock.feeds import links, modification, words
from bot.stock.models import Body, Colour, Drive, Fuel, Gearbox, State, Status


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1 234 567 ₽", 1_234_567),
        ("1\u00a0234\u00a0567 руб.", 1_234_567),
        ("1.234.567", 1_234_567),
        ("1,234,567.00", 1_234_567),
        ("1234567,50", 1_234_567),
        ("1234567.0", 1_234_567),
        ("1500", None),
        ("0", None),
        ("-1500000", None),
        ("от 1 200 000", None),
        ("1200000 - 1300000", None),
        ("по запросу", None),
        ("99999999999999", None),
        ("", None),
        (None, None),
    ],
)
def test_price(text: str | None, number: int | None) -> None:
    assert values.price(text) == number


@pytest.mark.parametrize(
    ("text", "km"),
    [("15 000 км", 15_000), ("15 тыс. км", 15_000), ("15,5 тыс", 15_500), ("0", 0), ("новый", None)],
)
def test_kilometres(text: str, km: int | None) -> None:
    assert values.kilometres(text) == km


@pytest.mark.parametrize(
    ("text", "cc"), [("1.6 л", 1600), ("1,6", 1600), ("1598", 1598), ("1 598 см3", 1598), ("", None)]
)
def test_engine(text: str, cc: int | None) -> None:
    assert values.engine_cc(text) == cc


@pytest.mark.parametrize(
    ("text", "hp"), [("117 л.с.", 117), ("74 кВт (101 л.с.)", 101), ("150 кВт", 204), ("249", 249)]
)
def test_power(text: str, hp: int) -> None:
    assert values.horsepower(text) == hp


@pytest.mark.parametrize(
    ("text", "vin"),
    [
        ("XTAGFL110KY000501", "XTAGFL110KY000501"),
        (" vin: хтаgfl110кy000501 ", "XTAGFL110KY000501"),
        ("XTAGFL11OKYO0O5O1", "XTAGFL110KY000501"),
        ("XTAGFL110KY00050", None),
        ("00000000000000000", None),
        ("ZZE141-1234567", None),
    ],
)
def test_vin(text: str, vin: str | None) -> None:
    assert values.vin(text) == vin


@pytest.mark.parametrize(
    ("text", "plain"),
    [("GЕELY", "GEELY"), ("Cиний", "Синий"), ("BMW", "BMW"), ("Тигго 7Л", "Тигго 7Л"), ("CEPЫЙ", "СЕРЫЙ")],
)
def test_mixed_scripts(text: str, plain: str) -> None:
    assert values.unmix(text) == plain


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("02.2028", dt.date(2028, 2, 29)),
        ("01.03.2027", dt.date(2027, 3, 1)),
        ("2027-03-01", dt.date(2027, 3, 1)),
        ("13.2027", None),
        ("31.02.2027", None),
        ("скоро", None),
    ],
)
def test_end_date(text: str, date: dt.date | None) -> None:
    assert values.end_date(text) == date


def test_description_loses_html_and_keeps_lines() -> None:
    text = "<p>Один&nbsp;хозяин</p><ul><li>ABS</li>\n</ul>\u200bЦена &lt; рынка"
    assert values.paragraphs(text) == "Один хозяин\nABS\n\nЦена < рынка"


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("ТЕМНО-СИНИЙ", Colour.BLUE),
        ("Cиний", Colour.BLUE),
        ("серебристо-серый", Colour.GREY),
        ("Серебряный", Colour.SILVER),
        ("белый / чёрная крыша", Colour.WHITE),
        ("Бордовый", Colour.RED),
        ("light blue", Colour.LIGHT_BLUE),
        ("Pearl White", Colour.WHITE),
        ("Жёлтый металлик", Colour.YELLOW),
        ("1L1/20", None),
        ("Млечный путь", None),
    ],
)
def test_colour(text: str, colour: Colour | None) -> None:
    assert words.colour(text) == colour


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("Внедорожник 5 дв.", Body.SUV),
        ("Внедорожник открытый", Body.SUV),
        ("Пикап Двойная кабина", Body.PICKUP),
        ("Купе-хардтоп", Body.COUPE),
        ("Компактвэн", Body.MINIVAN),
        ("minivan", Body.MINIVAN),
        ("Родстер", Body.CABRIOLET),
        ("Фастбек", Body.LIFTBACK),
        ("universal", Body.WAGON),
        ("Трактор", None),
    ],
)
def test_body(text: str, body: Body | None) -> None:
    assert words.body(text) == body


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("Автоматическая", Gearbox.AUTOMATIC),
        ("Автомат вариатор", Gearbox.VARIATOR),
        ("Автомат робот", Gearbox.ROBOT),
        ("robotized", Gearbox.ROBOT),
        ("МКПП", Gearbox.MANUAL),
        ("MT", Gearbox.MANUAL),
        ("?", None),
    ],
)
def test_gearbox(text: str, box: Gearbox | None) -> None:
    assert words.gearbox(text) == box


@pytest.mark.parametrize(
    ("text", "fuel"),
    [("Бензин, ГБО", Fuel.GAS), ("Гибрид", Fuel.HYBRID), ("Электро", Fuel.ELECTRIC), ("Водородный", None)],
)
def test_fuel(text: str, fuel: Fuel | None) -> None:
    assert words.fuel(text) == fuel


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Не было владельцев", 0),
        ("Один владелец", 1),
        ("Два владельца", 2),
        ("Три владельца", 3),
        ("Четыре и более", 4),
        ("4+", 4),
        ("7", 4),
        ("много", None),
    ],
)
def test_owners(text: str, count: int | None) -> None:
    assert words.owners(text) == count


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("в наличии", Status.ON_SALE),
        ("нет в наличии", Status.SOLD),
        ("транзит", Status.IN_TRANSIT),
        ("под заказ", Status.ON_ORDER),
        ("Забронирован", Status.RESERVED),
        ("загадка", None),
    ],
)
def test_status(text: str, status: Status | None) -> None:
    assert words.status(text) == status


@pytest.mark.parametrize(
    ("text", "accident"),
    [
        ("Не битый", False),
        ("Битый", True),
        ("ДТП не было", False),
        ("без ДТП", False),
        ("нет", False),
        ("да", True),
        ("не указано", None),
        (None, None),
    ],
)
def test_accidents(text: str | None, accident: bool | None) -> None:
    assert words.accidents(values.tidy(text)) is accident


@pytest.mark.parametrize(
    ("text", "state"), [("Среднее", State.FAIR), ("good", State.GOOD), ("не требует ремонта", None)]
)
def test_state(text: str, state: State | None) -> None:
    assert words.state(text) == state


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.6 CVT (117 л.с.) 4WD", (1600, 117, Fuel.PETROL, Gearbox.VARIATOR, Drive.FULL)),
        ("2.0d AT (210 л.с.) 4WD", (2000, 210, Fuel.DIESEL, Gearbox.AUTOMATIC, Drive.FULL)),
        ("1.5hyb AT (340 л.с.) 4WD", (1500, 340, Fuel.HYBRID, Gearbox.AUTOMATIC, Drive.FULL)),
        ("S 1.5 AMT (150 л.с.)", (1500, 150, Fuel.PETROL, Gearbox.ROBOT, None)),
        ("350 2.4 AT (249 л.с.) 4WD", (2400, 249, Fuel.PETROL, Gearbox.AUTOMATIC, Drive.FULL)),
        ("86 kWh AT (204 л.с.)", (None, 204, Fuel.ELECTRIC, Gearbox.AUTOMATIC, None)),
        ("что-то своё", (None, None, None, None, None)),
    ],
)
def test_modification(text: str, expected: tuple[object, ...]) -> None:
    m = modification.parse(text, autoru=True)
    assert (m.engine_cc, m.power_hp, m.fuel, m.gearbox, m.drive) == expected


def test_no_fuel_letter_means_petrol_at_autoru_only() -> None:
    assert modification.parse("2.0 AT (150 л.с.)").fuel is None


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://www.avito.ru/moskva/avtomobili/kia_rio_2019_3311112222", ("avito", "3311112222")),
        ("https://m.avito.ru/moskva/avtomobili/kia_rio_2019_3311112222?x=1", ("avito", "3311112222")),
        (
            "https://auto.ru/cars/used/sale/kia/rio/1123-ab/1123456789-abcdef12/",
            ("autoru", "1123456789-abcdef12"),
        ),
        ("https://omsk.drom.ru/kia/rio/51234567.html", ("drom", "51234567")),
        ("https://dealer.example.ru/avito.ru/1", ("site", None)),
        ("https://notavito.ru/x_3311112222", ("site", None)),
    ],
)
def test_listing_addresses(url: str, found: tuple[str, str | None]) -> None:
    assert links.locate(url) == found
