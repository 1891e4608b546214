"""A conversation: one chat of one customer, what is known of him there, and its history."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, false, select, text
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, UtcDateTime, utcnow

Direction = Literal["in", "out", "staff"]


class Conversation(Base):
    """What outlives a Rasa session is kept here and goes to Rasa as `bot.contract.Metadata`."""

    __tablename__ = "conversation"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    account: Mapped[str] = mapped_column(String(64))
    chat_id: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utcnow)

    focus_car_id: Mapped[int | None] = mapped_column(ForeignKey("car.id", ondelete="SET NULL"), index=True)
    earlier_car_ids: Mapped[list[int]] = mapped_column(JSON, default=list, comment="latest first")
    listing_ref: Mapped[str | None] = mapped_column(String(512), comment="last link the customer came by")
    name: Mapped[str | None] = mapped_column(String(128))
    phone: Mapped[str | None] = mapped_column(String(16), index=True, comment="E.164")
    asked_topics: Mapped[list[str]] = mapped_column(
        JSON, default=list, comment="steps the phone was asked for"
    )
    phone_refusals: Mapped[int] = mapped_column(default=0, server_default="0")
    failures_in_a_row: Mapped[int] = mapped_column(default=0, server_default="0")

    blocked_at: Mapped[dt.datetime | None] = mapped_column(
        UtcDateTime, comment="since when the channel refuses our messages to him"
    )

    # The queue of turns, see bot.inbox.claim.
    next_turn_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    quiet_until: Mapped[dt.datetime | None] = mapped_column(
        UtcDateTime, comment="no turn before it: the customer sent too much at once"
    )
    turn_attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    claimed_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("channel", "account", "chat_id"),
        Index(
            "ix_conversation_channel_next_turn_at",
            "channel",  # first: else SQLite reads the whole unique key of the channel instead
            "next_turn_at",
            sqlite_where=text("next_turn_at IS NOT NULL"),
            postgresql_where=text("next_turn_at IS NOT NULL"),
        ),
    )

    @property
    def key(self) -> str:
        """The sender id in Rasa. Not the row's id: Rasa's store may outlive this database."""
        return f"{self.channel}:{self.account}:{self.chat_id}"


class Message(Base):
    """One message of the history, in the order of `id`.

    `extras` of what the outbox carries is `bot.channels.base.Outgoing` as JSON, of any other
    `{"kind", "attachments"}` of `bot.channels.base.Incoming`. Beside either, `before`: the texts that it had
    until it was corrected, oldest first.
    """

    __tablename__ = "message"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    direction: Mapped[Direction] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(Text)
    extras: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utcnow)
    inbox_id: Mapped[int | None] = mapped_column(
        ForeignKey("inbox_update.id", ondelete="SET NULL"), index=True, comment="the update it came with"
    )
    outbox_id: Mapped[int | None] = mapped_column(
        ForeignKey("outbox_message.id", ondelete="SET NULL"),
        index=True,
        unique=True,
        comment="the row that carries it; none of what was said before 0005",
    )
    external_id: Mapped[str | None] = mapped_column(
        String(128), comment="the channel's id of a message that came in"
    )
    changed: Mapped[bool] = mapped_column(
        default=False, server_default=false(), comment="corrected, and the desk does not show it yet"
    )

    __table_args__ = (
        Index("ix_message_conversation_id_id", "conversation_id", "id"),
        Index("ix_message_conversation_id_external_id", "conversation_id", "external_id"),
        Index(
            "ix_message_conversation_id_changed",
            "conversation_id",
            sqlite_where=sql("changed = 1"),
            postgresql_where=sql("changed"),
        ),
        {"sqlite_autoincrement": True},
    )


async def find_conversation(
    session: AsyncSession, channel: str, account: str, chat_id: str
) -> Conversation | None:
    query = select(Conversation).filter_by(channel=channel, account=account, chat_id=chat_id)
    return await session.scalar(query)


async def history(
    session: AsyncSession, conversation_id: int, *, after_id: int = 0, limit: int = 200
) -> Sequence[Message]:
    """The last `limit` messages with an id above `after_id`, oldest first."""
    query = (
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.id > after_id)
        .order_by(Message.id.desc())
        .limit(limit)
    )
    return list(reversed((await session.scalars(query)).all()))
