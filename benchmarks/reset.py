"""Removal of the rows that a measurement wrote, so that all programs find the same tables."""

from __future__ import annotations

import sqlalchemy as sa

from educore.adapters.sql import Database
from educore.attendance import Attendance, AttendanceCorrection
from educore.audit import AuditEntry, AuditHead
from educore.groups import Enrollment
from educore.identity import Membership, User
from educore.people import Student

GROWS = (AuditEntry, AuditHead, AttendanceCorrection, Attendance, Enrollment, Student, Membership, User)
"""The entities that the measured operations create, each before those it refers to."""


class Written:
    """The state of the tables at its creation."""

    def __init__(self, database: Database) -> None:
        self._engine = database.engine
        self._tables = [database.tables.of(kind) for kind in GROWS]
        with self._engine.connect() as connection:
            last = [sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0)) for table in self._tables]
            self._last = [connection.execute(statement).scalar_one() for statement in last]

    def take_back(self) -> None:
        """Delete every newer row, and vacuum PostgreSQL."""
        with self._engine.begin() as connection:
            for table, last in zip(self._tables, self._last, strict=True):
                connection.execute(sa.delete(table).where(table.c.id > last))
        if self._engine.dialect.name == "postgresql":
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                names = ", ".join(f'"{table.name}"' for table in self._tables)
                connection.exec_driver_sql(f"VACUUM {names}")
