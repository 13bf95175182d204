"""Figures of assessments: how many students handed in, how well, and where they went wrong.

They name nobody and are the same for every reader, so they are counted as the platform; an edge decides who sees them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

from educore.assessment.assessments import LIVE_QUESTIONS
from educore.assessment.entities import Attempt, AttemptStatus, Audience, Question
from educore.assessment.marking import MARKED_BY_A_PERSON
from educore.attendance.register_figures import percent
from educore.groups.entities import Group, takes_seat
from educore.kernel.aggregates import Aggregate
from educore.kernel.conditions import Where, where
from educore.kernel.shape import Count, Shape
from educore.kernel.unit_of_work import UnitOfWork

TENTH = Decimal("0.1")

HANDED_IN: Where = where(status__in=[AttemptStatus.SUBMITTED, AttemptStatus.GRADED])
"""The condition for the attempts that were handed in."""


Sitting = tuple[int, bool, int, Decimal]
"""A student, whether the attempt is their best one, and the number and the sum of the percents of such attempts."""


@dataclass(frozen=True)
class AssessmentFigures:
    """The figures of an assessment. `students` are those for whom it is now, `submitted` those who handed in.

    `average` is the mean of their best attempts in percent with one decimal; None as long as there is none.
    """

    questions: int
    is_marked_by_machine: bool
    submissions: int
    submitted: int
    students: int
    average: Decimal | None

    @property
    def completion(self) -> Decimal:
        """The share of the students who handed in, in percent with one decimal, at most 100."""
        return min(percent(self.submitted, self.students), Decimal(100))


class GroupSeats(Shape, of=Group):
    """The number of places in a group that are taken now."""

    seats: Annotated[int, Count("Enrollment", takes_seat)]


class AudienceRow(Shape, of=Audience):
    """A group of an assessment."""

    assessment_id: int
    group: GroupSeats


def assessment_figures(uow: UnitOfWork, ids: Collection[int]) -> Mapping[int, AssessmentFigures]:
    """Return the figures of assessments by id, in three statements for any number of them."""
    platform = uow.as_platform()
    kinds: defaultdict[int, Counter[Any]] = defaultdict(Counter)
    live = LIVE_QUESTIONS & where(assessment_id__in=ids)
    for (id, kind), number in platform.count_by(Question, ("assessment_id", "kind"), live).items():
        kinds[id][kind] += number
    sittings: defaultdict[int, list[Sitting]] = defaultdict(list)
    summed = (Aggregate("count"), Aggregate("sum", "percent"))
    keys = ("assessment_id", "student_id", "is_best")
    for key, (count, percents) in platform.aggregate_by(Attempt, summed, keys, HANDED_IN & _of(ids)).items():
        id, student_id, is_best = key
        sittings[id].append((student_id, is_best, count, percents))
    students = count_students(platform, ids)
    return {id: _figures(kinds[id], sittings[id], students[id]) for id in ids}


def _of(ids: Collection[int]) -> Where:
    return where(assessment_id__in=ids)


def _figures(kinds: Mapping[Any, int], sittings: Sequence[Sitting], students: int) -> AssessmentFigures:
    best = [percents for _, is_best, _, percents in sittings if is_best]
    number = sum(kinds.values())
    return AssessmentFigures(
        questions=number,
        is_marked_by_machine=number > 0 and not kinds.keys() & MARKED_BY_A_PERSON,
        submissions=sum(count for _, _, count, _ in sittings),
        submitted=len({student_id for student_id, _, _, _ in sittings}),
        students=students,
        average=mean(best),
    )


def mean(percents: Sequence[Decimal]) -> Decimal | None:
    """Return the mean of percents with one decimal, half up; None if there are none."""
    return (sum(percents, Decimal(0)) / len(percents)).quantize(TENTH, ROUND_HALF_UP) if percents else None


def count_students(platform: UnitOfWork, ids: Collection[int]) -> Counter[int]:
    """Return the number of places in the groups of each assessment that are taken now, in one statement."""
    students: Counter[int] = Counter()
    for row in platform.read(AudienceRow, where(assessment_id__in=ids)):
        students[row.assessment_id] += row.group.seats
    return students
