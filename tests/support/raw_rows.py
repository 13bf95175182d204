"""Putting rows into stores as they are, and emptying databases, both without any policy."""

from __future__ import annotations

from collections.abc import Iterable

from educore import Entity
from educore.adapters.sql import Database
from educore.kernel.store import Store


def insert_rows(store: Store, rows: Iterable[Entity]) -> list[int]:
    """Store rows in one transaction and give their ids."""
    transaction = store.begin()
    try:
        ids = [transaction.insert(row) for row in rows]
    except BaseException:
        transaction.rollback()
        raise
    transaction.commit()
    return ids


def delete_all_rows(database: Database) -> None:
    """Delete every row; the next ids are 1 again."""
    names = [f'"{table.name}"' for table in database.tables.metadata.tables.values()]
    with database.engine.begin() as connection:
        if database.engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"TRUNCATE {', '.join(names)} RESTART IDENTITY CASCADE")
            return
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        for name in names:
            connection.exec_driver_sql(f"DELETE FROM {name}")
        connection.exec_driver_sql("DELETE FROM sqlite_sequence")
