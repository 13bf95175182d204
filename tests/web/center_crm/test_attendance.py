"""Marks of attendance: one by one and a class at a time, by whom, of whom, and when."""

from __future__ import annotations

from typing import Any

import pytest

from educore.attendance import mark_class
from educore.attendance.entities import AttendanceStatus
from educore.timetable import Session
from support.web.classroom import Classroom, assert_refused
from support.web.client import ApiResponse


@pytest.fixture
def lesson(here: Classroom) -> int:
    """This morning's lesson."""
    return int(here.planned()["id"])


def _entry(here: Classroom, name: str, status: Any = "Present", **more: Any) -> dict[str, Any]:
    return {"student_id": here.student(name), "status": status, "notes": ""} | more


def _bulk(here: Classroom, lesson: Any, data: Any, who: str = "timur") -> ApiResponse:
    return here.site.client(who).post("/attendance/bulk-mark/", {"lesson_id": lesson, "attendance_data": data})


def _marks(here: Classroom) -> dict[str, str]:
    """Who was marked how in this test."""
    rows = here.new("attendance")
    return {row["student_name"]: row["status"] for row in rows}


def test_a_mark_is_shown_as_the_document_prints_it(here: Classroom, lesson: int) -> None:
    body = {"lesson": lesson, "student": here.student("sardor"), "status": "Present", "notes": "All good"}
    answer = here.timur.post("/attendance/", body).expect(201)
    assert answer.body == {
        "id": answer["id"],
        "lesson": lesson,
        "lesson_info": "Morning - 2024-01-01 09:00-10:30",
        "student": here.student("sardor"),
        "student_name": "Sardor Sardorov",
        "status": "Present",
        "marked_by": here.teacher("timur"),
        "teacher_name": "Timur Timurov",
        "notes": "All good",
        "marked_at": "2024-01-01T10:00:00Z",
    }
    assert here.sardor.get("/attendance/", lesson=lesson).results == [answer.body]


def test_who_is_no_teacher_marks_under_their_own_name(here: Classroom, lesson: int) -> None:
    body = {"lesson": lesson, "student": here.student("sardor"), "status": "Late"}
    for who, name in (("aziza", "Aziza Azizaov"), ("dilshod", "Dilshod Dilshodov"), ("rustam", "Rustam")):
        answer = here.site.client(who).post("/attendance/", body).expect(201)
        assert (answer["marked_by"], answer["teacher_name"]) == (None, name)  # C59
        here.dilshod.delete(f"/attendance/{answer['id']}/").expect(204)


def test_a_lesson_without_times_is_told_without_times(here: Classroom) -> None:
    register = here.site.extras.register[here.town.center.id]
    assert here.marked(register)["lesson_info"] == "Morning - 2024-01-01"


def test_a_student_is_marked_once_in_a_lesson(here: Classroom, lesson: int) -> None:
    mark = here.marked(lesson)
    body = {"lesson": lesson, "student": here.student("sardor"), "status": "Absent"}
    assert_refused(here.timur.post("/attendance/", body), "student", "already")  # C60
    corrected = here.timur.patch(f"/attendance/{mark['id']}/", {"status": "Absent", "notes": "Ill"}).expect(200)
    assert (corrected["status"], corrected["notes"]) == ("Absent", "Ill")
    assert here.timur.put(f"/attendance/{mark['id']}/", body).expect(200)["notes"] == "Ill"
    other = here.student("sevara")
    assert_refused(
        here.timur.put(f"/attendance/{mark['id']}/", body | {"student": other}), "student", "cannot be changed"
    )


@pytest.mark.parametrize("name", ["shirin", "sobir", "unknown", "zero", "negative", "huge"])
def test_who_is_not_in_the_group_is_refused_alike(name: str, here: Classroom, lesson: int) -> None:
    ids = {"unknown": 987654321, "zero": 0, "negative": -5, "huge": 10**30}
    id = ids.get(name) if name in ids else here.student(name)
    body = {"lesson": lesson, "student": id, "status": "Present"}
    assert_refused(here.timur.post("/attendance/", body), "student", "not in this group")
    answer = _bulk(here, lesson, [_entry(here, "sardor"), _entry(here, "sevara", student_id=id)])
    assert answer.body == {"attendance_data": [{}, {"student_id": [f"Student {id} is not in this group."]}]}  # C61
    assert _marks(here) == {}


