"""Pictures come from our own folder or from the internet, and from nowhere else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.pictures import (
    MAX_BYTES,
    PictureUnavailable,
    TooBig,
    download,
    is_public,
    read_picture,
)

JPEG = b"\xff\xd8\xff\xe0 picture"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    stock = tmp_path / "pictures"
    (stock / "kia rio").mkdir(parents=True)
    (stock / "kia rio" / "1.jpg").write_bytes(JPEG)
    (stock / "notes.jpg").write_bytes(b"not a picture")
    (tmp_path / "secret.jpg").write_bytes(JPEG)
    return stock


@pytest.fixture
async def site() -> AsyncIterator[str]:
    async def redirect(_request: web.Request) -> web.Response:
        raise web.HTTPFound("/car.jpg")

    answers = {
        "/car.jpg": JPEG,
        "/page.jpg": b"<html>not found</html>",
        "/huge.jpg": JPEG + bytes(MAX_BYTES),
    }

    async def answer(request: web.Request) -> web.Response:
        if request.path not in answers:
            raise web.HTTPNotFound
        return web.Response(body=answers[request.path])

    app = web.Application()
    app.router.add_get("/moved.jpg", redirect)
    app.router.add_get("/{name}", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


async def test_a_picture_of_the_stock_is_a_file(folder: Path) -> None:
    assert await read_picture("/stock/kia%20rio/1.jpg", folder=folder) == JPEG


@pytest.mark.parametrize(
    "url",
    [
        "/stock/missing.jpg",
        "/stock/notes.jpg",
        "/stock/",
        "/stock/../secret.jpg",
        "/stock/%2e%2e/secret.jpg",
        "/stock//etc/passwd",
        "/stock/a%00.jpg",
        "/elsewhere/1.jpg",
        "file:///etc/passwd",
        "http://[::1",
        "",
    ],
)
async def test_nothing_else_is_read(folder: Path, url: str) -> None:
    with pytest.raises(PictureUnavailable):
        await read_picture(url, folder=folder)


@pytest.mark.parametrize("path", ["/car.jpg", "/moved.jpg"])
async def test_a_picture_of_a_feed_is_downloaded(site: str, path: str) -> None:
    assert await read_picture(site + path, may_reach=lambda address: True) == JPEG


@pytest.mark.parametrize("path", ["/page.jpg", "/missing.jpg", "/huge.jpg"])
async def test_what_is_no_picture_is_refused(site: str, path: str) -> None:
    with pytest.raises(PictureUnavailable):
        await read_picture(site + path, may_reach=lambda address: True)


async def test_a_file_may_be_larger_than_a_picture_up_to_a_limit(site: str) -> None:
    def anywhere(_address: str) -> bool:
        return True

    assert len(await download(f"{site}/huge.jpg", may_reach=anywhere)) > MAX_BYTES
    with pytest.raises(TooBig):
        await download(f"{site}/huge.jpg", limit=MAX_BYTES, may_reach=anywhere)


async def test_our_own_network_is_out_of_reach_by_name_and_by_number(site: str) -> None:
    port = site.rpartition(":")[2]
    for host in ("127.0.0.1", "localhost"):
        with pytest.raises(PictureUnavailable, match="ClientConnectorError"):
            await read_picture(f"http://{host}:{port}/car.jpg")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "172.16.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "fd00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
    ],
)
def test_addresses_that_are_not_of_the_internet(address: str) -> None:
    assert not is_public(address)


def test_an_address_of_the_internet() -> None:
    assert is_public("87.240.132.67")
