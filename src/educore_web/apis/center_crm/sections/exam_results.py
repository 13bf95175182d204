"""14. Exam Results."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from educore import From
from educore.assessment import ExamResult
from educore.values import Points
from educore_web.apis.center_crm.accounts import STUDENT_NAMES, StudentName
from educore_web.apis.center_crm.dialect import CrmShape, Number
from educore_web.apis.center_crm.spec import crm
from educore_web.apis.center_crm.words import GradeWord
from educore_web.rest.bodies import Body, To
from educore_web.rest.uploads import Document


class ExamResultIn(Body, of=ExamResult):
    """Answers of the student who sends them, or what a student reached; a score brings its letter (C69, C70)."""

    exam: Annotated[int, To("exam_id")]
    student: Annotated[int | None, To("student_id")] = None
    score: Points | None = None
    grade: GradeWord | None = None
    answer_file: Document | None = None


class ExamResultOut(CrmShape, of=ExamResult):
    """Answers a student handed in, and what they reached; null until it is graded."""

    id: int
    exam: Annotated[int, From("exam_id")]
    exam_title: Annotated[str, From("exam.title")]
    student: Annotated[int, From("student_id")]
    student_name: StudentName
    score: Number | None
    grade: GradeWord | None
    answer_file: str | None
    submitted_at: datetime


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
