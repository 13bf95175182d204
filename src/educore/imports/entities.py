"""What was imported, so that it can be taken back."""

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
    """What the rows of a table become."""

    STUDENTS = "students"
    PAYMENTS = "payments"
    ATTENDANCE = "attendance"


class ImportState(StrEnum):
    """The state of an import. While running or reverting, some of its rows are stored; of a failed one, none is."""

    RUNNING = "running"
    DONE = "done"
    REVERTING = "reverting"
    REVERTED = "reverted"
    FAILED = "failed"


class Import(Entity):
    """One imported table; `finished_at` is set once all of it is stored, `reverted_at` once all of it is taken back.

    A process claims the import by raising `attempts`, and counts as dead once `lease_until` has passed.
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
    """Which row of the table became which row of the store. It refers to nothing, so that rows can go their way.

    `before` and `after` are JSON objects: what taking it back restores, and what must still be so for that.
    """

    center_id: OwnCenterId
    import_id: Annotated[int, Ref("Import", OnDelete.CASCADE), Fixed()]
    number: Annotated[int, Field(ge=1), Fixed()]
    row_id: Annotated[int, Fixed()]
    before: Annotated[str, Fixed()] = ""
    after: Annotated[str, Fixed()] = ""
