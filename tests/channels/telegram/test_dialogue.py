"""The whole way, from the customer's phone to Rasa and back, with the real client of the Bot API."""

import asyncio
import re

from sqlalchemy import select

from bot.channels.telegram.keyboards import SHARE_NUMBER
from bot.conversations import Conversation
from bot.db import Sessions
from bot.outbox.models import OutboxMessage
from tests.channels.telegram.gateway import eventually, talking
from tests.emulators.telegram import Customer, TelegramEmulator, Trouble
from tests.spine import FakeRasa, says


async def test_a_dialogue_with_a_restart_in_the_middle(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    rasa, anna = FakeRasa(), telegram.customer("Анна", phone="79161234567")
    rasa.answers = [
        says({"text": "Эта машина в продаже. Что рассказать?", "buttons": [_button("Цена", "/ask_price")]}),
        says(
            {"text": "900 000 ₽."},
            {"text": "Оставите номер?", "custom": {"effect": "asked_phone", "step": "hold_car"}},
        ),
        says({"text": "Спасибо, записал."}),
    ]
    async with talking(telegram, sessions, rasa):
        anna.starts("car12")
        assert (await anna.next_message()).buttons == ["Цена"]
    anna.presses("Цена")
    rasa.release.clear()
    async with talking(telegram, sessions, rasa):
        await eventually(lambda: "typing" in anna.actions)
        rasa.release.set()
        asked = await anna.next_message()
        assert asked.text == "900 000 ₽.\n\nОставите номер?"
        anna.presses(SHARE_NUMBER)
        assert (await anna.next_message()).text == "Спасибо, записал."
    assert rasa.messages == ["/greet", "/ask_price", "+79161234567"]
    assert rasa.asked[0]["metadata"]["listing_ref"] == "car12"
    assert len(anna.received) == 3


async def test_a_quoted_answer_and_a_correction(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    rasa, anna = FakeRasa(), telegram.customer()
    async with talking(telegram, sqlite_sessions, rasa):
        said = anna.says("мой номер 89161234567")
        answer = await anna.next_message()
        anna.replies(answer, "а этот?")
        await anna.next_message()
        anna.edits(said, "мой номер 89161234568")
        await anna.next_message()
    assert rasa.messages == ["мой номер 89161234567", "а этот?", "мой номер 89161234568"]


async def test_typed_commands_are_only_words(telegram: TelegramEmulator, sqlite_sessions: Sessions) -> None:
    rasa, anna = FakeRasa(), telegram.customer()
    async with talking(telegram, sqlite_sessions, rasa):
        for typed in ("/restart", '/choose_car{"car_id": 1}', "/helpme"):
            anna.says(typed)
            await anna.next_message()
    assert rasa.messages == ["restart", 'choose_car{"car_id": 1}', "helpme"]


async def test_every_message_is_answered_once_whatever_goes_wrong(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    telegram.account.updates.shuffled = True
    telegram.account.updates.repeat_probability = 0.3
    for trouble in (Trouble.TOO_MANY_REQUESTS, Trouble.SERVER_ERROR, Trouble.DROP):
        telegram.misbehave(trouble, "sendMessage", times=2)
    telegram.misbehave(Trouble.DROP, "getUpdates")
    customers = [telegram.customer() for _ in range(8)]
    words = [str(n) for n in range(4)]
    for word in words:
        for customer in customers:
            customer.says(word)
    async with talking(telegram, sqlite_sessions, FakeRasa()):
        await eventually(lambda: all(_answered(customer)[-1:] == words[-1:] for customer in customers))
        await eventually(lambda: len(telegram.account.updates) == 0)
    assert [_answered(customer) for customer in customers] == [words] * 8


async def test_who_blocked_the_bot_is_left_alone_until_he_writes_again(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    rasa, anna = FakeRasa(), telegram.customer()
    rasa.release.clear()
    async with talking(telegram, sqlite_sessions, rasa):
        anna.says("цена?")
        await rasa.reached.wait()
        anna.blocks()
        rasa.release.set()
        await _until_failed(sqlite_sessions)
        assert anna.received == []
        anna.starts()
        assert (await anna.next_message()).text == "«/greet»"
    async with sqlite_sessions() as session:
        [conversation] = await session.scalars(select(Conversation))
    assert conversation.blocked_at is None


def _button(title: str, payload: str) -> dict[str, str]:
    return {"title": title, "payload": payload}


def _answered(customer: Customer) -> list[str]:
    """FakeRasa says each line again; those of one turn are in one message."""
    return re.findall(r"\d", "".join(message.text for message in customer.received))


async def _until_failed(sessions: Sessions) -> None:
    query = select(OutboxMessage.id).where(OutboxMessage.status == "failed")
    async with sessions() as session:
        while await session.scalar(query) is None:
            await session.rollback()  # or it would see the same for ever
            await asyncio.sleep(0.02)
