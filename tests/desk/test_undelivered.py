"""What people are told of a message that cannot be delivered."""

import pytest
from sqlalchemy import select

from bot.channels.base import Outgoing
from bot.conversations import Conversation
from bot.db import Sessions
from bot.desk.models import DeskNotice
from bot.desk.notices import tell_undelivered
from bot.outbox import put
from bot.outbox.models import OutboxMessage
from tests.desk.telegram_desk import Visitor, dealer_with, visitor

DEALER = dealer_with({"used_cars": -100})
BLOCKED = "клиент запретил сообщения от нас"


@pytest.fixture
async def ivan(sqlite_sessions: Sessions) -> Visitor:
    ivan = await visitor(sqlite_sessions)
    await ivan.is_handed_over(status="claimed")
    return ivan


async def _fails(ivan: Visitor, outgoing: Outgoing, origin: str, error: str = BLOCKED) -> int:
    """The row of it, after the last try."""
    async with ivan.sessions.begin() as session:
        conversation = await session.get_one(Conversation, ivan.id)
        row = await put(session, conversation, outgoing, origin=origin)
        row.status, row.error = "failed", error
        await session.flush()
        await tell_undelivered(DEALER)(session, row.id)
        return row.id


async def _told(ivan: Visitor) -> DeskNotice:
    """The latest."""
    async with ivan.sessions() as session:
        notices = (await session.scalars(select(DeskNotice).order_by(DeskNotice.id))).all()
    return notices[-1]


async def test_what_staff_said_is_answered(ivan: Visitor) -> None:
    row = await _fails(ivan, Outgoing(text="Жду вас"), "desk:-100:5")
    assert (await _told(ivan)).outbox_id == row


async def test_what_the_bot_said_is_a_line_of_its_own(ivan: Visitor) -> None:
    await _fails(ivan, Outgoing(text="Жду вас"), "turn:5")
    told = await _told(ivan)
    assert told.outbox_id is None
    assert told.words == f"Не доставлено клиенту: «Жду вас». Причина: {BLOCKED}."


async def test_a_correction_that_fails_answers_what_it_corrects(ivan: Visitor) -> None:
    row = await _fails(ivan, Outgoing(text="Жду вас в пять"), "desk:-100:5")
    await _fails(ivan, Outgoing(text="Жду вас в шесть", edits=row), "desk:-100:edit:6")
    told = await _told(ivan)
    assert told.outbox_id == row
    assert told.words == f"Исправление до клиента не дошло: «Жду вас в шесть». Причина: {BLOCKED}."


async def test_long_words_are_told_by_their_beginning(ivan: Visitor) -> None:
    await _fails(ivan, Outgoing(text="слово " * 100), "desk:-100:5")
    words = (await _told(ivan)).words
    assert "слово сло…»" in words
    assert words.count("слово") < 20


async def test_a_forgotten_message_takes_its_line_along(ivan: Visitor) -> None:
    row = await _fails(ivan, Outgoing(text="Жду вас"), "desk:-100:5")
    async with ivan.sessions.begin() as session:
        await session.delete(await session.get_one(OutboxMessage, row))
    async with ivan.sessions() as session:
        assert (await session.scalars(select(DeskNotice))).all() == []


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            "клиент заблокировал бота или удалил аккаунт (Forbidden: bot was blocked by the user)",
            "клиент заблокировал бота или удалил аккаунт",
        ),
        ("клиент не принимает сообщения (ошибка 901 ВКонтакте: Can't send)", "клиент не принимает сообщения"),
        ("ошибка 100 ВКонтакте: One of the parameters is missing", "ошибка 100 ВКонтакте"),
        ("Bad Request: message is too long", "мессенджер его не принял"),
        ("TypeError в канале", "мессенджер его не принял"),
        ("Telegram не ответил вовремя", "Telegram не ответил вовремя"),
        (
            "ВКонтакте не принял файл «Договор (1).pdf»: музыку MP3 и программы он не берёт",
            "ВКонтакте не принял файл «Договор (1).pdf»: музыку MP3 и программы он не берёт",
        ),
    ],
)
async def test_why_is_told_in_russian(ivan: Visitor, error: str, reason: str) -> None:
    await _fails(ivan, Outgoing(text="Жду вас"), "desk:-100:5", error)
    assert (await _told(ivan)).words.endswith(f"Причина: {reason}.")
