"""The numbers of departments and people are those that one reckons by hand from these logs."""

import asyncio
import csv
import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal
from xml.etree import ElementTree

import pytest
from click.testing import Result
from typer.testing import CliRunner

from bot.channels.base import Outgoing
from bot.contract import OpenedTicket
from bot.conversations import Conversation, Message
from bot.db import Sessions, database
from bot.desk import speak
from bot.desk.models import EventKind, Ticket, TicketEvent
from bot.desk.rating import Rating, rate
from bot.desk.staff import Staff
from bot.desk.tickets import claim, close, open_ticket, transfer
from bot.leads.models import Lead
from bot.reports.cli import app
from bot.reports.departments import (
    Answers,
    Times,
    Work,
    answers,
    departments,
    online,
    people,
    read_log,
    waits,
)
from bot.reports.funnel import Period
from bot.settings import ROOT
from tests.spine import DEALER

JUNE = Period(dt.datetime(2026, 6, 1, tzinfo=DEALER.zone), dt.datetime(2026, 7, 1, tzinfo=DEALER.zone))
ALWAYS = Period(dt.datetime(2000, 1, 1, tzinfo=dt.UTC), dt.datetime(2100, 1, 1, tzinfo=dt.UTC))

ALEXEY = Staff("telegram:1", "Алексей Громов")
SVETLANA = Staff("telegram:2", "Светлана Ким")
OLGA = Staff("telegram:3", "Ольга Демидова")
MESSENGER = Staff("messenger", "")
USED, CREDIT = "used_cars", "credit"

Who = Staff | Literal["bot", "customer"]

# Ticket (and conversation), when, whose ticket it was then, what happened, who did it, and more of it.
# Used cars are open from 10 to 20, the 10th and the 11th are a Wednesday and a Thursday.
LOG: tuple[tuple[int, str, str, EventKind | Literal["wrote"], Who, dict[str, Any]], ...] = (
    # Answered after 5 minutes, after 1, and after 10.
    (1, "06-10 12:00", USED, "opened", "bot", {}),
    (1, "06-10 12:04", USED, "claimed", ALEXEY, {}),
    (1, "06-10 12:05", USED, "answered", ALEXEY, {}),
    (1, "06-10 12:10", USED, "wrote", "customer", {}),
    (1, "06-10 12:10:30", USED, "wrote", "customer", {}),  # he waits already
    (1, "06-10 12:11", USED, "answered", ALEXEY, {}),
    (1, "06-10 12:12", USED, "answered", ALEXEY, {}),  # one word more
    (1, "06-10 12:20", USED, "wrote", "customer", {}),
    (1, "06-10 12:30", USED, "answered", ALEXEY, {}),
    (1, "06-10 12:31", USED, "closed", ALEXEY, {}),
    (1, "06-10 12:35", USED, "wrote", "customer", {}),  # to the bot
    (1, "06-10 12:40", USED, "rated", "bot", {"stars": 4}),
    (1, "06-10 12:41", USED, "rated", "bot", {"stars": 5}),
    # One minute before closing and two after opening.
    (2, "06-10 19:59", USED, "opened", "bot", {}),
    (2, "06-11 10:01", USED, "claimed", SVETLANA, {}),
    (2, "06-11 10:02", USED, "answered", SVETLANA, {}),
    (2, "06-11 10:10", USED, "closed", SVETLANA, {}),
    (2, "06-11 10:20", USED, "rated", "bot", {"stars": 2}),
    # Nobody took it, another department did.
    (3, "06-10 13:00", USED, "opened", "bot", {}),
    (3, "06-10 13:03", USED, "reminded", "bot", {}),
    (3, "06-10 13:06", USED, "escalated", "bot", {"stage": "manager"}),
    (3, "06-10 13:15", USED, "escalated", "bot", {"stage": "next_department"}),
    (3, "06-10 13:15", USED, "transferred", "bot", {"to": CREDIT}),
    (3, "06-10 13:16", CREDIT, "claimed", OLGA, {}),
    (3, "06-10 13:16:30", CREDIT, "answered", OLGA, {}),
    (3, "06-10 13:20", CREDIT, "closed", OLGA, {}),
    # A person wrote first, in the messenger itself; what the customer asked then is not answered yet.
    (4, "06-10 14:00", USED, "opened", MESSENGER, {}),
    (4, "06-10 14:00", USED, "claimed", MESSENGER, {}),
    (4, "06-10 14:00", USED, "answered", MESSENGER, {}),
    (4, "06-10 14:30", USED, "wrote", "customer", {}),
    # Given to a department that had the question already: it never came there.
    (5, "06-10 15:00", USED, "opened", "bot", {}),
    (5, "06-10 15:01:30", USED, "transferred", OLGA, {"to": CREDIT}),
    (5, "06-10 15:01:30", USED, "closed", OLGA, {}),
    (6, "06-10 15:00", CREDIT, "opened", "bot", {}),
    (6, "06-10 15:01", CREDIT, "claimed", OLGA, {}),
    (6, "06-10 15:01", CREDIT, "answered", OLGA, {}),
    # Begun before the period, answered in it.
    (7, "05-31 17:00", USED, "opened", "bot", {}),
    (7, "06-01 10:30", USED, "answered", ALEXEY, {}),
    # Of another month, and the admin's own trial.
    (8, "07-01 10:00", USED, "opened", "bot", {}),
    (9, "06-10 12:00", USED, "opened", "bot", {}),
)
TERMINAL_TICKET = 9
LEADS = (  # conversation, responsible, when
    (1, ALEXEY, "06-10 12:15"),
    (1, SVETLANA, "06-10 12:16"),  # whose he was not to talk with
    (2, ALEXEY, "06-11 10:03"),  # in a conversation that he did not have
    (2, SVETLANA, "06-11 10:04"),
    (7, ALEXEY, "05-31 17:30"),  # before
)
BY_DEPARTMENT = {
    CREDIT: Answers(2, Times(1.25, 1.5), Times(1.25, 1.5), 0, 2, 0, 0, None, 0),
    USED: Answers(5, Times(4, 5), Times(424, 843), 5, 3, 1, 2, 3.5, 2),
}
ALL = Answers(7, Times(2.25, 5), Times(3.25, 843), 5, 5, 1, 2, 3.5, 2)
BY_PERSON = [
    Work("Алексей Громов", 2, 5, 1, dt.timedelta(minutes=1 + 6 + 1 + 1)),  # and 18 of something else
    Work("Ольга Демидова", 2, 1.25, 0, dt.timedelta(minutes=4, seconds=30)),
    Work(None, 1, None, 0, dt.timedelta()),
    Work("Светлана Ким", 1, 3, 1, dt.timedelta(minutes=9)),
]


