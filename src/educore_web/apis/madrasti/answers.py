"""Answers that several sections of this document give."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from educore_web.apis.madrasti.refusals import translate
from educore_web.rest.archiving import ArchiveAnswer
from educore_web.rest.common import format_instant
from educore_web.rest.request import RequestData


class DeletedOut(BaseModel):
    """The confirmation that a row was deleted. It can be restored."""

    id: int
    deleted: bool
    deleted_at: datetime
    message: str


def describe_deletion(id: int, request: RequestData, *, at: datetime) -> dict[str, Any]:
    """Return the confirmation that the row with an id was deleted."""
    return {
        "id": id,
        "deleted": True,
        "deleted_at": format_instant(at),
        "message": translate("deleted", request.language),
    }


def describe_deleted(row: Any, request: RequestData) -> dict[str, Any]:
    """Return the confirmation for an archived row."""
    return describe_deletion(row.id, request, at=row.archived_at)


DELETED = ArchiveAnswer(DeletedOut, describe_deleted)
