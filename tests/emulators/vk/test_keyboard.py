"""Keyboards, carousels and presses."""

import json
from typing import Any

import pytest

from tests.emulators.vk import Customer, VkEmulator
from tests.emulators.vk.errors import VkError
from tests.emulators.vk.keyboard import checked_carousel, checked_keyboard
from tests.emulators.vk.real_client import Client, refusal


def button(label: str = "Да", kind: str = "text", **action: Any) -> dict[str, Any]:
    return {"action": {"type": kind, "label": label, "payload": '{"k":"1"}', **action}}


def rows(count: int, width: int = 1) -> list[list[dict[str, Any]]]:
    return [[button() for _ in range(width)] for _ in range(count)]


GOOD: dict[str, dict[str, Any]] = {
    "ten rows": {"buttons": rows(10, 4)},
    "six inline rows": {"inline": True, "buttons": rows(6)},
    "ten inline buttons": {"inline": True, "buttons": rows(2, 5)},
    "empty": {"one_time": True, "buttons": []},
    "colours": {
        "buttons": [[{**button(), "color": "primary"}, {**button(kind="callback"), "color": "negative"}]]
    },
    "a link": {"buttons": [[button(kind="open_link", link="https://dealer.ru")]]},
    "a place": {"buttons": [[{"action": {"type": "location"}}]]},
    "a long label": {"buttons": [[button("я" * 40)]]},
    "a long payload": {"buttons": [[button(payload=json.dumps("1" * 253))]]},
    "no payload": {"buttons": [[{"action": {"type": "text", "label": "Да"}}]]},
}
BAD: dict[str, Any] = {
    "a list": [],
    "no buttons": {"one_time": True},
    "eleven rows": {"buttons": rows(11)},
    "six in a row": {"buttons": rows(1, 6)},
    "41 buttons": {"buttons": [*rows(8, 5), *rows(1)]},
    "seven inline rows": {"inline": True, "buttons": rows(7)},
    "eleven inline buttons": {"inline": True, "buttons": [*rows(2, 5), *rows(1)]},
    "inline and one_time": {"inline": True, "one_time": True, "buttons": rows(1)},
    "an empty row": {"buttons": [[]]},
    "a long label": {"buttons": [[button("я" * 41)]]},
    "an empty label": {"buttons": [[button("")]]},
    "no label": {"buttons": [[{"action": {"type": "text"}}]]},
    "a long payload": {"buttons": [[button(payload=json.dumps("1" * 254))]]},
    "an object as payload": {"buttons": [[button(payload={"k": 1})]]},
    "no JSON as payload": {"buttons": [[button(payload="key")]]},
    "null as payload": {"buttons": [[button(payload=None)]]},
    "an unknown colour": {"buttons": [[{**button(), "color": "red"}]]},
    "a coloured link": {"buttons": [[{**button(kind="open_link", link="https://a.ru"), "color": "primary"}]]},
    "a link without address": {"buttons": [[button(kind="open_link")]]},
    "an unknown type": {"buttons": [[button(kind="request_contact")]]},
    "a place beside another": {"buttons": [[{"action": {"type": "location"}}, button()]]},
    "an unknown field": {"resize": True, "buttons": rows(1)},
    "a number as flag": {"inline": 1, "buttons": rows(1)},
}
CARD = {"title": "Solaris", "description": "1 150 000 ₽", "buttons": [button()]}


@pytest.mark.parametrize("name", GOOD)
def test_keyboards_that_vk_takes(name: str) -> None:
    assert checked_keyboard(json.dumps(GOOD[name])) == GOOD[name]


@pytest.mark.parametrize("name", BAD)
def test_keyboards_that_vk_refuses(name: str) -> None:
    with pytest.raises(VkError) as refused:
        checked_keyboard(json.dumps(BAD[name]))
    assert refused.value.code == 911


@pytest.mark.parametrize(
    "elements", [[CARD], [CARD] * 10, [{**CARD, "action": {"type": "open_link", "link": "https://a.ru"}}]]
)
def test_carousels_that_vk_takes(elements: list[dict[str, Any]]) -> None:
    carousel = {"type": "carousel", "elements": elements}
    assert checked_carousel(json.dumps(carousel)) == carousel


@pytest.mark.parametrize(
    "elements",
    [
        [],
        [CARD] * 11,
        [{**CARD, "title": "я" * 81}],
        [{**CARD, "buttons": []}],
        [{**CARD, "buttons": [button()] * 4}],
        [{"description": "без заголовка", "buttons": [button()]}],
        [CARD, {"title": "без описания", "buttons": [button()]}],
        [{**CARD, "action": {"type": "open_photo"}}],
    ],
)
def test_carousels_that_vk_refuses(elements: list[dict[str, Any]]) -> None:
    with pytest.raises(VkError) as refused:
        checked_carousel(json.dumps({"type": "carousel", "elements": elements}))
    assert refused.value.code == 100


