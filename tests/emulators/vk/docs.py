"""Files for messages: an upload address for each, the upload itself, the saved document or voice message.

https://dev.vk.com/api/upload/document-in-profile, https://dev.vk.com/api/upload/audio-record
"""

import itertools
import secrets
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from tests.emulators.vk.errors import VkError

LARGEST = 200 * 2**20  # bytes
FORBIDDEN = frozenset({".mp3", ".exe", ".bat", ".cmd", ".com", ".msi", ".apk"})
VOICE_ENDINGS = frozenset({".ogg", ".opus"})

Document = dict[str, Any]


class FileRefused(Exception):
    """The upload server takes no such file."""


@dataclass(frozen=True)
class Upload:
    kind: str  # doc, audio_message
    name: str
    content: bytes


class Docs:
    def __init__(self, group_id: int) -> None:
        self.saved: dict[int, Document] = {}
        self.contents: dict[int, bytes] = {}
        self._kinds: dict[int, str] = {}
        self._group_id = group_id
        self._ids = itertools.count(600_001)
        self._addresses: dict[str, str] = {}
        self._uploads: dict[str, Upload] = {}

    def new_address(self, kind: str) -> str:
        key = secrets.token_hex(8)
        self._addresses[key] = kind
        return key

    def knows(self, address: str) -> bool:
        return address in self._addresses

    def upload(self, address: str, name: str, content: bytes) -> dict[str, str]:
        kind = self._addresses[address]
        ending = PurePath(name).suffix.lower()
        if not content or len(content) > LARGEST:
            raise FileRefused("empty or too big")
        if not name.isascii():
            raise FileRefused("a file name that is not ASCII does not arrive as it was")
        if kind == "audio_message" and not (content.startswith(b"OggS") and ending in VOICE_ENDINGS):
            raise FileRefused("no voice message")
        if kind == "doc" and (ending in FORBIDDEN or not ending):
            raise FileRefused("files of this kind are not taken")
        token = f"{secrets.token_hex(12)}|{ending}"
        self._uploads[token] = Upload(kind, name, content)
        return {"file": token}

    def save(self, token: str, title: str) -> dict[str, Any]:
        if token not in self._uploads:
            raise VkError(105)
        upload = self._uploads.pop(token)
        number = next(self._ids)
        document = {
            "id": number,
            "owner_id": -self._group_id,
            "access_key": secrets.token_hex(9),
            "date": 1_700_000_000,
        }
        if upload.kind == "doc":
            document |= {
                "title": title or upload.name,
                "size": len(upload.content),
                "ext": PurePath(upload.name).suffix[1:],
                "type": 8,
                "url": f"https://vk.com/doc{-self._group_id}_{number}",
            }
        else:
            document |= {"duration": 3, "link_ogg": "https://vk.com/voice.ogg"}
        self.saved[number], self.contents[number] = document, upload.content
        self._kinds[number] = upload.kind
        return self.attached(number)

    def has(self, owner_id: int, number: int, access_key: str | None) -> bool:
        document = self.saved.get(number)
        if document is None or document["owner_id"] != owner_id:
            return False
        return access_key is None or document["access_key"] == access_key

    def attached(self, number: int) -> dict[str, Any]:
        kind = self._kinds[number]
        return {"type": kind, kind: self.saved[number]}
