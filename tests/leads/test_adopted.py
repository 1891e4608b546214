"""At its start the gateway takes up what has no person or no system yet."""

from sqlalchemy import delete, text, update

from bot.db import Sessions
from bot.leads.desk import LeadDesk
from bot.leads.models import Lead, LeadDelivery
from tests.leads.telling import GIVEN, OTHER, lead, telling
from tests.spine import DEALER


async def test_leads_from_before_the_first_system_are_told_to_it(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        await desk.hear(lead(OTHER), GIVEN, chat="boris")
        async with sessions.begin() as session:
            await session.execute(delete(LeadDelivery))
        await LeadDesk(DEALER, ("fake",)).adopt(sessions, ["fake"])
        await LeadDesk(DEALER, ("fake",)).adopt(sessions, ["fake"])
        await desk.tell()
        assert len(desk.crm.made) == 2


async def test_a_second_system_is_not_told_of_the_past(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        await LeadDesk(DEALER, ("fake", "mail")).adopt(sessions, ["fake"])
        assert [row.system for row in await desk.deliveries()] == ["fake"]


async def test_leads_of_the_terminal_stay_at_home(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        async with sessions.begin() as session:
            await session.execute(delete(LeadDelivery))
        await LeadDesk(DEALER, ("fake",)).adopt(sessions, ["site", "telegram"])
        assert await desk.deliveries() == []


async def test_leads_of_who_left_go_to_who_is_there(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        await desk.tell()
        async with sessions.begin() as session:
            await session.execute(update(Lead).values(responsible="Кто-то уволенный"))
        await LeadDesk(DEALER, ("fake",)).adopt(sessions, ["fake"])
        await desk.tell()
        names = [person.name for person in DEALER.departments["used_cars"].people]
        assert desk.crm.latest[0].responsible in names


async def test_nothing_to_take_up_changes_nothing(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        await LeadDesk(DEALER, ("fake",)).adopt(sessions, ["fake"])
        async with sessions() as session:
            assert await session.scalar(text("SELECT revision FROM lead")) == 1
