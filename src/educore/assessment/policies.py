"""Who may give work and exams, hand in, and grade. Nobody grades themself."""

from __future__ import annotations

from educore.assessment.entities import Assignment, Exam, ExamResult, Submission
from educore.groups.policies import in_group_attended_by_me, in_my_groups
from educore.identity.policies import own_center
from educore.kernel.conditions import actor, everything, nothing, where
from educore.kernel.policy import Policy, Role, allow, only_fields

given_by_me = own_center & where(group__teacher_id=actor.teacher_id)
mine_or_of_my_group = own_center & (where(teacher_id=actor.teacher_id) | where(group__teacher_id=actor.teacher_id))
mine_or_of_my_groups = own_center & (where(teacher_id=actor.teacher_id) | in_my_groups)
for_me = own_center & where(student_id=actor.student_id)
of_my_assignments = own_center & (
    where(assignment__teacher_id=actor.teacher_id) | where(assignment__group__teacher_id=actor.teacher_id)
)
of_my_exams = own_center & (where(exam__teacher_id=actor.teacher_id) | where(exam__group__teacher_id=actor.teacher_id))

ASSIGNMENTS = Policy(
    Assignment,
    {
        Role.SUPERADMIN: allow(everything, submit=nothing, grade=everything),
        Role.DIRECTOR: allow(own_center, submit=nothing),
        Role.MANAGER: allow(read=own_center),
        Role.ADMIN: allow(read=own_center),
        Role.TEACHER: allow(given_by_me, read=mine_or_of_my_groups, grade=mine_or_of_my_group, submit=nothing),
        Role.STUDENT: allow(read=in_group_attended_by_me, submit=in_group_attended_by_me),
    },
)

SUBMISSIONS = Policy(
    Submission,
    {
        Role.SUPERADMIN: allow(everything, create=nothing, replace=nothing),
        Role.DIRECTOR: allow(own_center, create=nothing, replace=nothing),
        Role.MANAGER: allow(read=own_center),
        Role.ADMIN: allow(read=own_center),
        Role.TEACHER: allow(of_my_assignments, create=nothing, replace=nothing),
        Role.STUDENT: allow(read=for_me, create=for_me, replace=only_fields(for_me, "file", "submitted_at")),
    },
)

EXAMS = Policy(
    Exam,
    {
        Role.SUPERADMIN: allow(everything, record_results=everything),
        Role.DIRECTOR: allow(own_center),
        Role.MANAGER: allow(read=own_center),
        Role.ADMIN: allow(read=own_center),
        Role.TEACHER: allow(given_by_me, read=mine_or_of_my_groups),
        Role.STUDENT: allow(read=in_group_attended_by_me),
    },
)

EXAM_RESULTS = Policy(
    ExamResult,
    {
        Role.SUPERADMIN: allow(everything),
        Role.DIRECTOR: allow(own_center),
        Role.MANAGER: allow(read=own_center),
        Role.ADMIN: allow(read=own_center),
        Role.TEACHER: allow(of_my_exams),
        Role.STUDENT: allow(
            read=for_me, create=only_fields(for_me, "center_id", "exam_id", "student_id", "answer_file", "submitted_at")
        ),
    },
)

POLICIES = (ASSIGNMENTS, SUBMISSIONS, EXAMS, EXAM_RESULTS)
