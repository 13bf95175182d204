"""Policies for assignments, exams and assessments: which roles may see and change which rows."""

from __future__ import annotations

from educore.assessment.entities import (
    Answer,
    Assessment,
    Assignment,
    Attempt,
    Audience,
    Choice,
    Exam,
    ExamResult,
    Question,
    Submission,
)
from educore.attendance.policies import of_my_child, taught_in_my_school
from educore.groups.policies import in_group_attended_by_me, in_my_groups
from educore.identity.policies import my_children, own_center
from educore.kernel.conditions import Where, actor, everything, nothing, where
from educore.kernel.policy import Grants, Policy, Role, allow, only_fields
from educore.timetable.policies import in_class_of_my_child

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

ONLOOKERS = (Role.MANAGER, Role.ADMIN, Role.STAFF)

set_by_me: Where = own_center & where(teacher_id=actor.teacher_id)
published: Where = own_center & where(is_published=True)
for_my_groups: Where = published & where(Audience__has=in_my_groups)
for_me: Where = published & where(Audience__has=in_group_attended_by_me)
for_my_child: Where = published & where(Audience__has=in_class_of_my_child)
begun_by_me: Where = own_center & where(Attempt__has=where(student_id=actor.student_id))
begun_by_my_child: Where = own_center & where(Attempt__has=where(student__has=my_children))


def _manages(rows: Where) -> Grants:
    return allow(rows, take=nothing, publish=rows, unpublish=rows, duplicate=rows, read_analytics=rows)


ASSESSMENT_POLICY = Policy(
    Assessment,
    {
        Role.SUPERADMIN: _manages(everything),
        Role.DIRECTOR: _manages(own_center),
        **dict.fromkeys(ONLOOKERS, allow(read=own_center, read_analytics=own_center)),
        Role.TEACHER: {**_manages(set_by_me), **allow(read=set_by_me | for_my_groups)},
        Role.STUDENT: allow(read=for_me | begun_by_me, take=for_me),
        Role.PARENT: allow(read=for_my_child | begun_by_my_child),
    },
)

of_my_assessment: Where = own_center & where(assessment__teacher_id=actor.teacher_id)

AUDIENCE_POLICY = Policy(
    Audience,
    {
        Role.SUPERADMIN: allow(everything),
        Role.DIRECTOR: allow(own_center),
        **dict.fromkeys(ONLOOKERS, allow(read=own_center)),
        Role.TEACHER: allow(of_my_assessment, read=of_my_assessment | in_my_groups),
        Role.STUDENT: allow(read=in_group_attended_by_me),
        Role.PARENT: allow(read=in_class_of_my_child),
    },
)

of_my_question: Where = own_center & where(question__assessment__teacher_id=actor.teacher_id)
in_my_attempt: Where = own_center & where(attempt__assessment__teacher_id=actor.teacher_id)

QUESTION_POLICY = Policy(
    Question,
    {
        Role.SUPERADMIN: allow(everything),
        Role.DIRECTOR: allow(own_center),
        **dict.fromkeys(ONLOOKERS, allow(read=own_center)),
        Role.TEACHER: allow(of_my_assessment),
    },
)

CHOICE_POLICY = Policy(
    Choice,
    {
        Role.SUPERADMIN: allow(everything),
        Role.DIRECTOR: allow(own_center),
        **dict.fromkeys(ONLOOKERS, allow(read=own_center)),
        Role.TEACHER: allow(of_my_question),
    },
)

judgement = ("points", "is_correct", "feedback", "graded_at", "graded_by_id")

ANSWER_POLICY = Policy(
    Answer,
    {
        Role.SUPERADMIN: allow(everything, grade=only_fields(everything, *judgement)),
        Role.DIRECTOR: allow(read=own_center, grade=only_fields(own_center, *judgement)),
        **dict.fromkeys(ONLOOKERS, allow(read=own_center)),
        Role.TEACHER: allow(read=in_my_attempt, grade=only_fields(in_my_attempt, *judgement)),
    },
)

SCORE_FIELDS = ("raw_points", "points", "override", "percent", "feedback")
"""The fields of an attempt that students and parents read once the score is published."""

score = (*SCORE_FIELDS, "status", "graded_at", "graded_by_id", "score_published_at")
score_is_public: Where = where(score_published_at__isnull=False)

ATTEMPT_POLICY = Policy(
    Attempt,
    {
        Role.SUPERADMIN: allow(everything, save=nothing, submit=nothing, grade=only_fields(everything, *score)),
        Role.DIRECTOR: allow(read=own_center, grade=only_fields(own_center, *score)),
        **dict.fromkeys(ONLOOKERS, allow(read=own_center)),
        Role.TEACHER: allow(read=of_my_assessment | taught_in_my_school, grade=only_fields(of_my_assessment, *score)),
        Role.STUDENT: allow(read=own_student, save=only_fields(own_student), submit=only_fields(own_student)),
        Role.PARENT: allow(read=of_my_child),
    },
    restricted_fields=dict.fromkeys(
        SCORE_FIELDS, dict.fromkeys(Role, everything) | {Role.STUDENT: score_is_public, Role.PARENT: score_is_public}
    ),
)

POLICIES = (
    ASSIGNMENT_POLICY,
    SUBMISSION_POLICY,
    EXAM_POLICY,
    EXAM_RESULT_POLICY,
    ASSESSMENT_POLICY,
    AUDIENCE_POLICY,
    QUESTION_POLICY,
    CHOICE_POLICY,
    ATTEMPT_POLICY,
    ANSWER_POLICY,
)
