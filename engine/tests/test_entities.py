"""What customers name, kind by kind."""

from pathlib import Path

import pytest
import yaml

from engine.nlu.entities.around import word_set
from engine.nlu.entities.catalogue import Catalogue
from engine.nlu.entities.model import Word

ROOT = Path(__file__).parents[2]
PHONES = ROOT / "tests" / "phones"
TABLE = {
    "amount": [
        ("полтора ляма", 1_500_000),
        ("бюджет 1.2", 1_200_000),
        ("500 тыс", 500_000),
        ("миллион двести", 1_200_000),
        ("миллион двести пятьдесят тысяч", 1_250_000),
        ("за 900 заберу", 900_000),
        ("1990 отдадите?", 1_990_000),
        ("200к", 200_000),
        ("за лям отдадите", 1_000_000),
        ("пол миллиона есть", 500_000),
        ("полмиллиона", 500_000),
        ("семьсот пятьдесят тыщ", 750_000),
        ("1 200 000 рублей", 1_200_000),
        ("1.350.000", 1_350_000),
        ("до 700 тысяч", 700_000),
        ("1,5 млн", 1_500_000),
        ("850000 последняя цена?", 850_000),
        ("скинете 50 тыс?", 50_000),
    ],
    "year": [
        ("солярис 2017", 2017),
        ("солярис 19 года", 2019),
        ("2017г", 2017),
        ("двадцатого года", 2020),
        ("две тысячи семнадцатого года", 2017),
        ("камри 18 г.в.", 2018),
        ("98 года", 1998),
        ("от 2018", 2018),
        ("не старше 2015 года", 2015),
        ("рио 2021 года за 900", 2021),
    ],
    "mileage": [
        ("пробег 90", 90_000),
        ("пробег 120 тыс", 120_000),
        ("120 тыс км", 120_000),
        ("85000 км", 85_000),
        ("пробег 150 000 км", 150_000),
        ("с пробегом до 100 тысяч", 100_000),
        ("пробег сто двадцать тысяч", 120_000),
        ("пробег 64500", 64_500),
        ("накатал 200 тыщ", 200_000),
        ("60 тыс пробега", 60_000),
    ],
    "monthly_payment": [
        ("25000 в месяц", 25_000),
        ("платеж до 20 тысяч", 20_000),
        ("по 15 тыс в месяц", 15_000),
        ("ежемесячный платеж 30000", 30_000),
        ("могу платить 18 тысяч в месяц", 18_000),
        ("20 тысяч в месяц потяну", 20_000),
        ("22к в месяц", 22_000),
        ("тридцать тысяч в месяц", 30_000),
        ("до 40 тыс в мес", 40_000),
        ("платёж до 25", 25_000),
        ("17500 р в месяц", 17_500),
    ],
    "down_payment": [
        ("взнос 500 тыс", 500_000),
        ("первоначальный 30%", 30),
        ("первый взнос 300 тысяч", 300_000),
        ("пв 20 процентов", 20),
        ("взнос миллион", 1_000_000),
        ("внесу 400 тысяч", 400_000),
        ("с первоначальным взносом 250000", 250_000),
        ("взнос 50%", 50),
        ("200 тысяч первоначальный взнос", 200_000),
        ("взнос полмиллиона", 500_000),
        ("пол миллиона первый", 500_000),
        ("пол ляма сразу, остальное в кредит", 500_000),
        ("300 сразу остальное на 5 лет", 300_000),
        ("30%", 30),
    ],
    "term": [
        ("на 5 лет", 60),
        ("60 месяцев", 60),
        ("кредит на 3 года", 36),
        ("на семь лет если", 84),
        ("на 36 мес", 36),
        ("рассрочка на 12 месяцев", 12),
        ("взнос 500 тыс на 5 лет", 60),
        ("на два года", 24),
        ("срок 84 месяца", 84),
        ("на 6 месяцев", 6),
        ("пять лет", 60),
    ],
    "phone": [
        ("8 (900) 123-45-67", "+79001234567"),
        ("+7 900 123 45 67", "+79001234567"),
        ("89001234567", "+79001234567"),
        ("мой номер 9001234567", "+79001234567"),
        ("8.900.123.45.67", "+79001234567"),
        ("8 9OO 123 45 67", "+79001234567"),
        ("8_900_123_45_67", "+79001234567"),
        ("восемь девятьсот сто двадцать три сорок пять шестьдесят семь", "+79001234567"),
        ("+375 29 123-45-67", "+375291234567"),
        ("звоните 8900-123-4567 Олег", "+79001234567"),
    ],
    "vin": [
        ("XTA21099043123456", "XTA21099043123456"),
        ("вин z94ct41dbhr123456", "Z94CT41DBHR123456"),
        ("ХТА21099043123456", "XTA21099043123456"),
        ("VIN: XW8ZZZ61ZJG012345", "XW8ZZZ61ZJG012345"),
        ("проверьте WBAFW31080C123456 пожалуйста", "WBAFW31080C123456"),
        ("ХW7ВЕ40К80S012345", "XW7BE40K80S012345"),
        ("JTMHV05J604012345?", "JTMHV05J604012345"),
        ("xtagfl110k1234567", "XTAGFL110K1234567"),
        ("вот (SJNFBAJ11U1234567)", "SJNFBAJ11U1234567"),
        ("LVVDB11B0ND123456", "LVVDB11B0ND123456"),
    ],
    "vin_tail": [
        ("вин заканчивается на 4321", "4321"),
        ("последние цифры вин 123456", "123456"),
        ("вин 3456 на конце", "3456"),
        ("vin ...7788", "7788"),
        ("последние 0099 это ваш?", "0099"),
        ("оканчивается на 12345", "12345"),
        ("вин кончается, последние R123456", "R123456"),
        ("хвост вина 5512", "5512"),
        ("конец вина 404040", "404040"),
        ("в конце vin 8081", "8081"),
    ],
    "plate": [
        ("А123ВС77", "A123BC77"),
        ("а123вс777", "A123BC777"),
        ("номер М 456 ОР 163", "M456OP163"),
        ("K001KK99", "K001KK99"),
        ("госномер е777кх 50", "E777KX50"),
        ("В100АА116 чья?", "B100AA116"),
        ("стоит у входа Т505ТТ763", "T505TT763"),
        ("у номер o909oo 23", "O909OO23"),
        ("С065МК78", "C065MK78"),
        ("x123xx 197", "X123XX197"),
    ],
    "person": [
        ("меня зовут Олег", "Олег"),
        ("это Ирина, перезвоните", "Ирина"),
        ("я Сергей", "Сергей"),
        ("меня зовут наталья", "Наталья"),
        ("зовут Вера", "Вера"),
        ("89001234567 Марина", "Марина"),
        ("меня зовут Иван Петрович", "Иван Петрович"),
        ("мое имя Тимур", "Тимур"),
        ("Алексей 8 900 123 45 67", "Алексей"),
        ("спросить Дмитрия", "Дмитрий"),
    ],
    "day": [
        ("сегодня подъеду", "+0"),
        ("завтра", "+1"),
        ("послезавтра утром", "+2"),
        ("в субботу", "wd6"),
        ("в понедельник к вам", "wd1"),
        ("на выходных", "weekend"),
        ("15 мая", "05-15"),
        ("пятнадцатого мая", "05-15"),
        ("20 числа", "d20"),
        ("через неделю", "+7"),
        ("через 3 дня", "+3"),
        ("в среду", "wd3"),
    ],
    "time": [
        ("завтра в 15:30", "15:30"),
        ("в субботу к двум", "14:00"),
        ("завтра после 18", ">18:00"),
        ("через час буду", "+60m"),
        ("приеду в полвосьмого", "19:30"),
        ("завтра с 10 до 12", "10:00-12:00"),
        ("завтра утром", "morning"),
        ("подъеду вечером", "evening"),
        ("сегодня до 19 приеду", "<19:00"),
        ("через полчаса", "+30m"),
        ("завтра в 11 часов", "11:00"),
        ("после обеда заеду", "afternoon"),
    ],
    "listing_url": [
        (url, url)
        for url in (
            "https://www.avito.ru/moskva/avtomobili/kia_rio_2019_2345678901",
            "https://m.avito.ru/samara/avtomobili/lada_vesta_2020_3456789012",
            "avito.ru/3456789012",
            "https://auto.ru/cars/used/sale/kia/rio/1101234567-abcdef12/",
            "https://m.auto.ru/cars/used/sale/1109876543-1234abcd/",
            "https://samara.drom.ru/kia/rio/51234567.html",
            "auto.drom.ru/51234567.html",
            "https://auto.ru/cars/new/group/kia/",
            "http://dealer.ru/cars/12",
            "www.avito.ru/kazan/avtomobili/x_1234567",
        )
    ],
    "city": [
        ("из Москвы", "Москва"),
        ("мск", "Москва"),
        ("в Питере", "Санкт-Петербург"),
        ("екб", "Екатеринбург"),
        ("доставка в Казань", "Казань"),
        ("из Самары", "Самара"),
        ("в Уфе", "Уфа"),
        ("в Нижнем Новгороде", "Нижний Новгород"),
        ("с Тольятти", "Тольятти"),
        ("до Краснодара", "Краснодар"),
    ],
    "colour": [
        ("белая", "white"),
        ("чёрного цвета", "black"),
        ("красненькая", "red"),
        ("мокрый асфальт", "grey"),
        ("синюю", "blue"),
        ("серебро", "silver"),
        ("бордовая", "red"),
        ("вишнёвую", "red"),
        ("зеленый", "green"),
        ("беж", "beige"),
    ],
    "gearbox": [
        ("на автомате", "automatic"),
        ("акпп", "automatic"),
        ("на механике", "manual"),
        ("ручка", "manual"),
        ("мкпп", "manual"),
        ("вариатор", "variator"),
        ("робот", "robot"),
        ("dsg", "robot"),
        ("cvt", "variator"),
        ("механическая", "manual"),
        ("афтомат", "automatic"),
        ("аффтомат есть?", "automatic"),
        ("на механке", "manual"),
    ],
    "model": [
        ("солярис", "Solaris"),
        ("соляриса", "Solaris"),
        ("крету", "Creta"),
        ("приору", "Priora"),
        ("гранту", "Granta"),
        ("x trail", "X-Trail"),
        ("xtrail", "X-Trail"),
        ("сх-5", "CX-5"),
        ("мазда 3", "3"),
        ("ваз 2107", "2107"),
        ("тигго 7 про макс", "Tiggo 7 Pro Max"),
        ("ленд крузер прадо", "Land Cruiser Prado"),
        ("кашкая", "Qashqai"),
        ("форд фокус", "Focus"),
        ("рав 4", "RAV4"),
        ("санта-фе", "Santa Fe"),
    ],
    "make": [
        ("хендай", "Hyundai"),
        ("киа рио", "Kia"),
        ("на бмв", "BMW"),
        ("бэху", "BMW"),
        ("мазду", "Mazda"),
        ("Toyota", "Toyota"),
        ("тойоту", "Toyota"),
        ("lada", "Lada"),
        ("ваз", "Lada"),
        ("чери", "Chery"),
    ],
    "owners": [
        ("один хозяин", 1),
        ("2 владельца", 2),
        ("два хозяина", 2),
        ("1 собственник", 1),
        ("не больше 2 хозяев", 2),
        ("три владельца", 3),
        ("один собственник", 1),
        ("4 хозяина", 4),
        ("2 хозяина по птс", 2),
        ("5 владельцев", 5),
    ],
    "engine_volume": [
        ("солярис 1.6", 1600),
        ("двигатель 2.0", 2000),
        ("мотор 1,4", 1400),
        ("2.5 литра", 2500),
        ("объем 3.0", 3000),
        ("1.6 автомат", 1600),
        ("1.5 турбо", 1500),
        ("2 литра", 2000),
        ("камри 2.5", 2500),
        ("3.5 л", 3500),
    ],
    "power": [
        ("123 лс", 123),
        ("150 л.с.", 150),
        ("249 сил", 249),
        ("100 лошадей", 100),
        ("до 150 лс", 150),
        ("181лс", 181),
        ("200 кобыл", 200),
        ("105 л.с", 105),
        ("300 лошадок", 300),
        ("98 лошадиных сил", 98),
    ],
}
ROWS = [(kind, text, value) for kind, rows in TABLE.items() for text, value in rows]


