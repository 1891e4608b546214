"""The bytes of a picture for a messenger: a file of our own stock, or an address from a feed."""

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiohttp

from bot.channels.files import MAX_BYTES as MAX_FILE
from bot.errors import AvtootvetError
from bot.settings import ROOT

STOCK = ROOT / "data" / "stock" / "pictures"
OWN = "/stock/"

MAX_BYTES = 10 * 1024 * 1024
PATIENCE = 10.0  # seconds for one picture

# JPEG, PNG, GIF, WebP. What a server says of its files is not to be relied on.
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"RIFF")

MayReach = Callable[[str], bool]


class PictureUnavailable(AvtootvetError):
    """The picture cannot be read; the message goes without it."""


class TooBig(PictureUnavailable):
    """There is more of it than is read."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet: a feed must not make us read our own network."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return ip.is_global and not ip.is_multicast


async def read_picture(url: str, *, folder: Path = STOCK, may_reach: MayReach = is_public) -> bytes:
    """`/stock/…` from `folder`, http(s) from the network. Raises PictureUnavailable."""
    if url.startswith(OWN):
        picture = await asyncio.to_thread(_read_file, folder, unquote(url.removeprefix(OWN)))
    else:
        picture = await download(url, limit=MAX_BYTES, may_reach=may_reach)
    if not picture.startswith(_BEGINNINGS):
        raise PictureUnavailable(f"{_shown(url)}: это не картинка")
    return picture


def _read_file(folder: Path, name: str) -> bytes:
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise PictureUnavailable("картинка вне папки склада")
        with path.open("rb") as file:
            return _bounded(file.read(MAX_BYTES + 1), MAX_BYTES)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise PictureUnavailable(f"картинка не читается: {type(error).__name__}") from error


async def download(url: str, *, limit: int = MAX_FILE, may_reach: MayReach = is_public) -> bytes:
    """Whatever is there, up to `limit` bytes. Raises PictureUnavailable, TooBig when it is more."""
    connector = aiohttp.TCPConnector(socket_factory=_guarded(may_reach))
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    try:
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as http:
            return await _get(http, url, limit)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise PictureUnavailable(f"{_shown(url)}: {type(error).__name__}") from error


async def _get(http: aiohttp.ClientSession, url: str, limit: int) -> bytes:
    async with http.get(url, headers={"User-Agent": "avtootvet"}, max_redirects=3) as response:
        if response.status != 200:
            raise PictureUnavailable(f"{_shown(url)}: ответ {response.status}")
        picture = bytearray()
        async for block in response.content.iter_chunked(1 << 16):
            picture += block
            _bounded(picture, limit)
        return bytes(picture)


def _bounded[Data: (bytes, bytearray)](picture: Data, limit: int) -> Data:
    if len(picture) > limit:
        raise TooBig(f"больше {limit // 1024 // 1024} МБ")
    return picture


def _guarded(may_reach: MayReach) -> Callable[[aiohttp.AddrInfoType], socket.socket]:
    """Opens sockets to allowed addresses only.

    Here and not by the name: names are resolved once more for the connection, and a redirect leads
    anywhere.
    """

    def open_socket(info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        if not may_reach(str(address[0])):
            raise OSError("адрес не в интернете")
        return socket.socket(family, kind, protocol)

    return open_socket


def _shown(url: str) -> str:
    """For logs: without the query, which may hold a key."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "неверный адрес"
    return f"{parts.hostname or ''}{parts.path}"
