"""A lesson is planned and taken at one server, the mother hears of it at another, and both reports agree."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from websockets.sync.client import connect

from educore import Actor, Educore, memory_ports
from educore.adapters.clock import SystemClock
from educore.adapters.sql import Database, PostgresCarrier
from educore.adapters.tokens import JwtTokens
from educore.attendance import class_statistics, student_history
from educore.organization.queries import local_today
from educore.people import Student, sign_in
from educore.schooling import AcademicYear
from educore_web.apis.madrasti import SPEC
from support.cast import PASSWORD, ROOT
from support.plain_rows import change_row
from support.real_server import PATIENCE, SECRET, Connection, Server, run_server
from support.school_cast import School, create_school


@dataclass
class Site:
    """Two server processes over one PostgreSQL with a school, whose year is the present one."""

    servers: list[Server]
    educore: Educore
    school: School

    def line(self, name: str) -> Connection:
        """Somebody at the first server."""
        return self.servers[0].line(self.token(name))

    def token(self, name: str) -> str:
        """An access token of somebody."""
        return sign_in(self.educore, username=name, password=PASSWORD).access


@pytest.fixture
def site(open_database: Callable[..., Database], tmp_path: Any) -> Iterator[Site]:
    """The school, at both servers."""
    from alembic import command

    database, clock = open_database("postgresql"), SystemClock()
    with database.engine.begin() as connection:
        command.stamp(database._alembic(connection), "head")
    with ExitStack() as stack:
        carrier = stack.enter_context(closing(PostgresCarrier(database.url)))
        ports = replace(memory_ports(clock), tokens=JwtTokens(SECRET, clock), carrier=carrier)
        platform = Educore(database.store, ports)
        school = create_school(platform, ROOT)
        with platform.work(ROOT) as uow:
            today = local_today(uow, school.center.id)
            dates = {"start_date": today - timedelta(days=60), "end_date": today + timedelta(days=60)}
            change_row(uow, uow.get(AcademicYear, school.year.id), dates)
        settings = {"worker": "false", "pool_size": "3"}
        servers = [stack.enter_context(run_server(database.url, tmp_path, **settings)) for _ in range(2)]
        yield Site(servers, platform, school)


def call(line: Connection, method: str, path: str, body: Any = None, *, status: int = HTTPStatus.OK) -> Any:
    """An answer of Madrasti."""
    reply = line.send(method, f"{SPEC.prefix}{SPEC.base}/attendance{path}", body)
    assert reply.status == status, (method, path, reply.content)
    return reply.json


def plan_lesson(site: Site, office: Connection, day: Any) -> int:
    """A lesson of class A every week on a day; gives its slot."""
    people, period = site.school, {"effective_from": day.isoformat()}
    place = {"class": people.class_a.id, "academic_year": people.year.id}
    timetable = call(office, "POST", "/timetables/", place | period, status=HTTPStatus.CREATED)["id"]
    hour = {"day_of_week": day.weekday() + 1, "start_time": "08:00", "end_time": "09:00"}
    taught = {"subject": people.course.id, "teacher": people.teacher.user_id}
    slot = {"timetable": timetable, **hour, **taught}
    id: int = call(office, "POST", "/timetable-sessions/", slot, status=HTTPStatus.CREATED)["id"]
    return id


def reports(site: Site, who: Actor, day: Any) -> tuple[Any, Any]:
    """The figures of the class and those of the pupil, of one day."""
    with site.educore.work(who, read_only=True) as uow:
        pupil = uow.get(Student, site.school.student.student_id or 0)
        period = {"first": day, "last": day}
        return class_statistics(uow, site.school.class_a, **period), student_history(uow, pupil, **period)


def test_the_mother_hears_of_an_absence_and_of_its_resolution(site: Site) -> None:
    people, office, teacher = site.school, site.line("samira"), site.line("tarik")
    with site.educore.work(ROOT, read_only=True) as uow:
        today = local_today(uow, people.center.id)
    slot = plan_lesson(site, office, today)
    lesson = {"timetable_session": slot, "date": today.isoformat()}
    register = call(teacher, "POST", "/sessions/", lesson, status=HTTPStatus.CREATED)["id"]
    started = call(teacher, "POST", f"/sessions/{register}/start/")
    assert [pupil["student_id"] for pupil in started["students"]] == [people.student.user_id]

    url = f"ws://127.0.0.1:{site.servers[1].port}{SPEC.prefix}/ws/notifications/{people.parent.user_id}/"
    headers = {"Authorization": f"Bearer {site.token('meryem')}"}
    with connect(url, additional_headers=headers, proxy=None) as mother:
        mother.send(json.dumps({"type": "heartbeat"}))
        assert json.loads(mother.recv(timeout=PATIENCE)) == {"type": "heartbeat"}
        absent = {"attendance_data": [{"student": people.student.user_id, "status": "absent"}]}
        marked = call(teacher, "POST", f"/sessions/{register}/bulk_mark/", absent)
        assert (marked["absent_count"], marked["flags_created"], marked["notifications_sent"]) == (1, 1, 1)
        frame = json.loads(mother.recv(timeout=PATIENCE))
    assert frame["type"] == "attendance_alert"
    assert (frame["data"]["student_id"], frame["data"]["status"]) == (people.student.user_id, "absent")
    assert (frame["data"]["flag_created"], frame["data"]["session_time"]) == (True, "08:00")
    again = call(teacher, "POST", f"/sessions/{register}/bulk_mark/", absent)
    assert again["notifications_sent"] == 0
    assert call(teacher, "POST", f"/sessions/{register}/complete/")["status"] == "COMPLETED"

    (flag,) = call(office, "GET", "/absence-flags/")["results"]
    assert flag["parent_notified"] is True
    finding = {"resolution_type": "justified", "resolution_notes": "Certificat médical", "mark_excused": True}
    resolved = call(office, "POST", f"/absence-flags/{flag['id']}/resolve/", finding)
    assert (resolved["status"], resolved["absences_updated"], resolved["parent_notified"]) == ("RESOLVED", 1, True)
    told = call(site.servers[1].line(site.token("meryem")), "GET", "/notifications/unread/")["results"]
    assert [row["notification_type"] for row in told] == ["FLAG_RESOLVED", "ABSENCE_ALERT"]

    of_class, of_pupil = reports(site, people.director, today)
    (entry,) = of_class.students
    assert entry.figures == of_pupil.figures
