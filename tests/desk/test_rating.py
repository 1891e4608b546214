"""A customer whom people have answered is asked how, once, and says it by one tap."""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from sqlalchemy import delete, update

import bot.leads.reminders
from bot.channels.base import Outgoing
from bot.contract import Abilities
from bot.conversations import Conversation, Message
from bot.customers.persons import confirm
from bot.db import Sessions, utcnow
from bot.dealer import Desk
from bot.desk import speak
from bot.desk.models import DeskNotice, Outcome, Ticket, TicketEvent
from bot.desk.rating import read_rating
from bot.desk.staff import Staff
from bot.desk.tickets import claim, close
from bot.inbox.models import InboxUpdate
from bot.leads.desk import LeadDesk
from bot.outbox.models import OutboxMessage
from tests.spine import DEALER, Spine, incoming, says, spine

IRINA = Staff("telegram:1", "Ирина")
ASKED = "Как вам ответили?"
THANKS = "Спасибо, учтём."
LATE = (
    "Спасибо, но оценку можно поставить только в первые сутки. "
    "Если что-то осталось не так, напишите, передам сотрудникам."
)
TITLES = ["5 — отлично", "4 — хорошо", "3 — нормально", "2 — плохо", "1 — очень плохо"]
TICKET = {"effect": "ticket", "department": "credit", "reason": "asked", "topic": "credit", "summary": ""}


@asynccontextmanager
async def _gateway(sessions: Sessions) -> AsyncIterator[Spine]:
    """Its credit department has a desk."""
    credit = DEALER.departments["credit"].model_copy(update={"desk": Desk(telegram=-100)})
    dealer = DEALER.model_copy(update={"departments": {**DEALER.departments, "credit": credit}})
    async with spine(sessions) as gateway:
        gateway.turns = replace(gateway.turns, leads=LeadDesk(dealer, ()))
        yield gateway


async def _ask(gateway: Spine, chat: str = "anna", **changed: object) -> Ticket:
    gateway.rasa.answers = [says({"text": "Передал.", "custom": TICKET | changed})]
    await gateway.talk(incoming("менеджера", chat=chat))
    return (await _tickets(gateway))[-1]


async def _tickets(gateway: Spine) -> list[Ticket]:
    return sorted(await gateway.rows(Ticket), key=lambda ticket: ticket.id)


async def _answer(gateway: Spine, ticket: Ticket) -> None:
    async with gateway.sessions.begin() as session:
        await claim(session, ticket.id, IRINA)
        conversation = await session.get_one(Conversation, ticket.conversation_id)
        mine = await session.get_one(Ticket, ticket.id)
        origin = f"desk:-100:{ticket.id}"
        await speak.say(session, conversation, mine, IRINA, Outgoing(text="Ставка 16,9 %"), origin)


async def _close(gateway: Spine, ticket: Ticket, outcome: Outcome = "answered") -> list[str]:
    """What the customer gets then."""
    await gateway.deliver()
    before = len(gateway.channel.sent)
    async with gateway.sessions.begin() as session:
        await close(session, ticket.id, IRINA, outcome)
    await gateway.deliver()
    return gateway.channel.texts[before:]


async def _is_asked(gateway: Spine, chat: str = "anna") -> bool:
    """A whole conversation with a person, and the question at its end or not."""
    ticket = await _ask(gateway, chat)
    await _answer(gateway, ticket)
    return await _close(gateway, ticket) == [ASKED]


async def _press(gateway: Spine, title: str, chat: str = "anna") -> list[str]:
    """The button of the only question, answered as the customer sees it."""
    (row,) = [row for row in await gateway.rows(OutboxMessage) if row.origin.startswith("rate:")]
    key = f"{row.id}.{TITLES.index(title)}"
    return await gateway.talk(incoming(title, kind="button", button=key, chat=chat))


async def _ratings(gateway: Spine) -> list[tuple[int | None, list[int]]]:
    """Of each ticket: what counts, and all that was noted."""
    events = sorted(await gateway.rows(TicketEvent), key=lambda event: event.id)
    return [
        (
            ticket.rating,
            [
                event.details["stars"]
                for event in events
                if event.kind == "rated" and event.ticket_id == ticket.id
            ],
        )
        for ticket in await _tickets(gateway)
    ]


