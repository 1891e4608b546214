"""Every contact ends in the CRM once, whatever is down or dies at that moment."""

import asyncio
import datetime as dt

import pytest
from sqlalchemy import update

from bot.db import Sessions
from bot.leads.claim import LEASE, delivered
from bot.leads.crm.base import CrmDelayed, CrmRefused
from bot.leads.deliver import GIVE_UP_AFTER, back_off
from bot.leads.models import LeadDelivery
from bot.leases import free_the_dead, worker_name
from tests.leads.telling import GIVEN, PHONE, Clock, lead, telling


async def test_a_lead_is_told_with_the_dialogue_and_the_person_responsible(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(name="Анна", details={"offer": 900000}), GIVEN, text="запишите 89001234567")
        assert await desk.tell() == 1
        (card,) = desk.crm.latest
        assert (card.phone, card.name, card.step) == (PHONE, "Анна", "Обратный звонок")
        assert card.responsible in ("Алексей Громов", "Светлана Ким", "Рустам Валиев")
        assert [(line.author, line.text) for line in card.dialogue] == [
            ("Клиент", "запишите 89001234567"),
            ("Бот", "Хорошо."),
        ]
        assert card.wishes == {"Предлагает цену": "900 000 ₽"}
        (row,) = await desk.deliveries()
        assert (row.status, row.record, row.delivered) == ("done", "lead:1", 1)
        assert await desk.tell() == 0


async def test_later_facts_update_the_record(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        await desk.tell()
        await desk.hear(lead(name="Анна", details={"wished_time": "после 18"}))
        await desk.tell()
        assert len(desk.crm.made) == 1
        assert desk.crm.latest[0].wishes == {"Когда звонить": "после 18"}


async def test_a_process_that_dies_after_the_answer_makes_no_second_record(
    sessions: Sessions, clock: Clock
) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        desk.crm.dies_after = asyncio.CancelledError()
        errand = await desk.claim("dead")
        assert errand is not None
        with pytest.raises(asyncio.CancelledError):
            await desk.handovers.handle(errand)
        assert await desk.tell() == 0  # the dead one's lease
        clock.move(seconds=LEASE.total_seconds() + 1)
        assert await desk.tell() == 1
        assert len(desk.crm.made) == 1
        assert (await desk.deliveries())[0].status == "done"


async def test_what_a_killed_process_of_this_machine_held_is_free_at_the_next_start(
    sessions: Sessions,
) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        await desk.claim(worker_name())
        await free_the_dead(sessions, "worker", LeadDelivery.claimed_by)
        assert await desk.tell() == 1


@pytest.mark.parametrize("error", [TimeoutError(), CrmDelayed("5xx"), KeyError("result"), ConnectionError()])
async def test_an_answer_that_is_lost_makes_no_second_record(
    sessions: Sessions, clock: Clock, error: Exception
) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        desk.crm.dies_after = error
        await desk.tell()
        assert (await desk.deliveries())[0].status == "queued"
        clock.move(minutes=2)
        await desk.tell()
        assert len(desk.crm.made) == 1
        assert (await desk.deliveries())[0].status == "done"


async def test_one_lead_is_told_by_one_gateway_at_a_time(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        assert await desk.claim("first") is not None
        assert await desk.claim("second") is None


async def test_a_fact_that_comes_while_the_lead_is_told_is_told_after_it(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        errand = await desk.claim()
        assert errand is not None
        await desk.hear(lead(name="Анна"))
        await delivered(sessions, errand, 1, "lead:1")
        assert (await desk.deliveries())[0].status == "queued"
        await desk.tell()
        assert desk.crm.latest[0].name == "Анна"


async def test_the_wait_that_the_system_asks_for_is_kept(sessions: Sessions, clock: Clock) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        desk.crm.troubles = [CrmDelayed("лимит", retry_after=900.0)]
        await desk.tell()
        clock.move(seconds=890)
        assert await desk.tell() == 0
        clock.move(seconds=20)
        assert await desk.tell() == 1


async def test_after_a_week_it_is_shown_as_failed(sessions: Sessions, clock: Clock) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        desk.crm.down = True
        tries = 0
        while (await desk.deliveries())[0].status == "queued":
            tries += await desk.tell()
            clock.move(hours=1, minutes=15)
        (row,) = await desk.deliveries()
        assert (row.status, row.error) == ("failed", "система не отвечает")
        assert dt.timedelta(days=7) == GIVE_UP_AFTER
        assert tries > 7 * 24 / 2


async def test_what_is_refused_waits_for_a_person_and_for_the_next_fact(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        desk.crm.troubles = [CrmRefused("нет права CRM")]
        await desk.tell()
        (row,) = await desk.deliveries()
        assert (row.status, row.error) == ("failed", "нет права CRM")
        await desk.hear(lead(name="Анна"))
        await desk.tell()
        assert (await desk.deliveries())[0].status == "done"


async def test_a_database_that_is_away_when_the_system_has_answered_makes_no_second_record(
    sessions: Sessions, clock: Clock
) -> None:
    """The other end of the same gap: the record is there, the row does not know it."""
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        await desk.tell()
        async with sessions.begin() as session:
            forgot = {"record": None, "delivered": 0, "status": "queued", "next_try_at": clock()}
            await session.execute(update(LeadDelivery).values(**forgot))
        await desk.tell()
        assert len(desk.crm.made) == 1


def test_pauses_grow_from_a_minute_to_an_hour() -> None:
    assert 48 <= back_off(1) <= 72
    assert back_off(1) < back_off(3) < back_off(6)
    assert back_off(200) <= 4320
