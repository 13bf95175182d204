"""The parts of a matching or ordering question in the order in which a student sees them.

Whoever writes an ordering question writes its items in the right order, and a pair is one row. So learners never see
ids or positions of these parts, but numbers in columns that are shuffled for each student by the seed of the question.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from educore.assessment.entities import Choice, Question, QuestionKind


class PartColumns(NamedTuple):
    """The left and the right column of a matching question, or the items to order, which stand on the left.

    The first part of a column has the number 1.
    """

    left: Sequence[Choice]
    right: Sequence[Choice] = ()


def columns_for(question: Question, choices: Iterable[Choice], *, student_id: int) -> PartColumns:
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
