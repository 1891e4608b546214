"""Files that people of the dealership sent in another messenger."""

from collections.abc import AsyncGenerator

from bot.channels.base import File, FileKind
from bot.channels.files import FileUnavailable, Opened
from bot.errors import DeliveryError

PIECES = 8  # of which every file comes


class Shelf:
    """Keeps bytes by their id; raises what is queued in `troubles`, first before and then amid a file."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.troubles: list[DeliveryError] = []
        self.breaks: DeliveryError | None = None  # after the first piece
        self.tells_size = True
        self._kept: dict[str, bytes] = {}

    def put(self, kind: FileKind, content: bytes, **about: object) -> File:
        ref = f"{kind}-{len(self._kept)}"
        self._kept[ref] = content
        return File.model_validate({"kind": kind, "source": f"telegram:{ref}", **about})

    async def open(self, ref: str) -> Opened:
        self.opened.append(ref)
        if self.troubles:
            raise self.troubles.pop(0)
        if ref not in self._kept:
            raise FileUnavailable("Telegram больше не хранит этот файл")
        content = self._kept[ref]
        return Opened(len(content) if self.tells_size else None, self._pieces(content))

    async def _pieces(self, content: bytes) -> AsyncGenerator[bytes, None]:
        size = len(content) // PIECES + 1
        for start in range(0, len(content), size):
            yield content[start : start + size]
            if self.breaks:
                raise self.breaks
