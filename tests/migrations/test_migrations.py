"""The migrations make exactly the tables of the models, on both databases."""

import datetime as dt
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, select, text, update

from bot.db import open_engine, utcnow
from bot.errors import DatabaseAway
from bot.leads.looks import CrmLook
from bot.leads.models import Lead
from bot.migrate import METADATA, alembic_config, make_room, migrate, upgrade


async def test_migrated_database_is_what_the_models_say(database_url: str) -> None:
    engine = open_engine(database_url)
    async with engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
    await engine.dispose()


async def test_upgrading_twice_changes_nothing(database_url: str) -> None:
    engine = open_engine(database_url)
    await upgrade(engine)
    async with engine.connect() as connection:
        tables = await connection.run_sync(lambda c: set(inspect(c).get_table_names()))
    await engine.dispose()
    assert tables == {*METADATA.tables, "alembic_version"}


async def test_what_the_first_release_stored_is_kept(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'old.db'}")
    async with engine.begin() as connection:
        await connection.run_sync(_to_first_release)
        await connection.execute(text(OLD_ROWS[0]))
        await connection.execute(text(OLD_ROWS[1]))
        await connection.execute(text(OLD_ROWS[2]))
    await upgrade(engine)
    async with engine.begin() as connection:
        rows = await connection.execute(text("SELECT conversation_id, text FROM message"))
        assert rows.all() == [(1, "привет")]
        rows = await connection.execute(text("SELECT origin, parts_sent FROM outbox_message"))
        assert rows.all() == [("turn:1", 0)]
        # Ids of deleted rows must not come back: a button's key holds one.
        await connection.execute(text("DELETE FROM outbox_message"))
        await connection.execute(text(OLD_ROWS[2]))
        assert await connection.scalar(text("SELECT id FROM outbox_message")) == 2
    await engine.dispose()


async def test_what_was_said_before_the_history_knew_its_rows_stays(unmigrated_url: str) -> None:
    engine = open_engine(unmigrated_url)
    async with engine.begin() as connection:
        await connection.run_sync(lambda c: command.upgrade(alembic_config(c), "0004"))
        for row in OLD_ROWS:
            await connection.execute(text(row))
    await upgrade(engine)
    async with engine.begin() as connection:
        rows = await connection.execute(text("SELECT text, outbox_id FROM message"))
        assert rows.all() == [("привет", None)]
        # Ids of deleted rows must not come back: browsers and topics hold the last one they have shown.
        await connection.execute(text("DELETE FROM message"))
        await connection.execute(text(OLD_ROWS[1]))
        assert await connection.scalar(text("SELECT id FROM message")) == 2
        await connection.run_sync(lambda c: command.downgrade(alembic_config(c), "0004"))
        rows = await connection.execute(text("SELECT id, text FROM message"))
        assert rows.all() == [(2, "привет")]
    await engine.dispose()


async def test_leads_of_an_earlier_release_get_a_mark_a_source_and_a_history(
    unmigrated_url: str,
) -> None:
    engine = open_engine(unmigrated_url)
    async with engine.begin() as connection:
        await connection.run_sync(_to_first_release)
        await connection.execute(text(OLD_ROWS[0]))
        for number in (1, 2):
            await connection.execute(text(OLD_LEAD.format(number=number)))
    await upgrade(engine)
    async with engine.begin() as connection:
        leads = (await connection.execute(text("SELECT uid, channel, stage, revision FROM lead"))).all()
        assert [row[1:] for row in leads] == [("site", "contact", 1)] * 2
        assert len({row.uid for row in leads}) == 2
        links = await connection.execute(text("SELECT lead_id, conversation_id FROM lead_conversation"))
        assert sorted(links.all()) == [(1, 1), (2, 1)]
        assert await connection.scalar(text("SELECT count(*) FROM lead_stage")) == 2
        await connection.run_sync(lambda c: command.downgrade(alembic_config(c), "0003"))
        phones = await connection.scalars(text("SELECT phone FROM lead ORDER BY id"))
        assert phones.all() == ["+79001234561", "+79001234562"]
    await engine.dispose()


