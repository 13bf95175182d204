"""Figures of a lesson: who looked at it when, and how far they came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

from educore.attendance.register_figures import percent
from educore.kernel.aggregates import Aggregate
from educore.kernel.conditions import where
from educore.kernel.shape import NameOf, Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.learning.entities import Lesson, LessonProgress, LessonView
from educore.people.entities import Student

MOST_TOP_VIEWERS = 5


@dataclass(frozen=True)
class TopViewer:
    """A student and the number of their looks at a lesson."""

    student_id: int
    name: str
    views: int


@dataclass(frozen=True)
class LessonFigures:
    """The figures of a lesson (madrasti: lessons.analytics.formula).

    `weekly_views` counts all looks by their day of the week in the Center, Monday first. `completion_rate` is the share
    of the viewers who completed the lesson, in percent with one decimal; `average_seconds` the time spent per viewer.
    """

    view_count: int
    unique_viewers: int
    completion_rate: Decimal
    average_seconds: int
    weekly_views: tuple[int, ...]
    top_viewers: tuple[TopViewer, ...]


class Viewer(Shape, of=Student):
    """A student who looked at a lesson."""

    id: int
    name: Annotated[str, NameOf()]


def lesson_figures(uow: UnitOfWork, lesson: Lesson) -> LessonFigures:
    """Return the figures of a lesson, in as many statements for one viewer as for a thousand.

    Raises: NotFound, Forbidden for whoever may not read them.
    """
    uow.get(Lesson, lesson.id, to="read_analytics")
    platform = uow.as_platform()  # who may read the figures may read all of them, also of students they do not teach
    of_lesson = where(lesson_id=lesson.id)
    by_weekday = platform.count_by(LessonView, "weekday", of_lesson)
    by_student = platform.count_by(LessonView, "student_id", of_lesson)
    of_viewers = of_lesson & where(student__has=where(LessonView__has=of_lesson))
    ((seconds,),) = platform.aggregate_by(LessonProgress, (Aggregate("sum", "seconds"),), (), of_viewers).values()
    completed = platform.count(LessonProgress, of_viewers & where(completed_at__isnull=False))
    return LessonFigures(
        view_count=sum(by_student.values()),
        unique_viewers=len(by_student),
        completion_rate=percent(completed, len(by_student)),
        average_seconds=_per_viewer(seconds, len(by_student)),
        weekly_views=tuple(by_weekday.get(day, 0) for day in range(1, 8)),
        top_viewers=_top_viewers(platform, by_student),
    )


def view_counts(uow: UnitOfWork, lesson_ids: list[int]) -> Mapping[int, int]:
    """Return the numbers of looks at lessons by their ids; everybody who sees a lesson sees the same number."""
    return uow.as_platform().count_by(LessonView, "lesson_id", where(lesson_id__in=lesson_ids))


def _per_viewer(seconds: Decimal, viewers: int) -> int:
    return int((Decimal(seconds) / viewers).quantize(Decimal(1), ROUND_HALF_UP)) if viewers else 0


def _top_viewers(platform: UnitOfWork, views: Mapping[int, int]) -> tuple[TopViewer, ...]:
    """Return those who looked most often; the name decides between those who did so equally often."""
    least = min(sorted(views.values(), reverse=True)[:MOST_TOP_VIEWERS], default=0)
    candidates = [id for id, count in views.items() if count >= least]
    named = platform.select(Viewer, where(id__in=candidates)) if candidates else []
    ordered = sorted(named, key=lambda row: (-views[row["id"]], row["name"], row["id"]))
    return tuple(TopViewer(row["id"], row["name"], views[row["id"]]) for row in ordered[:MOST_TOP_VIEWERS])
