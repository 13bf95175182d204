"""The rules of streaks and badges, and the books of a wallet whatever is done to it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from educore import Conflict, Educore, FixedClock, Invalid, memory_ports
from educore.adapters.memory import MemoryStore
from educore.education import EDUCATION
from educore.rewards import BadgeRule, RewardEntry, RewardType, Wallet, add_reward, adjust_wallet
from educore.rewards.badge_rules import meets
from educore.rewards.history import HomeworkAttempt
from educore.rewards.ledger import sums_after
from educore.rewards.streaks import DueHomework, streak_of, streaks_to_pay
from support.cast import create_cast
from support.homework import NOW
from support.school_cast import create_school

FIRST_DAY = datetime(2024, 11, 4, 18, tzinfo=UTC)


def due(number: int, on_time: bool | None) -> DueHomework:
    """Homework that is due so many days after the first."""
    return DueHomework(number, FIRST_DAY + timedelta(days=number), on_time)


def test_ten_homeworks_with_one_missed_end_with_a_streak_of_five() -> None:
    ten = [due(number, None if number == 5 else True) for number in range(1, 11)]
    assert streak_of(ten, excused_days=(), zone=UTC) == [6, 7, 8, 9, 10]
    assert streaks_to_pay([6, 7, 8, 9, 10], paid=[]) == [10]
    assert streaks_to_pay([6, 7, 8, 9, 10], paid=[10]) == []


def test_homework_due_on_an_excused_day_is_left_out() -> None:
    ten = [due(number, None if number in (5, 7) else True) for number in range(1, 11)]
    assert streak_of(ten, excused_days=[date(2024, 11, 11)], zone=UTC) == [6, 8, 9, 10]


def test_late_homework_ends_a_streak_and_what_is_not_handed_in_yet_does_not() -> None:
    assert streak_of([due(1, True), due(2, False), due(3, True), due(4, None)], excused_days=(), zone=UTC) == [3]
    assert streak_of([due(1, True), due(2, False)], excused_days=(), zone=UTC) == []


def test_a_streak_that_closes_a_gap_pays_each_five_once() -> None:
    assert streaks_to_pay(range(1, 12), paid=[]) == [5, 10]
    assert streaks_to_pay(range(1, 12), paid=[7]) == [10]
    assert streaks_to_pay(range(1, 5), paid=[]) == []


def attempt(day: int, percent: Any, **fields: Any) -> HomeworkAttempt:
    """The best attempt at a homework, of 100 points, handed in two days before it was due."""
    at = FIRST_DAY + timedelta(days=day)
    usual: dict[str, Any] = {
        "id": day,
        "assessment_id": day,
        "number": 1,
        "submitted_at": at,
        "seconds": 1800,
        "is_late": False,
        "max_points": 100,
        "points": percent,
        "override": None,
        "percent": percent,
        "is_best": True,
        "graded_at": None,
        "score_published_at": at,
        "subject": "MATH",
        "due_at": at + timedelta(days=2),
    }
    return HomeworkAttempt.model_validate(usual | fields)


CHAMPION = {"subject": "math", "homework_completed": 10, "average_score__gte": 85}


@pytest.mark.parametrize(
    ("rule", "history", "is_met"),
    [
        (CHAMPION, [attempt(n, 85) for n in range(10)], True),
        (CHAMPION, [attempt(n, 99) for n in range(9)], False),
        (CHAMPION, [attempt(n, 84.9 if n else 85) for n in range(10)], False),
        (CHAMPION, [attempt(n, 85, subject="ARAB") for n in range(10)], False),
        ({"max_time_taken": 1500, "min_score": 80}, [attempt(1, 85, seconds=1247)], True),
        ({"max_time_taken": 1500, "min_score": 80}, [attempt(1, 85, seconds=1501), attempt(2, 79, seconds=9)], False),
        ({"consecutive_perfect_scores": 2}, [attempt(1, 100), attempt(2, 99), attempt(3, 100)], False),
        ({"consecutive_perfect_scores": 2}, [attempt(1, 99), attempt(2, 100), attempt(3, 100)], True),
        ({"early_submissions": 2}, [attempt(1, 10), attempt(2, 10)], True),
        ({"early_submissions": 2}, [attempt(1, 10), attempt(1, 10, number=2)], False),
        ({"min_score": 50}, [attempt(1, 85, score_published_at=None)], False),
        ({"subject": "MATH"}, [attempt(1, 100)], False),
        ({}, [attempt(1, 100)], False),
    ],
)
def test_a_badge_needs_all_that_its_rule_says(
    rule: dict[str, Any], history: list[HomeworkAttempt], is_met: bool
) -> None:
    assert meets(BadgeRule.model_validate(rule), history, UTC) is is_met


def test_a_bonus_is_exact_to_the_cent_half_up() -> None:
    assert [attempt(1, percent).bonus for percent in (85, "72.25", "33.33", 0)] == [
        Decimal("42.50"),
        Decimal("36.13"),
        Decimal("16.67"),
        Decimal(0),
    ]


SUMS = ("total_points", "points_spent", "coins_spent")
amounts = st.integers(-60, 60)
acts = st.one_of(
    st.tuples(st.just("book"), st.sampled_from(RewardType), amounts, amounts),
    st.tuples(
        st.just("set"), st.sampled_from(["total_points", "points_spent", "coins_spent"]), st.integers(0, 90), st.just(0)
    ),
)


@settings(max_examples=15, deadline=None)
@given(st.lists(acts, max_size=8))
def test_a_wallet_is_the_sum_of_its_entries_and_never_below_zero(history: list[Any]) -> None:
    store = MemoryStore(EDUCATION)
    world = create_cast(store)
    platform = Educore(store, memory_ports(FixedClock(NOW)))
    school = create_school(platform, world.rustam)
    student = school.student.student_id or 0
    for act, what, first, second in history:
        try:
            with platform.work(school.director) as uow:
                if act == "book":
                    fields = {"type": what, "points": first, "coins": second, "reason": "manual_adjustment"}
                    add_reward(uow, student_id=student, **fields)
                else:
                    (wallet,) = [row for row in uow.find(Wallet) if row.student_id == student]
                    adjust_wallet(uow, wallet, **{what: first})
        except (Invalid, Conflict):
            pass
        with platform.work(school.student, read_only=True) as uow:
            (wallet,) = uow.find(Wallet)
            empty = wallet.model_copy(update=dict.fromkeys(sums_after(wallet, []), 0))
            assert sums_after(empty, uow.find(RewardEntry)) == sums_after(wallet, [])
            assert wallet.points_spent <= wallet.total_points
            assert wallet.coins_spent <= wallet.total_coins
