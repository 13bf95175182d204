"""Courses and groups (E05, E13, E17 to E21)."""

from __future__ import annotations

from typing import Any

import pytest

from educore.courses import Course
from support.cast import Town
from support.web.client import Client, EduClient
from support.web.running_platform import RunningPlatform


@pytest.fixture
def dilshod(edu: EduClient) -> Client:
    """The director of Tashkent."""
    return edu("dilshod")


@pytest.fixture
def town(site: RunningPlatform) -> Town:
    """Tashkent."""
    return site.world.tashkent


def _course(title: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "price": 100, "duration_months": 3, **more}


def _group(town: Town, **more: Any) -> dict[str, Any]:
    body = {"name": "A", "course": town.course.id, "teacher": town.teacher.user_id, "start_date": "2024-01-15"}
    return {**body, **more}


@pytest.mark.parametrize(
    ("sent", "shown"), [("500000.00", "500000.00"), (500000, "500000.00"), (0.5, "0.50"), ("0", "0.00"), (0, "0.00")]
)
def test_money_is_a_text_with_two_decimals(sent: Any, shown: str, dilshod: Client) -> None:
    assert dilshod.post("/courses/", _course("Algebra", price=sent)).expect(201)["price"] == shown  # E18


@pytest.mark.parametrize("price", [-1, "-0.01", "1.234", "x", None, True, "1e400"])
def test_other_prices_are_refused(price: Any, dilshod: Client) -> None:
    answer = dilshod.post("/courses/", _course("Algebra", price=price))
    assert (answer.status, answer.fields()) == (400, {"price"})


def test_courses_are_ordered_by_what_the_document_proposes_and_other_orders_are_ignored(dilshod: Client) -> None:
    for number, title in enumerate(("Beta", "Alpha", "Gamma")):
        dilshod.post("/courses/", _course(title, price=300 - 100 * number, duration_months=number + 1)).expect(201)
    query = {"search": "a", "page_size": 100}
    titles = lambda **more: [row["title"] for row in dilshod.get("/courses/", **query, **more).results]  # noqa: E731
    assert titles() == ["Gamma", "Alpha", "Beta"]  # E17
    assert titles(ordering="title") == ["Alpha", "Beta", "Gamma"]
    assert titles(ordering="-title") == ["Gamma", "Beta", "Alpha"]
    assert titles(ordering="price") == ["Gamma", "Alpha", "Beta"]
    assert titles(ordering="duration_months") == ["Beta", "Alpha", "Gamma"]
    for ignored in ("nope", "is_active", "password", "--title", "description"):
        assert titles(ordering=ignored) == titles(), ignored
    assert titles(ordering="nope,title") == titles(ordering="title")  # E13


def test_courses_are_found_by_title_and_description_and_by_whether_they_are_active(dilshod: Client) -> None:
    dilshod.post("/courses/", _course("Python", description="Dasturlash", is_active=False)).expect(201)
    assert dilshod.get("/courses/", search="DASTUR")["count"] == 1
    for text, count in (("false", 1), ("0", 1), ("true", 2), ("1", 2)):
        assert dilshod.get("/courses/", is_active=text)["count"] == count
    assert dilshod.get("/courses/", is_active="maybe").fields() == {"is_active"}  # E13


def test_pages_are_cut_to_a_hundred_and_one_past_the_end_is_404(dilshod: Client, site: RunningPlatform) -> None:
    with site.platform.school.work(site.world.dilshod) as uow:
        for number in range(105):
            uow.add(Course, {"name": f"Course {number:03}", "created_at": uow.ports.clock.now()})
    assert len(dilshod.get("/courses/").results) == 20
    assert len(dilshod.get("/courses/", page_size=500).results) == 100
    assert dilshod.get("/courses/", page=99).body == {"error": "Topilmadi", "details": {}}
    assert dilshod.get("/courses/")["next"] == "http://school.test/edumaster/api/courses/?page=2"  # E15, E16


def test_an_inactive_course_takes_no_new_groups(dilshod: Client, town: Town) -> None:
    dilshod.patch(f"/courses/{town.course.id}/", {"is_active": False}).expect(200)
    answer = dilshod.post("/groups/", _group(town))
    assert (answer.status, answer.fields()) == (400, {"course"})
    assert dilshod.patch(f"/groups/{town.morning.id}/", {"name": "Goes on"}).status == 200  # E19


