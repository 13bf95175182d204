"""The people context: its entities, policies, actions, guards and indexes."""

from __future__ import annotations

from educore.identity.entities import Membership
from educore.kernel.conditions import where
from educore.kernel.context import Context
from educore.kernel.storage import Index, Unlisted
from educore.people.entities import Guardianship, Student, Teacher, TeacherRating
from educore.people.guardians import end_guardianship, link_guardian
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
    entities=(Student, Teacher, TeacherRating, Guardianship),
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
        (Guardianship, "create"): link_guardian,
        (Guardianship, "end"): end_guardianship,
    },
    storage=(
        Index(Student, ("center_id", "status", "id"), name="ix_student_center_id_status"),
        Index(
            Guardianship,
            ("guardian_id", "student_id"),
            name="uq_guardianship_guardian_id_student_id",
            unique=True,
            only=where(ended_at__isnull=True),
        ),
        Unlisted(TeacherRating),
    ),
    looks_ahead=("groups", "timetable"),
)
