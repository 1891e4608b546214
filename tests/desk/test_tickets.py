"""The life of a ticket, and when the bot is silent because of it."""

import datetime as dt
from functools import partial

import pytest

from bot.channels.base import Outgoing
from bot.conversations import Message
from bot.db import Sessions, utcnow
from bot.desk.models import Ticket, TicketEvent
from bot.desk.staff import Staff
from bot.desk.summary import LIMIT, fitting
from bot.desk.tickets import (
    Claimed,
    Gone,
    TakenBy,
    claim,
    close,
    customer_wrote,
    staff_said,
    take_over,
    transfer,
)
from bot.leads.models import Consent, Lead
from bot.outbox import put
from bot.outbox.models import OutboxMessage
from tests.spine import DEALER, Spine, incoming, says, spine

IRINA = Staff("telegram:1", "Ирина")
OLEG = Staff("telegram:2", "Олег")
TICKET = {
    "effect": "ticket",
    "department": "credit",
    "reason": "asked",
    "topic": "credit",
    "summary": "Просит менеджера.",
}


async def _asks_for_person(gateway: Spine, **changed: object) -> Ticket:
    gateway.rasa.answers = [says({"text": "Передал.", "custom": TICKET | changed})]
    await gateway.talk(incoming("позовите менеджера"))
    return (await gateway.rows(Ticket))[-1]


async def _claim(gateway: Spine, ticket: Ticket, staff: Staff = IRINA) -> Claimed | TakenBy | Gone:
    async with gateway.sessions.begin() as session:
        return await claim(session, ticket.id, staff)


async def _close(gateway: Spine, ticket: Ticket) -> None:
    async with gateway.sessions.begin() as session:
        await close(session, ticket.id, IRINA, "returned")


async def _events(gateway: Spine) -> list[tuple[str, str, str | None]]:
    return [(e.kind, e.department, e.name) for e in await gateway.rows(TicketEvent)]


async def _ticket(gateway: Spine) -> Ticket:
    return (await gateway.rows(Ticket))[-1]


class TestOpen:
    async def test_the_bot_still_answers(self, sessions: Sessions) -> None:
        async with spine(sessions) as gateway:
            await _asks_for_person(gateway)
            assert await gateway.talk(incoming("а цвет?")) == ["«а цвет?»"]

    async def test_what_is_asked_for_again_is_added(self, sessions: Sessions) -> None:
        async with spine(sessions) as gateway:
            first = await _asks_for_person(gateway)
            again = await _asks_for_person(gateway, summary="Ставка для ИП?")
            assert (again.id, again.revision) == (first.id, 2)
            assert again.summary.endswith("Ставка для ИП?")
            assert again.waiting_since == first.waiting_since
            assert [e[0] for e in await _events(gateway)] == ["opened", "added"]

    async def test_two_departments_have_two_tickets(self, sqlite_sessions: Sessions) -> None:
        async with spine(sqlite_sessions) as gateway:
            await _asks_for_person(gateway)
            await _asks_for_person(gateway, department="service")
            assert [t.department for t in await gateway.rows(Ticket)] == ["credit", "service"]

    async def test_a_department_that_is_no_more_leaves_it_to_the_default_one(
        self, sqlite_sessions: Sessions
    ) -> None:
        async with spine(sqlite_sessions) as gateway:
            ticket = await _asks_for_person(gateway, department="carwash")
            assert ticket.department == DEALER.default_department

    async def test_the_summary_tells_what_was_asked_before_and_answered(
        self, sqlite_sessions: Sessions
    ) -> None:
        async with spine(sqlite_sessions) as gateway:
            gateway.rasa.answers = [says({"text": "В карточке\nэто не указано."})]
            await gateway.talk(incoming("сколько владельцев?"))
            ticket = await _asks_for_person(gateway, reason="unknown_fact", summary="Уточнить: владельцы")
            assert ticket.summary.splitlines() == [
                "Уточнить: владельцы",
                "До этого спросил: «сколько владельцев?».",
                "Бот ответил: «В карточке это не указано».",
            ]

    async def test_what_he_has_told_before_stands_there_once(self, sqlite_sessions: Sessions) -> None:
        async with spine(sqlite_sessions) as gateway:
            await _asks_for_person(gateway, summary="Ставка для ИП?\nУже рассказал: срок 3 года.")
            ticket = await _asks_for_person(gateway, summary="А взнос?\nУже рассказал: срок 3 года.")
            assert ticket.summary == "Ставка для ИП?\nА взнос?\nУже рассказал: срок 3 года."

    async def test_a_failure_tells_in_his_words_what_was_not_answered(
        self, sqlite_sessions: Sessions
    ) -> None:
        async with spine(sqlite_sessions) as gateway:
            gateway.rasa.always = says()
            await gateway.receive(incoming("торг уместен?"))
            await gateway.do_turns()
            assert "торг уместен?" in (await _ticket(gateway)).summary


