"""Updates by polling: each is in the inbox, once and in order, before Telegram may forget it."""

import itertools

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DataError, OperationalError

from bot.channels.base import Button, Outgoing
from bot.channels.telegram import polling
from bot.db import Sessions
from bot.inbox.models import InboxUpdate
from tests.channels.telegram.gateway import TOKEN, WatchedInbox, eventually, free_port, receiving
from tests.emulators.telegram import TelegramEmulator, Trouble


async def test_what_is_said_reaches_the_inbox(telegram: TelegramEmulator, sessions: Sessions) -> None:
    anna = telegram.customer("Анна")
    async with receiving(telegram, sessions) as gateway:
        said = anna.says("Солярис ещё продаётся?")
        update = await gateway.inbox.next()
    assert (update.channel, update.account, update.chat_id) == ("telegram", "4200000001", str(anna.id))
    assert (update.kind, update.text, update.name) == ("text", "Солярис ещё продаётся?", "Анна")
    assert update.message_id == str(said.message_id)


async def test_everything_a_customer_does(telegram: TelegramEmulator, sqlite_sessions: Sessions) -> None:
    anna = telegram.customer(phone="79161234567")
    async with receiving(telegram, sqlite_sessions) as gateway:
        anna.starts("car12")
        said = anna.says("Мой номер 8 916 123-45-67")
        anna.edits(said, "Мой номер 8 916 123-45-68")
        anna.replies(said, "позвоните")
        anna.sends_photo("такая же?")
        anna.sends_album(2)
        anna.sends_video()
        anna.sends_voice()
        anna.sends_video_note()
        anna.sends_document()
        anna.sends_location()
        anna.sends_sticker()
        anna.shares_contact()
        anna.blocks()
        anna.unblocks()
        updates = [await gateway.inbox.next() for _ in range(16)]
    assert [(u.kind, u.text, [a.kind for a in u.attachments]) for u in updates] == [
        ("start", "", []),
        ("text", "Мой номер 8 916 123-45-67", []),
        ("edit", "Мой номер 8 916 123-45-68", []),
        ("text", "позвоните", []),
        ("text", "такая же?", ["photo"]),
        ("text", "", ["photo"]),
        ("text", "", ["photo"]),
        ("text", "", ["video"]),
        ("text", "", ["voice"]),
        ("text", "", ["video_note"]),
        ("text", "", ["document"]),
        ("text", "", ["location"]),
        ("text", "👍", []),
        ("text", "+79161234567", ["contact"]),
        ("blocked", "", []),
        ("unblocked", "", []),
    ]
    assert updates[0].listing_ref == "car12"
    assert updates[2].message_id == updates[3].reply_to == str(said.message_id)
    assert updates[13].own_phone == "+79161234567"


async def test_a_pressed_button_stops_spinning(telegram: TelegramEmulator, sqlite_sessions: Sessions) -> None:
    anna = telegram.customer()
    async with receiving(telegram, sqlite_sessions) as gateway:
        anna.says("Какие есть?")
        await gateway.inbox.next()
        question = Outgoing(text="Какой?", buttons=(Button(title="Белый", key="7.0"),))
        await gateway.channel.send(str(anna.id), question, 1)
        press = anna.presses("Белый")
        update = await gateway.inbox.next()
        await eventually(lambda: press in telegram.account.answered)
    assert (update.kind, update.button, update.text) == ("button", "7.0", "Белый")


async def test_a_business_account(telegram: TelegramEmulator, sqlite_sessions: Sessions) -> None:
    owner = telegram.owner()
    boris = telegram.customer("Борис", at=owner)
    connection = owner.connects()
    async with receiving(telegram, sqlite_sessions) as gateway:
        boris.says("Здравствуйте")
        asked = await gateway.inbox.next()
        await gateway.channel.send(asked.chat_id, Outgoing(text="Слушаю вас"), 1)
        owner.echoes(boris, boris.received[0])
        owner.types(boris, "Это Пётр, отвечу сам")
        taken_over = await gateway.inbox.next()
    assert asked.chat_id == taken_over.chat_id == f"b{connection.id}:{boris.id}"
    assert (taken_over.kind, taken_over.text) == ("staff", "Это Пётр, отвечу сам")


