"""Homework of a school: some that was due and is graded, some that can be answered, and some that is a draft."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from educore import Actor, Role, UnitOfWork, perform, where
from educore.assessment import (
    Assessment,
    AssessmentKind,
    Attempt,
    AttemptStatus,
    ContentKind,
    PaperQuestion,
    Question,
    QuestionKind,
    paper_of,
)
from educore.groups import Group
from educore.identity import Membership
from educore.people import Student, Teacher

CLASSES_WITH_HOMEWORK = 3
EXPLANATION = "Voir le cours."
HANDS_IN, IS_RIGHT = 0.85, 0.75
"""The chance that a student hands in, and that an answer is right."""

QUESTIONS: Sequence[tuple[QuestionKind, str, Sequence[dict[str, Any]]]] = (
    (QuestionKind.SINGLE_CHOICE, "Combien font 7 × 8 ?", [{"text": "54"}, {"text": "56", "is_correct": True}]),
    (
        QuestionKind.MULTIPLE_CHOICE,
        "Quels nombres sont premiers ?",
        [{"text": "2", "is_correct": True}, {"text": "9"}, {"text": "11", "is_correct": True}],
    ),
    (QuestionKind.TRUE_FALSE, "Un carré est un rectangle.", [{"text": "True", "is_correct": True}, {"text": "False"}]),
    (QuestionKind.FILL_BLANKS, "La capitale du Maroc est __.", [{"text": "Rabat"}, {"text": "rabat"}]),
    (
        QuestionKind.MATCHING,
        "Reliez chaque ville à sa mer.",
        [{"text": "Tanger", "match": "Méditerranée"}, {"text": "Agadir", "match": "Atlantique"}],
    ),
    (QuestionKind.ORDERING, "Du plus petit au plus grand.", [{"text": "1/4"}, {"text": "1/2"}, {"text": "3/4"}]),
    (QuestionKind.SHORT_TEXT, "Expliquez votre méthode.", []),
)


@dataclass
class SchoolHomework:
    """The homework of a school, set by the teachers of some classes; `due` is that which was answered."""

    superadmin: UnitOfWork
    rng: random.Random
    due: dict[int, int] = field(default_factory=dict)

    def set(self, group_id: int, course_id: int, *, due_at: datetime, is_answered: bool) -> None:
        """Let the teacher of a class set a homework, and a second one that is not published."""
        group, teacher = teacher_of(self.superadmin, group_id)
        about = {"kind": AssessmentKind.HOMEWORK, "group_ids": [group.id], "course_id": course_id}
        about |= {"grade_level_id": group.grade_level_id, "due_at": due_at, "max_attempts": 2}
        homework = perform(teacher, Assessment, "create", fields={**about, "title": f"Révision du {due_at:%d.%m.}"})
        for kind, text, parts in QUESTIONS if is_answered else QUESTIONS[:4]:
            question = {"kind": kind, "text": text, "points": Decimal(5), "choices": parts, "explanation": EXPLANATION}
            perform(teacher, Question, "create", fields={**question, "assessment_id": homework.id})
        perform(teacher, Assessment, "publish", homework.id)
        if is_answered:
            self.due[group.id] = homework.id
        else:
            draft = {**about, "title": "Exercices du manuel", "content": ContentKind.BOOK, "due_at": due_at}
            perform(teacher, Assessment, "create", fields=draft | {"due_at": due_at + timedelta(days=7)})

    def hand_in(self, group_id: int) -> None:
        """Let the students of a class answer what is due, most of them."""
        homework = self.superadmin.get(Assessment, self.due[group_id])
        places = where(Enrollment__has=where(group_id=group_id, left_on__isnull=True))
        for student in self.superadmin.find(Student, places, order=("id",)):
            if self.rng.random() < HANDS_IN:
                pupil = act_as(self.superadmin, Role.STUDENT, student.user_id, student_id=student.id)
                attempt = perform(pupil, Attempt, "create", fields={"assessment_id": homework.id}, returns=Attempt)
                answers = [self._answer(question) for question in paper_of(pupil, homework).questions]
                perform(pupil, Attempt, "submit", attempt.id, {"answers": answers})

    def grade(self, group_id: int) -> None:
        """Let the teacher grade two thirds of what was handed in: the others still wait."""
        _, teacher = teacher_of(self.superadmin, group_id)
        waiting = where(assessment_id=self.due[group_id], status=AttemptStatus.SUBMITTED)
        for place, attempt in enumerate(teacher.find(Attempt, waiting, order=("id",))):
            if place % 3:
                score = min(attempt.max_points, (attempt.raw_points or Decimal(0)) + self.rng.randrange(6))
                perform(teacher, Attempt, "grade", attempt.id, {"override": score, "feedback": "Bon travail."})

    def _answer(self, question: PaperQuestion) -> dict[str, Any]:
        is_right = self.rng.random() < IS_RIGHT
        left, right = ({part.text: part.id for part in side} for side in (question.left, question.right))
        contents: dict[QuestionKind, Callable[[], dict[str, Any]]] = {
            QuestionKind.SINGLE_CHOICE: lambda: {"choice_id": left["56" if is_right else "54"]},
            QuestionKind.MULTIPLE_CHOICE: lambda: {"choices": [left["2"], left["11" if is_right else "9"]]},
            QuestionKind.TRUE_FALSE: lambda: {"choice_id": left["True" if is_right else "False"]},
            QuestionKind.FILL_BLANKS: lambda: {"blanks": ["Rabat" if is_right else "Fès"]},
            QuestionKind.MATCHING: lambda: {
                "pairs": [[left["Tanger"], right["Méditerranée"]], [left["Agadir"], right["Atlantique"]]]
            },
            QuestionKind.ORDERING: lambda: {"order": [left["1/4"], left["1/2"], left["3/4"]][:: 1 if is_right else -1]},
            QuestionKind.SHORT_TEXT: lambda: {"text": "J'ai comparé les nombres."},
        }
        return {"question_id": question.id, **contents[question.kind]()}


def teacher_of(superadmin: UnitOfWork, group_id: int) -> tuple[Group, UnitOfWork]:
    """Return a class, and the unit of work of its teacher."""
    group = superadmin.get(Group, group_id)
    teacher = superadmin.get(Teacher, group.teacher_id or 0)
    return group, act_as(superadmin, Role.TEACHER, teacher.user_id, teacher_id=teacher.id)


def act_as(superadmin: UnitOfWork, role: Role, user_id: int, **ids: Any) -> UnitOfWork:
    """Return the unit of work of a member of a school; `ids` are those of an actor, such as `student_id`."""
    (member,) = superadmin.find(Membership, where(user_id=user_id, role=role))
    actor = Actor(role, user_id, member.id, member.center_id, school_id=member.center_id)
    return superadmin.as_actor(replace(actor, **ids))