async def test_departments(sessions: Sessions) -> None:
    await _fill(sessions)
    async with sessions() as session:
        log = await read_log(session, JUNE)
    assert departments(log, DEALER) == BY_DEPARTMENT
    assert answers(log.begun, log, DEALER) == ALL


async def test_a_customer_waits_from_his_first_word_to_the_answer(sqlite_sessions: Sessions) -> None:
    await _fill(sqlite_sessions)
    async with sqlite_sessions() as session:
        log = await read_log(session, JUNE)
    (stay,) = [stay for stay in log.stays if stay.ticket_id == 1]
    assert list(waits(stay, log.written[1], log.now)) == [
        (_at("06-10 12:00"), _at("06-10 12:05")),
        (_at("06-10 12:10"), _at("06-10 12:11")),
        (_at("06-10 12:20"), _at("06-10 12:30")),
    ]


async def test_people(sessions: Sessions) -> None:
    await _fill(sessions)
    async with sessions() as session:
        assert people(await read_log(session, JUNE), DEALER) == BY_PERSON


async def test_nothing_happened(sqlite_sessions: Sessions) -> None:
    async with sqlite_sessions() as session:
        log = await read_log(session, JUNE)
    assert (departments(log, DEALER), people(log, DEALER)) == ({}, [])
    assert answers([], log, DEALER) == Answers(0, Times(None, None), Times(None, None), 0, 0, 0, 0, None, 0)


