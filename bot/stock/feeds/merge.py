"""Records into the database, a thousand at a time, inside the caller's transaction.

Rules (docs/decisions/feeds.md): a car is known by its VIN, without one by the feed's id; the feed that lists
a car last decides its values, but while another feed lists it too, silence of one feed erases nothing.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.stock.feeds.record import CarRecord, Listing
from bot.stock.models import OFFERED, Car, CarListing, CarOption, CarPicture, CarSource, Status

CAR: Table = Car.__table__  # type: ignore[assignment]
_APART = {"where", "pictures", "options", "listings", "notes"}
COLUMNS = tuple(f.name for f in fields(CarRecord) if f.name not in _APART)
FACTS = tuple(name for name in COLUMNS if name != "source_id")  # feeds renumber unchanged cars

Values = dict[str, Any]  # column → value of one row of `car`


@dataclass(slots=True)
class Tally:
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    returned: int = 0


@dataclass(slots=True)
class Children:
    pictures: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    listings: tuple[Listing, ...] = ()


@dataclass(slots=True)
class _Known:
    """What the database has of the cars of one chunk."""

    by_vin: dict[str, Values] = field(default_factory=dict)
    by_source: dict[str, Values] = field(default_factory=dict)
    children: dict[int, Children] = field(default_factory=dict)
    elsewhere: set[int] = field(default_factory=set)  # cars that another feed lists too


@dataclass(slots=True)
class Merge:
    """One import of one feed at one time."""

    session: AsyncSession
    feed: str
    now: dt.datetime
    alive_since: dt.datetime  # what another feed showed before this is no longer proof that it lists the car
    tally: Tally = field(default_factory=Tally)

    async def chunk(self, records: list[CarRecord]) -> None:
        known = await self._known(records)
        pairs = self._match(records, known)
        new = [record for record, row in pairs if row is None]
        await self._insert(new)
        await self._update([(record, row) for record, row in pairs if row is not None], known)

    async def _known(self, records: list[CarRecord]) -> _Known:
        vins = [record.vin for record in records if record.vin]
        ids = [record.source_id for record in records if record.source_id]
        known = _Known()
        for row in await self._rows(CAR.c.vin.in_(vins)):
            known.by_vin[row["vin"]] = row
        for row in await self._rows(CAR.c.source_id.in_(ids), CAR.c.feed == self.feed):
            other = known.by_source.get(row["source_id"])
            # An id that was given to two cars stands for the one without VIN, else for the one seen last.
            if other is None or (row["vin"] is None, row["last_seen"]) > (
                other["vin"] is None,
                other["last_seen"],
            ):
                known.by_source[row["source_id"]] = row
        cars = {row["id"] for row in (*known.by_vin.values(), *known.by_source.values())}
        known.children = await self._children(cars)
        sources = select(CarSource.car_id).where(
            CarSource.car_id.in_(cars), CarSource.feed != self.feed, CarSource.last_seen >= self.alive_since
        )
        known.elsewhere = set(await self.session.scalars(sources))
        return known

    async def _rows(self, *where: Any) -> list[Values]:
        # RowMapping is slow to read again and again; a plain dict is not.
        return [dict(row) for row in (await self.session.execute(select(CAR).where(*where))).mappings()]

    async def _children(self, cars: set[int]) -> dict[int, Children]:
        pictures: defaultdict[int, list[str]] = defaultdict(list)
        options: defaultdict[int, list[str]] = defaultdict(list)
        listings: defaultdict[int, list[Listing]] = defaultdict(list)
        rows = select(CarPicture.car_id, CarPicture.url).where(CarPicture.car_id.in_(cars))
        for car, url in await self.session.execute(rows.order_by(CarPicture.car_id, CarPicture.position)):
            pictures[car].append(url)
        names = select(CarOption.car_id, CarOption.name).where(CarOption.car_id.in_(cars))
        for car, name in await self.session.execute(names):
            options[car].append(name)
        pages = select(CarListing.car_id, CarListing.site, CarListing.external_id, CarListing.url)
        for car, site, number, address in await self.session.execute(
            pages.where(CarListing.car_id.in_(cars))
        ):
            listings[car].append(Listing(site, number, address))
        return {
            car: Children(
                tuple(pictures[car]), tuple(sorted(options[car])), tuple(sorted(listings[car], key=str))
            )
            for car in cars
        }

    def _match(self, records: list[CarRecord], known: _Known) -> list[tuple[CarRecord, Values | None]]:
        """VINs first: an id may have moved to another car since, its VIN cannot."""
        claimed = {row["id"] for record in records if (row := known.by_vin.get(record.vin or "")) is not None}
        pairs: list[tuple[CarRecord, Values | None]] = []
        for record in records:
            row = known.by_vin.get(record.vin or "")
            if row is None:
                row = self._by_source(record, known.by_source.get(record.source_id or ""), claimed)
            pairs.append((record, row))
        return pairs

    def _by_source(self, record: CarRecord, row: Values | None, claimed: set[int]) -> Values | None:
        if row is None or row["id"] in claimed or row["last_seen"] >= self.now:
            return None
        if record.vin is not None and row["vin"] is not None:
            return None  # the id of another car
        claimed.add(row["id"])
        return row

    async def _insert(self, records: list[CarRecord]) -> None:
        if not records:
            return
        self.tally.added += len(records)
        await self.session.execute(insert(CAR), [self._new_row(record) for record in records])
        ids = await self._new_ids(records)
        await self._insert_children(
            (ids[record.vin, record.source_id if record.vin is None else None], _children_of(record))
            for record in records
        )
        rows = [{"car_id": car, "feed": self.feed, "last_seen": self.now} for car in ids.values()]
        await self.session.execute(insert(CarSource), rows)

    def _new_row(self, record: CarRecord) -> Values:
        row = {name: getattr(record, name) for name in COLUMNS}
        return row | self._seen(record) | {"first_seen": self.now}

    def _seen(self, record: CarRecord) -> Values:
        backwards = record.vin[::-1] if record.vin else None
        return {"feed": self.feed, "vin_reversed": backwards, "last_seen": self.now}

    async def _new_ids(self, records: list[CarRecord]) -> dict[tuple[str | None, str | None], int]:
        vins = [record.vin for record in records if record.vin]
        ids = [record.source_id for record in records if record.vin is None]
        with_vin = select(CAR.c.vin, CAR.c.id).where(CAR.c.vin.in_(vins))
        without = select(CAR.c.source_id, CAR.c.id).where(
            CAR.c.source_id.in_(ids), CAR.c.feed == self.feed, CAR.c.vin.is_(None)
        )
        found: dict[tuple[str | None, str | None], int] = {}
        found |= {(vin, None): car for vin, car in await self.session.execute(with_vin)}
        found |= {(None, source): car for source, car in await self.session.execute(without)}
        return found

    async def _update(self, pairs: list[tuple[CarRecord, Values]], known: _Known) -> None:
        rows: list[Values] = []
        touched: list[int] = []
        rewritten: list[tuple[int, Children]] = []
        for record, old in pairs:
            car = old["id"]
            shared = car in known.elsewhere
            new = self._merged(record, old, shared)
            children = _merged_children(_children_of(record), known.children[car], shared)
            facts_differ = any(new[name] != old[name] for name in FACTS)
            if children != known.children[car]:
                rewritten.append((car, children))
            self._count(old["status"], new["status"], facts_differ or children != known.children[car])
            if facts_differ or new["feed"] != old["feed"] or new["source_id"] != old["source_id"]:
                rows.append({"car_key": car} | new)
            else:
                touched.append(car)
        await self._write(rows, touched)
        await self._rewrite_children(rewritten)
        await self._remember_sources([old["id"] for _, old in pairs])

    def _merged(self, record: CarRecord, old: Values, shared: bool) -> Values:
        new = {name: getattr(record, name) for name in COLUMNS}
        for name in COLUMNS if shared else ("vin", "source_id"):
            if new[name] is None:
                new[name] = old[name]
        new |= self._seen(record)
        new["vin_reversed"] = new["vin"][::-1] if new["vin"] else None
        return new

    def _count(self, before: Status, after: Status, differs: bool) -> None:
        if before in (Status.GONE, Status.SOLD) and after in OFFERED:
            self.tally.returned += 1
        elif differs:
            self.tally.changed += 1
        else:
            self.tally.unchanged += 1

    async def _write(self, rows: list[Values], touched: list[int]) -> None:
        if rows:
            columns: dict[str, Any] = {
                name: bindparam(name) for name in (*COLUMNS, "feed", "vin_reversed", "last_seen")
            }
            await self.session.execute(
                update(CAR).where(CAR.c.id == bindparam("car_key")).values(columns), rows
            )
        if touched:
            await self.session.execute(update(CAR).where(CAR.c.id.in_(touched)).values(last_seen=self.now))

    async def _rewrite_children(self, rewritten: list[tuple[int, Children]]) -> None:
        if not rewritten:
            return
        cars = [car for car, _ in rewritten]
        for model in (CarPicture, CarOption, CarListing):
            await self.session.execute(delete(model).where(model.car_id.in_(cars)))
        await self._insert_children(rewritten)

    async def _insert_children(self, cars: Iterable[tuple[int, Children]]) -> None:
        pictures: list[Values] = []
        options: list[Values] = []
        listings: list[Values] = []
        for car, children in cars:
            pictures += [{"car_id": car, "position": i, "url": u} for i, u in enumerate(children.pictures)]
            options += [{"car_id": car, "name": name} for name in children.options]
            listings += [
                {"car_id": car, "site": page.site, "external_id": page.external_id, "url": page.url}
                for page in children.listings
            ]
        for model, rows in ((CarPicture, pictures), (CarOption, options), (CarListing, listings)):
            if rows:
                await self.session.execute(insert(model.__table__), rows)  # type: ignore[arg-type]

    async def _remember_sources(self, cars: list[int]) -> None:
        if not cars:
            return
        mine = delete(CarSource).where(CarSource.feed == self.feed, CarSource.car_id.in_(cars))
        await self.session.execute(mine)
        rows = [{"car_id": car, "feed": self.feed, "last_seen": self.now} for car in cars]
        await self.session.execute(insert(CarSource), rows)

    async def vanish(self) -> int:
        """Cars this feed no longer lists and no other feed does: probably sold. How many."""
        lost = select(CarSource.car_id).where(CarSource.feed == self.feed, CarSource.last_seen < self.now)
        alive = select(CarSource.car_id).where(
            CarSource.car_id == CAR.c.id, CarSource.feed != self.feed, CarSource.last_seen >= self.alive_since
        )
        gone = (
            update(CAR)
            .where(CAR.c.id.in_(lost), ~alive.exists(), CAR.c.status.not_in((Status.SOLD, Status.GONE)))
            .values(status=Status.GONE)
        )
        count: int = (await self.session.execute(gone)).rowcount  # type: ignore[attr-defined]
        stale = delete(CarSource).where(CarSource.feed == self.feed, CarSource.last_seen < self.now)
        await self.session.execute(stale)
        return count


def _children_of(record: CarRecord) -> Children:
    return Children(record.pictures, record.options, record.listings)


def _merged_children(new: Children, old: Children, shared: bool) -> Children:
    if not shared:
        return new
    sites = {page.site for page in new.listings}
    kept = (page for page in old.listings if page.site not in sites)
    return Children(
        new.pictures or old.pictures,
        new.options or old.options,
        tuple(sorted((*new.listings, *kept), key=str)),
    )
