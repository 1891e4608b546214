"""One of the dealer's people writes to the customer in the messenger itself."""

from sqlalchemy import update

from bot.channels.base import Outgoing
from bot.conversations import Conversation, Message
from bot.db import Sessions, utcnow
from bot.desk.attention import PAST_BOT
from bot.desk.models import Ticket, TicketEvent
from bot.inbox.claim import claim_turn
from bot.outbox import put
from bot.outbox.models import OutboxMessage
from tests.spine import Spine, incoming, says, spine

TICKET = {
    "effect": "ticket",
    "department": "credit",
    "reason": "asked",
    "topic": "credit",
    "summary": "Просит менеджера.",
}


async def _staff(gateway: Spine, text: str) -> None:
    await gateway.talk(incoming(text, kind="staff"))


async def test_the_bot_is_silent_from_then_on(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await gateway.talk(incoming("здравствуйте"))
        await _staff(gateway, "Добрый день, это Ирина")
        assert await gateway.talk(incoming("сколько стоит?")) == []
        assert gateway.rasa.messages == ["здравствуйте"]
        texts = [(m.direction, m.text) for m in await gateway.rows(Message)]
        assert ("staff", "Добрый день, это Ирина") in texts
        (ticket,) = await gateway.rows(Ticket)
        assert (ticket.department, ticket.status) == ("used", "claimed")


async def test_the_open_ticket_is_hers(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        gateway.rasa.answers = [says({"text": "Передал.", "custom": TICKET})]
        await gateway.talk(incoming("менеджера"))
        await _staff(gateway, "Слушаю вас")
        (ticket,) = await gateway.rows(Ticket)
        assert (ticket.department, ticket.status) == ("credit", "claimed")


async def test_what_the_bot_was_about_to_send_is_withdrawn(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await gateway.talk(incoming("здравствуйте"))
        conversation = await gateway.conversation()
        async with sessions.begin() as session:
            await put(session, conversation, Outgoing(text="Цена 1 290 000 ₽"), origin="turn:x")
        await _staff(gateway, "Отвечу сам")
        await gateway.deliver()
        assert "Цена 1 290 000 ₽" not in gateway.channel.texts
        rows = await gateway.rows(OutboxMessage)
        assert [row.status for row in rows] == ["sent", "failed"]


async def test_an_answer_that_rasa_gives_meanwhile_is_not_sent(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await gateway.receive(incoming("цена?"))
        claim = await claim_turn(sessions, ["fake"], "worker")
        assert claim is not None

        async def meanwhile(body: dict[str, object]) -> object:
            await gateway.receive(incoming("Отвечу сам", kind="staff"))
            asked = {"effect": "asked_phone", "step": "manager_price"}
            return await says({"text": "Цена", "custom": asked})(body)

        gateway.rasa.answers = [meanwhile]
        await gateway.turns.handle(claim)
        await gateway.deliver()
        assert gateway.channel.texts == []
        conversation = await gateway.conversation()
        assert (conversation.claimed_by, conversation.asked_topics) == (None, [])


async def test_after_hours_of_silence_the_bot_is_back_and_does_not_answer_the_past(
    sessions: Sessions,
) -> None:
    async with spine(sessions) as gateway:
        await _staff(gateway, "Добрый день")
        await gateway.talk(incoming("а кредит?"))
        async with sessions.begin() as session:
            await session.execute(update(Ticket).values(past_bot_at=utcnow() - PAST_BOT * 1.01))
        assert await gateway.talk(incoming("спасибо")) == ["«спасибо»"]
        (ticket,) = await gateway.rows(Ticket)
        assert ticket.status == "closed"


async def test_what_was_claimed_at_the_desk_is_not_given_back_by_time(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        gateway.rasa.answers = [says({"text": "Передал.", "custom": TICKET})]
        await gateway.talk(incoming("менеджера"))
        async with sqlite_sessions.begin() as session:
            await session.execute(update(Ticket).values(status="claimed"))
        await _staff(gateway, "Слушаю вас")
        (ticket,) = await gateway.rows(Ticket)
        assert ticket.past_bot_at is None


async def test_the_same_update_takes_over_once(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        await gateway.receive(incoming("Добрый день", kind="staff", update_id="5"))
        async with sqlite_sessions.begin() as session:
            await session.execute(update(Ticket).values(status="closed"))
        await gateway.receive(incoming("Добрый день", kind="staff", update_id="5"))
        assert [t.status for t in await gateway.rows(Ticket)] == ["closed"]
        assert len(await gateway.rows(Conversation)) == 1


async def test_each_of_her_messages_is_an_answer_and_the_first_one_ends_the_waiting(
    sqlite_sessions: Sessions,
) -> None:
    async with spine(sqlite_sessions) as gateway:
        gateway.rasa.answers = [says({"text": "Передал.", "custom": TICKET})]
        await gateway.talk(incoming("менеджера"))
        await _staff(gateway, "Слушаю вас")
        await _staff(gateway, "Вы тут?")
        (ticket,) = await gateway.rows(Ticket)
        assert ticket.waiting_since is None
        assert ticket.first_answer_at == ticket.claimed_at
        kinds = [event.kind for event in await gateway.rows(TicketEvent)]
        assert kinds == ["opened", "claimed", "answered", "answered"]


async def test_a_ticket_that_was_left_ended_with_his_three_hours(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        await _staff(gateway, "Добрый день")
        wrote_at = utcnow() - PAST_BOT * 2
        async with sqlite_sessions.begin() as session:
            await session.execute(update(Ticket).values(past_bot_at=wrote_at))
        await gateway.talk(incoming("спасибо"))
        (ticket,) = await gateway.rows(Ticket)
        assert (ticket.outcome, ticket.closed_at) == ("left", wrote_at + PAST_BOT)
