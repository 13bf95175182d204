"""The screens of what was imported, and of who changed what when, from what to what."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter, ValidationError

from educore import AuditEntry, Domain, Import, references, value_type
from educore_web.admin.cells import say, say_choice
from educore_web.admin.forms import Question
from educore_web.admin.naming import UNKNOWN
from educore_web.admin.problems import field_label
from educore_web.admin.screen import Screen


class AuditedKind(StrEnum):
    """What a change can be about: the kinds the domain watches."""

    ATTENDANCE = "Attendance"
    CHARGE_RUN = "ChargeRun"
    EXAM_RESULT = "ExamResult"
    INVOICE = "Invoice"
    MEMBERSHIP = "Membership"
    PAYMENT = "Payment"
    PAYROLL = "Payroll"
    SUBMISSION = "Submission"


NOT_WORTH_SAYING = ("center_id", "user_id")


def changes_of(domain: Domain, entry: Any) -> str:
    """Every field that changed, before and after; of a row that was made or removed what it held."""
    before, after = _read(entry.before), _read(entry.after)
    names = [name for name in {**before, **after} if name not in NOT_WORTH_SAYING or before and after]
    both = bool(before and after)
    said = {name: [_say(domain, entry.kind, name, side.get(name)) for side in (before, after)] for name in names}
    if both:
        return "; ".join(f"{field_label(name, entry.kind)}: {was} → {now}" for name, (was, now) in said.items())
    held = {name: was if before else now for name, (was, now) in said.items()}
    return "; ".join(f"{field_label(name, entry.kind)}: {text}" for name, text in held.items() if text != UNKNOWN)


def _read(text: str) -> dict[str, Any]:
    return dict(json.loads(text)) if text else {}


def _say(domain: Domain, kind_name: str, field: str, value: Any) -> str:
    """A value in the visitor's words; what this version no longer knows is shown as it was written."""
    kind = domain.kinds.get(kind_name)
    if value is None or kind is None or field not in kind.model_fields:
        return UNKNOWN if value is None else str(value)
    if field in references(kind):
        return f"№ {value}"
    try:
        return say(kind, field, TypeAdapter(value_type(kind, field)[0]).validate_python(value))
    except ValidationError:
        return str(value)


def _actor_of(domain: Domain, entry: Any) -> str:
    return entry.actor_name or UNKNOWN


def _about(domain: Domain, entry: Any) -> str:
    known = next((say_choice(kind) for kind in AuditedKind if kind.value == entry.kind), entry.kind)
    return f"{known} {entry.row_id}"


CHANGES = Screen(
    AuditEntry,
    "records",
    "ti ti-history",
    columns=("at", "actor", "about", "action", "changes"),
    search=("actor_name",),
    filters=(Question("kind", AuditEntry, words=tuple(AuditedKind)), "action", "row_id"),
    between="at",
    says={"actor": _actor_of, "about": _about, "changes": changes_of},
    left_out=("chain", "actor_id", "actor_name", "center_id", "kind", "row_id", "before", "after"),
)

IMPORTS = Screen(
    Import,
    "records",
    "ti ti-table-import",
    columns=("name", "kind", "rows", "made_by", "created_at", "reverted_at"),
    filters=("kind", "made_by_id"),
    between="created_at",
)

SCREENS = (IMPORTS, CHANGES)
