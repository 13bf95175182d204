"""The screens of places: Centers, their branches and their rooms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from educore import Role, UnitOfWork, where
from educore.groups import Group
from educore.identity import Membership
from educore.organization import Branch, BranchStatus, Center, CenterKind, CenterStatus, Room
from educore.people import Student, Teacher
from educore.timetable import Session
from educore_web.admin.screen import RowAction, Screen, limit_choices
from educore_web.admin.screens.common import of_manager
from educore_web.admin.ui.question import questions_about

NAMES = ("name_ar", "name_fr")
ADDRESS = ("address", "city", "region", "postal_code")
COUNTING = ("late_is_present", "excused_leaves_sum")
"""The rules of a Center for its attendance figures; without them, those of each API hold."""

SETTINGS = (*("name", *NAMES, "phone", "email", "website", *ADDRESS), *("opened_at", "student_capacity", "director_id"))


def present_settings(uow: UnitOfWork, center: int) -> Mapping[str, Any]:
    """Return what a school says of itself, as the answers to the questions about it."""
    stored = uow.get(Center, center)
    return {name: getattr(stored, name) for name in SETTINGS}


CONFIGURE = RowAction(
    "configure",
    "ti ti-settings",
    questions=limit_choices(questions_about(Center, *SETTINGS), director_id=where(role=Role.DIRECTOR)),
    applies_to=where(kind=CenterKind.SCHOOL),
    single_row=True,
    present=present_settings,
    in_schools=True,
)
"""The action by which the office of a school changes what the school says of itself."""

CENTERS = Screen(
    Center,
    "places",
    "ti ti-building-community",
    columns=("name", "kind", "status", "phone", "director", "created_at"),
    search=("name", "handle", "license_number", "phone", "email"),
    filters=("kind", "status"),
    create=questions_about(
        Center,
        *("kind", "name", "handle", "license_number", "country", "phone", "email", "website", *ADDRESS),
        *("opened_at", "time_zone", "currency", "languages", "logo", "description", *NAMES),
        *("student_capacity", *COUNTING),
        optional=("country", "time_zone", "currency"),
    ),
    edit=limit_choices(
        questions_about(
            Center,
            *("name", "handle", "license_number", "country", "phone", "email", "website", *ADDRESS),
            *("opened_at", "time_zone", "currency", "languages", "director_id", "logo", "description"),
            *(*NAMES, "student_capacity", *COUNTING),
        ),
        director_id=where(role=Role.DIRECTOR),
    ),
    actions=(
        RowAction("activate", "ti ti-player-play", applies_to=where(status=CenterStatus.INACTIVE)),
        RowAction(
            "deactivate", "ti ti-player-pause", applies_to=where(status=CenterStatus.ACTIVE), is_destructive=True
        ),
        CONFIGURE,
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

MORE_OF_ROOM = ("number", "type", "building", "floor", "notes")

ROOMS = Screen(
    Room,
    "places",
    "ti ti-door",
    columns=("name", "branch", "capacity", "equipment", "is_available"),
    school_columns=("name", "number", "type", "building", "floor", "capacity", "is_available"),
    search=("name", "number", "building", "equipment", "branch.name"),
    filters=("branch_id", "type", "is_available"),
    order="name",
    create=questions_about(Room, "branch_id", "name", "capacity", "equipment", "is_available", *MORE_OF_ROOM),
    edit=questions_about(Room, "branch_id", "name", "capacity", "equipment", "is_available", *MORE_OF_ROOM),
    actions=(RowAction("toggle", "ti ti-switch-horizontal"),),
    can_delete=True,
    can_import=True,
    related=((Session, "room_id"),),
)

SCREENS = (CENTERS, BRANCHES, ROOMS)
