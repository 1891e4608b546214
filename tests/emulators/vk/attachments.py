"""What customers attach, as VK's schema describes it."""

import itertools
import secrets
from typing import Any

from tests.emulators.vk.photos import photo_object

_ids = itertools.count(1_000)


def photo(owner_id: int) -> dict[str, Any]:
    return {"type": "photo", "photo": photo_object(next(_ids), owner_id, 1280, 960)}


def voice(owner_id: int) -> dict[str, Any]:
    media_id = next(_ids)
    address = f"https://psv4.userapi.com/audio_messages/{media_id}"
    message = {
        "id": media_id,
        "owner_id": owner_id,
        "duration": 4,
        "waveform": [0, 12, 31, 7],
        "link_ogg": f"{address}.ogg",
        "link_mp3": f"{address}.mp3",
        "access_key": secrets.token_hex(9),
    }
    return {"type": "audio_message", "audio_message": message}


def sticker() -> dict[str, Any]:
    picture = {"url": "https://vk.com/sticker/1-9-128", "width": 128, "height": 128}
    images = {"images": [picture], "images_with_background": [picture]}
    return {"type": "sticker", "sticker": {"product_id": 1, "sticker_id": 9, "is_allowed": True} | images}


def document(owner_id: int, title: str) -> dict[str, Any]:
    media_id = next(_ids)
    file = {
        "id": media_id,
        "owner_id": owner_id,
        "title": title,
        "size": 48_213,
        "ext": title.rpartition(".")[2],
        "date": 1_700_000_000,
        "type": 1,
        "url": f"https://vk.com/doc{owner_id}_{media_id}",
        "access_key": secrets.token_hex(9),
    }
    return {"type": "doc", "doc": file}


def geo(latitude: float, longitude: float) -> dict[str, Any]:
    place = {"country": "Россия", "city": "Москва", "title": "Москва, Россия"}
    return {
        "type": "point",
        "coordinates": {"latitude": latitude, "longitude": longitude},
        "place": place,
    }


def market_item(
    group_id: int, title: str, roubles: int, *, url: str = "", external_id: str = "", sku: str = ""
) -> dict[str, Any]:
    """A product card of the community; VK writes its price in kopecks, as a string."""
    text = f"{roubles:,}".replace(",", " ") + " ₽"
    return {
        "id": next(_ids),
        "owner_id": -group_id,
        "title": title,
        "description": title,
        "price": {"amount": str(roubles * 100), "currency": {"id": 643, "name": "RUB"}, "text": text},
        "availability": 0,
        "url": url,
        "external_id": external_id,
        "sku": sku,
        "thumb_photo": "https://sun9-1.userapi.com/thumb.jpg",
    }
