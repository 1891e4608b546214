"""From a customer to the people of a department and back, through a whole gateway."""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import select

from bot.app import listening
from bot.channels.telegram import add_telegram, open_telegram
from bot.db import Sessions
from bot.desk.models import DeskMessage
from bot.desk.templates import FILE, Templates
from bot.metrics import Metrics
from bot.turn.rasa import Rasa
from bot.wake import Wake
from bot.workers import working
from tests.channels.telegram.gateway import SECRET, WatchedInbox, free_port, settings
from tests.desk.telegram_desk import PATIENCE, dealer_with, eventually, make_desk_of, until
from tests.emulators.telegram import Group, TelegramEmulator
from tests.spine import FakeRasa, says

TICKET = {
    "effect": "ticket",
    "department": "used_cars",
    "reason": "asked",
    "topic": "price",
    "summary": "Просит скидку.",
}


@asynccontextmanager
async def gateway(
    telegram: TelegramEmulator, sessions: Sessions, group: Group, rasa: FakeRasa, mode: str
) -> AsyncIterator[None]:
    groups = {"used_cars": group.id}
    wake, metrics, port = Wake(), Metrics(), free_port()
    url = f"http://127.0.0.1:{port}"
    chosen = settings(telegram, telegram_mode=mode, public_url=url, telegram_secret=SECRET)
    app = web.Application()
    async with (
        rasa.serve() as rasa_url,
        aiohttp.ClientSession() as http,
        open_telegram(chosen, sessions) as channel,
        make_desk_of(telegram, sessions, groups, metrics) as desk,
    ):
        assert channel is not None
        add_telegram(
            app,
            channel,
            settings=chosen,
            sessions=sessions,
            inbox=WatchedInbox(sessions, wake),
            worker="worker",
            groups=desk.intake(Templates(FILE)),
        )
        async with (
            working(
                sessions,
                Rasa(http, [rasa_url]),
                {channel.name: channel},
                inbox=wake,
                metrics=metrics,
                dealer=dealer_with(groups),
                desk=desk,
            ),
            listening(app, "127.0.0.1", port),
        ):
            yield


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_a_conversation_is_taken_led_and_given_back(
    telegram: TelegramEmulator, sqlite_sessions: Sessions, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What people write is sent because it is told of; the look at the queue would make each step slow.
    # It stays within the patience, because it is also the pause after a busy database.
    monkeypatch.setattr("bot.dispatch.POLL", PATIENCE / 4)
    # On a busy machine the items of an album come one by one.
    monkeypatch.setattr("bot.desk.albums.WINDOW", dt.timedelta(seconds=3))
    group, rasa = telegram.group(), FakeRasa()
    rasa.answers = [says({"text": "Передам отделу.", "custom": TICKET})]
    alexey = group.member("Алексей Громов")
    async with gateway(telegram, sqlite_sessions, group, rasa, mode):
        anna = telegram.customer("Анна")
        anna.says("Позовите человека, пожалуйста")
        assert (await anna.next_message(PATIENCE)).text == "Передам отделу."
        topic = await group.next_topic(PATIENCE)
        card = await topic.next_message(PATIENCE)
        await topic.next_message(PATIENCE)  # what was said before

        alexey.presses("Взять", card)
        await eventually(lambda: "Вернуть боту" in card.buttons)
        said = alexey.says("Здравствуйте! Скидка 10 000", topic=topic)
        greeting = await anna.next_message(PATIENCE)
        assert greeting.text == "Здравствуйте! Скидка 10 000"
        alexey.edits(said, "Здравствуйте! Скидка 20 000")
        await eventually(lambda: greeting.text == "Здравствуйте! Скидка 20 000")
        alexey.sends_album(3, caption="Салон", topic=topic)
        album = await anna.next_message(PATIENCE)
        assert (album.text, len(album.file_ids)) == ("Салон", 3)

        asked = anna.says("А торг ещё есть?")
        shown = await topic.next_message(PATIENCE)
        assert shown.text == "Клиент: А торг ещё есть?"
        known = select(DeskMessage.history_id).filter_by(message_id=shown.message_id)
        await until(sqlite_sessions, known, lambda history_id: history_id is not None)
        alexey.says("Немного", reply_to=shown)
        answer = await anna.next_message(PATIENCE)
        assert answer.reply_to is not None and answer.reply_to.message_id == asked.message_id

        alexey.says("/back", topic=topic)
        await eventually(lambda: topic.closed)
        anna.says("спасибо")
        assert (await anna.next_message(PATIENCE)).text == "«спасибо»"

        alexey.presses("Написать клиенту", card)  # he is no administrator: the topic is closed for him
        await eventually(lambda: not topic.closed)
        alexey.says("Анна, ваша машина в салоне", topic=topic)
        assert (await anna.next_message(PATIENCE)).text == "Анна, ваша машина в салоне"
    assert rasa.messages == ["Позовите человека, пожалуйста", "спасибо"]


async def test_who_blocks_us_is_told_of_on_the_card_and_under_what_did_not_reach_him(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    group, rasa = telegram.group(), FakeRasa()
    rasa.answers = [says({"text": "Передам отделу.", "custom": TICKET})]
    alexey = group.member("Алексей Громов")
    async with gateway(telegram, sqlite_sessions, group, rasa, "polling"):
        anna = telegram.customer("Анна")
        anna.says("Позовите человека, пожалуйста")
        topic = await group.next_topic(PATIENCE)
        card = await topic.next_message(PATIENCE)
        await topic.next_message(PATIENCE)  # what was said before
        anna.blocks()
        await eventually(lambda: "клиент заблокировал нас" in card.text)
        said = alexey.says("Скидка 10 000", topic=topic)
        told = await topic.next_message(PATIENCE)
        assert told.text.startswith("Не доставлено клиенту: «Скидка 10 000».")
        assert told.reply_to is not None
        assert told.reply_to.message_id == said.message_id
