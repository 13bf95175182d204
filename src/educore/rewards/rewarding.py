"""The rewards of homework: booked when an attempt is handed in, and when its score is published or gets better.

A hook reads the events of each unit of work before its commit, so that every API and the admin reward alike. The
operation that must show the figures calls `reward_attempt` itself; the hook then finds nothing left to do. Each part
has a key in the ledger, so nothing is booked twice, and every call returns the same figures. The wallet is locked
before anything is read. The number of statements does not grow with the questions of an attempt.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal
from math import floor

from educore.assessment.entities import Assessment, AssessmentKind, Attempt
from educore.assessment.events import AttemptGraded, AttemptSubmitted, ScorePublished
from educore.kernel.actions import use_case
from educore.kernel.conditions import where
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.queries import center_time_zone
from educore.people.entities import Student
from educore.rewards.badges import award_badges
from educore.rewards.entities import Badge, RewardEntry, RewardReason, RewardType, Wallet
from educore.rewards.events import HomeworkScored
from educore.rewards.history import HomeworkAttempt, bonus_before, is_early, read_history
from educore.rewards.ledger import EntryDraft, book, coins_for, is_school, lock_wallet
from educore.rewards.streaks import find_streak, streaks_to_pay

BASE_POINTS = 50
EARLY_POINTS = 5
ON_TIME_POINTS = 2
STREAK_POINTS = 25
NOTHING = Decimal(0)

RewardedEvent = AttemptSubmitted | AttemptGraded | ScorePublished


@dataclass(frozen=True)
class Rewards:
    """The rewards of one attempt, in points.

    The parts are exact; the ledger books the whole points of each: 50, 42 and 5 of 50, 42.5 and 5. `points` and `coins`
    are what is booked for them, `score_points` what is booked for the score alone. Points of `badges`, and of streaks,
    are booked beside. A later attempt brings only what its score is better. `is_scored` tells that the student sees the
    score.
    """

    base_points: Decimal = NOTHING
    score_bonus: Decimal = NOTHING
    time_bonus: Decimal = NOTHING
    points: int = 0
    score_points: int = 0
    coins: int = 0
    badges: tuple[Badge, ...] = ()
    is_scored: bool = False

    @property
    def total_points(self) -> Decimal:
        """The exact points of the attempt: 97.5."""
        return self.base_points + self.score_bonus + self.time_bonus


@dataclass(frozen=True)
class AttemptRewarded:
    """The rewards of an attempt were booked, or looked up."""

    center_id: int
    attempt_id: int
    student_id: int
    rewards: Rewards


@use_case
def reward_attempt(uow: UnitOfWork, attempt: Attempt, /) -> Rewards:
    """Book the rewards of an attempt that was handed in, each once, and return its figures.

    Only homework in schools is rewarded. The score brings nothing before it is published.
    """
    earlier = [event for event in uow.events if isinstance(event, AttemptRewarded) and event.attempt_id == attempt.id]
    is_new = attempt.id in _waiting(uow.events)
    if earlier and not is_new:
        return earlier[-1].rewards
    rewards = _reward(uow, attempt)
    if is_new and rewards.is_scored:
        uow.record(HomeworkScored(attempt.center_id, attempt.id))
    place = {"center_id": attempt.center_id, "attempt_id": attempt.id, "student_id": attempt.student_id}
    uow.record(AttemptRewarded(**place, rewards=rewards))
    return rewards


@use_case
def reward_attempts(uow: UnitOfWork, /) -> None:
    """Reward the attempts that were handed in, marked or published in this unit of work."""
    if waiting := _waiting(uow.events):
        attempts = uow.as_platform().find(Attempt, where(id__in=waiting), order=("student_id", "id"))
        for attempt in attempts:
            reward_attempt(uow, attempt)


def _waiting(events: Iterable[object]) -> set[int]:
    """Return the ids of the attempts to which something has happened since they were rewarded."""
    waiting: set[int] = set()
    for event in events:
        if isinstance(event, RewardedEvent):
            waiting.add(event.attempt_id)
        elif isinstance(event, AttemptRewarded):
            waiting.discard(event.attempt_id)
    return waiting


def _reward(uow: UnitOfWork, attempt: Attempt) -> Rewards:
    platform = uow.as_platform()
    if platform.get(Assessment, attempt.assessment_id).kind is not AssessmentKind.HOMEWORK:
        return Rewards()
    if not is_school(uow, attempt.center_id):
        return Rewards()
    student = platform.get(Student, attempt.student_id, lock=True)
    wallet, zone = lock_wallet(platform, student), center_time_zone(uow, attempt.center_id)
    history = read_history(platform, student.id)
    found = next((one for one in history if one.id == attempt.id), None)
    if found is None:
        return Rewards()
    booked = _book_parts(platform, wallet, found, zone)
    _book_streaks(platform, wallet, history, student_id=student.id, zone=zone)
    badges = award_badges(uow, wallet, history, found, zone)
    for_score = [entry for entry in booked if _is_for_score(entry, found)]
    own = [entry for entry in booked if entry.key in _keys(found)] + for_score
    return Rewards(
        **_exact_parts(found, history, zone),
        points=sum(entry.points for entry in own),
        score_points=sum(entry.points for entry in for_score),
        coins=sum(entry.coins for entry in own),
        badges=tuple(badges),
        is_scored=found.score is not None,
    )


def _exact_parts(attempt: HomeworkAttempt, history: Sequence[HomeworkAttempt], zone: tzinfo) -> dict[str, Decimal]:
    is_first = attempt.number == 1
    return {
        "base_points": Decimal(BASE_POINTS if is_first else 0),
        "score_bonus": max(attempt.bonus - bonus_before(attempt, history), NOTHING),
        "time_bonus": Decimal(_time_bonus(attempt, zone)[0] if is_first else 0),
    }


def _time_bonus(attempt: HomeworkAttempt, zone: tzinfo) -> tuple[int, RewardReason]:
    if is_early(attempt, zone):
        return EARLY_POINTS, RewardReason.EARLY_SUBMISSION
    is_on_time = attempt.due_at is not None and not attempt.is_late
    return ON_TIME_POINTS if is_on_time else 0, RewardReason.ON_TIME_SUBMISSION


def _book_parts(platform: UnitOfWork, wallet: Wallet, attempt: HomeworkAttempt, zone: tzinfo) -> list[RewardEntry]:
    """Book the parts of an attempt, and return the entries about its homework."""
    about = where(wallet_id=wallet.id, about_kind=Assessment.__name__, about_id=attempt.assessment_id)
    entries = platform.find(RewardEntry, about & where(key__isnull=False))
    known = {entry.key for entry in entries}
    drafts = [draft for draft in _parts(attempt, entries, zone) if draft.key not in known]
    return entries + book(platform, wallet, *drafts)


def _parts(attempt: HomeworkAttempt, entries: Collection[RewardEntry], zone: tzinfo) -> list[EntryDraft]:
    drafts = []
    if attempt.number == 1:
        base, time = _keys(attempt)
        drafts.append(_earned(attempt, RewardReason.HOMEWORK_COMPLETION, BASE_POINTS, base))
        points, reason = _time_bonus(attempt, zone)
        drafts.append(_earned(attempt, reason, points, time))
    bonus_of_homework = f"homework:{attempt.assessment_id}:bonus:"
    best = sum(entry.points for entry in entries if (entry.key or "").startswith(bonus_of_homework))
    reached, key = floor(attempt.bonus), _bonus_key(attempt)
    if any(entry.key == key for entry in entries):
        key = f"{key}:{reached}"  # marked better afterwards
    reason = RewardReason.PERFECT_SCORE if attempt.is_perfect else RewardReason.HOMEWORK_COMPLETION
    drafts.append(_earned(attempt, reason, reached - best, key))
    return [draft for draft in drafts if draft.points > 0]


def _earned(attempt: HomeworkAttempt, reason: RewardReason, points: int, key: str) -> EntryDraft:
    about = {"about_kind": Assessment.__name__, "about_id": attempt.assessment_id}
    return EntryDraft(RewardType.EARNED, reason, points, coins_for(points), key, **about)  # type: ignore[arg-type]


def _keys(attempt: HomeworkAttempt) -> tuple[str, ...]:
    """Return the keys of the parts that only the first attempt brings."""
    return tuple(f"homework:{attempt.assessment_id}:{part}" for part in ("base", "time")) if attempt.number == 1 else ()


def _is_for_score(entry: RewardEntry, attempt: HomeworkAttempt) -> bool:
    key = _bonus_key(attempt)
    return entry.key is not None and (entry.key == key or entry.key.startswith(f"{key}:"))


def _bonus_key(attempt: HomeworkAttempt) -> str:
    return f"homework:{attempt.assessment_id}:bonus:{attempt.number}"


def _book_streaks(
    platform: UnitOfWork, wallet: Wallet, history: Sequence[HomeworkAttempt], *, student_id: int, zone: tzinfo
) -> None:
    streak = find_streak(platform, history, student_id=student_id, zone=zone)
    if not streak:
        return
    keys = {f"streak:{id}": id for id in streak}
    paid = [keys[entry.key or ""] for entry in platform.find(RewardEntry, where(wallet_id=wallet.id, key__in=keys))]
    drafts = [
        EntryDraft(
            RewardType.BONUS,
            RewardReason.STREAK_BONUS,
            STREAK_POINTS,
            key=f"streak:{id}",
            about_kind=Assessment.__name__,
            about_id=id,
        )
        for id in streaks_to_pay(streak, paid)
    ]
    book(platform, wallet, *drafts)