def test_of_a_long_summary_the_oldest_lines_give_way() -> None:
    lines = [f"{number} " + "я" * 300 for number in range(10)]
    kept = fitting("\n".join(lines)).splitlines()
    assert kept == lines[-len(kept) :]
    assert 1 < len(kept) < 10


def test_one_line_that_is_too_long_is_cut() -> None:
    assert len(fitting("я" * 3 * LIMIT)) == LIMIT


class TestClaimed:
    async def test_of_two_people_one_has_it_and_the_other_hears_who(self, sessions: Sessions) -> None:
        async with spine(sessions) as gateway:
            ticket = await _asks_for_person(gateway)
            assert isinstance(await _claim(gateway, ticket, IRINA), Claimed)
            assert await _claim(gateway, ticket, OLEG) == TakenBy("Ирина")
            assert isinstance(await _claim(gateway, ticket, IRINA), Claimed)
            assert await _events(gateway) == [("opened", "credit", None), ("claimed", "credit", "Ирина")]

    async def test_the_bot_is_silent_and_asks_rasa_nothing(self, sessions: Sessions) -> None:
        async with spine(sessions) as gateway:
            await _claim(gateway, await _asks_for_person(gateway))
            assert await gateway.talk(incoming("вы тут?")) == []
            assert gateway.rasa.messages == ["позовите менеджера"]

    async def test_what_the_bot_was_about_to_say_is_withdrawn_and_what_people_say_is_not(
        self, sessions: Sessions
    ) -> None:
        async with spine(sessions) as gateway:
            ticket = await _asks_for_person(gateway)
            conversation = await gateway.conversation()
            async with sessions.begin() as session:
                await put(session, conversation, Outgoing(text="бот"), origin="turn:x")
                human = Outgoing(text="человек")
                await put(session, conversation, human, origin="desk:-1:2", direction="staff")
            await _claim(gateway, ticket)
            await gateway.deliver()
            assert gateway.channel.texts == ["Передал.", "человек"]

    async def test_a_failure_meanwhile_opens_nothing_and_says_nothing(self, sessions: Sessions) -> None:
        async with spine(sessions) as gateway:
            ticket = await _asks_for_person(gateway)

            async def meanwhile(body: dict[str, object]) -> object:
                await _claim(gateway, ticket)
                return await says()(body)

            gateway.rasa.always = meanwhile
            assert await gateway.talk(incoming("цена?")) == []
            assert [t.status for t in await gateway.rows(Ticket)] == ["claimed"]

    async def test_a_closed_one_cannot_be_taken(self, sqlite_sessions: Sessions) -> None:
        async with spine(sqlite_sessions) as gateway:
            ticket = await _asks_for_person(gateway)
            await _close(gateway, ticket)
            assert await _claim(gateway, ticket) == Gone()
            assert await _claim(gateway, Ticket(id=999)) == Gone()

    async def test_what_was_taken_in_the_messenger_can_be_taken_at_the_desk(
        self, sqlite_sessions: Sessions
    ) -> None:
        async with spine(sqlite_sessions) as gateway:
            await gateway.talk(incoming("Добрый день", kind="staff"))
            assert isinstance(await _claim(gateway, await _ticket(gateway)), Claimed)
            ticket = await _ticket(gateway)
            assert (ticket.claimed_name, ticket.past_bot_at) == ("Ирина", None)


class TestWaiting:
    async def test_he_waits_from_his_first_word_after_the_answer(self, sessions: Sessions) -> None:
        async with spine(sessions) as gateway:
            ticket = await _asks_for_person(gateway)
            await _claim(gateway, ticket)
            async with sessions.begin() as session:
                ticket = await session.get_one(Ticket, ticket.id)
                await staff_said(session, ticket, IRINA, utcnow())
            answered = await _ticket(gateway)
            assert answered.waiting_since is None
            assert answered.first_answer_at is not None
            await gateway.talk(incoming("а ставка?"))
            asked_at = (await _ticket(gateway)).waiting_since
            assert asked_at is not None
            assert asked_at > answered.first_answer_at
            await gateway.talk(incoming("ау"))
            assert (await _ticket(gateway)).waiting_since == asked_at

    async def test_who_was_answered_after_he_wrote_does_not_wait(self, sessions: Sessions) -> None:
        async with spine(sessions) as gateway:
            ticket = await _asks_for_person(gateway)
            wrote_at = utcnow()
            async with sessions.begin() as session:
                ticket = await session.get_one(Ticket, ticket.id)
                await staff_said(session, ticket, IRINA, wrote_at + dt.timedelta(seconds=1))
                await customer_wrote(session, ticket.conversation_id, wrote_at, DEALER)
            assert (await _ticket(gateway)).waiting_since is None


