"""What a customer in VK gets: whole texts, pictures, buttons; once, whatever happens on the way."""

import asyncio
import json

import pytest

from bot.channels.base import Button, Outgoing
from bot.channels.vk.keyboard import as_lines, keyboard
from bot.channels.vk.outgoing import VkChannel
from bot.contract import Card
from bot.errors import DeliveryDelayed, DeliveryError, Unreachable
from bot.outbox.put import part_key
from tests.emulators.vk import Customer, VkEmulator

KEY = 1_234_567


def buttons(*titles: str) -> tuple[Button, ...]:
    return tuple(Button(title=title, key=f"31.{number}") for number, title in enumerate(titles))


def pictures(count: int, name: str = "car") -> tuple[str, ...]:
    return tuple(f"/stock/{name}/{number}.jpg" for number in range(count))


async def say(channel: VkChannel, anna: Customer, message: Outgoing, key: int = KEY) -> list[str]:
    """Delivers as the outbox does; the numbers of the messages."""
    numbers: list[str] = []
    for number, part in enumerate(channel.parts(message)):
        numbers += await channel.send(str(anna.user_id), part, part_key(key, number))
    return numbers


@pytest.fixture
def anna(vk: VkEmulator) -> Customer:
    anna = vk.customer("Анна Петрова")
    anna.says("Здравствуйте")
    return anna


class TestParts:
    """How one reply becomes messages."""

    def parts(self, channel: VkChannel, **fields: object) -> list[tuple[str, int, int]]:
        """(beginning of the text, pictures, buttons) of each."""
        message = Outgoing.model_validate(fields)
        return [(p.text[:12], len(p.pictures), len(p.buttons)) for p in channel.parts(message)]

    def test_a_text_with_buttons_is_one(self, channel: VkChannel) -> None:
        assert self.parts(channel, text="Цена", buttons=buttons("Да", "Нет")) == [("Цена", 0, 2)]

    def test_pictures_are_with_the_text(self, channel: VkChannel) -> None:
        assert self.parts(channel, text="Вот", pictures=pictures(3)) == [("Вот", 3, 0)]

    def test_ten_pictures_are_the_most_and_buttons_come_last(self, channel: VkChannel) -> None:
        many = self.parts(channel, text="Вот", pictures=pictures(23), buttons=buttons("Ещё"))
        assert many == [("Вот", 10, 0), ("", 10, 0), ("", 3, 1)]

    def test_a_long_text_keeps_its_words(self, channel: VkChannel) -> None:
        text = "слово " * 1500
        parts = channel.parts(Outgoing(text=text, buttons=buttons("Да")))
        assert " ".join(part.text for part in parts).split() == text.split()
        assert [len(part.buttons) for part in parts] == [0, 0, 1]

    def test_every_card_has_its_picture_and_its_button(self, channel: VkChannel) -> None:
        cards = [
            Card(
                car_id=n,
                title=f"Rio {n}",
                text="1 млн ₽",
                picture=f"/stock/{n}.jpg",
                button="Эта",
                payload=f"7.{n}",
            )
            for n in range(2)
        ]
        shown = self.parts(channel, text="Нашлось:", cards=cards, buttons=buttons("Ещё"))
        assert shown == [("Нашлось:", 0, 0), ("Rio 0\n1 млн ", 1, 1), ("Rio 1\n1 млн ", 1, 2)]

    def test_a_video_is_a_link_of_the_text(self, channel: VkChannel) -> None:
        [part] = channel.parts(Outgoing(text="Обзор", video_url="https://vkvideo.ru/1"))
        assert (part.text, part.video_url) == ("Обзор\n\nВидео: https://vkvideo.ru/1", "https://vkvideo.ru/1")

    def test_a_video_that_the_customer_cannot_open_is_not_mentioned(self, channel: VkChannel) -> None:
        assert channel.parts(Outgoing(text="Обзор", video_url="/stock/1.mp4")) == [Outgoing(text="Обзор")]

    def test_the_contact_button_does_not_exist(self, channel: VkChannel) -> None:
        assert self.parts(channel, text="Ваш номер?", ask_contact=True) == [("Ваш номер?", 0, 0)]


