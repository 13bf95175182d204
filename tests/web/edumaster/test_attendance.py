"""Sessions and marks (E22 to E25)."""

from __future__ import annotations

from typing import Any

import pytest

from support.web.client import ApiResponse, Client, EduClient
from support.web.running_platform import RunningPlatform


@pytest.fixture
def timur(edu: EduClient) -> Client:
    """The teacher of the morning group."""
    return edu("timur")


@pytest.fixture
def register(site: RunningPlatform) -> int:
    """The session of the morning group on its first day, which is today."""
    return site.extras.register[site.world.tashkent.center.id]


def _mark(client: Client, session: int, *marks: tuple[int | None, str, str | None]) -> ApiResponse:
    data: list[dict[str, Any]] = [{"student_id": id, "status": word, "reason": why} for id, word, why in marks]
    return client.post(f"/attendance/sessions/{session}/mark_attendance/", {"attendance_data": data})


def test_a_group_has_one_session_a_day_and_none_before_it_starts(timur: Client, site: RunningPlatform) -> None:
    group = site.world.tashkent.morning.id
    made = timur.post("/attendance/sessions/", {"group": group, "date": "2024-01-02"}).expect(201)
    assert (made["topic"], made["notes"], made["group_name"]) == ("", "", "Morning")
    for day in ("2024-01-02", "2023-12-31"):
        answer = timur.post("/attendance/sessions/", {"group": group, "date": day})
        assert (answer.status, answer.fields()) == (400, {"date"})  # E22
    moved = timur.patch(f"/attendance/sessions/{made['id']}/", {"date": "2024-01-01"})
    assert (moved.status, moved.fields()) == (400, {"date"})


def test_sessions_are_made_by_the_groups_teacher_and_the_office(edu: EduClient, site: RunningPlatform) -> None:
    body = {"group": site.world.tashkent.morning.id, "date": "2024-01-02"}
    refused = {"tamara": 400, "aziza": 403, "sardor": 403, "davron": 400}
    for who, status in refused.items():
        assert edu(who).post("/attendance/sessions/", body).status == status, who
    assert site.changed() == []
    for who in ("timur", "malika", "dilshod", "rustam"):
        site.reset()
        assert edu(who).post("/attendance/sessions/", body).status == 201, who


def test_who_came_is_marked_and_read_back(timur: Client, register: int, site: RunningPlatform) -> None:
    sardor, sevara = site.world.sardor.user_id, site.world.sevara.user_id
    answer = _mark(timur, register, (sardor, "present", "Kasal"), (sevara, "absent", "Kasal"))
    marks = [
        {"student_id": sardor, "status": "present", "reason": ""},
        {"student_id": sevara, "status": "absent", "reason": "Kasal"},
    ]
    assert answer.body == {"session": register, "marked": 2, "attendance": marks}  # E23, E24
    assert timur.get(f"/attendance/sessions/{register}/")["attendance"] == marks  # E25
    assert timur.get(f"/attendance/students/{sevara}/summary/").body == {
        "student_id": sevara,
        "student_name": "Sevara Sevaraov",
        "total": 1,
        "present": 0,
        "absent": 1,
        "late": 0,
        "excused": 0,
    }


def test_marking_again_overwrites_and_who_is_left_out_stays(
    timur: Client, register: int, site: RunningPlatform
) -> None:
    sardor, sevara = site.world.sardor.user_id, site.world.sevara.user_id
    _mark(timur, register, (sardor, "absent", "Kasal"), (sevara, "late", None)).expect(200)
    again = _mark(timur, register, (sardor, "excused", "Spravka")).expect(200)
    assert (again["marked"], again["attendance"][0]["reason"]) == (1, "Spravka")
    shown = timur.get(f"/attendance/sessions/{register}/")["attendance"]
    assert [(row["status"], row["reason"]) for row in shown] == [("excused", "Spravka"), ("late", "")]  # E24


def test_an_outsider_or_an_unknown_word_fails_the_whole_call(
    timur: Client, register: int, site: RunningPlatform
) -> None:
    sardor, shirin = site.world.sardor.user_id, site.world.shirin.user_id
    for wrong, field in (((shirin, "present", None), "student_id"), ((sardor, "asleep", None), "status")):
        answer = _mark(timur, register, (site.world.sevara.user_id, "present", None), wrong)
        assert (answer.status, answer.fields()) == (400, {f"attendance_data.1.{field}"})
    assert _mark(timur, register).status == 400
    assert site.changed() == []  # E24


def test_a_session_with_marks_is_not_deleted(timur: Client, register: int, site: RunningPlatform) -> None:
    _mark(timur, register, (site.world.sardor.user_id, "present", None)).expect(200)
    assert timur.delete(f"/attendance/sessions/{register}/").status == 400


def test_a_student_reads_their_own_marks_only(
    edu: EduClient, site: RunningPlatform, timur: Client, register: int
) -> None:
    sardor, sevara = site.world.sardor.user_id, site.world.sevara.user_id
    _mark(timur, register, (sardor, "present", None), (sevara, "absent", None)).expect(200)
    shown = edu("sardor").get(f"/attendance/sessions/{register}/")["attendance"]
    assert [row["student_id"] for row in shown] == [sardor]
    assert edu("sardor").get(f"/attendance/students/{sardor}/summary/")["present"] == 1
    assert edu("sardor").get(f"/attendance/students/{sevara}/summary/").status == 404
    assert edu("tamara").get(f"/attendance/students/{sevara}/summary/").status == 404
    assert edu("davron").get(f"/attendance/students/{sevara}/summary/").status == 404


def test_sessions_are_filtered_by_group_and_day(edu: EduClient, site: RunningPlatform, register: int) -> None:
    dilshod, group = edu("dilshod"), site.world.tashkent.morning.id
    second = dilshod.post("/attendance/sessions/", {"group": group, "date": "2024-01-02"})["id"]
    taught = site.extras.taught[site.world.tashkent.center.id].lesson
    for query, ids in (
        ({"date": "2024-01-02"}, [second]),
        ({"date_from": "2024-01-01"}, [second, register]),
        ({"date_to": "2024-01-01"}, [taught, register]),
        ({"group": group}, [second, taught, register]),
        ({"group": site.world.tashkent.evening.id}, []),
    ):
        assert dilshod.get("/attendance/sessions/", **query).ids == ids, query  # E14, E17
