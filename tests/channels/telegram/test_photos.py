"""Pictures: as few bytes as possible on the way, and none that is broken costs another or the text."""

import pytest

from bot.channels.base import Outgoing
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.client import make_bot
from bot.contract import Card
from bot.db import Sessions
from tests.channels.telegram.gateway import TOKEN, PictureServer, send
from tests.emulators.telegram import Customer, TelegramEmulator


def card(url: str | None) -> Card:
    return Card(
        car_id=1, title="Лада Гранта", text="900 000 ₽", picture=url, button="Подробнее", payload="7.3"
    )


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
