"""The other side of the chat: customers who write and press, managers who answer from VK's own page."""

import asyncio
import itertools
import json
import secrets
from typing import Any

from tests.emulators.vk import attachments
from tests.emulators.vk.community import Community, Message

NEW_CLIENT = {
    "button_actions": ["text", "vkpay", "open_app", "location", "open_link", "callback"],
    "keyboard": True,
    "inline_keyboard": True,
    "carousel": True,
    "lang_id": 0,
}
OLD_CLIENT = {
    "button_actions": ["text"],
    "keyboard": False,
    "inline_keyboard": False,
    "carousel": False,
    "lang_id": 0,
}

_press_numbers = itertools.count(1)


class Customer:
    def __init__(self, community: Community, user_id: int, name: str, *, old_client: bool) -> None:
        self.user_id = user_id
        self.first_name, _, self.last_name = name.partition(" ")
        self.received: list[Message] = []  # what the community sent, in order
        self.received_at: list[float] = []  # when, by the community's clock
        self.typing_seen = 0
        self.presses_waiting: dict[str, float] = {}  # event id of a callback button: when it was pressed
        self.press_answers: list[dict[str, Any] | None] = []
        self._community = community
        self._client = OLD_CLIENT if old_client else NEW_CLIENT
        self._unseen: asyncio.Queue[Message] = asyncio.Queue()
        self._keyboard: Message | None = None  # the message that set the one under the input field
        community.join(self)

    def says(self, text: str, *, ref: str | None = None, ref_source: str | None = None) -> Message:
        return self._sends(text, **_given(ref=ref, ref_source=ref_source))

    def starts(self, *, ref: str | None = None, ref_source: str | None = None) -> Message:
        """The button «Начать» of an empty chat, or of the page of a deep link."""
        return self._sends("Начать", payload='{"command":"start"}', **_given(ref=ref, ref_source=ref_source))

    def replies(self, to: Message, text: str) -> Message:
        return self._sends(text, reply_message=_quoted(to))

    def edits(self, message: Message, text: str) -> Message:
        message |= {"text": text, "update_time": int(self._community.clock.now())}
        self._publish("message_edit", dict(message))
        return message

    def sends_photo(self, text: str = "") -> Message:
        return self._attaches(attachments.photo(self.user_id), text)

    def sends_album(self, count: int, text: str = "") -> Message:
        """One message, unlike Telegram's."""
        return self._sends(text, attachments=[attachments.photo(self.user_id) for _ in range(count)])

    def sends_voice(self) -> Message:
        return self._attaches(attachments.voice(self.user_id))

    def sends_sticker(self) -> Message:
        return self._attaches(attachments.sticker())

    def sends_doc(self, text: str = "", title: str = "ПТС.pdf") -> Message:
        return self._attaches(attachments.document(self.user_id, title), text)

    def sends_geo(self, latitude: float = 55.75, longitude: float = 37.62) -> Message:
        return self._sends("", geo=attachments.geo(latitude, longitude))

    def sends_market(self, item: dict[str, Any], text: str = "") -> Message:
        """Writes from a product card; `attachments.market_item` makes one."""
        self._community.market[item["id"]] = item
        return self._attaches({"type": "market", "market": item}, text)

    def presses(self, title: str) -> None:
        """The newest visible button of that title: a text, a callback or nothing at all (a link)."""
        message, action = self._button(title)
        if action["type"] == "text":
            payload = {"payload": action["payload"]} if "payload" in action else {}
            self._sends(action["label"], **payload)
            self._hide_after_use(message)
        elif action["type"] == "callback":
            self._calls_back(message, action)

    def allows(self, key: str = "") -> None:
        conversation = self._community.conversations[self.user_id]
        conversation.allowed = True
        conversation.last_contact = self._community.clock.now()
        self._publish("message_allow", {"user_id": self.user_id, "key": key})

    def denies(self) -> None:
        self._community.conversations[self.user_id].allowed = False
        self._publish("message_deny", {"user_id": self.user_id})

    async def next_message(self, timeout: float = 10.0) -> Message:  # noqa: ASYNC109 # says what it does
        """The next message of the community that was not asked for yet; waits at most `timeout` seconds."""
        async with asyncio.timeout(timeout):
            return await self._unseen.get()

    @property
    def titles(self) -> list[str]:
        """Titles of the buttons in sight, newest message first."""
        return [action.get("label", action["type"]) for _, action in self._visible()]

    def receive(self, message: Message) -> None:
        self.received.append(message)
        self.received_at.append(self._community.clock.now())
        self._unseen.put_nowait(message)
        keyboard = message.get("keyboard")
        if keyboard and not keyboard.get("inline"):
            self._keyboard = message if keyboard["buttons"] else None

    def _sends(self, text: str, **more: Any) -> Message:
        message = self._community.hear(self.user_id, text, **more)
        self._publish("message_new", {"message": dict(message), "client_info": self._client})
        return message

    def _attaches(self, attachment: dict[str, Any], text: str = "") -> Message:
        return self._sends(text, attachments=[attachment])

    def _publish(self, kind: str, content: dict[str, Any]) -> None:
        self._community.feed.publish(kind, content, self.user_id)

    def _button(self, title: str) -> tuple[Message, dict[str, Any]]:
        for message, action in self._visible():
            if action.get("label") == title:
                return message, action
        raise LookupError(f"no button «{title}» in sight, only {self.titles}")

    def _visible(self) -> list[tuple[Message, dict[str, Any]]]:
        return [
            (message, button["action"])
            for message in reversed(self.received)
            for button in self._buttons_of(message)
        ]

    def _buttons_of(self, message: Message) -> list[dict[str, Any]]:
        keyboard, template = message.get("keyboard"), message.get("template")
        buttons = []
        if keyboard and self._shows(message, keyboard):
            buttons += [button for row in keyboard["buttons"] for button in row]
        if template and self._client["carousel"]:
            buttons += [button for element in template["elements"] for button in element["buttons"]]
        return [button for button in buttons if button["action"]["type"] in self._actions]

    def _shows(self, message: Message, keyboard: dict[str, Any]) -> bool:
        if keyboard.get("inline"):
            return bool(self._client["inline_keyboard"])
        return bool(self._client["keyboard"]) and message is self._keyboard

    @property
    def _actions(self) -> Any:
        return self._client["button_actions"]

    def _hide_after_use(self, message: Message) -> None:
        if message is self._keyboard and message["keyboard"].get("one_time"):
            self._keyboard = None

    def _calls_back(self, message: Message, action: dict[str, Any]) -> None:
        event_id = f"{next(_press_numbers):x}{secrets.token_hex(5)}"
        self.presses_waiting[event_id] = self._community.clock.now()
        self._publish(
            "message_event",
            {
                "user_id": self.user_id,
                "peer_id": self.user_id,
                "event_id": event_id,
                "payload": json.loads(action["payload"]) if "payload" in action else None,
                "conversation_message_id": message["conversation_message_id"],
            },
        )


class Manager:
    """Answers from the community's page: the bot sees a message_reply with the manager's id."""

    def __init__(self, community: Community, admin_id: int) -> None:
        self.admin_id = admin_id
        self._community = community

    def replies(self, customer: Customer, text: str) -> Message:
        message = self._community.answer(customer.user_id, text, admin_author_id=self.admin_id)
        customer.receive(message)
        return message


def _quoted(message: Message) -> Message:
    quoted = ("id", "conversation_message_id", "date", "from_id", "peer_id", "text", "attachments")
    return {name: message[name] for name in quoted}


def _given(**fields: str | None) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value is not None}
