"""How updates reach the bot: by polling and by the webhook."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramConflictError
from aiogram.types import BotCommand, Update
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.emulators.telegram import Customer, TelegramEmulator
from tests.emulators.telegram.webhook import SECRET_HEADER

Seen = tuple[str | None, Update]


class Receiver:
    """The bot's own server: notes what comes and answers as told."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.seen: asyncio.Queue[Seen] = asyncio.Queue()
        self.url = ""

    async def receive(self, request: web.Request) -> web.Response:
        update = Update.model_validate(await request.json())
        self.seen.put_nowait((request.headers.get(SECRET_HEADER), update))
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    async def next_texts(self, count: int) -> list[str]:
        updates = [(await asyncio.wait_for(self.seen.get(), 10))[1] for _ in range(count)]
        return texts(updates)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    application = web.Application()
    application.router.add_post("/telegram/webhook", receiver.receive)
    async with TestServer(application) as server:
        receiver.url = str(server.make_url("/telegram/webhook"))
        yield receiver


def texts(updates: list[Update]) -> list[str]:
    return [update.message.text for update in updates if update.message and update.message.text]


async def test_the_bot_knows_itself_and_its_commands(telegram: TelegramEmulator, bot: Bot) -> None:
    me = await bot.get_me()
    assert (me.id, me.is_bot, me.username) == (4242, True, "avtootvet_bot")
    commands = [BotCommand(command="help", description="Что умеет бот")]
    await bot.set_my_commands(commands)
    assert telegram.account.commands == commands
    for command, description in (("Помощь", "Что умеет бот"), ("help", "")):
        with pytest.raises(TelegramBadRequest, match="BOT_COMMAND"):
            await bot.set_my_commands([BotCommand(command=command, description=description)])


async def test_an_update_is_kept_until_it_is_confirmed(bot: Bot, anna: Customer) -> None:
    for text in ("раз", "два", "три"):
        anna.says(text)
    assert texts(await bot.get_updates(limit=2)) == ["раз", "два"]
    first = await bot.get_updates()
    assert texts(first) == ["раз", "два", "три"]
    assert texts(await bot.get_updates(offset=first[1].update_id)) == ["два", "три"]
    assert texts(await bot.get_updates(offset=first[0].update_id)) == ["два", "три"]
    assert texts(await bot.get_updates(offset=-1)) == ["три"]
    assert await bot.get_updates(offset=first[2].update_id + 1) == []


async def test_a_batch_has_at_most_a_hundred(bot: Bot, anna: Customer) -> None:
    for number in range(101):
        anna.says(str(number))
    assert len(await bot.get_updates(limit=500)) == 100


async def test_a_long_poll_ends_with_the_first_update(
    telegram: TelegramEmulator, bot: Bot, anna: Customer
) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await telegram.account.polled.wait()
    anna.says("Здравствуйте")
    assert texts(await asyncio.wait_for(poll, 10)) == ["Здравствуйте"]


async def test_of_two_pollers_the_older_is_sent_away(
    telegram: TelegramEmulator, bot: Bot, anna: Customer
) -> None:
    older = asyncio.create_task(bot.get_updates(timeout=30))
    await telegram.account.polled.wait()
    newer = asyncio.create_task(bot.get_updates(timeout=30))
    with pytest.raises(TelegramConflictError, match="terminated by other getUpdates"):
        await older
    anna.says("Здравствуйте")
    assert texts(await newer) == ["Здравствуйте"]
    assert len(telegram.violations) == 1


async def test_a_poller_that_died_is_in_nobodys_way(
    telegram: TelegramEmulator, bot: Bot, anna: Customer
) -> None:
    dead = asyncio.create_task(bot.get_updates(timeout=30))
    await telegram.account.polled.wait()
    dead.cancel()
    await asyncio.gather(dead, return_exceptions=True)
    await bot.get_me()  # by now the server has noticed
    anna.says("Здравствуйте")
    assert texts(await bot.get_updates(timeout=30)) == ["Здравствуйте"]
    assert telegram.violations == []


