"""The analysis of a homework, and the grades of many submissions at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, Field

from educore import Forbidden, Invalid, NotFound, Problem, UnitOfWork, Where, perform, where
from educore.assessment import Assessment, AssessmentAnalysis, Attempt, Mistake, analyze_assessment, mean, median
from educore.people import Student
from educore.values import Points, Text
from educore_web.apis.madrasti.refusals import translate
from educore_web.apis.madrasti.sections.questions import HOMEWORK, WRITERS
from educore_web.apis.madrasti.spec import madrasti
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.errors import Wording
from educore_web.rest.further_names import Also
from educore_web.rest.request import Problems, RequestData

MOST_GRADES = 100
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class ActiveDayOut(BaseModel):
    """A day and the number of students who handed in for the first time."""

    date: date
    count: int


class QuestionAnalysisOut(BaseModel):
    """A question with the share of right answers; null if none was marked."""

    question_id: int
    correct_rate: float | None
    most_common_mistake: str | None


class TimesOut(BaseModel):
    """The time that students took, in seconds."""

    average_time: int | None
    median_time: int | None
    fastest_completion: int | None
    slowest_completion: int | None


class AnalyticsOut(BaseModel):
    """The figures of a homework over the best submission of each student. Scores and rates are percents."""

    homework_id: int
    total_students: int
    submitted_count: int
    completion_rate: float
    average_score: float | None
    median_score: float | None
    highest_score: float | None
    lowest_score: float | None
    perfect_scores: int
    failing_scores: int
    submission_timeline: list[ActiveDayOut]
    question_analytics: list[QuestionAnalysisOut]
    time_statistics: TimesOut


class GradedIn(Body, of=Attempt):
    """The grade of one submission."""

    submission: Annotated[int, To("id")]
    manual_score: Annotated[Points | None, To("override")] = None
    feedback: Annotated[Text | None, Also("teacher_feedback")] = None


class GradesIn(Body):
    """Grades of submissions of one homework, each on its own."""

    grades: Annotated[list[GradedIn], Field(min_length=1, max_length=MOST_GRADES)]


class RefusedGrade(BaseModel):
    """A grade that was refused: its place in the list, from 0, its submission, and the sentences about its fields."""

    index: int
    submission: int
    errors: dict[str, Any]


class GradesOut(BaseModel):
    """The number of submissions that were graded, and the grades that were refused."""

    graded_count: int
    failed_count: int
    errors: list[RefusedGrade]


def analytics(uow: UnitOfWork, id: int, request: RequestData, only: Where) -> dict[str, Any]:
    """Show detailed analytics of a homework"""
    homework = uow.get(Assessment, id, to="read_analytics", only=only)
    return describe_analysis(id, analyze_assessment(uow, homework), language=request.language)


def describe_analysis(id: int, found: AssessmentAnalysis, *, language: str) -> dict[str, Any]:
    """Return an analysis as this document writes it."""
    scores, times = found.scores, [Decimal(seconds) for seconds in found.times]
    return {
        "homework_id": id,
        "total_students": found.students,
        "submitted_count": found.submitted,
        "completion_rate": float(found.completion),
        "average_score": _number(mean(scores)),
        "median_score": _number(median(scores)),
        "highest_score": _number(mean(scores[-1:])),
        "lowest_score": _number(mean(scores[:1])),
        "perfect_scores": found.perfect,
        "failing_scores": found.failing,
        "submission_timeline": [{"date": day.isoformat(), "count": number} for day, number in found.days.items()],
        "question_analytics": [
            {
                "question_id": question.question_id,
                "correct_rate": _number(question.correct_rate),
                "most_common_mistake": question.mistake and _describe_mistake(question.mistake, language),
            }
            for question in found.questions
        ],
        "time_statistics": {
            "average_time": _whole(mean(times)),
            "median_time": _whole(median(times)),
            "fastest_completion": _whole(mean(times[:1])),
            "slowest_completion": _whole(mean(times[-1:])),
        },
    }


def bulk_grade(uow: UnitOfWork, id: int, data: GradesIn, only: Where, wording: Wording) -> Any:
    """Grade many submissions of a homework, those that can be graded; 400 if none can"""
    uow.get(Assessment, id, to="update", only=only)
    grades = data.fields()["grades"]
    ids = [grade.pop("id") for grade in grades]
    # All students in one order, as whoever grades one of them locks them before the attempts.
    graded = where(Attempt__has=where(id__in=set(ids), assessment_id=id))
    uow.as_platform().find(Student, graded, order=("id",), lock=True)
    refused: dict[int, Problems] = {}
    for index, (submission, grade) in enumerate(zip(ids, grades, strict=True)):
        try:
            if submission in ids[:index]:
                raise Invalid.because("submission", "named_twice", id=submission)
            with uow.savepoint():
                perform(uow, Attempt, "grade", submission, grade, only=where(assessment_id=id))
        except NotFound:
            refused[index] = {"submission": [Problem("unknown_id", {"id": submission})]}
        except Forbidden as error:
            refused[index] = {"submission": [Problem(error.code, error.params)]}
        except Invalid as error:
            refused[index] = {_placed(path): problems for path, problems in error.fields.items()}
    if len(refused) == len(ids):
        below = {f"grades.{index}.{path}": found for index, paths in refused.items() for path, found in paths.items()}
        return wording.refusal(below)
    errors = [
        {"index": index, "submission": ids[index], "errors": wording.nested(problems)}
        for index, problems in refused.items()
    ]
    return {"graded_count": len(ids) - len(refused), "failed_count": len(refused), "errors": errors}


def _placed(path: str) -> str:
    return {"override": "manual_score", "": "submission"}.get(path, path)


def _describe_mistake(mistake: Mistake, language: str) -> str:
    chosen, right = (", ".join(map(_letter, places)) for places in (mistake.chosen, mistake.right))
    return translate("mistake", language).format(chosen=chosen, right=right)


def _letter(place: int) -> str:
    return LETTERS[place] if place < len(LETTERS) else str(place + 1)


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _whole(value: Decimal | None) -> int | None:
    return None if value is None else round(value)


NAMED: dict[str, Any] = {"resource": "homework.homework", "kind": Assessment, "only": HOMEWORK}
ROW = "/homework/homework/{id}/"

ROUTES: Sequence[Any] = [
    madrasti.get(f"{ROW}analytics/", analytics, action="read_analytics", out=AnalyticsOut, **NAMED),
    madrasti.post(
        f"{ROW}bulk_grade/",
        bulk_grade,
        action="update",
        body=GradesIn,
        out=GradesOut,
        roles=WRITERS,
        performs_action=False,
        permission="can_create_homework",
        **NAMED,
    ),
]
