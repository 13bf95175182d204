"""All screens, in the order of the menu."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from educore import Role, UnitOfWork, where
from educore.admissions import Contract
from educore.assessment import Assignment, Exam, ExamResult, Submission
from educore.attendance import Attendance
from educore.billing import Invoice, Payment, Payroll
from educore.courses import Course
from educore.groups import Enrollment, Group, takes_seat
from educore.identity import Membership, SignIn, User
from educore.organization import Branch, BranchStatus, Center, CenterStatus, Room
from educore.people import Student, StudentStatus, Teacher, TeacherRating
from educore.timetable import Series, Session
from educore_web.admin.screen import RowAction, RowLink, Screen, limit_choices
from educore_web.admin.screens.admissions import SCREENS as ADMISSIONS
from educore_web.admin.screens.admissions import of_manager, of_open_branch
from educore_web.admin.screens.audit_screens import SCREENS as AUDIT
from educore_web.admin.screens.messages import SCREENS as MESSAGES
from educore_web.admin.screens.messages import SEND_SMS
from educore_web.admin.screens.money import SCREENS as MONEY
from educore_web.admin.screens.money import active_group
from educore_web.admin.screens.teaching import SCREENS as TEACHING
from educore_web.admin.ui.forms import Question, questions_about

STAFF_ROLES = (Role.SUPERADMIN, Role.DIRECTOR, Role.MANAGER, Role.ADMIN, Role.STAFF)
APPOINTABLE_ROLES = (Role.DIRECTOR, Role.MANAGER, Role.ADMIN)
PERSON_SEARCH = ("user.first_name", "user.last_name", "user.username", "user.phone")

ACCOUNT = questions_about(
    User,
    *("account.first_name", "account.last_name", "account.phone", "account.email"),
    *("account.username", "account.password", "account.birthday", "account.passport_number", "account.image"),
)
OWN_ACCOUNT = tuple(replace(question, name=question.field) for question in ACCOUNT)


def count_seats_taken(uow: UnitOfWork, groups: set[int]) -> dict[int, int]:
    """Return the number of seats taken in each group."""
    return uow.count_by(Enrollment, "group_id", where(group_id__in=groups) & takes_seat)


def is_blocked(uow: UnitOfWork, teacher: Any, *, state: bool) -> bool:
    """Return whether the membership of a teacher in their Center is blocked, or with `state=False` not blocked."""
    member = where(user_id=teacher.user_id, center_id=teacher.center_id, role=Role.TEACHER)
    return bool(uow.count(Membership, member & where(is_blocked=state)))


STUDENTS = Screen(
    Student,
    "learning",
    "ti ti-school",
    for_teachers=True,
    columns=("name", "branch", "group", "status", "user.phone", "enrollment_date"),
    search=(*PERSON_SEARCH, "parent_name", "parent_phone"),
    filters=("status", "branch_id", "group_id"),
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

TEACHERS = Screen(
    Teacher,
    "people",
    "ti ti-chalkboard",
    columns=("name", "branch", "specialization", "performance_rating", "status", "user.phone"),
    search=(*PERSON_SEARCH, "specialization", "qualification"),
    filters=("status", "branch_id"),
    create=ACCOUNT
    + limit_choices(
        questions_about(Teacher, "branch_id", "specialization", "qualification", "hire_date", "hourly_rate"),
        **of_open_branch,
    ),
    edit=ACCOUNT
    + questions_about(Teacher, "branch_id", "specialization", "qualification", "hire_date", "hourly_rate", "status"),
    actions=(
        RowAction("rate", "ti ti-star", questions=(Question("rating", TeacherRating, required=True),)),
        RowAction("block", "ti ti-lock", is_applicable=partial(is_blocked, state=False)),
        RowAction("unblock", "ti ti-lock-open", is_applicable=partial(is_blocked, state=True)),
    ),
    can_delete=True,
    can_import=True,
    related=((Group, "teacher_id"), (Session, "teacher_id"), (TeacherRating, "teacher_id"), (Payroll, "teacher_id")),
)

RATINGS = Screen(
    TeacherRating,
    "people",
    "ti ti-stars",
    columns=("name", "rating", "previous_rating", "rated_by", "rated_at"),
    search=("teacher.user.first_name", "teacher.user.last_name", "teacher.user.username"),
    filters=("teacher_id",),
    order="-rated_at",
    named_by="teacher_id",
)

STAFF = Screen(
    Membership,
    "people",
    "ti ti-id-badge-2",
    columns=("name", "role", "user.username", "user.phone", "is_blocked"),
    search=PERSON_SEARCH,
    filters=("role", "is_blocked"),
    create=(
        *ACCOUNT,
        Question("role", Membership, required=True, values=APPOINTABLE_ROLES),
        *questions_about(Membership, "center_id"),
    ),
    edit=ACCOUNT,
    actions=(
        RowAction("block", "ti ti-lock", applies_to=where(is_blocked=False)),
        RowAction("unblock", "ti ti-lock-open", applies_to=where(is_blocked=True)),
    ),
    can_delete=True,
    only=where(role__in=STAFF_ROLES),
)

USERS = Screen(
    User,
    "people",
    "ti ti-user-circle",
    columns=("name", "username", "phone", "email", "created_at"),
    search=("first_name", "last_name", "username", "phone", "email"),
    edit=OWN_ACCOUNT,
    can_delete=True,
)

SIGN_INS = Screen(
    SignIn,
    "people",
    "ti ti-login",
    columns=("name", "membership.role", "started_at", "expires_at", "ended_at"),
    search=("user.first_name", "user.last_name", "user.username"),
    order="-started_at",
    named_by="user_id",
)

CENTERS = Screen(
    Center,
    "places",
    "ti ti-building-community",
    columns=("name", "status", "phone", "director", "created_at"),
    search=("name", "license_number", "phone", "email"),
    filters=("status",),
    create=questions_about(
        Center,
        *("name", "license_number", "phone", "email", "website", "address"),
        *("opened_at", "time_zone", "currency", "logo", "description"),
    ),
    edit=limit_choices(
        questions_about(
            Center,
            *("name", "license_number", "phone", "email", "website", "address"),
            *("opened_at", "time_zone", "currency", "director_id", "logo", "description"),
        ),
        director_id=where(role=Role.DIRECTOR),
    ),
    actions=(
        RowAction("activate", "ti ti-player-play", applies_to=where(status=CenterStatus.INACTIVE)),
        RowAction(
            "deactivate", "ti ti-player-pause", applies_to=where(status=CenterStatus.ACTIVE), is_destructive=True
        ),
    ),
    can_delete=True,
    related=((Branch, "center_id"), (Membership, "center_id")),
)

BRANCHES = Screen(
    Branch,
    "places",
    "ti ti-map-pin",
    columns=("name", "address", "phone", "manager", "status"),
    search=("name", "address", "phone"),
    filters=("status",),
    order="name",
    create=limit_choices(
        questions_about(Branch, "center_id", "name", "address", "phone", "manager_id"), manager_id=of_manager
    ),
    edit=limit_choices(questions_about(Branch, "name", "address", "phone", "manager_id"), manager_id=of_manager),
    actions=(
        RowAction("open", "ti ti-lock-open", applies_to=where(status=BranchStatus.CLOSED)),
        RowAction("close", "ti ti-lock", applies_to=where(status=BranchStatus.OPEN)),
    ),
    can_delete=True,
    can_import=True,
    related=((Room, "branch_id"), (Group, "branch_id"), (Student, "branch_id"), (Teacher, "branch_id")),
)

ROOMS = Screen(
    Room,
    "places",
    "ti ti-door",
    columns=("name", "branch", "capacity", "equipment", "is_available"),
    search=("name", "equipment", "branch.name"),
    filters=("branch_id", "is_available"),
    order="name",
    create=questions_about(Room, "branch_id", "name", "capacity", "equipment", "is_available"),
    edit=questions_about(Room, "branch_id", "name", "capacity", "equipment", "is_available"),
    actions=(RowAction("toggle", "ti ti-switch-horizontal"),),
    can_delete=True,
    can_import=True,
    related=((Session, "room_id"),),
)

SCREENS = (
    *TEACHING,
    STUDENTS, GROUPS, ENROLLMENTS, COURSES,
    *MONEY, *ADMISSIONS, *MESSAGES,
    TEACHERS, RATINGS, STAFF, USERS, SIGN_INS,
    CENTERS, BRANCHES, ROOMS,
    *AUDIT,
)  # fmt: skip