class TestReturned:
    async def test_the_bot_answers_what_comes_and_nothing_of_before(self, sessions: Sessions) -> None:
        async with spine(sessions) as gateway:
            ticket = await _asks_for_person(gateway)
            await _claim(gateway, ticket)
            await gateway.talk(incoming("а ставка?"))
            await _close(gateway, ticket)
            assert await gateway.talk(incoming("а цвет?")) == ["«а цвет?»"]
            history = [(m.direction, m.text) for m in await gateway.rows(Message)]
            assert ("in", "а ставка?") in history

    async def test_a_burst_that_waits_at_that_moment_is_not_answered_and_the_next_one_is(
        self, sessions: Sessions
    ) -> None:
        async with spine(sessions) as gateway:
            ticket = await _asks_for_person(gateway)
            await _claim(gateway, ticket)
            await gateway.receive(incoming("а ставка?"), incoming("на 5 лет"))
            await _close(gateway, ticket)
            await gateway.receive(incoming("а цвет?"))
            await gateway.do_turns()
            await gateway.deliver()
            assert gateway.channel.texts == ["Передал.", "«а цвет?»"]

    async def test_a_turn_that_outlived_the_talk_with_a_person_says_nothing(self, sessions: Sessions) -> None:
        async with spine(sessions) as gateway:
            ticket = await _asks_for_person(gateway)

            async def meanwhile(body: dict[str, object]) -> object:
                await _claim(gateway, ticket)
                await _close(gateway, ticket)
                return await says({"text": "Цена"})(body)

            gateway.rasa.answers = [meanwhile]
            assert await gateway.talk(incoming("цена?")) == []
            assert await gateway.talk(incoming("а цвет?")) == ["«а цвет?»"]

    async def test_what_nobody_had_taken_is_answered_though_it_was_closed(self, sessions: Sessions) -> None:
        async with spine(sessions) as gateway:
            ticket = await _asks_for_person(gateway)
            await gateway.receive(incoming("а цвет?"))
            await _close(gateway, ticket)
            await gateway.do_turns()
            await gateway.deliver()
            assert gateway.channel.texts == ["Передал.", "«а цвет?»"]

    async def test_rasa_is_told_once_that_a_person_has_talked_meanwhile(self, sessions: Sessions) -> None:
        async with spine(sessions) as gateway:
            ticket = await _asks_for_person(gateway)
            await _claim(gateway, ticket)
            await gateway.talk(incoming("да"))
            await _close(gateway, ticket)
            await gateway.talk(incoming("да"))
            await gateway.talk(incoming("да"))
            told = [body["metadata"]["after_person"] for body in gateway.rasa.asked]
            assert told == [False, True, False]

    async def test_the_ticket_of_another_department_keeps_the_bot_silent(
        self, sqlite_sessions: Sessions
    ) -> None:
        async with spine(sqlite_sessions) as gateway:
            credit = await _asks_for_person(gateway)
            service = await _asks_for_person(gateway, department="service")
            await _claim(gateway, credit)
            await _claim(gateway, service, OLEG)
            await _close(gateway, credit)
            assert await gateway.talk(incoming("ау")) == []


class TestNumberGivenToPerson:
    async def test_it_becomes_a_lead_of_the_department(self, sessions: Sessions) -> None:
        async with spine(sessions) as gateway:
            await _claim(gateway, await _asks_for_person(gateway))
            gateway.rasa.phones = {"8 900 123-45-67": "+79001234567"}
            assert await gateway.talk(incoming("мой 8 900 123-45-67")) == []
            await gateway.talk(incoming("повторю: 8 900 123-45-67"))
            (lead,) = await gateway.rows(Lead)
            assert (lead.phone, lead.department, lead.step) == ("+79001234567", "credit", "call_back")
            assert await gateway.rows(Consent) == []  # nothing was shown, so nothing was agreed to

    async def test_so_does_one_that_the_messenger_vouches_for(self, sqlite_sessions: Sessions) -> None:
        async with spine(sqlite_sessions) as gateway:
            await _claim(gateway, await _asks_for_person(gateway))
            await gateway.talk(incoming("+79001234567", own_phone="+79001234567"))
            assert [lead.phone for lead in await gateway.rows(Lead)] == ["+79001234567"]

    async def test_a_second_one_is_left_to_the_person(self, sqlite_sessions: Sessions) -> None:
        async with spine(sqlite_sessions) as gateway:
            await _claim(gateway, await _asks_for_person(gateway))
            gateway.rasa.phones = {"8 900 123-45-67": "+79001234567", "8 900 765-43-21": "+79007654321"}
            await gateway.talk(incoming("мой 8 900 123-45-67"))
            await gateway.talk(incoming("жены 8 900 765-43-21"))
            assert [lead.phone for lead in await gateway.rows(Lead)] == ["+79001234567"]

    async def test_while_rasa_is_away_it_waits_with_its_turn(self, sqlite_sessions: Sessions) -> None:
        async with spine(sqlite_sessions) as gateway:
            await _claim(gateway, await _asks_for_person(gateway))
            gateway.rasa.phones = {"8 900 123-45-67": "+79001234567"}
            gateway.rasa.parse_troubles = 1
            assert await gateway.talk(incoming("мой 8 900 123-45-67")) == []
            assert [lead.phone for lead in await gateway.rows(Lead)] == ["+79001234567"]


