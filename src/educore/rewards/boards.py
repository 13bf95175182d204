"""Leaderboards: made when somebody first looks at them, refreshed when they are looked at again, closed at their end.

The entries of a board are stored, so that a list of boards costs the same whoever looks. They are made anew, under the
lock of the board, when they are older than a minute; a periodic task closes the boards whose period is over.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from educore.assessment.entities import Assessment, AssessmentKind, Attempt
from educore.assessment.marking import round_points
from educore.courses.entities import Course
from educore.groups.entities import Group
from educore.kernel.actions import use_case
from educore.kernel.aggregates import Aggregate
from educore.kernel.conditions import Where, everything, where
from educore.kernel.errors import NotFound
from educore.kernel.shape import NameOf, Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Center
from educore.organization.queries import between_days, center_time_zone, local_today
from educore.people.entities import Student
from educore.rewards.entities import COLLECTED, BadgeAward, BoardType, Leaderboard, LeaderboardEntry, RewardEntry
from educore.rewards.periods import BoardPeriod, period_of
from educore.schooling.entities import AcademicYear, GradeLevel

FRESH = timedelta(seconds=60)
"""The age up to which the entries of a board are shown as they are."""

CLOSED_AT_ONCE = 20
"""The number of boards that one run of `close_boards` closes."""

NEEDS = {BoardType.CLASS: "group_id", BoardType.GRADE: "grade_level_id", BoardType.SUBJECT: "course_id"}
"""The limit without which there is no board of a type."""


@dataclass(frozen=True)
class BoardScope:
    """The limits of a board: a class, a grade level, a course, or several of them."""

    group_id: int | None = None
    grade_level_id: int | None = None
    course_id: int | None = None

    @property
    def text(self) -> str:
        """The limits as one text, by which the board is found again."""
        parts = (("group", self.group_id), ("grade", self.grade_level_id), ("course", self.course_id))
        return " ".join(f"{name}:{id}" for name, id in parts if id is not None)


WHOLE_SCHOOL = BoardScope()


class StudentName(Shape, of=Student):
    """A student by name."""

    id: int
    name: Annotated[str | None, NameOf("")]


@use_case
def look_at_board(
    uow: UnitOfWork, /, *, board_type: BoardType, scope: BoardScope = WHOLE_SCHOOL, day: date | None = None
) -> Leaderboard | None:
    """Return the board of a period with a day in it, by default today, with entries that are at most a minute old.

    It is made if it is the present one. None where there is none: without a current school year, without the class,
    grade level or course that the type needs, or for limits that the actor may not see. Locks the Center while a board
    is made, so that there is one of each.
    """
    center_id = uow.actor.school_id
    if center_id is None or _lacks_limit(board_type, scope) or not _may_see(uow, scope):
        return None
    today = local_today(uow, center_id)
    period = period_of(board_type, day or today, _current_year(uow, center_id))
    if period is None:
        return None
    board = _find_board(uow, center_id, board_type, period, scope)
    if board is None and period.start <= today <= period.end:
        board = _make_board(uow, center_id, board_type, period, scope)
    return None if board is None else refresh_board(uow, board)


@use_case
def refresh_board(uow: UnitOfWork, board: Leaderboard, /) -> Leaderboard:
    """Make the entries of a board anew, under its lock, if it is open and they are older than a minute."""
    now = uow.ports.clock.now()
    if not _is_stale(board, now - FRESH):
        return board
    platform = uow.as_platform()
    locked = platform.get(Leaderboard, board.id, lock=True)
    if not _is_stale(locked, now - FRESH):
        return locked
    _write_entries(platform, locked)
    return platform.change(locked, {"refreshed_at": now})


def close_boards(uow: UnitOfWork) -> int:
    """Refresh and close the boards whose period is over, as the platform. Return their number, a batch at most.

    From then on their entries stay as they are.
    """
    now, closed = uow.ports.clock.now(), 0
    ended = where(closed_at__isnull=True, period_end__lte=(now + timedelta(days=1)).date())
    for board in uow.find(Leaderboard, ended, order=("period_end", "id"), limit=CLOSED_AT_ONCE):
        if board.period_end < local_today(uow, board.center_id):
            locked = uow.get(Leaderboard, board.id, lock=True)
            if locked.closed_at is None:
                _write_entries(uow, locked)
                uow.change(locked, {"refreshed_at": now, "closed_at": now})
                closed += 1
    return closed


def _is_stale(board: Leaderboard, limit: Any) -> bool:
    return board.closed_at is None and (board.refreshed_at is None or board.refreshed_at <= limit)


def _lacks_limit(kind: BoardType, scope: BoardScope) -> bool:
    return kind in NEEDS and getattr(scope, NEEDS[kind]) is None


def _may_see(uow: UnitOfWork, scope: BoardScope) -> bool:
    """Return whether the actor may see the rows that limit a board."""
    named = ((Group, scope.group_id), (GradeLevel, scope.grade_level_id), (Course, scope.course_id))
    return all(id is None or bool(uow.visible_ids(kind, [id])) for kind, id in named)


def _current_year(uow: UnitOfWork, center_id: int) -> BoardPeriod | None:
    found = uow.as_platform().find(AcademicYear, where(center_id=center_id, is_current=True), limit=1)
    return BoardPeriod(found[0].start_date, found[0].end_date) if found else None


def _find_board(
    uow: UnitOfWork, center_id: int, kind: BoardType, period: BoardPeriod, scope: BoardScope
) -> Leaderboard | None:
    same = where(center_id=center_id, type=kind, period_start=period.start, scope=scope.text)
    return next(iter(uow.find(Leaderboard, same, limit=1)), None)


def _make_board(
    uow: UnitOfWork, center_id: int, kind: BoardType, period: BoardPeriod, scope: BoardScope
) -> Leaderboard | None:
    """Make a board while the Center is locked, so that there is one; none stays that the actor may not see."""
    platform = uow.as_platform()
    limits = {"group_id": scope.group_id, "grade_level_id": scope.grade_level_id, "course_id": scope.course_id}
    days = {"period_start": period.start, "period_end": period.end}
    platform.find(Center, where(id=center_id), lock=True)
    try:
        with uow.savepoint():
            board = _find_board(platform, center_id, kind, period, scope) or platform.add(
                Leaderboard, {"center_id": center_id, "type": kind, **days, **limits, "scope": scope.text}
            )
            return uow.get(Leaderboard, board.id)
    except NotFound:
        return None


def _write_entries(platform: UnitOfWork, board: Leaderboard) -> None:
    """Write the entries of a locked board, in a number of statements that does not grow with the students."""
    places = rank_students(_figures(platform, board))
    before = _ranks_before(platform, board)
    shared = {"center_id": board.center_id, "leaderboard_id": board.id}
    platform.remove_all(LeaderboardEntry, where(leaderboard_id=board.id))
    platform.add_all(
        LeaderboardEntry,
        [
            {
                **shared,
                "student_id": figures.student_id,
                "rank": rank,
                "total_points": figures.points,
                "completed": figures.completed,
                "average": figures.average,
                "badges": figures.badges,
                "rank_change": before.get(figures.student_id, rank) - rank,
            }
            for rank, figures in places
        ],
    )


@dataclass(frozen=True)
class BoardFigures:
    """The numbers of a student in a period; `average` is the mean of their best percents."""

    student_id: int
    name: str
    points: int = 0
    average: Decimal = Decimal(0)
    completed: int = 0
    badges: int = 0

    @property
    def merit(self) -> tuple[int, Decimal, int]:
        """The numbers that decide the order; students with equal ones share a place."""
        return self.points, self.average, self.completed


def rank_students(figures: Collection[BoardFigures]) -> list[tuple[int, BoardFigures]]:
    """Return students with their places, the best first: two of them are 1, 1, and who follows is 3."""
    ordered = sorted(figures, key=lambda one: (one.name, one.student_id))
    ordered.sort(key=lambda one: one.merit, reverse=True)
    ranks = [1] * len(ordered)
    for place, (better, worse) in enumerate(pairwise(ordered), 1):
        ranks[place] = ranks[place - 1] if better.merit == worse.merit else place + 1
    return list(zip(ranks, ordered, strict=True))


def _figures(platform: UnitOfWork, board: Leaderboard) -> list[BoardFigures]:
    """Return the numbers of the students of a board who have collected or handed in anything in its period."""
    students = where(center_id=board.center_id) & _students_of(board)
    zone = center_time_zone(platform, board.center_id)
    points = _points(platform, board, students, zone)
    completed, averages = _homework(platform, board, students, zone)
    ids = {*points, *completed}
    if not ids:
        return []
    badges = platform.count_by(BadgeAward, "student_id", where(student_id__in=ids))
    names = {row["id"]: row["name"] for row in platform.select(StudentName, where(id__in=ids))}
    return [
        BoardFigures(
            id,
            names[id] or "",
            points.get(id, 0),
            averages.get(id, Decimal(0)),
            completed.get(id, 0),
            badges.get(id, 0),
        )
        for id in sorted(ids)
    ]


def _students_of(board: Leaderboard) -> Where:
    """Return the condition for the students of a board: those with a place in its class or grade level."""
    if board.group_id is None and board.grade_level_id is None:
        return everything
    place = where(left_on__isnull=True)
    if board.group_id is not None:
        place &= where(group_id=board.group_id)
    if board.grade_level_id is not None:
        place &= where(group__grade_level_id=board.grade_level_id)
    return where(Enrollment__has=place)


def _points(platform: UnitOfWork, board: Leaderboard, students: Where, zone: ZoneInfo) -> dict[int, int]:
    booked = between_days("created_at", zone, since=board.period_start, until=board.period_end)
    booked &= where(center_id=board.center_id, type__in=COLLECTED)
    if students != where(center_id=board.center_id):
        booked &= where(wallet__has=where(student__has=students))
    if board.course_id is not None:
        of_course = platform.count_by(Assessment, "id", where(center_id=board.center_id, course_id=board.course_id))
        booked &= where(about_kind=Assessment.__name__, about_id__in=set(of_course))
    return {id: int(total) for id, total in platform.sum_by(RewardEntry, "points", "wallet.student_id", booked).items()}


def _homework(
    platform: UnitOfWork, board: Leaderboard, students: Where, zone: ZoneInfo
) -> tuple[dict[int, int], dict[int, Decimal]]:
    """Return how much homework students have handed in in the period, and the mean of their best published percents."""
    handed_in = between_days("submitted_at", zone, since=board.period_start, until=board.period_end)
    handed_in &= where(center_id=board.center_id, assessment__kind=AssessmentKind.HOMEWORK)
    if students != where(center_id=board.center_id):
        handed_in &= where(student__has=students)
    if board.course_id is not None:
        handed_in &= where(assessment__course_id=board.course_id)
    completed = platform.count_by(Attempt, "student_id", handed_in & where(number=1))
    best = handed_in & where(is_best=True, score_published_at__isnull=False)
    sums = platform.aggregate_by(Attempt, (Aggregate("sum", "percent"), Aggregate("count")), "student_id", best)
    return completed, {id: round_points(total / count) for id, (total, count) in sums.items()}


def _ranks_before(platform: UnitOfWork, board: Leaderboard) -> Mapping[int, int]:
    """Return the places in the same board of the period before, by student."""
    earlier = where(center_id=board.center_id, type=board.type, scope=board.scope)
    earlier &= where(period_end__lte=BoardPeriod(board.period_start, board.period_end).day_before)
    found: Sequence[Leaderboard] = platform.find(Leaderboard, earlier, order=("-period_end",), limit=1)
    if not found:
        return {}
    entries = platform.find(LeaderboardEntry, where(leaderboard_id=found[0].id))
    return {entry.student_id: entry.rank for entry in entries}
