"""Marking who came: all or none, once or again, by many at a time; and what is remembered of corrections."""

from __future__ import annotations

from datetime import date, time, timedelta
from functools import partial
from typing import Any

import pytest

from educore import Conflict, Educore, FixedClock, Forbidden, Invalid, NotFound, memory_ports, perform, where
from educore.adapters.sql import Database
from educore.attendance import (
    Attendance,
    AttendanceCorrection,
    AttendanceStatus,
    ClassMarked,
    attendance_counts,
    attendance_rate,
    correct_attendance,
    mark_attendance,
    mark_class,
    remove_attendance,
)
from educore.groups import Enrollment, Group, leave_group
from educore.identity import User
from educore.people import Student
from educore.timetable import Session, cancel_session, schedule_session
from support.cast import World
from support.concurrency import run_concurrently
from support.plain_rows import plain, remove_row
from support.refusals import problem_codes
from support.statement_counts import record_statements

TODAY = date(2024, 1, 1)
PRESENT, ABSENT, LATE, EXCUSED = AttendanceStatus


def lesson(school: Educore, world: World, day: date = TODAY, *, hour: int = 9) -> Session:
    """A session of the morning group, at nine unless another hour is given."""
    with school.work(world.dilshod) as uow:
        times: dict[str, Any] = {"start_time": time(hour), "end_time": time(hour + 1)}
        return schedule_session(uow, group_id=world.tashkent.morning.id, date=day, **times)


def marks(world: World, *statuses: str, notes: str = "") -> list[dict[str, Any]]:
    """Marks for Sardor and Sevara."""
    students = (world.sardor.student_id, world.sevara.student_id)
    return [{"student_id": id, "status": s, "notes": notes} for id, s in zip(students, statuses, strict=False)]


def test_a_class_is_marked_at_once(school: Educore, world: World, events: list[object]) -> None:
    session = lesson(school, world)
    with school.work(world.timur) as uow:
        made = mark_class(uow, session, marks=marks(world, "present", "late"))
    assert [mark.status for mark in made] == [PRESENT, LATE]
    assert {(mark.teacher_id, mark.marker_id) for mark in made} == {(world.timur.teacher_id, world.timur.user_id)}
    assert ClassMarked(world.tashkent.center.id, session.id, changed=2) in events


def test_a_clerk_marks_without_being_a_teacher(school_in_memory: Educore, world: World) -> None:
    session = lesson(school_in_memory, world)
    with school_in_memory.work(world.aziza) as uow:
        (made,) = mark_class(uow, session, marks=marks(world, "present"))
    assert (made.teacher_id, made.marker_id) == (None, world.aziza.user_id)


def test_repeating_changes_nothing_and_differing_corrects(
    school: Educore, world: World, clock: FixedClock, events: list[object]
) -> None:
    session = lesson(school, world)
    with school.work(world.timur) as uow:
        first = mark_class(uow, session, marks=marks(world, "present", "absent"))
    clock.advance(minutes=5)
    events.clear()
    with school.work(world.timur) as uow:
        assert mark_class(uow, session, marks=marks(world, "present", "absent")) == first
    assert events == []
    with school.work(world.dilshod) as uow:
        again = mark_class(uow, session, marks=marks(world, "present", "late", notes="bus"))
    assert [mark.id for mark in again] == [mark.id for mark in first]
    with school.work(world.dilshod, read_only=True) as uow:
        corrections = uow.find(AttendanceCorrection, where(student_id=world.sevara.student_id))
    (kept,) = corrections
    assert (kept.status_before, kept.status_after, kept.notes_after) == (ABSENT, LATE, "bus")
    assert (kept.corrected_by_id, kept.corrected_at) == (world.dilshod.user_id, clock.now())


def test_students_left_out_stay_as_they_are(school: Educore, world: World) -> None:
    session = lesson(school, world)
    with school.work(world.timur) as uow:
        mark_class(uow, session, marks=marks(world, "present", "absent"))
        mark_class(uow, session, marks=marks(world, "late"))
        assert attendance_counts(uow, session_id=session.id) == {PRESENT: 0, ABSENT: 1, LATE: 1, EXCUSED: 0}


def test_one_bad_mark_refuses_the_whole_class(school: Educore, world: World) -> None:
    session = lesson(school, world)
    outsider, foreigner = world.shirin.student_id, world.sobir.student_id
    for bad in (outsider, foreigner, -1, 10**25):
        with pytest.raises(Invalid) as refused, school.work(world.timur) as uow:
            mark_class(uow, session, marks=[*marks(world, "present"), {"student_id": bad, "status": "present"}])
        assert problem_codes(refused.value) == {"marks.1.student_id": ["not_in_group"]}
    with school.work(world.dilshod, read_only=True) as uow:
        assert uow.count(Attendance) == 0