@pytest.mark.parametrize(("count", "rows"), [(1, 1), (6, 6), (7, 4), (10, 5), (12, 5)])
def test_a_keyboard_stays_within_its_limits(count: int, rows: int) -> None:
    layout = json.loads(keyboard(buttons(*("Кнопка",) * count)))
    assert len(layout["buttons"]) == rows
    assert sum(map(len, layout["buttons"])) == min(count, 10)


def test_a_long_title_is_cut() -> None:
    title = "Записаться на тест-драйв в ближайшую субботу утром"
    layout = json.loads(keyboard(buttons(title)))
    label = layout["buttons"][0][0]["action"]["label"]
    assert len(label) <= 40
    assert label.endswith("…")
    assert as_lines(buttons("Да", title)) == f"1. Да\n2. {label}"


async def test_a_text_arrives(vk: VkEmulator, channel: VkChannel, anna: Customer) -> None:
    numbers = await say(channel, anna, Outgoing(text="Да, продаётся. [club1|Мы] @all 🚗"))
    [message] = anna.received
    assert message["text"] == "Да, продаётся. [club1|Мы] @all 🚗"
    assert numbers == [str(message["conversation_message_id"])]
    assert vk.violations == []


async def test_a_pressed_button_carries_its_key(vk: VkEmulator, channel: VkChannel, anna: Customer) -> None:
    await say(channel, anna, Outgoing(text="Показать?", buttons=buttons("Да", "Нет")))
    anna.presses("Нет")
    press = vk.feed.since(0)[-1].body["object"]["message"]
    assert (press["text"], json.loads(press["payload"])) == ("Нет", {"k": "31.1"})


async def test_pictures_are_uploaded_once(vk: VkEmulator, channel: VkChannel, anna: Customer) -> None:
    boris = vk.customer("Борис")
    boris.says("Фото?")
    await say(channel, anna, Outgoing(text="Вот", pictures=pictures(3)))
    await say(channel, boris, Outgoing(text="Вот", pictures=pictures(3)))
    assert anna.received[0]["attachments"] == boris.received[0]["attachments"]
    assert len(anna.received[0]["attachments"]) == 3
    assert len(vk.calls("photos.saveMessagesPhoto")) == 3
    assert vk.violations == []


async def test_a_broken_picture_loses_neither_the_text_nor_the_others(
    channel: VkChannel, anna: Customer
) -> None:
    broken = ("/stock/missing.jpg", "/stock/webp.webp", *pictures(2))
    await say(channel, anna, Outgoing(text="Вот", pictures=broken))
    assert [(m["text"], len(m["attachments"])) for m in anna.received] == [("Вот", 2)]


@pytest.mark.parametrize(("kind", "value"), [("http", 500), ("garbage", 0), ("drop", 0)])
async def test_the_text_does_not_wait_for_the_upload_server(
    vk: VkEmulator, channel: VkChannel, anna: Customer, kind: str, value: int
) -> None:
    vk.misbehave(kind, value, method="upload", times=None)  # type: ignore[arg-type]
    await say(channel, anna, Outgoing(text="Вот", pictures=pictures(1)))
    assert [(m["text"], m["attachments"]) for m in anna.received] == [("Вот", [])]


@pytest.mark.parametrize("method", ["photos.getMessagesUploadServer", "photos.saveMessagesPhoto"])
async def test_a_key_without_the_right_to_photos_still_answers(
    vk: VkEmulator, channel: VkChannel, anna: Customer, method: str
) -> None:
    vk.misbehave("error", 7, method=method, times=None)
    await say(channel, anna, Outgoing(text="Вот", pictures=pictures(1)))
    assert [(m["text"], m["attachments"]) for m in anna.received] == [("Вот", [])]


