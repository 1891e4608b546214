"""Customers and those who answer them, with what each of them said and saw."""

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from aiogram.types import Message as TelegramMessage

from benchmarks.desk.marked import marked_picture, marked_voice, marks_in
from benchmarks.soak.crowd import Person, TelegramPerson, VkPerson
from benchmarks.soak.echo import MARK
from tests.emulators.telegram import Customer as TelegramCustomer
from tests.emulators.telegram import Received, Staff, TelegramEmulator, Topic
from tests.emulators.vk import Customer as VkCustomer
from tests.emulators.vk import VkEmulator

# What a person of the dealership writes begins so; all else comes from the bot, which sends no files.
BY_STAFF = "Отвечаю"
TAKE, GIVE_BACK, CLOSE, MOVE = "Взять", "Вернуть боту", "Закрыть", "Передать"
ALBUM_SIZES = (2, 5)


@dataclass(frozen=True)
class Heard:
    """A message as the customer sees it now."""

    id: str  # the messenger's
    text: str
    at: dt.datetime
    quoted: str  # the words that it answers
    files: tuple[str, ...]  # the marks that they hold

    @property
    def by_staff(self) -> bool:
        return bool(self.files) or self.text.startswith(BY_STAFF)

    @property
    def marks(self) -> tuple[str, ...]:
        return (*MARK.findall(self.text), *self.files)

    @property
    def word(self) -> str:
        """The mark of the word that it is, or is a piece of."""
        return self.marks[0].partition(".")[0]


class Screen(Protocol):
    @property
    def heard(self) -> Sequence[Heard]: ...


@dataclass(frozen=True)
class TelegramScreen:
    customer: TelegramCustomer
    messenger: TelegramEmulator

    @property
    def heard(self) -> Sequence[Heard]:
        return [self._heard(each) for each in self.customer.received]

    def _heard(self, seen: Received) -> Heard:
        quoted = (seen.reply_to.text or seen.reply_to.caption or "") if seen.reply_to is not None else ""
        contents = [self.messenger.file(file_id) for file_id in seen.file_ids]
        return Heard(str(seen.message_id), seen.text, seen.time, quoted, marks_in(contents))


@dataclass(frozen=True)
class VkScreen:
    customer: VkCustomer
    messenger: VkEmulator

    @property
    def heard(self) -> Sequence[Heard]:
        seen = zip(self.customer.received, self.customer.received_at, strict=True)
        return [self._heard(message, dt.datetime.fromtimestamp(at, dt.UTC)) for message, at in seen]

    def _heard(self, message: dict[str, Any], at: dt.datetime) -> Heard:
        quoted = (message.get("reply_message") or {}).get("text", "")
        contents = [self.messenger.file(attachment) for attachment in message["attachments"]]
        number = str(message["conversation_message_id"])
        return Heard(number, message["text"], at, quoted, marks_in(contents))


@dataclass
class Client:
    person: Person
    department: str
    _marks: Iterator[int]
    _screen: Screen
    edited: set[str] = field(default_factory=set)  # marks whose place in the order is not certain

    @classmethod
    def in_telegram(
        cls, messenger: TelegramEmulator, name: str, department: str, marks: Iterator[int]
    ) -> "Client":
        customer = messenger.customer(name)
        return cls(TelegramPerson(customer), department, marks, TelegramScreen(customer, messenger))

    @classmethod
    def in_vk(cls, messenger: VkEmulator, name: str, department: str, marks: Iterator[int]) -> "Client":
        customer = messenger.customer(name)
        return cls(VkPerson(customer), department, marks, VkScreen(customer, messenger))

    @property
    def key(self) -> tuple[str, str]:
        return self.person.channel, self.person.chat_id

    @property
    def written(self) -> int:
        """Updates so far."""
        return len(self.person.deeds)

    @property
    def heard(self) -> Sequence[Heard]:
        return self._screen.heard

    def calls(self) -> None:
        """For a person of the department."""
        self.person.writes(f"позовите {self.department} №{next(self._marks)}")

    def asks(self) -> None:
        self.person.writes(f"Вопрос №{next(self._marks)}")

    def sends_album(self, dice: random.Random) -> None:
        self.person.sends_album(dice.randint(*ALBUM_SIZES), f"Мои фото №{next(self._marks)}")

    def sends_voice(self) -> None:
        self.person.sends_voice()

    def corrects(self) -> None:
        """The latest message, if that was a text."""
        if self.person.can_edit:
            text = f"Исправление №{next(self._marks)}"
            self.edited |= set(MARK.findall(self.person.deeds[-1].text + text))
            self.person.edits(text)


@dataclass
class Word:
    """What a person of the dealership has said; `texts` are its wordings, the latest last."""

    number: int  # grows with time, whoever speaks
    topic: Topic
    message: TelegramMessage
    texts: list[str]  # none of a voice message
    files: tuple[str, ...] = ()  # their marks
    answers: Received | None = None

    @property
    def mark(self) -> str:
        return f"№{self.number}"

    @property
    def marks(self) -> tuple[str, ...]:
        """What has to arrive."""
        return (*([self.mark] if self.texts else []), *self.files)


@dataclass
class Colleague:
    staff: Staff
    words: list[Word] = field(default_factory=list)

    def says(self, topic: Topic, number: int, answers: Received | None = None) -> None:
        text = f"{BY_STAFF} №{number}"
        message = self.staff.says(text, topic=topic, reply_to=answers)
        self.words.append(Word(number, topic, message, [text], answers=answers))

    def sends_album(self, topic: Topic, number: int, dice: random.Random) -> None:
        marks = [f"№{number}.{n}" for n in range(1, dice.randint(*ALBUM_SIZES) + 1)]
        caption = f"{BY_STAFF} №{number}"
        album = [
            self.staff.sends_photo(
                None if n else caption, marked_picture(mark), media_group_id=f"album {number}", topic=topic
            )
            for n, mark in enumerate(marks)
        ]
        self.words.append(Word(number, topic, album[0], [caption], tuple(marks)))

    def sends_voice(self, topic: Topic, number: int) -> None:
        mark = f"№{number}.1"
        message = self.staff.sends_voice(marked_voice(mark), topic=topic)
        self.words.append(Word(number, topic, message, [], (mark,)))

    def corrects(self, dice: random.Random) -> None:
        """One of the latest."""
        if written := [word for word in self.words if word.texts][-3:]:
            word = dice.choice(written)
            text = f"{word.texts[0]}, исправлено {len(word.texts)}"
            self.staff.edits(word.message, text)
            word.texts.append(text)

    def presses(self, title: str, card: Received) -> str:
        return self.staff.presses(title, on=card)


def card_of(topic: Topic) -> Received | None:
    """The latest one."""
    return next((each for each in reversed(topic.received) if is_card(each)), None)


def is_card(received: Received) -> bool:
    return "\nПочему: " in received.text and "\nОбращение: " in received.text


def mirrored(topic: Topic) -> list[Received]:
    """Messages that show words of the customer."""
    return [each for each in topic.received if not is_card(each) and MARK.search(each.text)]
