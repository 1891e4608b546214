"""The funnel's numbers are those that one counts by hand from these rows."""

import asyncio
import datetime as dt
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import Result
from typer.testing import CliRunner

from bot.conversations import Conversation
from bot.db import Sessions, database
from bot.inbox.models import InboxUpdate
from bot.leads.models import Lead, LeadStage, Stage
from bot.reports.cli import app
from bot.reports.funnel import Funnel, Group, Period, funnel, total
from bot.settings import ROOT
from tests.leads.telling import OTHER, PHONE, lead, telling

JUNE = Period(dt.datetime(2026, 6, 1, tzinfo=dt.UTC), dt.datetime(2026, 7, 1, tzinfo=dt.UTC))

# Channel, what the customer did, department and topic of his lead, the stages it came to, and the day.
ROWS: tuple[tuple[str, str, tuple[str, str] | None, tuple[Stage, ...], str], ...] = (
    ("telegram", "start", None, (), "2026-06-01"),  # opened and said nothing
    ("telegram", "text", None, (), "2026-06-02"),
    ("telegram", "text", ("used_cars", "price"), ("contact",), "2026-06-03"),
    ("telegram", "button", ("used_cars", "credit"), ("contact", "worksheet", "lost"), "2026-06-30"),
    ("vk", "text", ("new_cars", "price"), ("contact", "worksheet", "visit", "deal"), "2026-06-15"),
    ("vk", "text", ("new_cars", "visit"), ("contact", "deal"), "2026-06-16"),  # straight to the deal
    ("vk", "blocked", None, (), "2026-06-17"),
    ("site", "text", ("used_cars", "price"), ("contact", "visit"), "2026-05-31"),  # before
    ("site", "text", ("used_cars", "price"), ("contact", "visit"), "2026-07-01"),  # after
    ("terminal", "text", ("used_cars", "price"), ("contact", "deal"), "2026-06-10"),  # the admin's own
)
BY_CHANNEL = {"telegram": Funnel(4, 3, 2, 1, 0, 0), "vk": Funnel(3, 2, 2, 2, 2, 2)}
BY_DEPARTMENT = {"new_cars": Funnel(None, None, 2, 2, 2, 2), "used_cars": Funnel(None, None, 2, 1, 0, 0)}
BY_TOPIC = {
    "credit": Funnel(None, None, 1, 1, 0, 0),
    "price": Funnel(None, None, 2, 1, 1, 1),
    "visit": Funnel(None, None, 1, 1, 1, 1),
}


@pytest.mark.parametrize(
    ("by", "counted"), [("channel", BY_CHANNEL), ("department", BY_DEPARTMENT), ("topic", BY_TOPIC)]
)
async def test_the_numbers_are_right(sessions: Sessions, by: Group, counted: dict[str, Funnel]) -> None:
    await _fill(sessions)
    async with sessions() as session:
        assert await funnel(session, JUNE, by) == counted


async def test_a_corrected_number_counts_once(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(OTHER), chat="first")
        await desk.hear(lead(PHONE), chat="second")
        await desk.hear(lead(OTHER, corrects=True), chat="second")
        assert await _contacts(sessions) == 1
        await desk.hear(lead(PHONE, corrects=True), chat="second")
        assert await _contacts(sessions) == 2, "he wants to be called by both again"


async def _contacts(sessions: Sessions) -> int | None:
    always = Period(dt.datetime(2000, 1, 1, tzinfo=dt.UTC), dt.datetime(2100, 1, 1, tzinfo=dt.UTC))
    async with sessions() as session:
        return (await funnel(session, always, "channel"))["fake"].contacts


async def test_nothing_happened(sqlite_sessions: Sessions) -> None:
    async with sqlite_sessions() as session:
        assert await funnel(session, JUNE, "channel") == {}


def test_a_total_knows_what_every_group_knows() -> None:
    assert total(list(BY_CHANNEL.values())) == Funnel(7, 5, 4, 3, 2, 2)
    assert total(list(BY_TOPIC.values())) == Funnel(None, None, 4, 3, 2, 2)
    assert total([]) == Funnel(0, 0, 0, 0, 0, 0)


def test_the_command_prints_a_table_and_draws_a_picture(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("DEALER_FILE", str(ROOT / "dealer.yml"))
    monkeypatch.setenv("COLUMNS", "160")
    asyncio.run(_fill_database(sqlite_url))
    picture = tmp_path / "funnel.svg"
    dates = ("--from", "2026-06-01", "--to", "2026-06-30")
    shown = _run("funnel", *dates, "--picture", str(picture))
    assert _cells(shown.output, "ВКонтакте") == ["3", "2", "2", "2", "2", "2"]
    assert _cells(shown.output, "всего") == ["7", "5", "4", "3", "2", "2"]
    drawn = [node.text for node in ElementTree.parse(picture).iter("{http://www.w3.org/2000/svg}text")]
    assert "Воронка 01.06.2026 – 30.06.2026" in drawn
    assert "5 (71 %)" in drawn
    by_topic = _run("funnel", *dates, "--by", "topic").output
    assert _cells(by_topic, "Цена") == ["—", "—", "2", "1", "1", "1"]


@pytest.mark.parametrize(
    "wrong", [("--by", "weather"), ("--from", "2026-06-02", "--to", "2026-06-01"), ("--from", "вчера")]
)
def test_a_wrong_question_is_refused(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, wrong: tuple[str, ...]
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("DEALER_FILE", str(ROOT / "dealer.yml"))
    assert _run("funnel", *wrong).exit_code == 2


async def _fill(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        for number, (channel, kind, lead, stages, day) in enumerate(ROWS, 1):
            at = dt.datetime.fromisoformat(f"{day} 12:00+00:00")
            session.add(
                Conversation(id=number, channel=channel, account="main", chat_id=str(number), created_at=at)
            )
            await session.flush()
            session.add(
                InboxUpdate(
                    channel=channel,
                    account="main",
                    update_id=str(number),
                    conversation_id=number,
                    body={"kind": kind},
                )
            )
            if lead is not None:
                session.add(_lead(number, channel, *lead, at))
                await session.flush()
                session.add_all(LeadStage(lead_id=number, stage=stage, by="staff") for stage in stages)


def _lead(number: int, channel: str, department: str, topic: str, at: dt.datetime) -> Lead:
    return Lead(
        id=number,
        conversation_id=number,
        phone=f"+7900000{number:04}",
        step="call_back",
        topic=topic,
        department=department,
        channel=channel,
        account="main",
        responsible="Алексей Громов",
        summary="",
        created_at=at,
    )


async def _fill_database(url: str) -> None:
    async with database(url) as sessions:
        await _fill(sessions)


def _cells(output: str, name: str) -> list[str]:
    line = next(line for line in output.splitlines() if name in line)
    return line.partition(name)[2].split()


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))
