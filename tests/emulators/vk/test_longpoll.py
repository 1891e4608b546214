"""The long poll through VkBotLongPoll: events of both sides, `failed`, losses, repeats, shuffles."""

import asyncio
from typing import Any

import pytest
from vk_api.bot_longpoll import VkBotLongPoll

from tests.emulators.vk import Customer, VkEmulator, market_item
from tests.emulators.vk.real_client import GROUP, Client


class Poll:
    """The library's own poll, in threads; `wait` 0 unless a test waits for something."""

    def __init__(self, server: VkBotLongPoll) -> None:
        self.server = server

    async def events(self) -> list[dict[str, Any]]:
        return [event.raw for event in await asyncio.to_thread(self.server.check)]

    async def event(self) -> dict[str, Any]:
        [event] = await self.events()
        return event

    async def objects(self) -> list[dict[str, Any]]:
        return [event["object"] for event in await self.events()]


@pytest.fixture
async def poll(client: Client, anna: Customer) -> Poll:
    """Begins after Anna's first words."""
    return Poll(await asyncio.to_thread(VkBotLongPoll, client.vk, GROUP, 0))


async def test_a_message_of_a_deep_link(poll: Poll, anna: Customer) -> None:
    anna.says("Здравствуйте", ref="car-17", ref_source="avito")
    event = await poll.event()
    message = event["object"]["message"]
    assert (event["type"], event["group_id"], event["v"]) == ("message_new", GROUP, "5.199")
    assert (message["ref"], message["ref_source"], message["text"]) == ("car-17", "avito", "Здравствуйте")
    assert (message["peer_id"], message["from_id"], message["out"]) == (anna.user_id, anna.user_id, 0)
    assert event["object"]["client_info"]["inline_keyboard"] is True


async def test_the_start_button_has_its_command(poll: Poll, anna: Customer) -> None:
    anna.starts(ref="car-17")
    [content] = await poll.objects()
    assert content["message"]["payload"] == '{"command":"start"}'


async def test_event_ids_differ(poll: Poll, anna: Customer) -> None:
    anna.says("Раз")
    anna.says("Два")
    assert len({event["event_id"] for event in await poll.events()}) == 2


async def test_what_customers_attach(poll: Poll, anna: Customer) -> None:
    anna.sends_photo("Вот моя")
    anna.sends_voice()
    anna.sends_sticker()
    anna.sends_doc()
    messages = [content["message"] for content in await poll.objects()]
    kinds = [message["attachments"][0]["type"] for message in messages]
    assert kinds == ["photo", "audio_message", "sticker", "doc"]
    assert all(message["attachments"][0][kind] for message, kind in zip(messages, kinds, strict=True))
    assert messages[0]["text"] == "Вот моя"


async def test_a_place(poll: Poll, anna: Customer) -> None:
    anna.sends_geo(55.0, 37.0)
    [content] = await poll.objects()
    assert content["message"]["geo"]["coordinates"] == {"latitude": 55.0, "longitude": 37.0}


async def test_a_message_from_a_product_card(poll: Poll, anna: Customer) -> None:
    card = market_item(GROUP, "Solaris", 1_150_000, external_id="car-17", sku="S17", url="https://a.ru/17")
    anna.sends_market(card, "Ещё продаётся?")
    [content] = await poll.objects()
    item = content["message"]["attachments"][0]["market"]
    assert (item["external_id"], item["sku"], item["owner_id"]) == ("car-17", "S17", -GROUP)
    assert item["price"]["amount"] == "115000000"
    assert item["price"]["text"] == "1 150 000 ₽"


async def test_an_edit_keeps_the_id(poll: Poll, anna: Customer) -> None:
    message = anna.says("89161234567")
    anna.edits(message, "89161234568")
    said, edited = await poll.events()
    assert edited["type"] == "message_edit"
    assert edited["object"]["id"] == said["object"]["message"]["id"]
    assert [said["object"]["message"]["text"], edited["object"]["text"]] == ["89161234567", "89161234568"]


async def test_a_reply_quotes(poll: Poll, client: Client, anna: Customer) -> None:
    await client.send(anna, "Какая машина?")
    anna.replies(anna.received[0], "Вот эта")
    _, content = await poll.objects()
    assert content["message"]["reply_message"]["text"] == "Какая машина?"


async def test_permission_is_given_and_taken(poll: Poll, anna: Customer) -> None:
    anna.denies()
    anna.allows(key="widget")
    denied, allowed = await poll.events()
    assert (denied["type"], denied["object"]) == ("message_deny", {"user_id": anna.user_id})
    assert (allowed["type"], allowed["object"]["key"]) == ("message_allow", "widget")


async def test_own_messages_come_back_without_an_author(poll: Poll, client: Client, anna: Customer) -> None:
    await client.send(anna, "Добрый день", random_id=7)
    event = await poll.event()
    assert event["type"] == "message_reply"
    assert (event["object"]["out"], event["object"]["random_id"]) == (1, 7)
    assert "admin_author_id" not in event["object"]


