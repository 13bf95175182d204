"""Everything a store holds, told by names instead of ids, so that two stores in which the same happened compare equal.

Instants count too, as both stories run by one clock; ids, digests and secrets do not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from educore import EDUCATION, Educore, Entity, Hidden, StoredFile
from educore.audit import AuditEntry, AuditHead
from educore.billing import AnsweredRequest
from educore.identity import PasswordAttempts, SignIn, User
from educore.imports import ImportedRow
from educore.kernel import is_marked, references
from educore.kernel.store import Store
from educore.messaging import Job
from support.cast import all_rows

NOT_TOLD: frozenset[type[Entity]] = frozenset({SignIn, PasswordAttempts, AnsweredRequest})
"""Who signed in how often, and which forms and requests were answered: the way somebody came, not what they did."""

LEFT_OUT: Mapping[type[Entity], frozenset[str]] = {
    User: frozenset({"id", "last_signed_in_at"}),
    AuditEntry: frozenset({"id", "digest"}),  # made of ids; `verify_trail` proves it
    AuditHead: frozenset({"id", "digest", "seal"}),
}
NAMES = ("username", "name", "receipt_number", "contract_number", "file_name", "title", "description", "month", "date")
OWNERS = ("user_id", "student_id", "teacher_id", "group_id")
JOBS = {"SessionCancelled": "Session", "LessonStarting": "Session", "InvoiceDue": "Invoice", "PaymentDue": "Payment"}
"""What the ids in the payload of a job are of."""

Rows = Mapping[str, Mapping[int, Entity]]


def snapshot_store(store: Store, school: Educore) -> dict[str, list[dict[str, Any]]]:
    """Every row of every kind that tells what happened, in an order that follows from what it says."""
    rows = {name: {row.id: row for row in found} for name, found in all_rows(store).items()}
    kinds = {kind.__name__ for kind in NOT_TOLD}
    return {
        name: sorted((_row(rows, row, school) for row in found.values()), key=repr)
        for name, found in rows.items()
        if name not in kinds
    }


def differences(one: Mapping[str, list[Any]], other: Mapping[str, list[Any]]) -> list[str]:
    """What only one of two stores holds, a line for each row."""
    lines = []
    for kind in one.keys() | other.keys():
        left, right = list(one.get(kind, [])), list(other.get(kind, []))
        for row in list(left):
            if row in right:
                left.remove(row)
                right.remove(row)
        lines += [f"- {kind} {row}" for row in left] + [f"+ {kind} {row}" for row in right]
    return sorted(lines, key=lambda line: line[2:])


def row_name(rows: Rows, kind: str, id: int | None) -> str | None:
    """What a row is called by those who know it, however it is numbered."""
    if id is None:
        return None
    row = rows[kind].get(id)
    if row is None:
        return f"a {kind} that is gone"
    own = [str(getattr(row, name)) for name in (*NAMES, "start_time", "role") if getattr(row, name, None) is not None]
    links = references(type(row))
    if "username" in type(row).model_fields or kind in ("Center", "Branch", "Group", "Course", "Lead"):
        return own[0]
    if kind in ("Student", "Teacher"):
        return row_name(rows, "User", row.user_id)
    owners = [str(row_name(rows, links[name].target, getattr(row, name))) for name in OWNERS if name in links]
    return f"{kind} {' '.join([*owners, *own])}"


def _row(rows: Rows, row: Entity, school: Educore) -> dict[str, Any]:
    kind = type(row)
    shown = [name for name in kind.model_fields if name not in LEFT_OUT.get(kind, {"id"})]
    fields = {name: _value(rows, kind, name, getattr(row, name), school) for name in shown}
    if isinstance(row, AuditEntry):
        sides = {
            side: _of_json(rows, references(EDUCATION.kinds[row.kind]), fields[side]) for side in ("before", "after")
        }
        names = sorted(json.loads(row.names).values()) if row.names else []
        fields |= {"row_id": row_name(rows, row.kind, row.row_id), "names": names, **sides}
    if isinstance(row, Job):
        fields |= _of_job(rows, row)
    if isinstance(row, ImportedRow):
        fields["row_id"] = row_name(rows, "Student", row.row_id)
    return fields


def _value(rows: Rows, kind: type[Entity], name: str, value: Any, school: Educore) -> Any:
    if name in (links := references(kind)):
        return row_name(rows, links[name].target, value)
    if value is not None and is_marked(kind, name, StoredFile):
        return value.rsplit("/", 1)[-1], school.ports.files.read(value)
    if value is not None and is_marked(kind, name, Hidden):
        return "hidden"
    return value


def _of_json(rows: Rows, links: Mapping[str, Any], text: str) -> dict[str, Any]:
    """One side of an audit entry, its ids as names; of a file only that there is one."""
    found: dict[str, Any] = json.loads(text) if text else {}
    files = {"document", "contract_file"} & found.keys()
    said = {
        name: row_name(rows, links[name].target, value) if name in links else value for name, value in found.items()
    }
    return said | {name: found[name] is not None for name in files}


def _of_job(rows: Rows, job: Job) -> dict[str, Any]:
    """The payload of a job, its ids as names."""
    payload, of = json.loads(job.payload), JOBS[job.name]
    about = [row_name(rows, of, id) for id in _ids(payload)]
    rest = {
        name: value for name, value in payload.items() if name not in ("id", "ids", "session_id", "center_id", "by")
    }
    return {"payload": (about, rest, row_name(rows, "User", payload.get("by")))}


def _ids(payload: Mapping[str, Any]) -> Iterable[int]:
    return payload.get("ids") or [payload.get("id") or payload["session_id"]]
