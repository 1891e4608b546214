"""Persons, and which conversations are theirs."""

import datetime as dt

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, UtcDateTime, utcnow


class Person(Base):
    """Somebody who was proved to have this phone."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    phone: Mapped[str] = mapped_column(String(16), unique=True, comment="E.164, confirmed")
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utcnow)


class PersonLink(Base):
    """A conversation is, or was until `until`, the person's. None is deleted, so a join can be undone."""

    __tablename__ = "person_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    proof: Mapped[str] = mapped_column(String(32), comment="how the phone was confirmed: contact, staff")
    since: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utcnow)
    until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index(
            "uq_person_link_conversation_id_now",
            "conversation_id",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
    )


class TrackerErasure(Base):
    """A conversation whose words Rasa has to forget too. Gone when it has."""

    __tablename__ = "tracker_erasure"

    sender: Mapped[str] = mapped_column(String(256), primary_key=True, comment="the conversation's key")
    next_try_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utcnow)