async def test_a_managers_message_names_him(vk: VkEmulator, poll: Poll, anna: Customer) -> None:
    vk.manager(42).replies(anna, "Это Иван, слушаю вас")
    event = await poll.event()
    assert (event["type"], event["object"]["admin_author_id"]) == ("message_reply", 42)
    assert (await anna.next_message())["text"] == "Это Иван, слушаю вас"


async def test_ts_is_a_string_and_moves_on(poll: Poll, anna: Customer) -> None:
    anna.says("Раз")
    await poll.events()
    assert poll.server.ts == "2"
    assert await poll.events() == []


async def test_a_waiting_poll_is_answered_by_the_next_event(
    vk: VkEmulator, poll: Poll, anna: Customer
) -> None:
    poll.server.wait = 25
    waiting = asyncio.create_task(poll.event())
    await vk.longpoll.waiting.wait()
    anna.says("Раз")
    assert (await waiting)["object"]["message"]["text"] == "Раз"


async def test_events_that_are_switched_off_do_not_come(poll: Poll, client: Client, anna: Customer) -> None:
    await client("groups.setLongPollSettings", group_id=GROUP, message_deny=0)
    anna.denies()
    anna.says("Раз")
    assert [event["type"] for event in await poll.events()] == ["message_new"]


async def test_failed_1_gives_a_new_ts_and_the_events_are_gone(
    vk: VkEmulator, poll: Poll, anna: Customer
) -> None:
    anna.says("Пропадёт")
    vk.longpoll.fail(1)
    assert await poll.events() == []
    assert poll.server.ts == 2
    anna.says("Дойдёт")
    assert (await poll.event())["object"]["message"]["text"] == "Дойдёт"


async def test_failed_2_wants_a_new_key_and_nothing_is_lost(
    vk: VkEmulator, poll: Poll, anna: Customer
) -> None:
    key = poll.server.key
    anna.says("Дойдёт")
    vk.longpoll.fail(2)
    assert await poll.events() == []
    assert poll.server.key != key
    assert (await poll.event())["object"]["message"]["text"] == "Дойдёт"


async def test_a_wrong_key_fails_by_itself(poll: Poll, anna: Customer) -> None:
    key, poll.server.key = poll.server.key, "another"
    anna.says("Дойдёт")
    assert await poll.events() == []
    assert poll.server.key == key
    assert (await poll.event())["object"]["message"]["text"] == "Дойдёт"


async def test_failed_3_wants_a_new_key_and_ts(vk: VkEmulator, poll: Poll, anna: Customer) -> None:
    anna.says("Пропадёт")
    vk.longpoll.fail(3)
    assert await poll.events() == []
    assert poll.server.ts == "2"
    assert await poll.events() == []


async def test_an_old_ts_fails_by_itself(vk: VkEmulator, poll: Poll, anna: Customer) -> None:
    vk.feed.forget()
    poll.server.ts = "0"
    assert await poll.events() == []
    assert poll.server.ts == vk.feed.end


async def test_a_ts_that_never_was_fails(poll: Poll) -> None:
    poll.server.ts = "100"
    await poll.events()
    assert poll.server.ts == "1"


async def test_lost_events_are_in_the_history_only(
    vk: VkEmulator, client: Client, poll: Poll, anna: Customer
) -> None:
    with vk.feed.losing():
        anna.says("Потерялось")
    assert await poll.events() == []
    history = await client("messages.getHistory", peer_id=anna.user_id, count=1)
    assert history["items"][0]["text"] == "Потерялось"
    anna.says("Дошло")
    assert (await poll.event())["object"]["message"]["text"] == "Дошло"


async def test_a_repeated_event_keeps_its_id(vk: VkEmulator, poll: Poll, anna: Customer) -> None:
    anna.says("Раз")
    vk.repeat_last(2)
    events = await poll.events()
    assert len(events) == 3
    assert len({event["event_id"] for event in events}) == 1


async def test_a_share_of_the_events_is_repeated(vk: VkEmulator, poll: Poll, anna: Customer) -> None:
    vk.feed.repeated_share = 1.0
    first, second = anna.says("Раз"), anna.says("Два")
    ids = [content["message"]["id"] for content in await poll.objects()]
    assert ids == [first["id"], second["id"], first["id"]]


async def test_customers_are_shuffled_and_keep_their_own_order(
    vk: VkEmulator, poll: Poll, anna: Customer
) -> None:
    boris = vk.customer("Борис Орлов")
    with vk.feed.shuffled():
        for number in range(20):
            for person in (anna, boris):
                person.says(str(number))
    messages = [content["message"] for content in await poll.objects()]
    for person in (anna, boris):
        texts = [message["text"] for message in messages if message["from_id"] == person.user_id]
        assert texts == [str(number) for number in range(20)]
    ids = [message["id"] for message in messages]
    assert sorted(ids) != ids
    assert len(set(ids)) == 40


async def test_an_event_of_an_unknown_kind(vk: VkEmulator, poll: Poll) -> None:
    vk.feed.publish("donut_subscription_create", {"amount": 1}, about=0)
    assert (await poll.event())["type"] == "donut_subscription_create"
