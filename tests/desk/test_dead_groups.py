"""A group in which nothing can be shown: another one hears of it, and of who waits behind it."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import select, update

from bot.db import Sessions
from bot.dealer import Dealer
from bot.desk.models import DeskGroup, DeskNotice, Ticket, TicketEvent
from bot.desk.telegram.groups import register
from bot.desk.trouble import is_shown, note_trouble, tell_of_troubles
from tests.desk.floor import HELP, OFFICE, SALES, Floor, at, floor_of, showroom
from tests.desk.staffroom import office
from tests.desk.telegram_desk import PATIENCE, dealer_with, desk_of, minutes_ago, until, visitor
from tests.emulators.telegram import TelegramEmulator

USED, CREDIT, SERVICE = -1, -2, -3
KICKED = "бота удалили из группы"


async def have(sessions: Sessions, *numbers: int) -> None:
    """Groups that have worked for long."""
    for number in numbers:
        await register(sessions, number)
    async with sessions.begin() as session:
        await session.execute(update(DeskGroup).values(since=minutes_ago(60)))


async def becomes(
    sessions: Sessions, number: int, error: str | None, minutes: float = 2, **values: object
) -> None:
    """So many minutes ago."""
    async with sessions.begin() as session:
        await note_trouble(session, number, error)
    async with sessions.begin() as session:
        changed = update(DeskGroup).where(DeskGroup.configured_id == number)
        await session.execute(changed.values(since=minutes_ago(minutes), **values))


async def notices(sessions: Sessions) -> Sequence[DeskNotice]:
    async with sessions() as session:
        return (await session.scalars(select(DeskNotice).order_by(DeskNotice.id))).all()


class TestAnotherGroupIsTold:
    """By `tell_of_troubles`, which every gateway does now and then."""

    DEALER = dealer_with({"used_cars": USED, "credit": CREDIT, "service": SERVICE})

    @pytest.fixture(autouse=True)
    async def groups(self, sessions: Sessions) -> None:
        await have(sessions, USED, CREDIT, SERVICE)

    async def tell(self, sessions: Sessions, dealer: Dealer = DEALER) -> list[DeskNotice]:
        before = await notices(sessions)
        await tell_of_troubles(sessions, dealer)
        return list((await notices(sessions))[len(before) :])

    async def test_the_default_departments_loudly_with_the_reason_and_how_many_wait(
        self, sessions: Sessions
    ) -> None:
        first = await (await visitor(sessions, "Иван")).is_handed_over("credit", waiting_since=minutes_ago(9))
        last = await (await visitor(sessions, "Анна")).is_handed_over("credit")
        await (await visitor(sessions, "Пётр")).is_handed_over("used_cars")
        answered = await visitor(sessions, "Ольга")
        ticket = await answered.is_handed_over("credit")
        await answered.ticket_becomes(ticket, status="claimed", waiting_since=None)
        await becomes(sessions, CREDIT, KICKED)
        (told,) = await self.tell(sessions)
        assert told.words == (
            "Группа не работает: кредитный отдел. Причина: бота удалили из группы. "
            "Администратору больше скажет bot desk check. Там ждут ответа и никому не видны клиенты: 2. "
            f"Забрать обращение сюда: /take_{first}, /take_{last}"
        )
        assert (told.group_id, told.conversation_id, told.loud) == (USED, None, True)

    async def test_of_many_those_can_be_taken_who_wait_for_longest(self, sessions: Sessions) -> None:
        tickets = [
            await (await visitor(sessions, f"{number}")).is_handed_over(
                "credit", waiting_since=minutes_ago(60 - number)
            )
            for number in range(12)
        ]
        await becomes(sessions, CREDIT, KICKED)
        (told,) = await self.tell(sessions)
        assert "клиенты: 12. " in told.words
        assert told.words.endswith(", ".join(f"/take_{ticket}" for ticket in tickets[:10]))

    async def test_where_nobody_waits_it_is_said_too(self, sessions: Sessions) -> None:
        await becomes(sessions, CREDIT, KICKED)
        (told,) = await self.tell(sessions)
        assert told.words.endswith("Ответа там никто не ждёт.")

    async def test_once_whoever_looks_and_however_often(self, sessions: Sessions) -> None:
        await becomes(sessions, CREDIT, KICKED)
        await asyncio.gather(*(tell_of_troubles(sessions, self.DEALER) for _ in range(4)))
        assert len(await notices(sessions)) == 1
        await becomes(sessions, CREDIT, "в группе выключены темы", minutes=5)
        assert await self.tell(sessions) == [], "it is the same trouble, in other words"

    async def test_not_of_what_has_only_just_begun(self, sessions: Sessions) -> None:
        await becomes(sessions, CREDIT, KICKED, minutes=0.5)
        assert await self.tell(sessions) == []

    async def test_since_when_it_fails_does_not_change_with_the_reason(self, sessions: Sessions) -> None:
        await becomes(sessions, CREDIT, KICKED, minutes=2)
        async with sessions.begin() as session:
            await note_trouble(session, CREDIT, "в группе выключены темы")
        assert len(await self.tell(sessions)) == 1

    async def test_the_first_other_one_when_that_of_the_default_department_fails(
        self, sessions: Sessions
    ) -> None:
        await becomes(sessions, USED, KICKED)
        (told,) = await self.tell(sessions)
        assert told.group_id == CREDIT
        # New cars and trade-in are its guests.
        assert "отдел новых автомобилей, отдел автомобилей с пробегом, отдел трейд-ин." in told.words

    async def test_a_third_one_when_who_was_told_fails_too(self, sessions: Sessions) -> None:
        await becomes(sessions, CREDIT, KICKED)
        await self.tell(sessions)
        await becomes(sessions, USED, KICKED)
        assert [told.group_id for told in await self.tell(sessions)] == [SERVICE, SERVICE]

    async def test_nobody_when_none_works_and_then_who_works_first(self, sessions: Sessions) -> None:
        for number in (USED, CREDIT, SERVICE):
            await becomes(sessions, number, "Telegram не принял токен")
        assert await self.tell(sessions) == []
        await becomes(sessions, SERVICE, None, minutes=0)
        assert await self.tell(sessions) == [], "the others may be back in a moment, as after an outage"
        await becomes(sessions, SERVICE, None)
        assert {told.group_id for told in await self.tell(sessions)} == {SERVICE}

    async def test_of_the_end_too_and_of_the_next_trouble_anew(self, sessions: Sessions) -> None:
        await becomes(sessions, CREDIT, KICKED)
        await self.tell(sessions)
        await becomes(sessions, CREDIT, None, minutes=0.5)
        assert await self.tell(sessions) == [], "perhaps it begins again"
        await becomes(sessions, CREDIT, None)
        (told,) = await self.tell(sessions)
        assert told.words == "Группа снова работает: кредитный отдел."
        assert (told.group_id, told.loud) == (USED, False)
        assert await self.tell(sessions) == []
        await becomes(sessions, CREDIT, KICKED)
        assert len(await self.tell(sessions)) == 1

    async def test_a_short_end_in_between_is_nothing_new(self, sessions: Sessions) -> None:
        await becomes(sessions, CREDIT, KICKED)
        await self.tell(sessions)
        await becomes(sessions, CREDIT, None, minutes=0)
        await becomes(sessions, CREDIT, KICKED)
        assert await self.tell(sessions) == []

    async def test_not_of_a_group_that_dealer_yml_names_no_more(self, sessions: Sessions) -> None:
        await becomes(sessions, CREDIT, KICKED)
        assert await self.tell(sessions, dealer_with({"used_cars": USED, "service": SERVICE})) == []

    async def test_a_group_that_has_moved_is_found_by_its_new_number(self, sessions: Sessions) -> None:
        await becomes(sessions, CREDIT, KICKED, chat_id=-1000000000002)
        dealer = dealer_with({"used_cars": USED, "credit": -1000000000002, "service": SERVICE})
        assert [told.group_id for told in await self.tell(sessions, dealer)] == [USED]


class TestWhoWaitsBehindIt:
    """Nobody sees the reminders there: what the manager is called for stands in a group that works."""

    @pytest.fixture
    async def floor(self, sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> Floor:
        floor = floor_of(sessions, monkeypatch, showroom(office={"title": "кредитный отдел"}))
        await have(sessions, SALES, HELP, OFFICE)
        async with sessions.begin() as session:
            await session.execute(update(DeskGroup).values(since=at("10:00")))
        return floor

    async def fails(self, floor: Floor, group: int, since: str = "11:00") -> None:
        async with floor.sessions.begin() as session:
            changed = update(DeskGroup).where(DeskGroup.configured_id == group)
            await session.execute(changed.values(error=KICKED, since=at(since)))

    async def general(self, floor: Floor) -> list[tuple[int, str]]:
        return [(n.group_id, n.words) for n in await floor.rows(DeskNotice) if n.conversation_id is None]

    async def test_the_manager_is_called_there_without_a_word_of_the_customers(self, floor: Floor) -> None:
        await self.fails(floor, OFFICE)
        ticket = await floor.opens("12:00", "office")
        await floor.look("12:03")
        assert await self.general(floor) == []
        await floor.look("12:06")
        called = (
            "Марина, клиент ждёт ответа 6 минут, а группа, где его видно, не работает (кредитный отдел). "
            f"Забрать обращение сюда: /take_{ticket.id}"
        )
        assert await self.general(floor) == [(SALES, called)]
        loud = [(n.loud, n.calls) for n in await floor.rows(DeskNotice) if n.conversation_id is None]
        assert loud == [(True, "telegram:77")]

    async def test_when_it_goes_to_the_next_department_that_is_told_too(self, floor: Floor) -> None:
        await self.fails(floor, SALES)
        await floor.opens("12:00")
        await floor.look("12:15")
        moved = (
            "Клиент ждал ответа 15 минут, а группа, где его видно, не работает (отдел). "
            "Обращение передано отделу подбора."
        )
        assert await self.general(floor) == [(HELP, moved)]

    async def test_while_it_works_or_has_failed_for_a_moment_nobody_else_hears_of_it(
        self, floor: Floor
    ) -> None:
        await self.fails(floor, OFFICE, since="12:05:30")
        await floor.opens("12:00", "office")
        await floor.opens("12:00", "sales")
        await floor.look("12:06")
        assert await self.general(floor) == []
        assert [e.kind for e in await floor.rows(TicketEvent)].count("escalated") == 2

    async def test_nobody_is_called_where_nothing_works(self, floor: Floor) -> None:
        for group in (SALES, HELP, OFFICE):
            await self.fails(floor, group)
        await floor.opens("12:00", "office")
        await floor.look("12:06")
        assert await self.general(floor) == []


class TestTakenFromThere:
    """«/take_7», as the line in General offers it."""

    async def test_it_is_his_who_takes_it_with_a_topic_in_his_group(
        self, telegram: TelegramEmulator, sessions: Sessions
    ) -> None:
        group = telegram.group()
        groups = {"used_cars": group.id, "credit": CREDIT}
        await have(sessions, CREDIT)
        await becomes(sessions, CREDIT, KICKED)
        ivan = await visitor(sessions)
        ticket_id = await ivan.is_handed_over("credit", topic="credit")
        async with office(telegram, sessions, groups) as opened:
            alexey = group.member("Алексей Громов")
            alexey.writes(text=f"/take_{ticket_id}")
            await opened.takes()
            assert group.general[-1].text.startswith("Обращение ваше")
            (ticket,) = await opened.rows(Ticket)
            assert (ticket.department, ticket.status) == ("used_cars", "claimed")
            assert ticket.claimed_name == "Алексей Громов"
            svetlana = group.member("Светлана Ким")
            svetlana.writes(text=f"/take_{ticket_id}")
            await opened.takes()
            assert group.general[-1].text == "Уже ведёт Алексей Громов."
        async with desk_of(telegram, sessions, {"used_cars": group.id}):
            topic = await group.next_topic(PATIENCE)
        assert topic.name == "Иван"

    @pytest.mark.parametrize(
        ("error", "status", "answer"),
        [
            (None, "open", "Обращение видно в своей группе, забирать его не нужно: кредитный отдел."),
            (KICKED, "closed", "Обращение уже закрыто."),
        ],
    )
    async def test_not_what_is_seen_in_its_own_group_nor_what_is_over(
        self,
        telegram: TelegramEmulator,
        sqlite_sessions: Sessions,
        error: str | None,
        status: str,
        answer: str,
    ) -> None:
        group = telegram.group()
        await have(sqlite_sessions, CREDIT)
        await becomes(sqlite_sessions, CREDIT, error)
        ticket_id = await (await visitor(sqlite_sessions)).is_handed_over("credit", status=status)
        async with office(telegram, sqlite_sessions, {"used_cars": group.id, "credit": CREDIT}) as opened:
            group.member().writes(text=f"/take_{ticket_id}")
            await opened.takes()
            assert group.general[-1].text == answer
            (ticket,) = await opened.rows(Ticket)
            assert (ticket.department, ticket.status) == ("credit", status)

    async def test_a_number_that_nobody_has(
        self, telegram: TelegramEmulator, sqlite_sessions: Sessions
    ) -> None:
        group = telegram.group()
        async with office(telegram, sqlite_sessions, {"used_cars": group.id}) as opened:
            group.member().writes(text="/take_999999999")
            await opened.takes()
            assert group.general[-1].text == "Такого обращения нет."


async def test_a_number_that_is_wrong_is_found_before_anybody_is_handed_over(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    """And the group that works tells of it by itself."""
    group = telegram.group()
    groups = {"used_cars": group.id, "credit": -100123}
    await have(sessions, group.id)
    async with desk_of(telegram, sessions, groups):
        await until(sessions, select(DeskGroup.error).filter_by(configured_id=-100123), lambda error: error)
        async with sessions() as session:
            assert not await is_shown(session, dealer_with(groups), "credit")
        async with sessions.begin() as session:
            lasting = update(DeskGroup).where(DeskGroup.configured_id == -100123)
            await session.execute(lasting.values(since=minutes_ago(2)))
        told = await group.next_message(PATIENCE)
    assert told.text.startswith("Группа не работает: кредитный отдел. Причина: такой группы нет")
    telegram.violations.clear()  # to ask for a chat that is not there


async def test_a_group_with_nothing_to_show_is_not_taken_for_mended(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    group = telegram.group()
    group.switches_forum(False)
    ivan = await visitor(sqlite_sessions)
    ticket = await ivan.is_handed_over()
    query = select(DeskGroup.error)
    async with desk_of(telegram, sqlite_sessions, {"used_cars": group.id}) as desk:
        await until(sqlite_sessions, query, lambda error: error)
        await ivan.ticket_is_closed(ticket)
        desk.wake.notify()
        # The next round has nothing to say; what is told then comes from a look at the group.
        await until(sqlite_sessions, query, lambda error: error == "выключены темы: Настройки группы → Темы")
        group.switches_forum(True)
        await until(sqlite_sessions, query, lambda error: error is None)


async def test_who_says_that_all_is_well_while_it_is_not_is_not_believed_for_long(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    """The bot was made an administrator again, say, and topics are still switched off."""
    group = telegram.group()
    group.switches_forum(False)
    await (await visitor(sqlite_sessions)).is_handed_over()
    query = select(DeskGroup.error)
    async with desk_of(telegram, sqlite_sessions, {"used_cars": group.id}):
        await until(sqlite_sessions, query, lambda error: error)
        async with sqlite_sessions.begin() as session:
            await note_trouble(session, group.id, None)
        await until(sqlite_sessions, query, lambda error: error)
