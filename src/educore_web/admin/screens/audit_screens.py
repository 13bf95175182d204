"""The screens of what was imported, and of who changed what when, from what to what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter, ValidationError

from educore import Domain, Role
from educore.audit import REDACTED, AuditAction, AuditEntry
from educore.imports import Import
from educore.kernel import references, value_type
from educore_web.admin.screen import Screen
from educore_web.admin.ui.cells import Cell, say, say_choice
from educore_web.admin.ui.forms import Question
from educore_web.admin.ui.language import translate
from educore_web.admin.ui.naming import UNKNOWN
from educore_web.admin.ui.problems import field_label


class AuditedKind(StrEnum):
    """The kinds of row whose changes the audit trail records."""

    ATTENDANCE = "Attendance"
    BRANCH = "Branch"
    CENTER = "Center"
    CHARGE_RUN = "ChargeRun"
    CONTRACT = "Contract"
    COURSE = "Course"
    ENROLLMENT = "Enrollment"
    EXAM_RESULT = "ExamResult"
    GROUP = "Group"
    INVOICE = "Invoice"
    LEAD = "Lead"
    MEMBERSHIP = "Membership"
    PAYMENT = "Payment"
    PAYROLL = "Payroll"
    ROOM = "Room"
    STUDENT = "Student"
    SUBMISSION = "Submission"
    TEACHER = "Teacher"
    USER = "User"


NOT_WORTH_SAYING = ("center_id", "user_id")
PAGES = frozenset(AuditedKind) - {AuditedKind.MEMBERSHIP}
"""The kinds whose rows all have a page of their own. Memberships are left out: only those of staff have one."""


def changes_of(domain: Domain, entry: Any) -> str:
    """Every field that changed, before and after; of a row that was made or removed what it held."""
    before, after, names = _read(entry.before), _read(entry.after), _read(entry.names)
    shown = [name for name in {**before, **after} if name not in NOT_WORTH_SAYING or before and after]
    said = {name: [_say(domain, entry.kind, name, side.get(name), names) for side in (before, after)] for name in shown}
    if before and after:
        return "; ".join(_changed(entry.kind, name, was, now) for name, (was, now) in said.items())
    held = {name: was if before else now for name, (was, now) in said.items()}
    return "; ".join(f"{field_label(name, entry.kind)}: {text}" for name, text in held.items() if text != UNKNOWN)


def _changed(kind: str, field: str, was: str, now: str) -> str:
    """Return the label of a field with its old and new value; for a confidential field, only that it changed."""
    values = translate("audit.untold") if REDACTED in (was, now) else f"{was} → {now}"
    return f"{field_label(field, kind)}: {values}"


def _read(text: str) -> dict[str, Any]:
    return dict(json.loads(text)) if text else {}


def _say(domain: Domain, kind_name: str, field: str, value: Any, names: Mapping[str, str]) -> str:
    """A value in the visitor's words; what this version no longer knows is shown as it was written."""
    kind = domain.kinds.get(kind_name)
    if value is None or value == REDACTED or kind is None or field not in kind.model_fields:
        return UNKNOWN if value is None else str(value)
    if reference := references(kind).get(field):
        return names.get(f"{reference.target} {value}") or f"№ {value}"
    try:
        return say(kind, field, TypeAdapter(value_type(kind, field)[0]).validate_python(value))
    except ValidationError:
        return str(value)


def _actor_of(domain: Domain, entry: Any) -> str:
    return entry.actor_name or UNKNOWN


def _role_of(domain: Domain, entry: Any) -> str:
    return next((say_choice(role) for role in Role if role.value == entry.actor_role), entry.actor_role)


def _about(domain: Domain, entry: Any) -> Cell:
    """Return the kind and the name of the row, linked to its page unless the entry records its removal."""
    known = next((say_choice(kind) for kind in AuditedKind if kind.value == entry.kind), entry.kind)
    kind = domain.kinds.get(entry.kind)
    leads = kind is not None and entry.action is not AuditAction.REMOVED and entry.kind in PAGES
    text = f"{known} {entry.row_name or f'№ {entry.row_id}'}"
    return Cell(text, leads_to=(kind, entry.row_id) if kind is not None and leads else None)


CHANGES = Screen(
    AuditEntry,
    "records",
    "ti ti-history",
    columns=("name", "at", "actor", "about", "action", "changes"),
    search=("actor_name", "row_name", "names"),
    filters=(Question("kind", AuditEntry, words=tuple(AuditedKind)), "action", "row_id"),
    between="at",
    says={"actor": _actor_of, "as_role": _role_of, "about": _about, "changes": changes_of},
    left_out=(
        *("chain", "actor_id", "actor_name", "actor_role", "center_id"),
        *("kind", "row_id", "row_name", "before", "after", "names"),
    ),
)

IMPORTS = Screen(
    Import,
    "records",
    "ti ti-table-import",
    columns=("name", "kind", "rows", "state", "made_by", "created_at"),
    filters=("kind", "state", "made_by_id"),
    between="created_at",
    left_out=("attempts", "lease_until"),
)

SCREENS = (IMPORTS, CHANGES)
