"""Files that hold a mark, or the address that they were read from, behind what they show."""

import re
from collections.abc import Iterable

from benchmarks.soak.echo import MARK
from tests.emulators.telegram import picture

_MARK = re.compile(MARK.pattern.encode())
_ADDRESS = re.compile(rb"https://\S+\Z")


def marked_picture(mark: str) -> bytes:
    """Who shows it reads only as far as the picture goes."""
    return picture() + mark.encode()


def marked_voice(mark: str) -> bytes:
    return b"OggS" + mark.encode()


def marks_in(files: Iterable[bytes]) -> tuple[str, ...]:
    return tuple(found[0].decode() for file in files if (found := _MARK.search(file)))


async def read_address(address: str) -> bytes:
    """In place of the servers where VK keeps what customers send: they are not to be troubled."""
    return picture() + address.encode()


def address_in(file: bytes) -> str | None:
    found = _ADDRESS.search(file)
    return found[0].decode() if found else None