@pytest.mark.parametrize(("kind", "text", "value"), ROWS)
def test_value(entities, kind, text, value):
    found = [entity["value"] for entity in entities(text, kind)]
    assert found == [value]


@pytest.mark.parametrize("kind", sorted(TABLE))
def test_every_kind_has_ten_rows(kind):
    assert len(TABLE[kind]) >= 10


@pytest.mark.parametrize(
    ("text", "kind", "role"),
    [
        ("до миллиона", "amount", "max"),
        ("от 500 тысяч", "amount", "min"),
        ("не дороже 900 тысяч", "amount", "max"),
        ("доплата 300 тысяч", "amount", "surcharge"),
        ("от 2018 года", "year", "min"),
        ("не старше 2015", "year", "min"),
        ("до 2012 года", "year", "max"),
        ("пробег до 100 тысяч км", "mileage", "max"),
        ("не больше 2 хозяев", "owners", "max"),
        ("мой солярис 2015 года", "model", "own"),
        ("сдам солярис 2015 года", "year", "own"),
        ("хочу обменять свою приору", "model", "own"),
        ("у меня камри, пробег 150", "mileage", "own"),
        ("скинете 50 тыс?", "amount", "discount"),
        ("у соседей на 200 тысяч дешевле", "amount", "discount"),
        ("цена выросла на 90 тысяч", "amount", "discount"),
        ("четырка моя плюс 250 тысяч сверху", "amount", "surcharge"),
        ("не старше 18", "year", "min"),
    ],
)
def test_role(entities, text, kind, role):
    assert [entity.get("role") for entity in entities(text, kind)] == [role]


