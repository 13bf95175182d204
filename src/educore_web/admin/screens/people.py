"""The screens of people: teachers and their ratings, staff, accounts and sign-ins."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from educore import Role, UnitOfWork, where
from educore.billing import Payroll
from educore.groups import Group
from educore.identity import Membership, SignIn, User
from educore.people import Guardianship, Teacher, TeacherRating
from educore.timetable import Session
from educore_web.admin.pages.families import children_of_member
from educore_web.admin.screen import Panel, RowAction, RowLink, Screen, limit_choices
from educore_web.admin.screens.common import ACCOUNT, PERSON_SEARCH, of_open_branch
from educore_web.admin.ui.question import Question, questions_about

STAFF_ROLES = (Role.SUPERADMIN, Role.DIRECTOR, Role.MANAGER, Role.ADMIN, Role.STAFF)
FAMILY_ROLES = (Role.PARENT, Role.DRIVER)
APPOINTABLE_ROLES = (Role.DIRECTOR, Role.MANAGER, Role.ADMIN, Role.STAFF, *FAMILY_ROLES)
PRIVATE = questions_about(
    User, *("address", "emergency_contact_name", "emergency_contact_phone", "language", "calendar", "bio")
)
OWN_ACCOUNT = tuple(replace(question, name=question.field) for question in ACCOUNT)


def is_blocked(uow: UnitOfWork, teacher: Any, *, state: bool) -> bool:
    """Return whether the membership of a teacher in their Center is blocked, or with `state=False` not blocked."""
    member = where(user_id=teacher.user_id, center_id=teacher.center_id, role=Role.TEACHER)
    return bool(uow.count(Membership, member & where(is_blocked=state)))


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
    only=where(role__in=(*STAFF_ROLES, *FAMILY_ROLES)),
    panels=(
        Panel(
            "children",
            Guardianship,
            ("student", "relationship", "group", "attendance"),
            children_of_member,
            applies_to=where(role=Role.PARENT),
        ),
    ),
    links=(
        RowLink(
            "link_child",
            "ti ti-link",
            kind=Guardianship,
            prefill=(("guardian_id", "user_id"),),
            applies_to=where(role=Role.PARENT),
        ),
    ),
)

USERS = Screen(
    User,
    "people",
    "ti ti-user-circle",
    columns=("name", "username", "phone", "email", "created_at"),
    search=("first_name", "last_name", "username", "phone", "email"),
    edit=OWN_ACCOUNT + PRIVATE,
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

SCREENS = (TEACHERS, RATINGS, STAFF, USERS, SIGN_INS)
