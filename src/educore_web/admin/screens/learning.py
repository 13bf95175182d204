"""The screens of learning: students, groups, enrollments and courses."""

from __future__ import annotations

from educore import UnitOfWork, where
from educore.admissions import Contract
from educore.assessment import Assignment, Exam, ExamResult, Submission
from educore.attendance import Attendance
from educore.billing import Invoice, Payment
from educore.courses import Course
from educore.groups import Enrollment, Group, is_in_group, takes_seat
from educore.people import Student, StudentStatus
from educore.timetable import Series, Session
from educore_web.admin.screen import RowAction, RowLink, Screen, limit_choices
from educore_web.admin.screens.common import ACCOUNT, PERSON_SEARCH, active_group, of_open_branch
from educore_web.admin.screens.messages import SEND_SMS
from educore_web.admin.ui.question import Question, questions_about


def count_seats_taken(uow: UnitOfWork, groups: set[int]) -> dict[int, int]:
    """Return the number of seats taken in each group."""
    return uow.count_by(Enrollment, "group_id", where(group_id__in=groups) & takes_seat)


STUDENTS = Screen(
    Student,
    "learning",
    "ti ti-school",
    for_teachers=True,
    columns=("name", "branch", "group", "status", "user.phone", "enrollment_date"),
    search=(*PERSON_SEARCH, "parent_name", "parent_phone"),
    filters=("status", "branch_id", Question("group_id", Student, condition=is_in_group)),
    create=ACCOUNT
    + limit_choices(
        questions_about(
            Student,
            *("branch_id", "group_id", "enrollment_date", "parent_name", "parent_phone"),
            optional=["enrollment_date"],
        ),
        group_id=active_group,
        **of_open_branch,
    ),
    edit=ACCOUNT
    + limit_choices(
        questions_about(Student, "branch_id", "group_id", "status", "enrollment_date", "parent_name", "parent_phone"),
        group_id=active_group,
    ),
    actions=(
        RowAction(
            "move",
            "ti ti-arrows-exchange",
            questions=limit_choices((Question("group_id", Student, required=True),), group_id=active_group),
        ),
        RowAction("block", "ti ti-lock", applies_to=where(status__in=set(StudentStatus) - {StudentStatus.BLOCKED})),
        RowAction("unblock", "ti ti-lock-open", applies_to=where(status=StudentStatus.BLOCKED)),
    ),
    can_delete=True,
    imports="students",
    related=(
        (Enrollment, "student_id"),
        (Attendance, "student_id"),
        (Submission, "student_id"),
        (ExamResult, "student_id"),
        (Payment, "student_id"),
        (Invoice, "student_id"),
        (Contract, "student_id"),
    ),
    links=(
        RowLink("take_payment", "ti ti-cash", kind=Payment, prefill=(("student_id", "id"), ("group_id", "group_id"))),
    ),
)

GROUPS = Screen(
    Group,
    "learning",
    "ti ti-users-group",
    for_teachers=True,
    columns=("name", "course", "branch", "teacher", "seated", "status", "start_date"),
    search=("name", "course.name", "teacher.user.first_name", "teacher.user.last_name"),
    filters=("status", "branch_id", "course_id", "teacher_id"),
    create=limit_choices(
        questions_about(
            Group,
            *("name", "course_id", "branch_id", "teacher_id", "capacity"),
            *("monthly_fee", "start_date", "end_date", "status"),
            required=("course_id",),
        ),
        **of_open_branch,
    ),
    edit=questions_about(
        Group,
        *("name", "course_id", "branch_id", "teacher_id", "capacity"),
        *("monthly_fee", "start_date", "end_date", "status"),
    ),
    can_delete=True,
    can_import=True,
    actions=(SEND_SMS,),
    counts={"seated": count_seats_taken},
    related=(
        (Student, "group_id"),
        (Enrollment, "group_id"),
        (Session, "group_id"),
        (Series, "group_id"),
        (Assignment, "group_id"),
        (Exam, "group_id"),
        (Payment, "group_id"),
    ),
)

ENROLLMENTS = Screen(
    Enrollment,
    "learning",
    "ti ti-clipboard-list",
    for_teachers=True,
    columns=("name", "group", "enrolled_on", "left_on"),
    search=("student.user.first_name", "student.user.last_name", "student.user.username", "group.name"),
    filters=("group_id", "student_id"),
    order="-enrolled_on",
    create=limit_choices(questions_about(Enrollment, "student_id", "group_id"), group_id=active_group),
    actions=(RowAction("leave", "ti ti-door-exit", applies_to=where(left_on__isnull=True)),),
)

COURSES = Screen(
    Course,
    "learning",
    "ti ti-book",
    columns=("name", "price", "duration_months", "is_active", "description"),
    search=("name", "description"),
    filters=("is_active",),
    order="name",
    create=questions_about(Course, "center_id", "name", "price", "duration_months", "is_active", "description"),
    edit=questions_about(Course, "name", "price", "duration_months", "is_active", "description"),
    can_delete=True,
    can_import=True,
    related=((Group, "course_id"),),
)

SCREENS = (STUDENTS, GROUPS, ENROLLMENTS, COURSES)