@pytest.mark.parametrize(
    ("text", "value", "role"),
    [
        ("до 1.4", 1_400_000, "max"),
        ("не дороже полутора", 1_500_000, "max"),
        ("до полутора миллионов", 1_500_000, "max"),
        ("минимум 800", 800_000, "min"),
        ("тысяч 800", 800_000, None),
        ("тыщ пятьсот", 500_000, None),
        ("за лямчик", 1_000_000, None),
        ("бюджет 1.2", 1_200_000, None),
        ("отдашь за полтора?", 1_500_000, None),
        ("миллион двести", 1_200_000, None),
        ("пол миллиона", 500_000, None),
        ("есть 600", 600_000, None),
        ("пол ляма", 500_000, None),
        ("за двушку отдашь?", 2_000_000, None),
        ("за два восемьсот пятьдесят", 2_850_000, None),
        ("пять с половиной миллионов", 5_500_000, None),
        ("миллиона за полтора", 1_500_000, None),
        ("тысяч до 1800", 1_800_000, "max"),
        ("до васьмисот тысяч", 800_000, "max"),
        ("1.2 и по рукам?", 1_200_000, None),
        ("550 края, больше не дам", 550_000, None),
        ("цена 2 599 900, пробег 89 000", 2_599_900, None),
    ],
)
def test_sum_as_people_say_it(entities, text, value, role):
    assert [(e["value"], e.get("role")) for e in entities(text, "amount")] == [(value, role)]