class TestTransfer:
    async def test_it_is_open_there_with_all_that_is_known(self, sessions: Sessions) -> None:
        async with spine(sessions) as gateway:
            ticket = await _asks_for_person(gateway)
            await _claim(gateway, ticket)
            async with sessions.begin() as session:
                await transfer(session, ticket.id, "service", IRINA, DEALER)
            moved = await _ticket(gateway)
            assert (moved.department, moved.status, moved.claimed_by) == ("service", "open", None)
            assert moved.summary == ticket.summary
            assert (await _events(gateway))[-1] == ("transferred", "credit", "Ирина")
            assert await gateway.talk(incoming("ау")) == ["«ау»"]

    async def test_rasa_is_told_once_that_a_person_had_him_meanwhile(self, sessions: Sessions) -> None:
        async with spine(sessions) as gateway:
            ticket = await _asks_for_person(gateway)
            await _claim(gateway, ticket)  # she rings him up: nothing is said in the chat
            async with sessions.begin() as session:
                await transfer(session, ticket.id, "service", IRINA, DEALER)
            await gateway.talk(incoming("да"))
            await gateway.talk(incoming("да"))
            told = [body["metadata"]["after_person"] for body in gateway.rasa.asked]
            assert told == [False, True, False]

    async def test_what_came_before_it_is_not_answered_by_the_bot(self, sessions: Sessions) -> None:
        async with spine(sessions) as gateway:
            ticket = await _asks_for_person(gateway)
            await _claim(gateway, ticket)
            await gateway.receive(incoming("вы тут?"))
            async with sessions.begin() as session:
                await transfer(session, ticket.id, "service", IRINA, DEALER)
            assert await gateway.talk(incoming("ау")) == ["«ау»"]

    async def test_two_of_one_department_become_one(self, sessions: Sessions) -> None:
        async with spine(sessions) as gateway:
            credit = await _asks_for_person(gateway)
            service = await _asks_for_person(gateway, department="service", summary="Колодки?")
            async with sessions.begin() as session:
                there = await transfer(session, credit.id, "service", IRINA, DEALER)
            assert there is not None
            assert there.id == service.id
            assert ("Просит менеджера." in there.summary, "Колодки?" in there.summary) == (True, True)
            assert [t.status for t in await gateway.rows(Ticket)] == ["closed", "open"]

    @pytest.mark.parametrize("department", ["credit", "carwash"])
    async def test_not_to_itself_and_not_to_nowhere(self, sqlite_sessions: Sessions, department: str) -> None:
        async with spine(sqlite_sessions) as gateway:
            ticket = await _asks_for_person(gateway)
            async with sqlite_sessions.begin() as session:
                assert await transfer(session, ticket.id, department, IRINA, DEALER) is None


async def test_what_is_asked_of_people_after_one_left_gets_a_ticket_that_is_seen(
    sqlite_sessions: Sessions,
) -> None:
    async with spine(sqlite_sessions) as gateway:
        taken_over = partial(take_over, department="credit")
        await gateway.talk(incoming("а кредит?"))
        async with sqlite_sessions.begin() as session:
            await taken_over(session, 1)
        async with sqlite_sessions.begin() as session:
            (await session.get_one(Ticket, 1)).past_bot_at = utcnow() - dt.timedelta(hours=4)
        await _asks_for_person(gateway)
        tickets = await gateway.rows(Ticket)
        assert [(t.status, t.outcome) for t in tickets] == [("closed", "left"), ("open", None)]


async def test_what_cannot_be_delivered_is_an_event_of_the_ticket(
    sqlite_sessions: Sessions,
) -> None:
    async with spine(sqlite_sessions) as gateway:
        await _asks_for_person(gateway)
        await gateway.talk(incoming(kind="blocked"))
        async with sqlite_sessions.begin() as session:
            conversation = await gateway.conversation()
            await put(session, conversation, Outgoing(text="Ирина"), origin="desk:-1:2", direction="staff")
        await gateway.deliver()
        (_, row) = await gateway.rows(OutboxMessage)
        event = (await gateway.rows(TicketEvent))[-1]
        assert (event.kind, event.details) == ("undelivered", {"outbox_id": row.id})
