"""14. Exam Results."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from educore import Computed, From
from educore.assessment import ExamResult
from educore.values import Points
from educore_web.apis.center_crm.accounts import STUDENT_NAMES, StudentName
from educore_web.apis.center_crm.dialect import CrmShape, Number
from educore_web.apis.center_crm.spec import crm
from educore_web.apis.center_crm.words import GradeWord
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.further_names import ADDITION, Also
from educore_web.rest.uploads import Document


def percentage(score: Decimal | None, total: int) -> float | None:
    """Return a score in percent of the best possible one, with one decimal."""
    return None if score is None else round(float(100 * score / total), 1)


def is_passed(score: Decimal | None, passing_score: int) -> bool | None:
    """Return whether a score is enough, None if there is none yet."""
    return None if score is None else score >= passing_score


class ExamResultIn(Body, of=ExamResult):
    """Answers of the student who sends them, or what a student reached; a score brings its letter (C69, C70)."""

    exam: Annotated[int, To("exam_id")]
    student: Annotated[int | None, To("student_id")] = None
    score: Annotated[Points | None, Also("marks")] = None
    grade: GradeWord | None = None
    answer_file: Document | None = None


class ExamResultOut(CrmShape, of=ExamResult):
    """Answers a student handed in, and what they reached; null until it is graded."""

    id: int
    exam: Annotated[int, From("exam_id")]
    exam_title: Annotated[str, From("exam.title")]
    student: Annotated[int, From("student_id")]
    student_name: StudentName
    score: Annotated[Number | None, Also("marks")]
    grade: GradeWord | None
    answer_file: str | None
    submitted_at: datetime
    percentage: Annotated[float | None, Computed(percentage, "score", "exam.total_points"), ADDITION]
    is_passed: Annotated[bool | None, Computed(is_passed, "score", "exam.passing_score"), ADDITION]


ROUTES = [
    *crm.crud(
        "/exam-results/",
        ExamResult,
        ExamResultIn,
        ExamResultOut,
        resource="exam_results",
        search=("exam__title", *STUDENT_NAMES),
    )
]
