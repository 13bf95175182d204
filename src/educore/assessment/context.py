"""The assessment context: its entities, policies, actions, guards and indexes."""

from __future__ import annotations

from datetime import timedelta

from educore.assessment.assessments import (
    change_assessment,
    duplicate_assessment,
    publish_assessment,
    set_assessment,
    unpublish_assessment,
)
from educore.assessment.assignments import (
    change_assignment,
    give_assignment,
    grade_submission,
    grade_submissions,
    submit_assignment,
)
from educore.assessment.attempt_grading import grade_answer, grade_attempt, publish_due_scores
from educore.assessment.attempts import save_answers, start_attempt, submit_attempt, submit_overdue
from educore.assessment.entities import (
    Answer,
    Assessment,
    Assignment,
    Attempt,
    AttemptStatus,
    Audience,
    Choice,
    Exam,
    ExamResult,
    Question,
    Submission,
)
from educore.assessment.events import AssignmentGiven, ExamPlanned, ResultPublished
from educore.assessment.exams import change_exam, change_result, enter_result, plan_exam, record_results
from educore.assessment.policies import POLICIES
from educore.assessment.questions import add_question, change_question, retire_question
from educore.kernel.conditions import nothing, where
from educore.kernel.context import Context
from educore.kernel.storage import Index, Unlisted

CONTEXT = Context(
    "assessment",
    entities=(Assignment, Submission, Exam, ExamResult, Assessment, Audience, Question, Choice, Attempt, Answer),
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
        (Assessment, "create"): set_assessment,
        (Assessment, "update"): change_assessment,
        (Assessment, "publish"): publish_assessment,
        (Assessment, "unpublish"): unpublish_assessment,
        (Assessment, "duplicate"): duplicate_assessment,
        (Question, "create"): add_question,
        (Question, "update"): change_question,
        (Question, "delete"): retire_question,
        (Attempt, "create"): start_attempt,
        (Attempt, "save"): save_answers,
        (Attempt, "submit"): submit_attempt,
        (Attempt, "grade"): grade_attempt,
        (Answer, "grade"): grade_answer,
    },
    outbox={AssignmentGiven: "assignment_id", ExamPlanned: "exam_id", ResultPublished: "result_id"},
    periodic={
        "overdue attempts": (timedelta(seconds=30), submit_overdue),
        "due scores": (timedelta(seconds=30), publish_due_scores),
    },
    storage=(
        Index(
            Attempt,
            ("assessment_id", "student_id"),
            name="uq_attempt_open",
            unique=True,
            only=where(status=AttemptStatus.OPEN),
        ),
        Index(Attempt, ("deadline",), name="ix_attempt_open_deadline", only=where(status=AttemptStatus.OPEN)),
        Unlisted(Choice),
        Unlisted(Answer),
        Unlisted(Audience),
    ),
    dependants={
        (Assignment, "group_id"): nothing,
        (Exam, "group_id"): nothing,
        (Audience, "group_id"): nothing,
        (Audience, "assessment_id"): nothing,
        (Question, "assessment_id"): nothing,
        (Attempt, "assessment_id"): where(status=AttemptStatus.OPEN),  # what is being answered is handed in first
    },
)