@pytest.mark.parametrize("who", ["sardor", "malika", "dilshod", "tohir"])
def test_only_a_teacher_of_the_center_teaches(who: str, dilshod: Client, site: RunningPlatform, town: Town) -> None:
    answer = dilshod.post("/groups/", _group(town, teacher=getattr(site.world, who).user_id))
    assert (answer.status, answer.fields()) == (400, {"teacher"})  # E05
    assert site.changed() == []


def test_the_id_of_a_teacher_is_that_of_the_user_everywhere(dilshod: Client, site: RunningPlatform, town: Town) -> None:
    tamara = site.world.tamara.user_id
    group = dilshod.post("/groups/", _group(town, teacher=tamara)).expect(201)
    assert group["teacher"] == tamara
    assert group["id"] in dilshod.get("/groups/", teacher=tamara).ids
    assert dilshod.get("/groups/", teacher=site.world.timur.user_id).ids == [town.morning.id]
    changed = dilshod.patch(f"/groups/{group['id']}/", {"teacher": site.world.timur.user_id}).expect(200)
    assert (changed["teacher"], changed["teacher_name"]) == (site.world.timur.user_id, "Timur Timurov")


def test_a_group_without_a_limit_takes_everybody(dilshod: Client, site: RunningPlatform, town: Town) -> None:
    group = dilshod.post("/groups/", _group(town)).expect(201)
    assert group["max_students"] is None
    for person in (site.world.sardor, site.world.sevara, site.world.shirin):
        dilshod.post(f"/groups/{group['id']}/add_student/", {"student_id": person.user_id}).expect(200)
    assert dilshod.get(f"/groups/{group['id']}/")["students_count"] == 3  # E20


def test_adding_a_student_twice_or_to_a_full_group_is_400(dilshod: Client, site: RunningPlatform, town: Town) -> None:
    path, world = f"/groups/{town.morning.id}/add_student/", site.world
    again = dilshod.post(path, {"student_id": world.sardor.user_id})
    assert (again.status, again.fields()) == (400, {"student_id"})
    assert dilshod.post(path, {"student_id": world.shirin.user_id}).expect(200)["students_count"] == 3
    more = dilshod.post(
        "/accounts/users/",
        {
            "phone_number": "+998771234567",
            "first_name": "N",
            "last_name": "K",
            "role": "student",
            "password": "Parol 123",
        },
    )
    full = dilshod.post(path, {"student_id": more["id"]}, headers={"accept-language": "en"})
    assert full.status == 400
    assert "All 3 places" in full.text  # E20


@pytest.mark.parametrize("who", ["timur", "dilshod", "sobir"])
@pytest.mark.parametrize("action", ["add_student", "remove_student"])
def test_who_is_no_student_here_is_refused_on_student_id(
    action: str, who: str, dilshod: Client, site: RunningPlatform, town: Town
) -> None:
    for id in (getattr(site.world, who).user_id, 987654):
        answer = dilshod.post(f"/groups/{town.morning.id}/{action}/", {"student_id": id})
        assert (answer.status, answer.fields()) == (400, {"student_id"})
    assert site.changed() == []


def test_a_student_is_taken_out_and_put_back(
    dilshod: Client, edu: EduClient, site: RunningPlatform, town: Town
) -> None:
    body, path = {"student_id": site.world.sardor.user_id}, f"/groups/{town.morning.id}"
    for _ in range(2):
        assert dilshod.post(f"{path}/remove_student/", body).expect(200)["students_count"] == 1
    assert edu("sardor").get("/groups/").ids == []
    assert dilshod.post(f"{path}/add_student/", body).expect(200)["students_count"] == 2
    assert edu("sardor").get("/groups/").ids == [town.morning.id]  # E21


def test_places_cannot_be_fewer_than_students(dilshod: Client, town: Town) -> None:
    answer = dilshod.patch(f"/groups/{town.morning.id}/", {"max_students": 1})
    assert (answer.status, answer.fields()) == (400, {"max_students"})
    assert dilshod.patch(f"/groups/{town.morning.id}/", {"max_students": None}).expect(200)["max_students"] is None
