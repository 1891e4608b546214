"""One customer in several channels: joined on a confirmed phone alone, and what he said once holds in all."""

from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.customers.models import Person, PersonLink
from bot.customers.persons import confirm, same_person, split
from bot.db import Sessions
from bot.desk.models import Ticket
from bot.leads.models import Lead
from tests.spine import Spine, fails, incoming, says, spine

PHONE = "+79001234567"
OTHER = "+79007654321"
TICKET = {
    "effect": "ticket",
    "department": "used",
    "reason": "asked",
    "topic": "other",
    "summary": "Просит менеджера",
}
STEP = {"effect": "lead", "step": "hold_car", "topic": "ask_availability", "department": "used"}


async def test_two_chats_with_the_same_confirmed_phone_are_one_person(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await gateway.talk(_contact(PHONE, chat="telegram"))
        await gateway.talk(_contact(PHONE, chat="business"))
        assert len(await gateway.rows(Person)) == 1
        assert await _chats_of_the_same_person(gateway, "telegram") == ["telegram", "business"]


async def test_a_typed_phone_joins_nothing(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await gateway.talk(_contact(PHONE, chat="victim"))
        gateway.rasa.answers = [says({"text": "Записал.", "custom": STEP | {"phone": PHONE}})]
        await gateway.talk(incoming(PHONE, chat="stranger"))
        assert await _chats_of_the_same_person(gateway, "stranger") == []
        assert (await gateway.conversation("stranger")).phone == PHONE


async def test_nothing_is_asked_twice_in_any_channel(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        gateway.rasa.answers = [
            says(
                {"text": "Оставите номер?", "custom": {"effect": "asked_phone", "step": "test_drive"}},
                {"custom": {"effect": "refused_phone"}},
            )
        ]
        await gateway.talk(_contact(PHONE, chat="first", name="Анна"))
        await gateway.talk(incoming("привет", chat="second"))
        assert _known(gateway) == (False, None, [], 0)
        async with sessions.begin() as session:
            await confirm(session, await gateway.conversation("second"), PHONE, "staff")
        await gateway.talk(incoming("привет", chat="second"))
        assert _known(gateway) == (True, "Анна", ["test_drive"], 1)


async def test_what_was_said_in_this_chat_comes_first(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        await gateway.talk(_contact(PHONE, chat="first", name="Анна"))
        await gateway.talk(_contact(PHONE, chat="second", name="Анна Сергеевна"))
        await gateway.talk(incoming("привет", chat="second"))
        assert gateway.rasa.asked[-1]["metadata"]["name"] == "Анна Сергеевна"


async def test_a_step_agreed_to_in_the_second_channel_is_a_lead_with_the_known_phone(
    sessions: Sessions,
) -> None:
    async with spine(sessions) as gateway:
        await gateway.talk(_contact(PHONE, chat="first", name="Анна"))
        await gateway.receive(incoming("привет", chat="second"))
        async with sessions.begin() as session:
            await confirm(session, await gateway.conversation("second"), PHONE, "staff")
        gateway.rasa.answers = [says({"text": "Держим.", "custom": STEP})]
        await gateway.talk(incoming("да, придержите", chat="second"))
        assert [(lead.phone, lead.name) for lead in await gateway.rows(Lead)] == [(PHONE, "Анна")]


async def test_after_a_split_nothing_of_the_person_stays_in_the_chat(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await gateway.talk(_contact(PHONE, chat="first", name="Анна"))
        await gateway.receive(incoming("привет", chat="second"))
        second = await gateway.conversation("second")
        async with sessions.begin() as session:
            await confirm(session, second, PHONE, "staff")
        gateway.rasa.answers = [says({"text": "Держим.", "custom": STEP})]
        await gateway.talk(incoming("да", chat="second"))
        async with sessions.begin() as session:
            assert await split(session, second)
            assert not await split(session, second)
        await gateway.talk(incoming("привет", chat="second"))
        assert _known(gateway) == (False, None, [], 0)
        links = await gateway.rows(PersonLink)
        assert [(link.proof, link.until is None) for link in links] == [("contact", True), ("staff", False)]


async def test_another_confirmed_phone_ends_the_old_link(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await gateway.talk(_contact(PHONE, chat="anna"))
        await gateway.talk(_contact(PHONE, chat="anna"))
        await gateway.talk(_contact(OTHER, chat="anna"))
        links = await gateway.rows(PersonLink)
        assert [link.until is None for link in links] == [False, True]
        assert (await gateway.conversation("anna")).phone == OTHER


@pytest.mark.parametrize("trouble", ["operator", "rasa"])
async def test_a_confirmed_phone_is_kept_when_the_bot_does_not_answer(
    sqlite_sessions: Sessions, trouble: str
) -> None:
    async with spine(sqlite_sessions) as gateway:
        if trouble == "operator":
            gateway.rasa.answers = [says({"text": "Передал.", "custom": TICKET})]
            await gateway.talk(incoming("менеджера"))
            async with sqlite_sessions.begin() as session:
                await session.execute(update(Ticket).values(status="claimed"))
        else:
            gateway.rasa.always = fails(500)
        await gateway.talk(_contact(PHONE))
        assert [person.phone for person in await gateway.rows(Person)] == [PHONE]


async def test_the_person_is_found_by_indexes_alone(sessions: Sessions) -> None:
    """The gate asks for the person at every turn."""
    async with sessions() as session:
        if session.get_bind().dialect.name == "sqlite":
            query = (
                same_person()
                .params(conversation_id=1)
                .compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
            )
            plan = await session.execute(text(f"EXPLAIN QUERY PLAN {query}"))
            scans = [row.detail for row in plan if row.detail.startswith("SCAN")]
        else:
            # The tables are empty: without this the planner would read them whole.
            await session.execute(text("SET enable_seqscan = off"))
            query = (
                same_person()
                .params(conversation_id=1)
                .compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
            )
            plan = await session.execute(text(f"EXPLAIN {query}"))
            scans = [row[0] for row in plan if "Seq Scan" in row[0]]
        assert scans == []


def _contact(phone: str, **fields: Any) -> Any:
    return incoming(phone, own_phone=phone, **fields)


def _known(gateway: Spine) -> tuple[bool, str | None, list[str], int]:
    said = gateway.rasa.asked[-1]["metadata"]
    return said["phone_known"], said["name"], said["asked_topics"], said["phone_refusals"]


async def _chats_of_the_same_person(gateway: Spine, chat: str) -> list[str]:
    conversation = await gateway.conversation(chat)
    async with gateway.sessions() as session:
        found = await session.execute(same_person(), {"conversation_id": conversation.id})
        return [c.chat_id for _, c in found]
