"""What staff call a customer whose name cannot be read."""

import pytest

from bot.desk.names import name_of, visible

UNSEEN = {
    "none": None,
    "empty": "",
    "spaces": " \u00a0\u2003\n",
    "zero width": "\u200b\u200d\u2060\ufeff",
    "combining marks alone": "\u0301\u0336",
    "blank letters and symbols": "\u3164\u2800\uffa0\ufffc",
    "controls and directions": "\x00\x1b\u202e\u2066",
    "half a character": "\ud83d",
}


@pytest.mark.parametrize("name", UNSEEN.values(), ids=UNSEEN)
def test_who_has_none_is_told_apart_by_his_number(name: str | None) -> None:
    assert visible(name) is None
    assert name_of(name, 17) == "Клиент 17"


@pytest.mark.parametrize("name", ["Анна", "🔥", "👨‍👩‍👧", "1", "李", "Й", "\u200bАнна", "."])
def test_a_name_of_which_anything_is_seen_stays(name: str) -> None:
    assert name_of(name, 17) == name


def test_a_name_is_one_line() -> None:
    assert name_of("  Анна\n\n Петрова ", 17) == "Анна Петрова"
