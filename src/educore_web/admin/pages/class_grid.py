"""The class grid: everybody of a session on one page, present, absent, late or excused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from educore import From, Joined, Problem, Shape, UnitOfWork, perform, where
from educore.attendance import Attendance, AttendanceCorrection, AttendanceStatus
from educore.timetable import Session
from educore_web.admin.pages.sheet import Filled, Line, Sheet, full_name, in_order, seats, stored_line, write_lines
from educore_web.admin.ui.forms import as_text
from educore_web.admin.ui.language import translate
from educore_web.admin.ui.problems import sentence


class Lesson(Shape, of=Session):
    """What a class grid is about."""

    id: int
    group_id: int
    group: Annotated[str, From("group.name")]
    course: Annotated[str, From("group.course.name")]
    teacher: Annotated[str | None, Joined("teacher.user.first_name", "teacher.user.last_name")]
    room: Annotated[str | None, From("room.name")]
    time_zone: Annotated[str, From("center.time_zone")]
    date: date
    start_time: time | None
    end_time: time | None
    topic: str
    online_link: str | None
    is_cancelled: bool


class Mark(Shape, of=Attendance):
    """A mark, and who gave it when."""

    id: int
    student_id: int
    name: Annotated[str | None, Joined("student.user.first_name", "student.user.last_name")]
    username: Annotated[str, From("student.user.username")]
    status: AttendanceStatus
    notes: str
    marked_at: datetime
    marker: Annotated[str | None, Joined("marker.first_name", "marker.last_name")]


class Earlier(Shape, of=AttendanceCorrection):
    """What a mark was before, and who changed it when."""

    student_id: int
    status_before: AttendanceStatus
    notes_before: str
    corrected_at: datetime
    corrected_by: Annotated[str | None, Joined("corrected_by.first_name", "corrected_by.last_name")]


def load(uow: UnitOfWork, session_id: int) -> Filled:
    """The class as it is marked so far, in four statements. Raises: NotFound, Forbidden."""
    found = uow.select(Lesson, where(id=session_id), to="mark", limit=1)
    lesson = found[0] if found else dict(uow.get(Session, session_id, to="mark"))
    this = where(session_id=session_id)
    marks = {mark["student_id"]: mark for mark in uow.select(Mark, this)}
    earlier: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for correction in uow.select(Earlier, this, order=("-corrected_at",)):
        earlier[correction["student_id"]].append(correction)
    members = seats(uow, lesson["group_id"], on=lesson["date"])
    names = {id: full_name(mark) for id, mark in marks.items()} | members
    closed = _why_closed(uow, lesson)
    lines = [
        _line(id, name, marks.get(id), earlier[id], is_open=closed is None and id in members)
        for id, name in names.items()
    ]
    return Filled(lesson, in_order(lines), [closed] if closed else [], is_open=closed is None)


def write(uow: UnitOfWork, session_id: int, filled: Filled) -> None:
    """Mark everybody for whom something was chosen. Raises: SheetRefused, Forbidden."""
    chosen = [line for line in filled.lines if line.texts["status"]]
    marks = [{"student_id": line.id, **line.texts} for line in chosen]
    write_lines(chosen, "marks", lambda: perform(uow, Session, "mark", session_id, marks=marks))


def _line(id: int, name: str, mark: Mapping[str, Any] | None, earlier: list[dict[str, Any]], *, is_open: bool) -> Line:
    texts = {"status": as_text(mark["status"]) if mark else "", "notes": mark["notes"] if mark else ""}
    stored = stored_line(Attendance, mark, "status", "notes")
    return Line(id, name, {"mark": mark, "earlier": earlier}, texts, is_open, stored)


def _say(texts: Mapping[str, str]) -> str:
    """A mark in words, with its note."""
    status = translate(f"AttendanceStatus.{texts['status']}") if texts["status"] else "—"
    return f"{status} ({texts['notes']})" if texts["notes"] else status


def _why_closed(uow: UnitOfWork, lesson: Mapping[str, Any]) -> str | None:
    """Why nobody can be marked, if nobody can."""
    today = uow.ports.clock.now().astimezone(ZoneInfo(lesson["time_zone"])).date()
    if lesson["is_cancelled"]:
        return sentence(Problem("session_cancelled"))
    if lesson["date"] > today:
        return sentence(Problem("session_in_future", {"date": lesson["date"].isoformat()}))
    return None


MARKS = Sheet(
    "marks",
    "ti ti-user-check",
    "mark",
    ("status", "notes"),
    load,
    write,
    quick=("status", AttendanceStatus.PRESENT.value),
    say=_say,
)
