"""What a row is called: people by their names, things by theirs, and what belongs to somebody by that somebody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time
from typing import Any

from educore import Domain, Entity, Where, nothing, where
from educore.admissions import Contract
from educore.assessment import Assignment, Exam, ExamResult, Submission
from educore.attendance import Attendance, AttendanceCorrection
from educore.audit import AuditEntry
from educore.billing import ChargeRun, Invoice, Payment, Payroll
from educore.groups import Enrollment
from educore.identity import Membership, SignIn, User
from educore.imports import Import
from educore.kernel import references
from educore.messaging import Delivery, Notification
from educore.people import Student, Teacher, TeacherRating
from educore.timetable import Series, Session
from educore_web.admin.ui.language import format_date, format_month, format_number, format_time

NAMED_AFTER: dict[type[Entity], str] = {
    Membership: "user",
    SignIn: "user",
    Student: "user",
    Teacher: "user",
    Enrollment: "student",
    TeacherRating: "teacher",
    Series: "group",
    Session: "group",
    Attendance: "student",
    AttendanceCorrection: "student",
    Submission: "student",
    ExamResult: "student",
    Invoice: "student",
    Payroll: "teacher",
}
"""The reference that gives a row its name, for kinds that have no name of their own."""

OWN_NAMES: dict[type[Entity], str] = {
    Assignment: "title",
    Exam: "title",
    Notification: "title",
    Payment: "receipt_number",
    ChargeRun: "month",
    Contract: "contract_number",
    Delivery: "address",
}
"""The field that is the name of a row, where it is called otherwise."""

PEOPLE = (Student, Teacher, Membership)
"""Whoever has an account behind them, whose user name tells namesakes apart."""

UNKNOWN = "—"
MOST_WORDS = 5


def name_of(row: Any) -> str:
    """The name people know a row by; a dash where there is no row, or none the visitor may see."""
    if row is not None and row.entity is Session:
        return lesson_name(name_of(row.group), row.date, row.start_time)
    if row is not None and row.entity is Invoice:
        return f"№ {row.id} · {name_of(row.student)}"
    if row is not None and row.entity is ChargeRun:
        return format_month(first_day(row.month))
    while row is not None and row.entity in NAMED_AFTER:
        row = getattr(row, NAMED_AFTER[row.entity])
    if row is None:
        return UNKNOWN
    if row.entity is Import:
        return f"№ {row.id} {row.file_name}".strip()
    if row.entity is AuditEntry:
        return f"№ {row.number}"
    if row.entity is User:
        return f"{row.first_name} {row.last_name}".strip() or row.username
    return str(getattr(row, OWN_NAMES.get(row.entity, "name")))


def full_name(row: Any, with_center: bool = False) -> str:
    """A name that also tells namesakes apart."""
    if with_center:
        return f"{full_name(row)} · {name_of(row.center)}"
    if row.entity is Invoice:
        return f"{name_of(row)} · {format_number(row.remaining)} · {format_date(row.due_date)}"
    user = row if row.entity is User else getattr(row, "user", None) if row.entity in PEOPLE else None
    return f"{name_of(row)} · {user.username}" if user is not None and name_of(row) != user.username else name_of(row)


def lesson_name(group: str, day: date, start: time | None) -> str:
    """What a lesson is called: its group and when it begins."""
    return f"{group} · {format_date(day)}" + (f", {format_time(start)}" if start else "")


def first_day(month: str) -> date:
    """The first day of a month such as 2024-01."""
    return date.fromisoformat(f"{month}-01")


def leads_on(kind: type[Entity], step: str) -> bool:
    """Whether a step of a path is a reference of the kind: "branch" of a student is, "name" is not."""
    return f"{step}_id" in references(kind)


def steps_to_name(domain: Domain, kind: type[Entity]) -> tuple[str, ...]:
    """The references to load before `name_of` can be asked: ("student", "user") for an enrollment."""
    if kind not in NAMED_AFTER:
        return ()
    step = NAMED_AFTER[kind]
    return (step, *steps_to_name(domain, domain.target(kind, step)[1]))


def name_fields(domain: Domain, kind: type[Entity]) -> tuple[str, ...]:
    """The dotted paths whose texts make up the name, the first one to sort by."""
    prefix = "".join(f"{step}." for step in steps_to_name(domain, kind))
    return tuple(f"{prefix}{field}" for field in _own_name(_named_by(domain, kind)))


def _named_by(domain: Domain, kind: type[Entity]) -> type[Entity]:
    """The kind whose own fields make up the name: a student's is User, a session's Group."""
    return _named_by(domain, domain.target(kind, NAMED_AFTER[kind])[1]) if kind in NAMED_AFTER else kind


def _own_name(kind: type[Entity]) -> tuple[str, ...]:
    if kind is User:
        return ("first_name", "last_name", "username")
    if kind is Import:
        return ("file_name",)
    if kind is AuditEntry:
        return ("number",)
    return (OWN_NAMES.get(kind, "name"),)


def searched(domain: Domain, kind: type[Entity], paths: tuple[str, ...], text: str, scopes: dict[str, Where]) -> Where:
    """The rows where every word stands somewhere in `paths`, looking only at related rows within `scopes`."""
    found = where()
    for wanted in text.split()[:MOST_WORDS]:
        found &= _anywhere(domain, kind, paths, wanted, scopes)
    return found


def _anywhere(domain: Domain, kind: type[Entity], paths: Iterable[str], wanted: str, scopes: dict[str, Where]) -> Where:
    """The rows with a text at one of these dotted paths; each step must lead to a row within its kind's scope."""
    found, behind = nothing, dict[str, list[str]]()
    for path in paths:
        step, _, rest = path.partition(".")
        if rest:
            behind.setdefault(step, []).append(rest)
        else:
            found |= where(**{f"{step}__icontains": wanted})
    for step, rests in behind.items():
        target = domain.target(kind, step)[1]
        there = scopes[target.__name__] & _anywhere(domain, target, rests, wanted, scopes)
        found |= where(**{f"{step}__has": there})
    return found
