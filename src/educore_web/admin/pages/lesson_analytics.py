"""A lesson in numbers: who looked at it when, and how many completed it."""

from __future__ import annotations

from dataclasses import dataclass

from anyio import to_thread
from sqladmin.authentication import login_required
from starlette.requests import Request
from starlette.responses import Response

from educore import UnitOfWork
from educore.learning import Lesson, LessonFigures, lesson_figures
from educore_web.admin.frame import Frame
from educore_web.admin.security.current_user import current_actor
from educore_web.admin.ui.chart import Chart
from educore_web.admin.ui.language import format_weekday


@dataclass(frozen=True)
class LessonInNumbers:
    """A lesson, its figures, and the chart of the looks by day of the week."""

    head: Lesson
    figures: LessonFigures
    charts: list[Chart]

    @property
    def minutes(self) -> float:
        """The minutes that a viewer spent on the lesson, on average."""
        return round(self.figures.average_seconds / 60, 1)


@login_required
async def show_analytics(frame: Frame, request: Request) -> Response:
    """Show the figures of a lesson. Raises: NotFound, Forbidden."""
    view = frame.view_for(Lesson, "read_analytics")
    pk = int(request.path_params["pk"])

    def read() -> LessonInNumbers:
        with frame.school.work(current_actor(), read_only=True) as uow:
            return load_lesson(uow, pk)

    found = await to_thread.run_sync(read)
    return await frame.render(request, "lesson_analytics.html", {"view": view, "found": found})


def load_lesson(uow: UnitOfWork, pk: int) -> LessonInNumbers:
    """Return a lesson in numbers. Raises: NotFound, Forbidden."""
    head = uow.get(Lesson, pk, to="read_analytics")
    figures = lesson_figures(uow, head)
    labels = [format_weekday(number, short=True) for number in range(7)]
    return LessonInNumbers(head, figures, [Chart("looks", "bars", labels, list(figures.weekly_views))])
