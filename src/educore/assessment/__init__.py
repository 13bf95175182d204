"""Assignments, submissions, exams and their results."""

from educore.assessment.assignments import (
    change_assignment,
    give_assignment,
    grade_submission,
    grade_submissions,
    submit_assignment,
)
from educore.assessment.context import CONTEXT
from educore.assessment.entities import Assignment, AssignmentStatus, Exam, ExamResult, Grade, Submission
from educore.assessment.events import AssignmentGiven, ExamPlanned, ResultPublished, WorkGraded
from educore.assessment.exams import change_exam, change_result, enter_result, letter_grade, plan_exam, record_results
from educore.assessment.queries import TeacherPerformance, teacher_performance

__all__ = [
    "Assignment",
    "AssignmentGiven",
    "AssignmentStatus",
    "CONTEXT",
    "Exam",
    "ExamPlanned",
    "ExamResult",
    "Grade",
    "ResultPublished",
    "Submission",
    "TeacherPerformance",
    "WorkGraded",
    "change_assignment",
    "change_exam",
    "change_result",
    "enter_result",
    "give_assignment",
    "grade_submission",
    "grade_submissions",
    "letter_grade",
    "plan_exam",
    "record_results",
    "submit_assignment",
    "teacher_performance",
]
