"""Two APIs over one school: what is done through one is seen through the other, in its own words (E36)."""

from __future__ import annotations

from typing import Any

from support.web.client import EduClient
from support.web.recipes import Place, recipe_body
from support.web.running_platform import RunningPlatform
from support.web.systems import EDUMASTER


def test_a_course_is_a_subject(edu: EduClient, site: RunningPlatform) -> None:
    course = edu("dilshod").post("/courses/", {"title": "Python", "price": "10.00", "duration_months": 2}).expect(201)
    subject = site.client("dilshod").get(f"/subjects/{course['id']}/")
    assert (subject["name"], "title" in subject.body, "price" in subject.body) == ("Python", False, False)
    made = site.client("dilshod").post("/subjects/", {"name": "Chess club"}).expect(201)
    shown = edu("dilshod").get(f"/courses/{made['id']}/")
    assert (shown["title"], shown["price"], shown["duration_months"]) == ("Chess club", "0.00", None)


def test_a_group_is_a_group_with_other_words(edu: EduClient, site: RunningPlatform) -> None:
    at = Place(site, site.world.tashkent)
    group = edu("dilshod").post("/groups/", recipe_body(EDUMASTER["groups.create"], at)).expect(201)
    shown = site.client("dilshod").get(f"/groups/{group['id']}/")
    assert (shown["subject"], shown["capacity"], shown["status"]) == (group["course"], 15, "Active")
    assert (shown["teacher"], group["teacher"]) == (site.world.timur.teacher_id, site.world.timur.user_id)
    assert (shown["branch"], shown["branch_name"]) == (at.town.branch.id, "Tashkent Centre")
    made = site.client("dilshod").post("/groups/", recipe_body("groups.create", at)).expect(201)
    seen = edu("dilshod").get(f"/groups/{made['id']}/")
    assert (seen["course"], seen["max_students"], seen["teacher"]) == (made["subject"], 25, group["teacher"])


def test_a_group_without_a_limit_has_no_capacity(edu: EduClient, site: RunningPlatform) -> None:
    body = recipe_body(EDUMASTER["groups.create"], Place(site, site.world.tashkent)) | {"max_students": None}
    group = edu("dilshod").post("/groups/", body).expect(201)
    assert site.client("dilshod").get(f"/groups/{group['id']}/")["capacity"] is None


def test_a_student_is_a_user(edu: EduClient, site: RunningPlatform) -> None:
    at = Place(site, site.world.tashkent)
    user = edu("dilshod").post("/accounts/users/", recipe_body(EDUMASTER["users.create"], at)).expect(201)
    (student,) = site.client("dilshod").get("/students/", search=user["phone_number"]).results
    assert (student["user"]["id"], student["user"]["username"]) == (
        user["id"],
        f"{user['phone_number'].lstrip('+')}.{at.center}",
    )
    assert (student["status"], student["user_info"]["role"]) == ("Active", "Student")
    body: dict[str, Any] = recipe_body("students.create", at)
    body["user"]["phone"], body["user"]["username"] = "+998770000002", "ozoda"
    made = site.client("dilshod").post("/students/", body).expect(201)
    shown = edu("dilshod").get(f"/accounts/users/{made['user']['id']}/")
    assert (shown["role"], shown["phone_number"], shown["is_active"]) == ("student", "+998770000002", True)
    site.client("dilshod").post(f"/students/{made['id']}/block/").expect(200)
    assert edu("dilshod").get(f"/accounts/users/{made['user']['id']}/")["is_active"] is False


def test_a_session_is_a_lesson_without_times(edu: EduClient, site: RunningPlatform) -> None:
    group = site.world.tashkent.morning.id
    body = {"group": group, "date": "2024-01-02", "topic": "Python asoslari", "notes": "Birinchi dars"}
    session = edu("timur").post("/attendance/sessions/", body).expect(201)
    lesson = site.client("timur").get(f"/lessons/{session['id']}/")
    assert (lesson["group"], lesson["group_name"], lesson["date"]) == (group, "Morning", "2024-01-02")
    assert (lesson["start_time"], lesson["end_time"], lesson["duration"]) == (None, None, None)
    times = {"start_time": "09:00:00", "end_time": "10:30:00"}
    planned = site.client("timur").post("/lessons/", {"group": group, "date": "2024-01-03", **times}).expect(201)
    seen = edu("timur").get(f"/attendance/sessions/{planned['id']}/")
    assert (seen["group"], seen["date"], seen["topic"], seen["attendance"]) == (group, "2024-01-03", "", [])
    site.client("timur").post(f"/lessons/{planned['id']}/cancel/").expect(200)
    assert edu("timur").get(f"/attendance/sessions/{planned['id']}/").status == 404


def test_a_mark_is_a_mark_in_either_spelling(edu: EduClient, site: RunningPlatform) -> None:
    town = site.world.tashkent
    session = site.extras.register[town.center.id]
    marks = [
        {"student_id": town.student.user_id, "status": "excused", "reason": "Kasal"},
        {"student_id": town.classmate.user_id, "status": "present"},
    ]
    marked = {"attendance_data": marks}
    edu("timur").post(f"/attendance/sessions/{session}/mark_attendance/", marked).expect(200)
    shown = {row["student"]: row for row in site.client("timur").get("/attendance/", lesson=session).results}
    mine, other = shown[town.student.student_id], shown[town.classmate.student_id]
    assert (mine["status"], mine["notes"], mine["marked_by"]) == ("Absent", "Kasal", town.teacher.teacher_id)
    assert (other["status"], other["notes"], other["teacher_name"]) == ("Present", "", "Timur Timurov")
    late = [{"student_id": town.classmate.student_id, "status": "Late", "notes": "Traffic jam"}]
    body = {"lesson_id": session, "attendance_data": late}
    site.client("timur").post("/attendance/bulk-mark/", body).expect(200)
    assert edu("timur").get(f"/attendance/sessions/{session}/")["attendance"] == [
        {"student_id": town.student.user_id, "status": "excused", "reason": "Kasal"},
        {"student_id": town.classmate.user_id, "status": "late", "reason": "Traffic jam"},
    ]


def test_a_token_of_one_api_is_good_for_the_other(edu: EduClient, site: RunningPlatform) -> None:
    signed = site.client().post("/auth/login/", {"username": "timur", "password": "plov and 7 samsa"}).expect(200)
    assert site.with_token(signed["token"]).of(EDUMASTER).get("/accounts/profile/")["role"] == "teacher"


def test_neither_answers_in_the_shape_of_the_other(edu: EduClient, site: RunningPlatform) -> None:
    for id in (site.world.samarkand.morning.id, 987654):
        assert set(edu("dilshod").get(f"/groups/{id}/").body) == {"error", "details"}
        assert set(site.client("dilshod").get(f"/groups/{id}/").body) == {"error", "status_code"}
