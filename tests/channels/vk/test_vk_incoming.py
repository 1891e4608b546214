"""What VK tells us, and what the inbox is given of it."""

import datetime as dt
from typing import Any

import pytest

from bot.channels.base import Attachment, Incoming
from bot.channels.vk.incoming import to_incoming
from bot.channels.vk.wire import BadEvent, Event, read

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
ANNA = 100_001
COMMUNITY = -7


def event(kind: str, content: dict[str, Any]) -> Incoming | None:
    raw = {"type": kind, "event_id": "e7", "v": "5.199", "group_id": 7, "object": content}
    return to_incoming("7", read(Event, raw), NOW)


def message(text: str = "", **fields: Any) -> dict[str, Any]:
    return {
        "id": 900,
        "conversation_message_id": 5,
        "date": 1_763_800_000,
        "peer_id": ANNA,
        "from_id": ANNA,
        "text": text,
        "attachments": [],
        "fwd_messages": [],
    } | fields


def said(text: str = "", **fields: Any) -> Incoming:
    incoming = event("message_new", {"message": message(text, **fields), "client_info": {}})
    assert incoming is not None
    return incoming


def attached(kind: str, **media: Any) -> dict[str, Any]:
    return {"type": kind, kind: media}


def test_a_message() -> None:
    assert said("Ещё продаётся?") == Incoming(
        channel="vk",
        account="7",
        update_id="m100001:5",
        chat_id="100001",
        kind="text",
        text="Ещё продаётся?",
        message_id="5",
        sent_at=dt.datetime(2025, 11, 22, 8, 26, 40, tzinfo=dt.UTC),
    )


def test_the_car_of_a_deep_link() -> None:
    assert said("Здравствуйте", ref="car12").listing_ref == "car12"


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "Начать", "payload": '{"command":"start"}'},
        {"text": "Start", "payload": '{"command":"start"}'},
        {"text": " начать "},
    ],
)
def test_the_opening_of_a_chat_is_no_text(fields: dict[str, Any]) -> None:
    incoming = said(**fields, ref="car12")
    assert (incoming.kind, incoming.text, incoming.listing_ref) == ("start", "", "car12")


def test_a_press_of_our_button() -> None:
    incoming = said("Записаться", payload='{"k": "31.0"}')
    assert (incoming.kind, incoming.button, incoming.text) == ("button", "31.0", "Записаться")


@pytest.mark.parametrize(
    "payload",
    [
        '{"k": 31}',
        '{"k": ""}',
        '{"k": "' + "1" * 33 + '"}',
        '{"button": 1}',
        "[1]",
        '"k"',
        "{",
        "[" * 100_000,
    ],
)
def test_a_payload_that_is_not_ours_leaves_the_text(payload: str) -> None:
    incoming = said("Каталог", payload=payload)
    assert (incoming.kind, incoming.button, incoming.text) == ("text", None, "Каталог")


def test_the_quoted_message() -> None:
    assert said("А этот?", reply_message=message("…", conversation_message_id=3)).reply_to == "3"


@pytest.mark.parametrize(
    ("attachment", "expected"),
    [
        (
            attached(
                "photo", id=1, owner_id=2, sizes=[{"url": "s", "width": 75}, {"url": "x", "width": 604}]
            ),
            Attachment(kind="photo", ref="x"),
        ),
        (attached("photo", id=1, owner_id=2), Attachment(kind="photo", ref="photo2_1")),
        (
            attached("video", id=1, owner_id=-2, access_key="k", title="Обзор"),
            Attachment(kind="video", ref="video-2_1_k", title="Обзор"),
        ),
        (
            attached("audio_message", id=1, owner_id=2, link_mp3="https://m"),
            Attachment(kind="voice", ref="https://m"),
        ),
        (
            attached("doc", title="ПТС.pdf", url="https://d"),
            Attachment(kind="document", ref="https://d", title="ПТС.pdf"),
        ),
        (attached("sticker", sticker_id=9), Attachment(kind="sticker")),
        (attached("graffiti", id=1, owner_id=2), Attachment(kind="other", ref="graffiti2_1")),
        (attached("wall", id=1), Attachment(kind="other")),
        (attached("something_new"), Attachment(kind="other")),
        ({"type": "gift"}, Attachment(kind="other")),
        (attached("photo", id=[], sizes=5), Attachment(kind="photo")),
    ],
)
def test_attachments(attachment: dict[str, Any], expected: Attachment) -> None:
    assert said(attachments=[attachment]).attachments == (expected,)


def test_a_place() -> None:
    geo = {
        "type": "point",
        "coordinates": {"latitude": 55.75, "longitude": 37.5},
        "place": {"title": "Москва"},
    }
    place = Attachment(kind="location", ref="55.75,37.5", title="Москва")
    assert said(geo=geo).attachments == (place,)


@pytest.mark.parametrize(
    ("card", "ref"),
    [
        ({"external_id": "77", "sku": "S", "url": "https://u"}, "77"),
        ({"external_id": "", "sku": "Z94CT41DBKR123456", "url": "https://u"}, "Z94CT41DBKR123456"),
        ({"external_id": None, "sku": "", "url": "https://u"}, "https://u"),
        ({"url": ""}, None),
    ],
)
def test_the_car_of_a_product_card(card: dict[str, Any], ref: str | None) -> None:
    incoming = said("Актуально?", attachments=[attached("market", id=4, title="Hyundai Solaris", **card)])
    assert incoming.listing_ref == (ref or None)
    [product] = incoming.attachments
    assert (product.kind, product.title) == ("product", "Hyundai Solaris")


