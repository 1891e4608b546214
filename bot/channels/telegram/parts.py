"""What one message becomes in Telegram: each part is one request, repeated alone when it fails."""

from collections.abc import Iterator
from itertools import batched, groupby

from bot.channels.base import Button, File, Outgoing
from bot.channels.text import split_text
from bot.contract import Card

TEXT_LIMIT = 4096  # UTF-16 units
CAPTION_LIMIT = 1024
ALBUM_LIMIT = 10


# Voice and documents of Telegram hold one too; round videos and stickers do not.
_CAPTIONED = frozenset({"photo", "video", "voice", "document"})


def parts(message: Outgoing) -> tuple[Outgoing, ...]:
    """Pictures, text with its buttons, files, cards. The first part is the one that quotes.

    A short text without buttons is the caption of the pictures, or of the files.
    """
    parts = [*_said(message), *_cards(message)]
    if message.reply_to and parts:
        parts[0] = parts[0].model_copy(update={"reply_to": message.reply_to})
    return tuple(parts)


def _said(message: Outgoing) -> tuple[Outgoing, ...]:
    text, files = _with_video(message), tuple(_files(message))
    if message.buttons or message.ask_contact or len(split_text(text, CAPTION_LIMIT)) > 1:
        return (*_albums(message), *_texts(message, text), *files)
    if message.pictures:
        return (*_albums(message, caption=text), *files)
    if files and files[0].files[0].kind in _CAPTIONED:
        return (files[0].model_copy(update={"text": text}), *files[1:])
    return (*_texts(message, text), *files)


def _with_video(message: Outgoing) -> str:
    link = f"Видео: {message.video_url}" if message.video_url else ""
    return "\n\n".join(filter(None, (message.text, link)))


def _albums(message: Outgoing, caption: str = "") -> Iterator[Outgoing]:
    for number, pictures in enumerate(batched(message.pictures, ALBUM_LIMIT)):
        yield Outgoing(text="" if number else caption, pictures=pictures)


def _files(message: Outgoing) -> Iterator[Outgoing]:
    """Neighbours that make one album together."""
    for album, files in groupby(message.files, key=_album):
        for some in batched(files, ALBUM_LIMIT if album else 1):
            yield Outgoing(files=some)


def _album(file: File) -> str | None:
    if file.kind in ("photo", "video"):
        return "pictures"
    return "documents" if file.kind == "document" else None


def _texts(message: Outgoing, text: str) -> Iterator[Outgoing]:
    """Only a message of its own holds the keyboard with the number: the last paragraph asks for it."""
    before, _, last = text.rpartition("\n\n")
    if message.buttons and message.ask_contact and before:
        yield from _pieces(before, message.buttons)
        yield from _pieces(last, ask_contact=True)
    else:
        yield from _pieces(text, message.buttons, ask_contact=message.ask_contact and not message.buttons)


def _pieces(text: str, buttons: tuple[Button, ...] = (), *, ask_contact: bool = False) -> Iterator[Outgoing]:
    *first, last = split_text(text, TEXT_LIMIT) or [""]
    yield from (Outgoing(text=piece) for piece in first)
    if last:
        yield Outgoing(text=last, buttons=buttons, ask_contact=ask_contact)


def _cards(message: Outgoing) -> Iterator[Outgoing]:
    yield from (Outgoing(text=caption(card), cards=(card,)) for card in message.cards)


def caption(card: Card) -> str:
    return split_text(f"{card.title}\n{card.text}", CAPTION_LIMIT)[0]
