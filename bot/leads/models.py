"""Contacts, what became of them, what was agreed to, and what the systems outside were told."""

import datetime as dt
import uuid
from typing import Any, Literal

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.contract import ConsentKind
from bot.db import Base, UtcDateTime, utcnow

Stage = Literal["contact", "worksheet", "visit", "deal", "lost"]
Task = Literal["deliver", "forget"]
DeliveryStatus = Literal["consent", "queued", "done", "failed"]
ConsentEvent = Literal["shown", "given", "refused", "withdrawn", "forgotten"]
Reminder = Literal["message", "call"]


def new_uid() -> str:
    return uuid.uuid4().hex


class Lead(Base):
    """Who wants which next step about which car. The same again updates the row and raises `revision`.

    `conversation_id` is where it was captured first; all that told of it are in `LeadConversation`.
    One whose customer was forgotten has neither phone nor words any more: what is left counts in the
    funnel.
    """

    __tablename__ = "lead"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(
        String(32), unique=True, default=new_uid, comment="the mark in systems outside, never used again"
    )
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    phone: Mapped[str | None] = mapped_column(String(16), comment="E.164")
    name: Mapped[str | None] = mapped_column(String(128))
    step: Mapped[str] = mapped_column(String(32), comment="bot.contract.NextStep")
    topic: Mapped[str] = mapped_column(String(64))
    department: Mapped[str] = mapped_column(String(64))
    car_id: Mapped[int | None] = mapped_column(ForeignKey("car.id", ondelete="SET NULL"), index=True)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    channel: Mapped[str] = mapped_column(String(16))
    account: Mapped[str] = mapped_column(String(64))
    listing_ref: Mapped[str | None] = mapped_column(String(512))
    utm: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, comment="see bot.leads.source")
    responsible: Mapped[str] = mapped_column(String(128), comment="a person of the department")
    stage: Mapped[Stage] = mapped_column(String(16), default="contact")
    summary: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utcnow)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utcnow)

    __table_args__ = (
        # Two indexes, because NULLs are distinct in a unique key.
        Index(
            "uq_lead_phone_step_car_id",
            "phone",
            "step",
            "car_id",
            unique=True,
            sqlite_where=text("car_id IS NOT NULL"),
            postgresql_where=text("car_id IS NOT NULL"),
        ),
        Index(
            "uq_lead_phone_step_without_car",
            "phone",
            "step",
            unique=True,
            sqlite_where=text("car_id IS NULL"),
            postgresql_where=text("car_id IS NULL"),
        ),
        Index("ix_lead_responsible_id", "responsible", "id"),
        Index("ix_lead_created_at", "created_at"),
    )
    # What the database counts (`revision`) is known again without another question.
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012 (as its base class declares it)


class LeadConversation(Base):
    """The conversations that told something of the lead, and what: their messages are its dialogue."""

    __tablename__ = "lead_conversation"

    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id", ondelete="CASCADE"), primary_key=True)
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    name: Mapped[str | None] = mapped_column(String(128))
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    told_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utcnow, comment="the last time")


class NumbersTold(Base):
    """How many numbers a chat has told after its first one, within a day: see `bot.leads.bounds`."""

    __tablename__ = "numbers_told"

    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True
    )
    since: Mapped[dt.datetime] = mapped_column(UtcDateTime, comment="when that day began")
    number: Mapped[int]


class LeadStage(Base):
    """When a lead came to a stage, and who said so."""

    __tablename__ = "lead_stage"

    id: Mapped[int] = mapped_column(primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id", ondelete="CASCADE"), index=True)
    stage: Mapped[Stage] = mapped_column(String(16))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utcnow)
    by: Mapped[str] = mapped_column(String(64), comment="bot, staff or the name of a system")


