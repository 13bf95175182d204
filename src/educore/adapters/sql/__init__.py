"""The SQL store: the same entities in SQLite or PostgreSQL. Needs `educore[sql]`."""

from educore.extras import needs_extra

with needs_extra("sql"):
    from educore.adapters.sql.backup import back_up, restore
    from educore.adapters.sql.backup_files import BackupError
    from educore.adapters.sql.database import Database
    from educore.adapters.sql.failures import NewerDatabase, OutdatedDatabase, is_damaged, reason, unavailable
    from educore.adapters.sql.postgres_carrier import PostgresCarrier
    from educore.adapters.sql.request_counts import RequestCounts
    from educore.adapters.sql.store import SqlStore
    from educore.adapters.sql.tables import Tables

__all__ = [
    "BackupError",
    "Database",
    "NewerDatabase",
    "OutdatedDatabase",
    "PostgresCarrier",
    "RequestCounts",
    "SqlStore",
    "Tables",
    "back_up",
    "is_damaged",
    "reason",
    "restore",
    "unavailable",
]
