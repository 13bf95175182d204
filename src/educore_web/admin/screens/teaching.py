"""The screens of teaching: lessons, weekly plans, attendance, assignments and exams. Teachers have all of them."""

from __future__ import annotations

from functools import partial
from typing import Any

from educore import UnitOfWork, where
from educore.assessment import Assignment, Exam, ExamResult, Submission
from educore.attendance import AbsenceFlag, Attendance, AttendanceCorrection
from educore.people import TeacherStatus
from educore.timetable import RegisterStatus, Series, Session, is_slot
from educore_web.admin.pages.attendance_sheet import MARKS
from educore_web.admin.pages.exam_sheet import RESULTS
from educore_web.admin.pages.submission_sheet import WORK
from educore_web.admin.screen import RowAction, SchoolCreation, Screen, limit_centers, limit_choices
from educore_web.admin.screens.common import STUDENT_SEARCH, active_group
from educore_web.admin.ui.naming import RowNames, lesson_name
from educore_web.admin.ui.question import Question, questions_about

BY_GROUP = ("group.name",)

limit_to_active = partial(
    limit_choices,
    group_id=active_group,
    teacher_id=where(status=TeacherStatus.ACTIVE),
    room_id=where(is_available=True),
)
"""Limits the choices of questions about a lesson to active groups, active teachers and available rooms."""


def count_sessions(uow: UnitOfWork, series: set[int]) -> dict[int, int]:
    """Return the number of lessons of each series."""
    return uow.count_by(Session, "series_id", where(series_id__in=series))


def count_marks(uow: UnitOfWork, sessions: set[int]) -> dict[int, int]:
    """Return the number of marked students of each lesson."""
    return uow.count_by(Attendance, "session_id", where(session_id__in=sessions))


def count_submissions(uow: UnitOfWork, assignments: set[int]) -> dict[int, int]:
    """Return the number of submissions of each assignment."""
    return uow.count_by(Submission, "assignment_id", where(assignment_id__in=assignments))


def session_name(names: RowNames, session: Any) -> str:
    """Return the name of a lesson: its group and when it begins."""
    return lesson_name(names.name_of(session.group), session.date, session.start_time)


def is_of_timetable(uow: UnitOfWork, session: Any) -> bool:
    """Return whether a lesson is one of a timetable; only these have registers."""
    return bool(uow.count(Series, where(id=session.series_id) & is_slot))


REGISTER_FIELDS = ("register_status", "started_at", "completed_at", "started_by_id", "completed_by_id")
"""The fields that only the lessons with a register have."""

REGISTER_ACTIONS = (
    RowAction(
        "prepare_register",
        "ti ti-clipboard-plus",
        applies_to=where(register_status__isnull=True, is_cancelled=False, series_id__isnull=False),
        is_applicable=is_of_timetable,
        from_row=(("series_id", "series_id"), ("date", "date")),
        in_schools=True,
    ),
    RowAction(
        "drop_register",
        "ti ti-clipboard-x",
        applies_to=where(register_status=RegisterStatus.NOT_STARTED),
        in_schools=True,
    ),
    RowAction(
        "start_register",
        "ti ti-player-play",
        applies_to=where(register_status=RegisterStatus.NOT_STARTED),
        in_schools=True,
    ),
    RowAction(
        "complete_register",
        "ti ti-circle-check",
        applies_to=where(register_status=RegisterStatus.IN_PROGRESS),
        in_schools=True,
    ),
    RowAction(
        "reset_register",
        "ti ti-rotate-2",
        applies_to=where(register_status__in={RegisterStatus.IN_PROGRESS, RegisterStatus.COMPLETED}),
        is_destructive=True,
        in_schools=True,
    ),
)
"""The actions on the register of a lesson; marking a student starts it, too."""

WEEKDAY = Question("weekday", Series, required=True, about="weekdays")
"""The question about the only day of the week of a slot."""

