"""Wallets of points and coins with their ledger, badges, and leaderboards."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from educore.courses.entities import CourseId
from educore.identity.entities import ActorId
from educore.kernel.entity import Entity, FieldGroups, FieldNames, Fixed, OnDelete, Ref, Timestamped
from educore.organization.entities import OwnCenterId
from educore.people.entities import StudentId
from educore.values import Day, HexColor, Line, Name, Percent, Text, Value, parse_whole
from educore.values.structured import normalize_line

MOST_AT_ONCE = 1_000_000
"""The points or coins that one entry may have at most."""

PointSum = Annotated[int, Field(ge=0, le=2_000_000_000), BeforeValidator(parse_whole)]
"""Points or coins in total: 0 or more."""

PointChange = Annotated[int, Field(ge=-MOST_AT_ONCE, le=MOST_AT_ONCE), BeforeValidator(parse_whole)]
"""Points or coins that one entry adds or, below 0, takes away."""

PointsGiven = Annotated[int, Field(ge=0, le=MOST_AT_ONCE), BeforeValidator(parse_whole)]
"""Points that one entry adds, such as those of a badge."""


class RewardType(StrEnum):
    """The way in which an entry changes a wallet: all but `SPENT` change what was collected in total."""

    EARNED = "earned"
    SPENT = "spent"
    BONUS = "bonus"
    PENALTY = "penalty"


COLLECTED = (RewardType.EARNED, RewardType.BONUS, RewardType.PENALTY)
"""The types of entries that add up to what a student has collected."""


class RewardReason(StrEnum):
    """The occasion of an entry."""

    HOMEWORK_COMPLETION = "homework_completion"
    PERFECT_SCORE = "perfect_score"
    EARLY_SUBMISSION = "early_submission"
    ON_TIME_SUBMISSION = "on_time_submission"
    STREAK_BONUS = "streak_bonus"
    BADGE_EARNED = "badge_earned"
    MANUAL_ADJUSTMENT = "manual_adjustment"


class Wallet(Timestamped, Entity):
    """The points and coins of a student: the sum of its entries, and nothing else.

    The totals never fall when something is spent. Only `rewards.ledger.book` writes a wallet. An empty one goes with
    its student, one with entries keeps them.
    """

    named_by: ClassVar[FieldNames] = ("student_id",)
    unique: ClassVar[FieldGroups] = (("student_id",),)

    center_id: OwnCenterId
    student_id: Annotated[int, Ref("Student", OnDelete.CASCADE), Fixed()]
    total_points: PointSum = 0
    total_coins: PointSum = 0
    points_spent: PointSum = 0
    coins_spent: PointSum = 0

    @model_validator(mode="after")
    def _spends_what_is_there(self) -> Self:
        for name, left in (
            ("points", self.total_points - self.points_spent),
            ("coins", self.total_coins - self.coins_spent),
        ):
            if left < 0:
                raise PydanticCustomError("not_enough", "Too few are left.", {"field": name, "missing": -left})
        return self


class RewardEntry(Entity):
    """A line of the ledger of a wallet: points and coins that were earned, given, taken or spent.

    It is written once and never changes; a mistake is corrected by a contrary entry. A wallet has at most one entry
    with a `key`, so no reward is booked twice. `about_kind` and `about_id` name the row that it is about, such as an
    `Assessment`.
    """

    named_by: ClassVar[FieldNames] = ("wallet_id",)
    unique: ClassVar[FieldGroups] = (("wallet_id", "key"),)

    center_id: OwnCenterId
    wallet_id: Annotated[int, Ref("Wallet"), Fixed()]
    type: Annotated[RewardType, Fixed()]
    reason: Annotated[RewardReason, Fixed()]
    points: Annotated[PointChange, Fixed()] = 0
    coins: Annotated[PointChange, Fixed()] = 0
    about_kind: Annotated[str, Field(max_length=40, pattern="^[A-Za-z_]+$"), Fixed()] | None = None
    about_id: Annotated[int, Fixed()] | None = None
    description: Annotated[Line, Fixed()] = ""
    key: Annotated[str, Field(max_length=120), Fixed()] | None = None
    made_by_id: Annotated[ActorId, Fixed()] | None = None
    created_at: Annotated[datetime, Fixed()]

    @model_validator(mode="after")
    def _sign_fits(self) -> Self:
        if not self.points and not self.coins:
            raise PydanticCustomError("changes_nothing", "Give points or coins.", {"field": "points"})
        is_returned = self.type is RewardType.SPENT and self.reason is RewardReason.MANUAL_ADJUSTMENT
        sign = -1 if self.type in (RewardType.SPENT, RewardType.PENALTY) else 1
        for name, value in (("points", self.points), ("coins", self.coins)):
            if value * sign < 0 and not is_returned:
                code = "above_zero" if sign > 0 else "below_zero"
                raise PydanticCustomError(code, "The sign does not fit the type.", {"field": name})
        return self


class Rarity(StrEnum):
    """The rarity that a badge is given; no rule depends on it."""

    COMMON = "common"
    RARE = "rare"
    EPIC = "epic"
    LEGENDARY = "legendary"


Number = Annotated[int, Field(ge=1, le=1_000_000), BeforeValidator(parse_whole)]


class BadgeRule(Value):
    """The rule of a badge: whoever meets all that it says has earned it. Nobody earns one that says nothing.

    `subject` is the code of a course to which all other numbers are limited. `homework_completed` counts homework with
    a published score, `average_score__gte` is the least mean of their best percents, `consecutive_perfect_scores` the
    length of a run of full scores, `early_submissions` the number of those handed in before the day on which they were
    due. `max_time_taken`, in seconds, and `min_score`, in percent, hold for one attempt.

    A map with one entry around the rule is taken off: `{"perfect_streak": {"consecutive_perfect_scores": 5}}`.
    """

    subject: Annotated[Line, Field(min_length=1, max_length=20), AfterValidator(normalize_line)] | None = None
    homework_completed: Number | None = None
    average_score__gte: Percent | None = None
    consecutive_perfect_scores: Number | None = None
    early_submissions: Number | None = None
    max_time_taken: Number | None = None
    min_score: Percent | None = None

    @model_validator(mode="before")
    @classmethod
    def _unwrap(cls, given: Any) -> Any:
        if isinstance(given, dict) and len(given) == 1:
            [(name, inner)] = given.items()
            if isinstance(inner, dict) and name not in cls.model_fields:
                return inner
        return given


NO_RULE: BadgeRule = BadgeRule.model_construct()  # a validator would be built at import
"""The rule that nobody meets."""


class Badge(Timestamped, Entity):
    """A badge that students earn by its rule, with points as a reward."""

    unique: ClassVar[FieldGroups] = (("center_id", "name"),)

    center_id: OwnCenterId
    name: Name
    name_ar: Name | None = None
    name_fr: Name | None = None
    description: Text = ""
    icon: Annotated[Line, Field(max_length=100)] = ""
    color: HexColor | None = None
    rarity: Rarity = Rarity.COMMON
    points_reward: PointsGiven = 0
    requirements: BadgeRule = NO_RULE
    is_active: bool = True


class BadgeAward(Entity):
    """A badge of a student; it is never taken away."""

    named_by: ClassVar[FieldNames] = ("badge_id", "student_id")
    unique: ClassVar[FieldGroups] = (("badge_id", "student_id"),)

    center_id: OwnCenterId
    badge_id: Annotated[int, Ref("Badge"), Fixed()]
    student_id: Annotated[StudentId, Fixed()]
    earned_at: Annotated[datetime, Fixed()]


class BoardType(StrEnum):
    """The period of a leaderboard: a week, a month, half a school year; the last three are for the whole year."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    SEMESTER = "semester"
    CLASS = "class"
    GRADE = "grade"
    SUBJECT = "subject"


