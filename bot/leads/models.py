"""Contacts."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, UtcDateTime, utcnow


class Lead(Base):
    """Who asked for which next step about which car. The same again updates the row."""

    __tablename__ = "lead"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    phone: Mapped[str] = mapped_column(String(16), comment="E.164")
    name: Mapped[str | None] = mapped_column(String(128))
    step: Mapped[str] = mapped_column(String(32), comment="bot.contract.NextStep")
    topic: Mapped[str] = mapped_column(String(64))
    department: Mapped[str] = mapped_column(String(64))
    car_id: Mapped[int | None] = mapped_column(ForeignKey("car.id", ondelete="SET NULL"), index=True)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
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
    )