async def test_pictures_wait_when_the_api_is_in_trouble(
    vk: VkEmulator, channel: VkChannel, anna: Customer
) -> None:
    vk.misbehave("error", 10, method="photos.getMessagesUploadServer")
    with pytest.raises(DeliveryDelayed):
        await say(channel, anna, Outgoing(text="Вот", pictures=pictures(1)))
    await say(channel, anna, Outgoing(text="Вот", pictures=pictures(1)))
    assert [(m["text"], len(m["attachments"])) for m in anna.received] == [("Вот", 1)]


async def test_an_album_without_a_picture_does_not_cost_what_comes_after_it(
    vk: VkEmulator, channel: VkChannel, anna: Customer
) -> None:
    card = Card(car_id="1", title="Haval Jolion", text="1 999 000 ₽", button="Подробнее", payload="7.0")
    message = Outgoing(text="Вот", pictures=(*pictures(10), "/stock/missing.jpg"), cards=(card,))
    assert len(await say(channel, anna, message)) == 2
    assert [m["text"] for m in anna.received] == ["Вот", "Haval Jolion\n1 999 000 ₽"]
    assert vk.violations == []


async def test_a_photo_that_vk_never_takes_does_not_cost_what_comes_after_it(
    vk: VkEmulator, channel: VkChannel, anna: Customer
) -> None:
    [album] = channel.parts(Outgoing(pictures=pictures(1)))
    vk.misbehave("error", 100, method="messages.send", times=2)
    assert await channel.send(str(anna.user_id), album, KEY) == []


async def test_buttons_under_an_album_without_a_picture_are_a_choice_in_words(
    vk: VkEmulator, channel: VkChannel, anna: Customer
) -> None:
    many = (*pictures(10), "/stock/missing.jpg")
    await say(channel, anna, Outgoing(text="Вот", pictures=many, buttons=buttons("Да", "Нет")))
    assert [m["text"] for m in anna.received] == ["Вот", "1. Да\n2. Нет"]
    assert vk.violations == []


async def test_a_photo_that_vk_forgot_is_uploaded_again(
    vk: VkEmulator, channel: VkChannel, anna: Customer
) -> None:
    await say(channel, anna, Outgoing(text="Раз", pictures=pictures(1)), key=1)
    vk.community.photos.saved.clear()
    await say(channel, anna, Outgoing(text="Два", pictures=pictures(1)), key=2)
    assert [len(m["attachments"]) for m in anna.received] == [1, 1]


async def test_photos_that_vk_never_takes_leave_the_text(
    vk: VkEmulator, channel: VkChannel, anna: Customer
) -> None:
    vk.misbehave("error", 100, method="messages.send", times=2)
    await say(channel, anna, Outgoing(text="Вот", pictures=pictures(1)))
    assert [(m["text"], m["attachments"]) for m in anna.received] == [("Вот", [])]


async def test_without_bot_features_the_choice_is_in_words(
    vk: VkEmulator, channel: VkChannel, anna: Customer
) -> None:
    vk.community.bot_features = False
    await say(channel, anna, Outgoing(text="Показать?", buttons=buttons("Да", "Нет")))
    assert [m["text"] for m in anna.received] == ["Показать?\n\n1. Да\n2. Нет"]


@pytest.mark.parametrize("kind", ["cut", "drop", "garbage"])
async def test_a_repeated_try_is_one_message(
    vk: VkEmulator, channel: VkChannel, anna: Customer, kind: str
) -> None:
    vk.misbehave(kind, method="messages.send")  # type: ignore[arg-type]
    with pytest.raises(DeliveryDelayed):
        await say(channel, anna, Outgoing(text="Раз"))
    await say(channel, anna, Outgoing(text="Раз"))
    assert [m["text"] for m in anna.received] == ["Раз"]


