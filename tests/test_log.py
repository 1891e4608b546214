"""Logs tell what happened and nothing about the customer."""

import json
import logging
import sys

import pytest
from sqlalchemy.exc import IntegrityError

from bot.log import JsonFormatter, mask_phones


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("+79001234567", "+7900***4567"),
        ("звоните 8 (900) 123-45-67 вечером", "звоните +7900***4567 вечером"),
        ("7900 123 45 67", "+7900***4567"),
        ("цена 1 250 000, пробег 89 000", "цена 1 250 000, пробег 89 000"),
        ("2026-11-21T20:19:35.123+00:00", "2026-11-21T20:19:35.123+00:00"),
        ("id 1234567890123", "id 1234567890123"),
    ],
)
def test_mask_phones(text: str, masked: str) -> None:
    assert mask_phones(text) == masked


def test_a_record_is_one_line_of_json_with_its_extras() -> None:
    entry = json.loads(_format("turn failed", extra={"turn": 7, "phone": "+79001234567"}))
    assert (entry["event"], entry["level"], entry["turn"]) == ("turn failed", "warning", 7)
    assert entry["phone"] == "+7900***4567"


def test_values_of_a_failed_statement_are_not_logged() -> None:
    values = {"text": "моя тайна"}
    try:
        raise IntegrityError("INSERT INTO message", values, ValueError("unique"))
    except IntegrityError:
        line = _format("turn failed", exc_info=True)
    assert "INSERT INTO message" in line
    assert "тайна" not in line


def _format(event: str, *, extra: dict[str, object] | None = None, exc_info: bool = False) -> str:
    record = logging.getLogger("t").makeRecord(
        "t", logging.WARNING, "f", 1, event, (), sys.exc_info() if exc_info else None, extra=extra
    )
    line = JsonFormatter().format(record)
    assert "\n" not in line
    return line
