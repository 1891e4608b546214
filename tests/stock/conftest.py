"""Feeds for the tests: the fixtures beside this file and short ones written on the spot."""

import datetime as dt
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from bot.db import Sessions
from bot.stock import importing
from bot.stock.catalogue import load_catalogue, load_options
from bot.stock.feeds.build import Builder
from bot.stock.feeds.detect import detect
from bot.stock.feeds.record import CarRecord, Skipped
from bot.stock.models import Car

FIXTURES = Path(__file__).parent / "fixtures"

Read = Callable[[str | Path], tuple[list[CarRecord], list[Skipped]]]
WriteFeed = Callable[..., Path]


@pytest.fixture(scope="session")
def builder() -> Builder:
    return Builder(load_catalogue(), load_options(), dt.date(2026, 11, 21))


@pytest.fixture(autouse=True)
def _loaded_once(builder: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalogue has thousands of names: read once for all tests."""
    monkeypatch.setattr(importing, "load_catalogue", lambda: builder.catalogue)
    monkeypatch.setattr(importing, "load_options", lambda: builder.options)


@pytest.fixture
def read(builder: Builder) -> Read:
    """Cars and skipped rows of a fixture or a file."""

    def read_file(name: str | Path) -> tuple[list[CarRecord], list[Skipped]]:
        path = FIXTURES / name if isinstance(name, str) else name
        rows = [row if isinstance(row, Skipped) else builder.build(row) for row in detect(path).read(path)]
        return (
            [row for row in rows if isinstance(row, CarRecord)],
            [row for row in rows if isinstance(row, Skipped)],
        )

    return read_file


def vin_of(number: int) -> str:
    return f"XTAGFL110KY{number:06d}"


@pytest.fixture
def write_feed(tmp_path: Path) -> WriteFeed:
    """An auto.ru feed of numbered cars; `extra` is put into each."""

    def write(numbers: Iterable[int], name: str = "main", extra: str = "", price: int = 900_000) -> Path:
        cars = "".join(
            f"<car><mark_id>LADA</mark_id><folder_id>Vesta</folder_id><vin>{vin_of(n)}</vin><unique_id>{n}</unique_id>"
            f"<price>{price}</price>{extra}</car>"
            for n in numbers
        )
        path = tmp_path / f"{name}.xml"
        path.write_text(f"<data><cars>{cars}</cars></data>", encoding="utf-8")
        return path

    return write


async def stock(sessions: Sessions) -> dict[str, Car]:
    """Every car by VIN, or by source id."""
    async with sessions() as session:
        everything = (selectinload(Car.pictures), selectinload(Car.options), selectinload(Car.listings))
        cars = await session.scalars(select(Car).options(*everything))
        return {car.vin or str(car.source_id): car for car in cars}
