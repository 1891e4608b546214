"""What Rasa is given of a burst: one line of input."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.channels.base import Incoming
from bot.outbox import Choice

MAX_CHARACTERS = 4000

# Intents that only the gateway can send.
ATTACHMENT = "/attachment"
START = "/greet"

# Attachments whose contents are in the text or the link of their update.
READABLE = ("contact", "product")


@dataclass(frozen=True)
class RasaMessage:
    text: str
    attachments: tuple[str, ...] = ()
    pressed: str | None = None


def compose(updates: Sequence[Incoming], choice: Choice | None) -> RasaMessage:
    """A pressed button is its payload; everything else is the typed lines.

    A key that was never given, or not to this customer, leaves the button's title: it is read as if
    typed. A burst without a readable word is `/attachment`, so that nobody is met with silence; one
    that only opens the chat is a greeting.
    """
    if choice is not None:
        return RasaMessage(text=choice.payload, pressed=choice.payload)
    updates = _in_their_last_wording(updates)
    text = "\n".join(filter(None, (plain(line) for update in updates for line in _lines(update))))
    text = text[:MAX_CHARACTERS].rstrip()
    kinds = tuple(a.kind for update in updates for a in update.attachments if a.kind not in READABLE)
    if text:
        return RasaMessage(text=text, attachments=kinds)
    if not kinds and all(update.kind == "start" for update in updates):
        return RasaMessage(text=START)
    return RasaMessage(text=ATTACHMENT, attachments=kinds or ("other",))


def _in_their_last_wording(updates: Sequence[Incoming]) -> Sequence[Incoming]:
    """A message corrected twice before the answer said only what it says now."""
    edits: dict[str | None, Incoming] = {
        update.message_id: update for update in updates if update.kind == "edit" and update.message_id
    }
    return [update for update in updates if edits.get(update.message_id, update) is update]


def _lines(update: Incoming) -> Iterator[str]:
    """What was typed, and the names of product cards that no link says more of."""
    yield update.text
    if update.listing_ref is None:
        yield from (a.title for a in update.attachments if a.kind == "product" and a.title)


def plain(text: str) -> str:
    """Typed text as Rasa may see it: a leading slash would make it an intent with confidence 1.0."""
    text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc").rstrip()
    start = 0
    while start < len(text) and _hides_a_command(text[start]):
        start += 1
    return text[start:]


def _hides_a_command(character: str) -> bool:
    # Format characters (zero-width, direction marks) are invisible before a slash.
    return character == "/" or character.isspace() or unicodedata.category(character) == "Cf"
