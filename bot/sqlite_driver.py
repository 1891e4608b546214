"""SQLite with one visit to the connection's thread for each statement.

SQLAlchemy's own adapter of aiosqlite makes four (cursor, execute, fetch, close), and one more to roll back
what was never begun. Each visit is a switch of threads, which takes longer than most statements.
"""

import sqlite3
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)


@dataclass(frozen=True)
class _Executed:
    """What a cursor tells of a statement once its rows are read."""

    description: Any = None
    rowcount: int = -1
    lastrowid: int | None = None

    def close(self) -> None:
        """Its rows are read, so there is nothing to close."""


def _execute(
    connection: sqlite3.Connection, statement: str, given: Sequence[Any]
) -> tuple[_Executed, list[Any]]:
    cursor = connection.execute(statement, given)
    rows = cursor.fetchall() if cursor.description else []
    return _Executed(cursor.description, cursor.rowcount, cursor.lastrowid), rows


def _execute_many(connection: sqlite3.Connection, statement: str, given: Any) -> _Executed:
    cursor = connection.executemany(statement, given)
    return _Executed(None, cursor.rowcount, cursor.lastrowid)


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    __slots__ = ()

    _awaitable_cursor_close = False

    def _make_new_cursor(self, connection: Any) -> Any:
        return _Executed()

    def _aenter_cursor(self, cursor: Any) -> Any:
        return cursor

    async def _execute_async(self, operation: Any, parameters: Any) -> None:
        driver = cast(Any, self._connection)
        self._cursor, rows = await driver._execute(_execute, driver._conn, operation, parameters or ())
        self._rows = deque(rows)

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> None:
        driver = cast(Any, self._connection)
        self._cursor = await driver._execute(_execute_many, driver._conn, operation, seq_of_parameters)


class _Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()

    _cursor_cls = _Cursor

    def commit(self) -> None:
        if cast(Any, self._connection).in_transaction:
            super().commit()

    def rollback(self) -> None:
        if cast(Any, self._connection).in_transaction:
            super().rollback()


class Driver(AsyncAdapt_aiosqlite_dbapi):
    """For `create_async_engine(module=…)`."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *args: Any, **options: Any) -> AsyncAdapt_aiosqlite_connection:
        return _Connection(self, super().connect(*args, **options).driver_connection)
