"""The durable inbox: an update is here before its channel is told that it was received."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, UtcDateTime, utcnow


class InboxUpdate(Base):
    __tablename__ = "inbox_update"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    account: Mapped[str] = mapped_column(String(64))
    update_id: Mapped[str] = mapped_column(String(128))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    body: Mapped[dict[str, Any]] = mapped_column(JSON, comment="bot.channels.base.Incoming")
    received_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utcnow)
    turn_id: Mapped[int | None] = mapped_column(comment="id of the first update of its turn, once taken")
    done_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("channel", "account", "update_id"),
        Index(
            "ix_inbox_update_conversation_id_waiting",
            "conversation_id",
            "id",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
        {"sqlite_autoincrement": True},
    )
