"""What an import does to the stock: the rules of docs/decisions/feeds.md."""

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from bot.db import Sessions, utcnow
from bot.errors import FeedError, FeedShrunk
from bot.stock import importing
from bot.stock.feeds.merge import Merge
from bot.stock.importing import import_feed
from bot.stock.models import Car, CarOption, CarPicture, CarSource, Status, StockImport

from .conftest import FIXTURES, WriteFeed, stock, vin_of


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The rules on SQLite alone; test_importing_databases.py goes through them on both databases."""
    return sqlite_url


async def run(sessions: Sessions, path: Path, **options: object) -> tuple[int, ...]:
    report = await import_feed(sessions, str(path), **options)  # type: ignore[arg-type]
    return report.added, report.changed, report.unchanged, report.returned, report.gone


async def test_first_import_fills_the_stock(sessions: Sessions) -> None:
    report = await import_feed(sessions, str(FIXTURES / "autoru_used.xml"))
    assert (report.feed, report.shape, report.seen, report.added) == ("autoru_used", "auto.ru", 3, 3)
    cars = await stock(sessions)
    solaris = cars["Z94K241CBMR200001"]
    assert solaris.vin_reversed == "100002RMBC142K49Z"
    assert [picture.url[-5:] for picture in solaris.pictures] == ["a.jpg", "b.jpg"]
    assert solaris.options[0].name == "Климат-контроль двухзонный"
    assert solaris.listings[0].external_id == "1123456789-abcdef12"
    assert cars["Z94C241BBMR200003"].status is Status.HIDDEN


async def test_every_skipped_row_is_reported(sessions: Sessions) -> None:
    report = await import_feed(sessions, str(FIXTURES / "autoru_used.xml"))
    assert [(row.where, row.reason) for row in report.skipped] == [
        ("№ 4, строка 69", "VIN Z94C241BBMR200003 уже есть в этом фиде (№ 3, строка 61)"),
        ("№ 5, строка 74", "не указана марка"),
        ("№ 6, строка 78", "нет ни VIN (в фиде «Z94C241BBMR2»), ни номера: машину потом не узнать"),
    ]


@pytest.mark.parametrize(
    "name", ["autoru_used.xml", "avito_used.xml", "maxposter.xml", "drom.xml", "yml.xml"]
)
async def test_the_same_feed_again_changes_nothing(sessions: Sessions, name: str) -> None:
    first = await import_feed(sessions, str(FIXTURES / name))
    again = await import_feed(sessions, str(FIXTURES / name))
    assert first.added == first.seen > 0
    assert (again.added, again.changed, again.gone, again.unchanged) == (0, 0, 0, first.seen)


async def test_unchanged_pictures_and_options_are_not_rewritten(sessions: Sessions) -> None:
    async def ids() -> list[int]:
        async with sessions() as session:
            found = [
                *await session.scalars(select(CarPicture.id)),
                *await session.scalars(select(CarOption.id)),
            ]
            return sorted(found)

    await import_feed(sessions, str(FIXTURES / "autoru_used.xml"))
    before = await ids()
    await import_feed(sessions, str(FIXTURES / "autoru_used.xml"))
    assert await ids() == before != []


async def test_changes_of_facts_and_of_pictures_are_seen(sessions: Sessions, write_feed: WriteFeed) -> None:
    await run(sessions, write_feed([1, 2]))
    assert await run(sessions, write_feed([1, 2], price=800_000)) == (0, 2, 0, 0, 0)
    pictures = "<images><image>https://img.example.ru/1.jpg</image></images>"
    assert await run(sessions, write_feed([1, 2], price=800_000, extra=pictures)) == (0, 2, 0, 0, 0)
    car = (await stock(sessions))[vin_of(1)]
    assert (car.price, len(car.pictures)) == (800_000, 1)


async def test_a_fact_the_feed_no_longer_states_becomes_unknown(
    sessions: Sessions, write_feed: WriteFeed
) -> None:
    await run(sessions, write_feed([1], extra="<run>5000</run><color>Белый</color>"))
    await run(sessions, write_feed([1]))
    car = (await stock(sessions))[vin_of(1)]
    assert (car.mileage_km, car.colour) == (None, None)


async def test_a_car_that_vanishes_is_gone_and_comes_back(sessions: Sessions, write_feed: WriteFeed) -> None:
    await run(sessions, write_feed([1, 2, 3]))
    first_seen = (await stock(sessions))[vin_of(3)].first_seen
    assert await run(sessions, write_feed([1, 2])) == (0, 0, 2, 0, 1)
    assert (await stock(sessions))[vin_of(3)].status is Status.GONE
    assert await run(sessions, write_feed([1, 2])) == (0, 0, 2, 0, 0), "gone is counted once"
    assert await run(sessions, write_feed([1, 2, 3])) == (0, 0, 2, 1, 0)
    back = (await stock(sessions))[vin_of(3)]
    assert (back.status, back.first_seen) == (Status.ON_SALE, first_seen)


async def test_sold_by_the_dealer_stays_sold_when_it_leaves_the_feed(
    sessions: Sessions, write_feed: WriteFeed
) -> None:
    await run(sessions, write_feed([1], extra="<availability>продан</availability>"))
    await run(sessions, write_feed([2]))
    assert (await stock(sessions))[vin_of(1)].status is Status.SOLD


async def test_an_id_that_changed_is_the_same_car(sessions: Sessions, write_feed: WriteFeed) -> None:
    await run(sessions, write_feed([1, 2]))
    feed = write_feed([1, 2])
    feed.write_text(feed.read_text().replace("<unique_id>1<", "<unique_id>77<"))
    assert await run(sessions, feed) == (0, 0, 2, 0, 0)
    assert (await stock(sessions))[vin_of(1)].source_id == "77"


async def test_two_cars_that_swap_their_ids_stay_themselves(
    sessions: Sessions, write_feed: WriteFeed
) -> None:
    await run(sessions, write_feed([1, 2]))
    feed = write_feed([1, 2])
    text = (
        feed.read_text().replace("<unique_id>1<", "<unique_id>x<").replace("<unique_id>2<", "<unique_id>1<")
    )
    feed.write_text(text.replace("<unique_id>x<", "<unique_id>2<"))
    assert await run(sessions, feed) == (0, 0, 2, 0, 0)


async def test_a_car_without_vin_is_known_by_its_id_and_gets_its_vin_later(
    sessions: Sessions, write_feed: WriteFeed
) -> None:
    feed = write_feed([1])
    complete = feed.read_text()
    feed.write_text(complete.replace(f"<vin>{vin_of(1)}</vin>", ""))
    assert await run(sessions, feed) == (1, 0, 0, 0, 0)
    feed.write_text(complete)
    assert await run(sessions, feed) == (0, 1, 0, 0, 0)
    feed.write_text(complete.replace(f"<vin>{vin_of(1)}</vin>", ""))
    assert await run(sessions, feed) == (0, 0, 1, 0, 0), "a VIN once known is not forgotten"
    assert list(await stock(sessions)) == [vin_of(1)]


async def test_a_reused_id_with_another_vin_is_another_car(sessions: Sessions, write_feed: WriteFeed) -> None:
    await run(sessions, write_feed([1]))
    feed = write_feed([1])
    feed.write_text(feed.read_text().replace(vin_of(1), vin_of(9)))
    assert await run(sessions, feed) == (1, 0, 0, 0, 1)


# ── two feeds ──


async def test_gone_from_one_feed_but_listed_by_another_is_on_sale(
    sessions: Sessions, write_feed: WriteFeed
) -> None:
    await run(sessions, write_feed([1, 2], name="a"))
    await run(sessions, write_feed([1, 2], name="b"))
    assert await run(sessions, write_feed([2], name="b")) == (0, 0, 1, 0, 0), "b listed it last, a still does"
    assert (await stock(sessions))[vin_of(1)].status is Status.ON_SALE
    assert await run(sessions, write_feed([2], name="a")) == (0, 0, 1, 0, 1)
    assert (await stock(sessions))[vin_of(1)].status is Status.GONE


async def test_a_feed_that_is_no_longer_imported_keeps_nothing_on_sale(
    sessions: Sessions, write_feed: WriteFeed
) -> None:
    await run(sessions, write_feed([1, 2], name="old"))
    await run(sessions, write_feed([1, 2], name="new"))
    async with sessions.begin() as session:
        long_ago = utcnow() - importing.ALIVE_FOR - dt.timedelta(minutes=1)
        await session.execute(update(CarSource).where(CarSource.feed == "old").values(last_seen=long_ago))
    await run(sessions, write_feed([2], name="new"))
    assert (await stock(sessions))[vin_of(1)].status is Status.GONE


async def test_the_last_feed_decides_but_its_silence_erases_nothing(
    sessions: Sessions, write_feed: WriteFeed
) -> None:
    pictures = "<images><image>https://img.example.ru/1.jpg</image></images>"
    rich = f"<complectation_name>Luxe</complectation_name><url>https://auto.ru/sale/1123456789-ab/</url>{pictures}"
    await run(sessions, write_feed([1], name="a", extra=rich))
    url = "<url>https://www.avito.ru/x_3311112222</url>"
    await run(sessions, write_feed([1], name="b", extra=url, price=850_000))
    car = (await stock(sessions))[vin_of(1)]
    assert (car.feed, car.price, car.trim, len(car.pictures)) == ("b", 850_000, "Luxe", 1)
    assert {page.site for page in car.listings} == {"autoru", "avito"}


# ── refusals ──


async def test_a_feed_that_lost_a_third_is_refused_until_forced(
    sessions: Sessions, write_feed: WriteFeed
) -> None:
    await run(sessions, write_feed(range(10)))
    with pytest.raises(FeedShrunk, match="из 10 машин в фиде пропали 4"):
        await run(sessions, write_feed(range(6)))
    assert {car.status for car in (await stock(sessions)).values()} == {Status.ON_SALE}
    assert await run(sessions, write_feed(range(7))) == (0, 0, 7, 0, 3), "three of ten may be a good week"
    assert await run(sessions, write_feed(range(1)), force=True) == (0, 0, 1, 0, 6)


async def test_as_many_cars_but_all_of_them_others_is_shrunk_too(
    sessions: Sessions, write_feed: WriteFeed
) -> None:
    await run(sessions, write_feed(range(10)))
    with pytest.raises(FeedShrunk, match="пропали 10"):
        await run(sessions, write_feed(range(100, 110)))


async def test_a_small_stock_may_lose_most_of_it(sessions: Sessions, write_feed: WriteFeed) -> None:
    await run(sessions, write_feed(range(9)))
    assert await run(sessions, write_feed(range(1))) == (0, 0, 1, 0, 8)


async def test_an_empty_feed_is_refused_until_forced(sessions: Sessions, write_feed: WriteFeed) -> None:
    await run(sessions, write_feed([1]))
    with pytest.raises(FeedShrunk, match="нет ни одной машины"):
        await run(sessions, write_feed([]))
    assert await run(sessions, write_feed([]), force=True) == (0, 0, 0, 0, 1)


async def test_another_feed_of_the_stock_is_not_counted(sessions: Sessions, write_feed: WriteFeed) -> None:
    await run(sessions, write_feed(range(20), name="used"))
    assert await run(sessions, write_feed([100], name="new")) == (1, 0, 0, 0, 0)


# ── all or nothing ──


@pytest.fixture
async def broken_database(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """The second chunk of an import fails."""
    original = Merge.chunk
    calls = iter(range(100))

    async def chunk(self: Merge, records: list[object]) -> None:
        if next(calls) == 1:
            raise ConnectionError("the database went away")
        await original(self, records)  # type: ignore[arg-type]

    monkeypatch.setattr("bot.stock.feeds.spool.CHUNK", 5)
    monkeypatch.setattr(Merge, "chunk", chunk)
    yield


async def test_a_failure_in_the_middle_changes_nothing(
    sessions: Sessions, write_feed: WriteFeed, broken_database: None
) -> None:
    with pytest.raises(ConnectionError):
        await run(sessions, write_feed(range(12)))
    async with sessions() as session:
        for table in (Car, CarSource, StockImport):
            assert await session.scalar(select(func.count()).select_from(table)) == 0


async def test_a_feed_broken_in_its_last_line_changes_nothing(
    sessions: Sessions, write_feed: WriteFeed
) -> None:
    await run(sessions, write_feed([1, 2]))
    feed = write_feed([1, 2, 3], price=1_000_000)
    feed.write_text(feed.read_text().removesuffix("</data>"))
    with pytest.raises(FeedError, match="повреждён"):
        await run(sessions, feed)
    cars = await stock(sessions)
    assert {car.price for car in cars.values()} == {900_000}
    assert len(cars) == 2


async def test_many_chunks_are_one_stock(
    sessions: Sessions, write_feed: WriteFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.stock.feeds.spool.CHUNK", 5)
    seen: list[int] = []
    report = await import_feed(sessions, str(write_feed(range(23))), progress=seen.append)
    assert (report.added, seen) == (23, [5, 10, 15, 20, 23])
    assert await run(sessions, write_feed(range(1, 23))) == (0, 0, 22, 0, 1)


async def test_each_run_is_recorded(sessions: Sessions, write_feed: WriteFeed) -> None:
    await run(sessions, write_feed([1, 2]))
    await run(sessions, write_feed([2, 3]))
    async with sessions() as session:
        runs = await session.scalars(select(StockImport).order_by(StockImport.id))
        assert [(r.feed, r.seen, r.added, r.changed, r.gone, r.skipped) for r in runs] == [
            ("main", 2, 2, 0, 0, 0),
            ("main", 2, 1, 0, 1, 0),
        ]
