"""Who of the department calls the customer: a real person, in turn, who is there or comes first."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.dealer import Dealer
from bot.leads.models import Lead, LeadConversation
from bot.people import Person


async def choose(
    session: AsyncSession,
    dealer: Dealer,
    department: str,
    *,
    phone: str,
    conversation_ids: Collection[int],
    now: dt.datetime,
) -> str:
    """The name of the person whom this customer knows already, or of the next in turn."""
    names = [person.name for person in dealer.departments[department].people]
    known = await _who_knows_him(session, names, phone, conversation_ids)
    if known is not None:
        return known
    candidates = [person.name for person in on_shift(dealer, department, now)]
    latest = await _latest_leads(session, candidates)
    return min(candidates, key=lambda name: latest.get(name, 0))


def on_shift(dealer: Dealer, department: str, now: dt.datetime) -> Sequence[Person]:
    """Who works now; when nobody does, who comes first. The manager when nobody comes within a month."""
    local = dealer.local(now)
    people = dealer.departments[department].people
    hours = [(person, dealer.schedule_of_person(department, person)) for person in people]
    present = [person for person, schedule in hours if schedule.open_at(local)]
    if present:
        return present
    coming = [(schedule.next_opening(local), person) for person, schedule in hours]
    first = min((moment for moment, _ in coming if moment is not None), default=None)
    if first is None:
        manager = dealer.departments[department].manager
        return [person for person in people if person.name == manager]
    return [person for moment, person in coming if moment == first]


async def _who_knows_him(
    session: AsyncSession, names: Sequence[str], phone: str, conversation_ids: Collection[int]
) -> str | None:
    told = select(LeadConversation.lead_id).where(LeadConversation.conversation_id.in_(conversation_ids))
    # Two indexes, each with its own query: one condition with OR would read the whole table.
    by_phone = select(Lead.responsible, Lead.id).where(Lead.phone == phone)
    by_chat = select(Lead.responsible, Lead.id).where(Lead.id.in_(told))
    both = by_phone.union(by_chat).subquery()
    query = select(both.c.responsible).where(both.c.responsible.in_(names)).order_by(both.c.id.desc())
    return await session.scalar(query.limit(1))


async def _latest_leads(session: AsyncSession, names: Sequence[str]) -> Mapping[str, int]:
    query = (
        select(Lead.responsible, func.max(Lead.id))
        .where(Lead.responsible.in_(names))
        .group_by(Lead.responsible)
    )
    return dict((await session.execute(query)).all())
