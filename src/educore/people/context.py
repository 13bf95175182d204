"""The people context: its entities, policies, actions, guards and indexes."""

from __future__ import annotations

from educore.identity.entities import Membership
from educore.kernel.context import Context
from educore.kernel.storage import Index, Unlisted
from educore.people.entities import Student, Teacher, TeacherRating
from educore.people.policies import POLICIES
from educore.people.use_cases import (
    block_teacher,
    change_member,
    change_teacher,
    rate_teacher,
    register_member,
    register_teacher,
    remove_teacher,
    unblock_teacher,
)

CONTEXT = Context(
    "people",
    entities=(Student, Teacher, TeacherRating),
    policies=POLICIES,
    actions={
        (Membership, "create"): register_member,
        (Membership, "update"): change_member,
        (Teacher, "create"): register_teacher,
        (Teacher, "update"): change_teacher,
        (Teacher, "delete"): remove_teacher,
        (Teacher, "rate"): rate_teacher,
        (Teacher, "block"): block_teacher,
        (Teacher, "unblock"): unblock_teacher,
    },
    storage=(
        Index(Student, ("center_id", "status", "id"), name="ix_student_center_id_status"),
        Unlisted(TeacherRating),
    ),
    looks_ahead=("groups", "timetable"),
)