SESSIONS = Screen(
    Session,
    "teaching",
    "ti ti-calendar-event",
    columns=("name", "date", "teacher", "room", "topic", "marked", "is_cancelled"),
    search=(*BY_GROUP, "topic", "teacher.user.first_name", "teacher.user.last_name"),
    school_columns=("name", "date", "course", "teacher", "room", "register_status", "marked", "is_cancelled"),
    filters=(
        *("group_id", "teacher_id", "room_id", "series_id", "is_cancelled"),
        Question("register_status", Session, in_schools=True),
    ),
    order="-date",
    create=(
        *limit_to_active(questions_about(Session, "group_id", "teacher_id", "room_id")),
        *(Question(name, Session, required=True) for name in ("date", "start_time", "end_time")),
        *questions_about(Session, "topic", "online_link", "notes"),
    ),
    edit=questions_about(
        Session,
        *("date", "start_time", "end_time", "teacher_id", "room_id", "topic", "online_link", "notes", "is_cancelled"),
    ),
    actions=(
        RowAction("link", "ti ti-video", applies_to=where(is_cancelled=False, online_link__isnull=True)),
        RowAction(
            "reschedule",
            "ti ti-clock-edit",
            questions=limit_to_active(
                tuple(Question(name, Session) for name in ("date", "start_time", "end_time", "room_id", "teacher_id"))
            ),
            applies_to=where(is_cancelled=False),
            single_row=True,
        ),
        *REGISTER_ACTIONS,
        RowAction("cancel", "ti ti-ban", applies_to=where(is_cancelled=False), is_destructive=True),
        RowAction(
            "cancel_rest",
            "ti ti-calendar-off",
            applies_to=where(is_cancelled=False, series_id__isnull=False),
            is_destructive=True,
            single_row=True,
        ),
    ),
    counts={"marked": count_marks},
    related=((Attendance, "session_id"), (AttendanceCorrection, "session_id"), (AbsenceFlag, "session_id")),
    hidden_fields=("starts_at", "ends_at"),
    field_conditions={
        "course_id": where(course_id__isnull=False),
        **dict.fromkeys(REGISTER_FIELDS, where(register_status__isnull=False)),
    },
    named_by="group_id",
    row_name=session_name,
    sheets=(MARKS,),
    for_teachers=True,
)

SERIES = Screen(
    Series,
    "teaching",
    "ti ti-calendar-repeat",
    columns=("name", "weekdays", "first_date", "last_date", "start_time", "end_time", "teacher", "room", "planned"),
    school_columns=("name", "weekdays", "start_time", "end_time", "course", "teacher", "room", "type", "planned"),
    search=(*BY_GROUP, "teacher.user.first_name", "teacher.user.last_name"),
    filters=(
        *("group_id", "teacher_id", "room_id"),
        *limit_centers(questions_about(Series, "course_id", "timetable_id", "type"), in_schools=True),
    ),
    order="-first_date",
    create=(
        *limit_centers(limit_to_active(questions_about(Series, "group_id")), in_schools=False),
        *limit_centers(
            (*questions_about(Series, "timetable_id", "course_id", required=("timetable_id",)), WEEKDAY),
            in_schools=True,
        ),
        *limit_to_active(questions_about(Series, "teacher_id", "room_id")),
        *limit_centers(questions_about(Series, "weekdays", "first_date", "last_date"), in_schools=False),
        *questions_about(Series, "start_time", "end_time"),
        *limit_centers(questions_about(Session, "topic"), in_schools=False),
        *limit_centers(questions_about(Series, "type", "notes"), in_schools=True),
    ),
    school_creation=SchoolCreation("add_slot", decided_by="timetable_id"),
    edit=(
        WEEKDAY,
        *limit_to_active(
            questions_about(Series, "start_time", "end_time", "course_id", "teacher_id", "room_id", "type", "is_active")
        ),
        *questions_about(Series, "notes"),
    ),
    editable=is_slot,
    archivable=is_slot,
    field_conditions=dict.fromkeys(("timetable_id", "course_id", "type", "is_active", "notes"), is_slot),
    counts={"planned": count_sessions},
    named_by="group_id",
    related=((Session, "series_id"),),
    for_teachers=True,
    count_message="planned",
)