@pytest.mark.parametrize(
    ("text", "kind", "lower", "upper"),
    [
        ("от 1 до 1.4 млн", "amount", 1_000_000, 1_400_000),
        ("от 500 до 700 тысяч", "amount", 500_000, 700_000),
        ("700-900 тысяч", "amount", 700_000, 900_000),
        ("700-900к", "amount", 700_000, 900_000),
        ("1.2-1.5 млн", "amount", 1_200_000, 1_500_000),
        ("от миллиона до полутора", "amount", 1_000_000, 1_500_000),
        ("2017-2019", "year", 2017, 2019),
        ("от 2017 до 2020", "year", 2017, 2020),
    ],
)
def test_a_range_has_two_sides(entities, text, kind, lower, upper):
    found = [(e["value"], e.get("role")) for e in entities(text, kind)]
    assert found == [(lower, "min"), (upper, "max")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("камри мой в зачёт примете", "own"),
        ("солярис у меня", "own"),
        ("весту в обмен рассмотрите?", "own"),
        ("гранта 2017 года возьмёте в обмен", "own"),
        ("сколько дадите за приору", "own"),
        ("приора на обмен", "own"),
        ("приора 2011 заберёте?", "own"),
        ("солярис 2014, один хозяин. Оцените мою", "own"),
        ("солярис на обмен примете", "own"),
        ("возьмёте мой фокус в зачёт", "own"),
        ("у меня вопрос по весте", None),
        ("мой заказ на весту", None),
        ("хочу взять весту", None),
        ("за сколько отдадите весту", None),
        ("мой знакомый смотрел, солярис ещё есть?", None),
        ("рио, мой номер 89001234567", None),
        ("солярис 2017 есть? мою оцените", None),
    ],
)
def test_the_own_car_is_known_by_how_it_is_spoken_of(entities, text, value):
    assert [entity.get("role") for entity in entities(text, "model")] == [value]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("часов в 7", "time", "19:00"),
        ("в половине третьего подъеду", "time", "14:30"),
        ("к часу дня", "time", "13:00"),
        ("завтра 12-13", "time", "12:00-13:00"),
        ("лучше после семи вечера", "time", ">19:00"),
        ("приеду в полседьмого утра", "time", "06:30"),
        ("в среду с утра", "time", "morning"),
        ("после 18", "time", ">18:00"),
        ("89001234567, после 18", "time", ">18:00"),
        ("8 900 123-45-67 с 10 до 12", "time", "10:00-12:00"),
        ("лучше к трём", "time", "15:00"),
        ("перенесите на 15", "time", "15:00"),
        ("можно сдвинуть на 12:30", "time", "12:30"),
        ("завтра после работы", "time", "evening"),
        ("через неделю утром", "day", "+7"),
        ("послезавтра часиков в 11", "time", "11:00"),
        ("Анна", "person", "Анна"),
        ("Анна Петровна", "person", "Анна Петровна"),
        ("числа 15го", "day", "d15"),
        ("запишите на тридцатое", "day", "d30"),
        ("через пару дней", "day", "+2"),
        ("лет на шесть", "term", 72),
        ("на пятёрку лет", "term", 60),
        ("пв 25", "down_payment", 25),
        ("50 на 50 на два года", "down_payment", 50),
        ("половину сразу, остальное на два года", "down_payment", 50),
        ("с нулевым первым взносом", "down_payment", 0),
        ("150 наличкой на первый взнос", "down_payment", 150_000),
        ("если пятсот внесу", "down_payment", 500_000),
        ("сколько в месяц если 300 тыс внести на 5 лет", "down_payment", 300_000),
        ("сколько в месяц выйдет если внести 300", "down_payment", 300_000),
        ("внести 300 а потом по 25 тысяч в месяц", "monthly_payment", 25_000),
        ("машина 900 тысяч, вношу 300", "down_payment", 300_000),
        ("60 тысяч на 36 месяцев", "term", 36),
        ("из Бугульмы", "city", "Бугульма"),
        ("доставка в Нальчик", "city", "Нальчик"),
        ("привод полный?", "drive", "full"),
        ("ярко-жёлтая", "colour", "yellow"),
        ("гранта лифтбек", "body", "liftback"),
        ("запишите 8-926-71-49", "phone", "8-926-71-49"),
        ("девять два семь, шесть ноль один, двенадцать, тридцать восемь", "phone", "+79276011238"),
        ("moi nomer 8 985 330 12 44 Ruslan", "person", "Руслан"),
    ],
)
def test_as_people_say_it(entities, text, kind, value):
    assert [entity["value"] for entity in entities(text, kind)] == [value]