def test_tomorrows_and_cancelled_lessons_take_no_marks(here: Classroom, lesson: int) -> None:
    tomorrow = here.planned(date="2024-01-02")["id"]
    here.dilshod.post(f"/lessons/{lesson}/cancel/").expect(200)
    for id, words in ((tomorrow, "This lesson is on 2024-01-02"), (lesson, "This lesson is cancelled")):
        body = {"lesson": id, "student": here.student("sardor"), "status": "Present"}
        assert_refused(here.timur.post("/attendance/", body), "lesson", words)  # C60
        answer = _bulk(here, id, [_entry(here, "sardor")])
        assert (answer.status, words in answer.text) == (400, True)
    assert _marks(here) == {}


def test_a_day_begins_where_the_center_is(here: Classroom) -> None:
    lesson = here.planned(date="2024-01-02")["id"]
    body = {"lesson": lesson, "student": here.student("sardor"), "status": "Present"}
    here.site.clock.advance(hours=8, minutes=59)  # 23:59 in Tashkent
    assert_refused(here.later("timur").post("/attendance/", body), "lesson")
    here.site.clock.advance(minutes=1)
    here.later("timur").post("/attendance/", body).expect(201)


# -- a class at a time ---------------------------------------------------------------------------------


def test_a_class_is_marked_in_the_documents_words(here: Classroom, lesson: int) -> None:
    here.dilshod.post(f"/students/{here.student('shirin')}/assign-group/", {"group_id": here.town.morning.id})
    data = [
        _entry(here, "sardor"),
        _entry(here, "sevara", "Absent", notes="Sick leave"),
        _entry(here, "shirin", "Late", notes="Traffic jam"),
    ]
    for _ in range(2):
        assert _bulk(here, lesson, data).expect(200).body == {"status": "Marked 3 attendance records"}
    assert _marks(here) == {"Shirin Shirinov": "Late", "Sevara Sevaraov": "Absent", "Sardor Sardorov": "Present"}
    answer = _bulk(here, lesson, [_entry(here, "sardor", "Late")])
    assert answer.body == {"status": "Marked 1 attendance records"}  # C61
    assert _marks(here)["Sardor Sardorov"] == "Late"


@pytest.mark.parametrize(("who", "status"), [("dilshod", 200), ("aziza", 200), ("rustam", 200), ("timur", 200)])
def test_who_marks_one_may_mark_a_class(who: str, status: int, here: Classroom, lesson: int) -> None:
    assert _bulk(here, lesson, [_entry(here, "sardor")], who).status == status  # C08


@pytest.mark.parametrize("who", ["malika", "sardor"])
def test_others_may_mark_nobody(who: str, here: Classroom, lesson: int) -> None:
    mark = here.marked(lesson)["id"]
    client = here.site.client(who)
    body = {"lesson": lesson, "student": here.student("sevara"), "status": "Present"}
    for answer in (
        _bulk(here, lesson, [_entry(here, "sardor")], who),
        client.post("/attendance/", body),
        client.put(f"/attendance/{mark}/", body),
        client.patch(f"/attendance/{mark}/", {"status": "Late"}),
        client.delete(f"/attendance/{mark}/"),
    ):
        assert answer.status == 403


@pytest.mark.parametrize("who", ["tamara", "davron", "tohir"])
def test_other_peoples_lessons_do_not_exist(who: str, here: Classroom, lesson: int) -> None:
    mark = here.marked(lesson)["id"]
    client = here.site.client(who)
    assert _bulk(here, lesson, [_entry(here, "sardor")], who).status == 404  # C60
    body = {"lesson": lesson, "student": here.student("sevara"), "status": "Present"}
    assert "lesson" in client.post("/attendance/", body).expect(400).fields()
    assert client.get(f"/attendance/{mark}/").status == 404
    assert client.patch(f"/attendance/{mark}/", {"status": "Late"}).status == 404
    assert mark not in client.get("/attendance/").ids


@pytest.mark.parametrize("lesson_id", [987654321, 0, -1, 2**63, 10**30])
def test_an_unknown_lesson_is_404(lesson_id: int, here: Classroom) -> None:
    assert _bulk(here, lesson_id, [_entry(here, "sardor")]).status == 404  # C61


