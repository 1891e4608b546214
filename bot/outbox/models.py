"""The durable outbox: what was said is here before anyone hears it."""

import datetime as dt
from typing import Any, Literal

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, UtcDateTime, utcnow

# How long a row is held by who sends it.
LEASE = dt.timedelta(seconds=60)

Status = Literal["queued", "sent", "failed"]


class OutboxMessage(Base):
    __tablename__ = "outbox_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(16), comment="of the conversation: who can send this row")
    origin: Mapped[str] = mapped_column(String(192), comment="what made it; the same is never put twice")
    body: Mapped[dict[str, Any]] = mapped_column(JSON, comment="bot.channels.base.Outgoing")
    payloads: Mapped[list[dict[str, str]]] = mapped_column(
        JSON, default=list, comment="title and payload of the button with the key «id.position»"
    )
    send_key: Mapped[int] = mapped_column(comment="the same on every try; positive int32")
    status: Mapped[Status] = mapped_column(String(8), default="queued")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    next_try_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utcnow)
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    claimed_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    parts_sent: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="of bot.channels.base.Channel.parts"
    )
    car_id: Mapped[int | None] = mapped_column(
        ForeignKey("car.id", ondelete="SET NULL"), index=True, comment="which car it is about"
    )
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utcnow)
    sent_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("conversation_id", "origin"),
        Index(
            "ix_outbox_message_conversation_id_queued",
            "conversation_id",
            "id",
            sqlite_where=text("status = 'queued'"),
            postgresql_where=text("status = 'queued'"),
        ),
        Index(
            "ix_outbox_message_next_try_at",
            "next_try_at",
            sqlite_where=text("status = 'queued'"),
            postgresql_where=text("status = 'queued'"),
        ),
        Index(
            "ix_outbox_message_next_try_at_failed",
            "next_try_at",
            sqlite_where=text("status = 'failed'"),
            postgresql_where=text("status = 'failed'"),
        ),
        {"sqlite_autoincrement": True},
    )


class DeliveredMessage(Base):
    """A message of the channel that a row became: what a customer quotes is found by it."""

    __tablename__ = "delivered_message"

    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True
    )
    external_id: Mapped[str] = mapped_column(String(128), primary_key=True, comment="the channel's id")
    outbox_id: Mapped[int] = mapped_column(ForeignKey("outbox_message.id", ondelete="CASCADE"), index=True)
