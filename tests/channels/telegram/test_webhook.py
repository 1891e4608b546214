"""Updates by webhook: only Telegram's, and acknowledged only once they are stored."""

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
from sqlalchemy.exc import OperationalError
from yarl import URL

from bot.channels.telegram.webhook import SECRET_HEADER
from bot.db import Sessions
from bot.errors import SettingsError
from tests.channels.telegram.gateway import SECRET, Receiving, WatchedInbox, eventually, receiving
from tests.emulators.telegram import TelegramEmulator, Trouble


@pytest.fixture
async def gateway(telegram: TelegramEmulator, sqlite_sessions: Sessions) -> AsyncIterator[Receiving]:
    async with receiving(telegram, sqlite_sessions, telegram_mode="webhook") as gateway:
        await eventually(lambda: telegram.account.webhook is not None)
        yield gateway


async def post(gateway: Receiving, body: bytes, secret: str | None = SECRET) -> int:
    headers = {} if secret is None else {SECRET_HEADER: secret}
    url = f"{gateway.url}/telegram/webhook"
    async with aiohttp.ClientSession() as http, http.post(url, data=body, headers=headers) as answer:
        return answer.status


async def test_what_is_said_reaches_the_inbox(telegram: TelegramEmulator, gateway: Receiving) -> None:
    telegram.account.updates.repeat_probability = 1.0
    anna = telegram.customer()
    for text in ("раз", "два"):
        anna.says(text)
    came = [await gateway.inbox.came.get() for _ in range(4)]
    assert [update.text for update, stored in came if stored] == ["раз", "два"]


async def test_telegram_repeats_what_could_not_be_stored(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    inbox = WatchedInbox(sqlite_sessions)
    inbox.troubles = [OperationalError("INSERT", {}, Exception("database is locked"))]
    telegram.customer().says("раз")
    async with receiving(telegram, sqlite_sessions, inbox, telegram_mode="webhook"):
        assert (await inbox.next()).text == "раз"
        webhook = telegram.account.webhook
        assert webhook is not None
        await eventually(lambda: webhook.attempts == [503, 200])


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "1", "секрет"])
async def test_a_forged_update_is_refused(gateway: Receiving, secret: str | None) -> None:
    update = {"update_id": 1, "message": {"message_id": 1, "date": 0, "text": "взлом"}}
    assert await post(gateway, json.dumps(update).encode(), secret) == 403
    assert gateway.inbox.came.empty()


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"update_id": 1, "message": "'])
async def test_what_is_not_json_is_a_bad_request(gateway: Receiving, body: bytes) -> None:
    assert await post(gateway, body) == 400


async def test_an_endless_body_is_not_read(gateway: Receiving) -> None:
    assert await post(gateway, b" " * (2 * 1024 * 1024)) == 413


@pytest.mark.parametrize("body", [b"[]", b"7", b"null", b"{}", b'{"update_id": 1}', b'{"update_id": "x"}'])
async def test_an_unknown_shape_is_not_sent_again_for_ever(gateway: Receiving, body: bytes) -> None:
    assert await post(gateway, body) == 200
    assert gateway.inbox.came.empty()


async def test_telegram_is_told_the_address_as_soon_as_it_answers(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    telegram.misbehave(Trouble.SERVER_ERROR, "setWebhook")
    async with receiving(telegram, sqlite_sessions, telegram_mode="webhook") as gateway:
        await eventually(lambda: telegram.account.webhook is not None)
        webhook = telegram.account.webhook
        assert webhook is not None
        assert (webhook.url, webhook.secret) == (f"{gateway.url}/telegram/webhook", SECRET)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"public_url": None}, "PUBLIC_URL"),
        ({"telegram_secret": None}, "TELEGRAM_SECRET"),
        ({"telegram_secret": "два слова"}, "TELEGRAM_SECRET"),
        ({"telegram_token": "токен"}, "TELEGRAM_TOKEN"),
    ],
)
async def test_a_missing_setting_is_named(
    telegram: TelegramEmulator, sqlite_sessions: Sessions, fields: dict[str, str | None], named: str
) -> None:
    with pytest.raises(SettingsError, match=named):
        async with receiving(telegram, sqlite_sessions, telegram_mode="webhook", **fields):
            pass


async def test_a_secret_that_is_no_text_is_refused_as_any_other(gateway: Receiving) -> None:
    url = URL(gateway.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = f"POST /telegram/webhook HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n{SECRET_HEADER}: "
    writer.write(head.encode() + b"\xff\xfe\r\n\r\n{}")
    assert (await reader.readline()).startswith(b"HTTP/1.1 403 ")
    writer.close()
