"""A test lead: does a system take what it is given?"""

from bot.db import utcnow
from bot.dealer import Dealer
from bot.leads.crm.base import Crm, CrmDelayed, CrmRefused, LeadCard
from bot.leads.words import STEPS

# The same each time, so that one record of it is brought up to date instead of many being made.
UID = "avtootvet-check"
PHONE = "+79000000000"


async def check(crm: Crm, dealer: Dealer) -> str | None:
    """Deliver a lead that says it is a test. Returns what went wrong, None when nothing did."""
    try:
        await crm.deliver(trial_card(crm.name, dealer), None)
    except (CrmDelayed, CrmRefused) as error:
        return str(error)
    return None


def trial_card(system: str, dealer: Dealer) -> LeadCard:
    department = dealer.departments[dealer.default_department]
    manager = department.person(department.manager)
    return LeadCard(
        uid=UID,
        phone=PHONE,
        name="Проверка связи",
        step=STEPS["call_back"],
        topic="Проверка",
        stage="contact",
        department=department.title,
        responsible=department.manager,
        responsible_id=manager.id_in(system) if manager is not None else None,
        channel="Проверка",
        summary="Пробный контакт: звонить никому не нужно, запись можно удалить.",
        created_at=utcnow(),
    )