def test_a_student_named_twice_is_refused_at_both_places(here: Classroom, lesson: int) -> None:
    answer = _bulk(here, lesson, [_entry(here, "sardor"), _entry(here, "sevara"), _entry(here, "sardor", "Late")])
    said = {"student_id": [f"Student {here.student('sardor')} is named twice."]}
    assert (answer.status, answer.body) == (400, {"attendance_data": [said, {}, said]})  # C61
    assert _marks(here) == {}


def test_every_bad_entry_is_named_at_its_place(here: Classroom, lesson: int) -> None:
    data = [
        _entry(here, "sardor", "present"),
        _entry(here, "sevara"),
        {"status": "Late"},
        _entry(here, "sardor", "Excused", notes=5),
        7,
    ]
    answer = _bulk(here, lesson, data)
    assert answer.status == 400
    found = answer["attendance_data"]
    assert [sorted(entry) if isinstance(entry, dict) else entry for entry in found[:4]] == [
        ["status"],
        [],
        ["student_id"],
        ["notes", "status"],
    ]
    assert found[4] == {"non_field_errors": ["Send an object here."]}
    assert found[0] == {"status": ["Choose one of 'Present', 'Absent' or 'Late'."]}
    assert _marks(here) == {}


@pytest.mark.parametrize(
    "data",
    [
        "Present",
        5,
        None,
        {},
        {"student_id": 1},
        [],
        [1, 2, 3],
        [None],
        ["x"],
        [[]],
        [[{"student_id": 1, "status": "Present"}]],
        [{}],
        [{"student_id": [], "status": {}}],
        [{"student_id": True, "status": "Present"}],
        [{"student_id": 1.5, "status": "Present"}],
        [{"student_id": "x" * 9999, "status": "Present"}],
        [{"student_id": 1, "status": "Present", "notes": "a\0b"}],
        [{"student_id": 1, "status": "Present", "notes": "x" * 501}],
        "[" * 40,
    ],
)
def test_what_is_no_class_is_400_and_never_a_failure(data: Any, here: Classroom, lesson: int) -> None:
    assert_refused(_bulk(here, lesson, data), "attendance_data")
    assert _marks(here) == {}


@pytest.mark.parametrize("entry", [7, {}, {"student_id": 1, "status": "Present", "notes": ""}])
def test_as_many_entries_as_a_body_holds_are_refused_in_one_sentence(entry: Any, here: Classroom, lesson: int) -> None:
    answer = _bulk(here, lesson, [entry] * 15_000)
    assert_refused(answer, "attendance_data")
    assert len(answer.text) < 15_000
    assert _marks(here) == {}


def test_lesson_and_entries_are_complained_of_together(here: Classroom) -> None:
    answer = _bulk(here, "x", [_entry(here, "sardor", "?")])
    assert {name.partition(".")[0] for name in answer.fields()} == {"lesson_id", "attendance_data"}


# -- what this document has no word for ----------------------------------------------------------------


@pytest.fixture
def excused(here: Classroom, lesson: int) -> int:
    """Sardor was excused from the lesson, through another API."""
    marks = [{"student_id": here.student("sardor"), "status": AttendanceStatus.EXCUSED}]
    with here.site.platform.school.work(here.site.world.timur) as uow:
        (mark,) = mark_class(uow, uow.get(Session, lesson), marks=marks)
    return mark.id


def test_an_excused_absence_reads_as_absent(excused: int, here: Classroom) -> None:
    assert here.timur.get(f"/attendance/{excused}/")["status"] == "Absent"
    assert here.timur.get("/attendance/", status="Absent").ids == [excused]
    assert here.timur.get("/attendance/", status="Present")["count"] == 0


def test_marks_come_newest_first_and_can_be_filtered(here: Classroom, lesson: int) -> None:
    first, second = here.marked(lesson)["id"], here.marked(lesson, "sevara", "Late")["id"]
    assert here.timur.get("/attendance/").ids[:2] == [second, first]  # C25
    assert here.timur.get("/attendance/", student=here.student("sevara"), lesson=lesson).ids == [second]
    assert here.timur.get("/attendance/", marked_by=here.teacher("timur"), lesson=lesson)["count"] == 2
    assert here.timur.get("/attendance/", search="sevara").ids == [second]
    assert here.timur.get("/attendance/", status="late").fields() == {"status"}
    assert here.sevara.get("/attendance/").ids == [second]  # C15
    assert here.sevara.get(f"/attendance/{first}/").status == 404
