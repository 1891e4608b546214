"""What one message becomes in VK: each part is one message there, repeated alone when it fails."""

from collections.abc import Sequence
from itertools import batched

from bot.channels.base import Button, File, Outgoing
from bot.channels.text import split_text
from bot.contract import Card

MAX_TEXT = 4096
# The rest is for the titles of buttons that VK may refuse to show.
MAX_TEXT_ABOVE_BUTTONS = 3600
MAX_PICTURES = 10  # and files, of one message


def parts(message: Outgoing) -> Sequence[Outgoing]:
    """Each is a text, up to ten pictures or files, buttons. The first quotes, the last has the buttons."""
    parts = [*_texts_and_albums(message), *_voices(message), *map(_card, message.cards)]
    if message.reply_to and parts:
        parts[0] = parts[0].model_copy(update={"reply_to": message.reply_to})
    if message.buttons and parts:
        parts[-1] = parts[-1].model_copy(update={"buttons": parts[-1].buttons + message.buttons})
    return parts


def _texts_and_albums(message: Outgoing) -> list[Outgoing]:
    video = _reachable(message.video_url)
    texts = [Outgoing(text=piece) for piece in _pieces(message, video)]
    if video:
        texts[-1] = texts[-1].model_copy(update={"video_url": video})
    albums = [*_albums(message)]
    if texts and albums:
        texts[-1] = albums.pop(0).model_copy(update={"text": texts[-1].text, "video_url": video})
    return texts + albums


def _pieces(message: Outgoing, video: str | None) -> list[str]:
    said = (message.text, f"Видео: {video}" if video else "", *_emoji(message.files))
    limit = MAX_TEXT_ABOVE_BUTTONS if message.buttons else MAX_TEXT
    return split_text("\n\n".join(filter(None, said)), limit)


def _emoji(files: Sequence[File]) -> list[str]:
    """A sticker of another messenger is told by what it means."""
    return [file.name or "🙂" for file in files if file.kind == "sticker"]


def _albums(message: Outgoing) -> list[Outgoing]:
    files = [file for file in message.files if file.kind not in ("sticker", "voice")]
    return [Outgoing(pictures=some) for some in batched(message.pictures, MAX_PICTURES)] + [
        Outgoing(files=some) for some in batched(files, MAX_PICTURES)
    ]


def _voices(message: Outgoing) -> list[Outgoing]:
    """VK shows a voice message only by itself."""
    return [Outgoing(files=(file,)) for file in message.files if file.kind == "voice"]


def _card(card: Card) -> Outgoing:
    return Outgoing(
        text=f"{card.title}\n{card.text}".strip(),
        pictures=(card.picture,) if card.picture else (),
        buttons=(Button(title=card.button, key=card.payload),),
    )


def _reachable(url: str | None) -> str | None:
    """An address that the customer's own app can open."""
    return url if url and url.startswith(("https://", "http://")) else None
