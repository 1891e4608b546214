"""The long poll: stored before it is acknowledged, whatever VK, the network and we ourselves do."""

import contextlib
import logging
from collections.abc import Callable

import pytest

from bot.channels.vk.api import Vk
from bot.conversations import Conversation
from bot.db import Sessions
from bot.desk.models import Ticket
from bot.inbox.models import InboxUpdate
from tests.channels.vk.listener import Listener
from tests.emulators.vk import Customer, VkEmulator, market_item

KEY_EXPIRED = 2

NewListener = Callable[[], Listener]


async def test_messages_come_in_order_and_once(
    vk: VkEmulator, api: Vk, sessions: Sessions, anna: Customer
) -> None:
    async with Listener(vk, api, sessions) as listener:
        await listener.polls()
        anna.says("Здравствуйте")
        vk.repeat_last(3)
        anna.says("Solaris есть?")
        assert await listener.texts(2) == ["Здравствуйте", "Solaris есть?"]
    assert vk.violations == []


async def test_every_kind_reaches_the_inbox(vk: VkEmulator, listener: Listener, anna: Customer) -> None:
    anna.starts(ref="car12")
    first = anna.says("Мой номер 89001234567")
    anna.edits(first, "Мой номер 89001234568")
    anna.sends_photo("Вот моя")
    anna.sends_voice()
    anna.sends_market(market_item(7, "Kia Rio", 900_000, external_id="77"), "Актуально?")
    anna.denies()
    anna.allows()
    await listener.texts(5)
    await listener.polls()
    kinds = [row.body["kind"] for row in await listener.rows(InboxUpdate)]
    assert kinds == ["start", "text", "edit", "text", "text", "text", "blocked", "unblocked"]
    links = [row.body["listing_ref"] for row in await listener.rows(InboxUpdate)]
    assert (links[0], links[5]) == ("car12", "77")
    assert await listener.texts(5) == ["", "Мой номер 89001234568", "Вот моя", "", "Актуально?"]


async def test_a_manager_who_answers_takes_the_conversation(
    vk: VkEmulator, listener: Listener, anna: Customer
) -> None:
    anna.says("Есть кто живой?")
    vk.manager().replies(anna, "Добрый день, я Олег")
    assert await listener.texts(2) == ["Есть кто живой?", "Добрый день, я Олег"]
    assert [ticket.status for ticket in await listener.rows(Ticket)] == ["claimed"]


async def test_the_name_is_learnt_once(vk: VkEmulator, listener: Listener, anna: Customer) -> None:
    anna.says("Раз")
    anna.says("Два")
    await listener.texts(2)
    assert await listener.name() == "Анна Петрова"
    assert len(vk.calls("users.get")) == 1


async def test_the_names_of_a_rush_are_asked_for_together(vk: VkEmulator, listener: Listener) -> None:
    for number in range(20):
        vk.customer(f"Клиент {number}").says("Раз")
    await listener.texts(20)
    assert await listener.name() == "Клиент 0"
    assert {row.name for row in await listener.rows(Conversation)} == {f"Клиент {n}" for n in range(20)}
    assert len(vk.calls("users.get")) < 20


async def test_a_message_does_not_wait_for_the_name(
    vk: VkEmulator, listener: Listener, anna: Customer
) -> None:
    vk.misbehave("error", 10, method="users.get", times=None)
    anna.says("Раз")
    assert await listener.texts(1) == ["Раз"]
    assert await listener.name() is None


async def test_a_callback_button_stops_waiting(vk: VkEmulator, listener: Listener, anna: Customer) -> None:
    anna.says("Раз")
    press = {"user_id": anna.user_id, "peer_id": anna.user_id, "event_id": "p1", "payload": {"k": "1.0"}}
    anna.presses_waiting["p1"] = vk.clock.now()
    vk.feed.publish("message_event", press | {"conversation_message_id": 1}, anna.user_id)
    await listener.texts(2)
    await listener.name()
    assert anna.press_answers == [None]


@pytest.mark.parametrize("how", [1, 2, 3])
async def test_failed_loses_nothing(vk: VkEmulator, listener: Listener, anna: Customer, how: int) -> None:
    anna.says("Раз")
    await listener.texts(1)
    await listener.polls()
    vk.longpoll.fail(how)  # type: ignore[arg-type]
    with contextlib.nullcontext() if how == KEY_EXPIRED else vk.feed.losing():
        anna.says("Два")
    anna.says("Три")
    assert await listener.texts(3) == ["Раз", "Два", "Три"]


@pytest.mark.parametrize(("kind", "value"), [("http", 502), ("garbage", 0), ("drop", 0), ("cut", 0)])
async def test_trouble_of_the_long_poll_server(
    vk: VkEmulator, listener: Listener, anna: Customer, kind: str, value: int
) -> None:
    vk.misbehave(kind, value, method="longpoll", times=5)  # type: ignore[arg-type]
    anna.says("Раз")
    anna.says("Два")
    assert await listener.texts(2) == ["Раз", "Два"]


