"""Users: members of a center, called by their accounts (E03, E09 to E11)."""

from __future__ import annotations

from typing import Any

import pytest

from support.cast import PASSWORD
from support.web.client import Client, EduClient
from support.web.running_platform import RunningPlatform
from support.web.systems.edumaster import phone_of


def _body(role: str, **more: Any) -> dict[str, Any]:
    return {
        "phone_number": "+998 (77) 123-45-67",
        "first_name": "Nodira",
        "last_name": "Karimova",
        "role": role,
        "password": "Yangi parol 1",
        **more,
    }


MAY_CREATE = {
    "dilshod": {"admin", "manager", "teacher", "student"},
    "malika": {"teacher", "student"},
    "aziza": {"student"},
    "timur": set(),
    "sardor": set(),
}


@pytest.mark.parametrize("role", ["admin", "manager", "teacher", "student"])
@pytest.mark.parametrize("who", MAY_CREATE)
def test_who_may_create_which_role(who: str, role: str, edu: EduClient, site: RunningPlatform) -> None:
    answer = edu(who).post("/accounts/users/", _body(role))
    if role not in MAY_CREATE[who]:
        assert answer.status == 403  # E10
        assert site.changed() == []
        return
    assert answer.expect(201)["role"] == role
    assert answer["phone_number"] == "+998771234567"  # E09
    signed = edu().post("/accounts/login/", {"phone_number": "+998771234567", "password": "Yangi parol 1"})
    assert (signed.status, signed["user"]["id"], signed["user"]["role"]) == (200, answer["id"], role)


def test_a_new_teacher_can_teach_and_a_new_student_can_join(edu: EduClient, site: RunningPlatform) -> None:
    dilshod, town = edu("dilshod"), site.world.tashkent
    teacher = dilshod.post("/accounts/users/", _body("teacher"))["id"]
    student = dilshod.post("/accounts/users/", _body("student", phone_number="+998771234568"))["id"]
    body = {"name": "New", "course": town.course.id, "teacher": teacher, "start_date": "2024-01-01"}
    group = dilshod.post("/groups/", body).expect(201)
    assert (group["teacher"], group["teacher_name"]) == (teacher, "Nodira Karimova")
    path = f"/groups/{group['id']}/add_student/"
    assert dilshod.post(path, {"student_id": student}).expect(200)["students_count"] == 1


def test_several_have_one_telephone_and_their_own_passwords(edu: EduClient, site: RunningPlatform) -> None:
    phone = phone_of(site.world.sardor.user_id)
    spelled = f"{phone[:4]} {phone[4:]}"
    made = {
        role: edu("dilshod").post("/accounts/users/", _body(role, phone_number=spelled, password=f"{role} 2024"))
        for role in ("student", "teacher")
    }
    for role, answer in made.items():
        assert answer.expect(201)["phone_number"] == phone  # E09, but for siblings
        body = {"phone_number": phone, "password": f"{role} 2024"}
        assert edu().post("/accounts/login/", body).expect(200)["user"]["id"] == answer["id"]
        shown = edu("dilshod").get(f"/accounts/users/{answer['id']}/").body
        assert edu("dilshod").put(f"/accounts/users/{answer['id']}/", shown).expect(200).body == shown


@pytest.mark.parametrize(("who", "to"), [("sardor", "teacher"), ("malika", "admin"), ("timur", "student")])
def test_a_role_never_changes(who: str, to: str, edu: EduClient, site: RunningPlatform) -> None:
    path = f"/accounts/users/{getattr(site.world, who).user_id}/"
    answer = edu("dilshod").patch(path, {"role": to})
    assert (answer.status, answer.fields()) == (400, {"role"})
    assert site.changed() == []
    shown = edu("dilshod").get(path).body
    assert edu("dilshod").patch(path, {"role": shown["role"]}).expect(200).body == shown


def test_a_clerk_is_shown_as_a_manager_and_stays_a_clerk(edu: EduClient, site: RunningPlatform) -> None:
    path = f"/accounts/users/{site.world.aziza.user_id}/"
    assert edu("dilshod").get(path)["role"] == "manager"
    assert edu("dilshod").patch(path, {"role": "manager", "first_name": "Azizaxon"}).expect(200)["role"] == "manager"
    shown = site.client("dilshod").get(f"/staff/{site.world.aziza.membership_id}/")
    assert (shown["role"], shown["user"]["first_name"]) == ("Admin", "Azizaxon")


