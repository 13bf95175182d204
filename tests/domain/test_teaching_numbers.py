"""What lessons, marks, work and exams add up to, in every store."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Any

import pytest

from educore import Educore, FixedClock, Forbidden, From, Shape, where
from educore.assessment import TeacherPerformance, give_assignment, plan_exam, teacher_performance
from educore.attendance import (
    Attendance,
    AttendanceRules,
    AttendanceStatus,
    correct_attendance,
    group_report,
    mark_class,
)
from educore.groups import Group, change_group, enroll_student
from educore.organization import Center
from educore.people import Teacher
from educore.timetable import Session, cancel_session, schedule_session, teacher_schedule
from support.cast import World
from support.plain_rows import change_row

TODAY, YESTERDAY, TOMORROW = date(2024, 1, 2), date(2024, 1, 1), date(2024, 1, 3)


class Line(Shape, of=Session):
    """A session of a schedule."""

    id: int
    day: Annotated[date, From("date")]
    online_link: str | None
    is_cancelled: bool


@pytest.fixture(autouse=True)
def second_day(clock: FixedClock) -> None:
    """It is the second day of the groups, so that there is a yesterday with lessons."""
    clock.advance(days=1)


@pytest.fixture
def taught(school: Educore, world: World) -> Educore:
    """Timur taught the morning group yesterday and today, online; tomorrow is cancelled."""
    group_id = world.tashkent.morning.id
    with school.work(world.timur) as uow:
        hours: dict[str, Any] = {"start_time": time(9), "end_time": time(10), "online_link": "https://meet.uz/abc"}
        days = (YESTERDAY, TODAY, TOMORROW)
        lessons = [schedule_session(uow, group_id=group_id, date=day, **hours) for day in days]
        cancel_session(uow, lessons[2])
        mark_class(uow, lessons[0], marks=[_mark(world.sardor.student_id, "present")])
        give_assignment(uow, group_id=group_id, title="Essay", due_date=TOMORROW)
        exam: dict[str, Any] = {"start_time": time(9), "end_time": time(10), "total_points": 10, "passing_score": 5}
        plan_exam(uow, group_id=group_id, title="Test", exam_date=TOMORROW, **exam)
    with school.work(world.aziza) as uow:
        mark_class(uow, uow.get(Session, lessons[1].id), marks=[_mark(world.sevara.student_id, "excused")])
    return school


def _mark(student_id: int | None, status: str) -> dict[str, Any]:
    return {"student_id": student_id, "status": AttendanceStatus(status)}


def _schedule(school: Educore, who: Any, world: World, **days: date) -> list[tuple[date, bool, bool]]:
    with school.work(who) as uow:
        teacher = uow.get(Teacher, world.timur.teacher_id or 0)
        lines = teacher_schedule(uow, teacher, shape=Line, **days)
    return [(line["day"], line["is_cancelled"], line["online_link"] is not None) for line in lines]


def test_a_schedule_begins_today_unless_another_day_is_named(taught: Educore, world: World) -> None:
    assert _schedule(taught, world.timur, world) == [(TODAY, False, True), (TOMORROW, True, True)]
    assert _schedule(taught, world.dilshod, world, first_date=YESTERDAY, last_date=TODAY) == [
        (YESTERDAY, False, True),
        (TODAY, False, True),
    ]


def test_who_is_not_in_the_class_sees_when_it_is_but_not_how_to_join(taught: Educore, world: World) -> None:
    for outsider in (world.shirin, world.tamara):
        assert _schedule(taught, outsider, world) == [(TODAY, False, False), (TOMORROW, True, False)]
    assert _schedule(taught, world.sardor, world) == [(TODAY, False, True), (TOMORROW, True, True)]


def test_a_group_report_leaves_cancelled_sessions_out(taught: Educore, world: World) -> None:
    with taught.work(world.dilshod) as uow:
        report = group_report(uow, uow.get(Group, world.tashkent.morning.id))
        assert (report.students, report.sessions, report.rate) == (2, 2, 50.0)
        assert {status.value: count for status, count in report.marks.items() if count} == {"present": 1, "excused": 1}
        empty = group_report(uow, uow.get(Group, world.tashkent.evening.id))
        assert (empty.students, empty.sessions, empty.rate) == (0, 0, 0.0)


@pytest.mark.parametrize(
    ("late_is_present", "excused_leaves_sum", "rate"),
    [(None, None, 0.0), (False, False, 0.0), (True, None, 50.0), (True, True, 100.0), (None, True, 0.0)],
)
def test_a_center_decides_what_its_rates_count(
    taught: Educore, world: World, late_is_present: bool | None, excused_leaves_sum: bool | None, rate: float
) -> None:
    """Sardor was late, Sevara excused; what the Center leaves open is as center_crm has it."""
    decided = {"late_is_present": late_is_present, "excused_leaves_sum": excused_leaves_sum}
    with taught.work(world.rustam) as uow:
        change_row(uow, uow.get(Center, world.tashkent.center.id), decided)
        for mark in uow.find(Attendance, where(status=AttendanceStatus.PRESENT)):
            correct_attendance(uow, mark, status=AttendanceStatus.LATE)
        report = group_report(uow, uow.get(Group, world.tashkent.morning.id))
    assert {status.value: count for status, count in report.marks.items() if count} == {"late": 1, "excused": 1}
    assert report.rate == rate


def test_a_document_may_have_rules_of_its_own_which_a_center_overrides(taught: Educore, world: World) -> None:
    mild = AttendanceRules(late_is_present=True, excused_leaves_sum=True)
    with taught.work(world.rustam) as uow:
        group = uow.get(Group, world.tashkent.morning.id)
        assert group_report(uow, group, default=mild).rate == 100.0
        change_row(uow, uow.get(Center, world.tashkent.center.id), {"excused_leaves_sum": False})
        assert group_report(uow, group, default=mild).rate == 50.0


def test_a_performance_is_for_the_office_and_the_teacher_concerned(taught: Educore, world: World) -> None:
    for who in (world.timur, world.aziza, world.malika, world.dilshod, world.rustam):
        with taught.work(who) as uow:
            teacher = uow.get(Teacher, world.timur.teacher_id or 0, to="read_performance")
            assert teacher_performance(uow, teacher) == TeacherPerformance(2, 1, 1, 1, teacher.performance_rating)
    with taught.work(world.tamara) as uow, pytest.raises(Forbidden):
        uow.get(Teacher, world.timur.teacher_id or 0, to="read_performance")


def test_what_a_teacher_did_still_counts_once_the_group_is_another_teachers(school: Educore, world: World) -> None:
    group_id, shirin = world.tashkent.evening.id, world.shirin.student_id or 0
    hours: dict[str, Any] = {"start_time": time(18), "end_time": time(19)}
    with school.work(world.dilshod) as uow:
        enroll_student(uow, group_id=group_id, student_id=shirin)
        lesson = schedule_session(uow, group_id=group_id, teacher_id=world.timur.teacher_id, date=TODAY, **hours)
    with school.work(world.tamara) as uow:
        mark_class(uow, lesson, marks=[_mark(shirin, "present")])
        give_assignment(uow, group_id=group_id, title="Essay", due_date=TOMORROW)
        plan_exam(uow, group_id=group_id, title="Test", exam_date=TOMORROW, **hours, total_points=10, passing_score=5)
    with school.work(world.dilshod) as uow:
        change_group(uow, uow.get(Group, group_id), teacher_id=world.timur.teacher_id)
    for who in (world.tamara, world.dilshod):
        with school.work(who) as uow:
            teacher = uow.get(Teacher, world.tamara.teacher_id or 0)
            assert teacher_performance(uow, teacher) == TeacherPerformance(0, 1, 1, 1, teacher.performance_rating), (
                who.role
            )