@pytest.mark.parametrize(
    ("kind", "value"), [("error", 6), ("error", 10), ("http", 500), ("garbage", 0), ("drop", 0)]
)
async def test_trouble_of_the_api_at_the_start(
    vk: VkEmulator, new_listener: NewListener, anna: Customer, kind: str, value: int
) -> None:
    vk.misbehave(kind, value, times=6)  # type: ignore[arg-type]
    async with new_listener() as listener:
        anna.says("Раз")
        assert await listener.texts(1) == ["Раз"]


async def test_an_unknown_failure_is_no_hot_loop(
    vk: VkEmulator, listener: Listener, anna: Customer, caplog: pytest.LogCaptureFixture
) -> None:
    vk.longpoll.fail(4, times=3)  # type: ignore[arg-type]
    anna.says("Раз")
    assert await listener.texts(1) == ["Раз"]
    assert any("failed 4" in str(record.__dict__.get("reason")) for record in caplog.records)


async def test_a_refused_key_is_said_once(
    vk: VkEmulator, sqlite_sessions: Sessions, anna: Customer, caplog: pytest.LogCaptureFixture
) -> None:
    api = Vk("vk1.a.revoked", 7, vk.url)
    async with Listener(vk, api, sqlite_sessions) as listener:
        await listener.stumbles(4)
    api.close()
    told = [record for record in caplog.records if "VK_TOKEN" in str(record.__dict__.get("reason"))]
    assert len(told) == 1
    assert "vk1.a.revoked" not in caplog.text


async def test_a_key_that_may_not_change_settings_still_reads(
    vk: VkEmulator, new_listener: NewListener, anna: Customer, caplog: pytest.LogCaptureFixture
) -> None:
    vk.misbehave("error", 15, method="groups.setLongPollSettings", times=None)
    async with new_listener() as listener:
        anna.says("Раз")
        assert await listener.texts(1) == ["Раз"]
    assert any("docs/guides/vk.md" in str(record.__dict__.get("advice")) for record in caplog.records)


async def test_the_events_are_switched_on(vk: VkEmulator, new_listener: NewListener, anna: Customer) -> None:
    vk.longpoll.settings["is_enabled"] = False
    vk.longpoll.settings["events"]["message_new"] = 0
    async with new_listener() as listener:
        anna.says("Раз")
        assert await listener.texts(1) == ["Раз"]


async def test_what_comes_while_we_are_stopped_is_read_afterwards(
    vk: VkEmulator, new_listener: NewListener, anna: Customer
) -> None:
    async with new_listener() as listener:
        anna.says("Раз")
        await listener.texts(1)
        await listener.polls()
    anna.says("Два")
    vk.manager().replies(anna, "Я отвечу")  # no longer unanswered: only the stored position tells
    async with new_listener() as listener:
        anna.says("Три")
        assert await listener.texts(4) == ["Раз", "Два", "Я отвечу", "Три"]


async def test_events_are_asked_for_again_until_they_are_stored(
    vk: VkEmulator, new_listener: NewListener, anna: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_listener() as listener:
        await listener.polls()
        accept, away = listener.intake.accept, [OSError("database"), OSError("database")]

        async def fail_twice(incoming: object) -> None:
            if away:
                raise away.pop()
            await accept(incoming)  # type: ignore[arg-type]

        monkeypatch.setattr(listener.intake, "accept", fail_twice)
        anna.says("Раз")
        anna.says("Два")
        assert await listener.texts(2) == ["Раз", "Два"]


async def test_unknown_and_broken_events_hold_nothing_up(
    vk: VkEmulator, listener: Listener, anna: Customer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    vk.feed.publish("message_new", {"message": "секрет"}, anna.user_id)
    vk.feed.publish("something_new", {"id": 1}, anna.user_id)
    anna.says("Раз")
    assert await listener.texts(1) == ["Раз"]
    assert "vk event not understood" in caplog.text
    assert "секрет" not in caplog.text


async def test_one_gateway_reads_and_another_follows(
    vk: VkEmulator, new_listener: NewListener, anna: Customer
) -> None:
    async with new_listener() as first:
        await first.polls()
        second = new_listener()
        assert not await second.reader.hold()
        anna.says("Раз")
        await first.texts(1)
    async with second:
        anna.says("Два")
        assert await second.texts(2) == ["Раз", "Два"]


async def test_customers_do_not_mix(vk: VkEmulator, listener: Listener) -> None:
    people = [vk.customer(f"Клиент {n}") for n in range(5)]
    with vk.feed.shuffled():
        for number in range(3):
            for person in people:
                person.says(f"{person.user_id}: {number}")
    await listener.texts(15)
    conversations = await listener.rows(Conversation)
    assert sorted(row.chat_id for row in conversations) == [str(p.user_id) for p in people]
    said = await listener.texts(15)
    for person in people:
        own = [text for text in said if text.startswith(str(person.user_id))]
        assert own == [f"{person.user_id}: {number}" for number in range(3)]
