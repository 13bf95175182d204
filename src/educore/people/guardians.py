"""Guardians of students: linked and released by the office of a Center only, never claimed."""

from __future__ import annotations

from typing import Any

from educore.identity.entities import Membership, User
from educore.kernel.actions import locks_row, use_case, with_computed
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid
from educore.kernel.policy import Role
from educore.kernel.unit_of_work import UnitOfWork
from educore.people.entities import Guardianship, Student


@use_case
def link_guardian(uow: UnitOfWork, /, *, guardian_id: int, student_id: int, **fields: Any) -> Guardianship:
    """Make a user the guardian of a student; from then on they see what concerns this student.

    The user must be a parent in the student's Center who is not blocked.
    Raises: Invalid("unknown_id") on guardian_id or student_id; Invalid("not_a_parent") on guardian_id;
    Conflict("already_guardian") on student_id.
    """
    student = uow.reference(Student, student_id, field="student_id", lock=True)
    uow.reference(User, guardian_id, field="guardian_id")
    member = where(user_id=guardian_id, center_id=student.center_id, role=Role.PARENT, is_blocked=False)
    if not uow.as_platform().count(Membership, member):
        raise Invalid.because("guardian_id", "not_a_parent", id=guardian_id)
    link = {"guardian_id": guardian_id, "student_id": student.id}
    if uow.count(Guardianship, where(**link, ended_at__isnull=True)):
        raise Conflict.because("student_id", "already_guardian")
    return uow.add(Guardianship, with_computed(fields, center_id=student.center_id, **link))


@locks_row
@use_case
def end_guardianship(uow: UnitOfWork, guardianship: Guardianship, /) -> Guardianship:
    """End a guardianship now; what the guardian saw, they see no longer. Repeating changes nothing."""
    if guardianship.ended_at is not None:
        return guardianship
    return uow.change(guardianship, {"ended_at": uow.ports.clock.now()}, to="end")
