"""Hostile-safe streaming of XML feeds: one item at a time, whatever the file's size.

Entities are neither declared nor resolved, nothing is loaded from outside, the depth is libxml2's 256, and
what may stand between two items is bounded, so is the memory.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from bot.errors import FeedError
from bot.stock.values import tidy

MAX_BETWEEN_ITEMS = 4 * 1024 * 1024  # a real item has 30,000 characters and 40 pictures: 0.1 MB
_PROLOG = 64 * 1024
# One 1C export spells «сomplectation-name» with a Cyrillic с.
_LOOKALIKES = str.maketrans("авекмнорстух", "abekmhopctyx")
_MAX_LINE = 65_534  # libxml2 counts lines in 16 bits


class Item:
    """A car's element; children are found by name without case, dashes and namespaces."""

    __slots__ = ("_children", "element", "where")

    def __init__(self, element: etree._Element, where: str) -> None:
        self.element = element
        self.where = where
        children: dict[str, list[etree._Element]] = {}
        for child in element.iterchildren("*"):
            children.setdefault(tag_key(str(child.tag)), []).append(child)
        self._children = children

    def raw(self, *names: str) -> str | None:
        """The first non-empty text with its line breaks."""
        for name in names:
            for child in self._children.get(name, ()):
                text = _all_text(child)
                if text and not text.isspace():
                    return text
        return None

    def text(self, *names: str) -> str | None:
        for name in names:
            for child in self._children.get(name, ()):
                if found := tidy(_all_text(child)):
                    return found
        return None

    def child(self, name: str) -> "Item | None":
        found = self._children.get(name)
        return Item(found[0], self.where) if found else None

    def children(self, *names: str) -> Iterator[etree._Element]:
        for name in names:
            yield from self._children.get(name, ())

    def values(self, *names: str) -> list[str]:
        """Texts and `url` attributes at any depth under the named children."""
        found = []
        for child in self.children(*names):
            for node in child.iter("*"):
                text = tidy(node.get("url")) or tidy(node.text)
                if text:
                    found.append(text)
        return found

    def attribute(self, name: str) -> str | None:
        return tidy(self.element.get(name))


def _all_text(element: etree._Element) -> str | None:
    return "".join(map(str, element.itertext())) if len(element) else element.text


@lru_cache(maxsize=1024)
def tag_key(tag: str) -> str:
    return tag.rpartition("}")[2].lower().translate(_LOOKALIKES).replace("-", "_")


def first_item(path: Path, tags: frozenset[str]) -> tuple[str, str | None]:
    """Names of the root and of the first element named in `tags`, as written; None when there is none."""
    root = None
    for _event, element in _parse(path, events=("start",)):
        name = str(element.tag)
        root = root or name
        if tag_key(name) in tags:
            return root, name.rpartition("}")[2]
    if root is None:
        raise FeedError("в файле XML нет содержимого. Выгрузите фид заново.")
    return root, None


def read_items(path: Path, *tags: str) -> Iterator[Item]:
    """Items named `tags` (as written). Each is forgotten when the next is asked for."""
    wanted = [name for tag in tags for name in (tag, f"{{*}}{tag}")]
    for number, (_event, element) in enumerate(_parse(path, events=("end",), tag=wanted), 1):
        line: int = element.sourceline or 0  # type: ignore[assignment]
        place = f"№ {number}, строка {line}" if 0 < line < _MAX_LINE else f"№ {number}"
        yield Item(element, place)
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]  # type: ignore[union-attr]


def _parse(
    path: Path, events: tuple[str, ...], tag: list[str] | None = None
) -> Iterator[tuple[str, etree._Element]]:
    _refuse_entities(path)
    with path.open("rb") as file:
        source = _Metered(file)
        parser = etree.iterparse(
            source,
            events=events,
            tag=tag,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            for event, element in parser:
                _refuse_declarations(element)
                source.since_item = 0
                yield event, element
        except etree.XMLSyntaxError as error:
            raise FeedError(f"файл XML повреждён: {error.msg}. Выгрузите фид заново.") from error


class _Metered:
    """The file, until one stretch without a car is longer than any honest feed has."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.since_item = 0

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.since_item += len(data)
        if self.since_item > MAX_BETWEEN_ITEMS:
            raise FeedError("в файле слишком много данных без машин. Проверьте выгрузку.")
        return data


_HOSTILE = "в файле есть объявления DTD (ENTITY): такие файлы не принимаются. Выгрузите фид без них."


def _refuse_entities(path: Path) -> None:
    """Before the parser sees it. A bare `<!DOCTYPE yml_catalog SYSTEM "shops.dtd">` of YML stays allowed."""
    with path.open("rb") as file:
        head = file.read(_PROLOG).replace(b"\0", b"")  # so that UTF-16 hides nothing
    if b"<!ENTITY" in head or re.search(rb"<!DOCTYPE[^>]*\[", head):
        raise FeedError(_HOSTILE)


def _refuse_declarations(element: etree._Element) -> None:
    # A prolog longer than what was looked at above.
    dtd = element.getroottree().docinfo.internalDTD
    if dtd is not None and dtd.entities():  # type: ignore[attr-defined]
        raise FeedError(_HOSTILE)