def test_everything_wrong_with_the_values_is_said_by_place(school: Educore, world: World) -> None:
    session = lesson(school, world)
    with school.work(world.timur) as uow:
        mark_class(uow, session, marks=marks(world, "present"))
    wrong = marks(world, "asleep", "dreaming", notes="x" * 501)
    with pytest.raises(Invalid) as refused, school.work(world.timur) as uow:
        mark_class(uow, session, marks=wrong)
    assert problem_codes(refused.value) == {"marks.1.status": ["enum"], "marks.1.notes": ["string_too_long"]}


def test_the_same_student_twice_and_nobody_at_all(school_in_memory: Educore, world: World) -> None:
    session = lesson(school_in_memory, world)
    for given, said in (
        (marks(world, "present") * 2, {"marks.0.student_id": ["twice"], "marks.1.student_id": ["twice"]}),
        ([], {"marks": ["too_few"]}),
        (marks(world, "present") * 2001, {"marks": ["too_many"]}),
    ):
        with pytest.raises(Invalid) as refused, school_in_memory.work(world.timur) as uow:
            mark_class(uow, session, marks=given)
        assert problem_codes(refused.value) == said


def test_tomorrow_and_what_is_cancelled_cannot_be_marked(school_in_memory: Educore, world: World) -> None:
    tomorrow, gone = lesson(school_in_memory, world, TODAY + timedelta(days=1)), lesson(school_in_memory, world)
    with school_in_memory.work(world.dilshod) as uow:
        cancel_session(uow, gone)
    for session, code in ((tomorrow, "session_in_future"), (gone, "session_cancelled")):
        with pytest.raises(Conflict) as refused, school_in_memory.work(world.timur) as uow:
            mark_class(uow, session, marks=marks(world, "present"))
        assert problem_codes(refused.value) == {"": [code]}
        with pytest.raises(Conflict) as single, school_in_memory.work(world.timur) as uow:
            mark_attendance(uow, session_id=session.id, student_id=world.sardor.student_id or 0, status=PRESENT)
        assert problem_codes(single.value) == {"session_id": [code]}


def test_today_is_today_where_the_center_is(school_in_memory: Educore, world: World, clock: FixedClock) -> None:
    clock.advance(hours=9, minutes=30)  # half past midnight of the second in Tashkent
    session = lesson(school_in_memory, world, TODAY + timedelta(days=1))
    with school_in_memory.work(world.timur) as uow:
        assert mark_class(uow, session, marks=marks(world, "present"))


def test_who_left_can_be_marked_for_the_days_they_were_there(
    school_in_memory: Educore, world: World, clock: FixedClock
) -> None:
    school, sardor = school_in_memory, world.sardor.student_id or 0
    before, after = lesson(school, world), lesson(school, world, TODAY + timedelta(days=2))
    with school.work(world.dilshod) as uow:
        leave_group(uow, group_id=world.tashkent.morning.id, student_id=sardor)
    clock.advance(days=3)
    with school.work(world.dilshod) as uow:
        assert mark_class(uow, before, marks=marks(world, "present"))
        with pytest.raises(Invalid):
            mark_class(uow, after, marks=marks(world, "present"))


def test_one_student_is_marked_once(school: Educore, world: World) -> None:
    session, sardor = lesson(school, world), world.sardor.student_id or 0
    with school.work(world.timur) as uow:
        mark_attendance(uow, session_id=session.id, student_id=sardor, status=PRESENT)
    with pytest.raises(Conflict) as refused, school.work(world.timur) as uow:
        mark_attendance(uow, session_id=session.id, student_id=sardor, status=ABSENT)
    assert problem_codes(refused.value) == {"student_id": ["taken"]}


def test_a_correction_and_a_removal_are_remembered(school: Educore, world: World) -> None:
    session = lesson(school, world)
    with school.work(world.timur) as uow:
        (mark,) = mark_class(uow, session, marks=marks(world, "absent"))
    with school.work(world.aziza) as uow:
        corrected = correct_attendance(uow, mark, status=EXCUSED, notes="Ill")
        assert (corrected.teacher_id, corrected.marker_id) == (None, world.aziza.user_id)
        assert correct_attendance(uow, corrected, status=EXCUSED) == corrected
    with school.work(world.dilshod) as uow:
        remove_attendance(uow, uow.get(Attendance, mark.id))
        kept = uow.find(AttendanceCorrection, order=("id",))
    assert [(k.status_before, k.status_after, k.corrected_by_id) for k in kept] == [
        (ABSENT, EXCUSED, world.aziza.user_id),
        (EXCUSED, None, world.dilshod.user_id),
    ]


