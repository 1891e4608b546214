"""What one message becomes in Telegram: each part is one request, repeated alone when it fails."""

from collections.abc import Iterator
from itertools import batched

from bot.channels.base import Button, Outgoing
from bot.channels.text import split_text
from bot.contract import Card

TEXT_LIMIT = 4096  # UTF-16 units
CAPTION_LIMIT = 1024
ALBUM_LIMIT = 10


def parts(message: Outgoing) -> tuple[Outgoing, ...]:
    """Pictures, text with its buttons, cards. A short text without buttons is the pictures' caption."""
    text = _with_video(message)
    asks = message.buttons or message.ask_contact
    if message.pictures and not asks and len(split_text(text, CAPTION_LIMIT)) <= 1:
        return (*_albums(message, caption=text), *_cards(message))
    return (*_albums(message), *_texts(message, text), *_cards(message))


def _with_video(message: Outgoing) -> str:
    link = f"Видео: {message.video_url}" if message.video_url else ""
    return "\n\n".join(filter(None, (message.text, link)))


def _albums(message: Outgoing, caption: str = "") -> Iterator[Outgoing]:
    for number, pictures in enumerate(batched(message.pictures, ALBUM_LIMIT)):
        yield Outgoing(text="" if number else caption, pictures=pictures)


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
