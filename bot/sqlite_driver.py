"""SQLite asked on the loop's own thread; its connection's thread waits where waiting may be long.

A statement takes some ten microseconds, and a visit to another thread ten times that, on a busy machine a
hundred times: SQLAlchemy's own adapter of aiosqlite makes four for each statement (cursor, execute, fetch,
close). What may take long is left to the thread: a lock that another process holds, and the disk. In WAL
with `synchronous=NORMAL` a commit is a write into memory; only a checkpoint waits for the disk.

https://sqlite.org/wal.html#performance_considerations
"""

import itertools
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)
from sqlalchemy.util.concurrency import await_

# Milliseconds that a lock of another process is waited for.
PATIENCE = 10_000

# Commits of this process between two checkpoints.
CHECKPOINT_EVERY = 100


@dataclass(frozen=True)
class _Executed:
    """What a cursor tells of a statement once its rows are read."""

    description: Any = None
    rowcount: int = -1
    lastrowid: int | None = None

    def close(self) -> None:
        """Its rows are read, so there is nothing to close."""


Answer = tuple[_Executed, Sequence[Any]]


def _execute(connection: sqlite3.Connection, statement: str, given: Any) -> Answer:
    cursor = connection.execute(statement, given)
    rows = cursor.fetchall() if cursor.description else ()
    return _Executed(cursor.description, cursor.rowcount, cursor.lastrowid), rows


def _execute_many(connection: sqlite3.Connection, statement: str, given: Any) -> Answer:
    cursor = connection.executemany(statement, given)
    return _Executed(None, cursor.rowcount, cursor.lastrowid), ()


def _patiently[Result](work: Callable[..., Result], connection: sqlite3.Connection, *given: Any) -> Result:
    connection.execute(f"PRAGMA busy_timeout={PATIENCE}")
    try:
        return work(connection, *given)
    finally:
        connection.execute("PRAGMA busy_timeout=0")


def _checkpoint(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _is_locked(error: sqlite3.OperationalError) -> bool:
    """The lower byte of an error's number is its kind: https://sqlite.org/rescode.html"""
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    __slots__ = ()

    _awaitable_cursor_close = False

    def _make_new_cursor(self, connection: Any) -> Any:
        return _Executed()

    def _aenter_cursor(self, cursor: Any) -> Any:
        return cursor

    async def _execute_async(self, operation: Any, parameters: Any) -> None:
        await self._keep(_execute, operation, parameters or ())

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> None:
        await self._keep(_execute_many, operation, seq_of_parameters)

    async def _keep(self, work: Callable[..., Answer], statement: str, given: Any) -> None:
        executed, rows = await _at_once(self._connection, work, statement, given)
        self._cursor, self._rows = cast(Any, executed), deque(rows)


class _Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()

    _cursor_cls = _Cursor

    def commit(self) -> None:
        if cast(Any, self._connection).in_transaction:
            self._wait(_at_once(self._connection, sqlite3.Connection.commit))
            if next(cast(Driver, self.dbapi).commits) % CHECKPOINT_EVERY == 0:
                self._wait(_in_thread(self._connection, _checkpoint))

    def rollback(self) -> None:
        if cast(Any, self._connection).in_transaction:
            self._wait(_at_once(self._connection, sqlite3.Connection.rollback))

    def _wait(self, work: Awaitable[None]) -> None:
        try:
            await_(work)
        except Exception as error:
            self._handle_exception(error)


async def _at_once[Result](driver: Any, work: Callable[..., Result], *given: Any) -> Result:
    try:
        return work(driver._conn, *given)
    except sqlite3.OperationalError as error:
        if not _is_locked(error):
            raise
    return await _in_thread(driver, work, *given)


async def _in_thread[Result](driver: Any, work: Callable[..., Result], *given: Any) -> Result:
    return cast(Result, await driver._execute(_patiently, work, driver._conn, *given))


class Driver(AsyncAdapt_aiosqlite_dbapi):
    """For `create_async_engine(module=…)`."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)
        self.commits = itertools.count(1)

    def connect(self, *args: Any, **options: Any) -> AsyncAdapt_aiosqlite_connection:
        """Both threads use the connection, never at once: what is waited for is not asked meanwhile."""
        options |= {"check_same_thread": False, "timeout": 0.0}
        return _Connection(self, super().connect(*args, **options).driver_connection)
