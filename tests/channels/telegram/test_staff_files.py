"""What staff send reaches a customer in Telegram: by the ids of the files, in albums, quoted, corrected."""

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import SendVoice

from bot.channels.base import Button, File, FileKind, Outgoing
from bot.channels.files import Files, FileUnavailable
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.download import SCHEME, Downloads
from bot.errors import DeliveryDelayed, DeliveryError
from tests.channels.telegram.gateway import TOKEN, send
from tests.emulators.telegram import Customer, TelegramEmulator, Trouble, picture
from tests.emulators.telegram.files import Kind

KINDS: dict[FileKind, Kind] = {
    "photo": Kind.PHOTO,
    "video": Kind.VIDEO,
    "voice": Kind.VOICE,
    "video_note": Kind.VIDEO_NOTE,
    "document": Kind.DOCUMENT,
    "sticker": Kind.STICKER,
}


def file(telegram: TelegramEmulator, kind: FileKind, content: bytes = b"content") -> File:
    """As it came from a person of the dealership to the same bot."""
    stored = telegram.account.files.keep(KINDS[kind], picture() if kind == "photo" else content, "file")
    return File(kind=kind, source=f"{SCHEME}:{stored.file_id}")


def shapes(channel: TelegramChannel, text: str, *kinds: FileKind) -> list[tuple[str, list[str]]]:
    """(beginning of the text, kinds of the files) of each part."""
    files = tuple(File(kind=kind, source=f"{SCHEME}:{n}") for n, kind in enumerate(kinds))
    return [(p.text[:6], [f.kind for f in p.files]) for p in channel.parts(Outgoing(text=text, files=files))]


class TestParts:
    def test_a_short_text_is_the_caption(self, channel: TelegramChannel) -> None:
        assert shapes(channel, "Вот", "photo") == [("Вот", ["photo"])]
        assert shapes(channel, "Вот", "voice") == [("Вот", ["voice"])]

    def test_a_long_text_comes_before_the_files(self, channel: TelegramChannel) -> None:
        assert shapes(channel, "о" * 1025, "photo") == [("оооооо", []), ("", ["photo"])]

    def test_what_holds_no_caption_comes_after_the_text(self, channel: TelegramChannel) -> None:
        assert shapes(channel, "Вот", "video_note") == [("Вот", []), ("", ["video_note"])]

    def test_photos_and_videos_are_albums_of_ten(self, channel: TelegramChannel) -> None:
        many = shapes(channel, "Вот", *["photo", "video"] * 6)
        assert [(text, len(files)) for text, files in many] == [("Вот", 10), ("", 2)]

    def test_documents_are_an_album_of_their_own(self, channel: TelegramChannel) -> None:
        mixed = shapes(channel, "Вот", "photo", "photo", "document", "document", "voice", "voice")
        assert mixed == [
            ("Вот", ["photo", "photo"]),
            ("", ["document", "document"]),
            ("", ["voice"]),
            ("", ["voice"]),
        ]

    def test_only_the_first_quotes(self, channel: TelegramChannel) -> None:
        photo = File(kind="photo", source=f"{SCHEME}:1")
        parts = channel.parts(Outgoing(text="о" * 5000, files=(photo,), reply_to="7"))
        assert [part.reply_to for part in parts] == ["7", None, None]

    def test_buttons_are_under_the_text(self, channel: TelegramChannel) -> None:
        photo = File(kind="photo", source=f"{SCHEME}:1")
        ask = Outgoing(text="Вот", files=(photo,), buttons=(Button(title="Да", key="1.0"),))
        assert [(p.text, len(p.files), len(p.buttons)) for p in channel.parts(ask)] == [
            ("Вот", 0, 1),
            ("", 1, 0),
        ]

    def test_nothing_is_nothing(self, channel: TelegramChannel) -> None:
        assert channel.parts(Outgoing(reply_to="7")) == ()


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_arrives_as_it_is(
    telegram: TelegramEmulator, channel: TelegramChannel, anna: Customer, kind: FileKind
) -> None:
    sent = await send(channel, anna, Outgoing(files=(file(telegram, kind),)))
    [message] = anna.received[0].messages
    assert message.content_type == kind
    assert sent == [str(message.message_id)]


async def test_an_album_is_one_message_with_its_caption(
    telegram: TelegramEmulator, channel: TelegramChannel, anna: Customer
) -> None:
    album = (file(telegram, "photo"), file(telegram, "video"), file(telegram, "photo"))
    sent = await send(channel, anna, Outgoing(text="<Салон>", files=album))
    [received] = anna.received
    assert (received.text, len(received.file_ids), len(sent)) == ("<Салон>", 3, 3)


async def test_the_question_is_quoted(channel: TelegramChannel, anna: Customer) -> None:
    asked = anna.says("А резина?")
    await send(channel, anna, Outgoing(text="Есть", reply_to=str(asked.message_id)))
    [answer] = anna.received[0].messages
    assert answer.reply_to_message is not None
    assert answer.reply_to_message.text == "А резина?"


async def test_what_was_deleted_is_answered_without_a_quote(channel: TelegramChannel, anna: Customer) -> None:
    await send(channel, anna, Outgoing(text="Есть", reply_to="999"))
    assert anna.received[0].messages[0].reply_to_message is None


