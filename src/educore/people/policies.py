"""Policies for students, teachers and ratings: which roles may see and change which rows."""

from __future__ import annotations

from educore.identity.policies import grant_read_to_members, my_children, own_center, taught_by_me
from educore.kernel.conditions import Where, actor, everything, nothing, where
from educore.kernel.policy import Policy, Role, allow, only_fields
from educore.people.entities import Guardianship, Student, Teacher, TeacherRating

my_student_record: Where = where(id=actor.student_id)
my_teacher_record: Where = where(id=actor.teacher_id)

STUDENT_POLICY = Policy(
    Student,
    {
        Role.SUPERADMIN: allow(everything),
        Role.DIRECTOR: allow(own_center, block=own_center, unblock=own_center, move=own_center, read_debts=own_center),
        Role.MANAGER: allow(own_center),
        Role.ADMIN: allow(own_center),
        Role.STAFF: allow(own_center),
        Role.TEACHER: allow(read=taught_by_me, read_attendance=taught_by_me, enroll=where(center_id=actor.school_id)),
        Role.STUDENT: allow(
            read=my_student_record,
            update=only_fields(my_student_record, "parent_name", "parent_phone"),
            read_attendance=my_student_record,
            read_payments=my_student_record,
        ),
        Role.PARENT: allow(read=my_children),
        Role.ANONYMOUS: allow(sign_in=everything),
    },
)

TEACHER_POLICY = Policy(
    Teacher,
    grant_read_to_members(own_center)
    | {
        Role.SUPERADMIN: allow(everything),
        Role.DIRECTOR: allow(own_center, rate=own_center, block=own_center, unblock=own_center),
        Role.MANAGER: allow(own_center, rate=own_center, block=own_center, unblock=own_center),
        Role.ADMIN: allow(read=own_center, read_performance=own_center),
        Role.STAFF: allow(own_center, rate=nothing, read_performance=nothing),
        Role.TEACHER: allow(read=own_center, read_performance=my_teacher_record),
        Role.ANONYMOUS: allow(sign_in=everything),
    },
    restricted_fields={
        "hourly_rate": {
            Role.SUPERADMIN: everything,
            Role.DIRECTOR: everything,
            Role.MANAGER: everything,
            Role.ADMIN: everything,
            Role.TEACHER: my_teacher_record,
        }
    },
)

TEACHER_RATING_POLICY = Policy(
    TeacherRating,
    {
        Role.SUPERADMIN: allow(everything),
        Role.DIRECTOR: allow(read=own_center, create=own_center),
        Role.MANAGER: allow(read=own_center, create=own_center),
        Role.TEACHER: allow(read=where(teacher_id=actor.teacher_id)),
    },
)

GUARDIANSHIP_POLICY = Policy(
    Guardianship,
    {
        Role.SUPERADMIN: allow(everything, end=everything),
        Role.DIRECTOR: allow(own_center, end=own_center),
        Role.MANAGER: allow(own_center, end=own_center),
        Role.ADMIN: allow(own_center, end=own_center),
        Role.STAFF: allow(own_center, end=own_center),
        Role.STUDENT: allow(read=own_center & where(student_id=actor.student_id)),
        Role.PARENT: allow(read=own_center & where(guardian_id=actor.user_id)),
    },
)

POLICIES = (STUDENT_POLICY, TEACHER_POLICY, TEACHER_RATING_POLICY, GUARDIANSHIP_POLICY)