async def test_what_the_desk_notes_is_what_is_reckoned(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        conversation = Conversation(channel="fake", account="main", chat_id="anna")
        session.add(conversation)
        await session.flush()
        wanted = OpenedTicket(department=USED, reason="asked", topic="price", summary="")
        ticket = await open_ticket(session, conversation, wanted, DEALER)
        await transfer(session, ticket.id, CREDIT, ALEXEY, DEALER)
        await claim(session, ticket.id, OLGA)
        await speak.say(session, conversation, ticket, OLGA, Outgoing(text="Ставка 16,9 %"), "desk:-1:1")
        await close(session, ticket.id, OLGA, "answered")
        await rate(session, conversation, Rating(ticket=ticket.id, stars=3), DEALER)
        own = await open_ticket(session, conversation, wanted, DEALER, staff=ALEXEY)
        await claim(session, own.id, ALEXEY)
    async with sessions() as session:
        log = await read_log(session, ALWAYS)
    found = departments(log, DEALER)
    credit, used = found[CREDIT], found[USED]
    assert (credit.tickets, credit.claimed, credit.transferred, credit.rating) == (1, 1, 0, 3)
    assert (used.tickets, used.claimed, used.transferred, used.rating) == (2, 1, 1, None)
    assert credit.plain.median is not None
    assert [stay.by_bot for stay in log.stays] == [True, True, False]
    assert [(work.name, work.chats) for work in people(log, DEALER)] == [
        ("Ольга Демидова", 1),
        ("Алексей Громов", 0),
    ]


@pytest.mark.parametrize(
    ("minutes", "times"),
    [([7.0], Times(7, 7)), (range(1, 11), Times(5.5, 9)), (range(11, 0, -1), Times(6, 10))],
)
def test_the_middle_and_nine_of_ten(minutes: list[float], times: Times) -> None:
    assert Times.of(minutes) == times


def test_a_quarter_of_an_hour_without_a_deed_is_not_work() -> None:
    assert online([_at("06-10 12:00"), _at("06-10 12:15"), _at("06-10 12:29:59")]) == dt.timedelta(
        minutes=14, seconds=59
    )


@pytest.fixture
def filled(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("DEALER_FILE", str(ROOT / "dealer.yml"))
    monkeypatch.setenv("COLUMNS", "220")
    asyncio.run(_fill_database(sqlite_url))


def test_the_command_prints_tables_and_draws_a_picture(filled: None, tmp_path: Path) -> None:
    picture = tmp_path / "departments.svg"
    shown = _run("--picture", str(picture)).output
    assert _cells(shown, "отдел автомобилей с пробегом") == [
        *["5", "4", "5", "424", "843", "5", "3", "1", "2", "3,5", "2"],
    ]
    assert _cells(shown, "кредитный отдел")[-2:] == ["—", "0"]
    assert _cells(shown, "всего")[0] == "7"
    assert "раб. мин — минуты, когда отдел открыт" in shown
    assert _cells(shown, "Ольга Демидова") == ["2", "1,2", "0", "4,5"]
    assert _cells(shown, "в самом мессенджере") == ["1", "—", "0", "0"]
    drawn = [node.text for node in ElementTree.parse(picture).iter("{http://www.w3.org/2000/svg}text")]
    assert "Отделы 01.06.2026 – 30.06.2026" in drawn
    panel = drawn[drawn.index("Средняя оценка") :]
    assert panel[1:] == ["отдел автомобилей с пробегом", "3,5"], "the other has none"


@pytest.mark.parametrize("columns", [80, 100, 140])
def test_on_a_narrow_terminal_nothing_is_cut_and_heads_break_at_words(
    filled: None, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    shown = _run().output
    assert "…" not in shown
    assert max(len(line) for line in shown.splitlines()) <= columns
    words = {word for line in shown.splitlines() for word in line.split()}
    assert words >= {"обращения", "первый", "ответ,", "пропущено", "эскалации", "оценок", "контакты"}
    assert words >= {"автомобилей", "пробегом", "кредитный", "Громов"}, "names too"


def test_the_command_writes_for_a_spreadsheet(filled: None) -> None:
    rows = list(csv.reader(io.StringIO(_run("--csv").output), delimiter=";"))
    empty = rows.index([])
    by_department, by_person = rows[:empty], rows[empty + 1 :]
    assert [row[:2] for row in by_department] == [
        ["отдел", "обращения"],
        ["кредитный отдел", "2"],
        ["отдел автомобилей с пробегом", "5"],
        ["всего", "7"],
    ]
    assert by_person[0][0] == "сотрудник"
    assert by_person[2] == ["Ольга Демидова", "2", "1,2", "0", "4,5"]


def _at(moment: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"2026-{moment}").replace(tzinfo=DEALER.zone)


async def _fill(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        for number in sorted({row[0] for row in LOG}):
            channel = "terminal" if number == TERMINAL_TICKET else "fake"
            session.add(Conversation(id=number, channel=channel, account="main", chat_id=str(number)))
        await session.flush()
        session.add_all(_tickets())
        await session.flush()
        for number, moment, department, kind, who, details in LOG:
            if kind == "wrote":
                session.add(Message(conversation_id=number, direction="in", text="?", at=_at(moment)))
                continue
            staff = who if isinstance(who, Staff) else Staff("", "")
            session.add(
                TicketEvent(
                    ticket_id=number,
                    kind=kind,
                    department=department,
                    by=staff.id or None,
                    name=staff.name or None,
                    details=details,
                    at=_at(moment),
                )
            )
            await session.flush()  # their order is that of their numbers
        session.add_all(_leads())


def _tickets() -> Iterator[Ticket]:
    for number in sorted({row[0] for row in LOG}):
        of_it = [row for row in LOG if row[0] == number]
        closed = next((_at(row[1]) for row in of_it if row[3] == "closed"), None)
        yield Ticket(
            id=number,
            conversation_id=number,
            department=of_it[-1][2],
            reason="asked",
            topic="price",
            summary="",
            status="closed" if closed else "open",
            opened_at=_at(of_it[0][1]),
            closed_at=closed,
        )


def _leads() -> Iterator[Lead]:
    for number, (conversation_id, responsible, moment) in enumerate(LEADS, 1):
        yield Lead(
            conversation_id=conversation_id,
            phone=f"+7900000{number:04}",
            step="call_back",
            topic="price",
            department=USED,
            channel="fake",
            account="main",
            responsible=responsible.name,
            summary="",
            created_at=_at(moment),
        )


async def _fill_database(url: str) -> None:
    async with database(url) as sessions:
        await _fill(sessions)


def _cells(output: str, name: str) -> list[str]:
    """What stands beside this name in all tables."""
    lines = (line.strip() for line in output.splitlines())
    return [cell for line in lines if line.startswith(name) for cell in line.removeprefix(name).split()]


def _run(*arguments: str) -> Result:
    dates = ("--from", "2026-06-01", "--to", "2026-06-30")
    result = CliRunner().invoke(app, ["departments", *dates, *arguments])
    assert result.exit_code == 0, result.output
    return result
