"""The screens of imports and of the audit trail."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Any

from pydantic import TypeAdapter, ValidationError

from educore import Domain, Role
from educore.audit import REDACTED, AuditAction, AuditEntry
from educore.imports import Import
from educore.kernel import references, value_type
from educore_web.admin.screen import Screen
from educore_web.admin.ui.cells import Cell
from educore_web.admin.ui.enumerations import format_enum, humanize
from educore_web.admin.ui.formats import NO_VALUE, format_value
from educore_web.admin.ui.language import find_translation, translate
from educore_web.admin.ui.naming import RowNames
from educore_web.admin.ui.problems import field_label
from educore_web.admin.ui.question import Question

IMPLIED_FIELDS = ("center_id", "user_id")
"""Fields that are not shown of a row that was created or removed, because they never differ between its changes."""


def audited_kinds(domain: Domain) -> tuple[Enum, ...]:
    """Return the entities whose changes the audit trail of a domain records, as an enumeration of their names."""
    members = {name: name for name in sorted(kind.__name__ for kind in domain.audited)}
    kinds: Any = StrEnum("AuditedKind", members)  # type: ignore[misc]  # mypy wants the members as a literal
    return tuple(kinds)


def format_changes(domain: Domain, entry: Any) -> str:
    """Return each changed field with its old and new value; of a created or removed row, its values."""
    before, after, names = _parse(entry.before), _parse(entry.after), _parse(entry.names)
    fields = [name for name in {**before, **after} if name not in IMPLIED_FIELDS or before and after]
    texts = {
        name: [_format(domain, entry.kind, name, side.get(name), names) for side in (before, after)] for name in fields
    }
    if before and after:
        return "; ".join(_format_change(entry.kind, name, old, new) for name, (old, new) in texts.items())
    values = {name: old if before else new for name, (old, new) in texts.items()}
    return "; ".join(f"{field_label(name, entry.kind)}: {text}" for name, text in values.items() if text != NO_VALUE)


def _format_change(kind: str, field: str, old: str, new: str) -> str:
    """Return the label of a field with its old and new value; for a confidential field, only that it changed."""
    values = translate("audit.untold") if REDACTED in (old, new) else f"{old} → {new}"
    return f"{field_label(field, kind)}: {values}"


def _parse(text: str) -> dict[str, Any]:
    return dict(json.loads(text)) if text else {}


def _format(domain: Domain, kind_name: str, field: str, value: Any, names: Mapping[str, str]) -> str:
    """Return a value as text; a value that this version of the domain no longer knows stays as it was recorded."""
    kind = domain.kinds.get(kind_name)
    if value is None or value == REDACTED or kind is None or field not in kind.model_fields:
        return NO_VALUE if value is None else str(value)
    if reference := references(kind).get(field):
        return names.get(f"{reference.target} {value}") or f"№ {value}"
    try:
        return format_value(kind, field, TypeAdapter(value_type(kind, field)[0]).validate_python(value))
    except ValidationError:
        return str(value)


def _actor_name(domain: Domain, entry: Any) -> str:
    return entry.actor_name or NO_VALUE


def _role(domain: Domain, entry: Any) -> str:
    return next((format_enum(role) for role in Role if role.value == entry.actor_role), entry.actor_role)


def _changed_row(domain: Domain, entry: Any) -> Cell:
    """Return the entity and the name of the row, linked to its page unless the entry records its removal."""
    kind = domain.kinds.get(entry.kind)
    word = find_translation(f"AuditedKind.{entry.kind}") or (entry.kind if kind is None else humanize(entry.kind))
    text = f"{word} {entry.row_name or f'№ {entry.row_id}'}"
    is_linked = kind is not None and entry.action is not AuditAction.REMOVED
    return Cell(text, target_row=(kind, entry.row_id) if kind is not None and is_linked else None)


def _entry_name(names: RowNames, entry: Any) -> str:
    return f"№ {entry.number}"


def _import_name(names: RowNames, row: Any) -> str:
    return f"№ {row.id} {row.file_name}".strip()


CHANGES = Screen(
    AuditEntry,
    "records",
    "ti ti-history",
    columns=("name", "at", "actor", "about", "action", "changes"),
    search=("actor_name", "row_name", "names"),
    filters=(Question("kind", AuditEntry, values_from=audited_kinds), "action", "row_id"),
    date_filter="at",
    named_by="number",
    row_name=_entry_name,
    formatters={"actor": _actor_name, "as_role": _role, "about": _changed_row, "changes": format_changes},
    hidden_fields=(
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
    date_filter="created_at",
    named_by="file_name",
    row_name=_import_name,
    hidden_fields=("attempts", "lease_until"),
)

SCREENS = (IMPORTS, CHANGES)
