"""Clicks at the same time: rewards, badges and boards happen once, and nothing is spent twice."""

from __future__ import annotations

from collections import Counter

import pytest

from educore import Educore, FixedClock, memory_ports, where
from educore.adapters.sql import Database
from educore.assessment import submit_attempt
from educore.rewards import (
    Badge,
    BadgeAward,
    BadgeRule,
    BoardType,
    Leaderboard,
    RewardEntry,
    RewardType,
    Wallet,
    add_reward,
    look_at_board,
)
from support.cast import World
from support.concurrency import run_concurrently
from support.homework import KINDS, NOW, begin, do, homework, paper, right
from support.school_cast import School, create_school


@pytest.fixture
def platform(filled_database: Database) -> Educore:
    """Both towns and the school, in a SQLite file and in PostgreSQL."""
    return Educore(filled_database.store, memory_ports(FixedClock(NOW)))


@pytest.fixture
def school(platform: Educore, world: World) -> School:
    """The school."""
    return create_school(platform, world.rustam)


def test_homework_handed_in_by_many_clicks_is_rewarded_once(platform: Educore, school: School) -> None:
    rule = {"requirements": BadgeRule(homework_completed=1), "points_reward": 10}
    do(platform, school.director, lambda uow: uow.add(Badge, {"name": "Premier", **rule}))
    sheets = [homework(platform, school, KINDS.TRUE_FALSE) for _ in range(2)]
    handing_in = []
    for sheet in sheets:
        attempt = begin(platform, school, sheet)
        answers = [right(question) for question in paper(platform, school, sheet).questions]
        handing_in += [
            lambda attempt=attempt, answers=answers: do(
                platform, school.student, submit_attempt, attempt, answers=answers
            )
        ] * 3
    endings = Counter(run_concurrently(*handing_in))
    assert endings.keys() <= {"done", "attempt_closed"}
    with platform.work(school.student, read_only=True) as uow:
        keys = [entry.key for entry in uow.find(RewardEntry)]
        (wallet,) = uow.find(Wallet)
        assert uow.count(BadgeAward) == 1
    assert (len(keys), len(set(keys)), wallet.total_points) == (7, 7, 2 * 105 + 10)


def test_the_same_points_are_spent_once(platform: Educore, school: School) -> None:
    given = {"student_id": school.student.student_id, "reason": "manual_adjustment"}
    do(platform, school.staff, add_reward, type=RewardType.BONUS, points=100, **given)
    spend = [lambda: do(platform, school.staff, add_reward, type=RewardType.SPENT, points=-60, **given)] * 4
    assert Counter(run_concurrently(*spend)) == {"done": 1, "not_enough": 3}


def test_two_first_looks_make_one_board(platform: Educore, school: School) -> None:
    looks = [lambda: do(platform, school.student, look_at_board, board_type=BoardType.WEEKLY)] * 4
    assert Counter(run_concurrently(*looks)) == {"done": 4}
    with platform.work(school.director, read_only=True) as uow:
        assert uow.count(Leaderboard, where(type=BoardType.WEEKLY)) == 1
