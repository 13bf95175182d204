"""Lessons: planned where group, teacher and room are free, changed, cancelled, restored, and met online."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from educore.timetable import Session, link_session
from educore_web.settings import Settings
from support.web.classroom import TODAY, Body, Classroom, assert_refused
from support.web.recipes import documented_keys
from support.web.running_platform import open_test_platform


def test_a_lesson_is_shown_as_the_document_prints_it(here: Classroom) -> None:
    answer = here.dilshod.post("/lessons/", here.lesson(date="2024-01-15")).expect(201)
    assert documented_keys("lessons.create", answer.body) == {
        "id": answer["id"],
        "group": here.town.morning.id,
        "group_name": "Morning",
        "teacher": here.teacher("timur"),
        "teacher_name": "Timur Timurov",
        "room": here.town.room.id,
        "room_name": "101",
        "date": "2024-01-15",
        "start_time": "09:00:00",
        "end_time": "10:30:00",
        "duration": 90,
        "online_link": None,
        "is_cancelled": False,
        "created_at": "2024-01-01T10:00:00Z",
        "updated_at": "2024-01-01T10:00:00Z",
    }
    assert here.sardor.get(f"/lessons/{answer['id']}/").body == answer.body


def test_teacher_and_duration_follow_from_group_and_times(here: Classroom) -> None:
    body = {"group": here.town.evening.id, "date": TODAY, "start_time": "18:00", "end_time": "19:15:30"}
    answer = here.rustam.post("/lessons/", body).expect(201)
    assert (answer["teacher"], answer["room"], answer["duration"]) == (here.teacher("tamara"), None, 75)


@pytest.mark.parametrize("duration", [89, 91, 0, -90, 10**30])
def test_another_duration_is_refused_with_the_right_one(duration: int, here: Classroom) -> None:
    assert_refused(here.dilshod.post("/lessons/", here.lesson(duration=duration)), "duration", "90 minutes")  # C55
    assert here.site.changed() == []


@pytest.mark.parametrize("end", ["09:00:00", "08:59:59", "00:00:00"])
def test_a_lesson_ends_after_it_starts(end: str, here: Classroom) -> None:
    assert_refused(here.dilshod.post("/lessons/", here.lesson(end_time=end, duration=None)), "end_time")
    assert here.site.changed() == []


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"start_time": "25:00:00"}, "Write the time as HH:MM:SS."),
        ({"date": "2024-02-31"}, "Write the date as YYYY-MM-DD."),
        ({"date": "1899-12-31"}, "Write 1900-01-01 or more."),
        ({"date": "2201-01-01"}, "Write 2200-12-31 or less."),
    ],
)
def test_a_time_or_day_that_cannot_be_is_refused_with_what_can(sent: Body, sentence: str, here: Classroom) -> None:
    assert_refused(here.dilshod.post("/lessons/", here.lesson(**sent)), *sent, sentence)


@pytest.mark.parametrize("time", ["25:00", "9:00", "09:00:00.5", "09:00:00Z", "0900", 900, None, "", [], "24:00:00"])
def test_what_is_no_time_is_refused_on_its_field(time: Any, here: Classroom) -> None:
    assert_refused(here.dilshod.post("/lessons/", here.lesson(start_time=time)), "start_time")
    assert here.site.changed() == []


# -- what is taken already -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "field", "word"),
    [
        ({"teacher": "tamara", "room": None}, "group", "The group has another lesson then"),
        ({"group": "evening", "room": None}, "teacher", "The teacher teaches then"),
        ({"group": "evening", "teacher": "tamara"}, "room", "The room is taken then"),
    ],
)
def test_a_clash_names_the_other_lesson_on_the_field_concerned(
    change: dict[str, Any], field: str, word: str, here: Classroom
) -> None:
    first = here.planned()
    body = here.lesson(start_time="10:00:00", end_time="11:00:00", duration=60) | change
    body["teacher"] = here.teacher(change.get("teacher", "timur"))
    body["group"] = getattr(here.town, change.get("group", "morning")).id
    answer = here.dilshod.post("/lessons/", body)
    assert_refused(answer, field, word, "Morning, 2024-01-01 09:00–10:30", f"(no. {first['id']})")  # C56
    body |= {"start_time": "10:30:00", "end_time": "11:30:00"}
    here.dilshod.post("/lessons/", body).expect(201)


def test_every_clash_is_named_at_once(here: Classroom) -> None:
    here.planned()
    answer = here.dilshod.post("/lessons/", here.lesson())
    assert (answer.status, answer.fields()) == (400, {"group", "teacher", "room"})


def test_a_cancelled_lesson_is_in_nobodys_way(here: Classroom) -> None:
    first = here.planned()
    here.dilshod.post(f"/lessons/{first['id']}/cancel/").expect(200)
    here.planned()


def test_a_room_that_is_not_available_is_refused_for_new_lessons_only(here: Classroom) -> None:
    first, room = here.planned(), here.town.room.id
    here.dilshod.post(f"/rooms/{room}/toggle-availability/").expect(200)
    assert_refused(here.dilshod.post("/lessons/", here.lesson(date="2024-01-02")), "room", "101 is not available")
    here.dilshod.patch(f"/lessons/{first['id']}/", {"date": "2024-01-03"}).expect(200)


def test_a_closed_branch_and_an_ended_group_get_no_new_lessons(here: Classroom) -> None:
    here.dilshod.post(f"/branches/{here.town.branch.id}/close/").expect(200)
    assert_refused(here.dilshod.post("/lessons/", here.lesson()), "group", "closed")
    here.dilshod.post(f"/branches/{here.town.branch.id}/open/").expect(200)
    here.dilshod.patch(f"/groups/{here.town.morning.id}/", {"status": "Completed"}).expect(200)
    assert_refused(here.dilshod.post("/lessons/", here.lesson()), "group", "not active")


@pytest.mark.parametrize("field", ["group", "teacher", "room"])
def test_foreign_and_unknown_ids_read_the_same(field: str, here: Classroom) -> None:
    foreign = {"group": here.there.morning.id, "teacher": here.there.teacher.teacher_id, "room": here.there.room.id}[
        field
    ]
    said = set()
    for id in (foreign, 987654321, 0, -1, 2**63, 10**30):
        answer = here.dilshod.post("/lessons/", here.lesson(**{field: id}))
        assert_refused(answer, field)
        said.add(answer.text.replace(f"id {id} ", "id ID "))
    assert len(said) == 1  # C10
    assert here.site.changed() == []


# -- teachers and students -----------------------------------------------------------------------------


def test_a_teacher_plans_for_the_own_group_and_nobody_else(here: Classroom) -> None:
    body = here.lesson()
    del body["teacher"]
    assert here.timur.post("/lessons/", body).expect(201)["teacher"] == here.teacher("timur")
    tomorrow = here.lesson(date="2024-01-02")
    assert_refused(here.timur.post("/lessons/", tomorrow | {"teacher": here.teacher("tamara")}), "teacher")
    assert_refused(here.timur.post("/lessons/", tomorrow | {"group": here.town.evening.id}), "group")  # C55


def test_everybody_sees_the_lessons_that_concern_them(here: Classroom) -> None:
    here.planned()
    evening = {"group": here.town.evening.id, "teacher": here.teacher("tamara"), "room": None}
    hidden = here.planned(start_time="18:00", end_time="19:00", duration=60, **evening)
    seen = {}
    for name in ("dilshod", "malika", "aziza", "timur", "tamara", "sardor", "shirin", "davron"):
        shown = here.site.client(name).get("/lessons/", date_from=TODAY, room=here.town.room.id)
        also = here.site.client(name).get(f"/lessons/{hidden['id']}/").status
        seen[name] = (shown["count"], also)
    assert seen == {  # C14
        "dilshod": (1, 200),
        "malika": (1, 200),
        "aziza": (1, 200),
        "timur": (1, 404),
        "tamara": (0, 200),
        "sardor": (1, 404),
        "shirin": (0, 404),
        "davron": (0, 404),
    }


def test_who_substitutes_sees_the_lesson_and_may_mark_it(here: Classroom) -> None:
    lesson = here.planned(teacher=here.teacher("tamara"))
    assert here.tamara.get(f"/lessons/{lesson['id']}/").status == 200
    body = {"lesson": lesson["id"], "student": here.student("sardor"), "status": "Late"}
    assert here.tamara.post("/attendance/", body).expect(201)["marked_by"] == here.teacher("tamara")


@pytest.mark.parametrize("who", ["malika", "aziza", "sardor"])
def test_only_directors_and_teachers_write(who: str, here: Classroom) -> None:
    client = here.site.client(who)
    lesson = here.planned()["id"]
    for answer in (
        client.post("/lessons/", here.lesson(date="2024-01-02")),
        client.patch(f"/lessons/{lesson}/", {"date": "2024-01-02"}),
        client.delete(f"/lessons/{lesson}/"),
        client.post(f"/lessons/{lesson}/cancel/"),
        client.post(f"/lessons/{lesson}/generate-online-link/"),
        client.post("/lessons/series/", {}),
        client.post(f"/lessons/{lesson}/cancel-rest/"),
    ):
        assert answer.status == 403


# -- changing, cancelling, restoring -------------------------------------------------------------------


def test_lists_come_by_day_and_time_and_can_be_bounded(here: Classroom) -> None:
    days = ("2024-01-09", "2024-01-02", "2024-01-05")
    for day in days:
        here.planned(date=day)
    early = here.planned(date="2024-01-05", start_time="07:00", end_time="08:00", duration=60)
    shown = here.dilshod.get("/lessons/", date_from="2024-01-02", date_to="2024-01-08").results
    assert [row["date"] for row in shown] == ["2024-01-02", "2024-01-05", "2024-01-05"]  # C25
    assert shown[1]["id"] == early["id"]
    assert here.dilshod.get("/lessons/", room=here.town.room.id, is_cancelled="false")["count"] == 4
    assert here.dilshod.get("/lessons/", teacher=here.teacher("tamara"))["count"] == 0


def test_moving_checks_the_new_slot_and_a_refusal_changes_nothing(here: Classroom) -> None:
    here.planned(date="2024-01-02")
    second = here.planned(date="2024-01-03")
    before = here.dilshod.get(f"/lessons/{second['id']}/").body
    answer = here.dilshod.patch(f"/lessons/{second['id']}/", {"date": "2024-01-02"})
    assert (answer.status, answer.fields()) == (400, {"group", "teacher", "room"})
    assert here.dilshod.get(f"/lessons/{second['id']}/").body == before
    moved = here.dilshod.patch(
        f"/lessons/{second['id']}/", {"date": "2024-01-02", "start_time": "11:00", "end_time": "12:00"}
    )
    assert (moved.status, moved["duration"]) == (200, 60)
    assert_refused(here.dilshod.patch(f"/lessons/{second['id']}/", {"duration": 45}), "duration", "60 minutes")


def test_put_keeps_what_is_not_sent(here: Classroom) -> None:
    lesson = here.planned(online_link="https://meet.example.com/abc")
    body = {k: v for k, v in here.lesson(start_time="11:00", end_time="12:00").items() if k not in ("room", "duration")}
    answer = here.dilshod.put(f"/lessons/{lesson['id']}/", body).expect(200)
    assert (answer["room"], answer["online_link"]) == (here.town.room.id, "https://meet.example.com/abc")  # C30
    assert answer["duration"] == 60


def test_cancelling_is_said_in_the_documents_words_however_often(here: Classroom) -> None:
    lesson = here.planned()["id"]
    for _ in range(2):
        assert here.timur.post(f"/lessons/{lesson}/cancel/").body == {"status": "Lesson cancelled"}  # C57
    assert here.dilshod.get(f"/lessons/{lesson}/")["is_cancelled"] is True


def test_a_lesson_with_attendance_can_neither_be_cancelled_nor_deleted(here: Classroom) -> None:
    lesson = here.planned()["id"]
    mark = here.marked(lesson)["id"]
    for answer in (
        here.dilshod.post(f"/lessons/{lesson}/cancel/"),
        here.dilshod.patch(f"/lessons/{lesson}/", {"is_cancelled": True}),
        here.dilshod.post(f"/lessons/{lesson}/cancel-rest/"),
        here.dilshod.delete(f"/lessons/{lesson}/"),
    ):
        assert (answer.status, answer.is_whole_refusal) == (400, True), answer.text
    assert_refused(
        here.dilshod.patch(f"/lessons/{lesson}/", {"date": "2024-01-02"}), "date", "Attendance has been marked"
    )
    answer = here.dilshod.post(f"/lessons/{lesson}/reschedule-rest/", {"date": "2024-01-02"})
    assert_refused(answer, "date", "Attendance has been marked")
    here.timur.delete(f"/attendance/{mark}/").expect(204)
    here.dilshod.post(f"/lessons/{lesson}/cancel/").expect(200)
    here.dilshod.delete(f"/lessons/{lesson}/").expect(204)


def test_a_cancelled_lesson_comes_back_while_its_slot_is_free(here: Classroom) -> None:
    lesson = here.planned()["id"]
    here.dilshod.post(f"/lessons/{lesson}/cancel/")
    assert here.dilshod.patch(f"/lessons/{lesson}/", {"is_cancelled": False}).expect(200)["is_cancelled"] is False
    here.dilshod.post(f"/lessons/{lesson}/cancel/")
    here.planned()
    answer = here.dilshod.patch(f"/lessons/{lesson}/", {"is_cancelled": False})
    assert (answer.status, answer.fields()) == (400, {"group", "teacher", "room"})  # C57


def test_nobody_creates_a_cancelled_lesson(here: Classroom) -> None:
    assert here.planned(is_cancelled=True)["is_cancelled"] is False


# -- online --------------------------------------------------------------------------------------------


def test_the_link_is_made_once_and_nobody_can_guess_it(here: Classroom) -> None:
    links = set()
    for day in ("2024-01-02", "2024-01-03"):
        lesson = here.planned(date=day)["id"]
        link = here.timur.post(f"/lessons/{lesson}/generate-online-link/").expect(200).body
        assert here.timur.post(f"/lessons/{lesson}/generate-online-link/").body == link  # C58
        assert re.fullmatch(r"https://meet\.jit\.si/[a-z0-9]{10}", link["online_link"])
        assert here.sardor.get(f"/lessons/{lesson}/")["online_link"] == link["online_link"]
        links.add(link["online_link"])
    assert len(links) == 2


def test_a_cancelled_lesson_gets_no_link_and_a_typed_link_stays(here: Classroom) -> None:
    lesson = here.planned()["id"]
    here.timur.patch(f"/lessons/{lesson}/", {"online_link": "https://meet.example.com/abc"}).expect(200)
    answer = here.timur.post(f"/lessons/{lesson}/generate-online-link/")
    assert answer.body == {"online_link": "https://meet.example.com/abc"}
    for bad in ("javascript:alert(1)", "meet", 5, "https://" + "x" * 600):
        assert_refused(here.timur.patch(f"/lessons/{lesson}/", {"online_link": bad}), "online_link")
    here.timur.patch(f"/lessons/{lesson}/", {"online_link": None}).expect(200)
    here.timur.post(f"/lessons/{lesson}/cancel/")
    answer = here.timur.post(f"/lessons/{lesson}/generate-online-link/")
    assert (answer.status, answer["error"]) == (400, "This lesson is cancelled.")


def test_where_lessons_meet_is_a_setting(here: Classroom, tmp_path: Path) -> None:
    url, lesson = here.site.platform.database.url, here.planned()["id"]
    platform = open_test_platform(url, tmp_path, here.site.clock, meeting_url="https://meet.example.com/")
    with platform.school.work(here.site.world.timur) as uow:
        session = link_session(uow, uow.get(Session, lesson))
    assert re.fullmatch(r"https://meet\.example\.com/[a-z0-9]{10}", session.online_link or "")
    platform.database.close()
    with pytest.raises(ValidationError):
        Settings(meeting_url="meet.example.com")
