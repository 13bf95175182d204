"""A lesson is planned and taken at one server, the mother hears of it at another, and both reports agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

import pytest

from educore import Actor
from educore.adapters.sql import Database
from educore.attendance import class_statistics, student_history
from educore.organization.queries import local_today
from educore.people import Student
from support.cast import ROOT
from support.real_server import Connection
from support.two_servers import TwoServers, call, receive, serve_school_twice

ATTENDANCE = "/attendance"


@pytest.fixture
def site(open_database: Callable[..., Database], tmp_path: Any) -> Iterator[TwoServers]:
    """The school, at both servers."""
    with serve_school_twice(open_database("postgresql"), tmp_path) as site:
        yield site


def plan_lesson(site: TwoServers, office: Connection, day: Any) -> int:
    """A lesson of class A every week on a day; gives its slot."""
    people, period = site.school, {"effective_from": day.isoformat()}
    place = {"class": people.class_a.id, "academic_year": people.year.id}
    timetable = call(office, "POST", f"{ATTENDANCE}/timetables/", place | period, status=HTTPStatus.CREATED)["id"]
    hour = {"day_of_week": day.weekday() + 1, "start_time": "08:00", "end_time": "09:00"}
    taught = {"subject": people.course.id, "teacher": people.teacher.user_id}
    slot = {"timetable": timetable, **hour, **taught}
    id: int = call(office, "POST", f"{ATTENDANCE}/timetable-sessions/", slot, status=HTTPStatus.CREATED)["id"]
    return id


def reports(site: TwoServers, who: Actor, day: Any) -> tuple[Any, Any]:
    """The figures of the class and those of the pupil, of one day."""
    with site.educore.work(who, read_only=True) as uow:
        pupil = uow.get(Student, site.school.student.student_id or 0)
        period = {"first": day, "last": day}
        return class_statistics(uow, site.school.class_a, **period), student_history(uow, pupil, **period)


def test_the_mother_hears_of_an_absence_and_of_its_resolution(site: TwoServers) -> None:
    people, office, teacher = site.school, site.line("samira"), site.line("tarik")
    with site.educore.work(ROOT, read_only=True) as uow:
        today = local_today(uow, people.center.id)
    slot = plan_lesson(site, office, today)
    lesson = {"timetable_session": slot, "date": today.isoformat()}
    register = call(teacher, "POST", f"{ATTENDANCE}/sessions/", lesson, status=HTTPStatus.CREATED)["id"]
    started = call(teacher, "POST", f"{ATTENDANCE}/sessions/{register}/start/")
    assert [pupil["student_id"] for pupil in started["students"]] == [people.student.user_id]

    marking = f"{ATTENDANCE}/sessions/{register}/bulk_mark/"
    with site.listen("meryem", people.parent.user_id or 0) as mother:
        absent = {"attendance_data": [{"student": people.student.user_id, "status": "absent"}]}
        marked = call(teacher, "POST", marking, absent)
        assert (marked["absent_count"], marked["flags_created"], marked["notifications_sent"]) == (1, 1, 1)
        frame = receive(mother)
    assert frame["type"] == "attendance_alert"
    assert (frame["data"]["student_id"], frame["data"]["status"]) == (people.student.user_id, "absent")
    assert (frame["data"]["flag_created"], frame["data"]["session_time"]) == (True, "08:00")
    again = call(teacher, "POST", marking, absent)
    assert again["notifications_sent"] == 0
    assert call(teacher, "POST", f"{ATTENDANCE}/sessions/{register}/complete/")["status"] == "COMPLETED"

    (flag,) = call(office, "GET", f"{ATTENDANCE}/absence-flags/")["results"]
    assert flag["parent_notified"] is True
    finding = {"resolution_type": "justified", "resolution_notes": "Certificat médical", "mark_excused": True}
    resolved = call(office, "POST", f"{ATTENDANCE}/absence-flags/{flag['id']}/resolve/", finding)
    assert (resolved["status"], resolved["absences_updated"], resolved["parent_notified"]) == ("RESOLVED", 1, True)
    told = call(site.line("meryem", server=1), "GET", f"{ATTENDANCE}/notifications/unread/")["results"]
    assert [row["notification_type"] for row in told] == ["FLAG_RESOLVED", "ABSENCE_ALERT"]

    of_class, of_pupil = reports(site, people.director, today)
    (entry,) = of_class.students
    assert entry.figures == of_pupil.figures
