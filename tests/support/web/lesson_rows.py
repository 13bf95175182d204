"""Lessons of a school on the running platform: `add_lessons(platform, school, city)`."""

from __future__ import annotations

from dataclasses import dataclass

from educore import Educore, perform, where
from educore.learning import Lesson, Tag, add_lesson, add_resource, note_progress, see_lesson
from support.school_cast import School

LESSON, SUBJECT, GRADE = "3", "5", "1"
"""The lesson, its subject and its grade in Casablanca, for paths that are written before there are rows."""


@dataclass(frozen=True)
class LessonRows:
    """The ids of a published lesson of the first teacher, with a resource and a tag, and of one that was put away."""

    lesson: int
    resource: int
    tag: int
    put_away: int


def add_lessons(platform: Educore, school: School, city: str) -> LessonRows:
    """Write a lesson for the first grade, which the first pupil has looked at, and another one that is archived."""
    place = {"course_id": school.course.id, "grade_level_id": school.first_grade.id, "cycle": "first"}
    text = {"position": 1, "difficulty": "easy", "is_published": True, "content": f"<p>Les fleuves de {city}</p>"}
    with platform.work(school.teacher) as uow:
        old, other = (
            add_lesson(uow, title=f"{name} de {city}", **{**place, **text, "position": 2}) for name in ("Mers", "Lacs")
        )
        lesson = add_lesson(uow, title=f"Fleuves de {city}", description=f"L’eau à {city}", **place, **text)
        perform(uow, Lesson, "update", lesson.id, {"tags": [f"Eau {city}"]})
        (tag,) = uow.find(Tag, where(name=f"Eau {city}"))
        page = {"kind": "text", "title": f"Note de {city}", "text": f"<p>Le port de {city}</p>"}
        resource = add_resource(uow, lesson_id=lesson.id, **page)
        for row in (old, other):
            perform(uow, Lesson, "archive", row.id)
    with platform.work(school.student) as uow:
        see_lesson(uow, lesson)
        note_progress(uow, lesson, seconds=60)
    return LessonRows(lesson.id, resource.id, tag.id, old.id)