async def test_a_call_that_is_never_answered_ends(
    vk: VkEmulator, channel: VkChannel, anna: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.vk.api.TIMEOUT", (1.0, 0.2))
    vk.misbehave("hang", method="messages.send")
    with pytest.raises(DeliveryDelayed, match="ReadTimeout"):
        await say(channel, anna, Outgoing(text="Раз"))
    await say(channel, anna, Outgoing(text="Раз"))
    assert [m["text"] for m in anna.received] == ["Раз"]


@pytest.mark.parametrize(
    ("code", "expected", "pause"),
    [
        (1, DeliveryDelayed, None),
        (6, DeliveryDelayed, None),
        (10, DeliveryDelayed, None),
        (9, DeliveryDelayed, 300),
        (29, DeliveryDelayed, 1800),
        (14, DeliveryDelayed, 1800),
        (5, DeliveryDelayed, 300),
        (7, Unreachable, None),
        (18, Unreachable, None),
        (900, Unreachable, None),
        (901, Unreachable, None),
        (902, Unreachable, None),
        (950, DeliveryError, None),
        (100, DeliveryError, None),
        (914, DeliveryError, None),
        (917, DeliveryError, None),
        (911, DeliveryError, None),
        (12345, DeliveryError, None),
    ],
)
async def test_what_a_refusal_means(
    vk: VkEmulator,
    channel: VkChannel,
    anna: Customer,
    code: int,
    expected: type[DeliveryError],
    pause: float | None,
) -> None:
    vk.misbehave("error", code, method="messages.send", times=2)
    with pytest.raises(DeliveryError) as refusal:
        await say(channel, anna, Outgoing(text="Раз"))
    assert type(refusal.value) is expected
    assert getattr(refusal.value, "retry_after", None) == pause
    assert vk.faults.ordered == 1  # the second trouble still waits: there was no second try


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_an_error_of_the_server_is_tried_again(
    vk: VkEmulator, channel: VkChannel, anna: Customer, status: int
) -> None:
    vk.misbehave("http", status, method="messages.send")
    with pytest.raises(DeliveryDelayed):
        await say(channel, anna, Outgoing(text="Раз"))


async def test_who_forbade_messages_is_out_of_reach(channel: VkChannel, anna: Customer) -> None:
    anna.denies()
    with pytest.raises(Unreachable):
        await say(channel, anna, Outgoing(text="Раз"))


async def test_after_a_day_vk_does_not_let_us_write(
    vk: VkEmulator, channel: VkChannel, anna: Customer
) -> None:
    vk.clock.advance(hours=25)
    with pytest.raises(DeliveryError, match="больше суток"):
        await say(channel, anna, Outgoing(text="Раз"))


async def test_a_burst_keeps_the_pace(vk: VkEmulator, channel: VkChannel, anna: Customer) -> None:
    """Twenty calls a second are allowed; the emulator refuses what is more."""
    sends = (say(channel, anna, Outgoing(text=str(key)), key) for key in range(1, 46))
    await asyncio.gather(*sends)
    assert sorted(int(m["text"]) for m in anna.received) == list(range(1, 46))
    assert vk.violations == []


async def test_typing_is_shown_again_and_again(
    vk: VkEmulator, channel: VkChannel, anna: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.vk.outgoing.TYPING_EVERY", 0.06)
    vk.api.rate_limit = 3  # the fourth call within a second is refused, and that ends it
    await channel.typing(str(anna.user_id))
    assert anna.typing_seen >= 3


async def test_typing_never_fails(vk: VkEmulator, channel: VkChannel, anna: Customer) -> None:
    vk.misbehave("error", 10, method="messages.setActivity")
    await channel.typing(str(anna.user_id))


async def test_the_key_is_in_no_log_and_no_error(
    vk: VkEmulator, channel: VkChannel, anna: Customer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    for kind, value in (("error", 9), ("http", 500), ("drop", 0), ("garbage", 0), ("error", 14)):
        vk.misbehave(kind, value, method="messages.send")  # type: ignore[arg-type]
        with pytest.raises(DeliveryError) as error:
            await say(channel, anna, Outgoing(text="Мой секрет"))
        assert "vk1.a.secret" not in str(error.value)
    assert "vk1.a.secret" not in caplog.text
    assert "секрет" not in caplog.text
