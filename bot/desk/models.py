"""What a department has to answer, and where its people see it."""

import datetime as dt
from typing import Any, Literal

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, UtcDateTime, utcnow

TicketStatus = Literal["open", "claimed", "closed"]
Outcome = Literal["answered", "returned", "left"]
EventKind = Literal[
    "opened",
    "added",
    "claimed",
    "answered",
    "transferred",
    "closed",
    "reminded",
    "escalated",
    "told",
    "undelivered",
    "rated",
]
TimerKind = Literal["remind", "manager", "next_department", "resolve"]


class Ticket(Base):
    """Open until a person takes it, claimed until he closes it. One per conversation and department.

    `waiting_since` is since when the customer waits for a person: from the opening, and from his first
    word after the last answer.
    """

    __tablename__ = "ticket"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    department: Mapped[str] = mapped_column(String(64), comment="key of dealer.yml")
    reason: Mapped[str] = mapped_column(String(16), comment="bot.contract.OpenedTicket")
    topic: Mapped[str] = mapped_column(String(64))
    summary: Mapped[str] = mapped_column(Text, comment="a line for each time that it was asked for")
    car_id: Mapped[int | None] = mapped_column(ForeignKey("car.id", ondelete="SET NULL"), index=True)
    status: Mapped[TicketStatus] = mapped_column(String(8), default="open")
    opened_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utcnow)
    claimed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    claimed_by: Mapped[str | None] = mapped_column(String(64), comment="bot.desk.staff.Staff.id")
    claimed_name: Mapped[str | None] = mapped_column(String(128))
    first_answer_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    waiting_since: Mapped[dt.datetime | None] = mapped_column(UtcDateTime, default=utcnow)
    past_bot_at: Mapped[dt.datetime | None] = mapped_column(
        UtcDateTime, comment="when a person last wrote in the messenger itself, see bot.desk.tickets"
    )
    closed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    released_at: Mapped[dt.datetime | None] = mapped_column(
        UtcDateTime, comment="when a person last let go of it: closed what he had, or gave it on"
    )
    outcome: Mapped[Outcome | None] = mapped_column(String(16))
    rating: Mapped[int | None] = mapped_column(comment="1 to 5, by the customer")
    revision: Mapped[int] = mapped_column(
        default=1, server_default="1", comment="raised by every change that the card shows"
    )

    __table_args__ = (
        Index(
            "uq_ticket_conversation_id_department_unclosed",
            "conversation_id",
            "department",
            unique=True,
            sqlite_where=text("status <> 'closed'"),
            postgresql_where=text("status <> 'closed'"),
        ),
        Index("ix_ticket_opened_at", "opened_at"),
    )


class TicketEvent(Base):
    """What happened to a ticket, in the order of `id`; the reports are reckoned from it."""

    __tablename__ = "ticket_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    kind: Mapped[EventKind] = mapped_column(String(16))
    department: Mapped[str] = mapped_column(String(64), comment="whose ticket it was then")
    by: Mapped[str | None] = mapped_column(String(64), comment="bot.desk.staff.Staff.id; None: the bot")
    name: Mapped[str | None] = mapped_column(String(128))
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utcnow)

    __table_args__ = (Index("ix_ticket_event_at", "at"),)


