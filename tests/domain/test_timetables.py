"""The weeks of the classes of a school: sessions follow from slots, in every store."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from educore import Actor, Conflict, Educore, FixedClock, Forbidden, Invalid, NotFound, Ports, Role, perform, where
from educore.courses import Course
from educore.kernel.store import Store
from educore.timetable import (
    RegisterStatus,
    Series,
    Session,
    Timetable,
    add_slot,
    archive_slot,
    archive_timetable,
    cancel_session,
    change_slot,
    change_timetable,
    open_timetable,
    restore_slot,
    restore_timetable,
)
from support.cast import World
from support.plain_rows import change_row
from support.refusals import expect_invalid
from support.school_cast import School, create_school

EIGHT: dict[str, Any] = {"start_time": time(8), "end_time": time(9)}
NINE: dict[str, Any] = {"start_time": time(9), "end_time": time(10)}
NOVEMBER: dict[str, Any] = {"effective_from": date(2024, 11, 1), "effective_to": date(2024, 11, 30)}
MONDAYS = [date(2024, 11, day) for day in (4, 11, 18, 25)]
TUESDAYS = [date(2024, 11, day) for day in (5, 12, 19, 26)]


@pytest.fixture
def platform(store: Store, ports: Ports) -> Educore:
    """Both towns and the school, in each of the stores in turn."""
    return Educore(store, ports)


@pytest.fixture
def school(platform: Educore, world: World, clock: FixedClock) -> School:
    """The school, on Friday, the first of November 2024."""
    created = create_school(platform, world.rustam)
    clock.time = datetime(2024, 11, 1, 7, tzinfo=UTC)
    return created


@pytest.fixture
def week(platform: Educore, school: School) -> Timetable:
    """The timetable of class A in November."""
    with platform.work(school.staff) as uow:
        return open_timetable(uow, group_id=school.class_a.id, **NOVEMBER)


def add(platform: Educore, school: School, week: Timetable, **fields: Any) -> Series:
    """A slot on Mondays at eight, taught by Touria in the room of the school, unless the fields say otherwise."""
    usual = {"weekday": "mon", "teacher_id": school.second_teacher.teacher_id, "room_id": school.room.id}
    with platform.work(school.staff) as uow:
        return add_slot(uow, timetable_id=week.id, **{**EIGHT, "course_id": school.course.id, **usual, **fields})


def planned(platform: Educore, school: School, slot: Series) -> list[date]:
    """The days of the sessions of a slot that are not cancelled."""
    with platform.work(school.director) as uow:
        found = uow.find(Session, where(series_id=slot.id, is_cancelled=False), order=("date",))
    return [session.date for session in found]


# -- slots ---------------------------------------------------------------------------------------------


def test_a_slot_plans_a_session_for_each_of_its_days(platform: Educore, school: School, week: Timetable) -> None:
    slot = add(platform, school, week)
    assert planned(platform, school, slot) == MONDAYS
    with platform.work(school.director) as uow:
        session = uow.find(Session, where(series_id=slot.id), order=("date",), limit=1)[0]
    assert (session.group_id, session.course_id) == (school.class_a.id, school.course.id)
    assert (session.teacher_id, session.room_id) == (school.second_teacher.teacher_id, school.room.id)
    assert (session.starts_at, session.minutes) == (datetime(2024, 11, 4, 3, tzinfo=UTC), 60)
    assert session.register_status is None


def test_a_timetable_without_an_end_lasts_as_long_as_the_year(platform: Educore, school: School) -> None:
    with platform.work(school.staff) as uow:
        week = open_timetable(uow, group_id=school.class_a.id, effective_from=date(2024, 1, 1))
    days = planned(platform, school, add(platform, school, week))
    assert (days[0], days[-1], len(days)) == (date(2024, 9, 2), date(2025, 6, 30), 44)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"effective_from": date(2025, 7, 1)}, {"effective_from": "outside_year"}),
        ({"effective_to": date(2024, 10, 1)}, {"effective_to": "ends_before_start"}),
        ({"group_id": 99_999}, {"group_id": "unknown_id"}),
    ],
)
def test_a_timetable_that_cannot_be_is_refused(
    platform: Educore, school: School, fields: dict[str, Any], problem: dict[str, str]
) -> None:
    right = {"group_id": school.class_a.id, "effective_from": date(2024, 11, 1)}
    with platform.work(school.staff) as uow:
        with expect_invalid() as codes:
            open_timetable(uow, **{**right, **fields})
        assert codes == problem
    with platform.work(school.staff) as uow:
        assert open_timetable(uow, **right).is_active


def test_a_cohort_has_no_timetable(platform: Educore, school: School, world: World) -> None:
    with platform.work(world.dilshod) as uow, expect_invalid() as codes:
        open_timetable(uow, group_id=world.tashkent.morning.id, effective_from=date(2024, 11, 1))
    assert codes == {"group_id": "unknown_id"}


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"weekday": "funday"}, {"weekday": "weekdays"}),
        ({"weekday": "mon tue"}, {"weekday": "weekdays"}),
        ({"end_time": time(8)}, {"end_time": "ends_before_start"}),
        ({"course_id": 99_999}, {"course_id": "unknown_id"}),
        ({"room_id": 99_999}, {"room_id": "unknown_id"}),
    ],
)
def test_a_slot_that_cannot_be_is_refused(
    platform: Educore, school: School, week: Timetable, fields: dict[str, Any], problem: dict[str, str]
) -> None:
    with expect_invalid() as codes:
        add(platform, school, week, **fields)
    assert codes == problem
    with platform.work(school.director) as uow:
        assert not uow.find(Series)
    assert add(platform, school, week).timetable_id == week.id


def test_one_teacher_is_not_in_two_classes_at_once(platform: Educore, school: School, week: Timetable) -> None:
    add(platform, school, week)
    with platform.work(school.staff) as uow:
        other = open_timetable(uow, group_id=school.class_b.id, **NOVEMBER)
    with pytest.raises(Conflict) as refused:
        add(platform, school, other, room_id=None)
    booked = refused.value.fields["teacher_id"]
    assert [problem.params["date"] for problem in booked] == [day.isoformat() for day in MONDAYS]
    assert planned(platform, school, add(platform, school, other, room_id=None, **NINE)) == MONDAYS


def test_a_slot_that_moves_to_another_weekday_takes_its_coming_sessions_along(
    platform: Educore, school: School, week: Timetable, clock: FixedClock
) -> None:
    slot = add(platform, school, week)
    clock.time = datetime(2024, 11, 14, 7, tzinfo=UTC)
    with platform.work(school.staff) as uow:
        change_slot(uow, slot, weekday="tue", room_id=None)
    assert planned(platform, school, slot) == [*MONDAYS[:2], *TUESDAYS[2:]]
    with platform.work(school.staff) as uow:
        change_slot(uow, slot, weekday="mon")
    assert planned(platform, school, slot) == MONDAYS
    with platform.work(school.director) as uow:
        rows = uow.find(Session, where(series_id=slot.id, is_cancelled=False), order=("date",))
    assert [row.room_id for row in rows] == [school.room.id, school.room.id, None, None]


def test_what_is_marked_or_has_a_register_stays(platform: Educore, school: School, week: Timetable) -> None:
    slot = add(platform, school, week)
    with platform.work(school.director) as uow:
        first, second = uow.find(Session, where(series_id=slot.id), order=("date",), limit=2)
        change_row(uow, second, {"register_status": RegisterStatus.NOT_STARTED})
        change_slot(uow, slot, **NINE)
        assert (uow.get(Session, first.id).start_time, uow.get(Session, second.id).start_time) == (time(9), time(8))
        archive_slot(uow, slot)
    assert planned(platform, school, slot) == [second.date]


def test_a_holiday_stays_free_as_long_as_its_slot_stays(platform: Educore, school: School, week: Timetable) -> None:
    slot = add(platform, school, week)
    with platform.work(school.director) as uow:
        cancel_session(uow, uow.find(Session, where(series_id=slot.id, date=MONDAYS[1]))[0])
        change_slot(uow, slot, **NINE)
    assert planned(platform, school, slot) == [MONDAYS[0], *MONDAYS[2:]]


def test_a_slot_that_rests_plans_nothing_and_comes_back(platform: Educore, school: School, week: Timetable) -> None:
    slot = add(platform, school, week)
    with platform.work(school.staff) as uow:
        change_slot(uow, slot, is_active=False)
    assert planned(platform, school, slot) == []
    with platform.work(school.staff) as uow:
        change_slot(uow, slot, is_active=True)
    assert planned(platform, school, slot) == MONDAYS
    with platform.work(school.director) as uow:
        assert uow.count(Session, where(series_id=slot.id)) == len(MONDAYS)


def test_an_archived_slot_frees_its_hour_and_comes_back_only_while_it_is_free(
    platform: Educore, school: School, week: Timetable
) -> None:
    slot = add(platform, school, week)
    with platform.work(school.staff) as uow:
        archive_slot(uow, slot)
        assert not uow.find(Series)
    other = add(platform, school, week)
    with pytest.raises(Conflict) as refused, platform.work(school.staff) as uow:
        restore_slot(uow, slot)
    assert {"group_id", "teacher_id", "room_id"} == set(refused.value.fields)
    with platform.work(school.staff) as uow:
        archive_slot(uow, other)
        restore_slot(uow, slot)
    assert planned(platform, school, slot) == MONDAYS


# -- timetables ----------------------------------------------------------------------------------------


def test_the_slots_of_a_timetable_follow_its_period(platform: Educore, school: School, week: Timetable) -> None:
    slots = [add(platform, school, week), add(platform, school, week, weekday="tue")]
    with platform.work(school.staff) as uow:
        change_timetable(uow, week, effective_to=date(2024, 11, 18))
    assert [planned(platform, school, slot) for slot in slots] == [MONDAYS[:3], TUESDAYS[:2]]
    with platform.work(school.staff) as uow:
        change_timetable(uow, week, effective_from=date(2024, 10, 28), effective_to=date(2024, 11, 30))
    assert planned(platform, school, slots[0]) == [date(2024, 10, 28), *MONDAYS]
    with platform.work(school.staff) as uow:
        change_timetable(uow, week, is_active=False)
    assert planned(platform, school, slots[0]) == [date(2024, 10, 28)]


def test_a_timetable_is_archived_and_restored_with_its_slots(
    platform: Educore, school: School, week: Timetable, clock: FixedClock
) -> None:
    gone, slot = add(platform, school, week), add(platform, school, week, weekday="tue")
    with platform.work(school.staff) as uow:
        archive_slot(uow, gone)
    clock.advance(minutes=1)
    with platform.work(school.staff) as uow:
        archive_timetable(uow, week)
        assert (uow.find(Series), uow.find(Timetable)) == ([], [])
        with pytest.raises(Conflict) as refused:
            restore_slot(uow, gone)
        assert refused.value.fields["timetable_id"][0].code == "archived"
    assert planned(platform, school, slot) == []
    with platform.work(school.staff) as uow:
        restore_timetable(uow, week)
        assert [row.id for row in uow.find(Series)] == [slot.id]
    assert planned(platform, school, slot) == TUESDAYS


# -- rights --------------------------------------------------------------------------------------------


def test_the_office_keeps_timetables_and_everybody_concerned_reads_them(
    platform: Educore, school: School, week: Timetable
) -> None:
    slot = add(platform, school, week)
    seen: Counter[Role] = Counter()
    for role, person in school.people().items():
        with platform.work(person) as uow:
            seen[role] = uow.count(Timetable) + uow.count(Series) + uow.count(Session)
            if role in (Role.DIRECTOR, Role.MANAGER, Role.ADMIN, Role.STAFF):
                perform(uow, Series, "update", slot.id, {"notes": f"by {role}"})
                continue
            with pytest.raises((Forbidden, NotFound)):
                perform(uow, Series, "update", slot.id, {"notes": "mine"})
            with pytest.raises((Forbidden, Invalid)):
                perform(uow, Timetable, "create", fields={"group_id": school.class_a.id, **NOVEMBER})
    assert seen == {role: 0 if role is Role.DRIVER else 6 for role in school.people()}


def test_nobody_elsewhere_sees_a_timetable(platform: Educore, school: School, week: Timetable, world: World) -> None:
    add(platform, school, week)
    strangers: list[Actor] = [world.dilshod, school.second_parent, school.newcomer]
    for stranger in strangers:
        with platform.work(stranger) as uow:
            assert (uow.count(Timetable), uow.count(Series, where(timetable_id=week.id))) == (0, 0)
            assert uow.count(Session, where(group_id=school.class_a.id)) == 0


def test_an_archived_course_keeps_its_lessons(platform: Educore, school: School, week: Timetable) -> None:
    slot = add(platform, school, week)
    with platform.work(school.director) as uow:
        with pytest.raises(Conflict) as refused:
            perform(uow, Course, "archive", school.course.id)
        assert refused.value.fields[""][0].params["by"] == {"Series": 1}
        archive_slot(uow, slot)
        perform(uow, Course, "archive", school.course.id)
        assert uow.find(Session)[0].course_id == school.course.id
