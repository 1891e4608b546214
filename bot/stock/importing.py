"""Importing a feed: read all of it, judge it, write it in one transaction or not at all."""

import asyncio
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Sessions, utcnow
from bot.errors import FeedShrunk
from bot.stock.catalogue import load_catalogue, load_options
from bot.stock.feeds.build import Builder
from bot.stock.feeds.detect import Shape, detect
from bot.stock.feeds.fetch import Limits, feed_name, local_file
from bot.stock.feeds.merge import Merge
from bot.stock.feeds.record import Note, Skipped
from bot.stock.feeds.spool import Spool
from bot.stock.models import OFFERED, Car, CarSource, StockImport

Progress = Callable[[int], None]

MAX_LOSS = 0.30  # of the offered cars; one real feed once came with 27 cars of 77, another with none
MIN_OFFERED = 10  # a yard of nine may well sell three cars in a day
ALIVE_FOR = dt.timedelta(days=7)  # a feed not imported for longer keeps no car on sale


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What one import saw and did. seen = added + changed + unchanged + returned."""

    feed: str
    shape: str
    seen: int
    added: int
    changed: int
    unchanged: int
    returned: int
    gone: int
    skipped: list[Skipped]
    notes: list[Note]


async def import_feed(
    sessions: Sessions,
    source: str,
    *,
    feed: str | None = None,
    force: bool = False,
    progress: Progress | None = None,
    limits: Limits | None = None,
) -> ImportReport:
    """Bring the stock to what `source` (a path or an address) says; `progress` gets the cars read so far.

    Raises FeedError, FeedUnreachable or FeedShrunk; nothing is changed then.
    """
    name = feed or feed_name(source)
    async with local_file(source, limits) as path:
        with Spool() as spool:
            shape = await _read(path, spool, progress)
            async with sessions.begin() as session:
                # Written first: takes SQLite's write lock, so imports follow one another.
                run = StockImport(
                    feed=name, at=utcnow(), seen=spool.cars, added=0, changed=0, gone=0, skipped=0
                )
                session.add(run)
                await session.flush()
                if not force:
                    await _refuse_shrunk(session, name, spool)
                return await _write(session, run, shape, spool)


async def _read(path: Path, spool: Spool, progress: Progress | None) -> Shape:
    loop = asyncio.get_running_loop()

    def report(cars: int) -> None:
        if progress:
            loop.call_soon_threadsafe(progress, cars)

    # In a thread, because the gateway keeps answering meanwhile; in one thread from the first byte to the
    # last, because libxml2's parser crashes when it is carried on in another.
    return await asyncio.to_thread(_read_all, path, spool, report)


def _read_all(path: Path, spool: Spool, report: Progress) -> Shape:
    builder = Builder(load_catalogue(), load_options(), utcnow().date())
    shape = detect(path)
    rows = shape.read(path)
    more = True
    while more:
        more = spool.fill(rows, builder)
        report(spool.cars)
    return shape


async def _refuse_shrunk(session: AsyncSession, name: str, spool: Spool) -> None:
    if spool.cars == 0:
        reason = (
            f" Первая причина: {spool.skipped[0].where}, {spool.skipped[0].reason}." if spool.skipped else ""
        )
        raise FeedShrunk(f"в фиде нет ни одной машины, склад не изменён.{reason} Проверьте выгрузку.")
    offered = (
        select(Car.vin, Car.source_id)
        .join(CarSource, CarSource.car_id == Car.id)
        .where(CarSource.feed == name, Car.status.in_(OFFERED))
    )
    before = lost = 0
    for vin, source_id in await session.execute(offered):
        before += 1
        lost += vin not in spool.vins and source_id not in spool.source_ids
    if before >= MIN_OFFERED and lost > before * MAX_LOSS:
        raise FeedShrunk(
            f"из {before} машин в фиде пропали {lost}: похоже на сбой выгрузки, склад не изменён. "
            "Если машины и правда проданы, повторите с --force."
        )


async def _write(session: AsyncSession, run: StockImport, shape: Shape, spool: Spool) -> ImportReport:
    merge = Merge(session, run.feed, run.at, run.at - ALIVE_FOR)
    for records in spool.chunks():
        await merge.chunk(records)
    gone = await merge.vanish()
    tally = merge.tally
    run.added, run.changed, run.gone = tally.added, tally.changed + tally.returned, gone
    run.skipped = len(spool.skipped)
    return ImportReport(
        feed=run.feed,
        shape=shape.name,
        seen=spool.cars,
        added=tally.added,
        changed=tally.changed,
        unchanged=tally.unchanged,
        returned=tally.returned,
        gone=gone,
        skipped=spool.skipped,
        notes=spool.notes,
    )
