"""Students and their parents are told of scores and badges, once each."""

from __future__ import annotations

from decimal import Decimal

import pytest

from educore import Actor, Educore, FixedClock, Ports, where
from educore.assessment import grade_attempt
from educore.kernel.policy import PLATFORM
from educore.kernel.store import Store
from educore.messaging import Job, Notification
from educore.messaging.handlers import HANDLERS
from educore.messaging.reward_news import notify_of_badges
from educore.rewards import Badge, BadgeAward, BadgeRule, RewardEntry, RewardReason
from support.cast import World
from support.homework import KINDS, NOW, do, hand_in, homework
from support.school_cast import School, create_school


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


def work(platform: Educore) -> None:
    """Do all jobs about rewards, each of them twice."""
    with platform.work(PLATFORM) as uow:
        for job in uow.find(Job, where(name__in=["HomeworkScored", "BadgeEarned"]), order=("id",)):
            HANDLERS[job.name](uow, job)
            HANDLERS[job.name](uow, job)


def told(platform: Educore, who: Actor) -> list[str]:
    """What somebody is told, the oldest first."""
    with platform.work(who, read_only=True) as uow:
        return [row.message for row in uow.find(Notification, order=("id",))]


def test_a_student_and_her_mother_are_told_of_a_score_and_again_when_it_changes(
    platform: Educore, school: School
) -> None:
    attempt = hand_in(platform, school, homework(platform, school, KINDS.TRUE_FALSE))
    work(platform)
    work(platform)
    first = "Yasmine has 5 of 5 points in Chiffres"
    assert told(platform, school.student) == told(platform, school.parent) == [first]
    assert told(platform, school.second_parent) == []
    do(platform, school.teacher, grade_attempt, attempt, override=Decimal("2.5"))
    do(platform, school.teacher, grade_attempt, attempt, feedback="Encore")
    work(platform)
    assert told(platform, school.parent) == [first, "Yasmine has 2.5 of 5 points in Chiffres"]


def test_a_badge_is_earned_and_told_of_once(platform: Educore, school: School) -> None:
    rule = {"requirements": BadgeRule(consecutive_perfect_scores=2), "points_reward": 100}
    do(platform, school.director, lambda uow: uow.add(Badge, {"name": "Sans faute", **rule}))
    for count in range(3):
        hand_in(platform, school, homework(platform, school, KINDS.TRUE_FALSE))
        with platform.work(school.parent, read_only=True) as uow:
            assert uow.count(BadgeAward) == int(count > 0)
    work(platform)
    news = [text for text in told(platform, school.parent) if "badge" in text]
    assert news == ["Yasmine has earned the badge Sans faute"]
    with platform.work(school.student, read_only=True) as uow:
        booked = uow.find(RewardEntry, where(reason=RewardReason.BADGE_EARNED))
        assert [(entry.type, entry.points, entry.coins) for entry in booked] == [("bonus", 100, 0)]
    assert notify_of_badges in HANDLERS.values()
