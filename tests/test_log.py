"""Logs tell what happened and nothing about the customer."""

import json
import logging
import sys
from collections.abc import Iterator

import pytest
from aiogram.exceptions import ClientDecodeError
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import IntegrityError

from bot.log import JsonFormatter, mask_phones, set_up_logging


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


@pytest.mark.parametrize(
    "text",
    [
        "Cannot connect to https://api.telegram.org/bot4200000001:SECRET/getMe",
        "Retrying after error: /method/messages.send?access_token=SECRET&v=5.199",
        "params {'access_token': 'SECRET', 'v': '5.199'}",
        'body {"access_token": "SECRET"}',
        "https://lp.vk.com/wh1?act=a_check&key=SECRET&ts=7",
        "token 123456789:AAFSECRETSECRETSECRETSECRETSECRETSE is wrong",
        "VkApi(vk1.a.SECRET-x_y)",
        "could not connect to postgresql://bot:SECRET@db.local/avtootvet",
    ],
)
def test_keys_are_masked_wherever_a_library_puts_them(text: str) -> None:
    assert "SECRET" not in _format(text)
    assert "SECRET" not in _format("failed", extra={"reason": text})
    assert "SECRET" not in _raised(RuntimeError(text))


def test_what_is_no_key_stays_readable() -> None:
    line = _format("turn 12:30 of site:main:abc, key «12.0», https://t.me/avto_bot?start=car12")
    assert "turn 12:30 of site:main:abc, key «12.0», https://t.me/avto_bot?start=car12" in line


def test_errors_do_not_quote_what_people_wrote() -> None:
    class Update(BaseModel):
        text: int

    words = "моя " + "тайна"  # a traceback shows lines of code
    with pytest.raises(ValidationError) as invalid:
        Update.model_validate({"text": words})
    undecoded = ClientDecodeError("Failed to decode object", invalid.value, {"text": words})
    failed = IntegrityError("INSERT", {}, ValueError(f"unique\nDETAIL:  Key (text)=({words}) exists."))
    for error in (invalid.value, undecoded, failed):
        line = _raised(error)
        assert type(error).__name__ in line
        assert words not in line


def test_libraries_are_heard_from_a_warning_on(restored: None, capfd: pytest.CaptureFixture[str]) -> None:
    set_up_logging()
    token = "/method/x?access_token=SECRET"
    logging.getLogger("urllib3.connectionpool").debug("POST %s", token)
    logging.getLogger("aiogram.event").info("Update handled %s", token)
    logging.getLogger("vk_api").warning("Retrying %s", token)
    (line,) = capfd.readouterr().err.splitlines()
    assert json.loads(line)["event"] == "Retrying /method/x?access_token=***"


def test_an_error_that_nobody_caught_is_masked_too(restored: None, capfd: pytest.CaptureFixture[str]) -> None:
    set_up_logging()
    error = RuntimeError("https://api.telegram.org/bot42:SECRET/getMe")
    sys.excepthook(RuntimeError, error, None)
    assert "bot42:***" in capfd.readouterr().err


@pytest.fixture
def restored() -> Iterator[None]:
    """The logging of the test run itself, afterwards."""
    root, hook = logging.getLogger(), sys.excepthook
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], sys.excepthook = handlers, hook
    root.setLevel(level)


def _raised(error: Exception) -> str:
    try:
        raise error
    except type(error):
        return _format("failed", exc_info=True)


def _format(event: str, *, extra: dict[str, object] | None = None, exc_info: bool = False) -> str:
    record = logging.getLogger("t").makeRecord(
        "t", logging.WARNING, "f", 1, event, (), sys.exc_info() if exc_info else None, extra=extra
    )
    line = JsonFormatter().format(record)
    assert "\n" not in line
    return line