class TestOffered:
    async def test_after_an_answer_with_five_buttons(self, sessions: Sessions) -> None:
        async with _gateway(sessions) as gateway:
            assert await _is_asked(gateway)
            _, question = gateway.channel.sent[-1]
            assert [button.title for button in question.buttons] == TITLES

    async def test_not_when_it_was_given_back_to_the_bot(self, sqlite_sessions: Sessions) -> None:
        async with _gateway(sqlite_sessions) as gateway:
            ticket = await _ask(gateway)
            await _answer(gateway, ticket)
            assert await _close(gateway, ticket, "returned") == []

    async def test_not_when_nobody_said_a_word(self, sqlite_sessions: Sessions) -> None:
        async with _gateway(sqlite_sessions) as gateway:
            assert await _close(gateway, await _ask(gateway)) == []

    async def test_not_to_who_forbade_messages(self, sqlite_sessions: Sessions) -> None:
        async with _gateway(sqlite_sessions) as gateway:
            ticket = await _ask(gateway)
            await _answer(gateway, ticket)
            async with sqlite_sessions.begin() as session:
                await session.execute(update(Conversation).values(blocked_at=utcnow()))
            assert await _close(gateway, ticket) == []

    async def test_not_while_another_person_talks_with_him(self, sqlite_sessions: Sessions) -> None:
        async with _gateway(sqlite_sessions) as gateway:
            ticket = await _ask(gateway)
            await _answer(gateway, await _ask(gateway, department="service", topic="service"))
            await _answer(gateway, ticket)
            assert await _close(gateway, ticket) == []

    @pytest.mark.parametrize(("hours", "asked"), [(23, True), (25, False)])
    async def test_not_after_the_messengers_window(
        self, sessions: Sessions, monkeypatch: pytest.MonkeyPatch, hours: int, asked: bool
    ) -> None:
        monkeypatch.setitem(bot.leads.reminders.WINDOWS, "fake", dt.timedelta(hours=24))
        async with _gateway(sessions) as gateway:
            ticket = await _ask(gateway)
            await _answer(gateway, ticket)
            async with sessions.begin() as session:
                await session.execute(update(Message).values(at=utcnow() - dt.timedelta(hours=hours)))
            assert bool(await _close(gateway, ticket)) is asked

    @pytest.mark.parametrize(("days", "asked"), [(6.9, False), (7.1, True)])
    async def test_not_twice_in_a_week(self, sessions: Sessions, days: float, asked: bool) -> None:
        async with _gateway(sessions) as gateway:
            assert await _is_asked(gateway)
            async with sessions.begin() as session:
                earlier = utcnow() - dt.timedelta(days=days)
                await session.execute(update(OutboxMessage).values(created_at=earlier))
            assert await _is_asked(gateway) is asked

    async def test_nor_in_another_chat_of_the_same_person(self, sqlite_sessions: Sessions) -> None:
        async with _gateway(sqlite_sessions) as gateway:
            assert await _is_asked(gateway)
            await gateway.talk(incoming("привет", chat="anna on the site"))
            async with sqlite_sessions.begin() as session:
                for chat in ("anna", "anna on the site"):
                    await confirm(session, await gateway.conversation(chat), "+79001234567", "staff")
            assert not await _is_asked(gateway, "anna on the site")
            assert await _is_asked(gateway, "somebody else")


