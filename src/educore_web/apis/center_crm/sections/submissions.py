"""12. Submissions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from educore import From
from educore.assessment import Submission
from educore.values import Percent, Text
from educore_web.apis.center_crm.accounts import STUDENT_NAMES, StudentName
from educore_web.apis.center_crm.dialect import CrmShape, Number
from educore_web.apis.center_crm.spec import crm
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.further_names import Also
from educore_web.rest.uploads import Document


class SubmissionIn(Body, of=Submission):
    """Work of the student who sends it; until it is graded, the next one replaces it (C68)."""

    assignment: Annotated[int, To("assignment_id")]
    student: Annotated[int | None, To("student_id")] = None
    submission_file: Annotated[Document, To("file"), Also("file")]


class GradeIn(Body, of=Submission):
    """A grade from 0 to 100; null takes it back."""

    grade: Percent | None
    feedback: Text | None = None


class SubmissionOut(CrmShape, of=Submission):
    """Work a student handed in."""

    id: int
    assignment: Annotated[int, From("assignment_id")]
    assignment_title: Annotated[str, From("assignment.title")]
    student: Annotated[int, From("student_id")]
    student_name: StudentName
    submission_file: Annotated[str | None, From("file"), Also("file")]
    submitted_at: Annotated[datetime, Also("submission_date")]
    grade: Number | None
    feedback: str | None
    graded_at: datetime | None


ROUTES = [
    *crm.crud(
        "/submissions/",
        Submission,
        SubmissionIn,
        SubmissionOut,
        change_body=GradeIn,
        put_requires=True,
        search=("assignment__title", *STUDENT_NAMES),
        listing={"order": ("-id",)},
    )
]
