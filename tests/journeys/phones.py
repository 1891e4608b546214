"""The customer's phone: the same deeds in either messenger."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from bot.channels.telegram.keyboards import SHARE_NUMBER
from tests.emulators.telegram import Customer as TelegramCustomer
from tests.emulators.telegram import TelegramEmulator
from tests.emulators.vk import Customer as VkCustomer
from tests.emulators.vk import VkEmulator

PATIENCE = 60.0  # seconds for one message; far above what any takes


@dataclass(frozen=True)
class Read:
    """What he reads of one message."""

    text: str
    buttons: tuple[str, ...]
    pictures: int  # or other files
    quotes: str = ""  # what it answers


class Phone(ABC):
    @abstractmethod
    def opens(self, car: int) -> None:
        """The chat, by the link in the listing of this car."""

    @abstractmethod
    def says(self, text: str) -> None: ...

    @abstractmethod
    def edits(self, text: str) -> None:
        """His last message."""

    @abstractmethod
    def gives(self, number: str) -> None:
        """His own number, in the handiest way the messenger has."""

    @abstractmethod
    def sends_pictures(self, count: int) -> None: ...

    @abstractmethod
    def presses(self, title: str) -> None:
        """The newest button whose title has these words."""

    @abstractmethod
    async def reads(self) -> Read:
        """The next message he has not read yet."""

    @property
    @abstractmethod
    def chat(self) -> list[str]:
        """All that was written to him, as it reads now."""

    @property
    def unread(self) -> list[str]:
        return self.chat[self._read :]

    _read = 0


class InTelegram(Phone):
    def __init__(self, telegram: TelegramEmulator, name: str = "Гость") -> None:
        self._customer: TelegramCustomer = telegram.customer(name)

    def opens(self, car: int) -> None:
        self._customer.starts(f"car{car}")

    def says(self, text: str) -> None:
        self._last = self._customer.says(text)

    def edits(self, text: str) -> None:
        self._customer.edits(self._last, text)

    def gives(self, number: str) -> None:
        self._customer.phone = "".join(filter(str.isdecimal, number))
        self._customer.presses(SHARE_NUMBER)

    def sends_pictures(self, count: int) -> None:
        self._customer.sends_album(count)

    def presses(self, title: str) -> None:
        titles = [button for message in reversed(self._customer.received) for button in message.buttons]
        self._customer.presses(_titled(title, titles))

    async def reads(self) -> Read:
        message = await self._customer.next_message(PATIENCE)
        self._read += 1
        quoted = message.reply_to.text or "" if message.reply_to else ""
        return Read(message.text, tuple(message.buttons), len(message.file_ids), quoted)

    @property
    def chat(self) -> list[str]:
        return [message.text for message in self._customer.received]


class InVk(Phone):
    def __init__(self, vk: VkEmulator, name: str = "Гость Гостев") -> None:
        self._customer: VkCustomer = vk.customer(name)

    def opens(self, car: int) -> None:
        self._customer.starts(ref=f"car{car}")

    def says(self, text: str) -> None:
        self._last = self._customer.says(text)

    def edits(self, text: str) -> None:
        self._customer.edits(self._last, text)

    def gives(self, number: str) -> None:
        self.says(number)

    def sends_pictures(self, count: int) -> None:
        for _ in range(count):
            self._customer.sends_photo()

    def presses(self, title: str) -> None:
        self._customer.presses(_titled(title, self._customer.titles))

    async def reads(self) -> Read:
        message = await self._customer.next_message(PATIENCE)
        self._read += 1
        quoted = message.get("reply_message", {}).get("text", "")
        return Read(message["text"], _buttons(message), len(message["attachments"]), quoted)

    @property
    def chat(self) -> list[str]:
        return [message["text"] for message in self._customer.received]


def _buttons(message: dict[str, Any]) -> tuple[str, ...]:
    rows = (message.get("keyboard") or {"buttons": []})["buttons"]
    return tuple(button["action"].get("label", "") for row in rows for button in row)


def _titled(words: str, titles: list[str]) -> str:
    found = next((title for title in titles if words.lower() in title.lower()), None)
    assert found is not None, f"нет кнопки «{words}», есть {titles}"
    return found
