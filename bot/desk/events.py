"""What happens to a ticket is noted; the reports are reckoned from it."""

import datetime as dt
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.desk.models import EventKind, Ticket, TicketEvent
from bot.desk.staff import Staff


def note(
    session: AsyncSession,
    ticket: Ticket,
    kind: EventKind,
    staff: Staff | None,
    at: dt.datetime,
    **details: Any,
) -> None:
    """What happened to it; `staff` is None when the bot did it."""
    session.add(
        TicketEvent(
            ticket_id=ticket.id,
            kind=kind,
            department=ticket.department,
            by=staff.id if staff else None,
            name=(staff.name or None) if staff else None,
            details=details,
            at=at,
        )
    )
