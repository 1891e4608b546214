"""The bytes of what staff send: bounded, and when they cannot be had the reason is plain."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from bot.channels import files as module
from bot.channels.base import File
from bot.channels.files import MAX_BYTES, Files, FileUnavailable, Opened
from bot.errors import DeliveryDelayed
from tests.channels.shelf import Shelf


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def files(shelf: Shelf) -> Files:
    return Files({"telegram": shelf})


async def test_a_file_comes_whole(files: Files, shelf: Shelf) -> None:
    content = bytes(range(256)) * 10
    assert await files.read(shelf.put("document", content)) == content


async def test_what_its_messenger_calls_too_big_is_not_even_asked_for(files: Files, shelf: Shelf) -> None:
    film = shelf.put("video", b"film", size=MAX_BYTES + 1)
    with pytest.raises(FileUnavailable, match="файл больше 20 МБ"):
        await files.read(film)
    assert shelf.opened == []


async def test_what_turns_out_too_big_is_refused(
    files: Files, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 100)
    film = shelf.put("video", b"f" * 101)
    for shelf.tells_size in (True, False):
        with pytest.raises(FileUnavailable, match="файл больше 20 МБ"):
            await files.read(film)


async def test_a_file_from_nowhere(files: Files) -> None:
    with pytest.raises(FileUnavailable, match="откуда его не взять"):
        await files.read(File(kind="photo", source="https://10.0.0.1/secret"))


async def test_a_keeper_that_falls_silent_is_not_waited_for_forever(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent:
        async def open(self, ref: str) -> Opened:
            return Opened(None, self._pieces())

        async def _pieces(self) -> AsyncGenerator[bytes, None]:
            yield b"beginning"
            await asyncio.Event().wait()

    monkeypatch.setattr(module, "PATIENCE", 0.01)
    with pytest.raises(DeliveryDelayed, match="слишком медленно"):
        await Files({"telegram": Silent()}).read(File(kind="photo", source="telegram:1"))
