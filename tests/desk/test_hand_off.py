"""The whole way of a hand-over: a customer asks, Rasa hands over, the department has it in its group."""

import aiohttp

from bot.db import Sessions
from bot.metrics import Metrics
from bot.turn.rasa import Rasa
from bot.wake import Wake
from bot.workers import working
from tests.channels.telegram.gateway import WatchedInbox
from tests.desk.telegram_desk import PATIENCE, dealer_with, make_desk_of
from tests.emulators.telegram import TelegramEmulator
from tests.spine import FakeChannel, FakeRasa, incoming, says

TICKET = {
    "effect": "ticket",
    "department": "used_cars",
    "reason": "asked",
    "topic": "price",
    "summary": "Просит скидку.",
}


async def test_a_department_sees_what_is_handed_over_to_it_with_the_words_that_led_to_it(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    groups = {"used_cars": group.id}
    rasa, channel, metrics, wake = FakeRasa(), FakeChannel(), Metrics(), Wake()
    rasa.always = says({"text": "Передам отделу.", "custom": TICKET})
    async with (
        rasa.serve() as url,
        aiohttp.ClientSession() as http,
        make_desk_of(telegram, sessions, groups, metrics) as desk,
        working(
            sessions,
            Rasa(http, [url]),
            {channel.name: channel},
            inbox=wake,
            metrics=metrics,
            dealer=dealer_with(groups),
            desk=desk,
        ),
    ):
        inbox = WatchedInbox(sessions, wake)
        await inbox.accept(incoming("Позовите человека!", name="Анна"), 0.0)
        topic = await group.next_topic(PATIENCE)
        card = await topic.next_message(PATIENCE)
        talk = await topic.next_message(PATIENCE)
    assert topic.name == "Анна"
    assert "Просит скидку." in card.text
    assert "Клиент: Позовите человека!" in talk.text
    assert "Бот: Передам отделу." in talk.text
    assert b'handover_seconds_count{channel="telegram"} 1.0' in metrics.expose(None)
