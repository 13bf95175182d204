"""What students are asked to do, what they hand in, and how it is graded."""

from educore.assessment.context import CONTEXT
from educore.assessment.entities import Assignment, AssignmentStatus, Exam, ExamResult, Grade, Submission
from educore.assessment.events import AssignmentGiven, ExamPlanned, ResultPublished, WorkGraded
from educore.assessment.queries import Performance, teacher_performance
from educore.assessment.use_cases import (
    change_assignment,
    change_exam,
    change_result,
    enter_result,
    give_assignment,
    grade_submission,
    grade_work,
    letter_grade,
    plan_exam,
    record_results,
    submit_assignment,
)

__all__ = [
    "Assignment",
    "AssignmentGiven",
    "AssignmentStatus",
    "CONTEXT",
    "Exam",
    "ExamPlanned",
    "ExamResult",
    "Grade",
    "Performance",
    "ResultPublished",
    "Submission",
    "WorkGraded",
    "change_assignment",
    "change_exam",
    "change_result",
    "enter_result",
    "give_assignment",
    "grade_submission",
    "grade_work",
    "letter_grade",
    "plan_exam",
    "record_results",
    "submit_assignment",
    "teacher_performance",
]
