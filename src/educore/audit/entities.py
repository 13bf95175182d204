"""Entries of the audit trail, and the head of each chain."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from educore.kernel.entity import Entity, FieldGroups, Fixed
from educore.values import Digest


class AuditAction(StrEnum):
    """The kind of a change."""

    CREATED = "created"
    CHANGED = "changed"
    REMOVED = "removed"


class AuditEntry(Entity):
    """One change of one row: the actor, the time, and the fields before and after.

    It has no foreign keys, so that it outlives the rows that it describes: `center_id`, `actor_id` and `row_id` are
    bare numbers, `actor_name` and `row_name` are the names at the time of the change. `before` and `after` are JSON
    objects of the fields that changed; `before` is empty if the row was created, `after` if it was removed. `names`
    is a JSON object with the names of the rows that these fields refer to: `{"Group 3": "IELTS-01"}`. `number` counts
    within the chain of the Center (entries of no Center share one chain). `digest` seals the entry together with the
    digest of the entry before it.
    """

    unique: ClassVar[FieldGroups] = (("chain", "number"),)

    center_id: Annotated[int, Fixed()] | None = None
    chain: Annotated[int, Fixed()]
    number: Annotated[int, Fixed()]
    at: Annotated[datetime, Fixed()]
    actor_id: Annotated[int, Fixed()] | None = None
    actor_name: Annotated[str, Field(max_length=310), Fixed()] = ""
    actor_role: Annotated[str, Field(max_length=32), Fixed()]
    kind: Annotated[str, Field(max_length=64), Fixed()]
    row_id: Annotated[int, Fixed()]
    row_name: Annotated[str, Fixed()] = ""
    action: Annotated[AuditAction, Fixed()]
    before: Annotated[str, Fixed()] = ""
    after: Annotated[str, Fixed()] = ""
    names: Annotated[str, Fixed()] = ""
    digest: Annotated[Digest, Fixed()]


class AuditHead(Entity):
    """The head of the chain of one Center (chain 0: entries of no Center): number and digest of the last entry.

    A transaction that appends entries locks this row. `seal` is a digest of both, so that the head cannot be set back;
    it is empty if the last entry is older than the key.
    """

    unique: ClassVar[FieldGroups] = (("chain",),)

    chain: Annotated[int, Fixed()]
    number: int = 0
    digest: Digest = ""
    seal: Digest = ""
