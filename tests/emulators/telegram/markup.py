"""Telegram's HTML: the text that a customer sees, its entities, and the server's errors."""

import html
import re
from dataclasses import dataclass

from aiogram.types import MessageEntity

from tests.emulators.telegram.errors import BadRequest

ENTITIES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_TAG = re.compile(r"<(/?)([^\s<>/]*)([^<>]*)>")
_HREF = re.compile(r"""href\s*=\s*["']?([^"'\s>]*)""")
# Only these four names and numbers are replaced; any other «&word;» stays as it is.
_REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")


@dataclass
class OpenTag:
    name: str
    offset: int
    url: str | None


def utf16_length(text: str) -> int:
    """The unit of Telegram's offsets and lengths."""
    return len(text.encode("utf-16-le")) // 2


def read_html(source: str) -> tuple[str, list[MessageEntity]]:
    return _Reader(source).read()


class _Reader:
    def __init__(self, source: str) -> None:
        self._source = source
        self._text = ""
        self._open: list[OpenTag] = []
        self._entities: list[MessageEntity] = []

    def read(self) -> tuple[str, list[MessageEntity]]:
        position = 0
        while (bracket := self._source.find("<", position)) >= 0:
            self._take(self._source[position:bracket])
            tag = _TAG.match(self._source, bracket)
            if tag is None:
                raise self._error('Unsupported start tag ""', bracket)
            self._close(tag) if tag[1] else self._begin(tag)
            position = tag.end()
        self._take(self._source[position:])
        if self._open:
            name = self._open[-1].name
            raise BadRequest(
                f"can't parse entities: Can't find end tag corresponding to start tag \"{name}\""
            )
        return self._text, self._entities

    def _take(self, raw: str) -> None:
        self._text += _REFERENCE.sub(lambda found: html.unescape(found[0]), raw)

    def _begin(self, tag: re.Match[str]) -> None:
        name = tag[2].lower()
        if name not in ENTITIES:
            raise self._error(f'Unsupported start tag "{name}"', tag.start())
        href = _HREF.search(tag[3])
        self._open.append(OpenTag(name, utf16_length(self._text), html.unescape(href[1]) if href else None))

    def _close(self, tag: re.Match[str]) -> None:
        if not self._open:
            raise self._error("Unexpected end tag", tag.start())
        opened, name = self._open.pop(), tag[2].lower()
        if name != opened.name:
            expected = f'expected "</{opened.name}>", found "</{name}>"'
            raise self._error("Unmatched end tag", tag.start(), expected)
        length = utf16_length(self._text) - opened.offset
        # A link without an address and an empty entity are dropped by the server without a word.
        if length and (opened.name != "a" or opened.url):
            kind = ENTITIES[opened.name]
            self._entities.append(
                MessageEntity(type=kind, offset=opened.offset, length=length, url=opened.url)
            )

    def _error(self, what: str, position: int, details: str = "") -> BadRequest:
        offset = len(self._source[:position].encode())
        return BadRequest(
            f"can't parse entities: {what} at byte offset {offset}" + (f", {details}" if details else "")
        )