def test_own_car_and_wanted_car_are_told_apart(entities):
    models = entities("меняю приору 2012 года на вашу весту", "model")
    assert [(entity["value"], entity.get("role")) for entity in models] == [
        ("Priora", "own"),
        ("Vesta", None),
    ]


def test_an_ambiguous_name_lists_the_others(entities):
    (model,) = entities("шестёрка есть?", "model")
    assert {(model["make"], model["value"]), *map(tuple, model["others"])} == {
        ("Lada", "2106"),
        ("Mazda", "6"),
    }


def test_listing_address_gives_site_and_number(entities):
    (url,) = entities(
        "https://m.avito.ru/samara/avtomobili/kia_rio_2019_2345678901 актуально?", "listing_url"
    )
    assert (url["site"], url["external_id"]) == ("avito", "2345678901")


def test_a_broken_phone_is_kept_as_written(entities):
    (phone,) = entities("мой 8 900 123 45 6", "phone")
    assert (phone["value"], phone["valid"]) == ("8 900 123 45 6", False)


def test_every_writing_of_a_phone_is_read(entities):
    """The same table as the root's tests/phones, here behind the tokenizer and its corrections."""
    lines = (PHONES / "valid.tsv").read_text(encoding="utf-8").splitlines()
    table = [line.replace("\\n", "\n").split("\t") for line in lines]
    read = {text: [e["value"] for e in entities(text, "phone") if e["valid"]] for text, _ in table}
    assert {text: read[text] for text, numbers in table if read[text] != numbers.split()} == {}


