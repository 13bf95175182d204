"""The timetable of a class: its slots of the week, and the lessons that follow from them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from educore import where
from educore.timetable import Session
from support.plain_rows import change_row
from support.web.madrasti_classes import Classes
from support.web.madrasti_school import Answer, Caller, School

TIMETABLES, SLOTS = "/attendance/timetables/", "/attendance/timetable-sessions/"
MONDAY = "2024-01-01"
"""Today; it is three in the afternoon in Tashkent."""


@pytest.fixture
def office(school: School) -> Caller:
    """The director."""
    return school.caller("dilshod")


@pytest.fixture
def subject(office: Caller) -> int:
    """Mathematics."""
    made = office.post("/schools/subjects/", {"name": "Mathematics", "code": "MATH"})
    id: int = made["id"]
    return id


def open_timetable(office: Caller, classes: Classes, **fields: Any) -> Answer:
    """Open a timetable for class A."""
    return office.post(
        TIMETABLES, {"class": classes.a, "academic_year": classes.year, "effective_from": MONDAY} | fields
    )


@pytest.fixture
def timetable(office: Caller, classes: Classes) -> int:
    """The timetable of class A from today on."""
    id: int = open_timetable(office, classes)["id"]
    return id


def add(school: School, timetable: int, subject: int, /, **fields: Any) -> Answer:
    """Add a slot: Monday, the first hour in the afternoon, given by Timur."""
    timur = school.member("timur").user_id
    hour = {"timetable": timetable, "day_of_week": 1, "start_time": "14:30", "end_time": "15:30"}
    return school.caller("dilshod").post(SLOTS, hour | {"subject": subject, "teacher": timur} | fields)


def test_a_timetable_names_its_class_and_its_year(school: School, office: Caller, classes: Classes) -> None:
    made = open_timetable(office, classes)
    assert made.status == 201
    assert (made["class"], made["class_name"]) == (classes.a, "1ère Année Primaire - A")
    assert (made["academic_year"], made["academic_year_display"]) == (classes.year, "2023-2024")
    assert (made["effective_from"], made["effective_to"], made["is_active"]) == (MONDAY, None, True)
    assert (made["sessions_count"], made["created_by"]) == (0, school.member("dilshod").user_id)
    assert office.get(f"{TIMETABLES}{made['id']}/").body == made.body
    assert [row["id"] for row in office.get(f"{TIMETABLES}?class={classes.a}")["results"]] == [made["id"]]
    assert office.get(f"{TIMETABLES}?class={classes.b}")["count"] == 0


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"class": 987654}, "class"),
        ({"class": None}, "class"),
        ({"academic_year": 987654}, "academic_year"),
        ({"effective_from": "2024-13-01"}, "effective_from"),
        ({"effective_to": "2023-12-31"}, "effective_to"),
        ({"effective_from": "2030-01-01"}, "effective_from"),
        ({"is_active": "maybe"}, "is_active"),
    ],
)
def test_a_timetable_that_cannot_be_is_refused(
    office: Caller, classes: Classes, fields: dict[str, Any], field: str
) -> None:
    refused = open_timetable(office, classes, **fields)
    assert (refused.status, [*refused.details]) == (400, [field])
    assert office.get(TIMETABLES)["count"] == 0


def test_a_slot_is_planned_at_once(school: School, office: Caller, timetable: int, subject: int) -> None:
    made = add(school, timetable, subject, session_type="lab", notes="With a ruler")
    assert (made.status, made["session_order"], made["class_name"]) == (201, 1, "1ère Année Primaire - A")
    assert (made["day_of_week"], made["day_name"]) == (1, "Monday")
    assert (made["start_time"], made["end_time"], made["session_type"]) == ("14:30", "15:30", "LAB")
    assert (made["subject_name"], made["teacher_name"]) == ("Mathematics", "Timur Timurov")
    assert add(school, timetable, subject, start_time="08:00", end_time="09:00")["session_order"] == 1
    assert office.get(f"{SLOTS}{made['id']}/")["session_order"] == 2
    assert office.get(f"{TIMETABLES}{timetable}/")["sessions_count"] == 2
    with school.site.platform.school.work(school.site.world.rustam, read_only=True) as uow:
        lessons = uow.find(Session, order=("date",))
        assert {lesson.date.weekday() for lesson in lessons if lesson.series_id == made["id"]} == {0}
    french = office.get(f"{SLOTS}{made['id']}/", accept_language="fr")
    assert french["day_name"] == "lundi"
    assert office.get(f"{SLOTS}{made['id']}/", accept_language="ar")["day_name"] == "الاثنين"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"day_of_week": 0}, "day_of_week"),
        ({"day_of_week": 8}, "day_of_week"),
        ({"day_of_week": "monday"}, "day_of_week"),
        ({"end_time": "14:00"}, "end_time"),
        ({"start_time": "25:00"}, "start_time"),
        ({"teacher": 987654}, "teacher"),
        ({"subject": 987654}, "subject"),
        ({"room": 987654}, "room"),
        ({"timetable": 987654}, "timetable"),
        ({"session_type": "PARTY"}, "session_type"),
    ],
)
def test_a_slot_that_cannot_be_is_refused(
    school: School, timetable: int, subject: int, fields: dict[str, Any], field: str
) -> None:
    refused = add(school, timetable, subject, **fields)
    assert (refused.status, [*refused.details]) == (400, [field])
    assert add(school, timetable, subject).status == 201


def test_the_class_the_teacher_and_the_room_are_in_one_place_at_a_time(
    school: School, office: Caller, classes: Classes, timetable: int, subject: int
) -> None:
    tamara = school.member("tamara").user_id
    assert add(school, timetable, subject).status == 201
    assert add(school, timetable, subject, teacher=tamara, start_time="15:00", end_time="16:00").status == 400
    other = open_timetable(office, classes, **{"class": classes.b})["id"]
    refused = add(school, other, subject, start_time="15:00", end_time="16:00")
    assert (refused.status, [*refused.details]) == (400, ["teacher"])
    assert add(school, other, subject, teacher=tamara, start_time="15:00", end_time="16:00").status == 201


def test_a_slot_moves_and_comes_back(school: School, office: Caller, timetable: int, subject: int) -> None:
    made = add(school, timetable, subject)
    path = f"{SLOTS}{made['id']}/"
    moved = office.send("PATCH", path, {"day_of_week": 5})
    assert (moved.status, moved["day_of_week"], moved["day_name"]) == (200, 5, "Friday")
    assert office.send("PUT", path, dict(moved.body)).body == moved.body
    assert office.get(f"{SLOTS}?day_of_week=5")["count"] == 1
    assert office.get(f"{SLOTS}?day_of_week=1")["count"] == 0
    deleted = office.send("DELETE", path)
    assert (deleted.status, deleted["deleted"]) == (200, True)
    assert office.get(path).status == 404
    assert office.post(f"{path}restore/").body == moved.body


def test_who_sees_the_timetable(school: School, office: Caller, classes: Classes, timetable: int, subject: int) -> None:
    add(school, timetable, subject, teacher=school.member("tamara").user_id)
    seen = {"dilshod": 1, "salima": 1, "timur": 1, "tamara": 1, "sardor": 1, "sevara": 0, "parvin": 0}
    for name, count in seen.items():
        caller = school.caller(name)
        assert (caller.get(TIMETABLES)["count"], caller.get(SLOTS)["count"]) == (count, count), name
    office.post(
        "/users/guardianships/", {"parent": school.member("parvin").user_id, "student": school.member("sardor").user_id}
    )
    assert school.caller("parvin").get(SLOTS)["count"] == 1
    assert school.caller("davud").get(TIMETABLES)["results"] == []
    assert school.caller("timur").get(f"{SLOTS}?my_sessions=true")["count"] == 0
    assert school.caller("tamara").get(f"{SLOTS}?my_sessions=true")["count"] == 1
    for name in ("timur", "sardor", "davud"):
        assert add_as(school, name, timetable, subject).status == 403


def add_as(school: School, name: str, timetable: int, subject: int) -> Answer:
    """Somebody else tries to add a slot."""
    teacher = school.member("timur").user_id
    hour = {"timetable": timetable, "day_of_week": 2, "start_time": "08:00", "end_time": "09:00"}
    return school.caller(name).post(SLOTS, hour | {"subject": subject, "teacher": teacher})


def test_the_lessons_of_today(school: School, office: Caller, classes: Classes, timetable: int, subject: int) -> None:
    hours = [("14:30", "15:30"), ("08:00", "09:00"), ("16:00", "17:00")]
    slots = [add(school, timetable, subject, start_time=begins, end_time=ends)["id"] for begins, ends in hours]
    add(school, timetable, subject, day_of_week=2)
    today = school.caller("timur").get(f"{SLOTS}today_sessions/")
    assert (today["date"], today["teacher_id"]) == (MONDAY, school.member("timur").user_id)
    assert [(row["id"], row["start_time"], row["status"]) for row in today["sessions"]] == [
        (slots[1], "08:00", "completed"),
        (slots[0], "14:30", "active"),
        (slots[2], "16:00", "upcoming"),
    ]
    first = today["sessions"][0]
    assert (first["subject"], first["class"], first["room"]) == ("Mathematics", "1ère Année Primaire - A", None)
    assert (first["attendance_session"], first["students_count"]) == (None, 1)
    assert school.caller("tamara").get(f"{SLOTS}today_sessions/")["sessions"] == []
    pupil = school.caller("sardor").get(f"{SLOTS}today_sessions/")
    assert (pupil["teacher_id"], len(pupil["sessions"])) == (None, 3)
    assert len(office.get(f"{SLOTS}today_sessions/")["sessions"]) == 3
    with school.site.platform.school.work(school.site.world.rustam) as uow:
        (lesson,) = uow.find(Session, where(series_id=slots[1], date=date(2024, 1, 1)))
        change_row(uow, lesson, {"register_status": "in_progress"})
    opened = school.caller("timur").get(f"{SLOTS}today_sessions/")["sessions"][0]
    assert opened["attendance_session"] == lesson.id


def test_the_lessons_of_a_week(school: School, office: Caller, classes: Classes, timetable: int, subject: int) -> None:
    monday, friday = (add(school, timetable, subject, day_of_week=day)["id"] for day in (1, 5))
    week = office.get(f"{SLOTS}weekly_schedule/?date=2024-01-11", accept_language="fr")
    assert (week["week_start"], week["week_end"]) == ("2024-01-08", "2024-01-14")
    assert [day["day_name"] for day in week["days"]][:2] == ["lundi", "mardi"]
    assert [[row["id"] for row in day["sessions"]] for day in week["days"]] == [[monday], [], [], [], [friday], [], []]
    assert office.get(f"{SLOTS}weekly_schedule/?class={classes.b}")["days"][0]["sessions"] == []
    assert office.get(f"{SLOTS}weekly_schedule/?date=yesterday").status == 400
    assert school.caller("tamara").get(f"{SLOTS}my_schedule/")["days"][0]["sessions"] == []
    assert len(school.caller("timur").get(f"{SLOTS}my_schedule/")["days"][0]["sessions"]) == 1
    assert len(school.caller("sardor").get(f"{SLOTS}my_schedule/")["days"][4]["sessions"]) == 1
    assert school.caller("davud").get(f"{SLOTS}my_schedule/").status == 403
