"""Who said what, who saw it, and did the bot hold its tongue: screens against the database."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from benchmarks.desk.office import Office
from benchmarks.desk.people import Client, Heard, Word, mirrored
from benchmarks.soak.echo import MARK
from bot.conversations import Conversation, Message
from bot.db import utcnow
from bot.desk.models import DeskMessage, DeskTopic, Ticket, TicketEvent
from bot.inbox.models import InboxUpdate
from bot.outbox.models import DeliveredMessage, OutboxMessage
from bot.outbox.put import by_staff
from tests.emulators.telegram import Topic


@dataclass(frozen=True)
class Span:
    """A person had the conversation from the one moment to the other."""

    since: dt.datetime
    until: dt.datetime

    def __contains__(self, moment: dt.datetime) -> bool:
        return self.since < moment < self.until


@dataclass
class Book:
    """One customer: his screen, his topics and what the database holds of him."""

    client: Client
    topics: list[Topic] = field(default_factory=list)  # those that the database knows
    tickets: list[Ticket] = field(default_factory=list)
    events: list[TicketEvent] = field(default_factory=list)
    updates: list[InboxUpdate] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    outbox: list[OutboxMessage] = field(default_factory=list)
    delivered: dict[str, int] = field(default_factory=dict)  # the messenger's id → id of the row
    noted: set[tuple[int, int]] = field(default_factory=set)  # group and number of what his topics show

    @property
    def claimed(self) -> list[Span]:
        ends = [event for event in self.events if event.kind in ("closed", "transferred")]
        return [
            Span(
                event.at,
                next((e.at for e in ends if e.ticket_id == event.ticket_id and e.id > event.id), utcnow()),
            )
            for event in self.events
            if event.kind == "claimed"
        ]

    @property
    def bots(self) -> list[OutboxMessage]:
        return [row for row in self.outbox if not by_staff(row.origin)]


async def books(office: Office) -> list[Book]:
    async with office.sessions() as session:
        rows: Mapping[str, Any] = {
            name: (await session.scalars(select(model).order_by(*model.__table__.primary_key))).all()
            for name, model in _TABLES.items()
        }
    conversations = {one.id: (one.channel, one.chat_id) for one in rows["conversations"]}
    by_key = {client.key: Book(client) for client in office.clients}
    found = {number: by_key[key] for number, key in conversations.items() if key in by_key}
    of_ticket = {ticket.id: found[ticket.conversation_id] for ticket in rows["tickets"]}
    for name in ("tickets", "updates", "messages", "outbox"):
        for row in rows[name]:
            getattr(found[row.conversation_id], name).append(row)
    for event in rows["events"]:
        of_ticket[event.ticket_id].events.append(event)
    for message in rows["delivered"]:
        found[message.conversation_id].delivered[message.external_id] = message.outbox_id
    groups = {
        group.id: {topic.thread_id: topic for topic in group.topics} for group in office.groups.values()
    }
    for row in rows["topics"]:
        if row.thread_id is not None:
            found[row.conversation_id].topics.append(groups[row.group_id][row.thread_id])
    of_topic = {row.id: found[row.conversation_id] for row in rows["topics"]}
    for row in rows["shown"]:
        of_topic[row.topic_id].noted.add((row.group_id, row.message_id))
    return list(by_key.values())


# What refers to others first: the gateways go on writing meanwhile.
_TABLES: Mapping[str, Any] = {
    "shown": DeskMessage,
    "topics": DeskTopic,
    "events": TicketEvent,
    "tickets": Ticket,
    "delivered": DeliveredMessage,
    "outbox": OutboxMessage,
    "messages": Message,
    "updates": InboxUpdate,
    "conversations": Conversation,
}


@dataclass
class Verdict:
    tickets: int = 0
    words: int = 0  # of people to customers
    corrected: int = 0
    quoting: int = 0
    shown: int = 0  # customers' messages that belong into topics
    kept_silent: int = 0  # customers' messages that came while a person had the conversation
    doubled: int = 0  # people's words that came twice in Telegram
    faults: list[str] = field(default_factory=list)


async def judge(office: Office) -> Verdict:
    verdict = Verdict()
    for book in await books(office):
        words = _words(office, book)
        verdict.tickets += len(book.tickets)
        verdict.words += len(words)
        verdict.corrected += sum(len(word.texts) > 1 for word in words)
        verdict.quoting += sum(word.answers is not None for word in words)
        verdict.shown += len(_to_be_shown(book))
        verdict.kept_silent += len(_unanswered(book))
        verdict.doubled += _doubled(book)
        name = " ".join(book.client.key)
        faults = (*_misheard(book, words), *_unshown(book), *_bot_spoke(book), *_backlog(book))
        verdict.faults += [f"{name}: {fault}" for fault in faults]
    return verdict


def _words(office: Office, book: Book) -> list[Word]:
    """As they were written, of all who answered this customer."""
    everybody = [word for people in office.colleagues.values() for one in people for word in one.words]
    his = [word for word in everybody if any(word.topic is topic for topic in book.topics)]
    return sorted(his, key=lambda word: word.message.message_id)


def _of_staff(book: Book) -> list[Heard]:
    return [each for each in book.client.heard if each.by_staff]


def _doubled(book: Book) -> int:
    return len(_of_staff(book)) - len({MARK.findall(each.text)[0] for each in _of_staff(book)})


def _misheard(book: Book, words: Sequence[Word]) -> Iterator[str]:
    """Each word once, in order, as it was last worded, and as an answer to what it answers."""
    heard: defaultdict[str, list[Heard]] = defaultdict(list)
    for each in _of_staff(book):
        heard[MARK.findall(each.text)[0]].append(each)
    for word in words:
        copies = heard.pop(word.mark, [])
        if not copies:
            yield f"{word.mark} of a colleague was not heard"
            continue
        if len(copies) > 1 and (book.client.person.channel == "vk" or len(_known(copies, book)) > 1):
            yield f"{word.mark} of a colleague was heard {len(copies)} times"
        if word.texts[-1] not in {copy.text for copy in copies}:
            yield f"{word.mark} of a colleague reads {copies[0].text!r}, not {word.texts[-1]!r}"
        if word.answers is not None and not _answers(book, copies, word):
            yield f"{word.mark} of a colleague answers {copies[0].quoted!r}, not {word.answers.text!r}"
    for mark in heard:
        yield f"{mark} was never said to this customer"
    first = [MARK.findall(each.text)[0] for each in _of_staff(book)]
    said = [word.mark for word in words]
    if [mark for mark in said if mark in first] != list(dict.fromkeys(first)):
        yield f"colleagues were heard in another order: {first}, said {said}"


def _known(copies: Sequence[Heard], book: Book) -> list[Heard]:
    return [copy for copy in copies if copy.id in book.delivered]


def _answers(book: Book, copies: Sequence[Heard], word: Word) -> bool:
    """The customer's last words in the message of the topic, however he has corrected them since.

    A message that a killed gateway has sent and not noted is shown again; what answers the first of the
    two goes without a quote.
    """
    assert word.answers is not None
    noted = (word.message.chat.id, word.answers.message_id) in book.noted
    wanted = MARK.findall(_by_customer(word.answers.text)[-1])
    if not noted or not wanted:
        return True
    quoted = MARK.findall(copies[0].quoted)
    return bool(quoted) and (quoted[-1] == wanted[-1] or "Исправление" in copies[0].quoted)


def _by_customer(text: str) -> list[str]:
    return [line for line in text.splitlines() if "Клиент" in line] or [""]


def _to_be_shown(book: Book) -> list[str]:
    """Marks of what he wrote from a hand-over to its end."""
    spans = [Span(ticket.opened_at, ticket.closed_at or utcnow()) for ticket in book.tickets]
    return [
        mark
        for message in book.messages
        if message.direction == "in" and any(message.at in span for span in spans)
        for mark in MARK.findall(message.text)
    ]


def _unshown(book: Book) -> Iterator[str]:
    """Each at least once, in its order."""
    lines = [line for topic in book.topics for each in mirrored(topic) for line in _by_customer(each.text)]
    shown = [mark for line in lines for mark in MARK.findall(line)]
    wanted = _to_be_shown(book)
    if missing := set(wanted) - set(shown):
        yield f"{sorted(missing)} are not in the topic"
    kept = [mark for mark in wanted if mark not in book.client.edited]
    first = [mark for mark in dict.fromkeys(shown) if mark in kept]
    if first != [mark for mark in kept if mark in first]:
        yield f"the topic shows {first}, written was {kept}"


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
