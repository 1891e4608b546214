"""Lines for the people of a department that are not in the dialogue."""

import re
from functools import partial

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import utcnow
from bot.dealer import Dealer
from bot.desk.events import note
from bot.desk.models import DeskGroup, DeskNotice, Ticket
from bot.desk.staff import Staff
from bot.desk.texts import FILES_ONLY, NOT_CORRECTED, NOT_DELIVERED, REFUSED
from bot.outbox.claim import OnFailed
from bot.outbox.models import OutboxMessage
from bot.outbox.put import by_staff
from bot.upsert import insert

QUOTED = 100  # characters
# What the messenger itself has answered: for the admin, who finds it in the log.
_FOREIGN = re.compile(r"(\s*\((?=[a-z]|ошибка \d)|:\s*(?=[a-z])).*", re.IGNORECASE | re.DOTALL)
_RUSSIAN = re.compile("[а-яё]|Telegram", re.IGNORECASE)


async def notice(
    session: AsyncSession,
    conversation_id: int | None,
    department: str,
    words: str,
    *,
    dealer: Dealer,
    loud: bool = False,
    calls: Staff | None = None,
    outbox_id: int | None = None,
) -> DeskNotice | None:
    """Into the customer's topic, without a conversation into the general one; None without a desk.

    What stands in General outlives the forgetting of a customer: no name, phone or words of his there.
    Who is called hears it wherever he is: `words` go on after his name. With `outbox_id` it answers the
    message by which people have said that.
    """
    desk = dealer.desk_of(department)
    if desk is None:
        return None
    group_id = await _group(session, desk.telegram)
    row = DeskNotice(
        group_id=group_id,
        conversation_id=conversation_id,
        loud=loud,
        **called(words, calls),
        outbox_id=outbox_id,
        at=utcnow(),
    )
    session.add(row)
    await session.flush()
    return row


def called(words: str, calls: Staff | None) -> dict[str, str | None]:
    """Words and who is called by them, as the columns of a notice: his name begins them."""
    if calls is None:
        return {"words": words, "calls": None}
    return {"words": f"{calls.name}, {words}", "calls": calls.id or None}


async def _group(session: AsyncSession, number: int) -> int:
    """Perhaps nobody has written there yet; perhaps it has moved, and this is its new number."""
    row = insert(session, DeskGroup).values(configured_id=number, chat_id=number)
    await session.execute(row.on_conflict_do_nothing())
    query = select(DeskGroup.configured_id).where(
        or_(DeskGroup.configured_id == number, DeskGroup.chat_id == number)
    )
    # Who is configured under that very number comes first.
    return (await session.scalars(query.order_by(DeskGroup.configured_id != number))).first() or number


def tell_undelivered(dealer: Dealer) -> OnFailed:
    """For the deliveries: what cannot be delivered is shown where people wait for the answer."""
    return partial(_tell_undelivered, dealer=dealer)


async def _tell_undelivered(session: AsyncSession, outbox_id: int, dealer: Dealer) -> None:
    row = await session.get_one(OutboxMessage, outbox_id, populate_existing=True)
    ticket = await _concerned(session, row)
    if ticket is None:
        return
    note(session, ticket, "undelivered", None, utcnow(), outbox_id=row.id)
    edits = row.body.get("edits")
    told = NOT_CORRECTED if edits else NOT_DELIVERED
    words = told.format(words=_words(row), reason=_reason(row.error or ""))
    await notice(
        session,
        row.conversation_id,
        ticket.department,
        words,
        dealer=dealer,
        loud=True,
        outbox_id=(edits or row.id) if by_staff(row.origin) else None,
    )


async def _concerned(session: AsyncSession, row: OutboxMessage) -> Ticket | None:
    """Whose people must know: of their own words always, of the bot's while they attend to the customer."""
    query = select(Ticket).where(Ticket.conversation_id == row.conversation_id)
    if not by_staff(row.origin):
        query = query.where(Ticket.status != "closed")
    return await session.scalar(query.order_by(Ticket.status == "closed", Ticket.id.desc()).limit(1))


def _reason(error: str) -> str:
    told = _FOREIGN.sub("", error)
    return told if _RUSSIAN.match(told) else REFUSED


def _words(row: OutboxMessage) -> str:
    text = " ".join(str(row.body.get("text", "")).split()) or FILES_ONLY
    return text if len(text) <= QUOTED else text[: QUOTED - 1] + "…"
