"""Attendance sessions: the registers of lessons, opened, started, marked, completed and reset."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from educore import From, Later, UnitOfWork, Where, perform, where
from educore.attendance import (
    MAX_MARKS,
    MISSED,
    Attendance,
    AttendanceStatus,
    RollEntry,
    Taken,
    prepare_register,
    read_roll,
    register_figures,
)
from educore.messaging import tell_guardians
from educore.people import Student
from educore.timetable import RegisterStatus, Session
from educore.values import ClientId, Day, LateMinutes, Line, Moment, Text
from educore_web.apis.madrasti.dialect import MadrastiShape
from educore_web.apis.madrasti.marks import settle_marks
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import MarkWord, RegisterWord, RollWord
from educore_web.rest.bodies import Body, make_partial
from educore_web.rest.body_fields import LookupBy, To
from educore_web.rest.further_names import ADDITION, Also

HAS_REGISTER = where(register_status__isnull=False)
"""The condition for the lessons whose register was opened."""


class RegisterIn(Body, of=Session):
    """The register of a lesson. It begins as NOT_STARTED: only starting, completing and resetting it change that."""

    timetable_session: Annotated[int, To("series_id")]
    date: Day
    status: Annotated[RegisterWord, To(None)] = RegisterWord.NOT_STARTED
    notes: Text = ""


@dataclass(frozen=True)
class _Lesson:
    id: int
    group_id: int
    date: date


class RegisterOut(MadrastiShape, of=Session):
    """The register of a lesson, with the figures of the whole class; excused students are among the absent ones."""

    id: int
    timetable_session: Annotated[int | None, From("series_id")]
    date: date
    status: Annotated[RegisterWord, From("register_status")]
    started_at: datetime | None
    completed_at: datetime | None
    started_by: Annotated[int | None, From("started_by_id")]
    completed_by: Annotated[int | None, From("completed_by_id")]
    total_students: Annotated[int, Later()]
    present_count: Annotated[int, Later()]
    absent_count: Annotated[int, Later()]
    late_count: Annotated[int, Later()]
    not_marked_count: Annotated[int, Later()]
    attendance_percentage: Annotated[float, Later()]
    notes: str
    created_at: datetime
    updated_at: datetime
    class_: Annotated[int, From("group_id"), ADDITION]
    class_name: Annotated[str, From("group.name"), ADDITION]

    @classmethod
    def finish(cls, uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
        """Count the students of each class in two statements; figures name nobody, so they are those of all."""
        lessons = [_Lesson(row["id"], row["class"], row["date"]) for row in rows]
        figures = register_figures(uow.as_platform(), lessons)
        for row in rows:
            found = figures[row["id"]]
            row["total_students"], row["not_marked_count"] = found.total, found.not_marked
            row["present_count"], row["absent_count"] = found.present, found.absent
            row["late_count"], row["attendance_percentage"] = found.late, float(found.percentage)


class PersonOut(BaseModel):
    """A student by the id of their account."""

    id: int
    full_name: str
    email: str | None


class RollOut(BaseModel):
    """A student of the class on the day of a lesson, and the mark that they have; `student_id` is their account."""

    student_id: int
    student_name: str
    attendance_status: RollWord
    previous_attendance: RollWord | None
    student: Annotated[PersonOut, ADDITION]
    status: Annotated[RollWord, ADDITION]


class StartedOut(BaseModel):
    """A register that was started, with its students."""

    id: int
    status: RegisterWord
    started_at: datetime | None
    total_students: int
    students: list[RollOut]


class MarkIn(Body, of=Attendance):
    """The mark of a student. A client that sends it again, with the same `client_id`, changes nothing."""

    student: Annotated[int, To("student_id"), LookupBy(Student, "user_id"), Also("student_id")]
    status: MarkWord
    arrived_late: bool = False
    late_minutes: LateMinutes | None = None
    absence_reason: Line = ""
    is_excused: bool = False
    notes: Line = ""
    client_id: ClientId | None = None
    marked_on_device_at: Moment | None = None


class MarksIn(Body):
    """The marks of a register, all or none; students who are left out keep theirs."""

    attendance_data: Annotated[list[MarkIn], To("marks"), Field(max_length=MAX_MARKS), Also("records")]


class MarkedOut(BaseModel):
    """The number of students marked, by their status, and of the flags and messages that followed."""

    marked_count: int
    present_count: int
    absent_count: int
    late_count: int
    flags_created: int
    notifications_sent: int


def start(uow: UnitOfWork, id: int, only: Where) -> dict[str, Any]:
    """Start a register: from now on its students are marked"""
    session = perform(uow, Session, "start_register", id, only=only, returns=Session)
    roll = [_show_entry(entry) for entry in read_roll(uow, session)]
    status = RegisterWord[(session.register_status or RegisterStatus.NOT_STARTED).name]
    return {
        "id": session.id,
        "status": status,
        "started_at": MadrastiShape.spelling[datetime](session.started_at),
        "total_students": len(roll),
        "students": roll,
    }


def complete(uow: UnitOfWork, id: int, only: Where) -> dict[str, Any]:
    """Complete a register; students without a mark stay without one"""
    perform(uow, Session, "complete_register", id, only=only)
    return uow.select_one(RegisterOut, id)


def reset(uow: UnitOfWork, id: int, only: Where) -> dict[str, Any]:
    """Reset a register: its marks are removed, and it can be started anew"""
    perform(uow, Session, "reset_register", id, only=only)
    return uow.select_one(RegisterOut, id)


def students(uow: UnitOfWork, id: int, only: Where) -> list[dict[str, Any]]:
    """List the students of a lesson, each with the mark of this lesson and that of the one before"""
    session = uow.get(Session, id, to="take_register", only=only)
    return [_show_entry(entry) for entry in read_roll(uow, session)]


def bulk_mark(uow: UnitOfWork, id: int, data: MarksIn, only: Where) -> dict[str, Any]:
    """Mark students of a register that was started, all or none"""
    marks = settle_marks(data.fields()["marks"])
    taken = perform(uow, Session, "take_register", id, {"marks": marks}, only=only, returns=Taken)
    counts = Counter(mark.status for mark in taken.marks)
    return {
        "marked_count": len(taken.marks),
        "present_count": counts[AttendanceStatus.PRESENT],
        "absent_count": sum(counts[status] for status in MISSED),
        "late_count": counts[AttendanceStatus.LATE],
        "flags_created": len(taken.flags),
        "notifications_sent": len(tell_guardians(uow)),
    }


def _show_entry(entry: RollEntry) -> dict[str, Any]:
    status = RollWord.NOT_MARKED if entry.mark is None else RollWord[entry.mark.name]
    return {
        "student_id": entry.user_id,
        "student_name": entry.name,
        "attendance_status": status,
        "previous_attendance": entry.mark_before and RollWord[entry.mark_before.name],
        "student": {"id": entry.user_id, "full_name": entry.name, "email": entry.email},
        "status": status,
    }


PATH, ROW = "/attendance/sessions/", "/attendance/sessions/{id}/"
NAMED: dict[str, Any] = {"resource": "attendance.sessions", "only": HAS_REGISTER}
ACTED: dict[str, Any] = {**NAMED, "kind": Session}
ALLOWED: dict[str, Any] = {"permission": "can_manage_attendance"}
PREPARED: dict[str, Any] = {"use_case": prepare_register, "action": "prepare_register", **ALLOWED, **NAMED}
CHANGED: dict[str, Any] = {"action": "change_register", **ALLOWED, **NAMED}
MARKING: dict[str, Any] = {**ALLOWED, **ACTED}

ROUTES = [
    madrasti.list(PATH, RegisterOut, search=("group__name",), order=("-date", "-start_time", "id"), **NAMED),
    madrasti.create(PATH, Session, RegisterIn, RegisterOut, **PREPARED),
    madrasti.retrieve(ROW, RegisterOut, **NAMED),
    madrasti.update(ROW, Session, make_partial(RegisterIn), RegisterOut, **CHANGED),
    madrasti.update(ROW, Session, make_partial(RegisterIn), RegisterOut, method="PATCH", addition=True, **CHANGED),
    madrasti.delete(ROW, Session, action="drop_register", **ALLOWED, **NAMED),
    madrasti.post(f"{ROW}start/", start, action="start_register", out=StartedOut, **MARKING),
    madrasti.post(f"{ROW}complete/", complete, action="complete_register", out=RegisterOut, **MARKING),
    madrasti.get(f"{ROW}students/", students, action="take_register", out=RollOut, many=True, **ACTED),
    madrasti.post(f"{ROW}bulk_mark/", bulk_mark, action="take_register", body=MarksIn, out=MarkedOut, **MARKING),
    madrasti.post(f"{ROW}reset/", reset, action="reset_register", out=RegisterOut, **ACTED),
]
