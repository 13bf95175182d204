"""An assessment in numbers: how its students did, and how hard each question was; and the attempts that wait."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import urlencode

from anyio import to_thread
from sqladmin.authentication import login_required
from starlette.requests import Request
from starlette.responses import Response

from educore import From, NameOf, Shape, UnitOfWork, where
from educore.assessment import Answer, Assessment, Attempt, AttemptStatus, Question, assessment_figures
from educore_web.admin.frame import Frame
from educore_web.admin.pages import lists
from educore_web.admin.security.current_user import current_actor
from educore_web.admin.ui.chart import Chart
from educore_web.admin.ui.enumerations import format_enum
from educore_web.admin.ui.language import translate

BAND = 10
"""The width of a band of scores in percent."""
USUAL_PASS = Decimal(50)
"""The percent that pass where the assessment does not say, as for showing the right answers."""


class BestAttempt(Shape, of=Attempt):
    """The best attempt of a student."""

    id: int
    student: Annotated[str | None, NameOf("student")]
    percent: Decimal | None
    seconds: int | None


class QuestionHead(Shape, of=Question):
    """A question in the table of questions."""

    id: int
    text: str
    position: int
    retired: Annotated[Any, From("retired_at")]


@dataclass(frozen=True)
class QuestionFigures:
    """The answers to a question in attempts that were handed in: how many were marked, and how many were right."""

    number: int
    text: str
    marked: int
    right: int

    @property
    def rate(self) -> float | None:
        """The share of right answers in percent, None if none was marked."""
        return round(100 * self.right / self.marked, 1) if self.marked else None


@dataclass(frozen=True)
class Analytics:
    """The figures of an assessment; `average` and `pass_rate` are of the best attempts, None without any."""

    head: Assessment
    students: int
    attempts: int
    waiting: int
    average: Decimal | None
    pass_rate: float | None
    questions: list[QuestionFigures]
    charts: list[Chart]


@login_required
async def show_analytics(frame: Frame, request: Request) -> Response:
    """Show the figures of an assessment. Raises: NotFound, Forbidden."""
    view = frame.view_for(Assessment, "read_analytics")
    pk = int(request.path_params["pk"])

    def read() -> Analytics:
        with frame.school.work(current_actor(), read_only=True) as uow:
            return load_analytics(uow, pk)

    found = await to_thread.run_sync(read)
    return await frame.render(request, "assessment_analytics.html", {"view": view, "found": found})


@login_required
async def list_waiting(frame: Frame, request: Request) -> Response:
    """Show the list of the attempts that wait for somebody to mark them."""
    view = frame.view_for(Attempt, "grade")
    query = urlencode({**request.query_params, "status": AttemptStatus.SUBMITTED.value}).encode()
    scope = {**request.scope, "path_params": {"identity": view.identity}, "query_string": query}
    return await lists.show_rows(frame, Request(scope, request.receive), to="grade")


def load_analytics(uow: UnitOfWork, pk: int) -> Analytics:
    """Return the figures of an assessment, in nine statements. Raises: NotFound, Forbidden."""
    head = uow.get(Assessment, pk, to="read_analytics")
    mine = where(assessment_id=pk)
    by_status = uow.count_by(Attempt, "status", mine)
    best = uow.select(BestAttempt, mine & where(is_best=True, percent__isnull=False))
    percents = [row["percent"] for row in best]
    passing = head.passing_percent if head.passing_percent is not None else USUAL_PASS
    questions = _questions(uow, pk)
    return Analytics(
        head=head,
        students=len(best),
        attempts=sum(by_status.values()),
        waiting=by_status.get(AttemptStatus.SUBMITTED, 0),
        average=assessment_figures(uow, [pk])[pk].average,
        pass_rate=round(100 * sum(p >= passing for p in percents) / len(percents), 1) if percents else None,
        questions=questions,
        charts=[_distribution(percents), _difficulty(questions), _statuses(by_status)],
    )


def _questions(uow: UnitOfWork, pk: int) -> list[QuestionFigures]:
    handed_in = where(attempt__assessment_id=pk, attempt__submitted_at__isnull=False)
    marked = uow.count_by(Answer, "question_id", handed_in & where(points__isnull=False))
    right = uow.count_by(Answer, "question_id", handed_in & where(is_correct=True))
    found = uow.select(QuestionHead, where(assessment_id=pk), order=("position", "id"))
    shown = [row for row in found if row["retired"] is None or row["id"] in marked]
    return [
        QuestionFigures(number, row["text"], marked.get(row["id"], 0), right.get(row["id"], 0))
        for number, row in enumerate(shown, 1)
    ]


def _distribution(percents: list[Decimal]) -> Chart:
    """Return the number of students by bands of ten percent; a full score is in the last one."""
    counts = [0] * (100 // BAND)
    for percent in percents:
        counts[min(int(percent) // BAND, len(counts) - 1)] += 1
    return Chart("scores", "bars", [f"{low}–{low + BAND}" for low in range(0, 100, BAND)], counts)


def _difficulty(questions: list[QuestionFigures]) -> Chart:
    labels = [translate("question.number", number=question.number) for question in questions]
    return Chart("right_answers", "bars", labels, [question.rate for question in questions], percent=True)


def _statuses(by_status: dict[Any, int]) -> Chart:
    labels = [format_enum(status) for status in AttemptStatus]
    return Chart("attempts_by_status", "bars", labels, [by_status.get(status, 0) for status in AttemptStatus])
