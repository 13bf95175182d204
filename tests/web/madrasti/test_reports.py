"""The reports of attendance: of a class, a student, a day, a week and a month, which agree with each other."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from educore import where
from educore.groups import Group, change_group, create_group, enroll_in_class, register_student
from educore.timetable import Session
from support.cast import account
from support.web.madrasti_classes import Classes
from support.web.madrasti_lessons import Lessons, plan_lessons
from support.web.madrasti_school import Answer, Caller, School

REPORTS = "/attendance/reports/"
WEEK = [date(2024, 1, day) for day in (1, 2, 3, 4, 5)]
MARKS: list[tuple[date, dict[str, str]]] = [
    (WEEK[0], {"sardor": "present", "shirin": "present"}),
    (WEEK[1], {"sardor": "absent", "shirin": "present"}),
    (WEEK[2], {"sardor": "late", "shirin": "present"}),
    (WEEK[3], {"sardor": "absent", "shirin": "late"}),
    (WEEK[4], {"sardor": "present", "shirin": "present"}),
]
JANUARY = "start_date=2024-01-01&end_date=2024-01-31"


@pytest.fixture
def lessons(school: School, classes: Classes) -> Lessons:
    """A week of class A, to which Shirin belongs too; on Thursday Sardor is excused.

    The clock stands at Friday.
    """
    planned = plan_lessons(school, classes)
    with school.site.platform.school.work(school.site.world.dilshod) as uow:
        student = school.site.world.shirin.student_id or 0
        enroll_in_class(uow, group_id=classes.a, student_id=student, enrolled_on=WEEK[0])
    for day, marks in MARKS:
        reason = {"absence_reason": "illness"} if day == WEEK[1] else {}
        planned.take(day, {"sardor": marks["sardor"]}, **reason)
        planned.take(day, {"shirin": marks["shirin"]})
        if day != WEEK[-1]:
            school.site.clock.advance(days=1)
    clerk = school.caller("salima")
    (flag,) = (
        row
        for row in clerk.get("/attendance/absence-flags/")["results"]
        if row["session_details"]["date"] == "2024-01-04"
    )
    notes = {"resolution_type": "partial", "resolution_notes": "Medical certificate", "mark_excused": True}
    assert clerk.post(f"/attendance/absence-flags/{flag['id']}/resolve/", notes)["absences_updated"] == 1
    return planned


@pytest.fixture
def office(school: School, lessons: Lessons) -> Caller:
    """The clerk on Friday."""
    return school.caller("salima")


def of_class(caller: Caller, classes: Classes, query: str = JANUARY) -> Answer:
    """The statistics of class A."""
    return caller.get(f"{REPORTS}class_statistics/?class_id={classes.a}&{query}")


def of_student(caller: Caller, school: School, name: str, query: str = JANUARY) -> Answer:
    """The history of a pupil."""
    return caller.get(f"{REPORTS}student_history/?student_id={school.member(name).user_id}&{query}")


# -- figures -------------------------------------------------------------------------------------------


def test_the_statistics_of_a_class(school: School, classes: Classes, office: Caller) -> None:
    report = of_class(office, classes)
    assert report.status == 200
    assert (report["class_id"], report["class_name"]) == (classes.a, "1ère Année Primaire - A")
    assert (report["total_sessions"], report["total_students"]) == (5, 2)
    assert report["statistics"] == {
        "overall_attendance_rate": 80.0,
        "total_absences": 2,
        "total_late_arrivals": 2,
        "excused_absences": 1,
        "unexcused_absences": 1,
        "chronic_absence_students": 0,
        "perfect_attendance_students": 1,
    }
    assert [(day["date"], day["attendance_rate"], day["absent_count"]) for day in report["daily_trends"]] == [
        ("2024-01-01", 100.0, 0),
        ("2024-01-02", 50.0, 1),
        ("2024-01-03", 100.0, 0),
        ("2024-01-04", 50.0, 1),
        ("2024-01-05", 100.0, 0),
    ]
    assert report["student_breakdown"] == [
        {
            "student_id": school.member("sardor").user_id,
            "student_name": "Sardor Sardorov",
            "attendance_rate": 60.0,
            "total_absences": 2,
            "total_late": 1,
            "current_flags": 1,
        },
        {
            "student_id": school.member("shirin").user_id,
            "student_name": "Shirin Shirinov",
            "attendance_rate": 100.0,
            "total_absences": 0,
            "total_late": 1,
            "current_flags": 0,
        },
    ]


def test_the_history_of_a_student_agrees_with_the_class(school: School, classes: Classes, office: Caller) -> None:
    lines = {line["student_id"]: line for line in of_class(office, classes)["student_breakdown"]}
    for name in ("sardor", "shirin"):
        history = of_student(office, school, name)
        line, summary = lines[history["student_id"]], history["summary"]
        assert (summary["attendance_rate"], summary["absent"], summary["late"]) == (
            line["attendance_rate"],
            line["total_absences"],
            line["total_late"],
        )
        assert summary["present"] + summary["absent"] == summary["total_sessions"] == 5
    history = of_student(office, school, "sardor")
    assert (history["class"], history["student_name"]) == ("1ère Année Primaire - A", "Sardor Sardorov")
    assert history["period"] == {"start_date": "2024-01-01", "end_date": "2024-01-31"}
    assert history["summary"]["excused"] == 1
    calendar = {day["date"]: day["sessions"] for day in history["attendance_calendar"]}
    assert [(day, [entry["status"] for entry in entries]) for day, entries in calendar.items()] == [
        ("2024-01-01", ["present"]),
        ("2024-01-02", ["absent"]),
        ("2024-01-03", ["late"]),
        ("2024-01-04", ["excused"]),
        ("2024-01-05", ["present"]),
    ]
    assert {entry["marked_at"] for entries in calendar.values() for entry in entries} == {"15:00"}
    patterns = history["absence_patterns"]
    assert (patterns["most_absent_day"], patterns["absence_reasons"]) == ("Tuesday", {"illness": 1, "unexcused": 1})
    french = office.get(f"{REPORTS}student_history/?student_id={history['student_id']}&{JANUARY}", accept_language="fr")
    assert french["absence_patterns"]["most_absent_day"] == "mardi"


def test_families_read_their_own_history_without_notes(school: School, lessons: Lessons, office: Caller) -> None:
    flags = of_student(office, school, "sardor")["flags_history"]
    assert [(flag["created_date"], flag["resolved_date"], flag["reason"]) for flag in flags] == [
        ("2024-01-02", None, ""),
        ("2024-01-04", "2024-01-05", "Medical certificate"),
    ]
    ids = {"parent": school.member("parvin").user_id, "student": school.member("sardor").user_id}
    office.post("/users/guardianships/", ids)
    own = school.caller("sardor").get(f"{REPORTS}student_history/?{JANUARY}")
    assert (own["student_id"], own["summary"]["absent"]) == (school.member("sardor").user_id, 2)
    mine = school.caller("parvin").get(f"{REPORTS}student_history/?{JANUARY}")
    assert mine.body == own.body
    assert {flag["reason"] for flag in mine["flags_history"]} == {None}
    assert of_student(school.caller("parvin"), school, "shirin").status == 404
    assert of_student(school.caller("sardor"), school, "shirin").status == 404
    ids["student"] = school.member("shirin").user_id
    office.post("/users/guardianships/", ids)
    several = school.caller("parvin").get(f"{REPORTS}student_history/")
    assert (several.status, [*several.details]) == (400, ["student_id"])
    assert of_student(school.caller("parvin"), school, "shirin").status == 200


def test_the_figures_of_a_student_have_an_address_of_their_own(
    school: School, lessons: Lessons, office: Caller
) -> None:
    student = school.member("sardor").user_id
    office.post("/users/guardianships/", {"parent": school.member("parvin").user_id, "student": student})
    path = f"/attendance/records/student-statistics/{student}/?{JANUARY}"
    assert office.get(path).body == of_student(office, school, "sardor").body
    for name, status in (("parvin", 200), ("sardor", 200), ("shirin", 404), ("davud", 403)):
        assert school.caller(name).get(path).status == status, name


def test_a_day_a_week_and_a_month_agree(school: School, classes: Classes, lessons: Lessons, office: Caller) -> None:
    day = office.get(f"{REPORTS}daily_report/?date=2024-01-04&class_id={classes.a}")
    figures = ("total_students", "present", "absent", "late", "attendance_rate")
    assert [day[name] for name in figures] == [2, 0, 1, 1, 50.0]
    assert [(line["class_id"], line["attendance_rate"]) for line in day["classes"]] == [(classes.a, 50.0)]
    assert [(lesson["start_time"], lesson["session"] is None) for lesson in day["not_taken"]] == [
        ("08:00", False),
        ("09:00", True),
    ]
    assert {(lesson["class_name"], lesson["teacher_name"]) for lesson in day["not_taken"]} == {
        ("1ère Année Primaire - A", "Timur Timurov")
    }
    week = office.get(f"{REPORTS}weekly_summary/?week_start=2024-01-03&class={classes.a}")
    assert (week["week_start"], week["week_end"], week["attendance_rate"]) == ("2024-01-01", "2024-01-07", 80.0)
    assert [(line["marks"], line["attendance_rate"]) for line in week["days"]] == [
        (2, 100.0),
        (2, 50.0),
        (2, 100.0),
        (2, 50.0),
        (2, 100.0),
    ]
    month = office.get(f"{REPORTS}monthly_analysis/?month=2024-01&class_id={classes.a}")
    assert (month["month"], month["attendance_rate"], month["change_from_previous"]) == ("2024-01", 80.0, None)
    assert month["attendance_rate"] == of_class(office, classes)["statistics"]["overall_attendance_rate"]
    assert [(line["class_id"], line["marks"]) for line in month["classes"]] == [(classes.a, 10)]
    assert (month["weeks"][0]["week_end"], month["chronic_students"]) == ("2024-01-07", [])


def test_days_are_today_and_this_month_where_none_are_named(
    school: School, classes: Classes, lessons: Lessons, office: Caller
) -> None:
    assert of_class(office, classes, "").body == of_class(office, classes).body
    assert office.get(f"{REPORTS}daily_report/")["date"] == "2024-01-05"
    assert office.get(f"{REPORTS}weekly_summary/")["week_start"] == "2024-01-01"
    assert office.get(f"{REPORTS}monthly_analysis/")["month"] == "2024-01"
    assert of_class(office, classes, "end_date=2024-01-02")["period"] == {
        "start_date": "2024-01-01",
        "end_date": "2024-01-02",
    }
    assert of_class(office, classes, "start_date=2024-01-03")["period"]["end_date"] == "2024-01-31"


def test_chronic_absence_is_told_by_name(school: School, classes: Classes, lessons: Lessons) -> None:
    for day in (8, 9, 10, 11, 12):
        school.site.clock.time = datetime.fromisoformat(f"2024-01-{day:02}T10:00:00+00:00")
        lessons.take(date(2024, 1, day), {"shirin": "absent"})
    office = school.caller("salima")
    month = office.get(f"{REPORTS}monthly_analysis/")
    assert [(line["student_id"], line["student_name"]) for line in month["chronic_students"]] == [
        (school.member("shirin").user_id, "Shirin Shirinov")
    ]
    assert of_class(office, classes)["statistics"]["chronic_absence_students"] == 1


def test_flag_statistics_are_those_of_the_flags(school: School, lessons: Lessons, office: Caller) -> None:
    figures = office.get(f"{REPORTS}flag_statistics/?{JANUARY}")
    assert figures.body == office.get(f"/attendance/absence-flags/analytics/?{JANUARY}").body
    assert [figures[name] for name in ("total_flags", "active", "resolved", "dismissed")] == [2, 1, 1, 0]


# -- who may -------------------------------------------------------------------------------------------


def test_teachers_read_about_their_own_classes_and_pupils(school: School, classes: Classes, lessons: Lessons) -> None:
    timur, tamara = school.caller("timur"), school.caller("tamara")
    assert of_class(timur, classes)["statistics"]["total_absences"] == 2
    assert of_student(timur, school, "sardor")["summary"]["absent"] == 2
    assert of_class(tamara, classes).status == 403
    assert of_student(tamara, school, "sardor").status == 404
    assert tamara.get(f"{REPORTS}daily_report/?date=2024-01-04")["total_students"] == 0
    assert timur.get(f"{REPORTS}daily_report/?date=2024-01-04&class={classes.a}")["absent"] == 1
    assert tamara.get(f"{REPORTS}daily_report/?class={classes.a}").status == 403
    assert timur.get(f"{REPORTS}flag_statistics/").status == 403
    for name in ("sardor", "parvin", "davud"):
        assert of_class(school.caller(name), classes).status == 403
        assert school.caller(name).get(REPORTS).status == 403


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("class_statistics/", "class_id"),
        ("class_statistics/?class_id=abc", "class_id"),
        ("class_statistics/?class_id={a}&start_date=2024-02-01&end_date=2024-01-01", "end_date"),
        ("class_statistics/?class_id={a}&start_date=2024-01-01&end_date=2025-01-01", "end_date"),
        ("student_history/", "student_id"),
        ("student_history/?student_id=-1", "student_id"),
        ("student_history/?student_id={sardor}&start_date=2023-01-01&end_date=2024-01-02", "end_date"),
        ("daily_report/?date=2024-02-30", "date"),
        ("weekly_summary/?week_start=monday", "week_start"),
        ("monthly_analysis/?month=2024-13", "month"),
        ("monthly_analysis/?month=2024-1", "month"),
        ("monthly_analysis/?month=2024-01-01", "month"),
        ("daily_report/?day=2024-01-01", "non_field_errors"),
    ],
)
def test_a_report_that_cannot_be_is_refused(
    school: School, classes: Classes, office: Caller, path: str, field: str
) -> None:
    answer = office.get(f"{REPORTS}{path.format(a=classes.a, sardor=school.member('sardor').user_id)}")
    assert (answer.status, [*answer.details]) == (400, [field])


def test_what_is_not_there_is_not_found(school: School, classes: Classes, office: Caller) -> None:
    assert office.get(f"{REPORTS}class_statistics/?class_id=987654").details["resource"] == "Class"
    assert office.get(f"{REPORTS}student_history/?student_id=987654").details["resource"] == "Student"
    assert office.get(f"{REPORTS}daily_report/?class_id=987654").status == 404
    group = school.site.world.tashkent.morning.id
    assert office.get(f"{REPORTS}class_statistics/?class_id={group}").status == 404  # a group of courses is no class
    assert of_class(office, classes, "start_date=2024-01-01&end_date=2024-12-31").status == 200


# -- saved ---------------------------------------------------------------------------------------------


def saved(school: School, classes: Classes) -> list[tuple[dict[str, Any], str]]:
    """A report of each type to save, and the path of the same one made anew."""
    student, days = school.member("sardor").user_id, {"start_date": "2024-01-01", "end_date": "2024-01-31"}
    of_a = {"class_id": classes.a}
    return [
        ({"report_type": "class_statistics", "parameters": {**of_a, **days}}, "class_statistics"),
        ({"report_type": "student_history", "parameters": {"student_id": student, **days}}, "student_history"),
        ({"report_type": "daily", "parameters": {**of_a, "date": "2024-01-04"}}, "daily_report"),
        ({"report_type": "weekly", "parameters": {**of_a, "week_start": "2024-01-04"}}, "weekly_summary"),
        ({"report_type": "monthly", "parameters": {**of_a, "month": "2024-01"}}, "monthly_analysis"),
        ({"report_type": "flags", "parameters": {**of_a, **days}}, "flag_statistics"),
    ]


def test_a_saved_report_shows_what_it_showed_on_its_day(
    school: School, classes: Classes, lessons: Lessons, office: Caller
) -> None:
    for body, path in saved(school, classes):
        made = office.post(REPORTS, body)
        assert (made.status, made["report_type"], made["parameters"]) == (
            201,
            body["report_type"],
            body["parameters"],
        ), made.body
        query = "&".join(f"{name}={value}" for name, value in body["parameters"].items())
        assert made["data"] == office.get(f"{REPORTS}{path}/?{query}").body
        assert (made["created_by"], made["created_by_name"]) == (school.member("salima").user_id, "salima")
        assert office.get(f"{REPORTS}{made['id']}/").body == made.body
    kept = office.get(f"{REPORTS}?report_type=daily")["results"][0]
    with school.site.platform.school.work(school.site.world.dilshod) as uow:
        (session,) = uow.find(Session, where(group_id=classes.a, date=WEEK[3], register_status__isnull=False))
    lessons.take(session.date, {"sardor": "present", "shirin": "present"})
    assert office.get(f"{REPORTS}daily_report/?date=2024-01-04&class={classes.a}")["absent"] == 0
    assert office.get(f"{REPORTS}{kept['id']}/").body == kept
    assert kept["data"]["absent"] == 1


def test_reports_are_saved_about_today_where_no_day_is_named(office: Caller, classes: Classes) -> None:
    assert office.post(REPORTS, {"report_type": "daily"})["parameters"] == {"date": "2024-01-05"}
    assert office.post(REPORTS, {"report_type": "weekly", "parameters": {}})["parameters"] == {
        "week_start": "2024-01-05"
    }
    assert office.post(REPORTS, {"report_type": "monthly"})["parameters"] == {"month": "2024-01"}
    assert office.post(REPORTS, {"report_type": "flags"})["parameters"] == {
        "start_date": "2024-01-01",
        "end_date": "2024-01-31",
    }


def test_a_teacher_sees_the_reports_that_they_saved(school: School, classes: Classes, lessons: Lessons) -> None:
    timur, tamara = school.caller("timur"), school.caller("tamara")
    body = {"report_type": "class_statistics", "parameters": {"class_id": classes.a}}
    made = timur.post(REPORTS, body)
    assert made.status == 201
    assert tamara.post(REPORTS, body).status == 403
    for name, count in {"timur": 1, "tamara": 0, "salima": 1, "dilshod": 1}.items():
        assert school.caller(name).get(REPORTS)["count"] == count
    assert tamara.get(f"{REPORTS}{made['id']}/").status == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "report_type"),
        ({"report_type": "yearly"}, "report_type"),
        ({"report_type": "class_statistics"}, "parameters"),
        ({"report_type": "class_statistics", "parameters": {"class_id": 987654}}, "parameters"),
        ({"report_type": "class_statistics", "parameters": {"class_id": "first"}}, "parameters"),
        ({"report_type": "student_history"}, "parameters"),
        ({"report_type": "student_history", "parameters": {"student_id": 987654}}, "parameters"),
        ({"report_type": "monthly", "parameters": {"month": "2024-13"}}, "parameters"),
        ({"report_type": "daily", "parameters": {"date": "2024-13-01"}}, "parameters"),
        ({"report_type": "daily", "parameters": []}, "parameters"),
        ({"report_type": "flags", "parameters": {"start_date": "2022-01-01", "end_date": "2024-01-01"}}, "parameters"),
    ],
)
def test_a_report_that_cannot_be_is_not_saved(office: Caller, body: dict[str, Any], field: str) -> None:
    refused = office.post(REPORTS, body)
    assert (refused.status, [*refused.details]) == (400, [field])
    assert office.get(REPORTS)["count"] == 0


# -- statements ----------------------------------------------------------------------------------------


def test_reports_cost_the_same_statements_for_any_class(school: School, classes: Classes, office: Caller) -> None:
    def cost(path: str) -> int:
        with school.site.statements() as seen:
            assert office.get(f"{REPORTS}{path}").status == 200
        return len(seen)

    paths = [
        f"class_statistics/?class_id={classes.a}",
        f"student_history/?student_id={school.member('sardor').user_id}",
        "daily_report/",
        "weekly_summary/",
        "monthly_analysis/",
    ]
    few = [cost(path) for path in paths]
    _fill(school, classes, 27)
    assert of_class(office, classes)["total_students"] == 29
    assert [cost(path) for path in paths] == few
    assert few[0] <= 9
    assert few[1] <= 7


def _fill(school: School, classes: Classes, count: int) -> None:
    """Enroll more pupils in class A, and open another class."""
    world = school.site.world
    with school.site.platform.school.work(world.dilshod) as uow:
        change_group(uow, uow.get(Group, classes.a), capacity=40)
        create_group(uow, grade_level_id=classes.grade, academic_year_id=classes.year, section="C")
        for number in range(count):
            pupil = register_student(uow, account=account(f"Pupil{number}"), branch_id=world.tashkent.branch.id)
            enroll_in_class(uow, group_id=classes.a, student_id=pupil.id, enrolled_on=WEEK[0])
