"""What staff send reaches a customer in VK: files, voice, quotes, corrections; or they learn why not."""

import io

import pytest
from PIL import Image

from bot.channels.base import File, Outgoing
from bot.channels.vk.outgoing import VkChannel
from bot.errors import DeliveryDelayed, DeliveryError, Unreachable
from bot.outbox.put import part_key
from tests.channels.shelf import Shelf
from tests.emulators.vk import Customer, VkEmulator

KEY = 7_654_321
VOICE = b"OggS" + b"\0" * 60


async def say(channel: VkChannel, anna: Customer, message: Outgoing, key: int = KEY) -> list[str]:
    """Delivers as the outbox does; the numbers of the messages."""
    numbers: list[str] = []
    for number, part in enumerate(channel.parts(message)):
        numbers += await channel.send(str(anna.user_id), part, part_key(key, number))
    return numbers


def kinds(message: dict[str, object]) -> list[str]:
    attachments = message["attachments"]
    assert isinstance(attachments, list)
    return [attachment["type"] for attachment in attachments]


@pytest.fixture
def anna(vk: VkEmulator) -> Customer:
    anna = vk.customer("Анна Петрова")
    anna.says("Пришлите фото ПТС")
    return anna


@pytest.fixture
def photo(shelf: Shelf) -> File:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "#a8453c").save(file, "JPEG")
    return shelf.put("photo", file.getvalue())


async def test_photos_and_files_come_with_the_text(
    vk: VkEmulator, channel: VkChannel, anna: Customer, shelf: Shelf, photo: File
) -> None:
    title = shelf.put("document", b"%PDF-1.7", name="ПТС Солярис.pdf")
    await say(channel, anna, Outgoing(text="Вот ПТС", files=(photo, title)))
    [message] = anna.received
    assert (message["text"], kinds(message)) == ("Вот ПТС", ["photo", "doc"])
    document = message["attachments"][1]["doc"]
    assert (document["title"], document["ext"]) == ("ПТС Солярис.pdf", "pdf")
    assert vk.community.docs.contents[document["id"]] == b"%PDF-1.7"
    assert vk.violations == []


async def test_a_video_is_a_file_to_save(channel: VkChannel, anna: Customer, shelf: Shelf) -> None:
    films = (shelf.put("video", b"film"), shelf.put("video_note", b"round"))
    await say(channel, anna, Outgoing(files=films))
    titles = [attached["doc"]["title"] for attached in anna.received[0]["attachments"]]
    assert titles == ["Видео.mp4", "Видеосообщение.mp4"]


async def test_a_voice_message_is_heard_by_itself(
    vk: VkEmulator, channel: VkChannel, anna: Customer, shelf: Shelf
) -> None:
    await say(channel, anna, Outgoing(text="Послушайте", files=(shelf.put("voice", VOICE),)))
    assert [(m["text"], kinds(m)) for m in anna.received] == [("Послушайте", []), ("", ["audio_message"])]
    assert vk.violations == []


async def test_a_voice_that_vk_does_not_take_as_such_is_a_file(
    channel: VkChannel, anna: Customer, shelf: Shelf
) -> None:
    await say(channel, anna, Outgoing(files=(shelf.put("voice", b"too long for VK"),)))
    assert kinds(anna.received[0]) == ["doc"]


async def test_a_sticker_is_what_it_means(channel: VkChannel, anna: Customer, shelf: Shelf) -> None:
    await say(channel, anna, Outgoing(files=(shelf.put("sticker", b"webp", name="👍"),)))
    assert [(m["text"], m["attachments"]) for m in anna.received] == [("👍", [])]
    assert shelf.opened == []


async def test_more_than_ten_files_are_several_messages(
    channel: VkChannel, anna: Customer, shelf: Shelf
) -> None:
    many = tuple(shelf.put("document", b"%PDF", name=f"{n}.pdf") for n in range(12))
    await say(channel, anna, Outgoing(text="Документы", files=many))
    assert [(m["text"], len(m["attachments"])) for m in anna.received] == [("Документы", 10), ("", 2)]


async def test_a_text_of_the_other_messengers_length_is_one_message(channel: VkChannel) -> None:
    """Else a correction of it would have two to change."""
    assert len(channel.parts(Outgoing(text="о" * 4096))) == 1


async def test_a_file_is_uploaded_once(
    vk: VkEmulator, channel: VkChannel, anna: Customer, shelf: Shelf
) -> None:
    paper = shelf.put("document", b"%PDF", name="ПТС.pdf")
    await say(channel, anna, Outgoing(files=(paper,)), key=1)
    await say(channel, anna, Outgoing(files=(paper,)), key=2)
    assert len(vk.calls("docs.save")) == len(shelf.opened) == 1
    vk.community.docs.saved.clear()
    await say(channel, anna, Outgoing(files=(paper,)), key=3)
    assert [kinds(message) for message in anna.received] == [["doc"]] * 3


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "счёт\u202e\n.pdf", "без расширения", "ё" * 300 + ".pdf", "..."]
)
async def test_a_strange_name_arrives_all_the_same(
    vk: VkEmulator, channel: VkChannel, anna: Customer, shelf: Shelf, name: str
) -> None:
    await say(channel, anna, Outgoing(files=(shelf.put("document", b"%PDF", name=name),)))
    title = anna.received[0]["attachments"][0]["doc"]["title"]
    assert title
    assert title.isprintable()
    assert "/" not in title
    assert vk.violations == []