class TestPressed:
    async def test_it_is_thanked_for_and_shown_to_the_department_without_rasa(
        self, sessions: Sessions
    ) -> None:
        async with _gateway(sessions) as gateway:
            await _is_asked(gateway)
            heard = len(gateway.rasa.asked)
            assert await _press(gateway, "4 — хорошо") == [THANKS]
            assert len(gateway.rasa.asked) == heard
            assert await _ratings(gateway) == [(4, [4])]
            (notice,) = await gateway.rows(DeskNotice)
            assert (notice.words, notice.loud) == ("Клиент поставил оценку: 4 из 5.", False)

    async def test_a_bad_one_is_told_of_with_a_sound(self, sqlite_sessions: Sessions) -> None:
        async with _gateway(sqlite_sessions) as gateway:
            await _is_asked(gateway)
            await _press(gateway, "2 — плохо")
            assert [notice.loud for notice in await gateway.rows(DeskNotice)] == [True]

    async def test_he_may_change_his_mind_and_press_twice(self, sqlite_sessions: Sessions) -> None:
        async with _gateway(sqlite_sessions) as gateway:
            await _is_asked(gateway)
            await _press(gateway, "2 — плохо")
            assert await _press(gateway, "5 — отлично") == [THANKS]
            assert await _press(gateway, "5 — отлично") == [THANKS]
            assert await _ratings(gateway) == [(5, [2, 5])]

    async def test_after_a_day_it_changes_nothing(self, sessions: Sessions) -> None:
        async with _gateway(sessions) as gateway:
            await _is_asked(gateway)
            async with sessions.begin() as session:
                yesterday = utcnow() - dt.timedelta(hours=24, minutes=1)
                await session.execute(update(Ticket).values(closed_at=yesterday))
            assert await _press(gateway, "5 — отлично") == [LATE]
            assert await _ratings(gateway) == [(None, [])]
            assert await gateway.rows(DeskNotice) == []

    async def test_while_a_person_talks_with_him_it_counts_and_the_bot_is_silent(
        self, sessions: Sessions
    ) -> None:
        async with _gateway(sessions) as gateway:
            await _is_asked(gateway)
            ticket = await _ask(gateway)
            await _answer(gateway, ticket)
            await gateway.deliver()
            assert await _press(gateway, "5 — отлично") == []
            assert await _ratings(gateway) == [(5, [5]), (None, [])]
            (_, now) = await _tickets(gateway)
            assert now.waiting_since is None, "a tap waits for no answer"

    async def test_another_customer_cannot_press_it(self, sqlite_sessions: Sessions) -> None:
        async with _gateway(sqlite_sessions) as gateway:
            await _is_asked(gateway)
            assert await _press(gateway, "1 — очень плохо", chat="stranger") == ["«1 — очень плохо»"]
            assert await _ratings(gateway) == [(None, [])]


