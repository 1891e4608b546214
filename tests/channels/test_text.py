"""Texts over a messenger's limit are parted where a reader would pause, and nothing gets lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.text import split_text


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("Цена 1 150 000 ₽", 100, ["Цена 1 150 000 ₽"]),
        ("", 100, []),
        (" \n\n ", 100, []),
        ("один два\n\nтри четыре", 14, ["один два", "три четыре"]),
        ("один два\nтри\nпять шесть", 15, ["один два\nтри", "пять шесть"]),
        ("Есть. Приезжайте завтра", 15, ["Есть.", "Приезжайте", "завтра"]),
        ("Машина есть. Приезжайте", 20, ["Машина есть.", "Приезжайте"]),
        ("раз\n\nдва три четыре пять", 18, ["раз\n\nдва три", "четыре пять"]),
        ("раз два", 3, ["раз", "два"]),
        ("абвгдежз", 3, ["абв", "где", "жз"]),
        ("😀😀😀", 5, ["😀😀", "😀"]),
    ],
)
def test_where_a_text_is_parted(text: str, limit: int, pieces: list[str]) -> None:
    assert split_text(text, limit) == pieces


def test_a_link_is_not_broken() -> None:
    link = "https://www.avito.ru/moskva/avtomobili/hyundai_solaris_2019_4411223344"
    assert link in split_text(f"{'слово ' * 10}{link}", 80)


@given(st.text(alphabet="аб. \n😀", max_size=300), st.integers(2, 40))
def test_pieces_fit_and_hold_every_letter(text: str, limit: int) -> None:
    pieces = split_text(text, limit)
    assert all(0 < len(piece.encode("utf-16-le")) // 2 <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