ATTENDANCE = Screen(
    Attendance,
    "teaching",
    "ti ti-user-check",
    columns=("name", "session", "status", "notes", "marker", "marked_at"),
    search=(*STUDENT_SEARCH, "session.group.name"),
    filters=("status", "session_id", "student_id"),
    order="-marked_at",
    edit=questions_about(Attendance, "status", "notes"),
    hidden_fields=("client_id", "marked_on_device_at"),
    field_conditions={"late_minutes": where(late_minutes__isnull=False)},
    can_delete=True,
    for_teachers=True,
    imports="attendance",
)

CORRECTIONS = Screen(
    AttendanceCorrection,
    "teaching",
    "ti ti-history",
    columns=("name", "session", "status_before", "status_after", "corrected_by", "corrected_at"),
    search=(*STUDENT_SEARCH, "session.group.name"),
    filters=("session_id", "student_id"),
    order="-corrected_at",
    named_by="student_id",
    for_teachers=True,
)

ASSIGNMENTS = Screen(
    Assignment,
    "teaching",
    "ti ti-writing",
    columns=("name", "group", "teacher", "due_date", "handed_in", "status"),
    search=("title", *BY_GROUP),
    filters=("status", "group_id", "teacher_id"),
    order="-due_date",
    create=limit_to_active(
        questions_about(Assignment, "group_id", "teacher_id", "title", "due_date", "file", "description")
    ),
    edit=questions_about(Assignment, "teacher_id", "title", "due_date", "status", "file", "description"),
    can_delete=True,
    counts={"handed_in": count_submissions},
    related=((Submission, "assignment_id"),),
    sheets=(WORK,),
    for_teachers=True,
)

SUBMISSIONS = Screen(
    Submission,
    "teaching",
    "ti ti-inbox",
    columns=("name", "assignment", "file", "submitted_at", "grade", "graded_at"),
    search=(*STUDENT_SEARCH, "assignment.title"),
    filters=("assignment_id", "student_id"),
    order="-submitted_at",
    actions=(
        RowAction(
            "grade",
            "ti ti-pencil-check",
            questions=questions_about(Submission, "grade", "feedback"),
            domain_action="update",
        ),
    ),
    can_delete=True,
    for_teachers=True,
)

EXAMS = Screen(
    Exam,
    "teaching",
    "ti ti-certificate",
    columns=("name", "group", "teacher", "exam_date", "start_time", "total_points", "passing_score"),
    search=("title", *BY_GROUP),
    filters=("group_id", "teacher_id"),
    order="-exam_date",
    create=limit_to_active(
        questions_about(
            Exam,
            *("group_id", "teacher_id", "title", "exam_date", "start_time", "end_time"),
            *("total_points", "passing_score", "description"),
        )
    ),
    edit=questions_about(
        Exam,
        *("teacher_id", "title", "exam_date", "start_time", "end_time", "total_points", "passing_score", "description"),
    ),
    can_delete=True,
    related=((ExamResult, "exam_id"),),
    sheets=(RESULTS,),
    for_teachers=True,
)

RESULTS_OF_EXAMS = Screen(
    ExamResult,
    "teaching",
    "ti ti-trophy",
    columns=("name", "exam", "score", "grade", "answer_file", "graded_at"),
    search=(*STUDENT_SEARCH, "exam.title"),
    filters=("exam_id", "student_id", "grade"),
    order="-graded_at",
    create=questions_about(ExamResult, "exam_id", "student_id", "score"),
    edit=questions_about(ExamResult, "score"),
    can_delete=True,
    for_teachers=True,
)

SCREENS = (SESSIONS, SERIES, ATTENDANCE, CORRECTIONS, ASSIGNMENTS, SUBMISSIONS, EXAMS, RESULTS_OF_EXAMS)