def test_a_product_card_says_more_than_the_link_of_the_chat() -> None:
    assert said(ref="car12", attachments=[attached("market", external_id="77")]).listing_ref == "77"


def test_a_shared_link_is_text() -> None:
    link = attached("link", url="https://avito.ru/a_1", title="Solaris")
    incoming = said("смотрите", attachments=[link])
    assert (incoming.text, incoming.attachments) == ("смотрите\nhttps://avito.ru/a_1", ())
    assert said("https://avito.ru/a_1", attachments=[link]).text == "https://avito.ru/a_1"


def test_a_sticker_is_seen_by_people() -> None:
    images = [
        {"url": "https://vk.com/sticker/1-9-64", "width": 64},
        {"url": "https://vk.com/9", "width": 512},
    ]
    sent = said(attachments=[attached("sticker", sticker_id=9, images=images)])
    assert sent.attachments == (Attachment(kind="sticker", ref="https://vk.com/9"),)


def test_what_hangs_on_a_forwarded_message_is_not_lost() -> None:
    photo = attached("photo", sizes=[{"url": "https://vk.com/1.jpg", "width": 1280}])
    sent = said("Вот она", fwd_messages=[{"from_id": 5, "text": "", "attachments": [photo]}])
    assert sent.attachments == (Attachment(kind="photo", ref="https://vk.com/1.jpg"),)


def test_what_is_forwarded_speaks_for_one_who_writes_nothing() -> None:
    ours, friend = {"from_id": COMMUNITY, "text": "Цена 1 млн"}, {"from_id": 5, "text": "Ищу Рио"}
    rival = {"from_id": -8, "text": "Рио за 900"}
    assert said(fwd_messages=[ours, friend, rival]).text == "Ищу Рио\nРио за 900"
    assert said("Есть такая?", fwd_messages=[friend]).text == "Есть такая?"


def test_an_app_without_buttons() -> None:
    info = {"inline_keyboard": False, "keyboard": True}
    incoming = event("message_new", {"message": message("да"), "client_info": info})
    assert incoming is not None
    assert incoming.abilities is not None
    assert not incoming.abilities.buttons


def test_an_edit_names_what_it_corrects() -> None:
    incoming = event("message_edit", message("+7 900 123-45-68"))
    assert incoming is not None
    assert (incoming.kind, incoming.message_id, incoming.update_id) == ("edit", "5", "ee7")


def test_a_callback_button() -> None:
    press = {"user_id": ANNA, "peer_id": ANNA, "event_id": "p", "payload": {"k": "31.1"}}
    incoming = event("message_event", press)
    assert incoming is not None
    assert (incoming.kind, incoming.button, incoming.chat_id) == ("button", "31.1", "100001")


def test_a_manager_who_writes_past_the_bot() -> None:
    incoming = event("message_reply", message("Добрый день", from_id=COMMUNITY, admin_author_id=42))
    assert incoming is not None
    assert (incoming.kind, incoming.chat_id, incoming.text) == ("staff", "100001", "Добрый день")


@pytest.mark.parametrize(("kind", "expected"), [("message_allow", "unblocked"), ("message_deny", "blocked")])
def test_permission_to_write(kind: str, expected: str) -> None:
    incoming = event(kind, {"user_id": ANNA, "key": ""})
    assert incoming is not None
    assert (incoming.kind, incoming.chat_id) == (expected, "100001")


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("message_reply", message("от бота", from_id=COMMUNITY)),
        ("message_new", {"message": message("в беседе", peer_id=2_000_000_005)}),
        ("message_new", {"message": message("от сообщества", peer_id=-5, from_id=-5)}),
        ("message_edit", message("правка сотрудника", from_id=COMMUNITY, admin_author_id=42)),
        ("message_event", {"user_id": ANNA, "peer_id": ANNA, "event_id": "p", "payload": {"x": 1}}),
        (
            "message_event",
            {"user_id": ANNA, "peer_id": 2_000_000_005, "event_id": "p", "payload": {"k": "1.1"}},
        ),
        ("message_typing_state", {"from_id": ANNA, "state": "typing"}),
        ("wall_post_new", {"id": 1}),
        ("something_new", {}),
    ],
)
def test_what_is_nothing_to_a_conversation(kind: str, content: dict[str, Any]) -> None:
    assert event(kind, content) is None


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("message_new", {}),
        ("message_new", {"message": "текст"}),
        ("message_new", {"message": message("x", conversation_message_id=0)}),
        ("message_new", {"message": message("x", date=10**18)}),
        ("message_new", {"message": message("x", peer_id="a")}),
        ("message_new", {"message": message("x", attachments=["photo"])}),
        ("message_event", {"user_id": ANNA}),
        ("message_deny", {"user_id": None}),
    ],
)
def test_a_broken_event_is_named_without_its_words(kind: str, content: dict[str, Any]) -> None:
    with pytest.raises(BadEvent) as error:
        event(kind, content)
    assert "текст" not in str(error.value)


@pytest.mark.parametrize("raw", [None, [], "event", {}, {"type": "message_new", "object": []}])
def test_what_is_no_event_at_all(raw: object) -> None:
    with pytest.raises(BadEvent):
        read(Event, raw)


def test_a_thousand_emoji_are_plain_data() -> None:
    assert said("🚗" * 1000).text == "🚗" * 1000
