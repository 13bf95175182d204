"""The SQL store: the same entities in SQLite or PostgreSQL. Needs `educore[sql]`."""

from educore.sql.database import Database
from educore.sql.store import SqlStore, unavailable
from educore.sql.tables import Row, Tables

__all__ = ["Database", "Row", "SqlStore", "Tables", "unavailable"]
