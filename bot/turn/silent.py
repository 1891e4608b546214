"""While a person has the conversation: the bot says nothing, and keeps what the customer says of himself.

Rasa does not hear these messages, so a car that is only named to the person is not in focus afterwards. A
link to one and a phone number are kept: the number must become a lead whoever it was given to.
"""

import re
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Incoming
from bot.contract import CapturedLead
from bot.conversations import Conversation
from bot.customers.persons import Known, known
from bot.customers.traces import find_traces
from bot.desk.models import Ticket
from bot.inbox.claim import Claim
from bot.leads.capture import leads_of
from bot.leads.consent import MESSAGE, Deed
from bot.leads.desk import LeadDesk
from bot.leads.models import Consent
from bot.turn.gate import latest_link
from bot.turn.message import compose
from bot.turn.rasa import Rasa

# As many digits as a number has, so that Rasa is not asked about every word of a talk between people.
_MAY_BE_PHONE = re.compile(r"(?:\d\D{0,3}){10}")


async def phone_in(updates: Sequence[Incoming], rasa: Rasa) -> str | None:
    """The number (E.164) that the customer gives in these messages. Raises RasaUnavailable."""
    own = next((update.own_phone for update in reversed(updates) if update.own_phone), None)
    text = compose(updates, None).text
    if own is not None or _MAY_BE_PHONE.search(text) is None:
        return own
    found = (await rasa.read(text)).entities
    return next((str(one.value) for one in found if one.entity == "phone" and one.valid), None)


async def listen(
    session: AsyncSession, conversation: Conversation, claim: Claim, phone: str | None, leads: LeadDesk
) -> None:
    conversation.listing_ref = latest_link(claim.updates) or conversation.listing_ref
    if phone is None:
        return
    customer = await known(session, conversation)
    if await _is_news(session, customer, phone):
        await leads.capture(session, conversation, await _lead(session, conversation, phone, leads))
        await _agree(session, conversation, customer, claim, leads)


async def _is_news(session: AsyncSession, customer: Known, phone: str) -> bool:
    """A second number is for the person to make sense of: it may be of anybody."""
    if customer.phone not in (None, phone):
        return False
    return all(lead.phone != phone for lead in await leads_of(session, customer.conversation_ids))


async def _lead(
    session: AsyncSession, conversation: Conversation, phone: str, leads: LeadDesk
) -> CapturedLead:
    """Of the department that talks with him."""
    query = select(Ticket).where(Ticket.conversation_id == conversation.id, Ticket.claimed_at.is_not(None))
    ticket = await session.scalar(query.order_by(Ticket.status == "closed", Ticket.id.desc()).limit(1))
    return CapturedLead(
        phone=phone,
        step="call_back",
        topic=ticket.topic if ticket is not None else "other",
        department=ticket.department if ticket is not None else leads.dealer.default_department,
        car_id=conversation.focus_car_id,
    )


async def _agree(
    session: AsyncSession, conversation: Conversation, customer: Known, claim: Claim, leads: LeadDesk
) -> None:
    """A number that follows «отправляя его, вы соглашаетесь…» is an agreement; without it the lead waits."""
    traces = await find_traces(session, conversation.id)
    if (await leads.standing(session, customer, traces)).consent != "shown":
        return
    shown = select(Consent.how).where(
        Consent.conversation_id.in_(customer.conversation_ids),
        Consent.event == "shown",
        Consent.kind == "processing",
    )
    if await session.scalar(shown.order_by(Consent.id.desc()).limit(1)) == MESSAGE:
        ids = [update.message_id or update.update_id for update in claim.updates]
        await leads.note(session, conversation, Deed("given", "number_after_text", ids))
