"""What people say to a customer reaches him once, and can be corrected."""

from typing import Any

from bot.channels.base import Outgoing
from bot.conversations import Message
from bot.db import Sessions
from bot.dealer import Dealer, Desk
from bot.desk.models import DeskGroup, DeskNotice, Ticket, TicketEvent
from bot.desk.notices import notice, tell_undelivered
from bot.desk.speak import correct, say
from bot.desk.staff import Staff
from bot.outbox.claim import claim_parcel
from bot.outbox.models import OutboxMessage
from tests.spine import DEALER, Spine, incoming, spine

IRINA = Staff("telegram:1", "Ирина")


async def _taken(gateway: Spine) -> Ticket:
    await gateway.receive(incoming("Добрый день", kind="staff"))
    return (await gateway.rows(Ticket))[0]


async def _say(gateway: Spine, ticket: Ticket, text: str, origin: str = "desk:-1:5") -> OutboxMessage:
    conversation = await gateway.conversation()
    async with gateway.sessions.begin() as session:
        mine = await session.get_one(Ticket, ticket.id)
        return await say(session, conversation, mine, IRINA, Outgoing(text=text), origin)


async def _correct(gateway: Spine, outbox_id: int, text: str, origin: str = "desk:-1:5:1") -> Any:
    conversation = await gateway.conversation()
    async with gateway.sessions.begin() as session:
        return await correct(session, conversation, outbox_id, text, origin)


async def _staff_words(gateway: Spine) -> list[str]:
    rows = sorted(await gateway.rows(Message), key=lambda message: message.id)
    return [m.text for m in rows if m.direction == "staff"][1:]


class TestSay:
    async def test_it_reaches_him_is_in_the_history_and_ends_his_waiting(self, sessions: Sessions) -> None:
        async with spine(sessions) as gateway:
            row = await _say(gateway, await _taken(gateway), "Машина в салоне")
            await gateway.deliver()
            assert gateway.channel.texts == ["Машина в салоне"]
            assert await _staff_words(gateway) == ["Машина в салоне"]
            event = (await gateway.rows(TicketEvent))[-1]
            assert (event.kind, event.name, event.details) == ("answered", "Ирина", {"outbox_id": row.id})

    async def test_the_same_message_of_the_desk_is_said_once(self, sessions: Sessions) -> None:
        async with spine(sessions) as gateway:
            ticket = await _taken(gateway)
            first, again = await _say(gateway, ticket, "раз"), await _say(gateway, ticket, "раз")
            assert first.id == again.id
            await gateway.deliver()
            assert gateway.channel.texts == ["раз"]
            assert [e.details for e in await gateway.rows(TicketEvent)].count({"outbox_id": first.id}) == 1


class TestCorrect:
    async def test_what_waits_is_changed_before_it_is_sent(self, sessions: Sessions) -> None:
        async with spine(sessions) as gateway:
            row = await _say(gateway, await _taken(gateway), "Цена 120 000")
            await _correct(gateway, row.id, "Цена 1 200 000")
            await gateway.deliver()
            assert gateway.channel.texts == ["Цена 1 200 000"]
            assert await _staff_words(gateway) == ["Цена 1 200 000"]

    async def test_what_he_has_is_corrected_there(self, sessions: Sessions) -> None:
        async with spine(sessions) as gateway:
            row = await _say(gateway, await _taken(gateway), "Цена 120 000")
            await gateway.deliver()
            correction = await _correct(gateway, row.id, "Цена 1 200 000")
            await _correct(gateway, row.id, "Цена 1 200 000")
            assert correction.body["edits"] == row.id
            await gateway.deliver()
            assert [message.text for _, message in gateway.channel.edited] == ["Цена 1 200 000"]

    async def test_what_is_under_way_is_corrected_after_it(self, sessions: Sessions) -> None:
        async with spine(sessions) as gateway:
            row = await _say(gateway, await _taken(gateway), "Цена 120 000")
            assert await claim_parcel(sessions, ["fake"], "worker") is not None
            correction = await _correct(gateway, row.id, "Цена 1 200 000")
            assert correction.id != row.id

    async def test_of_two_equal_words_it_is_those_that_were_meant(self, sessions: Sessions) -> None:
        async with spine(sessions) as gateway:
            ticket = await _taken(gateway)
            first = await _say(gateway, ticket, "Да")
            await _say(gateway, ticket, "Да", "desk:-1:6")
            await _correct(gateway, first.id, "Да, в салоне")
            await gateway.deliver()
            assert gateway.channel.texts == ["Да, в салоне", "Да"]
            assert await _staff_words(gateway) == ["Да, в салоне", "Да"]

    async def test_nothing_of_another_conversation_is_touched(self, sqlite_sessions: Sessions) -> None:
        async with spine(sqlite_sessions) as gateway:
            row = await _say(gateway, await _taken(gateway), "Цена")
            await gateway.receive(incoming("привет", chat="boris"))
            boris = await gateway.conversation("boris")
            async with sqlite_sessions.begin() as session:
                assert await correct(session, boris, row.id, "Взлом", "desk:-1:9") is None


def _with_desk(number: int = -100) -> Dealer:
    desk = {"desk": Desk(telegram=number)}
    departments = {key: d.model_copy(update=desk) for key, d in DEALER.departments.items()}
    return DEALER.model_copy(update={"departments": departments})


class TestNotices:
    async def test_a_department_without_a_desk_is_told_nothing(self, sqlite_sessions: Sessions) -> None:
        async with sqlite_sessions.begin() as session:
            assert await notice(session, None, "credit", "Ждёт клиент", dealer=DEALER) is None

    async def test_a_group_that_has_moved_is_still_the_same(self, sessions: Sessions) -> None:
        async with sessions.begin() as session:
            session.add(DeskGroup(configured_id=-7, chat_id=-100))
            await session.flush()
            told = await notice(session, None, "credit", "Ждёт клиент", dealer=_with_desk(-100))
        assert told is not None
        assert told.group_id == -7

    async def test_people_see_what_did_not_reach_the_customer_and_why(self, sessions: Sessions) -> None:
        async with spine(sessions) as gateway:
            row = await _say(gateway, await _taken(gateway), "Жду вас\nв пять")
            async with sessions.begin() as session:
                sent = await session.get_one(OutboxMessage, row.id)
                sent.status, sent.error = "failed", "бот заблокирован"
                await tell_undelivered(_with_desk())(session, row.id)
            (told,) = await gateway.rows(DeskNotice)
            assert told.loud
            assert told.words == "Не доставлено клиенту: «Жду вас в пять». Причина: бот заблокирован."
