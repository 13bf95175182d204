"""Entries of the audit trail, and the end of each chain of them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from educore.entity import Entity, Fixed
from educore.values import Digest


class AuditAction(StrEnum):
    """What was done to a row."""

    CREATED = "created"
    CHANGED = "changed"
    REMOVED = "removed"


class AuditEntry(Entity):
    """One change of one row: who, when, what before and after.

    It refers to nothing, so that it outlives what it speaks of: `center_id`, `actor_id` and `row_id` are bare
    numbers, `actor_name` and `row_name` the names of the time. `before` and `after` are JSON objects of the fields that
    changed, empty where the row was made or removed; `names` is a JSON object of what the rows they refer to were
    called: `{"Group 3": "IELTS-01"}`. `number` counts within the chain of the Center (those of no Center
    share one), `digest` seals the entry together with the digest of the one before it.
    """

    unique = (("chain", "number"),)

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
    """Where the chain of a Center (0: of no Center) ends at present; whoever adds to the chain holds this row.

    `seal` seals the number and the digest, so that the end cannot be set back; it is empty where the last entry is
    older than the key.
    """

    unique = (("chain",),)

    chain: Annotated[int, Fixed()]
    number: int = 0
    digest: Digest = ""
    seal: Digest = ""
