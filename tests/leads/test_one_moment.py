"""Two turns with one lead at one moment, in two gateways: the second goes by what the first has left."""

import asyncio

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.contract import CapturedLead
from bot.conversations import Conversation
from bot.customers.persons import confirm
from bot.db import Sessions, database
from bot.leads.capture import capture
from bot.leads.consent import Deed
from bot.leads.desk import LeadDesk
from tests.leads.telling import GIVEN, PHONE, lead, telling
from tests.spine import DEALER


async def test_what_a_person_tells_in_two_chats_is_kept(postgres_url: str) -> None:
    async with database(postgres_url) as sessions, telling(sessions) as desk:
        await desk.hear(lead(), chat="telegram", own_phone=PHONE)
        await desk.hear(chat="vk")
        telegram, vk = [await desk.gateway.conversation(chat) for chat in ("telegram", "vk")]
        async with sessions.begin() as session:
            await confirm(session, vk, PHONE, "staff")
        async with sessions.begin() as first:
            await capture(first, await first.get_one(Conversation, telegram.id), _told(offer=900_000), DEALER)
            second = asyncio.create_task(_capture(sessions, vk.id, _told(wished_time="утром")))
            await _waits(sessions)
        await second
        assert [row.details for row in await desk.leads()] == [{"offer": 900_000, "wished_time": "утром"}]


async def test_of_two_who_take_their_consent_back_nobody_leaves_the_lead_to_the_other(
    postgres_url: str,
) -> None:
    async with database(postgres_url) as sessions, telling(sessions) as desk:
        await desk.hear(lead(name="Пётр"), GIVEN, chat="stranger")
        await desk.hear(lead(name="Анна"), GIVEN, chat="owner")
        await desk.tell()
        stranger, owner = [await desk.gateway.conversation(chat) for chat in ("stranger", "owner")]
        async with sessions.begin() as first:
            await _take_back(first, stranger.id)
            second = asyncio.create_task(_in_a_turn(sessions, owner.id))
            await _waits(sessions)
        await second
        await desk.tell()
        (kept,) = await desk.leads()
        assert (kept.name, kept.conversation_id, desk.crm.forgotten) == ("Анна", owner.id, ["lead:1"])


def _told(**details: object) -> CapturedLead:
    return CapturedLead.model_validate(lead(details=details)["custom"])


async def _capture(sessions: Sessions, conversation_id: int, told: CapturedLead) -> None:
    async with sessions.begin() as session:
        await capture(session, await session.get_one(Conversation, conversation_id), told, DEALER)


async def _in_a_turn(sessions: Sessions, conversation_id: int) -> None:
    async with sessions.begin() as session:
        await _take_back(session, conversation_id)


async def _take_back(session: AsyncSession, conversation_id: int) -> None:
    conversation = await session.get_one(Conversation, conversation_id)
    await LeadDesk(DEALER, ("fake",)).note(session, conversation, Deed("withdrawn", "button", []))


async def _waits(sessions: Sessions) -> None:
    """Returns when a transaction waits for the row of another."""
    async with sessions() as session:
        while not await session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
            pass