@pytest.mark.parametrize("who", ["sardor", "timur", "malika", "aziza"])
def test_who_is_not_active_is_out_at_once_and_in_again_when_active(
    who: str, edu: EduClient, site: RunningPlatform
) -> None:
    person = getattr(site.world, who)
    path = f"/accounts/users/{person.user_id}/"
    assert edu("dilshod").patch(path, {"is_active": False}).expect(200)["is_active"] is False
    assert edu(who).get("/accounts/profile/").status == 401
    login = {"phone_number": phone_of(person.user_id), "password": PASSWORD}
    assert edu().post("/accounts/login/", login).status == 403
    inactive = edu("dilshod").get("/accounts/users/", is_active="false").ids
    assert person.user_id in inactive
    assert edu("dilshod").patch(path, {"is_active": True}).expect(200)["is_active"] is True
    assert edu().post("/accounts/login/", login).status == 200
    if who == "sardor":
        student = site.client("dilshod").get(f"/students/{person.student_id}/")
        assert student["status"] == "Active"


@pytest.mark.parametrize(("who", "status"), [("shirin", 204), ("tamara", 204), ("malika", 204), ("davron", 404)])
def test_users_are_let_go_as_what_they_are(who: str, status: int, edu: EduClient, site: RunningPlatform) -> None:
    id = getattr(site.world, who).user_id
    assert edu("dilshod").delete(f"/accounts/users/{id}/").status == status
    assert edu("dilshod").get(f"/accounts/users/{id}/").status == 404
    assert edu(who).get("/accounts/profile/").status == (401 if status == 204 else 200)


def test_admins_are_changed_by_nobody_of_their_center(edu: EduClient, site: RunningPlatform) -> None:
    path = f"/accounts/users/{site.world.dilshod.user_id}/"
    for who in ("dilshod", "malika"):
        assert edu(who).patch(path, {"first_name": "King"}).status == 403
        assert edu(who).delete(path).status == 403
    assert site.changed() == []


def test_a_teacher_sees_the_students_of_their_groups_and_nobody_else(edu: EduClient, site: RunningPlatform) -> None:
    world = site.world
    assert set(edu("timur").get("/accounts/users/").ids) == {world.sardor.user_id, world.sevara.user_id}
    assert edu("tamara").get("/accounts/users/").ids == []
    for person in (world.shirin, world.malika, world.sobir):
        assert edu("timur").get(f"/accounts/users/{person.user_id}/").status == 404
    assert edu("sardor").get("/accounts/users/").ids == []
    edu("dilshod").post(
        f"/groups/{world.tashkent.morning.id}/remove_student/", {"student_id": world.sardor.user_id}
    ).expect(200)
    assert edu("timur").get("/accounts/users/").ids == [world.sevara.user_id]


def test_what_a_teacher_may_see_opens_nothing_in_the_center_crm(site: RunningPlatform) -> None:
    for path in ("/staff/", "/directors/"):
        assert site.client("timur").get(path).status == 403


def test_users_are_filtered_and_searched(edu: EduClient, site: RunningPlatform) -> None:
    client: Client = edu("dilshod")
    assert {row["role"] for row in client.get("/accounts/users/", role="manager").results} == {"manager"}
    assert client.get("/accounts/users/", role="manager")["count"] == 3
    assert client.get("/accounts/users/", role="admin").ids == [site.world.dilshod.user_id]
    assert client.get("/accounts/users/", search="SARD").ids == [site.world.sardor.user_id]
    assert client.get("/accounts/users/", search=phone_of(site.world.sardor.user_id)[4:])["count"] == 1
    for query in ({"role": "boss"}, {"is_active": "maybe"}):
        answer = client.get("/accounts/users/", **query)
        assert (answer.status, answer.fields()) == (400, set(query))


def test_whoever_acted_is_not_deleted_and_the_answer_says_what_they_did(edu: EduClient, site: RunningPlatform) -> None:
    town = site.world.tashkent
    answer = edu("dilshod").delete(f"/accounts/users/{town.admin.user_id}/")
    assert (answer.status, set(answer.body)) == (400, {"error", "details"})
    assert "bog‘langan yozuvlar bor" in answer.text
    assert "hisob daftari yozuvi" in answer.text
    assert site.changed() == []
    idle = edu("dilshod").post("/accounts/users/", _body("manager")).expect(201)["id"]
    assert edu("dilshod").delete(f"/accounts/users/{idle}/").status == 204
