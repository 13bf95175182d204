"""A student who clicks twice, and a deadline that passes meanwhile: every attempt is started and handed in once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from educore import Educore, FixedClock, memory_ports, where
from educore.adapters.sql import Database
from educore.assessment import (
    Answer,
    Assessment,
    Attempt,
    AttemptStatus,
    Question,
    change_question,
    save_answers,
    start_attempt,
    submit_attempt,
    unpublish_assessment,
)
from educore.assessment.attempts import submit_overdue
from educore.kernel.policy import PLATFORM
from support.cast import World
from support.concurrency import run_concurrently
from support.homework import KINDS, NOW, begin, do, hand_in, homework, paper, right
from support.school_cast import School, create_school
from support.statement_counts import record_statements


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands still on a Monday of November 2024."""
    return FixedClock(NOW)


@pytest.fixture
def platform(filled_database: Database, clock: FixedClock) -> Educore:
    """Both towns and the school, in a SQLite file and in PostgreSQL."""
    return Educore(filled_database.store, memory_ports(clock))


@pytest.fixture
def school(platform: Educore, world: World) -> School:
    """The school."""
    return create_school(platform, world.rustam)


def test_an_attempt_started_by_many_clicks_is_one(platform: Educore, school: School) -> None:
    assessment = homework(platform, school, KINDS.TRUE_FALSE, KINDS.SINGLE_CHOICE)
    starts = [lambda: do(platform, school.student, start_attempt, assessment_id=assessment.id)] * 6
    assert Counter(run_concurrently(*starts)) == {"done": 6}
    with platform.work(school.teacher, read_only=True) as uow:
        assert (uow.count(Attempt), uow.count(Answer)) == (1, 2)


def test_an_assessment_is_hidden_or_begun_and_never_both(platform: Educore, school: School) -> None:
    for _ in range(6):
        assessment = homework(platform, school, KINDS.TRUE_FALSE)
        acts = [
            lambda found=assessment: do(platform, school.student, start_attempt, assessment_id=found.id),
            lambda found=assessment: do(platform, school.teacher, unpublish_assessment, found),
        ]
        endings = Counter(run_concurrently(*acts))
        with platform.work(school.teacher, read_only=True) as uow:
            is_published = uow.get(Assessment, assessment.id).is_published
            assert uow.count(Attempt, where(assessment_id=assessment.id)) == int(is_published)
        assert endings.keys() <= {"done", "already_answered", "unknown_id"}
        assert endings["done"] == 1


def test_an_attempt_handed_in_by_many_clicks_is_handed_in_once(platform: Educore, school: School) -> None:
    assessment = homework(platform, school, KINDS.TRUE_FALSE)
    attempt = begin(platform, school, assessment)
    answers = [right(question) for question in paper(platform, school, assessment).questions]
    submit = [lambda: do(platform, school.student, submit_attempt, attempt, answers=answers)] * 4
    save = [lambda: do(platform, school.student, save_answers, attempt, answers=answers)] * 2
    endings = Counter(run_concurrently(*save, *submit))
    assert (endings["done"] >= 1, endings.keys() <= {"done", "attempt_closed"}) == (True, True)
    with platform.work(school.teacher, read_only=True) as uow:
        (stored,) = uow.find(Attempt)
    assert (stored.status, stored.percent, stored.is_best) == (AttemptStatus.GRADED, 100, True)


def test_a_click_at_the_deadline_and_the_closing_task_hand_in_once(
    platform: Educore, school: School, clock: FixedClock
) -> None:
    assessment = homework(platform, school, KINDS.TRUE_FALSE, minutes=30)
    attempt = begin(platform, school, assessment)
    answers = [right(question) for question in paper(platform, school, assessment).questions]
    do(platform, school.student, save_answers, attempt, answers=answers)
    clock.time = NOW + timedelta(minutes=32)
    acts = [
        lambda: do(platform, PLATFORM, submit_overdue),
        lambda: do(platform, school.student, submit_attempt, attempt, answers=[]),
    ]
    assert set(run_concurrently(*acts * 2)) <= {"done", "attempt_closed"}
    with platform.work(school.teacher, read_only=True) as uow:
        assert uow.count(Attempt, where(status=AttemptStatus.GRADED, percent=100, is_best=True)) == 1


def test_a_key_that_is_mended_while_a_student_hands_in_leaves_one_best_attempt(
    platform: Educore, school: School
) -> None:
    assessment = homework(platform, school, KINDS.TRUE_FALSE)
    hand_in(platform, school, assessment, leave_out=1)
    attempt = begin(platform, school, assessment)
    answers = [right(question) for question in paper(platform, school, assessment).questions]
    with platform.work(school.teacher, read_only=True) as uow:
        (question,) = uow.find(Question)
    mended = [{"text": "True", "is_correct": False}, {"text": "False", "is_correct": True}]
    acts = [
        lambda: do(platform, school.student, submit_attempt, attempt, answers=answers),
        lambda: do(platform, school.teacher, change_question, question, choices=mended, regrade=True),
    ]
    assert Counter(run_concurrently(*acts)) == {"done": 2}
    with platform.work(school.teacher, read_only=True) as uow:
        assert uow.count(Attempt, where(is_best=True)) == 1


def test_a_mended_key_locks_students_before_their_attempts(
    filled_database: Database, platform: Educore, school: School
) -> None:
    """In the order of whoever hands in, so that nobody chooses a best attempt meanwhile."""
    assessment = homework(platform, school, KINDS.TRUE_FALSE)
    hand_in(platform, school, assessment)
    with platform.work(school.teacher, read_only=True) as uow:
        (question,) = uow.find(Question)
    mended = [{"text": "True", "is_correct": False}, {"text": "False", "is_correct": True}]
    with record_statements(filled_database.engine) as statements:
        do(platform, school.teacher, change_question, question, choices=mended, regrade=True)
    locked = next(number for number, text in enumerate(statements) if "FROM student" in text)
    written = next(number for number, text in enumerate(statements) if text.startswith("UPDATE attempt"))
    assert locked < written
    assert filled_database.engine.dialect.name == "sqlite" or "FOR NO KEY UPDATE" in statements[locked]
