"""A customer who waits for a person: who is told of it, when, and what he himself is told."""

import asyncio
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import bot.desk.attention
import bot.desk.tickets
import bot.desk.timers
import bot.desk.watch
from bot.conversations import Conversation
from bot.db import Sessions
from bot.desk.attention import lock
from bot.desk.models import DeskNotice, Ticket, TicketEvent
from bot.desk.telegram.mirror import line_of
from bot.desk.telegram.render import posts
from bot.desk.texts import minutes_within, spoken
from bot.desk.tickets import close, staff_said, take_over, transfer
from bot.desk.watch import Watch
from bot.metrics import Metrics
from bot.turn.rasa import Rasa
from bot.wake import Wake
from bot.workers import working
from tests.desk.floor import OFFICE, OLEG, SALES, THURSDAY, Floor, at, floor_of, showroom
from tests.spine import DEALER, FakeChannel


@pytest.fixture
def floor(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> Floor:
    return floor_of(sessions, monkeypatch, showroom())


class TestNobodyAnswers:
    async def test_the_department_is_reminded_then_its_manager_called_then_others_help_out(
        self, floor: Floor
    ) -> None:
        await floor.opens("12:00")
        assert await floor.look("12:02:59") == []
        assert await floor.look("12:03") == ["Иван ждёт ответа 3 минуты."]
        assert await floor.look("12:05:59") == []
        assert await floor.look("12:06") == ["Марина, Иван ждёт ответа 6 минут. Помогите, пожалуйста."]
        assert await floor.look("12:15") == [
            "Никто не ответил за 15 минут, обращение передано отделу подбора."
        ]
        ticket = await floor.ticket()
        assert (ticket.department, ticket.status, ticket.summary) == ("help", "open", "Цена?")
        assert ticket.waiting_since == at("12:00")
        assert await floor.told() == [
            "Сейчас все сотрудники заняты, поэтому передал ваш вопрос отделу подбора. "
            "Вам ответят здесь в течение 10 минут."
        ]
        groups = [(notice.group_id, notice.loud) for notice in await floor.rows(DeskNotice)]
        assert groups == [(SALES, True), (SALES, True), (SALES, False)]

    async def test_those_who_help_out_have_their_own_time_and_do_not_give_it_back(self, floor: Floor) -> None:
        await floor.opens("12:00")
        await floor.look("12:15")
        assert await floor.look("12:17:59") == []
        assert await floor.look("12:18") == ["Иван ждёт ответа 18 минут."]
        await floor.look("12:21")
        called = "Марина, Иван ждёт ответа 30 минут. Помогите, пожалуйста."
        assert await floor.look("12:30") == [called]
        assert (await floor.ticket()).department == "help"
        assert len(await floor.told()) == 1
        assert await floor.look("19:00") == []
        kinds = [(e.kind, e.department, e.details.get("stage")) for e in await floor.rows(TicketEvent)]
        assert kinds[1:] == [
            ("escalated", "sales", "next_department"),
            ("transferred", "sales", None),
            ("told", "help", None),
            ("reminded", "help", None),
            ("escalated", "help", "manager"),
            ("escalated", "help", "next_department"),
        ]

    async def test_from_hand_to_hand_the_customer_is_told_once(
        self, sqlite_sessions: Sessions, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dealer = showroom(help_={"next_department": "office"})
        floor = floor_of(sqlite_sessions, monkeypatch, dealer)
        await floor.opens("12:00")
        await floor.look("12:15")
        await floor.look("12:30")
        assert (await floor.ticket()).department == "office"
        assert len(await floor.told()) == 1

    async def test_a_customer_without_a_name(
        self, sqlite_sessions: Sessions, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        floor = floor_of(sqlite_sessions, monkeypatch, showroom())
        ticket = await floor.opens("12:00")
        who = f"Клиент {ticket.conversation_id}"
        async with sqlite_sessions.begin() as session:
            (await session.scalars(select(Conversation))).one().name = None
        assert await floor.look("12:03") == [f"{who} ждёт ответа 3 минуты."]
        assert await floor.look("12:06") == [f"Марина, {who} ждёт ответа 6 минут. Помогите, пожалуйста."]

    async def test_what_he_asks_meanwhile_does_not_begin_it_anew(self, floor: Floor) -> None:
        ticket = await floor.opens("12:00")
        await floor.writes(ticket, "12:02")
        await floor.opens("12:02:30")
        assert await floor.look("12:03") == ["Иван ждёт ответа 3 минуты."]
        assert await floor.look("12:05:59") == []

    async def test_where_no_department_has_a_desk_others_help_out_too(
        self, sqlite_sessions: Sessions, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dealer = showroom(sales={"desk": None}, help_={"desk": None}, office={"desk": None})
        floor = floor_of(sqlite_sessions, monkeypatch, dealer)
        await floor.opens("12:00")
        assert await floor.look("12:06") == []
        await floor.look("12:15")
        assert (await floor.ticket()).department == "help"
        kinds = [event.kind for event in await floor.rows(TicketEvent)]
        assert kinds == ["opened", "escalated", "transferred", "told"], "nobody was reminded"

    async def test_those_who_share_a_group_hear_there_that_it_is_theirs_now(
        self, sqlite_sessions: Sessions, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        floor = floor_of(sqlite_sessions, monkeypatch, showroom(help_={"desk": None}))
        await floor.opens("12:00")
        await floor.look("12:15")
        (moved,) = await floor.rows(DeskNotice)
        assert moved.words == "Никто не ответил за 15 минут, обращение передано отделу подбора."
        assert (moved.group_id, moved.loud) == (SALES, True)
        assert await floor.look("12:18") == ["Иван ждёт ответа 18 минут."]
        assert (await floor.rows(DeskNotice))[-1].group_id == SALES


class TestItIsCalledOff:
    async def test_by_an_answer_until_he_writes_again(self, floor: Floor) -> None:
        ticket = await floor.opens("12:00")
        await floor.is_claimed(ticket)
        assert await floor.look("12:03") == ["Иван ждёт ответа 3 минуты."], "taken, and not answered"
        await floor.is_answered(ticket)
        assert await floor.undone() == ["resolve"]
        assert await floor.look("13:00") == []
        await floor.writes(ticket, "13:00")
        assert await floor.look("13:02:59") == []
        assert await floor.look("13:03") == ["Иван ждёт ответа 3 минуты."]

    async def test_by_the_end(self, floor: Floor) -> None:
        ticket = await floor.opens("12:00")
        async with floor.sessions.begin() as session:
            await close(session, ticket.id, OLEG, "returned")
        assert await floor.undone() == []
        assert await floor.watch.next_due() is None

    async def test_by_a_transfer_which_gives_the_others_their_time(self, floor: Floor) -> None:
        ticket = await floor.opens("12:00")
        floor.moment = at("12:10")
        async with floor.sessions.begin() as session:
            await transfer(session, ticket.id, "office", OLEG, floor.dealer)
        assert await floor.look("12:12:59") == []
        assert await floor.look("12:13") == ["Иван ждёт ответа 13 минут."]
        assert (await floor.rows(DeskNotice))[-1].group_id == OFFICE

    async def test_when_he_was_answered_while_it_was_being_taken(
        self, floor: Floor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = asyncio.Event()

        async def found_and_locked(session: AsyncSession, conversation_id: int) -> Conversation:
            found.set()
            return await lock(session, conversation_id)

        monkeypatch.setattr(bot.desk.watch, "lock", found_and_locked)
        ticket = await floor.opens("12:00")
        floor.moment = at("12:03")
        async with floor.sessions.begin() as session:
            await lock(session, ticket.conversation_id)
            looking = asyncio.create_task(floor.watch.do_due())
            await found.wait()
            await staff_said(session, await session.get_one(Ticket, ticket.id), OLEG, floor.now())
        assert await looking is None
        assert await floor.rows(DeskNotice) == []


class TestOutOfHours:
    async def test_minutes_count_only_while_the_department_is_open(self, floor: Floor) -> None:
        await floor.opens("19:58")
        assert await floor.look("20:30") == []
        assert await floor.look("09:00:59", THURSDAY) == []
        assert await floor.look("09:01", THURSDAY) == ["Иван ждёт ответа 3 минуты."]

    async def test_at_the_moment_of_closing_it_is_put_off_to_the_opening(self, floor: Floor) -> None:
        await floor.opens("19:57")
        assert await floor.look("20:00") == []
        assert await floor.look("08:59:59", THURSDAY) == []
        assert await floor.look("09:00", THURSDAY) == ["Иван ждёт ответа 3 минуты."]

    async def test_after_a_night_without_a_gateway_only_the_last_stage_is_done_in_the_morning(
        self, floor: Floor
    ) -> None:
        await floor.opens("19:50")
        assert await floor.look("23:00") == []
        assert await floor.look("09:00", THURSDAY) == [
            "Марина, Иван ждёт ответа 10 минут. Помогите, пожалуйста."
        ]
        assert await floor.look("09:04:59", THURSDAY) == []

    async def test_after_an_hour_without_one_too(self, floor: Floor) -> None:
        await floor.opens("12:00")
        assert await floor.look("13:00") == ["Никто не ответил за 1 ч, обращение передано отделу подбора."]

    async def test_a_department_that_is_closed_for_a_month_is_not_watched(
        self, sqlite_sessions: Sessions, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        floor = floor_of(sqlite_sessions, monkeypatch, showroom(sales={"hours": {"mon-sun": "выходной"}}))
        await floor.opens("12:00")
        assert await floor.undone() == []


class TestOnce:
    async def test_whoever_looks(self, floor: Floor) -> None:
        await floor.opens("12:00")
        floor.moment = at("12:15")
        await asyncio.gather(*(Watch(floor.sessions, floor.dealer, Wake()).do_due() for _ in range(4)))
        assert len(await floor.rows(DeskNotice)) == 1
        assert len(await floor.told()) == 1

    async def test_after_a_crash_in_the_middle(self, floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
        await floor.opens("12:00")
        floor.moment = at("12:15")
        with monkeypatch.context() as dying:
            dying.setattr(bot.desk.watch, "put", _die)
            with pytest.raises(ConnectionError):
                await floor.watch.do_due()
        assert (await floor.ticket()).department == "sales"
        assert len(await floor.look("12:15")) == 1
        assert len(await floor.told()) == 1


async def _die(*_arguments: object, **_named: object) -> None:
    raise ConnectionError


class TestNobodyCanHelpOut:
    @pytest.mark.parametrize(
        "help_",
        [
            {"hours": {"mon-sun": "выходной"}},
            {"hours": {"mon-sun": "09:00-12:20"}},  # at 12:15 it has five minutes, and needs ten
        ],
    )
    async def test_the_manager_is_called_once_more(
        self, sqlite_sessions: Sessions, monkeypatch: pytest.MonkeyPatch, help_: dict[str, Any]
    ) -> None:
        floor = floor_of(sqlite_sessions, monkeypatch, showroom(help_=help_))
        await floor.opens("12:00")
        await floor.look("12:06")
        assert await floor.look("12:15") == ["Марина, Иван ждёт ответа 15 минут. Помогите, пожалуйста."]
        assert await floor.look("19:59") == []
        assert (await floor.ticket()).department == "sales"
        assert await floor.told() == []

    async def test_what_a_person_has_taken_stays_his(self, floor: Floor) -> None:
        await floor.is_claimed(await floor.opens("12:00"))
        await floor.look("12:06")
        assert await floor.look("12:15") == ["Марина, Иван ждёт ответа 15 минут. Помогите, пожалуйста."]
        assert (await floor.ticket()).claimed_name == "Олег"


class TestTheCustomerIsNotTold:
    async def test_when_he_forbade_messages(self, floor: Floor) -> None:
        await floor.opens("12:00")
        async with floor.sessions.begin() as session:
            (await session.scalars(select(Conversation))).one().blocked_at = floor.now()
        await floor.look("12:15")
        assert (await floor.ticket()).department == "help"
        assert await floor.told() == []

    async def test_while_another_person_talks_with_him(self, floor: Floor) -> None:
        await floor.opens("12:00")
        await floor.is_claimed(await floor.opens("12:00", "office"))
        await floor.look("12:15")
        assert await floor.told() == []

    async def test_of_a_department_that_has_his_question_already(self, floor: Floor) -> None:
        await floor.is_claimed(await floor.opens("12:00", "help"))
        await floor.opens("12:00")
        await floor.look("12:15")
        assert {ticket.department: ticket.status for ticket in await floor.rows(Ticket)} == {
            "sales": "closed",
            "help": "claimed",
        }
        assert await floor.told() == []


class TestNotClosed:
    WORDS = (
        "Олег, обращение ещё не закрыто (Иван), поэтому бот в этой переписке молчит. "
        "Если вопрос решён, нажмите «Закрыть» или «Вернуть боту»."
    )

    async def test_who_took_it_is_reminded_after_eight_hours_of_work_and_again(self, floor: Floor) -> None:
        ticket = await floor.opens("11:00")
        await floor.is_claimed(ticket)
        await floor.is_answered(ticket)
        assert await floor.look("18:59:59") == []
        assert await floor.look("19:00") == [self.WORDS]
        assert await floor.look("15:59", THURSDAY) == []
        assert await floor.look("16:00", THURSDAY) == [self.WORDS], "an hour of Wednesday, seven of Thursday"
        (one, _) = await floor.rows(DeskNotice)
        assert (one.calls, one.loud) == ("telegram:5", True)

    async def test_not_who_has_only_just_taken_it(self, floor: Floor) -> None:
        ticket = await floor.opens("11:00", "office")
        await floor.look("18:00")
        await floor.is_claimed(ticket)
        await floor.is_answered(ticket)
        assert await floor.look("19:00") == []
        assert await floor.look("14:59", THURSDAY) == []
        assert await floor.look("15:00", THURSDAY) == [self.WORDS]

    async def test_not_who_answered_in_the_messenger_and_left(self, floor: Floor) -> None:
        ticket = await floor.opens("11:00")
        async with floor.sessions.begin() as session:
            await take_over(session, ticket.conversation_id, "sales")
        assert await floor.look("19:00") == []


async def test_who_is_called_hears_it_in_telegram(floor: Floor) -> None:
    await floor.opens("12:00")
    await floor.look("12:06")
    (notice,) = await floor.rows(DeskNotice)
    (post,), _ = posts([line_of(notice)], DEALER.zone)
    assert post == (
        '<i><a href="tg://user?id=77">Марина</a>, Иван ждёт ответа 6 минут. Помогите, пожалуйста.</i>'
    )


async def test_a_manager_without_an_account_is_named(
    sqlite_sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor = floor_of(sqlite_sessions, monkeypatch, showroom(sales={"people": [{"name": "Марина"}]}))
    await floor.opens("12:00")
    (words,) = await floor.look("12:06")
    (notice,) = await floor.rows(DeskNotice)
    assert words.startswith("Марина, ")
    assert notice.calls is None


async def test_a_running_gateway_does_it(floor: Floor) -> None:
    await floor.opens("12:00")
    floor.moment = at("12:15")
    channel = FakeChannel()
    async with aiohttp.ClientSession() as http:
        rasa = Rasa(http, ["http://127.0.0.1:9"], timeout=1)
        running = working(
            floor.sessions, rasa, {"fake": channel}, inbox=Wake(), metrics=Metrics(), dealer=floor.dealer
        )
        async with running, asyncio.timeout(30):
            await channel.delivered.wait()
    assert channel.texts == await floor.told()


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(1, "1 минуту"), (3, "3 минуты"), (12, "12 минут"), (60, "1 ч"), (125, "2 ч 5 мин")],
)
def test_how_long_he_waits_in_words(minutes: int, words: str) -> None:
    assert spoken(minutes) == words


def test_how_soon_he_is_answered_in_words() -> None:
    assert [minutes_within(n) for n in (1, 10, 22)] == [
        "в течение 1 минуты",
        "в течение 10 минут",
        "в течение 22 минут",
    ]
