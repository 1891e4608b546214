"""A customer in VK talks with the whole gateway: both ways of receiving, restarts and bad days."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import select

from bot.app import add_channels, assembled
from bot.db import Sessions
from bot.errors import SettingsError
from bot.inbox.models import InboxUpdate
from bot.outbox.models import DeliveredMessage
from bot.settings import Settings
from bot.workers import working
from tests.emulators.vk import Customer, VkEmulator, market_item
from tests.spine import DEALER, FakeRasa, says

SECRET, CONFIRMATION = "s3cret", "c0de42"


@pytest.fixture
async def rasa() -> FakeRasa:
    return FakeRasa()


@asynccontextmanager
async def gateway(
    vk: VkEmulator, database_url: str, rasa: FakeRasa, **fields: Any
) -> AsyncIterator[tuple[Sessions, TestServer]]:
    async with rasa.serve() as rasa_url:
        settings = Settings(
            _env_file=None,
            database_url=database_url,
            rasa_url=rasa_url,
            burst_window=0.05,
            vk_token="vk1.a.secret",
            vk_group_id=7,
            vk_api_url=vk.url,
            **fields,
        )
        async with assembled(settings) as parts:
            app = web.Application()
            channels = add_channels(app, parts)
            work = working(
                parts.sessions,
                parts.rasa,
                channels,
                inbox=parts.wake,
                metrics=parts.metrics,
                dealer=DEALER,
            )
            async with work, TestServer(app) as server:
                yield parts.sessions, server


async def test_a_question_is_answered(
    vk: VkEmulator, anna: Customer, rasa: FakeRasa, sqlite_url: str
) -> None:
    async with gateway(vk, sqlite_url, rasa):
        anna.says("Цена?")
        assert (await anna.next_message())["text"] == "«Цена?»"
    assert vk.violations == []


async def test_the_same_by_callback(vk: VkEmulator, anna: Customer, rasa: FakeRasa, sqlite_url: str) -> None:
    fields = {"vk_mode": "callback", "vk_secret": SECRET, "vk_confirmation": CONFIRMATION}
    async with gateway(vk, sqlite_url, rasa, **fields) as (_, server):
        await vk.callback(str(server.make_url("/vk/callback")), SECRET, CONFIRMATION)
        anna.says("Цена?")
        assert (await anna.next_message())["text"] == "«Цена?»"
    assert vk.violations == []


async def test_a_dialogue_with_pictures_buttons_and_a_restart(
    vk: VkEmulator, anna: Customer, rasa: FakeRasa, sqlite_url: str
) -> None:
    pictures = {
        "effect": "pictures",
        "car_id": 1,
        "urls": [f"/stock/audi-a4-2017/{n}.jpg" for n in (1, 2, 3)],
    }
    button = {"title": "Записаться", "payload": '/book_visit{"car_id": "1"}'}
    rasa.answers = [
        says({"text": "Здравствуйте"}),
        says({"text": "Вот снимки"}, {"custom": pictures}, {"text": "Записать вас?", "buttons": [button]}),
    ]
    async with gateway(vk, sqlite_url, rasa):
        anna.starts(ref="car1")
        assert (await anna.next_message())["text"] == "Здравствуйте"
        anna.says("Фото есть?")
        album = await anna.next_message()
        assert (album["text"], len(album["attachments"])) == ("Вот снимки\n\nЗаписать вас?", 3)
        assert anna.titles == ["Записаться"]
    async with gateway(vk, sqlite_url, rasa):
        anna.presses("Записаться")
        await anna.next_message()
    assert rasa.messages == ["/greet", "Фото есть?", '/book_visit{"car_id": "1"}']
    assert rasa.asked[0]["metadata"]["listing_ref"] == "car1"
    assert len(anna.received) == 3
    assert vk.violations == []


async def test_the_car_of_a_product_card_reaches_the_actions(
    vk: VkEmulator, anna: Customer, rasa: FakeRasa, sqlite_url: str
) -> None:
    async with gateway(vk, sqlite_url, rasa):
        anna.sends_market(market_item(7, "Kia Rio", 900_000, sku="Z94CT41DBKR123456"), "Актуально?")
        await anna.next_message()
    assert rasa.messages == ["Актуально?"]
    assert rasa.asked[0]["metadata"]["listing_ref"] == "Z94CT41DBKR123456"
    assert rasa.asked[0]["metadata"]["attachments"] == []


async def test_an_app_without_buttons_is_told_so(vk: VkEmulator, rasa: FakeRasa, sqlite_url: str) -> None:
    boris = vk.customer("Борис", old_client=True)
    async with gateway(vk, sqlite_url, rasa):
        await asyncio.wait_for(vk.longpoll.waiting.wait(), 20)
        boris.says("Да")
        await boris.next_message()
    assert rasa.asked[0]["metadata"]["abilities"]["buttons"] is False


async def test_a_quote_of_our_answer_names_its_message(
    vk: VkEmulator, anna: Customer, rasa: FakeRasa, sqlite_url: str
) -> None:
    async with gateway(vk, sqlite_url, rasa) as (sessions, _):
        anna.says("Первая?")
        answer = await anna.next_message()
        anna.replies(answer, "А эта?")
        await anna.next_message()
        async with sessions() as session:
            update = (await session.scalars(select(InboxUpdate).order_by(InboxUpdate.id.desc()))).first()
            delivered = set(await session.scalars(select(DeliveredMessage.external_id)))
    assert update is not None
    assert update.body["reply_to"] == str(answer["conversation_message_id"])
    assert update.body["reply_to"] in delivered


async def test_a_person_who_answers_silences_the_bot(
    vk: VkEmulator, anna: Customer, rasa: FakeRasa, sqlite_url: str
) -> None:
    boris = vk.customer("Борис")
    async with gateway(vk, sqlite_url, rasa):
        anna.says("Цена?")
        await anna.next_message()
        vk.manager().replies(anna, "Здравствуйте, я Олег")
        anna.says("А торг?")
        boris.says("Кредит?")
        await boris.next_message()
    assert [m["text"] for m in anna.received] == ["«Цена?»", "Здравствуйте, я Олег"]


async def test_a_bad_day_of_vk_loses_and_doubles_nothing(
    vk: VkEmulator, rasa: FakeRasa, sqlite_url: str
) -> None:
    people = [vk.customer(f"Клиент {n}") for n in range(4)]
    vk.feed.repeated_share = 0.5
    for kind, value in (("error", 6), ("error", 10), ("http", 502), ("garbage", 0), ("cut", 0), ("drop", 0)):
        vk.misbehave(kind, value, method="messages.send")  # type: ignore[arg-type]
        vk.misbehave(kind, value, method="longpoll")  # type: ignore[arg-type]
    async with gateway(vk, sqlite_url, rasa):
        for person in people:
            person.says(f"Вопрос {person.user_id}")
        for person in people:
            assert (await person.next_message(timeout=60))["text"] == f"«Вопрос {person.user_id}»"
    assert [len(person.received) for person in people] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"vk_group_id": None}, "VK_GROUP_ID"),
        ({"vk_mode": "callback", "vk_confirmation": "c"}, "VK_SECRET"),
        ({"vk_mode": "callback", "vk_secret": "s"}, "VK_CONFIRMATION"),
    ],
)
async def test_a_missing_setting_is_named(sqlite_url: str, fields: dict[str, Any], named: str) -> None:
    given = {"vk_token": "t", "vk_group_id": 7} | fields
    settings = Settings(_env_file=None, database_url=sqlite_url, **given)
    with pytest.raises(SettingsError, match=named):
        async with assembled(settings) as parts:
            add_channels(web.Application(), parts)


async def test_without_a_key_there_is_no_vk(sqlite_url: str) -> None:
    async with assembled(Settings(_env_file=None, database_url=sqlite_url)) as parts:
        assert "vk" not in add_channels(web.Application(), parts)
