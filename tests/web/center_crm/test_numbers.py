"""What lessons, marks, work and exams add up to: statistics, reports, histories, schedules, performance."""

from __future__ import annotations

from typing import Any

import pytest

from educore.attendance import AttendanceStatus, mark_class
from educore.timetable import Session
from support.web.classroom import TODAY, Classroom


@pytest.fixture
def taught(here: Classroom) -> Classroom:
    """Four lessons, one of them cancelled; Sardor was present, absent and excused, Sevara twice late.

    Before, there were a session without times and a lesson to which Sardor came late.
    """
    here.begun()
    lessons = [here.planned(date=day)["id"] for day in ("2023-12-04", "2023-12-11", "2023-12-18", "2023-12-25")]
    here.dilshod.post(f"/lessons/{lessons[3]}/cancel/").expect(200)
    here.marked(lessons[0])
    here.marked(lessons[1], status="Absent")
    for lesson in lessons[:2]:
        here.marked(lesson, "sevara", "Late")
    excused = [{"student_id": here.student("sardor"), "status": AttendanceStatus.EXCUSED}]
    with here.site.platform.school.work(here.site.world.aziza) as uow:
        mark_class(uow, uow.get(Session, lessons[2]), marks=excused)
    return here


def test_a_group_in_numbers(taught: Classroom) -> None:
    for who in ("dilshod", "rustam"):
        answer = taught.site.client(who).get(f"/groups/{taught.town.morning.id}/statistics/").expect(200)
        assert answer.body == {
            "students_count": 2,
            "lessons_count": 5,
            "average_attendance": 16.7,  # C44: one present of six
            "payment_status": {"total_payments": 50000, "payment_count": 1},
        }


def test_the_marks_of_a_group(taught: Classroom) -> None:
    answer = taught.dilshod.get(f"/groups/{taught.town.morning.id}/attendance-report/").expect(200)
    assert answer.body == {
        "total_lessons": 5,
        "total_attendances": 6,
        "present_count": 1,
        "absent_count": 2,  # the excused one too
        "late_count": 3,
    }
    nothing = taught.dilshod.get(f"/groups/{taught.town.evening.id}/attendance-report/").expect(200).body
    assert set(nothing.values()) == {0}


def test_the_history_of_a_student_has_three_lines_in_one_order(taught: Classroom) -> None:
    for who in ("sardor", "timur", "dilshod", "aziza", "rustam"):
        path = f"/students/{taught.student('sardor')}/attendance-history/"
        assert taught.site.client(who).get(path).body == [
            {"status": "Present", "count": 1},
            {"status": "Absent", "count": 2},
            {"status": "Late", "count": 1},
        ]  # C50
    nobody = taught.dilshod.get(f"/students/{taught.student('shirin')}/attendance-history/").body
    assert [(line["status"], line["count"]) for line in nobody] == [("Present", 0), ("Absent", 0), ("Late", 0)]


# -- schedules -----------------------------------------------------------------------------------------


def _days(here: Classroom, who: str = "dilshod", teacher: str = "timur", **query: Any) -> list[str]:
    shown = here.site.client(who).get(f"/teachers/{here.teacher(teacher)}/schedule/", **query).expect(200)
    return [row["date"][5:] for row in shown.body]


@pytest.fixture
def scheduled(here: Classroom) -> Classroom:
    """Lessons around today; that of the ninth is cancelled."""
    here.begun()
    for day in ("2024-01-09", "2023-12-31", "2024-01-02"):
        here.planned(date=day)
    here.planned(date="2024-01-02", start_time="07:00", end_time="08:00", duration=60)
    here.dilshod.post(f"/lessons/{here.planned(date='2024-01-05')['id']}/cancel/").expect(200)
    return here


