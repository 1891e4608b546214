"""What a department has to answer."""

import datetime as dt
from typing import Literal

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, UtcDateTime, utcnow

TicketStatus = Literal["open", "claimed", "closed"]


class Ticket(Base):
    """Open until a person takes it, claimed until he closes it. One per conversation and department."""

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
    past_bot_at: Mapped[dt.datetime | None] = mapped_column(
        UtcDateTime, comment="when a person last wrote in the messenger itself, see bot.desk.tickets"
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
    )
