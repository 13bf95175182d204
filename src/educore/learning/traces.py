"""The traces of students who learn with a lesson: their looks at it, and how far they are.

A student is locked before a trace of theirs is looked for and written, so two requests at once leave one.
"""

from __future__ import annotations

from datetime import timedelta

from educore.kernel.actions import use_case
from educore.kernel.conditions import where
from educore.kernel.errors import Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.learning.entities import Lesson, LessonProgress, LessonView
from educore.organization.queries import center_time_zone
from educore.people.entities import Student

HALF_HOUR = timedelta(minutes=30)
"""The time in which several looks of a student count once."""

MAX_SECONDS = 3_600
"""The most seconds that one report of progress brings."""

MOST_SECONDS = 1_000_000_000
"""The most seconds that are counted of a student and a lesson: thirty years."""


@use_case
def see_lesson(uow: UnitOfWork, lesson: Lesson, /) -> bool:
    """Count a look of the actor, a student, at a lesson; return False if they looked within half an hour before.

    Raises: NotFound, Forbidden.
    """
    seen = uow.get(Lesson, lesson.id, to="see")
    platform, now, student_id = uow.as_platform(), uow.ports.clock.now(), uow.actor.student_id or 0
    recent = where(lesson_id=seen.id, student_id=student_id, viewed_at__gte=now - HALF_HOUR + timedelta.resolution)
    if platform.count(LessonView, recent):
        return False
    platform.get(Student, student_id, lock=True)
    if platform.count(LessonView, recent):
        return False
    weekday = now.astimezone(center_time_zone(uow, seen.center_id)).isoweekday()
    row = {"center_id": seen.center_id, "lesson_id": seen.id, "student_id": student_id}
    times = {"viewed_at": now, "weekday": weekday, "half_hour": int(now.timestamp() // HALF_HOUR.total_seconds())}
    platform.add(LessonView, {**row, **times})
    return True


@use_case
def note_progress(uow: UnitOfWork, lesson: Lesson, /, *, seconds: int = 0, completed: bool = False) -> LessonProgress:
    """Add the seconds that the actor, a student, has spent on a lesson since the last report.

    Once completed, a lesson stays so, from the first time on.
    Raises: Invalid("greater_than_equal"), ("less_than_equal") on seconds; NotFound, Forbidden.
    """
    if seconds < 0:
        raise Invalid.because("seconds", "greater_than_equal", ge=0)
    if seconds > MAX_SECONDS:
        raise Invalid.because("seconds", "less_than_equal", le=MAX_SECONDS)
    begun = uow.get(Lesson, lesson.id, to="note_progress")
    platform, now, student_id = uow.as_platform(), uow.ports.clock.now(), uow.actor.student_id or 0
    platform.get(Student, student_id, lock=True)
    row = {"lesson_id": begun.id, "student_id": student_id}
    found = platform.find(LessonProgress, where(**row), lock=True)
    if not found:
        fields = {"seconds": seconds, "completed_at": now if completed else None, "updated_at": now}
        return platform.add(LessonProgress, {**row, **fields, "center_id": begun.center_id})
    before = found[0]
    completed_at = before.completed_at or (now if completed else None)
    total = min(before.seconds + seconds, MOST_SECONDS)
    return platform.change(before, {"seconds": total, "completed_at": completed_at, "updated_at": now})
