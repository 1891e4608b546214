"""The channel against the Bot API: what the customer sees, and what the outbox is told."""

import asyncio

import pytest
from aiogram.types import InlineKeyboardMarkup, ReplyKeyboardMarkup

from bot.channels.base import Button, Outgoing
from bot.channels.telegram import TelegramChannel, pace
from bot.channels.telegram.keyboards import NOT_NOW, SHARE_NUMBER
from bot.channels.telegram.pace import Pace
from bot.errors import DeliveryDelayed, DeliveryError, Unreachable
from tests.channels.telegram.gateway import TOKEN, eventually, send
from tests.emulators.telegram import Customer, TelegramEmulator, Trouble

YES = Button(title="Да", key="7.0")


async def test_a_text_with_buttons(channel: TelegramChannel, anna: Customer) -> None:
    sent = await send(channel, anna, Outgoing(text="<b>Смотрим?</b> *_", buttons=(YES,)))
    [message] = anna.received
    assert (message.text, message.buttons) == ("<b>Смотрим?</b> *_", ["Да"])
    assert sent == [str(message.message_id)]


async def test_a_long_text_comes_whole(channel: TelegramChannel, anna: Customer) -> None:
    text = "\n".join(f"{n}. " + "слово " * 60 for n in range(20)).strip()
    await send(channel, anna, Outgoing(text=text))
    assert len(anna.received) == 2
    assert "\n".join(m.text for m in anna.received).split() == text.split()


async def test_the_number_is_one_press_away_until_it_is_given(
    channel: TelegramChannel, anna: Customer
) -> None:
    await send(channel, anna, Outgoing(text="Оставите номер?", ask_contact=True))
    asked = anna.received[0]
    assert isinstance(asked.reply_markup, ReplyKeyboardMarkup)
    assert asked.buttons == [SHARE_NUMBER, NOT_NOW]
    anna.says("А цена?")
    await send(channel, anna, Outgoing(text="900 000 ₽"))
    with pytest.raises(LookupError):
        anna.presses(SHARE_NUMBER)


async def test_a_business_chat_has_buttons_but_no_keyboard(
    telegram: TelegramEmulator, channel: TelegramChannel
) -> None:
    owner = telegram.owner()
    connection = owner.connects()
    boris = telegram.customer("Борис", at=owner)
    boris.says("Здравствуйте")
    chat = f"b{connection.id}:{boris.id}"
    await channel.send(chat, Outgoing(text="Слушаю вас"), 1)
    await channel.send(chat, Outgoing(text="Смотрим?", buttons=(YES,)), 2)
    plain, asked = boris.received
    assert plain.reply_markup is None
    assert isinstance(asked.reply_markup, InlineKeyboardMarkup)


@pytest.mark.parametrize(
    ("trouble", "raised"),
    [
        (Trouble.SERVER_ERROR, DeliveryDelayed),
        (Trouble.DROP, DeliveryDelayed),
        (Trouble.BAD_JSON, DeliveryDelayed),
        (Trouble.SILENCE, DeliveryDelayed),
        (Trouble.BLOCKED, Unreachable),
    ],
)
async def test_what_the_outbox_is_told(
    telegram: TelegramEmulator,
    channel: TelegramChannel,
    anna: Customer,
    trouble: Trouble,
    raised: type[DeliveryError],
) -> None:
    channel.bot.session.timeout = 0.5
    telegram.misbehave(trouble, "sendMessage")
    with pytest.raises(DeliveryError) as told:
        await send(channel, anna, Outgoing(text="секрет"))
    assert type(told.value) is raised
    assert not {"секрет", TOKEN} & set(str(told.value).split())


async def test_telegram_says_how_long_to_wait(
    telegram: TelegramEmulator, channel: TelegramChannel, anna: Customer
) -> None:
    telegram.misbehave(Trouble.TOO_MANY_REQUESTS, "sendMessage", retry_after=17)
    with pytest.raises(DeliveryDelayed) as told:
        await send(channel, anna, Outgoing(text="раз"))
    assert told.value.retry_after == 17


async def test_a_refusal_is_told_in_telegrams_words(
    telegram: TelegramEmulator, channel: TelegramChannel
) -> None:
    owner = telegram.owner()
    connection = owner.connects(can_reply=False)
    boris = telegram.customer(at=owner)
    boris.says("Здравствуйте")
    with pytest.raises(DeliveryError, match="BUSINESS_CONNECTION_NOT_ALLOWED") as told:
        await channel.send(f"b{connection.id}:{boris.id}", Outgoing(text="Слушаю"), 1)
    assert type(told.value) is DeliveryError


async def test_an_answer_that_was_lost_may_come_twice(
    telegram: TelegramEmulator, channel: TelegramChannel, anna: Customer
) -> None:
    """Telegram has no send key: docs/guides/telegram.md says so."""
    channel.bot.session.timeout = 0.5
    telegram.misbehave(Trouble.SILENCE, "sendMessage")
    with pytest.raises(DeliveryDelayed):
        await send(channel, anna, Outgoing(text="раз"))
    await send(channel, anna, Outgoing(text="раз"))
    assert [message.text for message in anna.received] == ["раз", "раз"]


async def test_typing_is_shown_until_it_is_cancelled(channel: TelegramChannel, anna: Customer) -> None:
    typing = asyncio.create_task(channel.typing(str(anna.id)))
    await eventually(lambda: anna.actions == ["typing"])
    typing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await typing


@pytest.mark.parametrize("trouble", [Trouble.BLOCKED, Trouble.DROP, Trouble.BAD_JSON])
async def test_typing_never_fails_a_turn(
    telegram: TelegramEmulator, channel: TelegramChannel, anna: Customer, trouble: Trouble
) -> None:
    telegram.misbehave(trouble, "sendChatAction")
    await channel.typing(str(anna.id))


async def test_telegram_need_not_slow_us_down(telegram: TelegramEmulator, channel: TelegramChannel) -> None:
    telegram.account.flood.on = True
    customers = [telegram.customer() for _ in range(40)]
    for customer in customers:
        customer.starts()
    await asyncio.gather(*(send(channel, customer, Outgoing(text="раз")) for customer in customers))
    for text in ("два", "три", "четыре", "пять"):
        await send(channel, customers[0], Outgoing(text=text))
    assert [message.text for message in customers[0].received] == ["раз", "два", "три", "четыре", "пять"]


async def test_the_paces_of_old_chats_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "CHATS", 3)
    kept = Pace()
    for chat in "abcada":
        await kept.wait(chat, 1)
    assert list(kept._chats) == ["c", "d", "a"]
