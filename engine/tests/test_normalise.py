"""What was typed becomes what was meant, and what was right stays as it was."""

import pytest


@pytest.fixture(scope="module")
def words(loaded):
    def read(text):
        return " ".join(token.get("norm") for token in loaded.message(text).get("text_tokens"))

    return read


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("vfibyf tot ghjlftncz", "машина еще продается"),
        ("crjkmrj cnjbn", "сколько стоит"),
        ("Pljhjdj? cjkzhbc tcnm?", "здорово ? солярис есть ?"),
        ("фото cfkjyf", "фото салона"),
        ("привет, ghjlftncz?", "привет , продается ?"),
        ("skolko stoit mashina", "сколько стоит машина"),
        ("avto eshe prodaetsya?", "авто еще продается ?"),
        ("kakoi probeg", "какой пробег"),
        ("v kredit mozhno?", "в кредит можно ?"),
        ("mashyna v nalichii est", "машина в наличии есть"),
        ("приивееет", "привет"),
        ("скооолько стоит", "сколько стоит"),
        ("крeдит", "кредит"),  # a Latin e
        ("cкидка", "скидка"),  # a Latin c
        ("кридит", "кредит"),
        ("продоется", "продается"),
        ("ЕЩЁ ПРОДАЁТСЯ", "еще продается"),
        ("солярисс", "солярис"),
        ("кре\u200bдит", "кредит"),
        ("кредит\u202e", "кредит"),
        ("ифзш", "ифзш"),  # no name of the catalogue
        ("пробег ５０ тысяч", "пробег 50 тысяч"),
    ],
)
def test_what_was_meant(words, typed, meant):
    assert words(typed) == meant


@pytest.mark.parametrize(
    "right",
    [
        "здравствуйте",
        "подскажите пожалуйста сколько стоит комплект зимней резины",
        "машина на ходу документы в порядке",
        "длинношеее животное",
        "масса кузова",
        "хендай солярис",
        "киа рио",
        "санта фе",
        "камри прадо крета",
        "hyundai santa fe",
        "kia sportage",
        "toyota land cruiser prado",
        "x-trail",
        "cx-5",
        "bmw x5",
        "xta21099043123456",
        "z94ct41dbhr123456",
        "а123вс77",
        "8-900-123-45-67",
        "is the car still available",
        "what is your price",
        "сво птс эптс осаго каско",
        "трейд-ин",
        "https://auto.ru/cars/used/sale/kia/rio/1101234567-abcdef12/",
        "ivan.petrov@mail.ru",
    ],
)
def test_right_text_is_left_alone(words, right):
    assert words(right) == right
