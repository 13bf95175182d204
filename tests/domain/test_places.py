"""Places in groups: the main one among them, the days they last, and the branch that follows them."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest

from educore import Conflict, Educore, FixedClock, Invalid, perform, where
from educore.attendance import Attendance, AttendanceStatus, correct_attendance, mark_attendance, mark_class
from educore.billing import ChargeRun, find_debtors, preview_charges
from educore.groups import (
    Enrollment,
    Group,
    change_group,
    change_student,
    enroll_student,
    is_in_group,
    leave_group,
    move_student,
    register_student,
)
from educore.organization import Branch
from educore.people import Student
from educore.timetable import Session, schedule_session
from support.cast import World, account
from support.plain_rows import plain
from support.refusals import expect_invalid

TODAY = date(2024, 1, 1)
FEBRUARY = date(2024, 2, 1)
PRESENT = AttendanceStatus.PRESENT


def new_group(school: Educore, world: World, name: str = "Noon", **fields: Any) -> Group:
    """A group in a branch of its own."""
    town = world.tashkent
    with school.work(world.dilshod) as uow:
        branch = perform(uow, Branch, "create", fields={"name": f"{name} branch"})
        return perform(
            uow, Group, "create", fields={"branch_id": branch.id, "course_id": town.course.id, "name": name} | fields
        )


def main_and_branch(school: Educore, world: World, student_id: int | None = None) -> tuple[int | None, int]:
    """The main group and the branch of a student, of Sardor if no other is named."""
    with school.work(world.dilshod) as uow:
        student = uow.get(Student, student_id or world.sardor.student_id or 0)
    return student.group_id, student.branch_id


def in_groups(school: Educore, world: World) -> list[int]:
    """The groups that Sardor is in."""
    sardor = world.sardor.student_id
    with school.work(world.dilshod) as uow:
        return [group.id for group in uow.find(Group) if uow.count(Student, is_in_group(group.id) & where(id=sardor))]


def register(school: Educore, world: World, name: str = "Olim", **fields: Any) -> Student:
    given: dict[str, Any] = {"branch_id": world.tashkent.branch.id, "group_id": world.tashkent.evening.id} | fields
    with school.work(world.aziza) as uow:
        return register_student(uow, account=account(name), **given)


def first_day(school: Educore, world: World, student: Student) -> date:
    with school.work(world.dilshod) as uow:
        return uow.find(Enrollment, where(student_id=student.id))[0].enrolled_on


def correct(school: Educore, world: World, student: Student, day: date, **fields: Any) -> Student:
    with school.work(world.aziza) as uow:
        return change_student(uow, uow.get(Student, student.id), enrollment_date=day, **fields)


def lesson(school: Educore, world: World, day: date, group: Group | None = None) -> Session:
    with school.work(world.dilshod) as uow:
        times: dict[str, Any] = {"start_time": time(9), "end_time": time(10)}
        return schedule_session(uow, group_id=(group or world.tashkent.evening).id, date=day, **times)


# -- the main group ------------------------------------------------------------------------------------


def test_a_group_held_beside_the_main_one_becomes_the_main_one(school: Educore, world: World) -> None:
    noon = new_group(school, world)
    with school.work(world.aziza) as uow:
        enroll_student(uow, group_id=noon.id, student_id=world.sardor.student_id or 0)
        moved = move_student(uow, uow.get(Student, world.sardor.student_id or 0), group_id=noon.id)
    assert (moved.group_id, moved.branch_id) == (noon.id, noon.branch_id)
    assert in_groups(school, world) == [noon.id]


def test_the_place_taken_first_becomes_the_main_one_when_the_main_one_is_left(school: Educore, world: World) -> None:
    """Whether they leave it through one document or through the other."""
    sardor, town = world.sardor.student_id or 0, world.tashkent
    noon, night = new_group(school, world), new_group(school, world, "Night")
    with school.work(world.aziza) as uow:
        for group in (night, noon):
            enroll_student(uow, group_id=group.id, student_id=sardor)
        leave_group(uow, group_id=town.morning.id, student_id=sardor)
    assert main_and_branch(school, world) == (night.id, night.branch_id)
    with school.work(world.aziza) as uow:
        move_student(uow, uow.get(Student, sardor), group_id=None)
    assert main_and_branch(school, world) == (noon.id, noon.branch_id)
    with school.work(world.aziza) as uow:
        move_student(uow, uow.get(Student, sardor), group_id=None)
    assert (main_and_branch(school, world), in_groups(school, world)) == ((None, noon.branch_id), [])


# -- the branch ----------------------------------------------------------------------------------------


def test_students_move_with_their_main_group_to_another_branch(school: Educore, world: World) -> None:
    noon = new_group(school, world)
    with school.work(world.dilshod) as uow:
        change_group(uow, world.tashkent.morning, branch_id=noon.branch_id)
        assert uow.count(Student, where(branch_id=noon.branch_id)) == 2
        assert uow.count(Student, where(group_id=world.tashkent.morning.id)) == 2


def test_a_branch_that_is_not_that_of_the_group_is_refused(school: Educore, world: World) -> None:
    noon, town = new_group(school, world), world.tashkent
    sardor = world.sardor.student_id or 0
    with expect_invalid() as codes:
        register(school, world, group_id=noon.id)
    assert codes == {"branch_id": "not_branch_of_group"}
    assert register(school, world, group_id=noon.id, branch_id=noon.branch_id).branch_id == noon.branch_id
    assert register(school, world, "Orzu", group_id=noon.id, branch_id=None).branch_id == noon.branch_id
    refused: list[dict[str, Any]] = [
        {"branch_id": noon.branch_id},
        {"branch_id": noon.branch_id, "group_id": town.evening.id},
        {"branch_id": town.branch.id, "group_id": noon.id},
    ]
    for fields in refused:
        with expect_invalid() as codes, school.work(world.aziza) as uow:
            change_student(uow, uow.get(Student, sardor), **fields)
        assert codes == {"branch_id": "not_branch_of_group"}, fields
    accepted: list[dict[str, Any]] = [
        {"branch_id": town.branch.id},
        {"branch_id": noon.branch_id, "group_id": noon.id},
        {"group_id": town.morning.id},
        {"group_id": None, "branch_id": noon.branch_id},
    ]
    for fields in accepted:
        with school.work(world.aziza) as uow:
            changed = change_student(uow, uow.get(Student, sardor), **fields)
        expected = fields.get("branch_id", town.branch.id)
        assert changed.branch_id == expected, fields


# -- the days of a place -------------------------------------------------------------------------------


def test_a_place_begins_on_the_day_of_enrolling_that_is_given(school: Educore, world: World, clock: FixedClock) -> None:
    clock.advance(days=70)
    olim = register(school, world, enrollment_date=TODAY + timedelta(days=14))
    orzu = register(school, world, "Orzu")
    assert (first_day(school, world, olim), first_day(school, world, orzu)) == (date(2024, 1, 15), date(2024, 3, 11))
    with school.work(world.dilshod) as uow:
        for month, expected in (("2023-12", set()), ("2024-01", {olim.id}), ("2024-03", {olim.id, orzu.id})):
            lines = preview_charges(uow, month=month, due_date=date(2024, 4, 1), group_ids=[world.tashkent.evening.id])
            assert {line.student_id for line in lines} == expected, month
        assert (olim.id in find_debtors(uow), orzu.id in find_debtors(uow)) == (True, False)


def test_a_place_in_a_further_group_begins_today_but_not_before_the_student_does(
    school_in_memory: Educore, world: World, clock: FixedClock
) -> None:
    noon = new_group(school_in_memory, world)
    clock.advance(days=3)
    for name, given, expected in (("Olim", TODAY, date(2024, 1, 4)), ("Orzu", FEBRUARY, FEBRUARY)):
        student = register(school_in_memory, world, name, group_id=None, enrollment_date=given)
        with school_in_memory.work(world.aziza) as uow:
            assert enroll_student(uow, group_id=noon.id, student_id=student.id).enrolled_on == expected


def test_a_corrected_day_moves_the_places_that_began_with_it(school: Educore, world: World, clock: FixedClock) -> None:
    noon, olim = new_group(school, world), register(school, world)
    clock.advance(days=10)
    with school.work(world.aziza) as uow:
        enroll_student(uow, group_id=noon.id, student_id=olim.id)

    def days() -> list[date]:
        with school.work(world.aziza) as uow:
            return [place.enrolled_on for place in uow.find(Enrollment, where(student_id=olim.id), order=("id",))]

    for given, expected in (
        (date(2023, 12, 1), [date(2023, 12, 1), date(2024, 1, 11)]),
        (date(2024, 1, 5), [date(2024, 1, 5), date(2024, 1, 11)]),
        (date(2024, 2, 5), [date(2024, 2, 5), date(2024, 2, 5)]),
    ):
        correct(school, world, olim, given)
        assert days() == expected, given


def test_a_first_group_given_with_a_corrected_day_begins_on_it(school_in_memory: Educore, world: World) -> None:
    olim = register(school_in_memory, world, group_id=None)
    correct(school_in_memory, world, olim, date(2023, 12, 1), group_id=world.tashkent.evening.id)
    assert first_day(school_in_memory, world, olim) == date(2023, 12, 1)


def test_a_corrected_day_leaves_no_mark_charge_or_place_before_it(
    school: Educore, world: World, clock: FixedClock
) -> None:
    olim, evening = register(school, world), world.tashkent.evening
    marked, later = lesson(school, world, date(2024, 1, 10)), date(2024, 1, 11)
    clock.advance(days=60)
    with school.work(world.dilshod) as uow:
        mark = mark_attendance(uow, session_id=marked.id, student_id=olim.id, status=PRESENT)
    with expect_invalid(Conflict) as codes:
        correct(school, world, olim, later)
    assert codes == {"enrollment_date": "marked_before"}
    assert correct(school, world, olim, marked.date).enrollment_date == marked.date
    with school.work(world.dilshod) as uow:
        perform(uow, Attendance, "delete", mark.id)
        perform(uow, Group, "update", evening.id, {"monthly_fee": 30})
        run = perform(uow, ChargeRun, "create", fields={"month": "2024-01", "due_date": date(2024, 4, 1)})
    assert correct(school, world, olim, date(2024, 1, 31)).enrollment_date == date(2024, 1, 31)
    with expect_invalid(Conflict) as codes:
        correct(school, world, olim, FEBRUARY)
    assert codes == {"enrollment_date": "charged_before"}
    with school.work(world.dilshod) as uow:
        perform(uow, ChargeRun, "revert", run.id)
        leave_group(uow, group_id=evening.id, student_id=olim.id)
    with expect_invalid() as codes:
        correct(school, world, olim, date(2024, 3, 2))
    assert codes == {"enrollment_date": "left_before"}
    assert correct(school, world, olim, FEBRUARY).enrollment_date == FEBRUARY


def test_a_place_that_was_left_before_it_began_was_never_held(school: Educore, world: World) -> None:
    olim, group = register(school, world, enrollment_date=date(2024, 1, 20)), world.tashkent.evening
    seen = {"month": "2024-01", "due_date": FEBRUARY, "group_ids": [group.id]}
    with school.work(world.dilshod) as uow:
        assert [line.student_id for line in preview_charges(uow, **seen)] == [olim.id]
        leave_group(uow, group_id=group.id, student_id=olim.id)
        (place,) = uow.find(Enrollment, where(student_id=olim.id))
        assert (place.left_on, place.was_never_held) == (TODAY, True)
        assert preview_charges(uow, **seen) == []


# -- rosters -------------------------------------------------------------------------------------------


def test_nobody_is_marked_in_a_lesson_before_they_joined_or_after_they_left(
    school: Educore, world: World, clock: FixedClock
) -> None:
    olim = register(school, world, enrollment_date=date(2024, 1, 10))
    lessons = {day: lesson(school, world, date(2024, 1, day)) for day in (9, 10, 20, 21)}
    clock.advance(days=19)
    with school.work(world.dilshod) as uow:
        leave_group(uow, group_id=world.tashkent.evening.id, student_id=olim.id)
    clock.advance(days=10)
    for day, code in ((9, "joined_later"), (10, None), (20, None), (21, "not_in_group")):
        one: dict[str, Any] = {"student_id": olim.id, "status": PRESENT}
        if code is None:
            with school.work(world.dilshod) as uow:
                mark_attendance(uow, session_id=lessons[day].id, **one)
                mark_class(uow, lessons[day], marks=[one])
            continue
        with expect_invalid() as codes, school.work(world.dilshod) as uow:
            mark_attendance(uow, session_id=lessons[day].id, **one)
        assert codes == {"student_id": code}, day
        with expect_invalid() as codes, school.work(world.dilshod) as uow:
            mark_class(uow, lessons[day], marks=[one])
        assert codes == {"marks.0.student_id": code}, day


def test_the_reason_names_the_student_and_the_day_they_joined(school_in_memory: Educore, world: World) -> None:
    olim = register(school_in_memory, world, enrollment_date=date(2024, 1, 10))
    today = lesson(school_in_memory, world, TODAY)
    with pytest.raises(Invalid) as refused, school_in_memory.work(world.tamara) as uow:
        mark_attendance(uow, session_id=today.id, student_id=olim.id, status=PRESENT)
    assert str(refused.value) == f"student_id: Student {olim.id} joined this group on 2024-01-10, after this day."


def test_a_mark_that_is_stored_can_be_corrected_even_if_the_student_joined_later(school: Educore, world: World) -> None:
    """Marks of before this rule stay marks, and the class can be sent again with them."""
    olim, today = register(school, world, enrollment_date=FEBRUARY), lesson(school, world, TODAY)
    absent = {"student_id": olim.id, "status": AttendanceStatus.ABSENT}
    with school.work(world.dilshod) as uow:
        row = {"session_id": today.id, "student_id": olim.id, "status": PRESENT, "marked_at": uow.ports.clock.now()}
        mark = plain(uow, Attendance).add(Attendance, row)
    with school.work(world.dilshod) as uow:
        assert [found.status for found in mark_class(uow, today, marks=[absent])] == [AttendanceStatus.ABSENT]
        assert correct_attendance(uow, uow.get(Attendance, mark.id), status=PRESENT).status is PRESENT
        perform(uow, Attendance, "delete", mark.id)
    with expect_invalid() as codes, school.work(world.dilshod) as uow:
        mark_class(uow, today, marks=[absent])
    assert codes == {"marks.0.student_id": "joined_later"}
