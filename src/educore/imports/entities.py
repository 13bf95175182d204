"""Imports and their rows, recorded so that an import can be reverted."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from educore.identity.entities import ActorId
from educore.kernel.entity import Entity, Fixed, OnDelete, Ref
from educore.organization.entities import OwnCenterId
from educore.values import LineCopy


class ImportKind(StrEnum):
    """The kind of rows that a table contains."""

    STUDENTS = "students"
    PAYMENTS = "payments"
    ATTENDANCE = "attendance"


class ImportState(StrEnum):
    """The state of an import. While it is running or reverting, some of its rows are stored; if it failed, none is."""

    RUNNING = "running"
    DONE = "done"
    REVERTING = "reverting"
    REVERTED = "reverted"
    FAILED = "failed"


class Import(Entity):
    """An imported table; `finished_at` is set when all rows are stored, `reverted_at` when all rows are reverted.

    A process claims the import by raising `attempts`, and counts as dead when `lease_until` has passed.
    """

    center_id: OwnCenterId
    kind: Annotated[ImportKind, Fixed()]
    file_name: Annotated[LineCopy, Fixed()] = ""
    rows: Annotated[int, Field(ge=0), Fixed()]
    made_by_id: ActorId | None = None
    created_at: datetime
    state: ImportState = ImportState.DONE
    rows_done: Annotated[int, Field(ge=0)] = 0
    attempts: Annotated[int, Field(ge=0)] = 0
    lease_until: datetime | None = None
    finished_at: datetime | None = None
    reverted_at: datetime | None = None
    reverted_by_id: ActorId | None = None


class ImportedRow(Entity):
    """The stored row of each row of a table. `row_id` is a bare number, so that the stored row can be removed.

    `before` and `after` are JSON objects: the values that a reversal restores, and the values that it requires.
    """

    center_id: OwnCenterId
    import_id: Annotated[int, Ref("Import", OnDelete.CASCADE), Fixed()]
    number: Annotated[int, Field(ge=1), Fixed()]
    row_id: Annotated[int, Fixed()]
    before: Annotated[str, Fixed()] = ""
    after: Annotated[str, Fixed()] = ""
