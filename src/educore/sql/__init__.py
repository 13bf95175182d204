"""The SQL store: the same entities in SQLite or PostgreSQL. Needs `educore[sql]`."""

from educore.sql.database import Database
from educore.sql.store import Clauses, SqlStore, unavailable
from educore.sql.tables import Row, Tables

__all__ = ["Clauses", "Database", "Row", "SqlStore", "Tables", "unavailable"]
