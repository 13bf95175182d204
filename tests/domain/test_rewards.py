"""Rewards of homework in a school: the figures of an attempt, and what is booked for it."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from decimal import Decimal

import pytest

from educore import Conflict, Educore, FixedClock, Ports, Stale, perform, where
from educore.assessment import Assessment, AssessmentKind, Attempt, ShowsScore, grade_attempt, submit_attempt
from educore.assessment.attempt_grading import publish_due_scores
from educore.groups import register_student, remove_student
from educore.kernel import fingerprint
from educore.kernel.policy import PLATFORM
from educore.kernel.store import Store
from educore.people import Student
from educore.rewards import (
    Badge,
    RewardEntry,
    RewardReason,
    Rewards,
    RewardType,
    Wallet,
    add_reward,
    adjust_wallet,
    level_of,
    level_progress,
    reward_attempt,
)
from support.cast import World, account
from support.homework import DUE, KINDS, NOW, begin, do, homework, paper, refused, right
from support.school_cast import School, create_school

TWENTY = [KINDS.TRUE_FALSE] * 20


@pytest.fixture
def platform(store: Store, ports: Ports) -> Educore:
    """Both towns and the school, in each of the stores in turn."""
    return Educore(store, ports)


@pytest.fixture
def school(platform: Educore, world: World, clock: FixedClock) -> School:
    """The school on a Monday of November 2024; Yasmine is in class A, which Tarik leads."""
    school = create_school(platform, world.rustam)
    clock.time = NOW
    return school


def answer(platform: Educore, school: School, assessment: Assessment, *, right_ones: int) -> tuple[Attempt, Rewards]:
    """Hand in an attempt with some right answers, as an operation does that shows the rewards."""
    attempt = begin(platform, school, assessment)
    questions = paper(platform, school, assessment).questions[:right_ones]
    with platform.work(school.student) as uow:
        submitted = submit_attempt(uow, attempt, answers=[right(question) for question in questions])
        rewards = reward_attempt(uow, submitted)
        assert reward_attempt(uow, submitted) == rewards
    with platform.work(school.student) as uow:
        assert reward_attempt(uow, submitted) == rewards, "figures do not depend on who asks first"
    return submitted, rewards


def wallet_of(platform: Educore, school: School) -> Wallet:
    """The wallet of Yasmine, as she sees it."""
    with platform.work(school.student, read_only=True) as uow:
        (wallet,) = uow.find(Wallet)
        return wallet


def entries(platform: Educore, school: School) -> list[tuple[str, str, int, int, str | None]]:
    """The ledger of Yasmine, as her mother reads it."""
    with platform.work(school.parent, read_only=True) as uow:
        return [(e.type, e.reason, e.points, e.coins, e.key) for e in uow.find(RewardEntry, order=("id",))]


def test_85_of_100_a_day_early_are_97_and_a_half_and_97_are_booked(platform: Educore, school: School) -> None:
    assessment = homework(platform, school, *TWENTY)
    _, rewards = answer(platform, school, assessment, right_ones=17)
    figures = (rewards.base_points, rewards.score_bonus, rewards.time_bonus, rewards.total_points)
    assert figures == (50, Decimal("42.5"), 5, Decimal("97.5"))
    assert (rewards.points, rewards.coins, rewards.score_points) == (97, 9, 42)
    key = f"homework:{assessment.id}"
    assert sorted(entries(platform, school)) == sorted(
        [
            ("earned", "homework_completion", 50, 5, f"{key}:base"),
            ("earned", "early_submission", 5, 0, f"{key}:time"),
            ("earned", "homework_completion", 42, 4, f"{key}:bonus:1"),
        ]
    )
    wallet = wallet_of(platform, school)
    assert (wallet.total_points, wallet.total_coins, wallet.points_spent) == (97, 9, 0)


def test_on_the_last_day_two_points_and_late_none(platform: Educore, school: School, clock: FixedClock) -> None:
    on_time, late = (homework(platform, school, *TWENTY, takes_late=True) for _ in range(2))
    clock.time = DUE - timedelta(minutes=1)
    _, rewards = answer(platform, school, on_time, right_ones=20)
    assert (rewards.time_bonus, rewards.score_bonus, rewards.total_points) == (2, 50, 102)
    assert ("earned", "on_time_submission", 2, 0, f"homework:{on_time.id}:time") in entries(platform, school)
    assert ("earned", "perfect_score", 50, 5, f"homework:{on_time.id}:bonus:1") in entries(platform, school)
    clock.time = DUE + timedelta(minutes=1)
    _, rewards = answer(platform, school, late, right_ones=20)
    assert (rewards.base_points, rewards.time_bonus) == (50, 0)


def test_a_full_score_that_a_penalty_cuts_is_not_perfect(platform: Educore, school: School, clock: FixedClock) -> None:
    assessment = homework(platform, school, *TWENTY, takes_late=True, late_penalty=15)
    clock.time = DUE + timedelta(minutes=1)
    _, rewards = answer(platform, school, assessment, right_ones=17)
    assert (rewards.score_bonus, rewards.total_points) == (Decimal("36.13"), Decimal("86.13"))  # 72.25 of 100
    assert "perfect_score" not in {reason for _, reason, *_ in entries(platform, school)}


def test_a_better_attempt_adds_what_it_is_better_and_a_worse_one_nothing(platform: Educore, school: School) -> None:
    assessment = homework(platform, school, *TWENTY, max_attempts=4)
    _, first = answer(platform, school, assessment, right_ones=12)
    _, second = answer(platform, school, assessment, right_ones=17)
    _, third = answer(platform, school, assessment, right_ones=3)
    assert (first.score_bonus, first.points) == (30, 85)
    assert (second.score_bonus, second.points, second.base_points) == (Decimal("12.5"), 12, 0)
    assert (third.total_points, third.points, third.coins) == (0, 0, 0)
    assert wallet_of(platform, school).total_points == 97, "as much as one attempt of 85 percent"


def test_a_score_that_is_published_later_brings_its_points_then(
    platform: Educore, school: School, clock: FixedClock
) -> None:
    assessment = homework(platform, school, *TWENTY, shows_score=ShowsScore.WHEN_DUE)
    submitted, rewards = answer(platform, school, assessment, right_ones=17)
    assert (rewards.score_bonus, rewards.total_points, rewards.points) == (0, 55, 55)
    clock.time = DUE + timedelta(minutes=1)
    for _ in range(2):
        do(platform, PLATFORM, publish_due_scores)
    assert wallet_of(platform, school).total_points == 97
    assert do(platform, school.student, reward_attempt, submitted).score_points == 42


def test_marks_by_hand_bring_points_and_better_marks_the_rest(platform: Educore, school: School) -> None:
    assessment = homework(platform, school, KINDS.LONG_TEXT)
    submitted, rewards = answer(platform, school, assessment, right_ones=1)
    assert (rewards.score_bonus, rewards.points) == (0, 55)
    do(platform, school.teacher, grade_attempt, submitted, override=Decimal(3))
    assert wallet_of(platform, school).total_points == 85
    do(platform, school.teacher, grade_attempt, submitted, override=Decimal("4.25"))
    do(platform, school.teacher, grade_attempt, submitted, override=Decimal(2))
    assert wallet_of(platform, school).total_points == 97, "what was given is not taken back"


def test_only_homework_is_rewarded(platform: Educore, school: School) -> None:
    quiz = homework(platform, school, *TWENTY, kind=AssessmentKind.QUIZ)
    _, rewards = answer(platform, school, quiz, right_ones=20)
    assert rewards == Rewards()
    assert entries(platform, school) == []


def test_every_student_of_a_school_has_a_wallet_from_the_start(platform: Educore, school: School, world: World) -> None:
    with platform.work(world.rustam, read_only=True) as uow:
        assert {wallet.center_id for wallet in uow.find(Wallet)} == {school.center.id}
        assert uow.count(Wallet) == 2


def test_a_student_who_is_rewarded_at_once_has_one_wallet(platform: Educore, school: School) -> None:
    given = {"type": RewardType.BONUS, "reason": RewardReason.MANUAL_ADJUSTMENT, "points": 20}
    with platform.work(school.staff) as uow:
        branch = uow.get(Student, school.student.student_id or 0).branch_id
        account = {"username": "newcomer", "first_name": "Lina", "last_name": "Idrissi"}
        newcomer = perform(uow, Student, "create", fields={"branch_id": branch, "account": account}).id
        perform(uow, RewardEntry, "create", fields={"student_id": newcomer, **given})
    with platform.work(school.staff, read_only=True) as uow:
        (wallet,) = uow.find(Wallet, where(student_id=newcomer))
        assert wallet.total_points == 20


def test_the_office_books_and_spends_by_hand(platform: Educore, school: School) -> None:
    student = {"student_id": school.student.student_id}
    given = {**student, "reason": RewardReason.MANUAL_ADJUSTMENT}
    entry = do(platform, school.staff, add_reward, type=RewardType.EARNED, points=105, **given)
    assert (entry.points, entry.coins, entry.made_by_id) == (105, 10, school.staff.user_id)
    do(platform, school.staff, add_reward, type=RewardType.SPENT, points=-100, **given)
    wallet = wallet_of(platform, school)
    assert (wallet.total_points, wallet.points_spent) == (105, 100)
    with refused("points", "not_enough", Conflict):
        do(platform, school.staff, add_reward, type=RewardType.SPENT, points=-6, **given)
    for kind, points, code in (("spent", 5, "below_zero"), ("penalty", 5, "below_zero"), ("bonus", -5, "above_zero")):
        with refused("points", code):
            do(platform, school.staff, add_reward, type=RewardType(kind), points=points, **given)
    with refused("points", "changes_nothing"):
        do(platform, school.staff, add_reward, type=RewardType.BONUS, **given)


def test_a_wallet_that_is_adjusted_books_the_differences(platform: Educore, school: School) -> None:
    wallet = wallet_of(platform, school)
    do(platform, school.director, adjust_wallet, wallet, total_points=100, total_coins=10)
    after = do(platform, school.director, adjust_wallet, wallet, total_points=120, total_coins=5, points_spent=30)
    assert (after.total_points, after.total_coins, after.points_spent) == (120, 5, 30)
    after = do(platform, school.director, adjust_wallet, wallet, points_spent=10)
    assert (after.total_points, after.points_spent) == (120, 10)
    assert [(kind, points, coins) for kind, _, points, coins, _ in entries(platform, school)] == [
        ("bonus", 100, 10),
        ("bonus", 20, 0),
        ("penalty", 0, -5),
        ("spent", -30, 0),
        ("spent", 20, 0),
    ]
    with refused("points_spent", "not_enough", Conflict):
        do(platform, school.director, adjust_wallet, wallet, points_spent=121)


def test_an_empty_wallet_goes_with_its_student_and_one_with_entries_keeps_them(
    platform: Educore, school: School
) -> None:
    given = {"type": RewardType.BONUS, "reason": RewardReason.MANUAL_ADJUSTMENT, "points": 5}
    newcomer = school.newcomer.student_id
    entry = do(platform, school.staff, add_reward, student_id=newcomer, **given)
    with platform.work(school.director) as uow:
        row = uow.get(Student, newcomer or 0)
    with refused("", "in_use", Conflict):
        do(platform, school.director, remove_student, row)
    with platform.work(school.director) as uow:
        assert uow.get(RewardEntry, entry.id) == entry
        other = register_student(uow, account=account("Nour"), branch_id=school.branch.id)
    with platform.work(school.director) as uow:
        assert uow.count(Wallet, where(student_id=other.id)) == 1
        remove_student(uow, other)
    with platform.work(school.director, read_only=True) as uow:
        assert uow.count(Wallet, where(student_id=other.id)) == 0


def test_levels_have_500_points() -> None:
    assert [(level_of(points), level_progress(points)) for points in (97, 499, 500, 1234)] == [
        (1, 19.4),
        (1, 99.8),
        (2, 0.0),
        (3, 46.8),
    ]


@pytest.mark.parametrize(("part", "seen"), [("min_score", Decimal(50)), ("max_time_taken", None)])
def test_a_part_of_a_rule_is_compared_alone(platform: Educore, school: School, part: str, seen: object) -> None:
    """Who saw one part is refused when that one has changed, and not when another has."""
    rule = {"homework_completed": 3, "min_score": 50}
    with platform.work(school.director) as uow:
        badge = perform(uow, Badge, "create", fields={"name": "Star", "requirements": rule}).id
        perform(uow, Badge, "update", badge, {"requirements": rule | {"homework_completed": 4}})
    for shown, other in ((seen, None), (Decimal(51), Stale)):
        with pytest.raises(other) if other else nullcontext() as refused, platform.work(school.director) as uow:
            uow.expect(Badge, badge, {f"requirements.{part}": fingerprint(shown)})
            perform(uow, Badge, "update", badge, {"icon": "star"})
        if other:
            assert refused.value.params["fields"] == [f"requirements.{part}"]
