"""«Удалите мои данные»: nothing personal is left but the proof, here, in the CRM and in Rasa."""

import asyncio
import json
from pathlib import Path

from sqlalchemy import event, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations import Conversation, Message
from bot.customers.export import export
from bot.customers.forget import forget
from bot.customers.models import Person, PersonLink, TrackerErasure
from bot.customers.persons import confirm
from bot.customers.trackers import open_trackers
from bot.db import Sessions, database, open_engine, utcnow
from bot.desk.models import Ticket
from bot.inbox.claim import claim_turn
from bot.leads.models import Visit
from bot.outbox.claim import claim_parcel
from bot.outbox.models import DeliveredMessage, OutboxMessage
from tests.leads.telling import GIVEN, OTHER, PHONE, SHOWN, Telling, lead, telling
from tests.spine import incoming, spine

FORGET = {"custom": {"effect": "forget_me"}}
TICKET = {
    "custom": {
        "effect": "ticket",
        "department": "used_cars",
        "reason": "asked",
        "topic": "other",
        "summary": "Анна Смирнова просит перезвонить",
    }
}
VISIT = {"custom": {"effect": "visit_booked", "date": "2099-05-02", "address": "engelsa"}}
PERSONAL = (PHONE, "Анна", "Смирнова", "секретная улица", "солярис-страница")