class TestTyped:
    """In words, for apps that show no buttons, and for who does not press them."""

    async def test_without_buttons_the_question_tells_how_to_answer(self, sessions: Sessions) -> None:
        async with _gateway(sessions) as gateway:
            ticket = await _ask(gateway)
            await gateway.talk(incoming("ау", abilities=Abilities(buttons=False)))
            await _answer(gateway, ticket)
            assert await _close(gateway, ticket) == [
                "Как вам ответили? Напишите цифру от 1 до 5, где 5 — отлично, а 1 — очень плохо."
            ]
            assert gateway.channel.sent[-1][1].buttons == ()
            heard = len(gateway.rasa.asked)
            assert await gateway.talk(incoming(" 2\n")) == [THANKS]
            assert len(gateway.rasa.asked) == heard
            assert await _ratings(gateway) == [(2, [2])]
            assert [notice.loud for notice in await gateway.rows(DeskNotice)] == [True]

    async def test_words_that_another_version_stored_do_not_keep_the_ticket_open(
        self, sqlite_sessions: Sessions
    ) -> None:
        async with _gateway(sqlite_sessions) as gateway:
            ticket = await _ask(gateway)
            await _answer(gateway, ticket)
            async with gateway.sessions.begin() as session:
                await session.execute(update(InboxUpdate).values(body={"text": "менеджера", "mood": "good"}))
            assert await _close(gateway, ticket) == [ASKED]

    async def test_who_sees_buttons_may_type_it_too(self, sqlite_sessions: Sessions) -> None:
        async with _gateway(sqlite_sessions) as gateway:
            await _is_asked(gateway)
            assert await gateway.talk(incoming("5")) == [THANKS]
            assert await _ratings(gateway) == [(5, [5])]

    @pytest.mark.parametrize("words", ["6", "0", "45", "5 лет", "на 5", "пять", "5?", "٣", ""])
    async def test_anything_else_is_a_message_like_any_other(
        self, sqlite_sessions: Sessions, words: str
    ) -> None:
        async with _gateway(sqlite_sessions) as gateway:
            await _is_asked(gateway)
            heard = len(gateway.rasa.asked)
            await gateway.talk(incoming(words))
            assert len(gateway.rasa.asked) == heard + 1
            assert await _ratings(gateway) == [(None, [])]

    async def test_a_digit_after_other_words_answers_those(self, sessions: Sessions) -> None:
        """«На сколько лет кредит?» — «5»"""
        async with _gateway(sessions) as gateway:
            await _is_asked(gateway)
            await gateway.talk(incoming("посчитайте кредит"))
            assert await gateway.talk(incoming("5")) == ["«5»"]
            assert await _ratings(gateway) == [(None, [])]

    async def test_nor_one_that_comes_with_other_words(self, sqlite_sessions: Sessions) -> None:
        async with _gateway(sqlite_sessions) as gateway:
            await _is_asked(gateway)
            assert await gateway.talk(incoming("5"), incoming("лет")) == ["«5\nлет»"]
            assert await _ratings(gateway) == [(None, [])]

    async def test_nor_one_in_answer_to_a_person(self, sqlite_sessions: Sessions) -> None:
        async with _gateway(sqlite_sessions) as gateway:
            await _is_asked(gateway)
            await _answer(gateway, await _ask(gateway))
            await gateway.deliver()
            assert await gateway.talk(incoming("5")) == []
            assert await _ratings(gateway) == [(None, []), (None, [])]

    async def test_nor_one_that_quotes_something_else(self, sqlite_sessions: Sessions) -> None:
        async with _gateway(sqlite_sessions) as gateway:
            await _is_asked(gateway)
            question = str(len(gateway.channel.sent))
            assert await gateway.talk(incoming("5", reply_to="1")) == ["«5»"]
            assert await _ratings(gateway) == [(None, [])]
            async with sqlite_sessions.begin() as session:
                await session.execute(delete(Message).where(Message.text.in_(("5", "«5»"))))
            assert await gateway.talk(incoming("5", reply_to=question)) == [THANKS]

    async def test_nor_one_that_comes_a_day_later(self, sessions: Sessions) -> None:
        async with _gateway(sessions) as gateway:
            await _is_asked(gateway)
            async with sessions.begin() as session:
                yesterday = utcnow() - dt.timedelta(hours=24, minutes=1)
                await session.execute(update(Ticket).values(closed_at=yesterday))
            assert await gateway.talk(incoming("5")) == ["«5»"]
            assert await _ratings(gateway) == [(None, [])]

    async def test_nor_one_after_a_question_that_never_reached_him(self, sqlite_sessions: Sessions) -> None:
        async with _gateway(sqlite_sessions) as gateway:
            await _is_asked(gateway)
            async with sqlite_sessions.begin() as session:
                await session.execute(update(OutboxMessage).values(status="failed"))
            assert await gateway.talk(incoming("5")) == ["«5»"]


async def test_for_an_hour_after_the_talk_nobody_asks_him_about_advertising(sessions: Sessions) -> None:
    async with _gateway(sessions) as gateway:
        await gateway.talk(incoming("привет"))
        await _is_asked(gateway)
        await _press(gateway, "5 — отлично")
        for minutes in (0, 59, 61):
            async with sessions.begin() as session:
                ended = utcnow() - dt.timedelta(minutes=minutes)
                await session.execute(update(Ticket).values(closed_at=ended, released_at=ended))
            await gateway.talk(incoming("спасибо"))
        told = [body["metadata"]["advertising"] for body in gateway.rasa.asked]
        assert told == ["none", "none", "asked", "asked", "none"]


@pytest.mark.parametrize(
    "payload",
    ["/affirm", '/rated{"ticket":1,"stars":5}', '/rate{"ticket":1,"stars":6}', '/rate{"ticket":1}', "/rate{"],
)
def test_other_buttons_are_no_rating(payload: str) -> None:
    assert read_rating(payload) is None
