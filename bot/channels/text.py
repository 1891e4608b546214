"""Long texts in pieces: messengers take a few thousand characters at once."""

import re
from bisect import bisect_right
from itertools import accumulate

# Where a text is parted, best first: blank line, line, sentence, word.
_SEAMS = tuple(re.compile(seam) for seam in (r"\n[^\S\n]*\n", r"\n", r"(?<=[.!?…])\s", r"\s"))

# A better seam is not worth a piece that is mostly empty.
_FULL_ENOUGH = 0.5


def split_text(text: str, limit: int) -> list[str]:
    """Pieces of at most `limit` UTF-16 units, as messengers count; none for a blank text.

    A word or a link is broken only when it is longer than `limit` itself.
    """
    pieces = []
    rest = text.strip()
    while (room := _fitting(rest, limit)) < len(rest):
        seam = _seam(rest, room)
        pieces.append(rest[:seam].rstrip())
        rest = rest[seam:].lstrip()
    return [*pieces, rest] if rest else pieces


def _fitting(text: str, limit: int) -> int:
    """How many characters of `text` fit into `limit` units."""
    lengths = list(accumulate(2 if ord(character) > 0xFFFF else 1 for character in text))
    return bisect_right(lengths, limit)


def _seam(text: str, room: int) -> int:
    """Where to part `text` so that the first piece fits into `room` characters."""
    for pattern in _SEAMS:
        # A seam right behind the last character that fits is as good.
        found = [match.start() for match in pattern.finditer(text, 0, room + 1)]
        if found and found[-1] >= room * _FULL_ENOUGH:
            return found[-1]
    return found[-1] if found else room