async def test_who_takes_no_voice_messages_is_told_of_in_words(
    channel: TelegramChannel, anna: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_bot: Bot, call: SendVoice) -> None:
        raise TelegramBadRequest(method=call, message="Bad Request: VOICE_MESSAGES_FORBIDDEN")

    monkeypatch.setattr(Bot, "__call__", refuse)
    with pytest.raises(DeliveryError, match="не принимает голосовые"):
        await send(channel, anna, Outgoing(files=(File(kind="voice", source=f"{SCHEME}:1"),)))


async def test_a_file_that_telegram_does_not_know(channel: TelegramChannel, anna: Customer) -> None:
    with pytest.raises(DeliveryError, match="file identifier"):
        await send(channel, anna, Outgoing(text="Вот", files=(File(kind="photo", source=f"{SCHEME}:1"),)))
    assert anna.received == []


async def test_a_file_of_another_place(channel: TelegramChannel, anna: Customer) -> None:
    with pytest.raises(DeliveryError, match="прислан не из Telegram"):
        await send(channel, anna, Outgoing(files=(File(kind="photo", source="web:1"),)))


class TestCorrections:
    async def test_a_text(self, channel: TelegramChannel, anna: Customer) -> None:
        sent = await send(channel, anna, Outgoing(text="900 000 ₽"))
        await channel.edit(str(anna.id), sent, Outgoing(text="950 000 ₽"))
        assert [message.text for message in anna.received] == ["950 000 ₽"]

    async def test_a_caption(
        self, telegram: TelegramEmulator, channel: TelegramChannel, anna: Customer
    ) -> None:
        said = Outgoing(text="Вот", files=(file(telegram, "photo"), file(telegram, "photo")))
        sent = await send(channel, anna, said)
        for text in ("Вот она", ""):
            await channel.edit(str(anna.id), sent, said.model_copy(update={"text": text}))
            [received] = anna.received
            assert (received.text, len(received.file_ids)) == (text, 2)

    async def test_the_same_again_is_no_failure(self, channel: TelegramChannel, anna: Customer) -> None:
        sent = await send(channel, anna, Outgoing(text="900 000 ₽"))
        for _ in range(2):
            await channel.edit(str(anna.id), sent, Outgoing(text="950 000 ₽"))

    async def test_what_the_customer_deleted(self, channel: TelegramChannel, anna: Customer) -> None:
        with pytest.raises(DeliveryError, match="клиент удалил"):
            await channel.edit(str(anna.id), ["999"], Outgoing(text="950 000 ₽"))

    async def test_a_caption_has_its_limit(
        self, telegram: TelegramEmulator, channel: TelegramChannel, anna: Customer
    ) -> None:
        said = Outgoing(text="Вот", files=(file(telegram, "photo"),))
        sent = await send(channel, anna, said)
        with pytest.raises(DeliveryError, match="не бывает длиннее 1024"):
            await channel.edit(str(anna.id), sent, said.model_copy(update={"text": "о" * 1025}))
        telegram.violations.clear()  # so long a text was no caption as it seemed

    async def test_trouble_is_told_as_for_any_message(
        self, telegram: TelegramEmulator, channel: TelegramChannel, anna: Customer
    ) -> None:
        sent = await send(channel, anna, Outgoing(text="900 000 ₽"))
        telegram.misbehave(Trouble.TOO_MANY_REQUESTS, "editMessageText", retry_after=9)
        with pytest.raises(DeliveryDelayed) as told:
            await channel.edit(str(anna.id), sent, Outgoing(text="950 000 ₽"))
        assert told.value.retry_after == 9


class TestBytes:
    """For a customer of another messenger."""

    async def test_a_file_is_fetched(self, telegram: TelegramEmulator, channel: TelegramChannel) -> None:
        content = bytes(range(256)) * 1000
        files = Files({SCHEME: Downloads(channel.bot)})
        assert await files.read(file(telegram, "document", content)) == content

    async def test_what_is_too_big_for_a_bot(
        self, telegram: TelegramEmulator, channel: TelegramChannel
    ) -> None:
        film = file(telegram, "video", bytes(20 * 1024 * 1024 + 1))
        with pytest.raises(FileUnavailable, match="файл больше 20 МБ"):
            await Files({SCHEME: Downloads(channel.bot)}).read(film)

    async def test_what_is_gone(self, channel: TelegramChannel, telegram: TelegramEmulator) -> None:
        photo = file(telegram, "photo")
        telegram.account.files.forget()
        with pytest.raises(FileUnavailable, match="больше не хранит"):
            await Files({SCHEME: Downloads(channel.bot)}).read(photo)

    @pytest.mark.parametrize("trouble", [Trouble.SERVER_ERROR, Trouble.DROP, Trouble.BAD_JSON])
    async def test_telegram_in_trouble_is_asked_again_later(
        self, telegram: TelegramEmulator, channel: TelegramChannel, trouble: Trouble
    ) -> None:
        telegram.misbehave(trouble, "getFile")
        with pytest.raises(DeliveryDelayed) as told:
            await Files({SCHEME: Downloads(channel.bot)}).read(file(telegram, "photo"))
        assert TOKEN not in str(told.value)

    async def test_a_path_that_leads_nowhere_shows_no_token(
        self, telegram: TelegramEmulator, channel: TelegramChannel
    ) -> None:
        photo = file(telegram, "photo")
        telegram.account.files._by_path.clear()
        with pytest.raises(DeliveryDelayed) as told:
            await Files({SCHEME: Downloads(channel.bot)}).read(photo)
        assert TOKEN not in str(told.value)
        telegram.violations.clear()  # the emulator minds that what it forgot is asked for
