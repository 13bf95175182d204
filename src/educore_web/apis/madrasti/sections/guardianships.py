"""Guardianships: the links by which parents see their children. Only the office makes and ends them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from educore import Computed, From, NameOf, Role, UnitOfWork, perform
from educore.people import Guardianship, Student
from educore.values import Relationship
from educore_web.apis.madrasti.answers import DeletedOut, describe_deletion
from educore_web.apis.madrasti.dialect import MadrastiShape
from educore_web.apis.madrasti.sections.enrollments import is_open
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import OFFICE
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import LookupBy, To
from educore_web.rest.filters import flag_filter
from educore_web.rest.further_names import Also
from educore_web.rest.request import RequestData

CONCERNED = OFFICE | {Role.PARENT, Role.STUDENT}
"""The roles that read guardianships: the office, parents and their children."""


class GuardianshipIn(Body, of=Guardianship):
    """A parent of a student; both are users."""

    parent: Annotated[int, To("guardian_id"), Also("parent_id")]
    student: Annotated[int, To("student_id"), LookupBy(Student, "user_id"), Also("student_id")]
    relationship: Relationship = "parent"


class GuardianshipOut(MadrastiShape, of=Guardianship):
    """A parent of a student; both are users. One that is not active has ended."""

    id: int
    parent: Annotated[int, From("guardian_id"), Also("parent_id")]
    parent_name: Annotated[str | None, NameOf("guardian")]
    student: Annotated[int, From("student.user_id"), Also("student_id")]
    student_name: Annotated[str | None, NameOf("student")]
    relationship: str
    is_active: Annotated[bool, Computed(is_open, "ended_at")]
    created_at: datetime


def end_guardianship(uow: UnitOfWork, id: int, request: RequestData) -> dict[str, Any]:
    """Delete a guardianship: the parent no longer sees the student"""
    ended: Guardianship = perform(uow, Guardianship, "end", id)
    return describe_deletion(id, request, at=ended.ended_at or uow.ports.clock.now())


NAMED: dict[str, Any] = {"resource": "users.guardianships", "permission": "can_manage_users", "addition": True}

ROUTES = [
    madrasti.list(
        "/users/guardianships/",
        GuardianshipOut,
        filters=(flag_filter("is_active", "ended_at__isnull"),),
        search=("guardian__first_name", "guardian__last_name", "student__user__first_name", "student__user__last_name"),
        roles=CONCERNED,
        **NAMED,
    ),
    madrasti.create("/users/guardianships/", Guardianship, GuardianshipIn, GuardianshipOut, roles=OFFICE, **NAMED),
    madrasti.retrieve("/users/guardianships/{id}/", GuardianshipOut, roles=CONCERNED, **NAMED),
    madrasti.operation(
        "DELETE",
        "/users/guardianships/{id}/",
        end_guardianship,
        verb="delete",
        kind=Guardianship,
        action="end",
        out=DeletedOut,
        roles=OFFICE,
        **NAMED,
    ),
]