async def test_an_update_is_acknowledged_only_once_it_is_stored(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    inbox = WatchedInbox(sqlite_sessions)
    inbox.troubles = [OperationalError("INSERT", {}, Exception("database is locked"))]
    async with receiving(telegram, sqlite_sessions, inbox):
        anna = telegram.customer()
        anna.says("раз")
        anna.says("два")
        assert [(await inbox.next()).text for _ in range(2)] == ["раз", "два"]


async def test_an_update_that_cannot_be_read_costs_no_other(
    telegram: TelegramEmulator, sqlite_sessions: Sessions, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.account.updates.add("message", {"text": "секрет"}, "broken")
    telegram.account.updates.add("from_the_future", {"text": "секрет"}, "unknown")
    telegram.account.updates.add("message", ["секрет"], "broken")
    telegram.customer().says("живой человек")
    async with receiving(telegram, sqlite_sessions) as gateway:
        assert (await gateway.inbox.next()).text == "живой человек"
        await eventually(lambda: len(telegram.account.updates) == 0)
    refused = [r for r in caplog.records if r.message == "update not understood"]
    assert [vars(record)["kind"] for record in refused] == ["message", "message"]
    assert "секрет" not in caplog.text


async def test_an_update_that_the_database_refuses_costs_no_other(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    inbox = WatchedInbox(sqlite_sessions)
    inbox.troubles = [DataError("INSERT", {}, Exception("value too long"))]
    async with receiving(telegram, sqlite_sessions, inbox):
        anna = telegram.customer()
        anna.says("раз")
        anna.says("два")
        assert (await inbox.next()).text == "два"


async def test_a_repeated_update_is_stored_once(telegram: TelegramEmulator, sessions: Sessions) -> None:
    telegram.account.updates.repeat_probability = 1.0
    async with receiving(telegram, sessions) as gateway:
        anna = telegram.customer()
        for text in ("раз", "два", "три"):
            anna.says(text)
        came = [await gateway.inbox.came.get() for _ in range(6)]
    assert [update.text for update, stored in came if stored] == ["раз", "два", "три"]


async def test_each_customer_keeps_his_order(telegram: TelegramEmulator, sqlite_sessions: Sessions) -> None:
    telegram.account.updates.shuffled = True
    customers = [telegram.customer() for _ in range(5)]
    for number, customer in itertools.product("12345", customers):
        customer.says(number)
    async with receiving(telegram, sqlite_sessions) as gateway:
        came = [await gateway.inbox.next() for _ in range(25)]
    for customer in customers:
        assert [u.text for u in came if u.chat_id == str(customer.id)] == list("12345")


async def test_a_restart_neither_loses_nor_doubles(telegram: TelegramEmulator, sessions: Sessions) -> None:
    anna = telegram.customer()
    async with receiving(telegram, sessions) as gateway:
        anna.says("раз")
        await gateway.inbox.next()
    anna.says("два")
    async with receiving(telegram, sessions) as gateway:
        await gateway.inbox.next()
        anna.says("три")
        await gateway.inbox.next()
    async with sessions() as session:
        rows = (await session.scalars(select(InboxUpdate).order_by(InboxUpdate.id))).all()
    assert [row.body["text"] for row in rows] == ["раз", "два", "три"]


@pytest.mark.parametrize(
    "trouble", [Trouble.DROP, Trouble.SERVER_ERROR, Trouble.TOO_MANY_REQUESTS, Trouble.BAD_JSON]
)
async def test_polling_outlives_trouble(
    telegram: TelegramEmulator, sqlite_sessions: Sessions, trouble: Trouble
) -> None:
    telegram.misbehave(trouble, "deleteWebhook")
    telegram.misbehave(trouble, "getUpdates")
    telegram.customer().says("раз")
    async with receiving(telegram, sqlite_sessions) as gateway:
        assert (await gateway.inbox.next()).text == "раз"
        await eventually(lambda: gateway.channel.alive)


async def test_a_wrong_token_is_said_and_stops_nothing(
    sqlite_sessions: Sessions, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        TelegramEmulator("1:another") as telegram,
        receiving(telegram, sqlite_sessions) as gateway,
    ):
        await eventually(lambda: "не принял токен" in _reasons(caplog))
        assert not gateway.channel.alive
    assert TOKEN.split(":")[1] not in caplog.text + _reasons(caplog)


async def test_no_connection_is_said_without_the_token(
    telegram: TelegramEmulator, sqlite_sessions: Sessions, caplog: pytest.LogCaptureFixture
) -> None:
    nobody_there = f"http://127.0.0.1:{free_port()}"
    async with receiving(telegram, sqlite_sessions, telegram_api_url=nobody_there):
        await eventually(lambda: "нет связи с Telegram" in _reasons(caplog))
    assert TOKEN.split(":")[1] not in caplog.text + _reasons(caplog)


async def test_only_one_gateway_polls_and_another_follows_it(
    telegram: TelegramEmulator, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two polls at a time would be a violation, which the fixture looks for.
    monkeypatch.setattr(polling, "STANDBY", 0.05)
    anna = telegram.customer()
    async with receiving(telegram, sessions) as first:
        await eventually(lambda: "getUpdates" in telegram.calls)
        async with receiving(telegram, sessions) as second:
            anna.says("раз")
            assert (await first.inbox.next()).text == "раз"
            await first.stop()
            anna.says("два")
            assert (await second.inbox.next()).text == "два"


async def test_polling_takes_a_webhook_down(telegram: TelegramEmulator, sqlite_sessions: Sessions) -> None:
    async with receiving(telegram, sqlite_sessions, telegram_mode="webhook"):
        await eventually(lambda: telegram.account.webhook is not None)
    telegram.customer().says("раз")
    async with receiving(telegram, sqlite_sessions) as gateway:
        assert (await gateway.inbox.next()).text == "раз"


async def test_the_menu_of_commands_is_shown(telegram: TelegramEmulator, sqlite_sessions: Sessions) -> None:
    async with receiving(telegram, sqlite_sessions):
        await eventually(lambda: "getUpdates" in telegram.calls)
    assert [command.command for command in telegram.account.commands] == ["start", "help"]


def _reasons(caplog: pytest.LogCaptureFixture) -> str:
    return " ".join(str(vars(record).get("reason", "")) for record in caplog.records)
