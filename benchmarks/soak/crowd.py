"""Customers with a messenger: what they do and what they see."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

from aiogram.types import InlineKeyboardMarkup

from bot.channels.base import IncomingKind
from tests.emulators.telegram import Customer as TelegramCustomer
from tests.emulators.vk import Customer as VkCustomer


@dataclass
class Deed:
    """One update; `texts` are all that it may say in the inbox, the latest first."""

    kind: IncomingKind
    texts: tuple[str, ...]
    order: int  # of the chat's messages, by the messenger's own numbers

    @property
    def text(self) -> str:
        return self.texts[0]


@dataclass(frozen=True)
class Seen:
    """A message as the customer sees it, by the messenger's ids."""

    ids: tuple[str, ...]
    order: int
    text: str


@dataclass
class Person(ABC):
    channel: str
    chat_id: str
    deeds: list[Deed] = field(default_factory=list)
    pressed: set[str] = field(default_factory=set)

    def writes(self, text: str) -> None:
        self._did("text", text, self._write(text))

    def sends_photo(self, caption: str) -> None:
        self._did("text", caption, self._send_photo(caption))

    def sends_album(self, count: int, caption: str) -> None:
        for number, order in enumerate(self._send_album(count, caption)):
            self._did("text", "" if number else caption, order)

    def sends_voice(self) -> None:
        self._did("text", "", self._send_voice())

    def edits(self, text: str) -> None:
        """The latest deed, which was a text."""
        latest = self.deeds[-1]
        self._edit(text)
        latest.texts = (text, *latest.texts)
        self._did("edit", text, latest.order)

    def presses(self, title: str) -> None:
        self.pressed.add(title)
        self._did("button", title, self._press(title))

    @property
    def can_edit(self) -> bool:
        return bool(self.deeds) and self.deeds[-1].kind == "text" and len(self.deeds[-1].texts[0]) > 0

    @property
    def fresh_button(self) -> str | None:
        """One of the latest message's that was not pressed yet."""
        return next((title for title in self._titles() if title not in self.pressed), None)

    @property
    @abstractmethod
    def seen(self) -> Sequence[Seen]: ...

    def _did(self, kind: IncomingKind, text: str, order: int) -> None:
        self.deeds.append(Deed(kind, (text,), order))

    @abstractmethod
    def _write(self, text: str) -> int: ...

    @abstractmethod
    def _send_photo(self, caption: str) -> int: ...

    @abstractmethod
    def _send_album(self, count: int, caption: str) -> Sequence[int]:
        """The order of each update that it is."""

    @abstractmethod
    def _send_voice(self) -> int: ...

    @abstractmethod
    def _edit(self, text: str) -> None: ...

    @abstractmethod
    def _press(self, title: str) -> int: ...

    @abstractmethod
    def _titles(self) -> Sequence[str]: ...


class TelegramPerson(Person):
    def __init__(self, customer: TelegramCustomer) -> None:
        super().__init__("telegram", str(customer.id))
        self._customer = customer
        self._latest = 0

    @property
    def seen(self) -> Sequence[Seen]:
        return [
            Seen(tuple(str(m.message_id) for m in each.messages), each.message_id, each.text)
            for each in self._customer.received
        ]

    def _write(self, text: str) -> int:
        return self._keep(self._customer.says(text).message_id)

    def _send_photo(self, caption: str) -> int:
        return self._keep(self._customer.sends_photo(caption).message_id)

    def _send_album(self, count: int, caption: str) -> Sequence[int]:
        return [self._keep(message.message_id) for message in self._customer.sends_album(count, caption)]

    def _send_voice(self) -> int:
        return self._keep(self._customer.sends_voice().message_id)

    def _edit(self, text: str) -> None:
        self._customer.edits(self._latest, text)

    def _press(self, title: str) -> int:
        self._customer.presses(title)
        return max(m.message_id for m in self._customer.messages)

    def _titles(self) -> Sequence[str]:
        latest = self._customer.received[-1:]
        inline = latest and isinstance(latest[0].reply_markup, InlineKeyboardMarkup)
        return latest[0].buttons if inline else ()

    def _keep(self, message_id: int) -> int:
        self._latest = message_id
        return message_id


class VkPerson(Person):
    def __init__(self, customer: VkCustomer) -> None:
        super().__init__("vk", str(customer.user_id))
        self._customer = customer
        self._latest: dict[str, object] = {}

    @property
    def seen(self) -> Sequence[Seen]:
        return [
            Seen(
                (str(message["conversation_message_id"]),),
                message["conversation_message_id"],
                message["text"],
            )
            for message in self._customer.received
        ]

    def _write(self, text: str) -> int:
        return self._keep(self._customer.says(text))

    def _send_photo(self, caption: str) -> int:
        return self._keep(self._customer.sends_photo(caption))

    def _send_album(self, count: int, caption: str) -> Sequence[int]:
        return [self._keep(self._customer.sends_album(count, caption))]

    def _send_voice(self) -> int:
        return self._keep(self._customer.sends_voice())

    def _edit(self, text: str) -> None:
        self._customer.edits(self._latest, text)

    def _press(self, title: str) -> int:
        self._customer.presses(title)
        return self._customer.received[-1]["conversation_message_id"]

    def _titles(self) -> Sequence[str]:
        return self._customer.titles if self._customer.received else ()

    def _keep(self, message: dict[str, object]) -> int:
        self._latest = message
        return int(str(message["conversation_message_id"]))
