"""Going back to what there was, on which every test of the APIs relies: one that changed something leaves no trace."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from support.sqlite_snapshot import SqliteSnapshot

SCHEMA = """
CREATE TABLE room (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, seats INTEGER);
CREATE TABLE chair (id INTEGER PRIMARY KEY AUTOINCREMENT, room_id INTEGER REFERENCES room (id));
INSERT INTO room (name, seats) VALUES ('A', 1), ('B', NULL);
INSERT INTO chair (room_id) VALUES (1);
"""
CHANGES = {
    "UPDATE room SET name = 'a' WHERE id = 1": {"room"},
    "UPDATE room SET seats = 0 WHERE id = 2": {"room"},
    "UPDATE room SET name = id; UPDATE room SET name = CASE id WHEN 1 THEN 'B' ELSE 'A' END": {"room"},
    "DELETE FROM chair; DELETE FROM room": {"room", "chair"},
    "INSERT INTO chair (room_id) VALUES (2)": {"chair", "sqlite_sequence"},
    "INSERT INTO chair (room_id) VALUES (2); DELETE FROM chair WHERE id = 2": {"sqlite_sequence"},
    "DELETE FROM chair; INSERT INTO chair VALUES (1, 2)": {"chair"},
    "UPDATE room SET seats = 1": {"room"},
    "UPDATE room SET seats = 1 WHERE id = 1": set(),
}


@pytest.fixture
def file(tmp_path: Path) -> Iterator[tuple[sqlite3.Connection, SqliteSnapshot]]:
    """A file with a few rows, somebody who writes there, and what remembers the rows."""
    with closing(sqlite3.connect(tmp_path / "school.db")) as writer:
        writer.executescript(f"PRAGMA journal_mode = WAL; {SCHEMA}")
        with closing(SqliteSnapshot(tmp_path / "school.db")) as snapshot:
            yield writer, snapshot


def _rows(connection: sqlite3.Connection) -> list[object]:
    tables = ("room", "chair", "sqlite_sequence")
    return [connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in tables]


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_seen_and_undone(change: str, file: tuple[sqlite3.Connection, SqliteSnapshot]) -> None:
    writer, snapshot = file
    before = _rows(writer)
    for _ in range(2):
        assert snapshot.changed() == []
        writer.executescript(change)
        assert set(snapshot.changed()) == CHANGES[change]
        snapshot.restore()
        assert (_rows(writer), snapshot.changed()) == (before, [])


@pytest.mark.parametrize("change", ["CREATE TABLE more (id INTEGER)", "DROP TABLE chair", "ALTER TABLE room ADD x"])
def test_a_change_of_the_tables_is_undone(change: str, file: tuple[sqlite3.Connection, SqliteSnapshot]) -> None:
    writer, snapshot = file
    before = _rows(writer)
    for _ in range(2):
        writer.executescript(change)
        snapshot.restore()
        assert (_rows(writer), snapshot.changed()) == (before, [])
        assert not writer.execute("SELECT 1 FROM sqlite_schema WHERE name = 'more'").fetchall()
