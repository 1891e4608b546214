"""Keyboards and carousels as VK documents them (dev.vk.com: bots, keyboard and carousel)."""

import json
from collections.abc import Mapping
from typing import Any

from tests.emulators.vk.errors import VkError, invalid

COLOURS = frozenset({"primary", "secondary", "positive", "negative"})
WHOLE_ROW = frozenset({"location", "vkpay", "open_app"})
FIELDS = {
    "text": frozenset({"label"}),
    "callback": frozenset({"label"}),
    "open_link": frozenset({"label", "link"}),
    "location": frozenset[str](),
    "vkpay": frozenset({"hash"}),
    "open_app": frozenset({"label", "app_id"}),
}
OPTIONAL = {"open_app": frozenset({"owner_id", "hash"})}
IN_A_ROW = 5
ROWS, BUTTONS = 10, 40
INLINE_ROWS, INLINE_BUTTONS = 6, 10
LABEL, PAYLOAD, LINE = 40, 255, 80
ELEMENTS, ELEMENT_BUTTONS = 10, 3


def read_json(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise invalid(f"{name} contains incorrect JSON") from None


def checked_keyboard(text: str) -> dict[str, Any]:
    keyboard = read_json(text, "keyboard")
    _need(isinstance(keyboard, dict), "keyboard should be an object")
    _need(set(keyboard) <= {"one_time", "inline", "buttons", "author_id"}, "unknown field")
    inline, one_time = (_flag(keyboard, name) for name in ("inline", "one_time"))
    _need(not (inline and one_time), "one_time cannot be used with inline")
    rows = keyboard.get("buttons")
    _need(isinstance(rows, list), "keyboard should be array")
    _need(len(rows) <= (INLINE_ROWS if inline else ROWS), "too many rows")
    for row in rows:
        _check_row(row)
    _need(sum(map(len, rows)) <= (INLINE_BUTTONS if inline else BUTTONS), "too many buttons")
    return dict(keyboard)


def _check_row(row: Any) -> None:
    _need(isinstance(row, list) and len(row) > 0, "row should be an array of buttons")
    _need(len(row) <= IN_A_ROW, f"row should have at most {IN_A_ROW} buttons")
    kinds = [_check_button(button) for button in row]
    _need(len(kinds) == 1 or not WHOLE_ROW & set(kinds), "this button takes a whole row")


def _check_button(button: Any) -> str:
    _need(isinstance(button, dict) and isinstance(button.get("action"), dict), "button needs an action")
    _need(set(button) <= {"action", "color"}, "unknown field of a button")
    action = button["action"]
    kind = action.get("type")
    _need(kind in FIELDS, "unknown type of a button")
    _check_fields(action, kind)
    _check_label(action)
    _check_payload(action)
    if "color" in button:
        _need(kind in ("text", "callback"), "only text and callback buttons have a color")
        _need(button["color"] in COLOURS, "unknown color")
    return str(kind)


def _check_fields(action: Mapping[str, Any], kind: str) -> None:
    given = set(action) - {"type", "payload"}
    _need(given >= FIELDS[kind], f"{kind} needs {', '.join(sorted(FIELDS[kind]))}")
    _need(given <= FIELDS[kind] | OPTIONAL.get(kind, frozenset()), f"unknown field of {kind}")
    if "link" in action:
        _need(str(action["link"]).startswith(("https://", "http://")), "link should be an address")


def _check_label(action: Mapping[str, Any]) -> None:
    if "label" in action:
        label = action["label"]
        _need(isinstance(label, str) and 0 < len(label) <= LABEL, f"label has 1 to {LABEL} characters")


def _check_payload(action: Mapping[str, Any]) -> None:
    if "payload" not in action:
        return
    payload = action["payload"]
    _need(isinstance(payload, str) and len(payload) <= PAYLOAD, f"payload is a string up to {PAYLOAD}")
    try:
        json.loads(payload)
    except ValueError:
        raise VkError(911, "payload should be JSON") from None


def checked_carousel(text: str) -> dict[str, Any]:
    template = read_json(text, "template")
    _need_template(isinstance(template, dict) and template.get("type") == "carousel", "unknown type")
    elements = template.get("elements")
    _need_template(isinstance(elements, list) and 0 < len(elements) <= ELEMENTS, f"1 to {ELEMENTS} elements")
    shapes = {_checked_shape(element) for element in elements}
    _need_template(len(shapes) == 1, "elements should have the same structure")
    return dict(template)


def _checked_shape(element: Any) -> tuple[frozenset[str], int]:
    known = {"title", "description", "photo_id", "buttons", "action"}
    _need_template(isinstance(element, dict) and set(element) <= known, "unknown field of an element")
    _need_template(bool(element.get("title") or element.get("photo_id")), "title or photo_id is needed")
    _need_template("description" not in element or "title" in element, "description needs a title")
    for line in ("title", "description"):
        _need_template(len(str(element.get(line, ""))) <= LINE, f"{line} is longer than {LINE}")
    buttons = element.get("buttons")
    _need_template(isinstance(buttons, list) and 0 < len(buttons) <= ELEMENT_BUTTONS, "1 to 3 buttons")
    for button in buttons:
        _check_button(button)
    _check_click(element)
    return frozenset(element), len(buttons)


def _check_click(element: Mapping[str, Any]) -> None:
    action = element.get("action")
    if action is None:
        return
    kind = action.get("type") if isinstance(action, dict) else None
    _need_template(kind in ("open_link", "open_photo"), "unknown action of an element")
    _need_template(kind == "open_photo" or bool(action.get("link")), "open_link needs a link")
    _need_template(kind == "open_link" or bool(element.get("photo_id")), "open_photo needs a photo_id")


def _flag(keyboard: Mapping[str, Any], name: str) -> bool:
    value = keyboard.get(name, False)
    _need(isinstance(value, bool), f"{name} should be boolean")
    return bool(value)


def _need(true: bool, otherwise: str) -> None:
    if not true:
        raise VkError(911, otherwise)


def _need_template(true: bool, otherwise: str) -> None:
    if not true:
        raise invalid(f"template: {otherwise}")