def test_no_look_alike_is_a_phone(entities):
    texts = (PHONES / "lookalikes.txt").read_text(encoding="utf-8").splitlines()
    taken = {text: [e["value"] for e in entities(text, "phone") if e["valid"]] for text in texts}
    assert {text: numbers for text, numbers in taken.items() if numbers} == {}


@pytest.mark.parametrize(
    ("text", "intent", "aspect"),
    [
        ("битая?", "ask_condition", "accident"),
        ("цепь или ремень стоит?", "ask_equipment", "timing"),
        ("привод грм какой", "ask_equipment", "timing"),
        ("что-то дорого", "ask_price", "too_dear"),
        ("выше рынка просите", "ask_price", "too_dear"),
        ("почему такая дешёвая?", "ask_price", "why_cheap"),
        ("деньги за бронь вернёте?", "book_visit", "deposit"),
    ],
)
def test_an_aspect_knows_its_question(entities, text, intent, aspect):
    found = {(entity["intent"], entity["value"]) for entity in entities(text, "aspect")}
    assert (intent, aspect) in found


@pytest.mark.parametrize(
    ("text", "pledged"), [("моя ещё в кредите", True), ("солярис в кредит, мою в зачёт", False)]
)
def test_a_loan_to_come_is_no_pledge(entities, text, pledged):
    """«рио в кредит, мою в зачёт» was told that pledged cars are taken too."""
    assert ("pledged_car" in {entity["value"] for entity in entities(text, "aspect")}) is pledged


def test_owners_in_slang_are_no_make(entities):
    """«сколько хозов» was a Hozon."""
    assert [e["value"] for e in entities("сколько хозов по птс", "aspect") if e["value"] == "owners"]
    assert entities("сколько хозов по птс", "make") == []


def test_who_finds_a_car_dear_does_not_ask_why_it_is_cheap(entities):
    assert "why_cheap" not in {entity["value"] for entity in entities("дорого просите", "aspect")}


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("позовите менеджера по новым", ["new"]),
        ("отдел новых автомобилей", ["new"]),
        ("менеджера по подержанным", ["used"]),
        ("опять по новой объяснять", []),
        ("новый солярис есть?", ["new"]),
        ("мне гранту новую, самую простую", ["new"]),
        ("не новый солярис", ["used"]),
        ("солярис, новая резина", []),
        ("солярис новая резина стоит?", []),
        ("новая цена", []),
    ],
)
def test_cars_are_called_new_or_used_and_nothing_else_is(entities, text, condition):
    assert sorted({entity["value"] for entity in entities(text, "condition")}) == condition


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ИНН 9204001234", "phone"),
        ("заявка 9161234567", "phone"),
        ("СТС 9912345678", "phone"),
        ("пробег 89 001 234 567", "phone"),
        ("цена 2 599 900", "phone"),
        ("солярис 2017", "amount"),
        ("пробег 90", "amount"),
        ("мазда 3", "amount"),
        ("солярис 1.6", "amount"),
        ("3 хозяина", "amount"),
        ("на 5 лет", "year"),
        ("1990 отдадите", "year"),
        ("лада веста", "person"),
        ("спасибо", "person"),
        ("на 5", "time"),
        ("до 700", "time"),
        ("осталось 3", "model"),
        ("в 2017 купил", "time"),
        ("1.3", "engine_volume"),
        ("48", "amount"),
        ("1100", "amount"),
        ("сколько тысяч он проехал", "amount"),
        ("бюджет 1.2", "model"),
        ("700-900 тысяч", "model"),
        ("до 700", "time"),
        ("мне 67 лет", "year"),
        ("шестой год строим дом", "year"),
        ("через два месяца", "term"),
        ("полтора года назад", "term"),
        ("живу за триста километров", "mileage"),
        ("прошло две недели", "mileage"),
        ("зарплата сорок тысяч", "amount"),
        ("от пятидесяти горячих заявок", "amount"),
        ("5000 рублей в день", "amount"),
        ("ставка от 4.9 годовых", "amount"),
        ("97 регион", "amount"),
        ("возврат в 14 дней", "time"),
        ("оформляли шесть часов", "time"),
        ("moi nomer 8 985 330 12 44", "vin"),
        ("полный вин пришлите", "drive"),
        ("передняя стойка стучит", "drive"),
        ("я с роботом переписываюсь?", "gearbox"),
        ("механика своего привезу", "gearbox"),
        ("выкупаете ли авто", "make"),
        ("лады, договорились", "make"),
        ("кредос одобрят?", "model"),
        ("вин код я гляну", "model"),
        ("с растаможкой", "city"),
        ("из Китая", "city"),
        ("на пятёрку лет", "model"),
        ("мой мастер не приехал", "model"),
        ("фокус не удался", "model"),
        ("сенкс", "model"),
        ("драсти", "model"),
        ("транзиты получить поможете?", "model"),
        ("солярис скидка 30%", "down_payment"),
        ("Анна, здравствуйте", "person"),
        ("после 2015 года", "time"),
    ],
)
def test_what_is_not_there(entities, text, kind):
    assert entities(text, kind) == []