class TestWhatCannotBeSent:
    """Staff hear the reason in words, and the text does not go alone as if nothing were missing."""

    async def test_a_program(self, channel: VkChannel, anna: Customer, shelf: Shelf) -> None:
        program = shelf.put("document", b"MZ", name="прайс.exe")
        with pytest.raises(DeliveryError, match="не принял файл «прайс"):
            await say(channel, anna, Outgoing(text="Прайс", files=(program,)))
        assert anna.received == []

    async def test_a_file_that_is_gone(self, channel: VkChannel, anna: Customer) -> None:
        with pytest.raises(DeliveryError, match="больше не хранит"):
            await say(channel, anna, Outgoing(files=(File(kind="photo", source="telegram:nothing"),)))

    async def test_a_key_without_rights_says_so_and_blames_nobody(
        self, vk: VkEmulator, channel: VkChannel, anna: Customer, shelf: Shelf
    ) -> None:
        vk.misbehave("error", 7, method="docs.getMessagesUploadServer")
        with pytest.raises(DeliveryError, match="права на фотографии и файлы") as told:
            await say(channel, anna, Outgoing(files=(shelf.put("document", b"%PDF", name="a.pdf"),)))
        assert not isinstance(told.value, Unreachable)

    async def test_an_attachment_that_vk_never_takes(
        self, vk: VkEmulator, channel: VkChannel, anna: Customer, photo: File
    ) -> None:
        vk.misbehave("error", 100, method="messages.send", times=2)
        with pytest.raises(DeliveryError):
            await say(channel, anna, Outgoing(text="Вот", files=(photo,)))


@pytest.mark.parametrize(("kind", "value"), [("http", 500), ("garbage", 0), ("drop", 0)])
async def test_a_file_waits_for_the_upload_server(
    vk: VkEmulator, channel: VkChannel, anna: Customer, photo: File, kind: str, value: int
) -> None:
    vk.misbehave(kind, value, method="upload")  # type: ignore[arg-type]
    with pytest.raises(DeliveryDelayed):
        await say(channel, anna, Outgoing(text="Вот", files=(photo,)))
    await say(channel, anna, Outgoing(text="Вот", files=(photo,)))
    assert [(m["text"], kinds(m)) for m in anna.received] == [("Вот", ["photo"])]


async def test_an_answer_quotes_the_question(vk: VkEmulator, channel: VkChannel, anna: Customer) -> None:
    asked = anna.says("А зимняя резина?")
    await say(channel, anna, Outgoing(text="Есть", reply_to=str(asked["conversation_message_id"])))
    assert anna.received[0]["reply_message"]["text"] == "А зимняя резина?"
    assert vk.violations == []


async def test_what_cannot_be_quoted_any_more_is_answered_without(channel: VkChannel, anna: Customer) -> None:
    await say(channel, anna, Outgoing(text="Есть", reply_to="999"))
    assert "reply_message" not in anna.received[0]


class TestCorrections:
    async def test_a_text_is_changed(self, vk: VkEmulator, channel: VkChannel, anna: Customer) -> None:
        numbers = await say(channel, anna, Outgoing(text="900 000 ₽"))
        await channel.edit(str(anna.user_id), numbers, Outgoing(text="950 000 ₽"))
        assert [message["text"] for message in anna.received] == ["950 000 ₽"]
        assert vk.violations == []

    async def test_files_and_the_quote_stay(
        self, channel: VkChannel, anna: Customer, shelf: Shelf, photo: File
    ) -> None:
        asked = anna.says("Фото?")
        first = Outgoing(text="Вот", files=(photo,), reply_to=str(asked["conversation_message_id"]))
        numbers = await say(channel, anna, first)
        await channel.edit(str(anna.user_id), numbers, first.model_copy(update={"text": "Вот она"}))
        [message] = anna.received
        assert (message["text"], kinds(message)) == ("Вот она", ["photo"])
        assert message["reply_message"]["text"] == "Фото?"
        assert len(shelf.opened) == 1

    async def test_after_a_day_it_is_too_late(
        self, vk: VkEmulator, channel: VkChannel, anna: Customer
    ) -> None:
        numbers = await say(channel, anna, Outgoing(text="900 000 ₽"))
        vk.clock.advance(hours=25)
        with pytest.raises(DeliveryError, match="старше суток"):
            await channel.edit(str(anna.user_id), numbers, Outgoing(text="950 000 ₽"))

    async def test_a_voice_message_is_not_lost_for_a_caption(
        self, channel: VkChannel, anna: Customer, shelf: Shelf
    ) -> None:
        voice = shelf.put("voice", VOICE)
        numbers = await say(channel, anna, Outgoing(files=(voice,)))
        with pytest.raises(DeliveryError, match="отправьте исправленное ещё раз"):
            await channel.edit(str(anna.user_id), numbers, Outgoing(text="Вот", files=(voice,)))
        assert kinds(anna.received[0]) == ["audio_message"]

    async def test_trouble_is_told_as_for_any_message(
        self, vk: VkEmulator, channel: VkChannel, anna: Customer
    ) -> None:
        numbers = await say(channel, anna, Outgoing(text="900 000 ₽"))
        vk.misbehave("error", 10, method="messages.edit")
        with pytest.raises(DeliveryDelayed):
            await channel.edit(str(anna.user_id), numbers, Outgoing(text="950 000 ₽"))
