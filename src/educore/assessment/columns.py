"""The parts of a matching or ordering question in the order in which a student sees them.

Whoever writes an ordering question writes its items in the right order, and a pair is one row. So learners never see
ids or positions of these parts, but numbers in columns that are shuffled for each student by the seed of the question.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from educore.assessment.entities import Choice, QuestionKind


class Seeded(Protocol):
    """A question, or what of it decides the order of its parts."""

    @property
    def kind(self) -> QuestionKind:
        """The form of the question."""

    @property
    def seed(self) -> int:
        """The number from which the order of each student follows."""


class PartColumns(NamedTuple):
    """The left and the right column of a matching question, or the items to order, which stand on the left.

    The first part of a column has the number 1.
    """

    left: Sequence[Choice]
    right: Sequence[Choice] = ()


def columns_for(question: Seeded, choices: Iterable[Choice], *, student_id: int) -> PartColumns:
    """Return the parts of a question as a student sees them."""
    written = sorted(choices, key=lambda choice: (choice.position, choice.id))
    order = random.Random(f"{question.seed}:{student_id}")  # noqa: S311  # the seed is the secret
    if question.kind is QuestionKind.MATCHING:
        lefts = [choice for choice in written if choice.text]
        rights = [choice for choice in written if choice.match]
        order.shuffle(rights)
        return PartColumns(lefts, rights)
    if question.kind is QuestionKind.ORDERING:
        order.shuffle(written)
    return PartColumns(written)


def written_columns(kind: QuestionKind, choices: Iterable[Choice]) -> PartColumns:
    """Return the parts of a question as its author wrote them: the right column in the order of `place`."""
    written = sorted(choices, key=lambda choice: (choice.position, choice.id))
    if kind is not QuestionKind.MATCHING:
        return PartColumns(written)
    rights = sorted((choice for choice in written if choice.match), key=lambda choice: (choice.place or 0, choice.id))
    return PartColumns([choice for choice in written if choice.text], rights)
