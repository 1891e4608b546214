"""A small stock, the real dealer.yml and the real texts."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.say import Texts
from bot.db import Base, Sessions, database
from bot.dealer import Dealer, load_dealer
from bot.settings import ROOT
from tests.actions.dialogue import Dialogue
from tests.actions.stock import IDS, cars


@pytest.fixture(scope="session")
def responses() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["responses"])


@pytest.fixture(scope="session")
def dealer() -> Dealer:
    return load_dealer(ROOT / "dealer.yml")


async def _fill(path: Path) -> None:
    async with database(f"sqlite:///{path}") as sessions, sessions() as session, session.begin():
        connection = await session.connection()
        await connection.run_sync(Base.metadata.create_all)
        session.add_all(cars())


@pytest.fixture(scope="session")
def filled_stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stock") / "stock.db"
    asyncio.run(_fill(path))
    return path


@pytest.fixture
async def stock(filled_stock: Path, tmp_path: Path) -> AsyncIterator[Sessions]:
    """Each test has a copy of its own."""
    shutil.copy(filled_stock, tmp_path / "stock.db")
    async with database(f"sqlite:///{tmp_path / 'stock.db'}") as sessions:
        yield sessions


@pytest.fixture
def talk(stock: Sessions, dealer: Dealer, responses: dict[str, Any]) -> Dialogue:
    """A new customer."""
    return Dialogue(stock, dealer, Texts(responses))


@pytest.fixture
def solaris(talk: Dialogue) -> Dialogue:
    """A talk about the white Solaris."""
    talk.meta["focus_car_id"] = IDS["solaris_white"]
    return talk
