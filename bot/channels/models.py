"""What a channel has to remember between two runs."""

import datetime as dt

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, UtcDateTime, utcnow


class ChannelReader(Base):
    """Who reads the updates of an account now, and how far they are stored."""

    __tablename__ = "channel_reader"

    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    account: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[str | None] = mapped_column(String(64), comment="the channel's own mark, VK's `ts`")
    held_by: Mapped[str | None] = mapped_column(String(64))
    held_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class UploadedMedia(Base):
    """A file that the channel has already: sent again by its reference instead of its bytes."""

    __tablename__ = "uploaded_media"

    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    account: Mapped[str] = mapped_column(String(64), primary_key=True)
    url: Mapped[str] = mapped_column(String(1024), primary_key=True, comment="where our file is")
    ref: Mapped[str] = mapped_column(Text, comment="Telegram's file_id, VK's attachment")
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utcnow)