def test_a_year_before_the_mileage_is_a_year(entities):
    """«2016 пробег» was read as a mileage of 2016 km."""
    said = "у меня гранта 2016 пробег 120 тыс"
    assert [e["value"] for e in entities(said, "year")] == [2016]
    assert [e["value"] for e in entities(said, "mileage")] == [120_000]


def test_words_of_the_trade_are_no_rare_cars():
    """«2023 г.в.» was an Alfa Romeo, «осаго от ресо» a make; the catalogue is the real one."""
    catalogue = Catalogue(yaml.load((ROOT / "data/catalogue.yml").read_bytes(), Loader=yaml.CSafeLoader))
    said = word_set("г.в. т.е. айсин джатко дифа ресо навик бэу демо сорян не-а yep 1.24 11.4")
    taken = {text: catalogue.find([Word(text, text, 0, len(text))], [True]) for text in said}
    assert {text: cars for text, cars in taken.items() if cars} == {}
    corrected = Word("г.в.", "gtv", 0, 4)
    assert catalogue.find([corrected], [True]) == []


@pytest.mark.parametrize("text", ["часов в 7", "приеду к 5", "с 8 до 9", "а 6 есть?"])
def test_a_preposition_and_a_number_are_no_model(entities, text):
    """«часов в 7» was an Alpina B7."""
    assert entities(text, "model") == []


def test_a_letter_and_a_number_after_their_make_are_a_model(entities):
    assert [e["value"] for e in entities("ауди а 4 есть?", "model")] == ["A4"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Анна, после 18 можно", ">18:00"),
        ("только не раньше обеда", "afternoon"),
        ("не раньше двенадцати мне лучше", ">12:00"),
        ("не позже 18", "<18:00"),
        ("можно, но только после 19", ">19:00"),
    ],
)
def test_an_hour_after_the_number_is_found_anywhere_in_the_message(entities, text, value):
    assert [entity["value"] for entity in entities(text, "time")] == [value]


def test_who_names_an_hour_may_sign_before_it(entities):
    assert [entity["value"] for entity in entities("Анна, после 18 можно", "person")] == ["Анна"]


@pytest.mark.parametrize("text", ["солярис 30%", "киа рио 30%"])
def test_a_share_beside_nothing_but_a_car_is_a_down_payment(entities, text):
    (found,) = entities(text, "down_payment")
    assert (found["value"], found["unit"]) == (30, "percent")


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("сколько она стоит то", False),
        ("и где вы находитесь то?", False),
        ("сколько стоит то", True),
        ("когда вы делаете то", True),
        ("сколько она стоит ТО", True),
        ("записаться на то", True),
    ],
)
def test_a_stressing_particle_is_no_maintenance(entities, text, asked):
    """«сколько она стоит то» was sent to the service."""
    assert any(entity["intent"] == "ask_service" for entity in entities(text, "aspect")) is asked
