"""The groups context: its entities, policies, actions, guards and indexes."""

from __future__ import annotations

from educore.groups.classes import change_grade_level, correct_enrollment, enroll_here, reopen_enrollment
from educore.groups.entities import Enrollment, Group, is_open
from educore.groups.policies import POLICIES
from educore.groups.students import block_student, change_student, register_student, remove_student, unblock_student
from educore.groups.use_cases import change_group, create_group, end_enrollment, enroll_student, move_student
from educore.kernel.conditions import where
from educore.kernel.context import Context
from educore.kernel.storage import Index
from educore.people.entities import Student
from educore.schooling.entities import GradeLevel

CONTEXT = Context(
    "groups",
    entities=(Group, Enrollment),
    policies=POLICIES,
    actions={
        (Group, "create"): create_group,
        (Group, "update"): change_group,
        (Group, "enroll"): enroll_here,
        (Enrollment, "create"): enroll_student,
        (Enrollment, "update"): correct_enrollment,
        (Enrollment, "leave"): end_enrollment,
        (Enrollment, "reopen"): reopen_enrollment,
        (GradeLevel, "update"): change_grade_level,
        (Student, "create"): register_student,
        (Student, "update"): change_student,
        (Student, "delete"): remove_student,
        (Student, "block"): block_student,
        (Student, "unblock"): unblock_student,
        (Student, "move"): move_student,
    },
    storage=(
        Index(
            Enrollment,
            ("group_id", "student_id"),
            name="uq_enrollment_open",
            unique=True,
            only=where(left_on__isnull=True),
        ),
        Index(
            Enrollment,
            ("student_id", "academic_year_id"),
            name="uq_enrollment_student_id_academic_year_id",
            unique=True,
            only=where(left_on__isnull=True),
        ),
    ),
    dependants={(Enrollment, "academic_year_id"): is_open, (Enrollment, "group_id"): is_open},
    looks_ahead=("timetable",),
)