async def test_everything_personal_goes_from_all_his_chats_and_the_proof_stays(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await _two_chats(desk)
        await desk.hear(FORGET, text="да, удалите", chat="telegram")
        held = await _held(desk)
        consents = json.loads(held).pop("consent")
        assert [row["event"] for row in consents] == ["shown", "given", "forgotten", "forgotten"]
        assert {row["phone"] for row in consents[:3]} == {PHONE}
        left = json.dumps({**json.loads(held), "consent": []}, ensure_ascii=False)
        assert [word for word in PERSONAL if word in left] == []
        assert await desk.gateway.rows(Person) == await desk.gateway.rows(PersonLink) == []
        assert await desk.gateway.rows(Visit) == []
        assert [ticket.status for ticket in await desk.gateway.rows(Ticket)] == ["open"]


async def test_he_gets_one_last_answer_and_can_begin_anew(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await _two_chats(desk)
        await desk.hear(FORGET, chat="telegram")
        assert desk.gateway.channel.texts[-1] == "Хорошо."
        await desk.hear(text="передумал", chat="telegram")
        metadata = desk.gateway.rasa.asked[-1]["metadata"]
        assert (metadata["phone_known"], metadata["name"], metadata["consent"]) == (False, None, "none")


async def test_what_he_agreed_to_in_another_of_his_chats_is_forgotten_too(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await _two_chats(desk)
        await desk.hear(SHOWN, GIVEN, chat="vk")
        await desk.hear(FORGET, chat="telegram")
        await desk.hear(lead(), chat="vk")
        assert desk.gateway.rasa.asked[-1]["metadata"]["consent"] == "none"
        assert [row.status for row in await desk.deliveries()][-1] == "consent"


async def test_the_number_that_he_confirmed_before_the_present_one_goes_too(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(own_phone=OTHER)
        await desk.hear(own_phone=PHONE)
        await desk.hear(FORGET)
        assert await desk.gateway.rows(Person) == []


async def test_a_person_who_has_other_chats_as_well_is_not_forgotten_with_one(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await _two_chats(desk)
        vk = await desk.gateway.conversation("vk")
        async with sessions.begin() as session:
            await forget(session, [vk.id])
        assert [person.phone for person in await desk.gateway.rows(Person)] == [PHONE]


async def test_the_crm_is_told_to_forget(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await _two_chats(desk)
        await desk.tell()
        await desk.hear(FORGET, chat="telegram")
        await desk.tell()
        assert (desk.crm.forgotten, desk.crm.records) == (["lead:1"], {})


async def test_what_another_customer_told_of_the_same_number_is_his(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN, chat="owner")
        await desk.hear(lead(), chat="stranger")
        await desk.hear(FORGET, chat="stranger")
        await desk.tell()
        assert [card.phone for card in desk.crm.latest] == [PHONE]
        assert (await desk.gateway.conversation("owner")).phone == PHONE
        assert (await desk.gateway.conversation("stranger")).phone is None


async def test_what_a_stranger_told_of_anothers_number_goes_and_the_contact_stays(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(name="Пётр", details={"offer": 900_000}), text="слова чужого", chat="stranger")
        await desk.hear(lead(name="Анна", details={"wished_time": "после 18"}), GIVEN, chat="owner")
        await desk.tell()
        await desk.hear(FORGET, chat="stranger")
        await desk.tell()
        (kept,) = await desk.leads()
        owner = await desk.gateway.conversation("owner")
        assert (kept.phone, kept.name, kept.conversation_id) == (PHONE, "Анна", owner.id)
        assert (kept.details["wished_time"], "offer" in kept.details) == ("после 18", False)
        assert "900" not in kept.summary
        assert (desk.crm.forgotten, len(desk.crm.records)) == ([], 1)
        assert [line.text for line in desk.crm.latest[0].dialogue] == ["да", "Хорошо."]


async def test_who_proved_his_number_is_forgotten_though_another_typed_it_too(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(name="Анна"), GIVEN, chat="owner", own_phone=PHONE)
        await desk.hear(lead(), chat="stranger")
        await desk.tell()
        await desk.hear(FORGET, chat="owner")
        await desk.tell()
        assert [(kept.phone, kept.name) for kept in await desk.leads()] == [(None, None)]
        assert desk.crm.forgotten == ["lead:1"]


async def test_the_export_tells_when_the_text_about_consent_arrived(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(SHOWN)
        await desk.hear(lead(), GIVEN)
        shown, given = json.loads(await _held(desk))["consent"]
        assert shown["reached_at"] == given["reached_at"] is not None


async def test_the_same_update_still_comes_in_only_once(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        wish = incoming("удалите", chat="telegram")
        await desk.gateway.talk(wish)
        await desk.hear(FORGET, chat="telegram")
        assert not await desk.gateway.inbox.accept(wish, 0.0)


async def test_rasa_forgets_his_conversations_and_nobody_elses(
    sqlite_sessions: Sessions, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'rasa.db'}"
    store = open_engine(url)
    async with store.begin() as connection:
        await connection.execute(text("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id TEXT)"))
        await connection.execute(
            text("INSERT INTO events (sender_id) VALUES ('fake:main:telegram'), ('fake:main:boris')")
        )
    async with telling(sqlite_sessions) as desk, open_trackers(sqlite_sessions, url) as trackers:
        await desk.hear(FORGET, chat="telegram")
        sender = await trackers.claim()
        assert sender == "fake:main:telegram"
        assert await trackers.claim() is None  # under way
        await trackers.erase(sender)
        assert await trackers.next_due() is None
    async with store.connect() as connection:
        assert (await connection.scalars(text("SELECT sender_id FROM events"))).all() == ["fake:main:boris"]
    await store.dispose()


async def test_while_a_turn_runs_rasa_forgets_nothing_that_it_would_write_again(
    sqlite_sessions: Sessions, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'rasa.db'}"
    async with telling(sqlite_sessions) as desk, open_trackers(sqlite_sessions, url) as trackers:
        await desk.hear(FORGET)
        await desk.gateway.receive(incoming("и ещё вопрос"))
        running = await claim_turn(sqlite_sessions, ["fake"], "worker")
        assert running is not None
        assert await trackers.claim() is None
        await desk.gateway.turns.handle(running)
        async with sqlite_sessions.begin() as session:
            await session.execute(update(TrackerErasure).values(next_try_at=utcnow()))
        assert await trackers.claim() == "fake:main:anna"


async def test_while_rasa_forgets_no_turn_begins(sqlite_sessions: Sessions, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'rasa.db'}"
    async with telling(sqlite_sessions) as desk, open_trackers(sqlite_sessions, url) as trackers:
        await desk.hear(FORGET)
        sender = await trackers.claim()
        assert sender is not None
        await desk.gateway.receive(incoming("и ещё вопрос"))
        assert await desk.gateway.do_turns() == 0
        await trackers.erase(sender)
        assert await desk.gateway.do_turns() == 1


async def test_a_rasa_without_a_store_has_nothing_to_forget(
    sqlite_sessions: Sessions, tmp_path: Path
) -> None:
    async with telling(sqlite_sessions) as desk:
        async with open_trackers(sqlite_sessions, f"sqlite:///{tmp_path / 'new' / 'rasa.db'}") as trackers:
            await desk.hear(FORGET)
            await trackers.erase("fake:main:anna")
        assert await desk.gateway.rows(TrackerErasure) == []


async def test_the_export_is_all_that_is_held(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await _two_chats(desk)
        held = json.loads(await _held(desk))
        assert [row["chat_id"] for row in held["conversation"]] == ["telegram", "vk"]
        assert {row["text"] for row in held["message"]} >= {"моя секретная улица", "запишите Анну"}
        assert [row["phone"] for row in held["lead"]] == [PHONE]
        assert [row["event"] for row in held["consent"]] == ["shown", "given"]
        for table in ("visit", "ticket", "lead_delivery", "lead_stage", "person_link", "inbox_update"):
            assert held[table]


async def test_the_export_by_phone_finds_what_others_left_under_it(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(OTHER))
        async with sessions() as session:
            held = json.loads(await export(session, [], OTHER))
        assert [row["phone"] for row in held["lead"]] == [OTHER]


async def test_the_export_says_nothing_of_who_told_of_the_same_number(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(name="Пётр", details={"offer": 900_000}), chat="stranger")
        await desk.hear(lead(name="Анна", details={"wished_time": "после 18"}), chat="owner")
        owner = await desk.gateway.conversation("owner")
        async with sessions() as session:
            held = await export(session, [owner.id], None)
        assert [word for word in ("Пётр", "offer", "stranger") if word in held] == []
        tables = json.loads(held)
        assert [row["phone"] for row in tables["lead"]] == [PHONE]
        (told,) = tables["lead_conversation"]
        assert (told["name"], told["details"]) == ("Анна", {"wished_time": "после 18"})


async def _two_chats(desk: Telling) -> None:
    """A customer with a lead, a visit and a ticket, whose VK chat was joined by a person."""
    page = "https://salon.example/солярис-страница"
    contact = {"chat": "telegram", "own_phone": PHONE, "name": "Анна", "listing_ref": page}
    await desk.hear(SHOWN, text="моя секретная улица", **contact)
    told = lead(name="Анна", details={"person": "Анна Смирнова"})
    await desk.hear(told, GIVEN, TICKET, VISIT, text="запишите Анну", chat="telegram")
    await desk.hear(text="я Анна Смирнова", chat="vk")
    async with desk.gateway.sessions.begin() as session:
        vk = await session.merge(await desk.gateway.conversation("vk"))
        await confirm(session, vk, PHONE, "staff")


async def _held(desk: Telling) -> str:
    conversations = [row.id for row in await desk.gateway.rows(Conversation)]
    assert await desk.gateway.rows(Message)
    async with desk.gateway.sessions() as session:
        return await export(session, conversations, PHONE)


async def test_a_delivery_that_ends_meanwhile_does_not_wait_in_a_circle(postgres_url: str) -> None:
    async with database(postgres_url) as sessions, spine(sessions) as gateway:
        await gateway.receive(incoming("цена?"))
        await gateway.do_turns()
        parcel = await claim_parcel(sessions, ["fake"], "worker")
        assert parcel is not None
        async with sessions.begin() as sending:
            await sending.execute(update(OutboxMessage).values(parts_sent=1))
            forgetting = asyncio.create_task(_forget(sessions, parcel.conversation_id))
            await _one_waits(sessions)
            sending.add(
                DeliveredMessage(conversation_id=parcel.conversation_id, external_id="1", outbox_id=parcel.id)
            )
        await forgetting
        assert await gateway.rows(OutboxMessage) == []


async def test_of_two_who_are_forgotten_at_one_moment_the_last_takes_the_shared_lead_along(
    sessions: Sessions,
) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(name="Пётр"), chat="stranger")
        await desk.hear(lead(name="Анна"), chat="owner")
        stranger, owner = [(await desk.gateway.conversation(chat)).id for chat in ("stranger", "owner")]
        async with sessions.begin() as first:
            await forget(first, [stranger])
            second = asyncio.create_task(_forget(sessions, owner))
            await _next_waits(sessions, first)
        await second
        assert [(row.phone, row.name, row.summary) for row in await desk.leads()] == [(None, None, "")]


async def _forget(sessions: Sessions, conversation_id: int) -> None:
    async with sessions.begin() as session:
        await forget(session, [conversation_id])


async def _one_waits(sessions: Sessions) -> None:
    """Returns when a transaction waits for the row of another."""
    async with sessions() as session:
        while not await session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
            pass


async def _next_waits(sessions: Sessions, holder: AsyncSession) -> None:
    """Returns when another transaction is kept waiting by `holder`: on SQLite by its first write."""
    if holder.get_bind().dialect.name == "postgresql":
        await _one_waits(sessions)
        return
    writes = asyncio.Event()

    def notice(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("SELECT"):
            writes.set()

    event.listen(holder.get_bind(), "before_cursor_execute", notice)
    await writes.wait()
    event.remove(holder.get_bind(), "before_cursor_execute", notice)