def test_a_schedule_begins_today_and_is_in_order_of_time(scheduled: Classroom) -> None:
    path = f"/teachers/{scheduled.teacher('timur')}/schedule/"
    rows = scheduled.dilshod.get(path).body
    assert [(row["date"], row["start_time"], row["is_cancelled"]) for row in rows] == [
        ("2024-01-01", None, False),
        ("2024-01-02", "07:00:00", False),
        ("2024-01-02", "09:00:00", False),
        ("2024-01-05", "09:00:00", True),
        ("2024-01-09", "09:00:00", False),
    ]  # C53
    lesson = scheduled.dilshod.get(f"/lessons/{rows[1]['id']}/").body
    assert rows[1] == {k: v for k, v in lesson.items() if k not in ("created_at", "updated_at")}


def test_a_schedule_can_be_asked_for_other_days(scheduled: Classroom) -> None:
    assert _days(scheduled, date_from="2023-12-01") == ["12-28", "12-31", "01-01", "01-02", "01-02", "01-05", "01-09"]
    assert _days(scheduled, date_from="2023-12-01", date_to="2024-01-01") == ["12-28", "12-31", "01-01"]
    assert _days(scheduled, date_to="2024-01-02") == ["01-01", "01-02", "01-02"]
    assert _days(scheduled, date_from="", date_to="2023-12-31") == []


@pytest.mark.parametrize("query", [{"date_from": "x"}, {"date_to": "2024-02-30"}, {"date_from": "\0"}])
def test_a_day_that_cannot_be_read_is_named(query: dict[str, str], here: Classroom) -> None:
    answer = here.dilshod.get(f"/teachers/{here.teacher('timur')}/schedule/", **query)
    assert (answer.status, answer.fields()) == (400, set(query))
    both = here.dilshod.get(f"/teachers/{here.teacher('timur')}/schedule/", date_from="x", date_to="y")
    assert both.fields() == {"date_from", "date_to"}


def test_today_is_what_the_center_calls_today(scheduled: Classroom) -> None:
    scheduled.site.clock.advance(hours=9)  # midnight in Tashkent
    answer = scheduled.later("dilshod").get(f"/teachers/{scheduled.teacher('timur')}/schedule/")
    assert answer.body[0]["date"] == "2024-01-02"


def test_anybody_of_the_center_reads_a_schedule_but_not_how_to_join_others_lessons(here: Classroom) -> None:
    here.planned(date="2024-01-02", online_link="https://meet.example.com/abc")
    links = {}
    for who in ("dilshod", "malika", "aziza", "timur", "sardor", "tamara", "shirin"):
        rows = here.site.client(who).get(f"/teachers/{here.teacher('timur')}/schedule/").expect(200).body
        assert [row["date"] for row in rows] == [TODAY, "2024-01-02"]  # C17
        links[who] = rows[1]["online_link"] is not None
    assert [who for who, seen in links.items() if not seen] == ["tamara", "shirin"]
    assert here.davron.get(f"/teachers/{here.teacher('timur')}/schedule/").status == 404


# -- performance ---------------------------------------------------------------------------------------


def test_what_a_teacher_has_done_is_the_same_for_everybody_who_may_know(taught: Classroom) -> None:
    taught.given()
    taught.set_exam()
    taught.planned(date="2023-12-05", teacher=taught.teacher("tamara"))
    expected = {
        "lessons_count": 5,
        "attendances_marked": 5,  # C54: not what Aziza marked
        "assignments_given": 3,
        "exams_conducted": 3,
        "performance_rating": 4.5,
    }
    path = f"/teachers/{taught.teacher('timur')}/performance/"
    for who in ("rustam", "dilshod", "malika", "aziza", "timur"):
        assert taught.site.client(who).get(path).expect(200).body == expected
    taught.dilshod.patch(f"/groups/{taught.town.morning.id}/", {"teacher": taught.teacher("tamara")}).expect(200)
    for who in ("dilshod", "timur"):
        assert taught.site.client(who).get(path).expect(200).body == expected, who
    assert taught.site.client("tamara").get(path).status == 403
    assert taught.site.client("sardor").get(path).status == 403
