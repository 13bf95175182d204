"""For every operation: the row it is tried on and a body that it accepts.

A test fails when an operation has no recipe, so that no operation escapes the matrices made from them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from educore_web.apis.center_crm import OPERATIONS
from educore_web.operation import Operation
from web.client import NOT_SENT, Answer, Client
from web.running import Running
from world import PASSWORD, Town

BY_NAME: dict[str, Operation] = {operation.name: operation for operation in OPERATIONS}
Body = dict[str, Any]
NEW_PASSWORD = "somsa and 9 plov"


@dataclass(frozen=True)
class Place:
    """A town of the running platform: what a recipe may refer to."""

    site: Running
    town: Town

    @property
    def center(self) -> int:
        """The id of the center."""
        return self.town.center.id


def account(name: str) -> Body:
    """A new account, as sections 6 and 7 nest it."""
    return {
        "username": name,
        "password": "Student@123",
        "email": f"{name}@mail.uz",
        "first_name": name.title(),
        "last_name": "Begov",
        "phone": "+998770000001",
    }


def member(at: Place, role: str) -> Body:
    """A new account, as section 2 writes it flat."""
    more = {"role": role, "educational_center": at.center, "passport_number": "AA0123457", "birthday": "1992-03-20"}
    return account("nodira") | more


def present_member(at: Place, role: str, name: str) -> Body:
    """The account of somebody who is a member already."""
    return {
        "username": name,
        "first_name": "Nodira",
        "last_name": "Begova",
        "role": role,
        "educational_center": at.center,
    }


def center(at: Place) -> Body:
    """A center."""
    return {
        "name": "Bukhara School",
        "address": "Bukhara",
        "phone": "+998651112233",
        "email": "b@school.uz",
        "status": "Active",
    }


def branch(at: Place) -> Body:
    """A branch looked after by the manager of its center."""
    return {
        "educational_center": at.center,
        "name": "Chilonzor",
        "address": "Chilonzor 5",
        "phone": "+998712000001",
        "manager": at.town.manager.user_id,
        "status": "Open",
    }


def subject(at: Place) -> Body:
    """A subject."""
    return {"educational_center": at.center, "name": "Algebra", "description": "Numbers and letters"}


def group(at: Place) -> Body:
    """A group."""
    return {
        "educational_center": at.center,
        "branch": at.town.branch.id,
        "name": "Algebra A1",
        "subject": at.town.course.id,
        "teacher": at.town.teacher.teacher_id,
        "capacity": 25,
        "status": "Active",
        "start_date": "2024-01-15",
        "end_date": "2024-06-15",
    }


def student(at: Place) -> Body:
    """A student in the evening group."""
    return {
        "user": account("nodira"),
        "group": at.town.evening.id,
        "branch": at.town.branch.id,
        "status": "Active",
        "enrollment_date": "2024-01-10",
        "parent_name": "Botir",
        "parent_phone": "+998901234567",
    }


def teacher(at: Place) -> Body:
    """A teacher."""
    return {
        "user": account("nodira"),
        "branch": at.town.branch.id,
        "status": "Active",
        "specialization": "Chess",
        "qualification": "Grandmaster",
        "hire_date": "2024-01-01",
        "hourly_rate": 50,
    }


def room(at: Place) -> Body:
    """A room."""
    return {
        "branch": at.town.branch.id,
        "name": "Room 101",
        "capacity": 30,
        "equipment": "Projector, Whiteboard",
        "is_available": True,
    }


ROWS: dict[str, Callable[[Place], Any]] = {
    "centers": lambda at: at.center,
    "centers.delete": lambda at: at.site.extras.nukus,
    "directors": lambda at: at.town.director.membership_id,
    "staff": lambda at: at.town.admin.membership_id,
    "branches": lambda at: at.town.branch.id,
    "branches.delete": lambda at: at.town.closed_branch.id,
    "subjects": lambda at: at.town.course.id,
    "subjects.delete": lambda at: at.site.extras.spare_course[at.center],
    "groups": lambda at: at.town.morning.id,
    "groups.delete": lambda at: at.town.evening.id,
    "students": lambda at: at.town.student.student_id,
    "teachers": lambda at: at.town.teacher.teacher_id,
    "rooms": lambda at: at.town.room.id,
}
"""The row of each kind on which everybody who may do something at all, may do it."""

BODIES: dict[str, Callable[[Place], Body]] = {
    "auth.login": lambda at: {"username": "dilshod", "password": PASSWORD},
    "auth.refresh": lambda at: {"refresh": at.site.tokens["dilshod"].refresh},
    "auth.change_password": lambda at: {"old_password": PASSWORD, "new_password": NEW_PASSWORD},
    "centers.create": center,
    "centers.update": center,
    "centers.partial_update": lambda at: {"description": "Where plov is studied"},
    "directors.create": lambda at: member(at, "Director"),
    "directors.update": lambda at: present_member(at, "Director", "nodira"),
    "directors.partial_update": lambda at: {"first_name": "Nodira"},
    "staff.create": lambda at: member(at, "Manager"),
    "staff.update": lambda at: present_member(at, "Admin", "nodira"),
    "staff.partial_update": lambda at: {"first_name": "Nodira"},
    "branches.create": branch,
    "branches.update": branch,
    "branches.partial_update": lambda at: {"address": "Chilonzor 6"},
    "subjects.create": subject,
    "subjects.update": subject,
    "subjects.partial_update": lambda at: {"description": "The language"},
    "groups.create": group,
    "groups.update": group,
    "groups.partial_update": lambda at: {"capacity": 12},
    "students.create": student,
    "students.update": lambda at: student(at) | {"user": {"first_name": "Nodira"}},
    "students.partial_update": lambda at: {"parent_name": "Botir"},
    "students.assign_group": lambda at: {"group_id": at.town.evening.id},
    "teachers.create": teacher,
    "teachers.update": lambda at: teacher(at) | {"user": {"first_name": "Nodira"}},
    "teachers.partial_update": lambda at: {"specialization": "Chess"},
    "teachers.rate": lambda at: {"rating": 4.5},
    "rooms.create": room,
    "rooms.update": room,
    "rooms.partial_update": lambda at: {"equipment": "Chalk"},
}
"""A body that each operation with a body accepts."""


def row_of(name: str, at: Place) -> int | None:
    """The id an operation is tried with in a town; None where its path has none."""
    if not BY_NAME[name].takes_id:
        return None
    found = ROWS.get(name) or ROWS[name.split(".", maxsplit=1)[0]]
    return int(found(at))


def body_of(name: str, at: Place) -> Any:
    """A body that an operation accepts in a town."""
    return BODIES[name](at) if BY_NAME[name].body is not None else NOT_SENT


def path_of(name: str, id: int | None = None) -> str:
    """The documented path of an operation."""
    return BY_NAME[name].path.replace("{id}", str(id))


def call(client: Client, name: str, *, id: int | None = None, **options: Any) -> Answer:
    """Call an operation by its name."""
    return client.send(BY_NAME[name].method, path_of(name, id), **options)


def carry_out(client: Client, name: str, at: Place, **options: Any) -> Answer:
    """Call an operation as its recipe says, in a town."""
    return call(client, name, id=row_of(name, at), **({"body": body_of(name, at)} | options))


__all__ = [
    "BODIES",
    "BY_NAME",
    "NEW_PASSWORD",
    "ROWS",
    "Place",
    "account",
    "body_of",
    "call",
    "carry_out",
    "path_of",
    "row_of",
]
