"""One's own profile and password."""

from __future__ import annotations

from typing import Any

import pytest

from educore.identity import User
from support.cast import PASSWORD
from support.plain_rows import change_row
from support.web.madrasti_school import Caller, School, email_of

EVERYBODY = ("dilshod", "malika", "aziza", "salima", "timur", "sardor", "parvin", "davud", "rustam")
NEXT = "newSecurePass456"
KEYS = {
    *("id", "email", "first_name", "last_name", "full_name", "role", "phone", "date_of_birth", "address"),
    *("profile_picture", "profile_picture_url", "bio", "emergency_contact_name", "emergency_contact_phone"),
    *("is_active", "last_login", "created_at", "updated_at"),
}
"""The keys that the document prints."""

MINE: dict[str, Any] = {
    "first_name": "Sara",
    "last_name": "Alami",
    "phone": "+212612345678",
    "date_of_birth": "2008-05-15",
    "address": "123 Rue Mohammed V, Casablanca",
    "bio": "Passionate about mathematics and science",
    "emergency_contact_name": "Fatima Alami",
    "emergency_contact_phone": "+212611111111",
    "language": "fr",
    "calendar": "islamic",
}


@pytest.mark.parametrize("name", EVERYBODY)
def test_everybody_reads_and_changes_their_own(school: School, name: str) -> None:
    caller = school.caller(name)
    before = caller.get("/users/profile/")
    assert set(before.body) == KEYS | {"language", "calendar", "wants_mail"}
    assert before["last_login"] == "2024-01-01T10:00:00Z"
    assert before["id"] == school.member(name).user_id
    changed = caller.send("PATCH", "/users/profile/", MINE)
    assert changed.status == 200, changed.body
    assert {key: changed[key] for key in MINE} == MINE
    assert changed["full_name"] == "Sara Alami"
    assert changed.body == caller.get("/users/profile/").body


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("name", EVERYBODY)
def test_what_is_shown_can_be_sent_back(school: School, name: str, method: str) -> None:
    caller = school.caller(name)
    shown = caller.get("/users/profile/").body
    answer = caller.send(method, "/users/profile/", shown)
    assert (answer.status, answer.body) == (200, shown)


def test_put_requires_the_names_and_patch_nothing(school: School) -> None:
    caller = school.caller("sardor")
    assert set(caller.send("PUT", "/users/profile/", {"bio": "x"}).details) == {"first_name", "last_name"}
    answer = caller.send("PATCH", "/users/profile/", {"bio": "x"})
    assert (answer["bio"], answer["first_name"]) == ("x", "Sardor")
    assert caller.send("PATCH", "/users/profile/", {"bio": ""})["bio"] in (None, "")


@pytest.mark.parametrize("name", EVERYBODY)
def test_role_and_status_are_for_others_to_change(school: School, name: str) -> None:
    caller = school.caller(name)
    role = caller.get("/users/profile/")["role"]
    other = "STUDENT" if role != "STUDENT" else "ADMIN"
    for change in ({"role": other}, {"is_active": False}):
        answer = caller.send("PATCH", "/users/profile/", change | {"bio": "changed"})
        assert (answer.status, answer["error_code"]) == (403, "PERMISSION_DENIED")
        assert answer.details["user_role"] == role
    assert caller.get("/users/profile/")["bio"] is None, "nothing of a refused change is kept"
    assert caller.send("PATCH", "/users/profile/", {"role": role, "is_active": True}).status == 200


def test_the_address_is_for_others_to_change(school: School) -> None:
    caller = school.caller("sardor")
    answer = caller.send("PATCH", "/users/profile/", {"email": "other@example.com"})
    assert (answer.status, set(answer.details)) == (400, {"email"})
    assert caller.send("PATCH", "/users/profile/", {"email": email_of("sardor").upper()}).status == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"first_name": ""}, "first_name"),
        ({"last_name": "x" * 51}, "last_name"),
        ({"address": "x" * 501}, "address"),
        ({"bio": "x" * 1001}, "bio"),
        ({"emergency_contact_name": "x" * 101}, "emergency_contact_name"),
        ({"emergency_contact_phone": "12"}, "emergency_contact_phone"),
        ({"phone": {"number": 1}}, "phone"),
        ({"date_of_birth": "2008-13-01"}, "date_of_birth"),
        ({"language": "de"}, "language"),
        ({"calendar": "julian"}, "calendar"),
    ],
)
def test_a_bad_field_is_named(school: School, change: dict[str, Any], field: str) -> None:
    answer = school.caller("sardor").send("PATCH", "/users/profile/", change)
    assert (answer.status, answer["error_code"], set(answer.details)) == (400, "VALIDATION_ERROR", {field})


