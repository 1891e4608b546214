"""A picture: upload address, upload, saving, sending."""

import asyncio
import io
from typing import Any

import pytest
import requests
from PIL import Image

from tests.emulators.vk import Customer, VkEmulator
from tests.emulators.vk.real_client import GROUP, Client, refusal


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size).save(file, kind)
    return file.getvalue()


async def upload(client: Client, content: bytes, field: str = "photo") -> dict[str, Any]:
    address = (await client("photos.getMessagesUploadServer", peer_id=0))["upload_url"]
    answer = await asyncio.to_thread(requests.post, address, files={field: ("car.jpg", content)}, timeout=10)
    return dict(answer.json())


async def test_an_uploaded_photo_is_sent_again_and_again(
    vk: VkEmulator, client: Client, anna: Customer
) -> None:
    [photo] = await client("photos.saveMessagesPhoto", **await upload(client, picture()))
    assert (photo["owner_id"], photo["sizes"][0]["width"]) == (-GROUP, 64)
    name = f"photo{photo['owner_id']}_{photo['id']}"
    for attachment in (f"{name}_{photo['access_key']}", name, ",".join([name] * 10)):
        await client.send(anna, attachment=attachment)
    assert [len(message["attachments"]) for message in anna.received] == [1, 1, 10]
    assert vk.violations == []
    assert await refusal(client.send(anna, attachment=",".join([name] * 11))) == 100
    assert await refusal(client.send(anna, attachment=f"{name}_wrong")) == 100


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
async def test_other_kinds_of_pictures(client: Client, kind: str) -> None:
    assert await client("photos.saveMessagesPhoto", **await upload(client, picture(kind)))


@pytest.mark.parametrize(
    "content",
    [b"", b"%PDF-1.7", picture("BMP"), picture(size=(2100, 100)), picture("PNG", (10_000, 4_001))],
)
async def test_a_file_that_is_no_fit_picture(vk: VkEmulator, client: Client, content: bytes) -> None:
    uploaded = await upload(client, content)
    assert uploaded["photo"] == "[]"
    assert await refusal(client("photos.saveMessagesPhoto", **uploaded)) in (100, 129)
    assert vk.violations[0].where == "upload"


async def test_a_field_of_another_name_is_not_the_photo(client: Client) -> None:
    assert (await upload(client, picture(), field="file0"))["photo"] == "[]"


async def test_an_upload_is_saved_once_and_as_it_was(client: Client) -> None:
    uploaded = await upload(client, picture())
    assert await refusal(client("photos.saveMessagesPhoto", **uploaded | {"photo": "[{}]"})) == 118
    assert await refusal(client("photos.saveMessagesPhoto", **uploaded | {"hash": "00"})) == 121
    await client("photos.saveMessagesPhoto", **uploaded)
    assert await refusal(client("photos.saveMessagesPhoto", **uploaded)) == 121
