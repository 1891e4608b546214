"""Customers and those who answer them, with what each of them said and saw."""

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from aiogram.types import Message as TelegramMessage

from benchmarks.soak.crowd import Person, TelegramPerson, VkPerson
from benchmarks.soak.echo import MARK
from tests.emulators.telegram import Customer as TelegramCustomer
from tests.emulators.telegram import Received, Staff, Topic
from tests.emulators.vk import Customer as VkCustomer

# What a person of the dealership says begins so; all else comes from the bot.
BY_STAFF = "Отвечаю"
TAKE, GIVE_BACK, CLOSE = "Взять", "Вернуть боту", "Закрыть"


@dataclass(frozen=True)
class Heard:
    """A message as the customer sees it now."""

    id: str  # the messenger's
    text: str
    at: dt.datetime
    quoted: str  # the words that it answers

    @property
    def by_staff(self) -> bool:
        return self.text.startswith(BY_STAFF)


@dataclass
class Client:
    person: Person
    department: str
    _marks: Iterator[int]
    _phone: TelegramCustomer | VkCustomer
    edited: set[str] = field(default_factory=set)  # marks whose place in the order is not certain

    @classmethod
    def in_telegram(cls, customer: TelegramCustomer, department: str, marks: Iterator[int]) -> "Client":
        return cls(TelegramPerson(customer), department, marks, customer)

    @classmethod
    def in_vk(cls, customer: VkCustomer, department: str, marks: Iterator[int]) -> "Client":
        return cls(VkPerson(customer), department, marks, customer)

    @property
    def key(self) -> tuple[str, str]:
        return self.person.channel, self.person.chat_id

    @property
    def written(self) -> int:
        """Updates so far."""
        return len(self.person.deeds)

    def calls(self) -> None:
        """For a person of the department."""
        self.person.writes(f"позовите {self.department} №{next(self._marks)}")

    def asks(self) -> None:
        self.person.writes(f"Вопрос №{next(self._marks)}")

    def corrects(self) -> None:
        """The latest message, if that was a text."""
        if self.person.can_edit:
            text = f"Исправление №{next(self._marks)}"
            self.edited |= set(MARK.findall(self.person.deeds[-1].text + text))
            self.person.edits(text)

    @property
    def heard(self) -> Sequence[Heard]:
        if isinstance(self._phone, VkCustomer):
            return [
                Heard(
                    str(message["conversation_message_id"]),
                    message["text"],
                    dt.datetime.fromtimestamp(at, dt.UTC),
                    (message.get("reply_message") or {}).get("text", ""),
                )
                for message, at in zip(self._phone.received, self._phone.received_at, strict=True)
            ]
        return [
            Heard(
                str(each.message_id),
                each.text,
                each.time,
                (each.reply_to.text or "") if each.reply_to is not None else "",
            )
            for each in self._phone.received
        ]


@dataclass
class Word:
    """What a person of the dealership has said; `texts` are its wordings, the latest last."""

    topic: Topic
    message: TelegramMessage
    texts: list[str]
    answers: Received | None

    @property
    def mark(self) -> str:
        return str(MARK.findall(self.texts[0])[0])


@dataclass
class Colleague:
    staff: Staff
    words: list[Word] = field(default_factory=list)

    def says(self, topic: Topic, mark: int, answers: Received | None = None) -> None:
        text = f"{BY_STAFF} №{mark}"
        message = self.staff.says(text, topic=topic, reply_to=answers)
        self.words.append(Word(topic, message, [text], answers))

    def corrects(self, dice: random.Random) -> None:
        """One of the latest."""
        if self.words:
            word = dice.choice(self.words[-3:])
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
