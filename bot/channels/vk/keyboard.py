"""Buttons under a message. Limits: https://dev.vk.com/api/bots/development/keyboard"""

import json
from collections.abc import Sequence
from itertools import batched

from bot.channels.base import Button
from bot.channels.vk.incoming import KEY

MAX_BUTTONS = 10
MAX_ROWS = 6
MAX_LABEL = 40


def keyboard(buttons: Sequence[Button]) -> str:
    """One under the other, in pairs when that would be too high."""
    shown = buttons[:MAX_BUTTONS]
    rows = batched(shown, 1 if len(shown) <= MAX_ROWS else 2)
    layout = {"inline": True, "buttons": [[_button(button) for button in row] for row in rows]}
    return json.dumps(layout, ensure_ascii=False)


def _button(button: Button) -> dict[str, object]:
    payload = json.dumps({KEY: button.key})
    return {"action": {"type": "text", "label": label(button.title), "payload": payload}}


def label(title: str) -> str:
    return title if len(title) <= MAX_LABEL else f"{title[: MAX_LABEL - 1].rstrip()}…"


def as_lines(buttons: Sequence[Button]) -> str:
    """The same choice in words, for a community that may show no buttons."""
    return "\n".join(f"{n}. {label(button.title)}" for n, button in enumerate(buttons[:MAX_BUTTONS], 1))
