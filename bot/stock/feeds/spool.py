"""A whole feed read and kept on the disk in chunks, before the first row of the database is touched.

So a feed broken in its last line changes nothing, the judgement whether it shrank sees all of it, memory does
not grow with it, and the write transaction is short: other writers of SQLite wait for it.
"""

import pickle
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from types import TracebackType
from typing import IO, Self

from bot.stock.feeds.build import Builder
from bot.stock.feeds.detect import Rows
from bot.stock.feeds.record import CarRecord, Note, Skipped

CHUNK = 1000


@dataclass(slots=True)
class Spool:
    """Read with `fill` until it says False, then `chunks` as often as needed."""

    vins: dict[str, str] = field(default_factory=dict)  # VIN → where it stood first
    source_ids: dict[str, str] = field(default_factory=dict)
    cars: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    _file: IO[bytes] = field(default_factory=lambda: tempfile.TemporaryFile(prefix="avtootvet-spool-"))  # noqa: SIM115
    _chunks: int = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def fill(self, rows: Rows, builder: Builder) -> bool:
        """One chunk more, False when the feed is at its end."""
        taken: list[CarRecord] = []
        count = 0
        for row in islice(rows, CHUNK):
            count += 1
            record = row if isinstance(row, Skipped) else builder.build(row)
            self._take(record, taken)
        if taken:
            pickle.dump(taken, self._file, protocol=pickle.HIGHEST_PROTOCOL)
            self._chunks += 1
            self.cars += len(taken)
        return count == CHUNK

    def _take(self, record: CarRecord | Skipped, taken: list[CarRecord]) -> None:
        if isinstance(record, Skipped):
            self.skipped.append(record)
            return
        if record.vin is not None and record.vin in self.vins:
            where = self.vins[record.vin]
            self.skipped.append(Skipped(record.where, f"VIN {record.vin} уже есть в этом фиде ({where})"))
            return
        if record.vin is None and record.source_id is not None and record.source_id in self.source_ids:
            where = self.source_ids[record.source_id]
            self.skipped.append(
                Skipped(record.where, f"номер {record.source_id} уже есть в этом фиде ({where})")
            )
            return
        if record.vin is not None:
            self.vins[record.vin] = record.where
        if record.source_id is not None:
            self.source_ids.setdefault(record.source_id, record.where)
        self.notes.extend(record.notes)
        taken.append(record)

    def chunks(self) -> Iterator[list[CarRecord]]:
        self._file.seek(0)
        for _ in range(self._chunks):
            # Our own unnamed temporary file: nobody else can write to it.
            yield pickle.load(self._file)  # noqa: S301