class TicketTimer(Base):
    """Something falls due for a ticket. Whoever sets `done_at` in a transaction does it there, once."""

    __tablename__ = "ticket_timer"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    kind: Mapped[TimerKind] = mapped_column(String(16))
    due_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    failures: Mapped[int] = mapped_column(default=0, server_default="0", comment="tries that raised")

    __table_args__ = (
        UniqueConstraint("ticket_id", "kind", "due_at"),
        Index(
            "ix_ticket_timer_due_at",
            "due_at",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
    )


class DeskGroup(Base):
    """A department's group in Telegram, by its number in dealer.yml; one gateway at a time writes there."""

    __tablename__ = "desk_group"

    configured_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    chat_id: Mapped[int] = mapped_column(BigInteger, unique=True, comment="its number now: groups move")
    held_by: Mapped[str | None] = mapped_column(String(64))
    held_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(Text, comment="why nothing can be written there")
    since: Mapped[dt.datetime] = mapped_column(
        UtcDateTime, default=utcnow, comment="when it began to work, or not to"
    )
    told_group_id: Mapped[int | None] = mapped_column(
        ForeignKey("desk_group.configured_id", ondelete="SET NULL"),
        comment="whose people were told that it does not work",
    )
    hinted: Mapped[bool] = mapped_column(
        default=False, server_default=false(), comment="its people know where customers read them"
    )
    tidied_at: Mapped[dt.datetime] = mapped_column(
        UtcDateTime, default=utcnow, comment="see bot.desk.retention"
    )


class DeskTopic(Base):
    """The topic of a customer in the group of a department, from the first hand-over on.

    The dialogue is shown in it by cursors: what the history has beyond them is still to be shown. So
    nothing is lost in a crash, and what waits is merged when the group's limit is near.
    """

    __tablename__ = "desk_topic"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    group_id: Mapped[int] = mapped_column(
        ForeignKey("desk_group.configured_id", ondelete="CASCADE"), index=True
    )
    thread_id: Mapped[int | None] = mapped_column(comment="None: not made yet, or deleted by people")
    card_message_id: Mapped[int | None] = mapped_column()
    card: Mapped[str | None] = mapped_column(Text, comment="as it is shown, to see whether it changed")
    shown_message_id: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="of the history: shown up to here"
    )
    open: Mapped[bool] = mapped_column(default=True)
    forgotten: Mapped[bool] = mapped_column(
        default=False, server_default=false(), comment="to be deleted in Telegram, and then here"
    )

    __table_args__ = (
        UniqueConstraint("conversation_id", "group_id"),
        Index("ix_desk_topic_group_id_thread_id", "group_id", "thread_id"),
    )


class DeskNotice(Base):
    """A line for the people of a group that is not in the dialogue: a reminder, what was not delivered."""

    __tablename__ = "desk_notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("desk_group.configured_id", ondelete="CASCADE"))
    conversation_id: Mapped[int | None] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), comment="whose topic; None: the general one"
    )
    words: Mapped[str] = mapped_column(Text, comment="plain text; the poster escapes it")
    loud: Mapped[bool] = mapped_column(default=False, comment="with a sound, past what is merely shown")
    calls: Mapped[str | None] = mapped_column(
        String(64), comment="bot.desk.staff.Staff.id of who is called: his name begins the words"
    )
    outbox_id: Mapped[int | None] = mapped_column(
        ForeignKey("outbox_message.id", ondelete="CASCADE"),
        index=True,
        comment="what staff said: the line answers their message",
    )
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utcnow)
    shown_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index(
            "ix_desk_notice_group_id_waiting",
            "group_id",
            "id",
            sqlite_where=text("shown_at IS NULL"),
            postgresql_where=text("shown_at IS NULL"),
        ),
    )


class DeskMessage(Base):
    """Which message of a group is which of the history: for quotes and corrections, both ways."""

    __tablename__ = "desk_message"

    group_id: Mapped[int] = mapped_column(
        ForeignKey("desk_group.configured_id", ondelete="CASCADE"), primary_key=True
    )
    message_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    topic_id: Mapped[int] = mapped_column(ForeignKey("desk_topic.id", ondelete="CASCADE"), index=True)
    history_id: Mapped[int | None] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), index=True, comment="the last one shown in it"
    )
    outbox_id: Mapped[int | None] = mapped_column(
        ForeignKey("outbox_message.id", ondelete="CASCADE"), index=True, comment="what staff said by it"
    )
    album: Mapped[str | None] = mapped_column(
        String(64), comment="of staff's: all of one album say one thing, or are a note together"
    )


class DeskUpdate(Base):
    """An update of a group that was taken: Telegram repeats what it thinks was lost.

    Kept for as long as it may (`bot.desk.retention`).
    """

    __tablename__ = "desk_update"

    account: Mapped[str] = mapped_column(String(64), primary_key=True)
    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utcnow)

    __table_args__ = (Index("ix_desk_update_at", "at"),)
