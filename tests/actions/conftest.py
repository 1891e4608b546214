"""A small stock, the real dealer.yml and the real texts."""

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
from tests.actions.stock import cars


@pytest.fixture(scope="session")
def responses() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["responses"])


@pytest.fixture(scope="session")
def dealer() -> Dealer:
    return load_dealer(ROOT / "dealer.yml")


@pytest.fixture
async def stock(tmp_path: Path) -> AsyncIterator[Sessions]:
    async with database(f"sqlite:///{tmp_path / 'stock.db'}") as sessions:
        async with sessions() as session, session.begin():
            connection = await session.connection()
            await connection.run_sync(Base.metadata.create_all)
            session.add_all(cars())
        yield sessions


@pytest.fixture
def talk(stock: Sessions, dealer: Dealer, responses: dict[str, Any]) -> Dialogue:
    """A new customer."""
    return Dialogue(stock, dealer, Texts(responses))
