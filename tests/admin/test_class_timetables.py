"""The timetables of classes in the admin of a school: the screens, the slots, and the week to print."""

from __future__ import annotations

import re
from datetime import date, time

import pytest

from educore import Role, perform
from educore.organization import CenterKind
from educore.people import register_staff
from educore.timetable import Series, Session, Timetable
from support.admin.browser import page_text
from support.admin.forms import read_form
from support.admin.structure import add_structure
from support.admin.town import PASSWORD, build_town
from support.statement_counts import record_statements


@pytest.fixture(scope="module")
def school():
    """A town whose Centers are schools, each with a class, and a clerk of one of them."""
    world = build_town(kind=CenterKind.SCHOOL)
    world.has = add_structure(world)["Registon"]
    account = {"username": "samira", "password": PASSWORD, "first_name": "Samira", "last_name": "Registon"}
    with world.as_boss() as uow:
        register_staff(uow, account=account, role=Role.STAFF, center_id=world.registon.center)
    yield world
    world.database.close()


@pytest.fixture
def timetable(school):
    """A new timetable of the class, with one slot on Mondays; the one of the test before is archived."""
    with school.as_boss() as uow:
        for old in uow.find(Timetable):
            perform(uow, Timetable, "archive", old.id)
        fields = {"group_id": school.has.group, "effective_from": date(2024, 1, 2)}
        made = perform(uow, Timetable, "create", fields=fields)
        times = {"start_time": time(8), "end_time": time(9), "course_id": school.registon.course}
        perform(uow, Series, "add_slot", fields={"timetable_id": made.id, "weekday": "mon", **times})
    return made


def names_of(page):
    """Return the names of the controls of a form."""
    return set(re.findall(r'name="([a-z_]+)"', page.text))


def slots_of(school, timetable):
    """Return the weekdays and times of the slots of a timetable."""
    found = school.find(Series, timetable_id=timetable.id)
    return sorted((slot.weekdays, slot.start_time, slot.end_time) for slot in found if slot.archived_at is None)


def test_a_clerk_opens_a_timetable_and_adds_hours(school, at, timetable):
    clerk = at("samira")
    form = read_form(clerk.get(f"/timetable/create?group_id={school.has.group}"))
    page = clerk.post("/timetable/create", form | {"effective_from": "2024-03-01"})
    assert "Saved" in page_text(page)
    (newer,) = school.find(Timetable, effective_from=date(2024, 3, 1), archived_at__isnull=True)
    page = clerk.get(f"/timetable/details/{newer.id}")
    address = re.search(r'href="(/admin/series/create\?timetable_id=\d+)"', page.text)[1].removeprefix("/admin")
    page = clerk.get(address)
    form = read_form(page)
    assert {"timetable_id", "weekday", "course_id"} <= names_of(page)
    assert not names_of(page) & {"group_id", "weekdays", "first_date", "topic"}
    answers = {"weekday": "tue", "start_time": "10:00", "end_time": "11:00", "course_id": school.registon.course}
    page = clerk.post(address, form | answers)
    assert re.search(r"\d+ lessons? planned|planned", page_text(page)), page_text(page)
    assert slots_of(school, newer) == [("tue", time(10), time(11))]
    assert school.find(Session, series_id=school.find(Series, timetable_id=newer.id)[0].id)


def test_a_slot_moves_to_another_day_and_is_archived_and_restored(school, at, timetable):
    clerk = at("samira")
    (slot,) = school.find(Series, timetable_id=timetable.id)
    path = f"/series/edit/{slot.id}"
    form = read_form(clerk.get(path))
    assert form["weekday"] == "mon"
    assert "Saved" in page_text(clerk.post(path, form | {"weekday": "wed"}))
    assert slots_of(school, timetable) == [("wed", time(8), time(9))]
    path = f"/series/action/archive?pks={slot.id}"
    clerk.post(path, read_form(clerk.get(path)))
    assert slots_of(school, timetable) == []


def test_a_form_that_is_out_of_date_does_not_move_a_slot_back(school, at, timetable):
    clerk = at("samira")
    (slot,) = school.find(Series, timetable_id=timetable.id)
    form = read_form(clerk.get(f"/series/edit/{slot.id}"))
    with school.as_boss() as uow:
        perform(uow, Series, "update", slot.id, {"weekday": "fri"})
    answer = clerk.post(f"/series/edit/{slot.id}", form | {"weekday": "tue"})
    assert answer.status_code == 409
    assert slots_of(school, timetable) == [("fri", time(8), time(9))]


def test_the_week_of_a_class_shows_its_hours_and_leads_to_new_ones(school, at, timetable):
    clerk = at("samira")
    page = clerk.get(f"/group/details/{school.has.group}")
    assert f"/admin/group/{school.has.group}/week" in page.text
    page = clerk.get(f"/group/{school.has.group}/week")
    (slot,) = school.find(Series, timetable_id=timetable.id)
    assert f'data-slot="{slot.id}"' in page.text
    assert "Registon course" in page_text(page)
    assert f"timetable_id={timetable.id}&amp;weekday=tue&amp;start_time=10%3A00" in page.text
    assert "Saturday" not in page.text
    same = clerk.get(f"/timetable/{timetable.id}/week")
    assert f'data-slot="{slot.id}"' in same.text


def test_a_teacher_sees_the_week_and_cannot_change_it(school, at, timetable):
    teacher, clerk = at("teacher-r"), at("samira")
    path = f"/group/{school.has.group}/week"
    assert "series/create" in clerk.get(path).text
    page = teacher.get(path)
    assert page.status_code == 200
    assert "data-slot" in page.text
    assert "series/create" not in page.text
    assert teacher.get("/series/create").status_code == 403


def test_the_week_of_a_class_of_another_school_is_not_found(school, at, timetable):
    mine, theirs = at("dilnoza-r"), at("dilnoza-z")
    paths = (f"/group/{school.has.group}/week", f"/timetable/{timetable.id}/week")
    assert [mine.get(path).status_code for path in paths] == [200, 200]
    assert [theirs.get(path).status_code for path in paths] == [404, 404]


def test_the_week_takes_as_many_statements_for_many_hours_as_for_one(school, at, timetable):
    clerk, path = at("samira"), f"/group/{school.has.group}/week"
    clerk.get(path)
    counts = []
    for hours in ([], range(9, 15)):
        with school.as_boss() as uow:
            for hour in hours:
                times = {"start_time": time(hour), "end_time": time(hour, 50)}
                perform(uow, Series, "add_slot", fields={"timetable_id": timetable.id, "weekday": "mon", **times})
        with record_statements(school.database.engine) as run:
            assert clerk.get(path).text.count("data-slot") == 1 + len(hours)
        counts.append(len(run))
    assert counts[0] == counts[1] <= 5


def test_a_user_of_several_centers_adds_a_slot_and_plans_a_series(school, at, timetable):
    boss = at("sayyora")
    page = boss.get("/series/create")
    form = read_form(page)
    assert {"timetable_id", "weekday", "group_id", "first_date"} <= names_of(page)
    times = {"start_time": "12:00", "end_time": "13:00"}
    boss.post("/series/create", form | times | {"timetable_id": timetable.id, "weekday": "thu"})
    assert ("thu", time(12), time(13)) in slots_of(school, timetable)
    cohort = {"group_id": school.registon.group, "weekdays": "sat"}
    days = {"first_date": "2024-03-01", "last_date": "2024-03-31"}
    form = read_form(boss.get("/series/create"))
    boss.post("/series/create", form | times | cohort | days)
    assert school.find(Series, group_id=school.registon.group, weekdays="sat")