class Leaderboard(Entity):
    """The students of a Center, of a class or a grade level, in the order of what they collected in a period.

    The period has the days from `period_start` to `period_end`. `scope` is `group:3`, `grade:2`, `course:5`, several of
    them with a blank between, or "" for everybody. The entries are as they were at `refreshed_at`; from `closed_at` on
    they stay.
    """

    named_by: ClassVar[FieldNames] = ("type", "period_start")
    unique: ClassVar[FieldGroups] = (("center_id", "type", "period_start", "scope"),)

    center_id: OwnCenterId
    type: Annotated[BoardType, Fixed()]
    period_start: Annotated[Day, Fixed()]
    period_end: Annotated[Day, Fixed()]
    group_id: Annotated[int, Ref("Group", OnDelete.CASCADE), Fixed()] | None = None
    grade_level_id: Annotated[int, Ref("GradeLevel", OnDelete.CASCADE), Fixed()] | None = None
    course_id: Annotated[CourseId, Fixed()] | None = None
    scope: Annotated[str, Field(max_length=80), Fixed()] = ""
    refreshed_at: datetime | None = None
    closed_at: datetime | None = None


class LeaderboardEntry(Entity):
    """The place of a student on a leaderboard; students with equal numbers share it.

    `average` is the mean of the best percents, `rank_change` by how many places they have come up since the period
    before.
    """

    named_by: ClassVar[FieldNames] = ("leaderboard_id", "student_id")
    unique: ClassVar[FieldGroups] = (("leaderboard_id", "student_id"),)

    center_id: OwnCenterId
    leaderboard_id: Annotated[int, Ref("Leaderboard", OnDelete.CASCADE), Fixed()]
    student_id: Annotated[int, Ref("Student", OnDelete.CASCADE), Fixed()]
    rank: Annotated[int, Field(ge=1)]
    total_points: int = 0
    completed: Annotated[int, Field(ge=0)] = 0
    average: Percent = Decimal(0)
    badges: Annotated[int, Field(ge=0)] = 0
    rank_change: int = 0