async def test_a_wrong_keyboard_is_not_sent(client: Client, anna: Customer) -> None:
    assert await refusal(client.send(anna, "Да?", keyboard=json.dumps(BAD["no buttons"]))) == 911
    assert await refusal(client.send(anna, "Да?", keyboard="buttons")) == 100
    assert anna.received == []


async def test_a_community_without_bot_features(vk: VkEmulator, client: Client, anna: Customer) -> None:
    vk.community.bot_features = False
    assert await refusal(client.send(anna, "Да?", keyboard='{"buttons":[]}')) == 912


async def test_a_text_button_writes_its_label_and_payload(
    vk: VkEmulator, client: Client, anna: Customer
) -> None:
    await client.send(anna, "Вы об этом?", keyboard=json.dumps({"inline": True, "buttons": rows(1)}))
    anna.presses("Да")
    message = vk.feed.since(0)[-1].body["object"]["message"]
    assert (message["text"], message["payload"]) == ("Да", '{"k":"1"}')


async def test_a_one_time_keyboard_goes_after_the_press(client: Client, anna: Customer) -> None:
    await client.send(anna, "Да?", keyboard=json.dumps({"one_time": True, "buttons": rows(1)}))
    anna.presses("Да")
    with pytest.raises(LookupError):
        anna.presses("Да")


async def test_a_new_keyboard_takes_the_place_of_the_old(client: Client, anna: Customer) -> None:
    await client.send(anna, "1", keyboard=json.dumps({"buttons": [[button("Старая")]]}))
    await client.send(anna, "2", keyboard=json.dumps({"buttons": [[button("Новая")]]}))
    assert anna.titles == ["Новая"]
    await client.send(anna, "3", keyboard='{"buttons":[]}')
    assert anna.titles == []


async def test_an_old_client_sees_no_buttons(vk: VkEmulator, client: Client) -> None:
    old = vk.customer("Борис Орлов", old_client=True)
    old.says("Здравствуйте")
    await client.send(old, "Да?", keyboard=json.dumps({"buttons": rows(1)}))
    assert old.titles == []
    assert vk.feed.since(0)[0].body["object"]["client_info"]["keyboard"] is False


async def test_a_callback_button_is_answered_once(vk: VkEmulator, client: Client, anna: Customer) -> None:
    keyboard = {"inline": True, "buttons": [[button(kind="callback")]]}
    await client.send(anna, "Да?", keyboard=json.dumps(keyboard))
    anna.presses("Да")
    press = vk.feed.since(0)[-1].body
    assert (press["type"], press["object"]["payload"]) == ("message_event", {"k": "1"})
    answer = {name: press["object"][name] for name in ("event_id", "user_id", "peer_id")}
    too_long = json.dumps({"type": "show_snackbar", "text": "я" * 91})
    assert await refusal(client("messages.sendMessageEventAnswer", **answer, event_data=too_long)) == 100
    shown = {"type": "show_snackbar", "text": "Спасибо"}
    await client("messages.sendMessageEventAnswer", **answer, event_data=json.dumps(shown))
    assert anna.press_answers == [shown]
    assert await refusal(client("messages.sendMessageEventAnswer", **answer)) == 100


async def test_a_callback_button_waits_a_minute(vk: VkEmulator, client: Client, anna: Customer) -> None:
    keyboard = {"inline": True, "buttons": [[button(kind="callback")]]}
    await client.send(anna, "Да?", keyboard=json.dumps(keyboard))
    anna.presses("Да")
    press = vk.feed.since(0)[-1].body["object"]
    answer = {name: press[name] for name in ("event_id", "user_id", "peer_id")}
    vk.clock.advance(seconds=61)
    assert await refusal(client("messages.sendMessageEventAnswer", **answer)) == 100


async def test_buttons_of_a_carousel_are_pressed(vk: VkEmulator, client: Client, anna: Customer) -> None:
    carousel = json.dumps({"type": "carousel", "elements": [CARD]})
    await client.send(anna, "Подходящие машины", template=carousel)
    anna.presses("Да")
    assert vk.feed.since(0)[-1].body["object"]["message"]["payload"] == '{"k":"1"}'
    assert await refusal(client.send(anna, "", template=carousel)) == 100
