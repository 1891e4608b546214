"""Pictures for messages: an upload address, the upload itself, the saved photo."""

import io
import itertools
import json
import secrets
from typing import Any

from PIL import Image, UnidentifiedImageError

from tests.emulators.vk.errors import VkError

LARGEST = 50 * 2**20  # bytes
KINDS = frozenset({"JPEG", "PNG", "GIF"})
SIDES = 14_000  # width and height together, pixels
RATIO = 20
MESSAGES_ALBUM = -64

Photo = dict[str, Any]


class PictureRefused(Exception):
    """The upload server takes no such file."""


class Photos:
    def __init__(self, group_id: int) -> None:
        self.saved: dict[int, Photo] = {}
        self.contents: dict[int, bytes] = {}
        self._group_id = group_id
        self._ids = itertools.count(457_239_000)
        self._addresses: set[str] = set()
        self._uploads: dict[str, tuple[int, str, bytes]] = {}  # hash: server, photo, the picture

    def new_address(self) -> str:
        key = secrets.token_hex(8)
        self._addresses.add(key)
        return key

    def upload(self, address: str, picture: bytes) -> dict[str, Any]:
        """One JPG, PNG or GIF up to 50 MB, sides together up to 14,000 px, not longer than 20 to 1."""
        if address not in self._addresses:
            raise PictureRefused("unknown upload address")
        width, height = _checked_sides(picture)
        photo = json.dumps([{"photo": secrets.token_hex(8), "sizes": [], "width": width, "height": height}])
        key = secrets.token_hex(16)
        self._uploads[key] = (858_216, photo, picture)
        return {"server": 858_216, "photo": photo, "hash": key}

    def save(self, server: int, photo: str, key: str) -> Photo:
        if photo in ("", "[]"):
            raise VkError(129, "photos_list is empty")
        if key not in self._uploads:
            raise VkError(121)
        known_server, known_photo, picture = self._uploads[key]
        if (known_server, known_photo) != (server, photo):
            raise VkError(118)
        del self._uploads[key]
        return self._keep(json.loads(photo)[0], picture)

    def has(self, owner_id: int, photo_id: int, access_key: str | None) -> bool:
        photo = self.saved.get(photo_id)
        if photo is None or photo["owner_id"] != owner_id:
            return False
        return access_key is None or photo["access_key"] == access_key

    def _keep(self, uploaded: dict[str, Any], picture: bytes) -> Photo:
        photo = photo_object(next(self._ids), -self._group_id, uploaded["width"], uploaded["height"])
        self.saved[photo["id"]], self.contents[photo["id"]] = photo, picture
        return photo


def photo_object(photo_id: int, owner_id: int, width: int, height: int) -> Photo:
    address = f"https://sun9-1.userapi.com/{owner_id}_{photo_id}.jpg"
    return {
        "id": photo_id,
        "owner_id": owner_id,
        "album_id": MESSAGES_ALBUM,
        "access_key": secrets.token_hex(9),
        "date": 1_700_000_000,
        "text": "",
        "web_view_token": secrets.token_hex(8),
        "sizes": [{"type": "x", "url": address, "width": width, "height": height}],
    }


def _checked_sides(picture: bytes) -> tuple[int, int]:
    if len(picture) > LARGEST:
        raise PictureRefused("the file is too big")
    try:
        with Image.open(io.BytesIO(picture)) as image:
            kind, (width, height) = image.format, image.size
    except (UnidentifiedImageError, Image.DecompressionBombError):
        raise PictureRefused("not a picture") from None
    if kind not in KINDS:
        raise PictureRefused(f"{kind} is not taken")
    if width + height > SIDES or max(width, height) > RATIO * min(width, height):
        raise PictureRefused("bad sides of the picture")
    return width, height
