"""The list of contacts that nobody has taken up, which is to be empty."""

import asyncio
import datetime as dt

import pytest
from click.testing import Result
from sqlalchemy import update
from typer.testing import CliRunner

from bot.conversations import Conversation
from bot.db import Sessions, database, utcnow
from bot.leads.crm.base import CrmRefused
from bot.leads.models import Lead, LeadDelivery, LeadStage
from bot.reports.cli import app, spoken_age
from bot.reports.contacts import stuck_contacts
from bot.settings import ROOT
from tests.leads.telling import GIVEN, OTHER, Telling, lead, telling
from tests.spine import DEALER

NOW = dt.timedelta()


async def test_it_is_empty_when_every_contact_is_with_a_manager(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        await desk.tell()
        assert await _reasons(desk) == []


async def test_each_thing_that_is_missing_is_named(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), chat="silent")
        await desk.hear(lead(OTHER), GIVEN, chat="refused")
        desk.crm.troubles = [CrmRefused("нет права CRM")]
        await desk.tell()
        await desk.hear(lead("+79005550000"), GIVEN, chat="queued")
        async with sessions.begin() as session:
            left = update(Lead).where(Lead.phone == OTHER).values(responsible="Кто-то уволенный")
            await session.execute(left)
        assert await _reasons(desk) == [
            ("нет согласия на обработку данных",),
            ("нет ответственного из dealer.yml", "fake: записи нет (нет права CRM)"),
            ("fake: записи нет",),
        ]


async def test_oldest_come_first_and_young_ones_may_be_left_out(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), chat="young")
        await desk.hear(lead(OTHER), chat="old")
        async with sessions.begin() as session:
            earlier = utcnow() - dt.timedelta(hours=3)
            await session.execute(update(Lead).where(Lead.phone == OTHER).values(created_at=earlier))
        async with sessions() as session:
            found = await stuck_contacts(session, DEALER, ["fake"], older=NOW)
            old = await stuck_contacts(session, DEALER, ["fake"], older=dt.timedelta(hours=1))
        assert found[0].lead.phone == OTHER
        assert [stuck.lead.phone for stuck in old] == [OTHER]


async def test_what_people_have_ended_is_theirs(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead())
        async with sessions.begin() as session:
            await session.execute(update(Lead).values(stage="lost"))
        assert await _reasons(desk) == []


async def test_a_deletion_that_a_system_refused_is_named(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        await desk.tell()
        await desk.hear({"custom": {"effect": "forget_me"}})
        assert await _reasons(desk) == [("fake: данные ещё не удалены",)]
        desk.crm.troubles = [CrmRefused("сделка завершена")]
        await desk.tell()
        assert await _reasons(desk) == [("fake: данные ещё не удалены (сделка завершена)",)]


async def test_a_system_that_was_connected_later_misses_nothing_of_the_past(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        await desk.tell()
        async with sessions() as session:
            assert await stuck_contacts(session, DEALER, ["fake", "mail"], older=NOW) == []


async def test_without_any_system_contacts_are_stuck(sqlite_sessions: Sessions) -> None:
    async with telling(sqlite_sessions) as desk:
        await desk.hear(lead())
        async with sqlite_sessions.begin() as session:
            await session.execute(LeadDelivery.__table__.delete())
        async with sqlite_sessions() as session:
            (stuck,) = await stuck_contacts(session, DEALER, [], older=NOW)
        assert stuck.reasons == ("ни одна CRM не подключена",)


@pytest.fixture
def _environment(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("DEALER_FILE", str(ROOT / "dealer.yml"))
    monkeypatch.setenv("COLUMNS", "200")
    return sqlite_url


def test_the_command_fails_while_the_list_is_not_empty(_environment: str) -> None:
    assert _run("contacts").exit_code == 0
    asyncio.run(_one_lead(_environment))
    shown = _run("contacts")
    assert (shown.exit_code, "+7900***4567" in shown.output) == (1, True)
    assert "ни одна CRM не подключена" in shown.output
    assert "+79001234567" in _run("contacts", "--full").output


@pytest.mark.parametrize(
    ("age", "spoken"),
    [({"minutes": 5}, "5 мин"), ({"minutes": 135}, "2 ч 15 мин"), ({"hours": 51}, "2 дн 3 ч")],
)
def test_ages_are_spoken(age: dict[str, int], spoken: str) -> None:
    assert spoken_age(dt.timedelta(**age)) == spoken


async def _reasons(desk: Telling) -> list[tuple[str, ...]]:
    async with desk.gateway.sessions() as session:
        found = await stuck_contacts(session, DEALER, [desk.crm.name], older=NOW)
    return [stuck.reasons for stuck in sorted(found, key=lambda stuck: stuck.lead.id)]


async def _one_lead(url: str) -> None:
    async with database(url) as sessions, sessions.begin() as session:
        session.add(Conversation(id=1, channel="site", account="main", chat_id="anna"))
        await session.flush()
        session.add(
            Lead(
                id=1,
                conversation_id=1,
                phone="+79001234567",
                step="call_back",
                topic="price",
                department="used_cars",
                channel="site",
                account="main",
                responsible="Алексей Громов",
                summary="",
            )
        )
        await session.flush()
        session.add(LeadStage(lead_id=1, stage="contact", by="bot"))


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))
