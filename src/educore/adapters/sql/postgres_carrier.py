"""The carrier over LISTEN and NOTIFY of PostgreSQL.

Wakes are sent after the commit and on a connection of their own: a transaction that notifies takes, while it commits,
a lock that all others which notify wait for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from educore.adapters.carriers.broker import CHANNEL, BrokerCarrier
from educore.adapters.sql.engine import HEARTBEAT


class PostgresCarrier(BrokerCarrier):
    """Notifies every process that uses a database, by its URL."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = sa.make_url(url).set(drivername="postgresql")

    def _connect(self, *, listens: bool) -> PostgresConnection:
        import psycopg  # it takes megabytes that a process which uses SQLite does not need

        options: dict[str, Any] = {name: value for name, value in HEARTBEAT.items() if name not in self._url.query}
        address = self._url.render_as_string(hide_password=False)
        return PostgresConnection(psycopg.connect(address, autocommit=True, **options), listens=listens)


class PostgresConnection:
    """A connection outside of the pool, without transactions."""

    def __init__(self, connection: Any, *, listens: bool) -> None:
        self._connection = connection
        if listens:
            connection.execute(f"LISTEN {CHANNEL}")

    def send(self, wakes: Sequence[str]) -> None:
        """Notify all listening processes in one round trip."""
        self._connection.execute("SELECT pg_notify(%s, wake) FROM unnest(%s::text[]) AS wake", (CHANNEL, list(wakes)))

    def receive(self, seconds: float) -> Sequence[str]:
        """Return the notifications that have arrived, after at most so many seconds."""
        return [note.payload for note in self._connection.notifies(timeout=seconds, stop_after=1)]

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
