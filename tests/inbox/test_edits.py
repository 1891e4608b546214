"""A customer corrects what he wrote."""

import pytest

from bot.conversations import Message
from bot.db import Sessions
from bot.inbox.edits import says_something_else
from bot.inbox.models import InboxUpdate
from tests.spine import Spine, incoming, spine


async def _edit(gateway: Spine, text: str) -> list[str]:
    return await gateway.talk(incoming(text, kind="edit", message_id="7"))


async def test_an_edit_before_the_answer_is_as_if_written_so(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await gateway.receive(incoming("сколько стит", message_id="7"))
        assert await _edit(gateway, "сколько стоит") == ["«сколько стоит»"]
        (message,) = [m for m in await gateway.rows(Message) if m.direction == "in"]
        assert (message.text, message.extras["before"]) == ("сколько стоит", ["сколько стит"])


async def test_a_corrected_number_is_answered_again(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await gateway.talk(incoming("мой номер 8 900 123-45-67", message_id="7"))
        assert await _edit(gateway, "мой номер 8 900 123-45-68") == ["«мой номер 8 900 123-45-68»"]


async def test_a_mended_typo_after_the_answer_is_not(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        await gateway.talk(incoming("а машына ещё продаётся?", message_id="7"))
        assert await _edit(gateway, "а машина ещё продаётся?") == []
        assert all(update.done_at for update in await gateway.rows(InboxUpdate))


async def test_an_edit_that_changes_no_word_is_nothing(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        await gateway.talk(incoming("https://auto.ru/1", message_id="7"))
        assert await _edit(gateway, "https://auto.ru/1") == []
        (message,) = [m for m in await gateway.rows(Message) if m.direction == "in"]
        assert "before" not in message.extras


async def test_an_edit_of_an_unknown_message_is_a_message(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        assert await _edit(gateway, "цена?") == ["«цена?»"]


async def test_the_message_of_another_customer_is_not_corrected(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        await gateway.receive(incoming("цена?", chat="boris", message_id="7"))
        await _edit(gateway, "торг?")
        assert sorted(m.text for m in await gateway.rows(Message) if m.direction == "in") == [
            "торг?",
            "цена?",
        ]


@pytest.mark.parametrize(
    ("before", "after", "else_"),
    [
        ("8 900 123 45 67", "8 900 123 45 68", True),
        ("дайте скидку", "дайте скидку пожалуйста, я из Твери", True),
        ("солярис белый", "солярис чёрный", True),
        ("здравствуйте", "Здравствуйте", False),
        ("ещё продается", "ещё продаётся", False),
    ],
)
def test_says_something_else(before: str, after: str, else_: bool) -> None:
    assert says_something_else(before, after) is else_
