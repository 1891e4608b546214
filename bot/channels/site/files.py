"""How a file of a person of the dealership looks on the page, and its address there.

The address holds a proof that only the visitor's own chat can have made: the chat's name is his secret, so
it stays out of addresses, and nobody guesses the address of another's file.
"""

import hashlib
import hmac
from pathlib import PurePath
from typing import Literal

from bot.channels.base import File

Appearance = Literal["photo", "video", "voice", "file"]

PROOF = 32  # hexadecimal digits

# What a browser shows by itself, whoever made it. Everything else is only saved: a page, a drawing with
# scripts in it and whatever calls itself so must never open at our address.
_SHOWN: dict[str, Appearance] = {
    "image/jpeg": "photo",
    "audio/ogg": "voice",
    "audio/mpeg": "voice",
    "audio/mp4": "voice",
    "video/mp4": "video",
    "video/webm": "video",
}
_USUAL = {"photo": "image/jpeg", "voice": "audio/ogg", "video": "video/mp4", "video_note": "video/mp4"}
_NAMES = {"photo": "Фото.jpg", "voice": "Голосовое сообщение.ogg", "video": "Видео.mp4"}
_DOWNLOADED = "application/octet-stream"


def media_type(file: File) -> str:
    """As it is told to browsers: never what the file merely claims to be."""
    if file.kind not in _USUAL:
        return _DOWNLOADED
    told = file.mime or _USUAL[file.kind]
    return told if told in _SHOWN else _DOWNLOADED


def appearance(file: File) -> Appearance:
    return _SHOWN.get(media_type(file), "file")


def file_name(file: File) -> str:
    """Without folders, and without what no name holds."""
    name = "".join(c for c in PurePath(file.name or "").name if c.isprintable()).strip()
    return name or _NAMES.get(appearance(file), "Файл")


def address(chat: str, message_id: int, position: int) -> str:
    return f"/site/files/{message_id}/{position}/{proof(chat, message_id, position)}"


def proof(chat: str, message_id: int, position: int) -> str:
    return hmac.new(chat.encode(), f"{message_id}/{position}".encode(), hashlib.sha256).hexdigest()[:PROOF]
