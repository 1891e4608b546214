"""The life of a stock on SQLite and on PostgreSQL."""

import pytest
from sqlalchemy import func, select

from bot.db import Sessions
from bot.stock.feeds.merge import Merge
from bot.stock.importing import import_feed
from bot.stock.models import Car, CarSource, Status, StockImport

from .conftest import FIXTURES, WriteFeed, stock, vin_of

SHAPES = ("autoru_used.xml", "avito_used.xml", "maxposter.xml", "drom.xml", "yml.xml", "stock_utf8.csv")


async def test_every_shape_fits_the_columns(sessions: Sessions) -> None:
    for name in SHAPES:
        first = await import_feed(sessions, str(FIXTURES / name))
        again = await import_feed(sessions, str(FIXTURES / name))
        assert first.added == first.seen == again.unchanged


async def test_long_words_are_cut_to_their_columns(sessions: Sessions, write_feed: WriteFeed) -> None:
    long = "Очень длинное слово " * 100
    address = "https://x.ru/" + "a" * 600
    extra = f"<complectation_name>{long}</complectation_name><extras>{long}</extras><url>{address}</url>"
    await import_feed(sessions, str(write_feed([1], extra=extra + f"<color>{long}</color>")))
    car = (await stock(sessions))[vin_of(1)]
    assert (len(str(car.trim)), len(car.options[0].name), car.listings) == (128, 128, [])


async def test_vanish_return_and_two_feeds(sessions: Sessions, write_feed: WriteFeed) -> None:
    await import_feed(sessions, str(write_feed([1, 2, 3], name="a")))
    await import_feed(sessions, str(write_feed([1], name="b")))
    report = await import_feed(sessions, str(write_feed([3], name="a", price=700_000)))
    assert (report.changed, report.gone) == (1, 1)
    cars = await stock(sessions)
    assert [cars[vin_of(n)].status for n in (1, 2, 3)] == [Status.ON_SALE, Status.GONE, Status.ON_SALE]
    report = await import_feed(sessions, str(write_feed([1, 2, 3], name="a")))
    assert (report.returned, report.changed, report.unchanged) == (1, 1, 1)


async def test_a_failure_in_the_middle_changes_nothing(
    sessions: Sessions, write_feed: WriteFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(self: Merge) -> int:
        raise ConnectionError("the database went away")

    monkeypatch.setattr(Merge, "vanish", fail)
    with pytest.raises(ConnectionError):
        await import_feed(sessions, str(write_feed(range(12))))
    async with sessions() as session:
        for table in (Car, CarSource, StockImport):
            assert await session.scalar(select(func.count()).select_from(table)) == 0
