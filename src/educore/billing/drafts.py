"""Drafts: validated rows that are not stored yet, to compute with before the ids and final amounts are known."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import ValidationError

from educore.kernel.entity import NOT_STORED, Entity
from educore.kernel.errors import Invalid

E = TypeVar("E", bound=Entity)
UNSTORED_FIELDS = {"id", "created_at", "updated_at"}


def build_draft(kind: type[E], **fields: Any) -> E:
    """Validate fields and return them as a row with the id `NOT_STORED`. Raises: Invalid."""
    placeholders = dict.fromkeys({"created_at", "updated_at"} & kind.model_fields.keys(), datetime.now(UTC))
    try:
        return kind.model_validate({"id": NOT_STORED, "center_id": NOT_STORED, **placeholders, **fields})
    except ValidationError as error:
        raise Invalid.from_pydantic(error) from None


def draft_fields(draft: Entity, **final: Any) -> dict[str, Any]:
    """Return the fields of a draft for `uow.add`, with the values that became final since."""
    return {**draft.model_dump(exclude=UNSTORED_FIELDS), **final}
