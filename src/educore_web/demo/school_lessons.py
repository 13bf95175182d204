"""Lessons of a school: written by the teachers of some classes, and read by most of their students."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from educore import Role, UnitOfWork, perform, where
from educore.learning import Difficulty, Lesson, LessonCycle, LessonResource, ResourceKind
from educore.people import Student
from educore_web.demo.school_homework import act_as, teacher_of

LOOKS, COMPLETES = 0.7, 0.6
"""The chance that a student looks at a lesson, and that whoever does completes it."""

LESSONS: Sequence[dict[str, Any]] = (
    {
        "title": "Les fractions simples",
        "title_ar": "الكسور البسيطة",
        "title_fr": "Les fractions simples",
        "content": "<h2>Une part d’un tout</h2><p>La moitié s’écrit <strong>1/2</strong>.</p>",
        "difficulty": Difficulty.EASY,
        "tags": ["Calcul", "Fractions"],
        "is_published": True,
    },
    {
        "title": "Comparer des fractions",
        "title_ar": "مقارنة الكسور",
        "title_fr": "Comparer des fractions",
        "content": "<p>De deux fractions de même dénominateur, la plus grande a le plus grand numérateur.</p>",
        "difficulty": Difficulty.MEDIUM,
        "prerequisites": "Les fractions simples",
        "tags": ["Fractions"],
        "is_published": True,
    },
    {
        "title": "Additionner des fractions",
        "content": "<p>À rédiger.</p>",
        "difficulty": Difficulty.HARD,
        "tags": ["Fractions"],
    },
)
"""The lessons of each class; the last one is a draft."""

RESOURCES: Sequence[dict[str, Any]] = (
    {"kind": ResourceKind.LINK, "title": "Exercices en ligne", "url": "https://example.com/fractions"},
    {"kind": ResourceKind.TEXT, "title": "À retenir", "text": "<ul><li>1/2 = 2/4</li><li>1/3 &lt; 1/2</li></ul>"},
)


@dataclass
class SchoolLessons:
    """The lessons of a school; `published` are those that the students of a class see, by the class."""

    superadmin: UnitOfWork
    rng: random.Random
    published: dict[int, list[Lesson]] = field(default_factory=dict)

    def write(self, group_id: int, course_id: int) -> None:
        """Let the teacher of a class write its lessons, with resources and tags."""
        group, teacher = teacher_of(self.superadmin, group_id)
        place = {"course_id": course_id, "grade_level_id": group.grade_level_id, "cycle": LessonCycle.FIRST}
        for position, content in enumerate(LESSONS, 1):
            fields = {**place, **content, "position": position, "minutes": 15 * position}
            lesson: Lesson = perform(teacher, Lesson, "create", fields=fields)
            for resource in RESOURCES:
                perform(teacher, LessonResource, "create", fields={**resource, "lesson_id": lesson.id})
            if lesson.is_published:
                self.published.setdefault(group_id, []).append(lesson)

    def learn(self, group_id: int) -> None:
        """Let most students of a class look at its lessons and spend some time on them."""
        places = where(Enrollment__has=where(group_id=group_id, left_on__isnull=True))
        students = self.superadmin.find(Student, places, order=("id",))
        for lesson in self.published[group_id]:
            for student in students:
                if self.rng.random() < LOOKS:
                    pupil = act_as(self.superadmin, Role.STUDENT, student.user_id, student_id=student.id)
                    perform(pupil, Lesson, "see", lesson.id)
                    spent = {"seconds": self.rng.randrange(120, 1_800), "completed": self.rng.random() < COMPLETES}
                    perform(pupil, Lesson, "note_progress", lesson.id, spent)
