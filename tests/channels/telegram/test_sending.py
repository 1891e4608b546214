"""The channel against the Bot API: what the customer sees, and what the outbox is told."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from aiogram.types import InlineKeyboardMarkup, ReplyKeyboardMarkup
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.base import Button, Outgoing
from bot.channels.pictures import read_picture
from bot.channels.telegram import TelegramChannel, pace
from bot.channels.telegram.client import make_bot
from bot.channels.telegram.keyboards import NOT_NOW, SHARE_NUMBER
from bot.channels.telegram.pace import Pace
from bot.contract import Card
from bot.db import Sessions
from bot.errors import DeliveryDelayed, DeliveryError, Unreachable
from tests.channels.telegram.gateway import TOKEN, eventually
from tests.emulators.telegram import Customer, TelegramEmulator, Trouble, picture

YES = Button(title="Да", key="7.0")


class PictureServer:
    """A dealer's server. `near` is an address that the emulator can fetch from, `far` one it cannot."""

    def __init__(self, server: TestServer) -> None:
        self.fetched: list[str] = []
        self._port = server.port

    def near(self, name: str) -> str:
        return f"http://127.0.0.1:{self._port}/{name}"

    def far(self, name: str) -> str:
        return f"http://localhost:{self._port}/{name}"


@pytest.fixture
async def pictures() -> AsyncIterator[PictureServer]:
    async def serve(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        known.fetched.append(name)
        if name.startswith("gone"):
            raise web.HTTPNotFound
        body = b"<html>" if name.startswith("page") else picture(colour=name.removesuffix(".jpg"))
        return web.Response(body=body, content_type="image/jpeg")

    app = web.Application()
    app.router.add_get("/{name}", serve)
    async with TestServer(app, host="127.0.0.1") as server:
        known = PictureServer(server)
        yield known


@pytest.fixture
def stock(tmp_path: Path) -> Path:
    (tmp_path / "stock").mkdir()
    (tmp_path / "stock" / "red.jpg").write_bytes(picture(colour="red"))
    return tmp_path / "stock"


@pytest.fixture
async def channel(
    telegram: TelegramEmulator, sqlite_sessions: Sessions, stock: Path
) -> AsyncIterator[TelegramChannel]:
    read = partial(read_picture, folder=stock, may_reach=lambda _: True)
    bot = make_bot(TOKEN, telegram.url)
    yield TelegramChannel(bot, sqlite_sessions, read=read)
    await bot.session.close()


@pytest.fixture
def anna(telegram: TelegramEmulator) -> Customer:
    customer = telegram.customer("Анна")
    customer.starts()
    return customer


async def send(channel: TelegramChannel, customer: Customer, message: Outgoing) -> list[str]:
    return [
        message_id
        for part in channel.parts(message)
        for message_id in await channel.send(str(customer.id), part, 1)
    ]


def card(url: str | None) -> Card:
    return Card(
        car_id=1, title="Лада Гранта", text="900 000 ₽", picture=url, button="Подробнее", payload="7.3"
    )


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


async def test_pictures_come_as_an_album_in_their_order(
    channel: TelegramChannel, anna: Customer, pictures: PictureServer
) -> None:
    urls = tuple(pictures.near(f"{colour}.jpg") for colour in ("red", "green", "blue"))
    sent = await send(channel, anna, Outgoing(text="Снимки", pictures=urls))
    [album] = anna.received
    assert (album.text, len(album.file_ids)) == ("Снимки", 3)
    assert pictures.fetched == ["red.jpg", "green.jpg", "blue.jpg"]
    assert sent == [str(message.message_id) for message in album.messages]


async def test_a_picture_is_uploaded_once(
    channel: TelegramChannel, anna: Customer, pictures: PictureServer
) -> None:
    message = Outgoing(pictures=("/stock/red.jpg", pictures.near("green.jpg")))
    await send(channel, anna, message)
    await send(channel, anna, message)
    first, second = anna.received
    assert first.file_ids == second.file_ids
    assert pictures.fetched == ["green.jpg"]


async def test_what_telegram_forgot_is_uploaded_again(
    telegram: TelegramEmulator, channel: TelegramChannel, anna: Customer, pictures: PictureServer
) -> None:
    message = Outgoing(text="Снимки", pictures=("/stock/red.jpg", pictures.near("green.jpg")))
    await send(channel, anna, message)
    telegram.account.files.forget()
    await send(channel, anna, message)
    first, second = anna.received
    assert (second.text, len(second.file_ids)) == ("Снимки", 2)
    assert not set(first.file_ids) & set(second.file_ids)


async def test_what_telegram_cannot_fetch_is_read_here(
    channel: TelegramChannel, anna: Customer, pictures: PictureServer
) -> None:
    await send(channel, anna, Outgoing(pictures=(pictures.far("red.jpg"), pictures.far("blue.jpg"))))
    assert len(anna.received[0].file_ids) == 2


@pytest.mark.parametrize("broken", ["gone.jpg", "page.jpg"])
async def test_a_broken_picture_costs_no_other(
    channel: TelegramChannel, anna: Customer, pictures: PictureServer, broken: str
) -> None:
    urls = (pictures.far(broken), pictures.far("red.jpg"), "/stock/none.jpg", pictures.near("blue.jpg"))
    await send(channel, anna, Outgoing(text="Снимки", pictures=urls))
    [album] = anna.received
    assert (album.text, len(album.file_ids)) == ("Снимки", 2)


async def test_without_any_picture_the_text_still_comes(
    channel: TelegramChannel, anna: Customer, pictures: PictureServer
) -> None:
    assert await send(channel, anna, Outgoing(pictures=("/stock/none.jpg",))) == []
    await send(channel, anna, Outgoing(text="Снимки", pictures=("/stock/none.jpg", pictures.far("gone.jpg"))))
    [message] = anna.received
    assert (message.text, message.file_ids) == ("Снимки", [])


async def test_a_feed_cannot_make_us_read_our_own_network(
    telegram: TelegramEmulator, sqlite_sessions: Sessions, anna: Customer, pictures: PictureServer
) -> None:
    bot = make_bot(TOKEN, telegram.url)
    await send(
        TelegramChannel(bot, sqlite_sessions),
        anna,
        Outgoing(text="Снимок", pictures=(pictures.far("red.jpg"),)),
    )
    await bot.session.close()
    assert (anna.received[0].text, anna.received[0].file_ids) == ("Снимок", [])
    assert pictures.fetched == []


@pytest.mark.parametrize("url", ["/stock/red.jpg", "/stock/none.jpg", None])
async def test_a_card_has_its_button_whether_or_not_it_has_a_picture(
    channel: TelegramChannel, anna: Customer, url: str | None
) -> None:
    await send(channel, anna, Outgoing(text="Нашёл", cards=(card(url),)))
    text, shown = anna.received
    assert text.text == "Нашёл"
    assert (shown.text, shown.buttons) == ("Лада Гранта\n900 000 ₽", ["Подробнее"])
    assert len(shown.file_ids) == (url == "/stock/red.jpg")


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
