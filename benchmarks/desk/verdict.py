"""Who said what, who saw it, and did the bot hold its tongue: screens against the database."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.desk.books import Book, Span, books
from benchmarks.desk.marked import address_in
from benchmarks.desk.office import Office
from benchmarks.desk.people import BY_STAFF, Heard, Word, mirrored
from benchmarks.soak.echo import MARK
from bot.conversations import Message
from bot.db import utcnow
from bot.desk.models import Ticket
from bot.desk.telegram.dialogue import CUSTOMER
from tests.emulators.telegram import Topic


@dataclass
class Verdict:
    tickets: int = 0
    moved: int = 0  # of them, to another department
    words: int = 0  # of people to customers
    corrected: int = 0
    quoting: int = 0
    files: int = 0  # of people to customers
    shown: int = 0  # customers' messages that belong into topics
    shown_files: int = 0  # and the files in them
    kept_silent: int = 0  # customers' messages that came while a person had the conversation
    doubled: int = 0  # people's words and files that came twice in Telegram
    faults: list[str] = field(default_factory=list)

    @property
    def has_all(self) -> bool:
        """It has come to everything that people do."""
        done = (self.tickets, self.moved, self.words, self.corrected, self.quoting, self.files)
        return min(*done, self.shown, self.shown_files, self.kept_silent) > 0


async def judge(office: Office) -> Verdict:
    verdict = Verdict()
    for book in await books(office):
        words = _words(office, book)
        _count(verdict, book, words)
        name = " ".join(book.client.key)
        faults = (
            *_misheard(book, words),
            *_unshown(office, book, words),
            *_shown_in_disorder(book),
            *_bot_spoke(book),
            *_backlog(book),
        )
        verdict.faults += [f"{name}: {fault}" for fault in faults]
    return verdict


def _count(verdict: Verdict, book: Book, words: Sequence[Word]) -> None:
    belong = [message for message in _by_customer(book) if _belongs(message, book.tickets)]
    verdict.tickets += len(book.tickets)
    verdict.moved += len(book.moves)
    verdict.words += len(words)
    verdict.corrected += sum(len(word.texts) > 1 for word in words)
    verdict.quoting += sum(word.answers is not None for word in words)
    verdict.files += sum(len(word.files) for word in words)
    verdict.shown += len(belong)
    verdict.shown_files += sum(len(_files(message)) for message in belong)
    verdict.kept_silent += len(_unanswered(book))
    verdict.doubled += _doubled(book)


def _words(office: Office, book: Book) -> list[Word]:
    """As they were written, of all who answered this customer."""
    everybody = [word for people in office.colleagues.values() for one in people for word in one.words]
    his = [word for word in everybody if any(word.topic is topic for topic in book.topics)]
    return sorted(his, key=lambda word: word.number)


# What customers hear


def _of_staff(book: Book) -> list[Heard]:
    return [each for each in book.client.heard if each.by_staff]


def _doubled(book: Book) -> int:
    marks = [mark for each in _of_staff(book) for mark in each.marks]
    return len(marks) - len(set(marks))


def _misheard(book: Book, words: Sequence[Word]) -> Iterator[str]:
    """Each word once, with its files, in order, as it was last worded, as an answer to what it answers."""
    heard: defaultdict[str, list[Heard]] = defaultdict(list)
    for each in _of_staff(book):
        heard[each.word].append(each)
    for word in words:
        yield from _misheard_word(book, word, heard.pop(word.mark, []))
    for mark in heard:
        yield f"{mark} was never said to this customer"
    yield from _heard_in_disorder(book, words)


def _misheard_word(book: Book, word: Word, pieces: Sequence[Heard]) -> Iterator[str]:
    """An album whose parts come late, or when a gateway was killed, arrives in several pieces."""
    if missing := set(word.marks) - {mark for piece in pieces for mark in piece.marks}:
        yield f"{sorted(missing)} of a colleague was not heard"
        return
    known = pieces if book.client.person.channel == "vk" else [p for p in pieces if p.id in book.delivered]
    for mark, times in Counter(mark for piece in known for mark in piece.marks).items():
        if times > 1:
            yield f"{mark} of a colleague was heard {times} times"
    if word.texts and word.texts[-1] not in {piece.text for piece in pieces}:
        yield f"{word.mark} of a colleague reads {pieces[0].text!r}, not {word.texts[-1]!r}"
    if word.answers is not None and not _answers(book, pieces[0], word):
        yield f"{word.mark} of a colleague answers {pieces[0].quoted!r}, not {word.answers.text!r}"


def _heard_in_disorder(book: Book, words: Sequence[Word]) -> Iterator[str]:
    """Of each department by itself: what two groups say at one moment has no order."""
    first = list(dict.fromkeys(mark for each in _of_staff(book) for mark in each.marks))
    for topic in book.topics:
        said = [mark for word in words if word.topic is topic for mark in word.marks]
        heard = [mark for mark in first if mark in said]
        if heard != [mark for mark in said if mark in heard]:
            yield f"colleagues were heard in another order: {heard}, said {said}"


def _answers(book: Book, copy: Heard, word: Word) -> bool:
    """The customer's last words in the message of the topic, however he has corrected them since.

    A voice message has no words, a line about a correction is none of his. A message that a killed gateway
    has sent and not noted is shown again; what answers the first of the two goes without a quote.
    """
    assert word.answers is not None
    noted = (word.message.chat.id, word.answers.message_id) in book.noted
    lines = [line for line in word.answers.text.splitlines() if f"{CUSTOMER}: " in line]
    wanted = MARK.findall(lines[-1]) if lines else []
    if not noted or not wanted:
        return True
    quoted = MARK.findall(copy.quoted)
    return bool(quoted) and (quoted[-1] == wanted[-1] or "Исправление" in copy.quoted)


# What people see in the topics


def _unshown(office: Office, book: Book, words: Sequence[Word]) -> Iterator[str]:
    """Everything from a hand-over to its end, in the department that had it last."""
    for ticket in book.tickets:
        topics = _topics_of(office, book, ticket)
        during = [message for message in book.messages if _belongs(message, [ticket])]
        elsewhere = {word.mark for word in words if not any(word.topic is topic for topic in topics)}
        wanted = {
            mark
            for message in during
            for mark in MARK.findall(_wording(book, message, ticket))
            if message.direction == "in" or (message.direction == "staff" and mark in elsewhere)
        }
        if missing := wanted - {mark for topic in topics for mark in _marks(topic)}:
            yield f"{sorted(missing)} are not in the topic of {ticket.department}"
        files = {file for message in during if message.direction == "in" for file in _files(message)}
        if absent := files - {file for topic in topics for file in _shown_files(office, topic)}:
            yield f"{len(absent)} of {len(files)} files are not in the topic of {ticket.department}"


def _wording(book: Book, message: Message, ticket: Ticket) -> str:
    """At the end of the ticket: nobody looks for what is corrected afterwards."""
    later = {
        update.body["text"]
        for update in book.updates
        if update.body["kind"] == "edit" and ticket.closed_at and update.received_at > ticket.closed_at
    }
    before: list[str] = message.extras.get("before", [])
    wordings = [message.text, *reversed(before)]
    return next((text for text in wordings if text not in later), wordings[-1])


def _topics_of(office: Office, book: Book, ticket: Ticket) -> list[Topic]:
    if book.has_become_another(ticket):
        return book.topics
    group = office.groups[ticket.department].id
    return [topic for topic in book.topics if topic.chat.id == group]


def _shown_in_disorder(book: Book) -> Iterator[str]:
    """His words in any topic, each for the first time, follow each other as he wrote them."""
    written = [mark for message in _by_customer(book) for mark in MARK.findall(message.text)]
    kept = [mark for mark in dict.fromkeys(written) if mark not in book.client.edited]
    for topic in book.topics:
        lines = [line for each in mirrored(topic) for line in _customers_lines(each.text)]
        first = dict.fromkeys(mark for line in lines for mark in MARK.findall(line))
        shown = [mark for mark in first if mark in kept]
        if shown != [mark for mark in kept if mark in first]:
            yield f"the topic shows {shown}, written was {kept}"


def _customers_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if CUSTOMER in line]


def _marks(topic: Topic) -> set[str]:
    """In words of the customer and of people elsewhere, not in the bot's answers."""
    lines = [line for each in mirrored(topic) for line in each.text.splitlines()]
    said = [line for line in lines if CUSTOMER in line or BY_STAFF in line]
    return {mark for line in said for mark in MARK.findall(line)}


