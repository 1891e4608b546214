"""Which department a ticket goes to, and who there knows the customer already.

The rules are those of dealer.yml (`Dealer.department_for`); here is what they are asked with: the car, the
place of the visit or of the car, and the departments whose people have dealt with him.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import BindParameter, CompoundSelect, bindparam, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from bot.contract import OpenedTicket
from bot.conversations import Conversation
from bot.customers.persons import known
from bot.dealer import Dealer
from bot.desk.models import Ticket
from bot.leads.models import Lead, LeadConversation
from bot.stock.models import Car


@dataclass(frozen=True)
class Acquaintance:
    """A person of a department who has dealt with the customer."""

    department: str
    name: str


@dataclass(frozen=True)
class Route:
    department: str
    acquaintance: str | None  # name of who knows him there


async def route(
    session: AsyncSession, conversation: Conversation, wanted: OpenedTicket, dealer: Dealer
) -> Route:
    """Where it goes. The department that was named to the customer stays: he was told when it answers."""
    customer = await known(session, conversation)
    met = await acquaintances(session, customer.conversation_ids, dealer)
    department = dealer.known_department(wanted.department)
    if wanted.reason == "failure":  # none was named: the bot could not say anything
        car = await session.get(Car, wanted.car_id) if wanted.car_id is not None else None
        department = dealer.department_for(
            wanted.topic,
            is_new=car.is_new if car is not None else None,
            address=car.place if car is not None else None,
            acquainted=[one.department for one in met],
        )
    return Route(department, next((one.name for one in met if one.department == department), None))


async def acquaintances(
    session: AsyncSession, conversation_ids: Collection[int], dealer: Dealer
) -> Sequence[Acquaintance]:
    """Who knows him of those who still work there: who had his last ticket, then who has his leads."""
    rows = await session.execute(_met(), {"conversation_ids": list(conversation_ids)})
    latest = sorted(rows, key=lambda row: (row.of_ticket, row.number), reverse=True)
    return tuple(dict.fromkeys(_still_there(((row.department, row.name) for row in latest), dealer)))


def _still_there(met: Iterator[tuple[str, str]], dealer: Dealer) -> Iterator[Acquaintance]:
    for key, name in met:
        department = dealer.departments.get(key)
        if department is not None and department.person(name) is not None:
            yield Acquaintance(key, name)


@cache
def _met() -> CompoundSelect[int, int, str, str]:
    """Every turn may ask it, see `bot.customers.persons.same_person`."""
    his: BindParameter[int] = bindparam("conversation_ids", expanding=True)
    return union_all(
        select(
            literal(1).label("of_ticket"),
            Ticket.id.label("number"),
            Ticket.department.label("department"),
            Ticket.claimed_name.label("name"),
        ).where(Ticket.conversation_id.in_(his), Ticket.claimed_name.is_not(None)),
        select(literal(0), Lead.id, Lead.department, Lead.responsible)
        .join(LeadConversation, LeadConversation.lead_id == Lead.id)
        .where(LeadConversation.conversation_id.in_(his), Lead.phone.is_not(None)),
    )
