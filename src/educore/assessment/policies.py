"""Policies for assignments, submissions, exams and results: which roles may see and change which rows."""

from __future__ import annotations

from educore.assessment.entities import Assignment, Exam, ExamResult, Submission
from educore.groups.policies import in_group_attended_by_me, in_my_groups
from educore.identity.policies import own_center
from educore.kernel.conditions import Where, actor, everything, nothing, where
from educore.kernel.policy import Policy, Role, allow, only_fields

in_group_taught_by_me: Where = own_center & where(group__teacher_id=actor.teacher_id)
gradable_by_teacher: Where = own_center & (
    where(teacher_id=actor.teacher_id) | where(group__teacher_id=actor.teacher_id)
)
readable_by_teacher: Where = own_center & (where(teacher_id=actor.teacher_id) | in_my_groups)
own_student: Where = own_center & where(student_id=actor.student_id)
for_my_assignment: Where = own_center & (
    where(assignment__teacher_id=actor.teacher_id) | where(assignment__group__teacher_id=actor.teacher_id)
)
in_my_exam: Where = own_center & (
    where(exam__teacher_id=actor.teacher_id) | where(exam__group__teacher_id=actor.teacher_id)
)

ASSIGNMENT_POLICY = Policy(
    Assignment,
    {
        Role.SUPERADMIN: allow(everything, submit=nothing, grade=everything),
        Role.DIRECTOR: allow(own_center, submit=nothing),
        Role.MANAGER: allow(read=own_center),
        Role.ADMIN: allow(read=own_center),
        Role.TEACHER: allow(in_group_taught_by_me, read=readable_by_teacher, grade=gradable_by_teacher, submit=nothing),
        Role.STUDENT: allow(read=in_group_attended_by_me, submit=in_group_attended_by_me),
    },
)

SUBMISSION_POLICY = Policy(
    Submission,
    {
        Role.SUPERADMIN: allow(everything, create=nothing, replace=nothing),
        Role.DIRECTOR: allow(own_center, create=nothing, replace=nothing),
        Role.MANAGER: allow(read=own_center),
        Role.ADMIN: allow(read=own_center),
        Role.TEACHER: allow(for_my_assignment, create=nothing, replace=nothing),
        Role.STUDENT: allow(
            read=own_student, create=own_student, replace=only_fields(own_student, "file", "submitted_at")
        ),
    },
)

EXAM_POLICY = Policy(
    Exam,
    {
        Role.SUPERADMIN: allow(everything, record_results=everything),
        Role.DIRECTOR: allow(own_center),
        Role.MANAGER: allow(read=own_center),
        Role.ADMIN: allow(read=own_center),
        Role.TEACHER: allow(in_group_taught_by_me, read=readable_by_teacher),
        Role.STUDENT: allow(read=in_group_attended_by_me),
    },
)

EXAM_RESULT_POLICY = Policy(
    ExamResult,
    {
        Role.SUPERADMIN: allow(everything, hand_in=nothing),
        Role.DIRECTOR: allow(own_center, hand_in=nothing),
        Role.MANAGER: allow(read=own_center),
        Role.ADMIN: allow(read=own_center),
        Role.TEACHER: allow(in_my_exam, hand_in=nothing),
        Role.STUDENT: allow(
            read=own_student,
            hand_in=only_fields(own_student, "answer_file", "submitted_at"),
            create=only_fields(own_student, "center_id", "exam_id", "student_id", "answer_file", "submitted_at"),
        ),
    },
)

POLICIES = (ASSIGNMENT_POLICY, SUBMISSION_POLICY, EXAM_POLICY, EXAM_RESULT_POLICY)
