"""The importer of attendance: each row is a student's mark in a session that exists."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from educore.attendance.entities import Attendance, AttendanceStatus
from educore.attendance.use_cases import correct_attendance, mark_class, remove_attendance
from educore.imports.columns import ImportColumn, choice_reader, normalize_date, normalize_time, read_text, value_reader
from educore.imports.entities import ImportedRow
from educore.imports.importer import Importer
from educore.imports.lookups import resolve_groups, resolve_students
from educore.imports.sheet import RowGroup, RowResult, Sheet, SheetRow, refuse_duplicates, to_json
from educore.kernel.conditions import where
from educore.kernel.errors import Problem
from educore.kernel.unit_of_work import UnitOfWork
from educore.timetable.entities import Session
from educore.values import Day, Line, TimeOfDay

STATUS_WORDS = {
    AttendanceStatus.PRESENT: "был,была,присутствовал,присутствовала,присутствует,+,keldi,bor",
    AttendanceStatus.ABSENT: "не был,не была,отсутствовал,отсутствовала,отсутствует,н,-,kelmadi,yo'q",
    AttendanceStatus.LATE: "опоздал,опоздала,kechikdi",
    AttendanceStatus.EXCUSED: "уважительная,по уважительной,уваж.,sababli",
}
_FIELD_TO_COLUMN = {"student_id": "student"}

_COLUMNS = (
    ImportColumn("group", read_text, required=True, aliases=("группа", "guruh")),
    ImportColumn("date", value_reader(Day, normalize=normalize_date), required=True, aliases=("дата", "sana")),
    ImportColumn(
        "start_time",
        value_reader(TimeOfDay, normalize=normalize_time),
        aliases=("time", "время", "начало", "vaqt", "boshlanishi"),
    ),
    ImportColumn(
        "student", read_text, required=True, aliases=("username", "phone", "логин", "ученик", "студент", "o'quvchi")
    ),
    ImportColumn(
        "status",
        choice_reader(AttendanceStatus, STATUS_WORDS),
        required=True,
        aliases=("отметка", "посещение", "holat", "davomat"),
    ),
    ImportColumn("notes", value_reader(Line), aliases=("примечание", "комментарий", "izoh")),
)

_EXAMPLES = (
    {"group": "English A1", "date": "2024-09-05", "start_time": "09:00", "student": "nodira", "status": "present"},
    {"group": "English A1", "date": "05.09.2024", "student": "jasur", "status": "late", "notes": "bus"},
)


def _plan_rows(sheet: Sheet) -> list[RowGroup]:
    """Return the marks grouped by session, ordered by session id."""
    groups, students = resolve_groups(sheet), resolve_students(sheet)
    sessions = _resolve_sessions(sheet, groups)
    for row in sheet.rows:
        row.values |= {"session_id": sessions.get(row.number), "student_id": students.get(row.number)}
    refuse_duplicates(sheet, "session_id", "student_id", column="student")
    by_session: defaultdict[int, RowGroup] = defaultdict(list)
    for row in sheet.valid_rows():
        by_session[row.values["session_id"]].append(row)
    return [by_session[id] for id in sorted(by_session)]


def _lock_rows(uow: UnitOfWork, groups: Sequence[RowGroup]) -> None:
    """Lock the sessions in the order of their ids."""
    uow.find(Session, where(id__in={group[0].values["session_id"] for group in groups}), lock=True, order=("id",))


def _import_rows(sheet: Sheet, group: RowGroup) -> None:
    """Store the marks of a session; a row that equals the stored mark has no result."""
    with sheet.collect_errors(group, _FIELD_TO_COLUMN, whole="date"):
        session = sheet.uow.get(Session, group[0].values["session_id"])
        before = {mark.id: mark for mark in sheet.uow.find(Attendance, where(session_id=session.id))}
        marks = mark_class(sheet.uow, session, marks=[_mark(row) for row in group])
        sheet.results += _results(group, marks, before)


def _find_revert_blockers(uow: UnitOfWork, rows: Sequence[ImportedRow]) -> dict[int, Problem]:
    """Return the marks that were changed or removed since, by row number, and lock the others.

    Their sessions are locked first, in the order in which an import locks them; this prevents deadlocks.
    """
    imported = where(id__in={row.row_id for row in rows})
    uow.find(Session, where(id__in=uow.count_by(Attendance, "session_id", imported)), lock=True, order=("id",))
    now = {mark.id: _state(mark) for mark in uow.find(Attendance, imported, lock=True, order=("id",))}
    return {row.number: Problem("changed_since") for row in rows if now.get(row.row_id) != row.after}


def _revert_row(uow: UnitOfWork, row: ImportedRow, *, is_unfinished: bool) -> None:
    """Remove the mark if the import created it, otherwise restore its former value."""
    mark = uow.get(Attendance, row.row_id)
    if row.before:
        correct_attendance(uow, mark, **json.loads(row.before))
    else:
        remove_attendance(uow, mark)


ATTENDANCE = Importer(_COLUMNS, _EXAMPLES, _plan_rows, _lock_rows, _import_rows, _find_revert_blockers, _revert_row)


def _resolve_sessions(sheet: Sheet, groups: dict[int, int]) -> dict[int, int]:
    """Return the session of each row, by row number; rows that match no session or several are refused."""
    days = {row.values["date"] for row in sheet.rows if "date" in row.values}
    sessions: defaultdict[tuple[int, Any], list[Session]] = defaultdict(list)
    for session in sheet.uow.find(Session, where(group_id__in=set(groups.values()), date__in=days)):
        sessions[session.group_id, session.date].append(session)
    resolved = {}
    for row in sheet.rows:
        if row.number not in groups or "date" not in row.values:
            continue
        matching = _matching(sessions[groups[row.number], row.values["date"]], row)
        if len(matching) == 1:
            resolved[row.number] = matching[0].id
        elif matching:
            sheet.refuse(row, "start_time", "several_sessions", times=_start_times(matching))
        else:
            sheet.refuse(row, "date", "no_session")
    return resolved


def _matching(sessions: list[Session], row: SheetRow) -> list[Session]:
    """Return the sessions that begin at the time of the row.

    Without a time, return those that were not cancelled, or one cancelled session if there are no others.
    """
    if "start_time" in row.values:
        return [session for session in sessions if session.start_time == row.values["start_time"]]
    return [session for session in sessions if not session.is_cancelled] or sessions[:1]


def _start_times(sessions: Iterable[Session]) -> str:
    return ", ".join(sorted(f"{session.start_time:%H:%M}" for session in sessions if session.start_time is not None))


def _mark(row: SheetRow) -> dict[str, Any]:
    return {"student_id": row.values["student_id"], "status": row.values["status"], "notes": row.values.get("notes")}


def _results(rows: Sequence[SheetRow], marks: Sequence[Attendance], before: dict[int, Attendance]) -> list[RowResult]:
    results = []
    for row, mark in zip(rows, marks, strict=True):
        former = _state(before[mark.id]) if mark.id in before else ""
        if former != _state(mark):
            results.append(RowResult(row.number, mark.id, former, _state(mark)))
    return results


def _state(mark: Attendance) -> str:
    return to_json({"status": mark.status.value, "notes": mark.notes})
