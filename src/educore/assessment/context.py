"""The assessment context: its entities, policies, actions, guards and indexes."""

from __future__ import annotations

from educore.assessment.assignments import (
    change_assignment,
    give_assignment,
    grade_submission,
    grade_submissions,
    submit_assignment,
)
from educore.assessment.entities import Assignment, Exam, ExamResult, Submission
from educore.assessment.events import AssignmentGiven, ExamPlanned, ResultPublished
from educore.assessment.exams import change_exam, change_result, enter_result, plan_exam, record_results
from educore.assessment.policies import POLICIES
from educore.kernel.conditions import nothing
from educore.kernel.context import Context

CONTEXT = Context(
    "assessment",
    entities=(Assignment, Submission, Exam, ExamResult),
    policies=POLICIES,
    actions={
        (Assignment, "create"): give_assignment,
        (Assignment, "update"): change_assignment,
        (Assignment, "grade"): grade_submissions,
        (Submission, "create"): submit_assignment,
        (Submission, "update"): grade_submission,
        (Exam, "create"): plan_exam,
        (Exam, "update"): change_exam,
        (Exam, "record_results"): record_results,
        (ExamResult, "create"): enter_result,
        (ExamResult, "update"): change_result,
    },
    outbox={AssignmentGiven: "assignment_id", ExamPlanned: "exam_id", ResultPublished: "result_id"},
    dependants={(Assignment, "group_id"): nothing, (Exam, "group_id"): nothing},
)
