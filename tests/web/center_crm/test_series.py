"""Weekly series of lessons, and the calendar feeds people read them by."""

from __future__ import annotations

from typing import Any

import pytest

from support.web.classroom import Classroom, assert_refused
from support.web.client import HOST, ApiResponse


def _plan(here: Classroom, who: str = "dilshod", **more: Any) -> ApiResponse:
    body = {
        "group": here.town.morning.id,
        "room": here.town.room.id,
        "weekdays": ["wed", "mon"],
        "first_date": "2024-01-08",
        "last_date": "2024-01-21",
        "start_time": "09:00",
        "end_time": "10:00",
        "topic": "Verbs",
    }
    return here.site.client(who).post("/lessons/series/", body | more)


def test_a_series_is_a_lesson_on_every_named_day(here: Classroom) -> None:
    made = _plan(here).expect(201)
    assert [row["date"] for row in made["lessons"]] == ["2024-01-08", "2024-01-10", "2024-01-15", "2024-01-17"]
    assert {(row["duration"], row["teacher"]) for row in made["lessons"]} == {(60, here.teacher("timur"))}
    assert here.dilshod.get("/lessons/", date_from="2024-01-08").results == made["lessons"]


def test_one_clash_refuses_the_whole_series_and_names_the_lesson(here: Classroom) -> None:
    taken = here.planned(date="2024-01-15")
    answer = _plan(here)
    assert (answer.status, answer.fields()) == (400, {"group", "teacher", "room"})
    assert f"(no. {taken['id']})" in answer.text
    assert here.dilshod.get("/lessons/", date_from="2024-01-02").ids == [taken["id"]]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"weekdays": []}, "weekdays"),
        ({"weekdays": "mon"}, "weekdays"),
        ({"weekdays": ["mon", "someday"]}, "weekdays"),
        ({"weekdays": [1]}, "weekdays"),
        ({"weekdays": ["mon"] * 5000 + ["x"]}, "weekdays"),
        ({"weekdays": ["sun"], "last_date": "2024-01-13"}, "weekdays"),
        ({"last_date": "2024-01-07"}, "last_date"),
        ({"last_date": "2190-01-07"}, "last_date"),
        ({"end_time": "09:00"}, "end_time"),
        ({"group": 987654321}, "group"),
        ({"topic": "x" * 501}, "topic"),
        ({"first_date": None}, "first_date"),
    ],
)
def test_what_makes_no_series_is_refused_on_its_field(change: dict[str, Any], field: str, here: Classroom) -> None:
    assert_refused(_plan(here, **change), field)
    assert here.site.changed() == []


def test_a_teacher_plans_a_series_for_the_own_group_only(here: Classroom) -> None:
    _plan(here, "timur").expect(201)
    assert_refused(_plan(here, "timur", group=here.town.evening.id), "group")
    assert_refused(_plan(here, "timur", teacher=here.teacher("tamara")), "teacher")


def test_the_rest_of_a_series_moves_together(here: Classroom) -> None:
    lessons = _plan(here).expect(201)["lessons"]
    path = f"/lessons/{lessons[1]['id']}/reschedule-rest/"
    moved = here.timur.post(path, {"date": "2024-01-11", "start_time": "11:00", "end_time": "12:30"}).expect(200)
    assert [(row["date"], row["start_time"], row["duration"]) for row in moved.body] == [
        ("2024-01-11", "11:00:00", 90),
        ("2024-01-16", "11:00:00", 90),
        ("2024-01-18", "11:00:00", 90),
    ]
    assert here.dilshod.get(f"/lessons/{lessons[0]['id']}/").body == lessons[0]
    without_room = here.timur.post(path, {"room": None}).expect(200)
    assert [row["room"] for row in without_room.body] == [None] * 3


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"date": None}, "date"),
        ({"date": "tomorrow"}, "date"),
        ({"date": "9999-01-01"}, "date"),
        ({"start_time": None}, "start_time"),
        ({"start_time": "23:00"}, "end_time"),
        ({"room": 987654321}, "room"),
        ({"teacher": 10**30}, "teacher"),
        ({"room": "x"}, "room"),
    ],
)
def test_a_wrong_value_moves_nothing(body: dict[str, Any], field: str, here: Classroom) -> None:
    lessons = _plan(here).expect(201)["lessons"]
    assert_refused(here.dilshod.post(f"/lessons/{lessons[0]['id']}/reschedule-rest/", body), field)
    assert here.dilshod.get("/lessons/", date_from="2024-01-02").results == lessons


def test_the_rest_of_a_series_is_cancelled_together(here: Classroom) -> None:
    lessons = _plan(here).expect(201)["lessons"]
    path = f"/lessons/{lessons[1]['id']}/cancel-rest/"
    assert here.timur.post(path).expect(200).body == {"status": "3 lessons cancelled"}
    assert here.timur.post(path).expect(200).body == {"status": "0 lessons cancelled"}
    assert here.dilshod.get("/lessons/", is_cancelled="false", date_from="2024-01-02").ids == [lessons[0]["id"]]


def test_nobody_moves_or_cancels_the_lessons_of_another_center(here: Classroom) -> None:
    lesson = _plan(here).expect(201)["lessons"][0]["id"]
    for path in ("reschedule-rest", "cancel-rest"):
        assert here.davron.post(f"/lessons/{lesson}/{path}/", {}).status == 404
        assert here.tamara.post(f"/lessons/{lesson}/{path}/", {}).status == 404


def test_everybody_opens_a_calendar_that_a_program_can_read(here: Classroom) -> None:
    _plan(here).expect(201)
    for name, events in {"sardor": 6, "timur": 6, "shirin": 0, "aziza": 6}.items():
        url = here.site.client(name).post("/lessons/calendar-feed/").expect(200)["url"]
        assert url.startswith(f"{HOST}/calendar/")
        assert url.endswith(".ics")
        text = here.site.wire.send("GET", url.removeprefix(HOST))
        assert (text.status_code, text.text.count("BEGIN:VEVENT")) == (200, events), name


def test_a_new_address_and_closing_end_the_old_one(here: Classroom) -> None:
    first, second = (here.sardor.post("/lessons/calendar-feed/")["url"] for _ in range(2))
    assert here.site.wire.send("GET", first.removeprefix(HOST)).status_code == 404
    assert here.site.wire.send("GET", second.removeprefix(HOST)).status_code == 200
    for _ in range(2):
        here.sardor.delete("/lessons/calendar-feed/").expect(204)
    assert here.site.wire.send("GET", second.removeprefix(HOST)).status_code == 404


def test_who_belongs_to_no_center_has_no_calendar(here: Classroom) -> None:
    assert here.rustam.post("/lessons/calendar-feed/").status == 403
    assert here.rustam.delete("/lessons/calendar-feed/").status == 403
