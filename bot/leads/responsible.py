"""Who of the department calls the customer: a real person, in turn, who is there or comes first."""

import datetime as dt
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import CompoundSelect, bindparam, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import table_of
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
    given = {"names": names, "phone": phone, "conversation_ids": list(conversation_ids)}
    rows = (await session.execute(_acquaintances(), given)).all()
    known: tuple[int, str] | None = max(
        ((lead_id, name) for knows_him, name, lead_id in rows if knows_him), default=None
    )
    if known is not None:
        return known[1]
    latest = {name: lead_id for _, name, lead_id in rows}
    candidates = [person.name for person in on_shift(dealer, department, now)]
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


@cache
def _acquaintances() -> CompoundSelect[Any]:
    """Whether it is of this customer, whose, and which: his leads, and the latest lead of each person.

    Made once, see `bot.customers.persons.same_person`.
    """
    lead, told = table_of(Lead).c, table_of(LeadConversation)
    theirs = lead.responsible.in_(bindparam("names", expanding=True))
    his = told.c.conversation_id.in_(bindparam("conversation_ids", expanding=True))
    return union_all(
        select(literal(1), lead.responsible, lead.id).where(lead.phone == bindparam("phone"), theirs),
        select(literal(1), lead.responsible, lead.id)
        .join(told, told.c.lead_id == lead.id)
        .where(his, theirs),
        select(literal(0), lead.responsible, func.max(lead.id)).where(theirs).group_by(lead.responsible),
    )
