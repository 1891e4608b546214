"""Contacts that something stands between and a manager's call. The list is to be empty."""

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import utcnow
from bot.dealer import Dealer
from bot.leads.models import Lead, LeadDelivery
from bot.leads.words import SYSTEMS

# Of the admin's own trials.
TERMINAL = "terminal"


@dataclass(frozen=True)
class Stuck:
    lead: Lead
    age: dt.timedelta
    reasons: tuple[str, ...]


async def stuck_contacts(
    session: AsyncSession, dealer: Dealer, systems: Collection[str], *, older: dt.timedelta
) -> Sequence[Stuck]:
    """Oldest first. Contacts that people have ended by hand are theirs; a deletion that failed is not."""
    now = utcnow()
    open_ = Lead.phone.is_not(None) & Lead.stage.not_in(("deal", "lost"))
    refused = select(LeadDelivery.lead_id).where(LeadDelivery.task == "forget", LeadDelivery.status != "done")
    query = (
        select(Lead)
        .where(or_(open_, Lead.id.in_(refused)), Lead.channel != TERMINAL, Lead.created_at <= now - older)
        .order_by(Lead.created_at)
    )
    leads = (await session.scalars(query)).all()
    deliveries = await _deliveries(session, query.with_only_columns(Lead.id).order_by(None))
    found = []
    for lead in leads:
        reasons = tuple(_reasons(lead, deliveries.get(lead.id, ()), dealer, systems))
        if reasons:
            found.append(Stuck(lead, now - lead.created_at, reasons))
    return found


async def _deliveries(session: AsyncSession, leads: Select[int]) -> dict[int, list[LeadDelivery]]:
    query = select(LeadDelivery).where(LeadDelivery.lead_id.in_(leads)).order_by(LeadDelivery.system)
    by_lead: dict[int, list[LeadDelivery]] = {}
    for delivery in await session.scalars(query):
        by_lead.setdefault(delivery.lead_id, []).append(delivery)
    return by_lead


def _reasons(
    lead: Lead, deliveries: Collection[LeadDelivery], dealer: Dealer, systems: Collection[str]
) -> Iterator[str]:
    to_forget = [d for d in deliveries if d.task == "forget" and d.status != "done"]
    yield from (f"{_name(d.system)}: данные ещё не удалены{_why(d)}" for d in to_forget)
    if lead.phone is None or any(d.task == "forget" for d in deliveries):
        return  # he has taken his consent back: nobody is to call him
    if not _is_real(lead, dealer):
        yield "нет ответственного из dealer.yml"
    if any(d.status == "consent" for d in deliveries):
        yield "нет согласия на обработку данных"
        return
    known = {d.system: d for d in deliveries}
    if not systems and not known:
        yield "ни одна CRM не подключена"
    # A system that was connected later is not told of the past.
    for system in [name for name in systems if name in known] or systems:
        delivery = known.get(system)
        if delivery is None or delivery.record is None:
            yield f"{_name(system)}: записи нет{_why(delivery)}"
        elif delivery.status == "failed":
            yield f"{_name(system)}: новое не принято{_why(delivery)}"


def _is_real(lead: Lead, dealer: Dealer) -> bool:
    department = dealer.departments.get(lead.department)
    return department is not None and department.person(lead.responsible) is not None


def _name(system: str) -> str:
    return SYSTEMS.get(system, system)


def _why(delivery: LeadDelivery | None) -> str:
    return f" ({delivery.error})" if delivery is not None and delivery.error else ""