class LeadDelivery(Base):
    """What one system has to be told of one lead. Due while `delivered` is behind `wanted`."""

    __tablename__ = "lead_delivery"

    id: Mapped[int] = mapped_column(primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id", ondelete="CASCADE"))
    system: Mapped[str] = mapped_column(String(16), comment="bot.leads.crm.base.Crm.name")
    task: Mapped[Task] = mapped_column(String(8), default="deliver")
    status: Mapped[DeliveryStatus] = mapped_column(String(8), comment="consent: held back until he agrees")
    # Kept here and not only with the lead: the end of a delivery is decided by its own row alone.
    wanted: Mapped[int] = mapped_column(comment="revision of the lead")
    delivered: Mapped[int] = mapped_column(default=0, server_default="0", comment="revision; 0: none yet")
    attempts: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="since the last one that succeeded"
    )
    queued_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utcnow)
    next_try_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utcnow)
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    claimed_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    record: Mapped[str | None] = mapped_column(String(512), comment="its id in the system")
    error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        UniqueConstraint("lead_id", "system"),
        Index(
            "ix_lead_delivery_next_try_at",
            "next_try_at",
            sqlite_where=text("status = 'queued'"),
            postgresql_where=text("status = 'queued'"),
        ),
        Index("ix_lead_delivery_record", "record"),
    )


class Consent(Base):
    """The proof of what a customer was shown, agreed to and took back. Rows are added, never changed.

    Article 9 of 152-ФЗ lays the burden of this proof on the dealership, so triggers of the database
    refuse every change, and a customer who is forgotten leaves these rows behind.
    """

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    channel: Mapped[str] = mapped_column(String(16))
    account: Mapped[str] = mapped_column(String(64))
    chat_id: Mapped[str] = mapped_column(String(128))
    phone: Mapped[str | None] = mapped_column(String(16), index=True, comment="E.164")
    event: Mapped[ConsentEvent] = mapped_column(String(16))
    kind: Mapped[ConsentKind] = mapped_column(String(16))
    how: Mapped[str] = mapped_column(String(32), comment="what he did: button, words, …; staff: by request")
    version: Mapped[str] = mapped_column(String(32), comment="of the text, from dealer.yml")
    url: Mapped[str] = mapped_column(String(512))
    policy_url: Mapped[str] = mapped_column(String(512))
    text: Mapped[str] = mapped_column(Text, comment="exactly as it was shown to him")
    text_sha256: Mapped[str] = mapped_column(String(64))
    message_ids: Mapped[list[str]] = mapped_column(
        JSON, comment="the channel's ids of his messages; of a shown text, our origin in the outbox"
    )
    reached_at: Mapped[dt.datetime | None] = mapped_column(
        UtcDateTime, comment="of an agreement: when the channel had taken the message with the text"
    )
    bot_version: Mapped[str] = mapped_column(String(32))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utcnow)


class Visit(Base):
    """When a customer said he would come. A new time changes the row."""

    __tablename__ = "visit"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    date: Mapped[dt.date]
    time: Mapped[str | None] = mapped_column(String(32), comment="as it was agreed: «15:00», «утром»")
    car_id: Mapped[int | None] = mapped_column(ForeignKey("car.id", ondelete="SET NULL"), index=True)
    address: Mapped[str] = mapped_column(String(64), comment="key of dealer.yml")
    booked_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utcnow)
    cancelled_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    remind_at: Mapped[dt.datetime | None] = mapped_column(
        UtcDateTime, comment="when he is to be reminded; None: not at all, or not any more"
    )
    reminded_at: Mapped[dt.datetime | None] = mapped_column(
        UtcDateTime, comment="the `remind_at` that is done"
    )
    reminder: Mapped[Reminder | None] = mapped_column(
        String(8), comment="how: message, or a person's call where the bot may not write"
    )
    failures: Mapped[int] = mapped_column(default=0, server_default="0", comment="reminders that raised")

    __table_args__ = (
        Index(
            "ix_visit_remind_at",
            "remind_at",
            sqlite_where=text("remind_at IS NOT NULL"),
            postgresql_where=text("remind_at IS NOT NULL"),
        ),
    )


class CrmTokens(Base):
    """The one valid pair of keys of a system that changes them with every use."""

    __tablename__ = "crm_tokens"

    system: Mapped[str] = mapped_column(String(16), primary_key=True)
    access: Mapped[str] = mapped_column(Text)
    refresh: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[float]


class CrmCall(Base):
    """A signed call that was taken: its signature is believed for a while, and counts once."""

    __tablename__ = "crm_call"

    signature: Mapped[str] = mapped_column(String(64), primary_key=True, comment="SHA-256, hexadecimal")
    forget_at: Mapped[dt.datetime] = mapped_column(
        UtcDateTime, index=True, comment="when nobody believes the signature any more"
    )
