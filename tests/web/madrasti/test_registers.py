"""The register of a lesson from its start to its completion, and the marks in it one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from educore import where
from educore.attendance import AbsenceFlag, Attendance, AttendanceCorrection
from educore.groups import Group, enroll_in_class, register_student
from educore.messaging import Notification
from support.cast import account
from support.plain_rows import change_row
from support.statement_counts import record_statements
from support.web.madrasti_classes import Classes
from support.web.madrasti_school import Answer, Caller, School

REGISTERS, RECORDS = "/attendance/sessions/", "/attendance/records/"
MONDAY, YESTERDAY, NEXT_MONDAY = "2024-01-01", "2023-12-31", "2024-01-08"
"""Today it is three in the afternoon in Tashkent."""


@dataclass(frozen=True)
class Lesson:
    """Mathematics on Monday afternoon in class A, given by Tamara; Timur is the class teacher.

    Sardor and Sevara are in the class, Shirin left it before today.
    """

    school: School
    slot: int
    sardor: int
    sevara: int
    shirin: int

    @property
    def tamara(self) -> Caller:
        """The teacher of the hour."""
        return self.school.caller("tamara")

    @property
    def office(self) -> Caller:
        """The clerk."""
        return self.school.caller("salima")

    def prepare(self, day: str = MONDAY) -> Answer:
        """Prepare the register."""
        return self.tamara.post(REGISTERS, {"timetable_session": self.slot, "date": day})

    def start(self) -> str:
        """Prepare and start the register of today, and return its path."""
        path = f"{REGISTERS}{self.prepare()['id']}/"
        assert self.tamara.post(f"{path}start/").status == 200
        return path

    def mark(self, path: str, *marks: Mapping[str, Any]) -> Answer:
        """Mark students."""
        return self.tamara.post(f"{path}bulk_mark/", {"attendance_data": marks})

    def count(self, *kinds: type[Any]) -> list[int]:
        """Return how many rows of some kinds there are about the lessons."""
        here = where(session__series_id=self.slot)
        with self.school.site.platform.school.work(self.school.site.world.rustam, read_only=True) as uow:
            return [uow.count(kind, here) for kind in kinds]


@pytest.fixture
def lesson(school: School, classes: Classes) -> Lesson:
    """The lesson, whose register nobody has opened."""
    world, platform = school.site.world, school.site.platform.school
    sevara, shirin = (school.member(name) for name in ("sevara", "shirin"))
    with platform.work(world.dilshod) as uow:
        change_row(uow, uow.get(Group, classes.a), {"capacity": None})
        enroll_in_class(uow, group_id=classes.a, student_id=world.sevara.student_id or 0)
        since = date(2023, 12, 4)
        left = enroll_in_class(uow, group_id=classes.a, student_id=world.shirin.student_id or 0, enrolled_on=since)
        change_row(uow, left, {"left_on": date(2023, 12, 29)})
    office = school.caller("dilshod")
    subject = office.post("/schools/subjects/", {"name": "Mathematics", "code": "MATH"})["id"]
    week = {"class": classes.a, "academic_year": classes.year, "effective_from": MONDAY}
    timetable = office.post("/attendance/timetables/", week)["id"]
    hour = {"timetable": timetable, "day_of_week": 1, "start_time": "14:30", "end_time": "15:30", "subject": subject}
    slot = office.post("/attendance/timetable-sessions/", hour | {"teacher": school.member("tamara").user_id})["id"]
    sardor = school.member("sardor").user_id
    return Lesson(school, slot, sardor, sevara.user_id, shirin.user_id)


# -- a lesson ------------------------------------------------------------------------------------------


def test_a_register_is_prepared_started_taken_and_completed(lesson: Lesson) -> None:
    tamara = lesson.school.member("tamara").user_id
    made = lesson.prepare()
    assert (made.status, made["timetable_session"], made["date"]) == (201, lesson.slot, MONDAY)
    assert (made["status"], made["started_at"], made["started_by"]) == ("NOT_STARTED", None, None)
    assert [made[f"{name}_count"] for name in ("present", "absent", "late", "not_marked")] == [0, 0, 0, 2]
    path = f"{REGISTERS}{made['id']}/"
    today = lesson.tamara.get("/attendance/timetable-sessions/today_sessions/")["sessions"]
    assert [row["attendance_session"] for row in today] == [made["id"]]

    started = lesson.tamara.post(f"{path}start/")
    assert (started["id"], started["status"], started["total_students"]) == (made["id"], "IN_PROGRESS", 2)
    assert started["started_at"] == "2024-01-01T10:00:00Z"
    assert [row["student_id"] for row in started["students"]] == [lesson.sardor, lesson.sevara]
    assert [row["attendance_status"] for row in started["students"]] == ["not_marked", "not_marked"]

    marked = lesson.mark(
        path,
        {"student": lesson.sardor, "status": "PRESENT", "arrived_late": True, "late_minutes": 5},
        {"student": lesson.sevara, "status": "absent", "absence_reason": "illness", "notes": "Her mother called"},
    )
    assert marked.status == 200
    assert marked.body == {
        "marked_count": 2,
        "present_count": 0,
        "absent_count": 1,
        "late_count": 1,
        "flags_created": 1,
        "notifications_sent": 0,
    }
    [first, second] = lesson.tamara.get(f"{path}students/").body
    assert (first["attendance_status"], first["status"], first["previous_attendance"]) == ("late", "late", None)
    assert first["student"] == {"id": lesson.sardor, "full_name": "Sardor Sardorov", "email": "sardor@school.example"}
    assert second["status"] == "absent"

    completed = lesson.tamara.post(f"{path}complete/")
    assert (completed["status"], completed["completed_at"]) == ("COMPLETED", "2024-01-01T10:00:00Z")
    assert (completed["started_by"], completed["completed_by"]) == (tamara, tamara)
    assert (completed["total_students"], completed["attendance_percentage"]) == (2, 50.0)
    assert lesson.office.get(path).body == completed.body
    assert lesson.office.get(f"{REGISTERS}?status=completed&date={MONDAY}")["count"] == 1
    [late, absent] = lesson.office.get(f"{RECORDS}?session={made['id']}&ordering=id")["results"]
    assert (late["status"], late["arrived_late"], late["late_minutes"], late["is_excused"]) == ("LATE", True, 5, False)
    assert (absent["status"], absent["absence_reason"], absent["notes"]) == ("ABSENT", "illness", "Her mother called")
    assert absent["marked_by"] == tamara


def test_what_was_marked_before_is_told_whoever_gave_that_lesson(lesson: Lesson) -> None:
    director, timur = lesson.school.caller("dilshod"), lesson.school.member("timur").user_id
    subject = director.get("/schools/subjects/?search=Math")["results"][0]["id"]
    timetable = director.get("/attendance/timetables/")["results"][0]["id"]
    hour = {"timetable": timetable, "day_of_week": 1, "start_time": "08:00", "end_time": "09:00", "subject": subject}
    morning = director.post("/attendance/timetable-sessions/", hour | {"teacher": timur})["id"]
    opened = director.post(REGISTERS, {"timetable_session": morning, "date": MONDAY})["id"]
    director.post(f"{REGISTERS}{opened}/start/")
    late = {"student": lesson.sardor, "status": "late"}
    assert director.post(f"{REGISTERS}{opened}/bulk_mark/", {"attendance_data": [late]}).status == 200
    students = lesson.tamara.get(f"{lesson.start()}students/").body
    assert [row["previous_attendance"] for row in students] == ["late", None]


def test_steps_in_another_order_are_refused(lesson: Lesson) -> None:
    path = f"{REGISTERS}{lesson.prepare()['id']}/"
    present = {"student": lesson.sardor, "status": "present"}
    assert [lesson.tamara.post(f"{path}complete/").status, lesson.mark(path, present).status] == [400, 400]
    assert lesson.tamara.post(f"{path}start/").status == 200
    assert [lesson.tamara.post(f"{path}start/").status, lesson.tamara.send("DELETE", path).status] == [400, 400]
    assert lesson.tamara.post(f"{path}complete/").status == 200
    assert [lesson.tamara.post(f"{path}complete/").status, lesson.mark(path, present).status] == [400, 400]
    assert lesson.count(Attendance) == [0]
    corrected = lesson.office.post(f"{path}bulk_mark/", {"attendance_data": [present]})
    assert (corrected.status, corrected["present_count"]) == (200, 1)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"date": YESTERDAY}, "date"),
        ({"date": "2023-12-25"}, "date"),
        ({"date": "2024-07-01"}, "date"),
        ({"date": "2024-02-30"}, "date"),
        ({"date": None}, "date"),
        ({"timetable_session": 987654}, "timetable_session"),
        ({"status": "OPEN"}, "status"),
    ],
)
def test_a_register_is_that_of_a_lesson_on_its_day(lesson: Lesson, fields: dict[str, Any], field: str) -> None:
    sent = {"timetable_session": lesson.slot, "date": MONDAY} | fields
    refused = lesson.tamara.post(REGISTERS, sent)
    assert (refused.status, [*refused.details]) == (400, [field])
    assert lesson.prepare().status == 201
    again = lesson.prepare()
    assert (again.status, [*again.details]) == (400, ["date"])


def test_a_register_that_was_not_started_moves_and_goes(lesson: Lesson) -> None:
    made = lesson.prepare()
    path = f"{REGISTERS}{made['id']}/"
    moved = lesson.tamara.send("PUT", path, dict(made.body) | {"date": NEXT_MONDAY, "notes": "With a ruler"})
    assert (moved.status, moved["id"], moved["date"], moved["notes"]) == (200, made["id"], NEXT_MONDAY, "With a ruler")
    assert lesson.tamara.post(f"{path}start/").status == 400, "it is in the future"
    assert lesson.tamara.send("PATCH", path, {"date": "2024-01-09"}).status == 400
    back = lesson.tamara.send("PATCH", path, {"date": MONDAY, "status": "COMPLETED"})
    assert (back.status, back["date"], back["status"]) == (200, MONDAY, "NOT_STARTED")
    assert [*lesson.tamara.send("PATCH", path, {"timetable_session": 987654}).details] == ["timetable_session"]
    assert lesson.tamara.send("DELETE", path).status == 204
    assert lesson.tamara.get(path).status == 404
    assert lesson.prepare().status == 201


# -- who -----------------------------------------------------------------------------------------------


def test_a_class_teacher_who_does_not_teach_the_hour_only_looks(lesson: Lesson) -> None:
    timur, lookout = lesson.school.caller("timur"), {"timetable_session": lesson.slot, "date": MONDAY}
    assert timur.post(REGISTERS, lookout).status == 403
    path = lesson.start()
    present = {"student": lesson.sardor, "status": "present"}
    refused = [
        timur.post(f"{path}bulk_mark/", {"attendance_data": [present]}),
        timur.post(f"{path}complete/"),
        timur.send("PATCH", path, {"notes": "Mine"}),
        timur.get(f"{path}students/"),
        timur.post(RECORDS, present | {"session": int(path.split("/")[-2])}),
    ]
    assert [answer.status for answer in refused] == [403] * len(refused)
    assert lesson.count(Attendance) == [0]
    assert lesson.mark(path, present).status == 200
    [record] = timur.get(RECORDS)["results"]
    assert timur.send("PATCH", f"{RECORDS}{record['id']}/", {"notes": "Mine"}).status == 403
    assert timur.get(path)["present_count"] == 1


def test_a_teacher_of_another_class_opens_no_register(lesson: Lesson, classes: Classes) -> None:
    with lesson.school.site.platform.school.work(lesson.school.site.world.dilshod) as uow:
        change_row(uow, uow.get(Group, classes.a), {"teacher_id": None})
    refused = lesson.school.caller("timur").post(REGISTERS, {"timetable_session": lesson.slot, "date": MONDAY})
    assert refused.status == 403
    assert lesson.prepare().status == 201


def test_only_the_director_resets_a_register(lesson: Lesson) -> None:
    path = lesson.start()
    lesson.mark(path, {"student": lesson.sardor, "status": "absent"}, {"student": lesson.sevara, "status": "present"})
    refused = [lesson.school.caller(name).post(f"{path}reset/").status for name in ("salima", "malika", "tamara")]
    assert refused == [403, 403, 403]
    assert lesson.count(Attendance, AttendanceCorrection) == [2, 0]
    reset = lesson.school.caller("dilshod").post(f"{path}reset/")
    assert (reset.status, reset["status"], reset["started_at"]) == (200, "NOT_STARTED", None)
    assert (reset["not_marked_count"], reset["attendance_percentage"]) == (2, 0.0)
    assert lesson.count(Attendance, AttendanceCorrection) == [0, 2]
    with lesson.school.site.platform.school.work(lesson.school.site.world.rustam, read_only=True) as uow:
        assert {flag.status for flag in uow.find(AbsenceFlag, where(session_id=reset["id"]))} == {"dismissed"}


def test_a_pupil_sees_the_figures_of_the_class_and_the_own_record(lesson: Lesson) -> None:
    path = lesson.start()
    lesson.mark(path, {"student": lesson.sardor, "status": "late"}, {"student": lesson.sevara, "status": "present"})
    sardor = lesson.school.caller("sardor")
    assert sardor.get(path).body == lesson.tamara.get(path).body
    [own] = sardor.get(RECORDS)["results"]
    assert own["student"] == lesson.sardor
    [other] = lesson.tamara.get(f"{RECORDS}?student={lesson.sevara}")["results"]
    assert sardor.get(f"{RECORDS}{other['id']}/").status == 404
    assert [sardor.get(f"{path}students/").status, sardor.post(f"{path}start/").status] == [403, 403]
    assert sardor.send("PATCH", f"{RECORDS}{own['id']}/", {"status": "PRESENT"}).status == 403


def test_the_parents_of_an_absent_pupil_are_told_and_counted(lesson: Lesson) -> None:
    parvin, platform = lesson.school.member("parvin").user_id, lesson.school.site.platform.school
    lesson.office.post("/users/guardianships/", {"parent": parvin, "student": lesson.sevara, "relationship": "aunt"})
    path = lesson.start()
    absent = {"student": lesson.sevara, "status": "absent"}
    marked = lesson.mark(path, absent, {"student": lesson.sardor, "status": "present"})
    with platform.work(lesson.school.site.world.rustam, read_only=True) as uow:
        told = uow.as_platform().count(Notification, where(user_id=parvin), to="remind")
    assert marked["notifications_sent"] == told > 0
    again = lesson.mark(path, absent)
    assert (again["absent_count"], again["flags_created"], again["notifications_sent"]) == (1, 0, 0)
    parent = lesson.school.caller("parvin")
    assert [row["student"] for row in parent.get(RECORDS)["results"]] == [lesson.sevara]
    [other] = lesson.tamara.get(f"{RECORDS}?student={lesson.sardor}")["results"]
    assert parent.get(f"{RECORDS}{other['id']}/").status == 404


# -- bad marks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"student": 987654}, "student"),
        ({"student": None}, "student"),
        ({"student": "sobir"}, "student"),
        ({"student": "shirin"}, "student"),
        ({"student": "sardor"}, "student"),
        ({"status": "not_marked"}, "status"),
        ({"status": None}, "status"),
        ({"status": "absent", "arrived_late": True}, "arrived_late"),
        ({"status": "EXCUSED", "late_minutes": 3}, "late_minutes"),
        ({"status": "late", "late_minutes": -1}, "late_minutes"),
        ({"status": "late", "late_minutes": 601}, "late_minutes"),
        ({"status": "late", "late_minutes": 1.5}, "late_minutes"),
        ({"status": "present", "is_excused": True}, "is_excused"),
        ({"client_id": "x" * 65}, "client_id"),
        ({"marked_on_device_at": "2024-01-01T10:00:00"}, "marked_on_device_at"),
        ({"marked_on_device_at": "0001-01-01T00:00:00+14:00"}, "marked_on_device_at"),
    ],
)
def test_one_bad_mark_is_named_by_its_place_and_nothing_is_stored(
    lesson: Lesson, fields: dict[str, Any], field: str
) -> None:
    named = fields.get("student")
    if isinstance(named, str):
        fields = fields | {"student": lesson.school.member(named).user_id}
    path, good = lesson.start(), {"student": lesson.sardor, "status": "present"}
    refused = lesson.mark(path, good, {"student": lesson.sevara, "status": "present"} | fields)
    assert refused.status == 400
    assert [*refused.details] == ["attendance_data"]
    places = [[*entry] for entry in refused.details["attendance_data"]]
    assert places == ([[field], [field]] if named == "sardor" else [[], [field]]), "a doubled pupil is named twice"
    assert lesson.count(Attendance, AbsenceFlag) == [0, 0]
    assert lesson.mark(path, good).status == 200


@pytest.mark.parametrize("body", [{}, {"attendance_data": []}, {"attendance_data": {}}, {"attendance_data": [7]}])
def test_a_register_is_taken_with_marks(lesson: Lesson, body: dict[str, Any]) -> None:
    refused = lesson.tamara.post(f"{lesson.start()}bulk_mark/", body)
    assert (refused.status, [*refused.details]) == (400, ["attendance_data"])


def test_there_is_a_largest_number_of_marks(lesson: Lesson) -> None:
    path, marks = lesson.start(), [{"student": 1_000_000 + number, "status": "present"} for number in range(2001)]
    refused = lesson.mark(path, *marks)
    assert (refused.status, [*refused.details]) == (400, ["attendance_data"])
    assert len(refused.details["attendance_data"]) == 1, "none of them was looked at"


def test_marks_are_taken_under_their_other_names(lesson: Lesson) -> None:
    path, good = lesson.start(), {"student_id": lesson.sardor, "status": "Absent", "is_excused": True}
    refused = lesson.tamara.post(f"{path}bulk_mark/", {"records": [good, {"student_id": 987654, "status": "late"}]})
    assert (refused.status, [*refused.details]) == (400, ["records"])
    assert [[*entry] for entry in refused.details["records"]] == [[], ["student_id"]]
    both = [good | {"student": lesson.sardor}, {"student_id": lesson.sevara, "student": 7, "status": "late"}]
    refused = lesson.tamara.post(f"{path}bulk_mark/", {"records": both})
    assert [[*entry] for entry in refused.details["records"]] == [[], ["student_id"]]
    assert lesson.count(Attendance) == [0]
    marked = lesson.tamara.post(f"{path}bulk_mark/", {"records": [good]})
    assert (marked.status, marked["absent_count"], marked["flags_created"]) == (200, 1, 0)
    assert lesson.tamara.get(RECORDS)["results"][0]["status"] == "EXCUSED"


def test_a_device_that_sends_its_marks_again_changes_nothing(lesson: Lesson) -> None:
    path = lesson.start()
    sent = {"student": lesson.sardor, "client_id": "tablet-1", "marked_on_device_at": "2024-01-01T14:40:00+05:00"}
    first = lesson.mark(path, sent | {"status": "absent"})
    assert (first["absent_count"], first["flags_created"]) == (1, 1)
    lesson.tamara.post(f"{path}bulk_mark/", {"records": [{"student": lesson.sardor, "status": "present"}]})
    rows = lesson.count(Attendance, AttendanceCorrection, AbsenceFlag)
    again = lesson.mark(path, sent | {"status": "absent"})
    assert (again.status, again["marked_count"], again["present_count"], again["flags_created"]) == (200, 1, 1, 0)
    assert lesson.count(Attendance, AttendanceCorrection, AbsenceFlag) == rows
    newer = sent | {"client_id": "tablet-2", "marked_on_device_at": "2024-01-01T10:05:00Z", "status": "late"}
    assert lesson.mark(path, newer)["late_count"] == 1, "and what it marks later counts"


# -- records -------------------------------------------------------------------------------------------


def record(lesson: Lesson, path: str, **fields: Any) -> Answer:
    """Mark Sardor in a register."""
    body = {"session": int(path.split("/")[-2]), "student": lesson.sardor, "status": "PRESENT"}
    return lesson.tamara.post(RECORDS, body | fields)


def test_a_record_is_made_once(lesson: Lesson) -> None:
    path = lesson.start()
    made = record(lesson, path, status="late", late_minutes=7, notes="The bus")
    assert (made.status, made["status"], made["arrived_late"], made["late_minutes"]) == (201, "LATE", True, 7)
    assert (made["student"], made["student_name"]) == (lesson.sardor, "Sardor Sardorov")
    assert made["created_at"] == made["updated_at"] == made["marked_at"] == "2024-01-01T10:00:00Z"
    again = record(lesson, path)
    assert (again.status, [*again.details]) == (400, ["student"])
    assert lesson.tamara.get(path)["late_count"] == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"session": 987654}, "session"),
        ({"student": "shirin"}, "student"),
        ({"student": "sobir"}, "student"),
        ({"status": "ABSENT", "arrived_late": True}, "arrived_late"),
        ({"is_excused": True}, "is_excused"),
        ({"status": "LATE", "late_minutes": 601}, "late_minutes"),
        ({"status": None}, "status"),
    ],
)
def test_a_record_that_cannot_be_is_refused(lesson: Lesson, fields: dict[str, Any], field: str) -> None:
    path = lesson.start()
    if isinstance(name := fields.get("student"), str):
        fields = fields | {"student": lesson.school.member(name).user_id}
    refused = record(lesson, path, **fields)
    assert (refused.status, [*refused.details]) == (400, [field])
    assert lesson.count(Attendance) == [0]
    assert record(lesson, path).status == 201


def test_records_stand_in_registers_that_were_started(lesson: Lesson) -> None:
    path = f"{REGISTERS}{lesson.prepare()['id']}/"
    refused = record(lesson, path)
    assert (refused.status, [*refused.details]) == (400, ["session"])
    lesson.tamara.post(f"{path}start/")
    row = f"{RECORDS}{record(lesson, path)['id']}/"
    lesson.tamara.post(f"{path}complete/")
    assert lesson.tamara.send("PATCH", row, {"status": "LATE"}).status == 400, "it is completed"
    assert lesson.office.send("PATCH", row, {"status": "LATE"})["status"] == "LATE"


@pytest.mark.parametrize(
    ("before", "change", "status", "minutes"),
    [
        ({"status": "LATE", "late_minutes": 5}, {"status": "PRESENT"}, "PRESENT", None),
        ({"status": "LATE", "late_minutes": 5}, {"arrived_late": False}, "PRESENT", None),
        ({"status": "LATE", "late_minutes": 5}, {"status": "ABSENT"}, "ABSENT", None),
        ({"status": "LATE", "late_minutes": 5}, {"late_minutes": 6}, "LATE", 6),
        ({"status": "PRESENT"}, {"arrived_late": True}, "LATE", None),
        ({"status": "PRESENT"}, {"late_minutes": 9}, "LATE", 9),
        ({"status": "PRESENT"}, {"late_minutes": 0}, "PRESENT", None),
        ({"status": "ABSENT"}, {"is_excused": True}, "EXCUSED", None),
        ({"status": "EXCUSED"}, {"is_excused": False}, "ABSENT", None),
        ({"status": "EXCUSED"}, {"status": "absent"}, "ABSENT", None),
    ],
)
def test_of_the_status_and_its_flags_the_one_that_changes_counts(
    lesson: Lesson, before: dict[str, Any], change: dict[str, Any], status: str, minutes: int | None
) -> None:
    made = record(lesson, lesson.start(), **before)
    row = f"{RECORDS}{made['id']}/"
    for method, sent in (("PATCH", change), ("PUT", dict(made.body) | change)):
        changed = lesson.office.send(method, row, sent)
        assert (changed.status, changed["status"], changed["late_minutes"]) == (200, status, minutes), method
        assert (changed["arrived_late"], changed["is_excused"]) == (status == "LATE", status == "EXCUSED")
        assert lesson.office.send("PUT", row, dict(made.body)).status == 200


def test_a_record_keeps_its_register_and_its_pupil(lesson: Lesson) -> None:
    row = f"{RECORDS}{record(lesson, lesson.start())['id']}/"
    assert [*lesson.office.send("PATCH", row, {"student": lesson.sevara}).details] == ["student"]
    other = lesson.prepare(NEXT_MONDAY)["id"]
    assert [*lesson.office.send("PATCH", row, {"session": other}).details] == ["session"]
    assert lesson.office.send("PATCH", row, {"arrived_late": True}).status == 200
    contradictory = lesson.office.send("PATCH", row, {"is_excused": True})
    assert (contradictory.status, [*contradictory.details]) == (400, ["is_excused"])


def test_only_the_office_excuses_afterwards(lesson: Lesson) -> None:
    row = f"{RECORDS}{record(lesson, lesson.start(), status='ABSENT')['id']}/"
    assert lesson.tamara.send("PATCH", row, {"is_excused": True}).status == 403
    assert lesson.office.send("PATCH", row, {"is_excused": True})["status"] == "EXCUSED"


def test_records_are_found_by_day_and_excuse(lesson: Lesson) -> None:
    path = lesson.start()
    lesson.mark(path, {"student": lesson.sardor, "status": "absent"}, {"student": lesson.sevara, "status": "excused"})
    tamara = lesson.school.member("tamara").user_id
    found = {
        query: [row["student"] for row in lesson.tamara.get(f"{RECORDS}?{query}")["results"]]
        for query in (
            "is_excused=false",
            "is_excused=true",
            f"date__gte={NEXT_MONDAY}",
            f"date__lte={MONDAY}&status=absent",
        )
    }
    assert [*found.values()] == [[lesson.sardor], [lesson.sevara], [], [lesson.sardor]]
    assert lesson.tamara.get(f"{RECORDS}?marked_by={tamara}&ordering=-marked_at")["count"] == 2


# -- work ----------------------------------------------------------------------------------------------


def work_for(lesson: Lesson, size: int) -> list[int]:
    """Return the statements that a lesson with some more pupils takes, step by step."""
    world, engine = lesson.school.site.world, lesson.school.site.platform.database.engine
    class_id = lesson.tamara.get(f"/attendance/timetable-sessions/{lesson.slot}/")["class"]
    with lesson.school.site.platform.school.work(world.dilshod) as uow:
        pupils = [
            register_student(uow, account=account(f"Pupil{number}"), branch_id=world.tashkent.branch.id)
            for number in range(size)
        ]
        for pupil in pupils:
            enroll_in_class(uow, group_id=class_id, student_id=pupil.id)
    words = ("present", "absent", "late", "excused")
    marks = [{"student": pupil.user_id, "status": words[number % 4]} for number, pupil in enumerate(pupils)]
    path, tamara = f"{REGISTERS}{lesson.prepare()['id']}/", lesson.tamara
    steps = [
        lambda: tamara.post(f"{path}start/"),
        lambda: tamara.get(f"{path}students/"),
        lambda: tamara.post(f"{path}bulk_mark/", {"attendance_data": marks}),
        lambda: tamara.post(f"{path}complete/"),
        lambda: tamara.get(REGISTERS),
        lambda: tamara.get(RECORDS),
    ]
    counts = []
    for step in steps:
        with record_statements(engine) as statements:
            assert step().status == 200
        counts.append(len(statements))
    return counts


@pytest.fixture
def work_for_three(lesson: Lesson) -> list[int]:
    """The statements for three pupils more."""
    restore = lesson.school.site.snapshot()
    counts = work_for(lesson, 3)
    restore()
    return counts


def test_the_work_does_not_grow_with_the_class(lesson: Lesson, work_for_three: list[int]) -> None:
    counts = work_for(lesson, 30)
    assert counts == work_for_three
    start, students, mark, complete, *lists = counts
    assert (start <= 9, students <= 5, mark <= 22, complete <= 9, max(lists) <= 5) == (True,) * 5, counts
