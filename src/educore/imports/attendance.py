"""Marks of attendance from a table, for sessions that exist."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from educore.attendance.entities import Attendance, AttendanceStatus
from educore.attendance.use_cases import correct_attendance, mark_class, remove_attendance
from educore.imports.columns import Column, as_text, as_type, as_word, clock, day
from educore.imports.entities import ImportedRow
from educore.imports.names import groups_of, students_of
from educore.imports.sheet import Line, Made, Piece, Sheet, as_json, refuse_twice
from educore.kernel.conditions import where
from educore.kernel.errors import Problem
from educore.kernel.unit_of_work import UnitOfWork
from educore.timetable.entities import Session
from educore.values import Day, TimeOfDay
from educore.values import Line as ShortText

WORDS = {
    AttendanceStatus.PRESENT: "был,была,присутствовал,присутствовала,присутствует,+,keldi,bor",
    AttendanceStatus.ABSENT: "не был,не была,отсутствовал,отсутствовала,отсутствует,н,-,kelmadi,yo'q",
    AttendanceStatus.LATE: "опоздал,опоздала,kechikdi",
    AttendanceStatus.EXCUSED: "уважительная,по уважительной,уваж.,sababli",
}
PLACES = {"student_id": "student"}

COLUMNS = (
    Column("group", as_text, required=True, also=("группа", "guruh")),
    Column("date", as_type(Day, told=day), required=True, also=("дата", "sana")),
    Column("start_time", as_type(TimeOfDay, told=clock), also=("time", "время", "начало", "vaqt", "boshlanishi")),
    Column("student", as_text, required=True, also=("username", "phone", "логин", "ученик", "студент", "o'quvchi")),
    Column(
        "status", as_word(AttendanceStatus, WORDS), required=True, also=("отметка", "посещение", "holat", "davomat")
    ),
    Column("notes", as_type(ShortText), also=("примечание", "комментарий", "izoh")),
)

EXAMPLES = (
    {"group": "English A1", "date": "2024-09-05", "start_time": "09:00", "student": "nodira", "status": "present"},
    {"group": "English A1", "date": "05.09.2024", "student": "jasur", "status": "late", "notes": "bus"},
)


def plan(sheet: Sheet) -> list[Piece]:
    """The marks of each session together, however many."""
    groups, students = groups_of(sheet), students_of(sheet)
    sessions = _sessions_of(sheet, groups)
    for line in sheet.lines:
        line.values |= {"session_id": sessions.get(line.number), "student_id": students.get(line.number)}
    refuse_twice(sheet, "session_id", "student_id", at="student")
    pieces: defaultdict[int, Piece] = defaultdict(list)
    for line in sheet.clean():
        pieces[line.values["session_id"]].append(line)
    return [pieces[id] for id in sorted(pieces)]


def hold(uow: UnitOfWork, pieces: Sequence[Piece]) -> None:
    """Hold the sessions in order."""
    uow.find(Session, where(id__in={piece[0].values["session_id"] for piece in pieces}), lock=True, order=("id",))


def take_in(sheet: Sheet, piece: Piece) -> None:
    """Mark a session; a line that says what is so already changes nothing."""
    with sheet.trying(piece, PLACES, whole="date"):
        session = sheet.uow.get(Session, piece[0].values["session_id"])
        marked = _marks(sheet.uow, session)
        given = mark_class(sheet.uow, session, marks=[_mark(line) for line in piece])
        sheet.made += _made(piece, given, marked)


def in_the_way(uow: UnitOfWork, rows: Sequence[ImportedRow]) -> dict[int, Problem]:
    """The marks somebody has changed or removed since, by the number of their line; the rest is held from now on.

    Their sessions are held first, in order, as when a table comes in, so that two never wait in a ring.
    """
    these = where(id__in={row.row_id for row in rows})
    uow.find(Session, where(id__in=uow.count_by(Attendance, "session_id", these)), lock=True, order=("id",))
    now = {mark.id: _state(mark) for mark in uow.find(Attendance, these, lock=True, order=("id",))}
    return {row.number: Problem("changed_since") for row in rows if now.get(row.row_id) != row.after}


def take_back(uow: UnitOfWork, row: ImportedRow, *, is_unfinished: bool) -> None:
    """Remove the mark if it was new, or give it its former value."""
    mark = uow.get(Attendance, row.row_id)
    if row.before:
        correct_attendance(uow, mark, **json.loads(row.before))
    else:
        remove_attendance(uow, mark)


def _sessions_of(sheet: Sheet, groups: dict[int, int]) -> dict[int, int]:
    """The session of each line; lines without one, or with several, are refused."""
    days = {line.values["date"] for line in sheet.lines if "date" in line.values}
    there: defaultdict[tuple[int, Any], list[Session]] = defaultdict(list)
    for session in sheet.uow.find(Session, where(group_id__in=set(groups.values()), date__in=days)):
        there[session.group_id, session.date].append(session)
    found = {}
    for line in sheet.lines:
        if line.number not in groups or "date" not in line.values:
            continue
        fitting = _fitting(there[groups[line.number], line.values["date"]], line)
        if len(fitting) == 1:
            found[line.number] = fitting[0].id
        elif fitting:
            sheet.refuse(line, "start_time", "several_sessions", times=_times(fitting))
        else:
            sheet.refuse(line, "date", "no_session")
    return found


def _fitting(sessions: list[Session], line: Line) -> list[Session]:
    """Those that begin when the line says; without a time those that take place, if any does."""
    if "start_time" in line.values:
        return [session for session in sessions if session.start_time == line.values["start_time"]]
    return [session for session in sessions if not session.is_cancelled] or sessions[:1]


def _times(sessions: Iterable[Session]) -> str:
    return ", ".join(sorted(f"{session.start_time:%H:%M}" for session in sessions if session.start_time is not None))


def _marks(uow: UnitOfWork, session: Session) -> dict[int, Attendance]:
    """The marks there are before the import, by id."""
    return {mark.id: mark for mark in uow.find(Attendance, where(session_id=session.id))}


def _mark(line: Line) -> dict[str, Any]:
    return {"student_id": line.values["student_id"], "status": line.values["status"], "notes": line.values.get("notes")}


def _made(lines: Sequence[Line], given: Sequence[Attendance], before: dict[int, Attendance]) -> list[Made]:
    made = []
    for line, mark in zip(lines, given, strict=True):
        was = _state(before[mark.id]) if mark.id in before else ""
        if was != _state(mark):
            made.append(Made(line.number, mark.id, was, _state(mark)))
    return made


def _state(mark: Attendance) -> str:
    return as_json({"status": mark.status.value, "notes": mark.notes})
