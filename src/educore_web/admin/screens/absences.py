"""The screens of absences in a school: flags that somebody must look after, and what families hand in about them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from educore import NameOf, Shape, UnitOfWork, perform, where
from educore.attendance import AbsenceFlag, AttendanceStatus, FlagDocument, FlagStatus, Resolved, sessions_of_flag
from educore.people import StudentStatus
from educore.timetable import Session
from educore_web.admin.screen import Panel, RowAction, RowLink, Screen, limit_choices
from educore_web.admin.screens.common import STUDENT_SEARCH
from educore_web.admin.ui.cells import Cell
from educore_web.admin.ui.formats import NO_VALUE
from educore_web.admin.ui.language import format_date, format_instant, translate
from educore_web.admin.ui.question import Question, questions_about

is_open = where(status=FlagStatus.ACTIVE)
has_absences = where(Attendance__has=where(status=AttendanceStatus.ABSENT))
"""The lessons with a mark of an absence."""


class HandedIn(Shape, of=FlagDocument):
    """Something that was handed in about a flag."""

    id: int
    note: str
    added_by: Annotated[str | None, NameOf("added_by")]
    created_at: datetime


def preview_resolution(uow: UnitOfWork, flag: int, answers: Mapping[str, Any]) -> list[str]:
    """Return which absences a resolution excuses, by their days; a browser forgets the file that was chosen."""
    decided = {name: value for name, value in answers.items() if name != "documents"}
    resolved = perform(uow, AbsenceFlag, "resolve", flag, decided, returns=Resolved)
    again = [translate("flag.file_again")] if answers.get("documents") else []
    if not resolved.excused:
        return [translate("flag.excuses_none"), *again]
    lessons = uow.find(Session, where(id__in={mark.session_id for mark in resolved.excused}), order=("date", "id"))
    days = dict.fromkeys(format_date(lesson.date) for lesson in lessons)
    return [translate("flag.excuses", count=len(resolved.excused), days=", ".join(days)), *again]


def present_sessions(uow: UnitOfWork, flag: int) -> dict[str, Any]:
    """Return the lessons with the absences of a flag, of which a resolution may excuse some."""
    return {"session_ids": sessions_of_flag(uow, uow.get(AbsenceFlag, flag))}


def documents_of_flag(uow: UnitOfWork, flag: int) -> list[list[Cell]]:
    """Return a line for each thing that was handed in about a flag, the latest first."""
    found = uow.select(HandedIn, where(flag_id=flag), order=("-created_at", "-id"))
    return [
        [
            Cell(format_instant(entry["created_at"]), target_row=(FlagDocument, entry["id"])),
            Cell(entry["added_by"] or NO_VALUE),
            Cell(entry["note"] or NO_VALUE),
        ]
        for entry in found
    ]


RESOLVE = RowAction(
    "resolve",
    "ti ti-circle-check",
    questions=(
        Question("resolution", AbsenceFlag, required=True),
        Question("excuse", AbsenceFlag, yes_or_no=True),
        Question("session_ids", AbsenceFlag, many=True, about="session_ids", choices=has_absences),
        Question("documents", FlagDocument, about="file"),
        Question("notes", AbsenceFlag, about="resolution_notes"),
        Question("follow_up_required", AbsenceFlag),
    ),
    applies_to=is_open,
    single_row=True,
    preview=preview_resolution,
    present=present_sessions,
    lists=("documents",),
)

DISMISS = RowAction(
    "dismiss",
    "ti ti-circle-x",
    questions=(Question("notes", AbsenceFlag, about="resolution_notes"),),
    applies_to=is_open,
)

FLAGS = Screen(
    AbsenceFlag,
    "teaching",
    "ti ti-flag",
    columns=("name", "session", "type", "absence_count", "priority", "status", "follow_up_required", "created_at"),
    search=(*STUDENT_SEARCH, "session.group.name"),
    filters=("status", "priority", "type", "student_id", "follow_up_required"),
    create=limit_choices(
        questions_about(AbsenceFlag, *("student_id", "session_id", "type", "priority"), optional=("type", "priority")),
        student_id=where(status=StudentStatus.ACTIVE),
    ),
    edit=questions_about(AbsenceFlag, "priority", "follow_up_required", "resolution_notes"),
    actions=(RESOLVE, DISMISS),
    can_delete=True,
    date_filter="created_at",
    links=(RowLink("hand_in", "ti ti-paperclip", kind=FlagDocument, prefill=(("flag_id", "id"),)),),
    panels=(Panel("handed_in", FlagDocument, ("created_at", "added_by", "note"), documents_of_flag, is_numeric=False),),
    field_conditions={
        name: where(status__in={FlagStatus.RESOLVED, FlagStatus.DISMISSED})
        for name in ("resolution", "resolved_at", "resolved_by_id")
    },
    colors={
        "active": "orange",
        "resolved": "green",
        "dismissed": "secondary",
        "urgent": "red",
        "high": "orange",
        "medium": "azure",
        "low": "secondary",
        "justified": "green",
        "unjustified": "red",
    },
    for_teachers=True,
    in_schools=True,
)

DOCUMENTS = Screen(
    FlagDocument,
    "teaching",
    "ti ti-paperclip",
    columns=("name", "note", "file", "added_by", "created_at"),
    search=("note", "flag.student.user.first_name", "flag.student.user.last_name"),
    filters=("flag_id",),
    create=questions_about(FlagDocument, "flag_id", "file", "note"),
    can_delete=True,
    in_schools=True,
)

SCREENS = (FLAGS, DOCUMENTS)
