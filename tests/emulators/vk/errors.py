"""VK's errors: HTTP 200 with {"error": {…}}. Codes and texts: VKCOM/vk-api-schema, errors.json."""

from collections.abc import Mapping
from typing import Any

TEXTS = {
    1: "Unknown error occurred",
    3: "Unknown method passed",
    5: "User authorization failed",
    6: "Too many requests per second",
    7: "Permission to perform this action is denied",
    8: "Invalid request",
    9: "Flood control",
    10: "Internal server error",
    14: "Captcha needed",
    15: "Access denied",
    18: "User was deleted or banned",
    27: "Group authorization failed",
    29: "Rate limit reached",
    100: "One of the parameters specified was missing or invalid",
    105: "Couldn't save file",
    113: "Invalid user id",
    118: "Invalid server",
    121: "Invalid hash",
    125: "Invalid group id",
    129: "Invalid photo",
    900: "Can't send messages for users from blacklist",
    901: "Can't send messages for users without permission",
    902: "Can't send messages to this user due to their privacy settings",
    909: "Can't edit this message, because it's too old",
    911: "Keyboard format is invalid",
    912: "This is a chat bot feature, change this status in settings",
    914: "Message is too long",
    913: "Too many forwarded messages",
    917: "You don't have access to this chat",
    920: "Can't edit this kind of message",
    936: "Contact not found",
    943: "Cannot use this intent",
    950: "Can't send message, reply timed out",
}

# Who forbids messages, or wrote too long ago, decides that alone: the caller could not have known. Nor is
# it his mistake that a person corrects what is old.
CUSTOMERS_DOING = frozenset({901, 909, 950})


class VkError(Exception):
    """The call is refused with this code."""

    def __init__(self, code: int, detail: str = "") -> None:
        text = TEXTS.get(code, TEXTS[1])
        super().__init__(f"{text}: {detail}" if detail else text)
        self.code = code


def invalid(detail: str) -> VkError:
    return VkError(100, detail)


def error_body(error: VkError, method: str, given: Mapping[str, str]) -> dict[str, Any]:
    body: dict[str, Any] = {
        "error_code": error.code,
        "error_msg": str(error),
        "request_params": [{"key": "method", "value": method}, {"key": "oauth", "value": "1"}]
        + [{"key": key, "value": value} for key, value in given.items()],
    }
    if error.code == 14:
        body |= {"captcha_sid": "1", "captcha_img": "https://api.vk.ru/captcha.php?sid=1"}
    return {"error": body}
