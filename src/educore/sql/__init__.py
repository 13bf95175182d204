"""The SQL store: the same entities in SQLite or PostgreSQL. Needs `educore[sql]`."""

from educore.sql.backup import BackupError, back_up, restore
from educore.sql.database import Database
from educore.sql.failures import NewerDatabase, is_damaged, reason, unavailable
from educore.sql.store import SqlStore
from educore.sql.tables import Row, Tables

__all__ = [
    "BackupError",
    "Database",
    "NewerDatabase",
    "Row",
    "SqlStore",
    "Tables",
    "back_up",
    "is_damaged",
    "reason",
    "restore",
    "unavailable",
]
