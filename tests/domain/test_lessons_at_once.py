"""A student who clicks many times, and teachers who use the same new tag: one effect each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from educore import Actor, Educore, FixedClock, memory_ports
from educore.adapters.sql import Database
from educore.learning import Lesson, LessonProgress, LessonTag, LessonView, Tag, add_lesson, note_progress, see_lesson
from support.cast import World
from support.concurrency import run_concurrently
from support.school_cast import School, create_school


@pytest.fixture
def platform(filled_database: Database) -> Educore:
    """Both towns and the school, in a SQLite file and in PostgreSQL."""
    return Educore(filled_database.store, memory_ports(FixedClock()))


@pytest.fixture
def school(platform: Educore, world: World) -> School:
    """The school."""
    return create_school(platform, world.rustam)


def do(platform: Educore, who: Actor, act: Callable[..., Any], *row: Any, **fields: Any) -> Any:
    """A use case in a transaction of its own."""
    with platform.work(who) as uow:
        return act(uow, *row, **fields)


def write(platform: Educore, school: School, who: Actor, **fields: Any) -> Lesson:
    lesson: Lesson = do(
        platform, who, add_lesson, title="Eau", grade_level_id=school.first_grade.id, is_published=True, **fields
    )
    return lesson


def test_a_lesson_opened_by_many_clicks_is_seen_once(platform: Educore, school: School) -> None:
    lesson = write(platform, school, school.teacher)
    looks = [lambda: do(platform, school.student, see_lesson, lesson)] * 8
    assert Counter(run_concurrently(*looks)) == {"done": 8}
    with platform.work(school.teacher, read_only=True) as uow:
        assert uow.count(LessonView) == 1


def test_reports_of_progress_at_once_all_add_up(platform: Educore, school: School) -> None:
    lesson = write(platform, school, school.teacher)
    reports = [lambda: do(platform, school.student, note_progress, lesson, seconds=10, completed=True)] * 8
    assert Counter(run_concurrently(*reports)) == {"done": 8}
    with platform.work(school.teacher, read_only=True) as uow:
        (progress,) = uow.find(LessonProgress)
    assert (progress.seconds, progress.completed_at is not None) == (80, True)


def test_a_new_tag_of_many_lessons_is_made_once(platform: Educore, school: School) -> None:
    names = ("Eau", "EAU", "eau", "eAU", "Eau", "eaU")
    writing = [
        lambda who=who, name=name: write(platform, school, who, tags=[name])
        for who, name in zip((school.teacher, school.second_teacher) * 3, names, strict=True)
    ]
    assert Counter(run_concurrently(*writing)) == {"done": 6}
    with platform.work(school.director, read_only=True) as uow:
        assert (uow.count(Tag), uow.count(LessonTag)) == (1, 6)