def test_a_mark_stays_with_its_session_and_student(school_in_memory: Educore, world: World) -> None:
    session = lesson(school_in_memory, world)
    with school_in_memory.work(world.timur) as uow:
        (mark,) = mark_class(uow, session, marks=marks(world, "absent"))
    with pytest.raises(Invalid) as refused, school_in_memory.work(world.dilshod) as uow:
        perform(uow, Attendance, "update", mark.id, {"student_id": world.sevara.student_id})
    assert problem_codes(refused.value) == {"student_id": ["cannot_change"]}


def test_only_those_concerned_mark_and_see(school: Educore, world: World) -> None:
    session = lesson(school, world)
    with school.work(world.timur) as uow:
        mark_class(uow, session, marks=marks(world, "present", "absent"))
    for name, error in {"tamara": NotFound, "davron": NotFound, "tohir": NotFound, "sardor": Forbidden}.items():
        with pytest.raises(error), school.work(world.everybody()[name]) as uow:
            perform(uow, Session, "mark", session.id, {"marks": marks(world, "late")})
    for name, sees in {"sardor": 1, "sevara": 1, "shirin": 0, "timur": 2, "tamara": 0, "aziza": 2, "davron": 0}.items():
        with school.work(world.everybody()[name], read_only=True) as uow:
            assert uow.count(Attendance) == sees, name


def test_rates_count_sessions_that_took_place(school: Educore, world: World) -> None:
    first, second = lesson(school, world), lesson(school, world, hour=11)
    with school.work(world.timur) as uow:
        mark_class(uow, first, marks=marks(world, "present", "late"))
        mark_class(uow, second, marks=marks(world, "present", "excused"))
        counts = attendance_counts(uow, session__group_id=world.tashkent.morning.id)
    assert counts == {PRESENT: 2, ABSENT: 0, LATE: 1, EXCUSED: 1}
    assert attendance_rate(counts) == 50.0
    assert attendance_rate(dict.fromkeys(AttendanceStatus, 0)) == 0
    assert attendance_rate({PRESENT: 2, ABSENT: 1, LATE: 0, EXCUSED: 0}) == 66.7


# -- many ----------------------------------------------------------------------------------------------


def full_class(school: Educore, world: World, size: int) -> list[int]:
    """So many more students in the morning group."""
    town = world.tashkent
    with school.work(world.rustam) as uow:
        perform(uow, Group, "update", town.morning.id, {"capacity": None})
        rows = [{"username": f"pupil{n}", "center_id": town.center.id} for n in range(size)]
        users = plain(uow, User).add_all(User, rows)
        known = {"center_id": town.center.id, "branch_id": town.branch.id, "enrollment_date": TODAY}
        pupils = plain(uow, Student).add_all(Student, [{**known, "user_id": user.id} for user in users])
        place = {"center_id": town.center.id, "group_id": town.morning.id, "enrolled_on": TODAY}
        plain(uow, Enrollment).add_all(Enrollment, [{**place, "student_id": pupil.id} for pupil in pupils])
    return [pupil.id for pupil in pupils]


def test_any_class_takes_as_many_statements(filled_database: Database, world: World) -> None:
    school = Educore(filled_database.store, memory_ports())
    session, pupils = lesson(school, world), full_class(school, world, 300)
    counted = []
    for size in (2, 300):
        for status in ("present", "absent"):  # first given, then corrected
            with record_statements(filled_database.engine) as seen, school.work(world.timur) as uow:
                given = [{"student_id": id, "status": status, "notes": str(size)} for id in pupils[:size]]
                perform(uow, Session, "mark", session.id, {"marks": given})
            counted.append(len(seen))
        with school.work(world.rustam) as uow:
            for mark in uow.find(Attendance, where(session_id=session.id)):
                remove_row(uow, mark)
    assert counted[:2] == counted[2:]
    assert max(counted) <= 26


def test_thirty_two_at_once_leave_one_consistent_set(filled_database: Database, world: World) -> None:
    """Each sends the whole class with a status of their own; whoever came last is right for everybody."""
    school = Educore(filled_database.store, memory_ports())
    session, pupils = lesson(school, world), full_class(school, world, 12)

    def mark(number: int) -> None:
        status = list(AttendanceStatus)[number % 4]
        with school.work(world.timur) as uow:
            given = [{"student_id": id, "status": status, "notes": str(number)} for id in pupils]
            perform(uow, Session, "mark", session.id, {"marks": given})

    assert set(run_concurrently(*(partial(mark, number) for number in range(32)))) == {"done"}
    with school.work(world.dilshod, read_only=True) as uow:
        found = uow.find(Attendance, where(session_id=session.id))
        corrections = uow.count(AttendanceCorrection)
    assert sorted(mark.student_id for mark in found) == sorted(pupils)
    assert len({(mark.status, mark.notes) for mark in found}) == 1
    assert corrections == 31 * len(pupils)
