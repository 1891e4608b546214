"""Phones in any writing are found, and nothing that only looks like one. No model is needed for it."""

import re

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.settings import ROOT
from engine.nlu.entities.phones import Phone, read_phones

HERE = ROOT / "tests" / "phones"
WRITINGS = [line.split("\t") for line in (HERE / "valid.tsv").read_text(encoding="utf-8").splitlines()]
LOOK_ALIKES = (HERE / "lookalikes.txt").read_text(encoding="utf-8").splitlines()
WORD = re.compile(r"\+?\d+|[а-яё]+|[-,.]", re.I)


def read(text: str) -> list[Phone]:
    words = [(m.group().lower().replace("ё", "е"), m.start(), m.end()) for m in WORD.finditer(text)]
    return read_phones(text, words)


def called(text: str) -> list[str]:
    return [phone.number for phone in read(text) if phone.valid]


def test_there_are_two_hundred_of_each() -> None:
    assert len({text for text, _ in WRITINGS}) >= 200
    assert len(set(LOOK_ALIKES)) >= 200


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_a_look_alike_is_no_phone(text: str) -> None:
    assert called(text) == []


# --- properties

# Of ranges that are given out: 900–906, 908–969, 977–989 hold no gap that matters here.
mobile = st.builds("9{:02d}{:07d}".format, st.integers(10, 39), st.integers(1_000_000, 9_999_999)).filter(
    lambda n: phonenumbers.is_valid_number(phonenumbers.parse(f"+7{n}"))
)
separator = st.sampled_from(["", " ", "-", " - ", ".", "_", "–", "/", "  ", "\u2011", "*"])
country = st.sampled_from(["8", "+7", "7"])


@given(mobile, country, st.lists(separator, min_size=4, max_size=4), st.booleans())
def test_any_grouping_of_a_valid_number_is_found(
    number: str, code: str, gaps: list[str], brackets: bool
) -> None:
    parts = [number[:3], number[3:6], number[6:8], number[8:]]
    parts[0] = f"({parts[0]})" if brackets else parts[0]
    written = code + "".join(gap + part for gap, part in zip(gaps, parts, strict=True))
    assert called(written) == [f"+7{number}"]
    assert called(f"здравствуйте, мой телефон {written}, звоните после 18") == [f"+7{number}"]


@given(mobile)
def test_its_place_is_the_writing_itself(number: str) -> None:
    written = f"8 {number[:3]} {number[3:6]}-{number[6:]}"
    text = f"Солярис за 1 150 000, тел. {written}. Анна"
    (phone,) = read(text)
    assert text[phone.start : phone.end] == written


def by_threes(number: int, gap: str) -> str:
    return f"{number:,}".replace(",", gap)


@given(
    st.integers(1_000, 99_999_999_999),
    st.sampled_from([" ", ".", "\u00a0"]),
    st.sampled_from(["", " руб", " ₽"]),
)
def test_a_price_is_no_phone(roubles: int, gap: str, unit: str) -> None:
    # «8 916 123 456 7» is no price; eleven digits by threes begin with two.
    assert called(f"за {by_threes(roubles, gap)}{unit} отдадите?") == []


@given(st.integers(1, 9_999_999), st.sampled_from(["пробег {}", "пробег {} км", "{} км", "накатал {} км"]))
def test_a_mileage_is_no_phone(km: int, words: str) -> None:
    assert called(words.format(km)) == []
    assert called(words.format(by_threes(km, " "))) == []


@given(st.text("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", min_size=17, max_size=17))
def test_a_vin_is_no_phone(vin: str) -> None:
    assume(not vin.isdigit())
    assert called(f"вин {vin}") == []


@given(st.integers(1950, 2030), st.integers(1, 300_000), st.integers(10_000, 9_999_999))
def test_year_mileage_and_price_in_a_row_are_no_phone(year: int, km: int, price: int) -> None:
    assert called(f"{year} {km} {price}") == []
    assert called(f"{year}, {km}, {price}") == []


@given(st.text(max_size=200))
def test_no_text_is_too_strange(text: str) -> None:
    for phone in read(text):
        assert 0 <= phone.start < phone.end <= len(text)


# --- what cannot be called


@pytest.mark.parametrize(
    "text",
    ["8 900 123 45 6", "8-926-71-49", "123-45-67", "мой 8 916 123 45 678", "8 800 555 35 35", "+7 999 12 34"],
)
def test_a_broken_number_is_kept_as_written(text: str) -> None:
    (phone,) = read(text)
    assert (phone.valid, phone.number in text) == (False, True)


def test_an_extension_is_kept_beside_the_number() -> None:
    (phone,) = read("8 495 123-45-67 доб. 123, Марина")
    assert (phone.number, phone.extension) == ("+74951234567", "123")
