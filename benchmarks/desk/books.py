"""Each customer of the office: his screen, his topics, and what the database holds of him."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from benchmarks.desk.office import Office
from benchmarks.desk.people import Client
from bot.conversations import Conversation, Message
from bot.db import utcnow
from bot.desk.models import DeskMessage, DeskTopic, Ticket, TicketEvent
from bot.inbox.models import InboxUpdate
from bot.outbox.models import DeliveredMessage, OutboxMessage
from bot.outbox.put import by_staff
from tests.emulators.telegram import Topic


@dataclass(frozen=True)
class Span:
    """From the one moment to the other."""

    since: dt.datetime
    until: dt.datetime

    def __contains__(self, moment: dt.datetime) -> bool:
        return self.since < moment < self.until


@dataclass
class Book:
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
        """A person had the conversation then."""
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

    @property
    def moves(self) -> list[TicketEvent]:
        """Of tickets to other departments."""
        return [event for event in self.events if event.kind == "transferred"]

    def has_become_another(self, ticket: Ticket) -> bool:
        """It was given to a department that had one of the customer already."""
        moves = [event for event in self.moves if event.ticket_id == ticket.id]
        return bool(moves) and moves[-1].details["to"] != ticket.department


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