def test_a_stored_name_that_is_too_long_or_missing_stays(school: School) -> None:
    names = {"first_name": "x" * 60, "last_name": ""}
    with school.site.platform.school.work(school.site.world.rustam) as uow:
        change_row(uow, uow.get(User, school.site.world.sardor.user_id or 0), names)
    answer = school.caller("sardor").send("PUT", "/users/profile/", names | {"bio": "x"})
    assert (answer.status, answer["bio"]) == (200, "x")


def test_nobody_else_is_reached(school: School) -> None:
    mine = school.caller("sardor").send("PATCH", "/users/profile/", {"id": 1, "user_id": 1, "bio": "mine"})
    assert mine["bio"] == "mine"
    with school.site.platform.school.work(school.site.world.rustam, read_only=True) as uow:
        assert [user.id for user in uow.find(User) if user.bio == "mine"] == [school.site.world.sardor.user_id]


@pytest.mark.parametrize("name", EVERYBODY)
def test_a_changed_password_ends_every_token(school: School, name: str) -> None:
    phone, desk = school.login(name), school.login(name)
    caller = Caller(school.site.wire, desk["access"])
    body = {"current_password": PASSWORD, "new_password": NEXT, "new_password_confirm": NEXT}
    answer = caller.post("/users/change-password/", body)
    assert (answer.status, answer.body) == (200, {"message": "Password changed successfully"})
    for tokens in (phone, desk):
        assert Caller(school.site.wire, tokens["access"]).get("/users/profile/").status == 401
        assert school.caller().post("/token/refresh/", {"refresh": tokens["refresh"]}).status == 401
    assert school.login(name).status == 400
    assert school.login(name, NEXT).status == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"current_password": "wrong pass 1"}, "current_password"),
        ({"current_password": None}, "current_password"),
        ({"new_password": "short1", "new_password_confirm": "short1"}, "new_password"),
        ({"new_password": "onlyletters", "new_password_confirm": "onlyletters"}, "new_password"),
        ({"new_password": PASSWORD, "new_password_confirm": PASSWORD}, "new_password"),
        ({"new_password_confirm": "otherPass123"}, "new_password_confirm"),
        ({"new_password_confirm": None}, "new_password_confirm"),
    ],
)
def test_a_bad_password_is_named(school: School, change: dict[str, Any], field: str) -> None:
    body = {"current_password": PASSWORD, "new_password": NEXT, "new_password_confirm": NEXT} | change
    sent = {name: value for name, value in body.items() if value is not None}
    answer = school.caller("sardor").post("/users/change-password/", sent)
    assert (answer.status, set(answer.details)) == (400, {field}), answer.body
    assert school.login("sardor").status == 200


def test_a_visitor_has_no_profile(school: School) -> None:
    for method, path in (
        ("GET", "/users/profile/"),
        ("PUT", "/users/profile/"),
        ("PATCH", "/users/profile/"),
        ("POST", "/users/change-password/"),
        ("POST", "/users/logout/"),
    ):
        answer = school.caller().send(method, path, {} if method != "GET" else None)
        assert answer.status == 401
        assert answer.details == {"message": "Authentication credentials were not provided.", "token_expired": False}


def test_a_password_reset_is_asked_and_confirmed(school: School) -> None:
    said = {"message": "If an account exists for this email, a reset link has been sent"}
    for name in ("sardor", "nobody", "sobir"):  # the last one belongs to no school
        answer = school.caller().post("/users/password-reset/", {"email": email_of(name)})
        assert (answer.status, answer.body) == (200, said)
    (code,) = school.mailed_codes()
    tokens = school.login("sardor")
    body = {"token": code, "new_password": NEXT, "new_password_confirm": NEXT}
    differing = school.caller().post("/users/password-reset/confirm/", body | {"new_password_confirm": "otherPass1"})
    assert (differing.status, set(differing.details)) == (400, {"new_password_confirm"})
    assert school.caller().post("/users/password-reset/confirm/", body).status == 200
    assert Caller(school.site.wire, tokens["access"]).get("/users/profile/").status == 401
    assert school.login("sardor", NEXT).status == 200
    again = school.caller().post("/users/password-reset/confirm/", body)
    assert (again.status, set(again.details)) == (400, {"token"})
