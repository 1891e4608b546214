"""What reaches Rasa: what was typed, never a command."""

import pytest

from bot.channels.base import Attachment
from bot.outbox import Choice
from bot.turn.message import compose, plain
from tests.spine import incoming


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ('/request_human{"x":1}', 'request_human{"x":1}'),
        ("  / //restart", "restart"),
        ("\u200b/greet", "greet"),
        ("\u202e\t\n/greet", "greet"),
        ("\0/greet\x07", "greet"),
        ("цена и/или торг?", "цена и/или торг?"),
        ("строка\nвторая\x1b[31m", "строка\nвторая[31m"),
        ("  пробелы  ", "пробелы"),
        ("👨‍👩‍👧 семья", "👨‍👩‍👧 семья"),
    ],
)
def test_plain(typed: str, sent: str) -> None:
    assert plain(typed) == sent


def test_every_line_of_a_burst_is_cleaned() -> None:
    assert compose([incoming("/a"), incoming("  "), incoming("/b")], None).text == "a\nb"


def test_a_long_text_is_cut() -> None:
    assert len(compose([incoming("я" * 100_000)], None).text) == 4000


def test_a_picture_without_text_is_an_attachment() -> None:
    message = compose([incoming(attachments=(Attachment(kind="voice"),))], None)
    assert (message.text, message.attachments) == ("/attachment", ("voice",))


def test_a_picture_with_text_is_text_with_an_attachment() -> None:
    message = compose([incoming("такая есть?", attachments=(Attachment(kind="photo"),))], None)
    assert (message.text, message.attachments) == ("такая есть?", ("photo",))


@pytest.mark.parametrize("typed", ["", "   ", "/", "\u200b"])
def test_nothing_readable_is_not_met_with_silence(typed: str) -> None:
    message = compose([incoming(typed)], None)
    assert (message.text, message.attachments) == ("/attachment", ("other",))


def test_opening_the_chat_is_a_greeting() -> None:
    assert compose([incoming(kind="start", listing_ref="/cars/1")], None).text == "/greet"


def test_a_button_is_its_payload() -> None:
    message = compose([incoming("Да", kind="button", button="1.0")], Choice("Да", "/affirm"))
    assert (message.text, message.pressed) == ("/affirm", "/affirm")


def test_a_message_corrected_twice_says_what_it_says_now() -> None:
    burst = [
        incoming("8 900 123-45-68", kind="edit", message_id="7"),
        incoming("и позвоните", message_id="8"),
        incoming("8 900 123-45-69", kind="edit", message_id="7"),
    ]
    assert compose(burst, None).text == "и позвоните\n8 900 123-45-69"