async def test_what_was_told_of_a_lead_is_with_its_chat(unmigrated_url: str) -> None:
    engine = open_engine(unmigrated_url)
    async with engine.begin() as connection:
        await connection.run_sync(_to_first_release)
        await connection.execute(text(OLD_ROWS[0]))
        await connection.execute(text(OLD_LEAD.format(number=1)))
        await connection.execute(text("UPDATE lead SET name = 'Анна', details = '[1]'"))
    await upgrade(engine)
    async with engine.begin() as connection:
        told = await connection.execute(text("SELECT name, CAST(details AS TEXT) FROM lead_conversation"))
        assert told.all() == [("Анна", "[1]")]
    await engine.dispose()


async def test_of_what_was_handed_over_before_only_what_goes_on_is_looked_at(unmigrated_url: str) -> None:
    engine = open_engine(unmigrated_url)
    young = utcnow() - dt.timedelta(days=10)
    leads = [("visit", young), ("deal", young), ("lost", young), ("visit", young - dt.timedelta(days=171))]
    async with engine.begin() as connection:
        await connection.run_sync(_to_first_release)
        await connection.execute(text(OLD_ROWS[0]))
        for number in range(1, 1 + len(leads)):
            await connection.execute(text(OLD_LEAD.format(number=number)))
        await connection.run_sync(lambda c: command.upgrade(alembic_config(c), "0006"))
        for number, (stage, created_at) in enumerate(leads, 1):
            became = {"stage": stage, "created_at": created_at}
            await connection.execute(update(Lead).where(Lead.id == number).values(became))
            await connection.execute(text(HANDED_OVER.format(number=number)))
    await upgrade(engine)
    async with engine.connect() as connection:
        looks = await connection.execute(select(CrmLook.delivery_id, CrmLook.due_at.is_not(None)))
        assert sorted(looks.all()) == [(1, True), (2, False), (3, False), (4, False)]
    await engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def unmigrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'old.db'}"
    return str(request.getfixturevalue("empty_postgres_url"))


OLD_LEAD = (
    "INSERT INTO lead (id, conversation_id, phone, step, topic, department, details, created_at, updated_at)"
    " VALUES ({number}, 1, '+7900123456{number}', 'call_back', 'price', 'used_cars', '{{}}',"
    " '2026-11-21 10:00:00', '2026-11-21 10:00:00')"
)
HANDED_OVER = (
    "INSERT INTO lead_delivery (id, lead_id, system, task, status, wanted, queued_at, next_try_at, record)"
    " VALUES ({number}, {number}, 'amocrm', 'deliver', 'done', 1,"
    " '2026-11-21 10:00:00', '2026-11-21 10:00:00', '{number}')"
)
NOW = "'2026-11-21 10:00:00'"
OLD_ROWS = (
    "INSERT INTO conversation (id, channel, account, chat_id, created_at, earlier_car_ids, asked_topics)"
    f" VALUES (1, 'site', 'main', 'anna', {NOW}, '[]', '[]')",
    "INSERT INTO message (conversation_id, direction, text, extras, at)"
    f" VALUES (1, 'in', 'привет', '{{}}', {NOW})",
    "INSERT INTO outbox_message (conversation_id, channel, origin, body, payloads, send_key, status,"
    f" next_try_at, created_at) VALUES (1, 'site', 'turn:1', '{{}}', '[]', 1, 'queued', {NOW}, {NOW})",
)


def _to_first_release(connection: Connection) -> None:
    command.upgrade(alembic_config(connection), "0001")


async def test_a_database_that_is_away_is_said_without_its_password() -> None:
    with pytest.raises(DatabaseAway) as raised:
        await migrate("postgresql://anna:secret@127.0.0.1:9/avtootvet")
    assert "127.0.0.1:9" in str(raised.value) and "secret" not in str(raised.value)


async def test_a_new_database_file_gets_its_folder(tmp_path: Path) -> None:
    await migrate(f"sqlite:///{tmp_path}/var/new/avtootvet.db")
    assert (tmp_path / "var" / "new" / "avtootvet.db").exists()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "postgresql://host/name"])
def test_a_database_without_a_file_needs_no_folder(url: str) -> None:
    make_room(url)


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return compare_metadata(context, METADATA)
