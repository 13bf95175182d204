"""The screens of places: Centers, their branches and their rooms."""

from __future__ import annotations

from educore import Role, where
from educore.groups import Group
from educore.identity import Membership
from educore.organization import Branch, BranchStatus, Center, CenterStatus, Room
from educore.people import Student, Teacher
from educore.timetable import Session
from educore_web.admin.screen import RowAction, Screen, limit_choices
from educore_web.admin.screens.common import of_manager
from educore_web.admin.ui.question import questions_about

CENTERS = Screen(
    Center,
    "places",
    "ti ti-building-community",
    columns=("name", "status", "phone", "director", "created_at"),
    search=("name", "license_number", "phone", "email"),
    filters=("status",),
    create=questions_about(
        Center,
        *("name", "license_number", "country", "phone", "email", "website", "address"),
        *("opened_at", "time_zone", "currency", "languages", "logo", "description"),
        optional=("country", "time_zone", "currency"),
    ),
    edit=limit_choices(
        questions_about(
            Center,
            *("name", "license_number", "country", "phone", "email", "website", "address"),
            *("opened_at", "time_zone", "currency", "languages", "director_id", "logo", "description"),
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

SCREENS = (CENTERS, BRANCHES, ROOMS)
