"""Leaderboards of a school: periods, places, and entries that follow the ledger."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from educore import Educore, FixedClock, Ports, where
from educore.groups import enroll_in_class
from educore.kernel.policy import PLATFORM
from educore.kernel.store import Store
from educore.rewards import BoardScope, BoardType, Leaderboard, LeaderboardEntry, RewardType, add_reward, look_at_board
from educore.rewards.boards import BoardFigures, close_boards, rank_students
from educore.rewards.periods import BoardPeriod, period_of
from support.cast import World
from support.homework import KINDS, NOW, do, hand_in, homework
from support.school_cast import School, create_school

YEAR = BoardPeriod(date(2024, 9, 1), date(2025, 6, 30))


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


@pytest.mark.parametrize(
    ("kind", "day", "start", "end"),
    [
        (BoardType.WEEKLY, date(2024, 1, 17), date(2024, 1, 15), date(2024, 1, 21)),
        (BoardType.WEEKLY, date(2024, 1, 21), date(2024, 1, 15), date(2024, 1, 21)),
        (BoardType.MONTHLY, date(2024, 2, 10), date(2024, 2, 1), date(2024, 2, 29)),
        (BoardType.SEMESTER, date(2025, 1, 30), date(2024, 9, 1), date(2025, 1, 30)),
        (BoardType.SEMESTER, date(2025, 1, 31), date(2025, 1, 31), date(2025, 6, 30)),
        (BoardType.CLASS, date(2025, 1, 31), YEAR.start, YEAR.end),
    ],
)
def test_the_period_of_a_board_has_the_day_in_it(kind: BoardType, day: date, start: date, end: date) -> None:
    assert period_of(kind, day, YEAR) == BoardPeriod(start, end)


def test_without_a_current_year_there_are_weeks_and_months_only() -> None:
    kinds = {kind for kind in BoardType if period_of(kind, date(2024, 1, 17), None)}
    assert kinds == {BoardType.WEEKLY, BoardType.MONTHLY}


def test_equal_students_share_a_place_and_are_ordered_by_name() -> None:
    sara = BoardFigures(1, "Sara", 450, Decimal("92.5"), 8)
    ahmed = BoardFigures(2, "Ahmed", 450, Decimal("92.5"), 8)
    fatima = BoardFigures(3, "Fatima", 450, Decimal("90.0"), 8)
    assert [(rank, one.name) for rank, one in rank_students([fatima, sara, ahmed])] == [
        (1, "Ahmed"),
        (1, "Sara"),
        (3, "Fatima"),
    ]


def entries(platform: Educore, who: object, board: Leaderboard) -> list[tuple[int, int | None, int, int, Decimal, int]]:
    with platform.work(who, read_only=True) as uow:  # type: ignore[arg-type]
        rows = uow.find(LeaderboardEntry, where(leaderboard_id=board.id), order=("rank", "id"))
    return [(e.rank, e.student_id, e.total_points, e.completed, e.average, e.rank_change) for e in rows]


def test_a_board_follows_the_ledger_once_it_is_a_minute_old(
    platform: Educore, school: School, clock: FixedClock
) -> None:
    hand_in(platform, school, homework(platform, school, KINDS.TRUE_FALSE))
    week = {"board_type": BoardType.WEEKLY}
    board = do(platform, school.student, look_at_board, **week)
    own = school.student.student_id
    assert entries(platform, school.student, board) == [(1, own, 105, 1, Decimal(100), 0)]
    given = {"type": RewardType.BONUS, "reason": "manual_adjustment", "points": 200}
    do(platform, school.staff, add_reward, student_id=school.newcomer.student_id, **given)
    do(platform, school.staff, add_reward, student_id=own, type="spent", reason="manual_adjustment", points=-50)
    clock.time = NOW + timedelta(seconds=59)
    assert do(platform, school.student, look_at_board, **week) == board
    assert len(entries(platform, school.student, board)) == 1
    clock.time = NOW + timedelta(seconds=61)
    assert do(platform, school.student, look_at_board, **week).id == board.id
    newcomer = school.newcomer.student_id
    assert entries(platform, school.student, board) == [
        (1, newcomer, 200, 0, Decimal(0), 0),
        (2, own, 105, 1, Decimal(100), 0),
    ]


def test_whoever_was_third_and_is_first_has_come_up_by_two(
    platform: Educore, school: School, clock: FixedClock
) -> None:
    own, newcomer = school.student.student_id, school.newcomer.student_id

    def give(student_id: int | None, points: int) -> None:
        given = {"type": RewardType.BONUS, "reason": "manual_adjustment", "points": points}
        do(platform, school.staff, add_reward, student_id=student_id, **given)

    give(own, 10)
    give(newcomer, 20)
    do(platform, school.director, look_at_board, board_type=BoardType.WEEKLY)
    clock.time = NOW + timedelta(days=7)
    assert do(platform, PLATFORM, close_boards) == 1
    assert do(platform, PLATFORM, close_boards) == 0
    give(own, 30)
    board = do(platform, school.director, look_at_board, board_type=BoardType.WEEKLY)
    assert [row[:3] + row[5:] for row in entries(platform, school.director, board)] == [(1, own, 30, 1)]
    last_week = do(platform, school.director, look_at_board, board_type=BoardType.WEEKLY, day=NOW.date())
    assert last_week.closed_at is not None
    assert [row[:3] for row in entries(platform, school.director, last_week)] == [(1, newcomer, 20), (2, own, 10)]


def test_learners_see_boards_of_their_own_class_and_no_other(platform: Educore, school: School) -> None:
    own, other = (BoardScope(group_id=row.id) for row in (school.class_a, school.class_b))
    for who in (school.student, school.parent, school.teacher, school.director):
        assert do(platform, who, look_at_board, board_type=BoardType.CLASS, scope=own), who.role
    for who in (school.student, school.parent, school.teacher, school.newcomer):
        assert do(platform, who, look_at_board, board_type=BoardType.CLASS, scope=other) is None, who.role
    assert do(platform, school.newcomer, look_at_board, board_type=BoardType.CLASS, scope=own) is None
    with platform.work(school.director) as uow:
        assert uow.count(Leaderboard) == 1, "what may not be seen is not made"
        enroll_in_class(uow, group_id=school.class_b.id, student_id=school.newcomer.student_id or 0)
    assert do(platform, school.newcomer, look_at_board, board_type=BoardType.CLASS, scope=other)
    assert do(platform, school.director, look_at_board, board_type=BoardType.SUBJECT) is None


def test_of_a_board_of_all_a_learner_sees_the_first_ten_and_oneself(platform: Educore, school: School) -> None:
    given = {"type": RewardType.BONUS, "reason": "manual_adjustment", "points": 5}
    do(platform, school.staff, add_reward, student_id=school.student.student_id, **given)
    board = do(platform, school.director, look_at_board, board_type=BoardType.MONTHLY)
    with platform.work(PLATFORM) as uow:
        (own,) = uow.find(LeaderboardEntry, where(leaderboard_id=board.id))
        move = {"leaderboard_id": board.id, "center_id": board.center_id, "student_id": school.newcomer.student_id}
        place = uow.add(LeaderboardEntry, {**move, "rank": 11})
    assert entries(platform, school.director, board)[-1][0] == 11
    for who in (school.student, school.parent):
        with platform.work(who, read_only=True) as uow:
            assert [row.id for row in uow.find(LeaderboardEntry)] == [own.id], who.role
    with platform.work(school.newcomer, read_only=True) as uow:
        assert {row.id for row in uow.find(LeaderboardEntry)} == {own.id, place.id}


def test_a_board_of_a_course_counts_its_homework_alone(platform: Educore, school: School) -> None:
    hand_in(platform, school, homework(platform, school, KINDS.TRUE_FALSE))
    hand_in(platform, school, homework(platform, school, KINDS.TRUE_FALSE, course_id=None))
    of_course = BoardScope(course_id=school.course.id, grade_level_id=school.first_grade.id)
    board = do(platform, school.student, look_at_board, board_type=BoardType.SUBJECT, scope=of_course)
    assert [row[2:5] for row in entries(platform, school.student, board)] == [(105, 1, Decimal(100))]
    assert board.scope == f"grade:{school.first_grade.id} course:{school.course.id}"
