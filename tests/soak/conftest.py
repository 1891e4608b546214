"""Databases that are the soak's own: it kills their server."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.soak.servers import Postgres


@pytest.fixture(scope="module")
def killable_postgres() -> Iterator[Postgres]:
    # Not pytest's folder, see `postgres` in tests/conftest.py.
    with tempfile.TemporaryDirectory(prefix="avtootvet-soak-", ignore_cleanup_errors=True) as folder:
        server = Postgres(Path(folder))
        try:
            yield server
        finally:
            server.stop()