def _by_customer(book: Book) -> list[Message]:
    return [message for message in book.messages if message.direction == "in"]


def _belongs(message: Message, tickets: Sequence[Ticket]) -> bool:
    return any(message.at in Span(t.opened_at, t.closed_at or utcnow()) for t in tickets)


def _files(message: Message) -> list[str]:
    """By the id or the address that the customer's messenger gave them."""
    return [attachment["ref"] for attachment in message.extras.get("attachments", ())]


def _shown_files(office: Office, topic: Topic) -> list[str]:
    """By the address that they were read from, else by Telegram's id."""
    ids = [file_id for each in topic.received for file_id in each.file_ids]
    return [address_in(office.telegram.file(file_id)) or file_id for file_id in ids]


# What the bot says


def _bot_spoke(book: Book) -> Iterator[str]:
    """While a person had the conversation: by what was put, and by what the customer has on the screen."""
    for row in book.bots:
        if any(row.created_at in span for span in book.claimed):
            yield f"the bot put {row.origin} while a person had the conversation"
    heard = book.client.heard
    for span in book.claimed:
        his = [n for n, each in enumerate(heard) if each.by_staff and each.at in span]
        between = heard[his[0] : his[-1]] if his else []
        for each in between:
            if not each.by_staff:
                yield f"the bot spoke between a person's words: {each.text!r}"


def late_words(book: Book, after: float) -> list[Heard]:
    """What came from the bot more than so many seconds after a person took the conversation."""
    allowed = dt.timedelta(seconds=after)
    return [
        each
        for each in book.client.heard
        if not each.by_staff
        and any(each.at in span and each.at > span.since + allowed for span in book.claimed)
    ]


def _unanswered(book: Book) -> list[str]:
    return [
        mark
        for update in book.updates
        if any(update.received_at in span for span in book.claimed)
        for mark in MARK.findall(update.body["text"])
    ]


def _backlog(book: Book) -> Iterator[str]:
    """What came while a person had the conversation is never answered by the bot."""
    answered = {mark for each in book.client.heard if not each.by_staff for mark in MARK.findall(each.text)}
    for mark in set(_unanswered(book)) & answered:
        yield f"the bot answered {mark}, which was a person's to answer"
