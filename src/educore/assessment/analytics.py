"""The analysis of one assessment: the best attempts of its students, and the mistakes that most of them made.

It names nobody. Every figure is over the attempts that count, the best one of each student; rates have one decimal.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from educore.assessment.answer_contents import BY_POSITION, TAKES
from educore.assessment.assessments import LIVE_QUESTIONS
from educore.assessment.entities import Answer, Assessment, Attempt, Choice, Question
from educore.assessment.figures import HANDED_IN, count_students, mean
from educore.attendance.register_figures import percent
from educore.kernel.conditions import Where, where
from educore.kernel.shape import Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.queries import center_time_zone

FAILING = Decimal(50)
"""The percent below which an attempt fails where the assessment says nothing else."""


@dataclass(frozen=True)
class Mistake:
    """The wrong choice that most students made, and the right one, by their places among the choices, from 0."""

    chosen: tuple[int, ...]
    right: tuple[int, ...]


@dataclass(frozen=True)
class QuestionAnalysis:
    """A question: the share of right answers in percent, None if none was marked, and the most common mistake."""

    question_id: int
    correct_rate: Decimal | None
    mistake: Mistake | None


@dataclass(frozen=True)
class AssessmentAnalysis:
    """The figures of an assessment. Scores are percents, times seconds, in ascending order; days are local."""

    students: int
    submitted: int
    scores: Sequence[Decimal]
    perfect: int
    failing: int
    days: Mapping[date, int]
    times: Sequence[int]
    questions: Sequence[QuestionAnalysis]

    @property
    def completion(self) -> Decimal:
        """The share of the students who handed in."""
        return min(percent(self.submitted, self.students), Decimal(100))


class Sat(Shape, of=Attempt):
    """An attempt that was handed in."""

    student_id: int
    is_best: bool
    percent: Decimal | None
    points: Decimal | None
    override: Decimal | None
    max_points: Decimal
    submitted_at: datetime | None
    seconds: int | None


def analyze_assessment(uow: UnitOfWork, assessment: Assessment) -> AssessmentAnalysis:
    """Return the analysis of an assessment, in eight statements for any number of students and questions."""
    uow.get(Assessment, assessment.id, to="read_analytics")
    platform = uow.as_platform()
    sat = platform.read(Sat, HANDED_IN & where(assessment_id=assessment.id), order=("submitted_at", "id"))
    best = [attempt for attempt in sat if attempt.is_best and attempt.percent is not None]
    scores = sorted(attempt.percent for attempt in best if attempt.percent is not None)
    least = FAILING if assessment.passing_percent is None else assessment.passing_percent
    zone = center_time_zone(platform, assessment.center_id)
    first: dict[int, date] = {}
    for attempt in sat:
        if attempt.submitted_at is not None:
            first.setdefault(attempt.student_id, attempt.submitted_at.astimezone(zone).date())
    return AssessmentAnalysis(
        students=count_students(platform, [assessment.id])[assessment.id],
        submitted=len(first),
        scores=scores,
        perfect=sum(_score(attempt) == attempt.max_points for attempt in best),
        failing=sum(score < least for score in scores),
        days=Counter(sorted(first.values())),
        times=sorted(attempt.seconds for attempt in best if attempt.seconds is not None),
        questions=_analyze_questions(platform, assessment),
    )


def median(values: Sequence[Decimal]) -> Decimal | None:
    """Return the middle one of ascending values, or the mean of the two in the middle with one decimal."""
    if not values:
        return None
    middle = len(values) // 2
    return mean(values[middle : middle + 1] if len(values) % 2 else values[middle - 1 : middle + 1])


def _score(attempt: Sat) -> Decimal | None:
    return attempt.points if attempt.override is None else attempt.override


def _analyze_questions(platform: UnitOfWork, assessment: Assessment) -> list[QuestionAnalysis]:
    live = LIVE_QUESTIONS & where(assessment_id=assessment.id)
    questions = platform.find(Question, live, order=("position", "id"))
    of_best = where(attempt__has=where(assessment_id=assessment.id, is_best=True))
    marks: defaultdict[int, Counter[bool | None]] = defaultdict(Counter)
    for (id, is_correct), number in platform.count_by(Answer, ("question_id", "is_correct"), of_best).items():
        marks[id][is_correct] += number
    chosen = [question.id for question in questions if TAKES[question.kind] in BY_POSITION]
    mistakes = _find_mistakes(platform, chosen, of_best) if chosen else {}
    return [
        QuestionAnalysis(question.id, _rate(marks[question.id]), mistakes.get(question.id)) for question in questions
    ]


def _rate(marks: Mapping[bool | None, int]) -> Decimal | None:
    """Return the share of right answers among all, None if a person has marked none of them."""
    is_marked = marks.get(True, 0) or marks.get(False, 0)
    return percent(marks.get(True, 0), sum(marks.values())) if is_marked else None


def _find_mistakes(platform: UnitOfWork, question_ids: Sequence[int], of_best: Where) -> dict[int, Mistake]:
    """Return the most common wrong choice of questions; of several as common, the first by its letters."""
    choices: defaultdict[int, list[Choice]] = defaultdict(list)
    live = where(question_id__in=question_ids) & where(retired_at__isnull=True)
    for choice in platform.find(Choice, live, order=("position", "id")):
        choices[choice.question_id].append(choice)
    places = {choice.id: place for found in choices.values() for place, choice in enumerate(found)}
    wrong: defaultdict[int, Counter[tuple[int, ...]]] = defaultdict(Counter)
    rows = of_best & where(question_id__in=question_ids, is_correct=False)
    for answer in platform.find(Answer, rows):
        if picked := tuple(sorted(places[id] for id in _chosen_ids(answer) if id in places)):
            wrong[answer.question_id][picked] += 1
    return {
        id: Mistake(_most_common(found), tuple(p for p, choice in enumerate(choices[id]) if choice.is_correct))
        for id, found in wrong.items()
    }


def _chosen_ids(answer: Answer) -> Iterable[int]:
    if answer.choice_id is not None:
        return (answer.choice_id,)
    return () if answer.given is None else answer.given.choices


def _most_common(found: Mapping[tuple[int, ...], int]) -> tuple[int, ...]:
    return min(found, key=lambda picked: (-found[picked], picked))
