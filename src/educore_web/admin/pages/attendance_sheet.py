"""The attendance sheet of a session: a status and a note for each student of the group.

In a school it is the register of a lesson: it also asks how late a student was and why they were absent, and completes
the register.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from educore import From, NameOf, Problem, Shape, UnitOfWork, perform, where
from educore.attendance import Attendance, AttendanceCorrection, AttendanceStatus
from educore.groups import held_between
from educore.timetable import RegisterStatus, Session
from educore_web.admin.security.current_user import is_offered
from educore_web.admin.sheet import (
    Sheet,
    SheetLine,
    SheetState,
    load_students,
    parse_number,
    sort_by_name,
    stored_row,
    write_lines,
)
from educore_web.admin.ui.forms import as_text
from educore_web.admin.ui.language import translate
from educore_web.admin.ui.problems import problem_message

FIELDS = ("status", "notes", "late_minutes", "absence_reason")


class Lesson(Shape, of=Session):
    """The session of an attendance sheet."""

    id: int
    group_id: int
    group: Annotated[str, From("group.name")]
    course: Annotated[str | None, From("group.course.name")]
    subject: Annotated[str | None, From("course.name")]
    timetable: Annotated[int | None, From("series.timetable_id")]
    register_status: RegisterStatus | None
    teacher: Annotated[str | None, NameOf("teacher")]
    room: Annotated[str | None, From("room.name")]
    time_zone: Annotated[str, From("center.time_zone")]
    date: date
    start_time: time | None
    end_time: time | None
    topic: str
    online_link: str | None
    is_cancelled: bool


class Mark(Shape, of=Attendance):
    """The mark of a student, with the person who gave it and the time."""

    id: int
    student_id: int
    name: Annotated[str, NameOf("student")]
    status: AttendanceStatus
    notes: str
    late_minutes: int | None
    absence_reason: str
    marked_at: datetime
    marker: Annotated[str | None, NameOf("marker")]


class Correction(Shape, of=AttendanceCorrection):
    """A mark before it was changed, with the person who changed it and the time."""

    student_id: int
    status_before: AttendanceStatus
    notes_before: str
    corrected_at: datetime
    corrected_by: Annotated[str | None, NameOf("corrected_by")]


def load(uow: UnitOfWork, session_id: int) -> SheetState:
    """Return the sheet with the marks given so far, in four statements. Raises: NotFound, Forbidden."""
    found = uow.select(Lesson, where(id=session_id), to="mark", limit=1)
    lesson = found[0] if found else dict(uow.get(Session, session_id, to="mark"))
    of_session = where(session_id=session_id)
    marks = {mark["student_id"]: mark for mark in uow.select(Mark, of_session)}
    earlier: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for correction in uow.select(Correction, of_session, order=("-corrected_at",)):
        earlier[correction["student_id"]].append(correction)
    members = load_students(uow, lesson["group_id"], held_between(lesson["date"], lesson["date"]))
    names = {id: mark["name"] for id, mark in marks.items()} | members
    closed = _closed_reason(uow, lesson)
    lines = [
        _line(id, name, marks.get(id), earlier[id], is_open=closed is None and id in members)
        for id, name in names.items()
    ]
    lesson = {**lesson, "has_details": is_offered(in_schools=True)}
    is_kept = lesson["timetable"] is not None and lesson["register_status"] != RegisterStatus.COMPLETED
    return SheetState(
        lesson,
        sort_by_name(lines),
        [closed] if closed else [],
        is_open=closed is None,
        closing="complete_register" if is_kept and closed is None else "",
    )


def write(uow: UnitOfWork, session_id: int, state: SheetState) -> None:
    """Mark each student for whom a status was chosen. Raises: SheetError, Forbidden."""
    chosen = [line for line in state.lines if line.texts["status"]]
    marks = [{"student_id": line.id, **_mark(line.texts)} for line in chosen]
    write_lines(chosen, "marks", lambda: perform(uow, Session, "mark", session_id, {"marks": marks}))


def _line(
    id: int, name: str, mark: Mapping[str, Any] | None, earlier: list[dict[str, Any]], *, is_open: bool
) -> SheetLine:
    texts = {name: as_text(mark[name]) if mark else "" for name in FIELDS}
    stored = stored_row(Attendance, mark, *FIELDS)
    return SheetLine(id, name, {"mark": mark, "earlier": earlier}, texts, is_open, stored)


def _mark(texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the mark that a line asks for; only a late student has minutes, and only an absent one a reason."""
    mark: dict[str, Any] = {"status": texts["status"], "notes": texts["notes"]}
    if texts["status"] == AttendanceStatus.LATE:
        mark["late_minutes"] = parse_number(texts["late_minutes"])
    if texts["status"] in (AttendanceStatus.ABSENT, AttendanceStatus.EXCUSED):
        mark["absence_reason"] = texts["absence_reason"]
    return mark


def _describe(texts: Mapping[str, str]) -> str:
    """Return a mark as text, with its note."""
    status = translate(f"AttendanceStatus.{texts['status']}") if texts["status"] else "—"
    return f"{status} ({texts['notes']})" if texts["notes"] else status


def _closed_reason(uow: UnitOfWork, lesson: Mapping[str, Any]) -> str | None:
    """Return why no student can be marked, None if they can."""
    today = uow.ports.clock.now().astimezone(ZoneInfo(lesson["time_zone"])).date()
    if lesson["is_cancelled"]:
        return problem_message(Problem("session_cancelled"))
    if lesson["date"] > today:
        return problem_message(Problem("session_in_future", {"date": lesson["date"].isoformat()}))
    return None


MARKS = Sheet(
    "marks",
    "ti ti-user-check",
    "mark",
    FIELDS,
    load,
    write,
    quick=("status", AttendanceStatus.PRESENT.value),
    describe=_describe,
)
