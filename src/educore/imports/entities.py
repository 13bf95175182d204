"""What was imported, so that it can be taken back."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from educore.entity import Entity, Fixed, OnDelete, Ref
from educore.organization.entities import OwnCenterId
from educore.values import LineCopy


class ImportKind(StrEnum):
    """What the rows of a table become."""

    STUDENTS = "students"
    PAYMENTS = "payments"
    ATTENDANCE = "attendance"


class Import(Entity):
    """One table taken in; `reverted_at` once all of it was taken back."""

    center_id: OwnCenterId
    kind: Annotated[ImportKind, Fixed()]
    file_name: Annotated[LineCopy, Fixed()] = ""
    rows: Annotated[int, Field(ge=0), Fixed()]
    made_by_id: Annotated[int, Ref("User", OnDelete.CLEAR)] | None = None
    created_at: datetime
    reverted_at: datetime | None = None
    reverted_by_id: Annotated[int, Ref("User", OnDelete.CLEAR)] | None = None


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
