"""Counts of requests in windows of time, shared by all processes on one database; no rows of the domain.

One INSERT adds to any number of counts and returns them (ON CONFLICT DO UPDATE ... RETURNING). Two processes may add to
the same counts at the same time, so the rows are written in the order of their keys; otherwise PostgreSQL could find
each waiting for the other. Tests: test_request_counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from educore.adapters.sql.failures import unavailable
from educore.adapters.sql.store import SqlStore

ROWS_AT_ONCE = 1000
"""The number of counts in one statement; each takes three parameters, of which SQLite allows 32,766."""


class RequestCounts:
    """The counts in the database of a store."""

    def __init__(self, store: SqlStore) -> None:
        self._store, self._table = store, store.tables.request_counts

    def add(self, numbers: Mapping[str, int], *, ends_at: datetime) -> dict[str, int]:
        """Add the numbers to the counts of their callers, and return these counts. Raises: Unavailable."""
        rows = [{"ends_at": ends_at, "caller": caller, "requests": numbers[caller]} for caller in sorted(numbers)]
        found: dict[str, int] = {}
        with self._transaction() as connection:
            for start in range(0, len(rows), ROWS_AT_ONCE):
                found.update(connection.execute(self._upsert(rows[start : start + ROWS_AT_ONCE])).all())
        return found

    def forget(self, *, ended_by: datetime) -> None:
        """Delete the counts of the windows that ended at that time or before. Raises: Unavailable."""
        with self._transaction() as connection:
            connection.execute(sa.delete(self._table).where(self._table.c.ends_at <= ended_by))

    def _upsert(self, rows: list[dict[str, Any]]) -> Any:
        columns = self._table.c
        is_sqlite = self._store.engine.dialect.name == "sqlite"
        insert: Any = (sqlite if is_sqlite else postgresql).insert(self._table).values(rows)
        total = {"requests": columns.requests + insert.excluded.requests}
        added = insert.on_conflict_do_update(index_elements=[columns.ends_at, columns.caller], set_=total)
        return added.returning(columns.caller, columns.requests)

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        """Write in a transaction that waits for its turn like any other."""
        transaction = self._store.begin()
        try:
            with unavailable():
                yield transaction.connection
        except BaseException:
            transaction.rollback()
            raise
        transaction.commit()
