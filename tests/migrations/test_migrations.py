"""The migrations make exactly the tables of the models, on both databases."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect

from bot.db import open_engine
from bot.migrate import METADATA, make_room, migrate, upgrade


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


async def test_a_new_database_file_gets_its_folder(tmp_path: Path) -> None:
    await migrate(f"sqlite:///{tmp_path}/var/new/avtootvet.db")
    assert (tmp_path / "var" / "new" / "avtootvet.db").exists()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "postgresql://host/name"])
def test_a_database_without_a_file_needs_no_folder(url: str) -> None:
    make_room(url)


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return compare_metadata(context, METADATA)