async def test_only_the_wanted_kinds_are_queued(bot: Bot, anna: Customer) -> None:
    await bot.get_updates(allowed_updates=["edited_message"])
    anna.edits(anna.says("89161234567"), "89161234568")
    assert [update.event_type for update in await bot.get_updates()] == ["edited_message"]


async def test_shuffled_updates_keep_the_order_of_each_chat(telegram: TelegramEmulator, bot: Bot) -> None:
    people = [telegram.customer() for _ in range(4)]
    telegram.account.updates.shuffled = True
    for number in range(5):
        for person in people:
            person.says(f"{number}")
    updates = await bot.get_updates()
    assert [update.update_id for update in updates] == sorted(update.update_id for update in updates)
    writers = [
        update.message.from_user.id for update in updates if update.message and update.message.from_user
    ]
    assert writers != [person.id for _ in range(5) for person in people]
    for person in people:
        own = [u for u in updates if u.message and u.message.chat.id == person.id]
        assert texts(own) == ["0", "1", "2", "3", "4"]


async def test_a_repeated_update_comes_once_more_after_it_was_confirmed(
    telegram: TelegramEmulator, bot: Bot, anna: Customer
) -> None:
    telegram.account.updates.repeat_probability = 1
    anna.says("раз")
    [first] = await bot.get_updates()
    telegram.account.updates.repeat_probability = 0
    anna.says("два")
    again = await bot.get_updates(offset=first.update_id + 1)
    assert texts(again) == ["раз", "два"]
    assert again[0].update_id == first.update_id
    assert await bot.get_updates(offset=again[1].update_id + 1) == []


async def test_the_webhook_gets_updates_in_order_with_its_secret(
    bot: Bot, anna: Customer, receiver: Receiver
) -> None:
    anna.says("раз")
    await bot.set_webhook(receiver.url, secret_token="Secret_1")
    secret, update = await receiver.seen.get()
    anna.says("два")
    anna.says("три")
    assert (secret, texts([update])) == ("Secret_1", ["раз"])
    assert await receiver.next_texts(2) == ["два", "три"]


async def test_the_webhook_is_tried_again_until_it_takes_the_update(
    bot: Bot, anna: Customer, receiver: Receiver
) -> None:
    receiver.answers = [500, 404, 200]
    await bot.set_webhook(receiver.url)
    anna.says("раз")
    anna.says("два")
    assert await receiver.next_texts(4) == ["раз", "раз", "раз", "два"]
    info = await bot.get_webhook_info()
    assert info.url == receiver.url and info.last_error_message == (
        "Wrong response from the webhook: 404 Not Found"
    )


async def test_an_update_may_be_posted_again_although_it_was_taken(
    telegram: TelegramEmulator, bot: Bot, anna: Customer, receiver: Receiver
) -> None:
    telegram.account.updates.repeat_probability = 1
    await bot.set_webhook(receiver.url)
    anna.says("раз")
    assert await receiver.next_texts(2) == ["раз", "раз"]


async def test_what_the_webhook_did_not_take_is_left_for_polling(bot: Bot, anna: Customer) -> None:
    await bot.set_webhook("http://127.0.0.1:1/nobody")
    anna.says("раз")
    with pytest.raises(TelegramConflictError, match="webhook is active"):
        await bot.get_updates()
    assert (await bot.get_webhook_info()).pending_update_count == 1
    await bot.delete_webhook()
    assert texts(await bot.get_updates()) == ["раз"]
    await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates() == []


@pytest.mark.parametrize(
    ("url", "secret", "why"),
    [
        ("http://dealer.example/hook", "ok", "An HTTPS URL must be provided"),
        ("https://dealer.example:8080/hook", "ok", "only on ports"),
        ("https://dealer.example/hook", "ok", "Failed to resolve host"),
        ("http://127.0.0.1/hook", "с пробелом", "unallowed characters"),
    ],
)
async def test_a_wrong_webhook_is_refused(bot: Bot, url: str, secret: str, why: str) -> None:
    with pytest.raises(TelegramBadRequest, match=why):
        await bot.set_webhook(url, secret_token=secret)
    assert (await bot.get_webhook_info()).url == ""
