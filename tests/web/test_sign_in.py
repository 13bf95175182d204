"""Signing in, refreshing, leaving: the exact answers, and tokens that die when they should."""

from __future__ import annotations

from typing import Any

import pytest

from support.cast import PASSWORD
from support.web.client import ApiResponse, Client
from support.web.running_platform import RunningPlatform
from support.web.systems.center_crm import CATALOG

BAD_CREDENTIALS = {"error": "Invalid credentials", "status_code": 401}


def _sign_in(site: RunningPlatform, username: str, password: str = PASSWORD, **options: Any) -> ApiResponse:
    return site.client().post("/auth/login/", {"username": username, "password": password}, **options)


def _works(site: RunningPlatform, token: str) -> bool:
    return site.with_token(token).get("/branches/").status == 200


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("rustam", "SuperAdmin"),
        ("dilshod", "Director"),
        ("malika", "Manager"),
        ("aziza", "Admin"),
        ("timur", "Teacher"),
        ("sardor", "Student"),
    ],
)
def test_signing_in_answers_the_six_documented_keys(name: str, role: str, site: RunningPlatform) -> None:
    answer = _sign_in(site, name).expect(200)
    assert list(answer.body) == CATALOG.response("auth.login")["fields"]
    someone = site.world.everybody()[name]
    said = (answer["user_id"], answer["username"], answer["role"], answer["center_id"])
    assert said == (someone.user_id, name, role, someone.center_id)
    assert answer["token"] != answer["refresh"]
    assert _works(site, answer["token"])


def test_the_superadmin_belongs_to_no_center_and_says_so(site: RunningPlatform) -> None:
    assert _sign_in(site, "rustam").body["center_id"] is None  # C03


def test_case_of_the_name_does_not_matter_but_that_of_the_password_does(site: RunningPlatform) -> None:
    assert _sign_in(site, "DilShod").status == 200
    assert _sign_in(site, "dilshod", PASSWORD.upper()).body == BAD_CREDENTIALS
    assert _sign_in(site, "dilshod", f" {PASSWORD}").body == BAD_CREDENTIALS


@pytest.mark.parametrize(
    "name", ["dilshod", "nobody", "x" * 5000, "' OR 1=1 --", "ди́лшод", "a\0b", "dilshod@tashkent.uz"]
)
def test_a_wrong_name_and_a_wrong_password_read_the_same(name: str, site: RunningPlatform) -> None:
    answer = _sign_in(site, name, "wrong password 1")
    assert (answer.status, answer.body) == (401, BAD_CREDENTIALS)  # C02


@pytest.mark.parametrize("password", ["x" * 128, "пароль 7", "🙂"])
def test_any_password_may_be_tried(password: str, site: RunningPlatform) -> None:
    assert _sign_in(site, "dilshod", password).body == BAD_CREDENTIALS


def test_the_right_password_of_who_may_not_come_in_is_403_with_the_reason(site: RunningPlatform) -> None:
    assert _sign_in(site, "bahrom").body == {"error": "This account is blocked.", "status_code": 403}
    assert _sign_in(site, "karim").body == {"error": "This center is inactive.", "status_code": 403}
    assert _sign_in(site, "bahrom", "wrong password 1").body == BAD_CREDENTIALS  # C02


def test_five_wrong_tries_in_a_quarter_of_an_hour_are_enough(site: RunningPlatform) -> None:
    for _ in range(5):
        assert _sign_in(site, "dilshod", "wrong password 1").status == 401
    answer = _sign_in(site, "dilshod")
    assert (answer.status, answer.headers["retry-after"]) == (429, "900")
    assert answer.body == {"error": "Too many attempts; try again in 900 seconds.", "status_code": 429}
    assert _sign_in(site, "malika").status == 200, "others are not kept waiting"
    site.clock.advance(minutes=14, seconds=59)
    assert _sign_in(site, "dilshod").headers["retry-after"] == "1"
    site.clock.advance(seconds=2)
    assert _sign_in(site, "dilshod").status == 200


def test_a_name_nobody_has_is_slowed_down_too(site: RunningPlatform) -> None:
    for _ in range(5):
        _sign_in(site, "nobody", "wrong password 1")
    assert _sign_in(site, "nobody").status == 429


def test_a_hundred_wrong_names_from_a_schools_address_lock_nobody_out_there(site: RunningPlatform) -> None:
    for number in range(110):
        _sign_in(site, f"nobody{number}", "wrong password 1")
    for name in ("dilshod", "timur", "sardor"):
        assert _sign_in(site, name).status == 200


def test_right_passwords_are_limited_in_the_apis_own_words(site: RunningPlatform) -> None:
    statuses = [_sign_in(site, "dilshod").status for _ in range(30)]
    answer = _sign_in(site, "dilshod")
    assert (set(statuses), answer.status, answer.headers["retry-after"]) == ({200}, 429, "900")
    assert answer.body == {"error": "Too many attempts; try again in 900 seconds.", "status_code": 429}
    assert _sign_in(site, "malika").status == 200, "others are not kept waiting"


def test_a_refresh_token_gives_two_new_tokens(site: RunningPlatform) -> None:
    first = _sign_in(site, "dilshod")
    second = site.client().post("/auth/refresh/", {"refresh": first["refresh"]}).expect(200)
    assert list(second.body) == ["token", "refresh"]
    assert second["refresh"] != first["refresh"]
    third = site.client().post("/auth/refresh/", {"refresh": second["refresh"]}).expect(200)
    assert _works(site, third["token"])


def test_using_a_refresh_token_later_again_ends_the_sign_in(site: RunningPlatform) -> None:
    first = _sign_in(site, "dilshod")
    second = site.client().post("/auth/refresh/", {"refresh": first["refresh"]})
    site.clock.advance(seconds=30)
    assert site.client().post("/auth/refresh/", {"refresh": first["refresh"]}).status == 401
    assert site.client().post("/auth/refresh/", {"refresh": second["refresh"]}).status == 401
    assert not _works(site, second["token"])
    assert _works(site, site.tokens["dilshod"].access), "his other device stays signed in"


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "access", "\0", "x" * 50_000])
def test_what_is_no_refresh_token_is_401(token: str, site: RunningPlatform) -> None:
    given = site.tokens["dilshod"].access if token == "access" else token
    assert site.client().post("/auth/refresh/", {"refresh": given}).status == 401
    assert site.changed() == []


def test_an_access_token_lasts_half_an_hour_and_a_sign_in_a_week_without_use(site: RunningPlatform) -> None:
    signed = _sign_in(site, "dilshod")
    site.clock.advance(minutes=29, seconds=59)
    assert _works(site, signed["token"])
    site.clock.advance(seconds=1)
    expired = site.with_token(signed["token"]).get("/branches/")
    assert (expired.status, expired["error"]) == (401, "The token has expired.")
    site.clock.advance(days=6, hours=23)
    renewed = site.client().post("/auth/refresh/", {"refresh": signed["refresh"]}).expect(200)
    site.clock.advance(days=7)
    assert site.client().post("/auth/refresh/", {"refresh": renewed["refresh"]}).status == 401  # C01


def test_leaving_ends_both_tokens_and_no_others(site: RunningPlatform) -> None:
    signed = _sign_in(site, "dilshod")
    assert site.with_token(signed["token"]).post("/auth/logout/").body == {"status": "Signed out"}
    assert not _works(site, signed["token"])
    assert site.client().post("/auth/refresh/", {"refresh": signed["refresh"]}).status == 401
    assert _works(site, site.tokens["dilshod"].access)
    assert site.with_token(signed["token"]).post("/auth/logout/").status == 401


def _dead(site: RunningPlatform, name: str, words: str) -> None:
    answer = site.client(name).get("/branches/")
    assert (answer.status, words in answer["error"]) == (401, True), answer.text
    assert site.client().post("/auth/refresh/", {"refresh": site.tokens[name].refresh}).status == 401


def test_a_blocked_student_is_out_at_once_and_in_again_when_unblocked(site: RunningPlatform) -> None:
    path = f"/students/{site.world.sardor.student_id}"
    assert site.client("sardor").get("/branches/").status == 200
    site.client("aziza").post(f"{path}/block/").expect(200)
    _dead(site, "sardor", "")
    assert _sign_in(site, "sardor").body == {"error": "This account is blocked.", "status_code": 403}
    assert site.client("aziza").get(f"{path}/")["user_info"]["is_blocked"] is True
    assert site.client("aziza").post(f"{path}/unblock/").body == {"status": "Student unblocked"}
    assert _sign_in(site, "sardor").status == 200
    assert site.client("aziza").get(f"{path}/")["status"] == "Active"  # C47


def test_blocking_by_status_is_the_same_as_blocking(site: RunningPlatform) -> None:
    path = f"/students/{site.world.sardor.student_id}/"
    site.client("malika").patch(path, {"status": "Blocked"}).expect(200)
    _dead(site, "sardor", "")
    site.client("malika").patch(path, {"status": "Active"}).expect(200)
    assert _sign_in(site, "sardor").status == 200


def test_a_blocked_director_and_blocked_staff_are_out_at_once(site: RunningPlatform) -> None:
    rustam, dilshod, malika = site.client("rustam"), site.world.dilshod, site.world.malika
    site.client("dilshod").post(f"/staff/{malika.membership_id}/block/").expect(200)
    _dead(site, "malika", "")
    shown = rustam.patch(f"/directors/{dilshod.membership_id}/", {"is_blocked": True}).expect(200)
    assert shown["is_blocked"] is True  # C40
    _dead(site, "dilshod", "")


def test_everybody_of_a_deactivated_center_is_out_until_it_is_activated(site: RunningPlatform) -> None:
    rustam, center = site.client("rustam"), site.world.tashkent.center.id
    rustam.post(f"/centers/{center}/deactivate/").expect(200)
    for name in ("dilshod", "timur", "sardor"):
        _dead(site, name, "inactive")
    assert site.client("davron").get("/branches/").status == 200
    rustam.post(f"/centers/{center}/activate/").expect(200)
    assert site.client("dilshod").get("/branches/").status == 200  # C39


def test_somebody_who_was_deleted_is_out_at_once(site: RunningPlatform) -> None:
    site.client("dilshod").delete(f"/students/{site.world.shirin.student_id}/").expect(204)
    _dead(site, "shirin", "")
    assert _sign_in(site, "shirin").body == BAD_CREDENTIALS  # C34


def test_changing_ones_password_signs_other_devices_out(site: RunningPlatform) -> None:
    here, there = (site.with_token(_sign_in(site, "sardor")["token"]) for _ in range(2))
    body = {"old_password": PASSWORD, "new_password": "another 1 entirely"}
    assert here.post("/auth/change-password/", body).body == {"status": "Password changed"}
    assert (here.get("/branches/").status, there.get("/branches/").status) == (200, 401)
    assert _sign_in(site, "sardor").body == BAD_CREDENTIALS
    assert _sign_in(site, "sardor", "another 1 entirely").status == 200


@pytest.mark.parametrize("who", ["rustam", "dilshod", "timur", "sardor"])
def test_the_old_password_must_be_right_and_the_new_one_good(who: str, site: RunningPlatform) -> None:
    client: Client = site.client(who)
    wrong = client.post("/auth/change-password/", {"old_password": "wrong 1", "new_password": "another 1 entirely"})
    assert (wrong.status, wrong.body) == (400, {"old_password": ["This is not your present password."]})
    weak = client.post("/auth/change-password/", {"old_password": PASSWORD, "new_password": "short"})
    assert (weak.status, weak.fields()) == (400, {"new_password"})
    assert site.changed() == []


def test_a_password_set_by_the_office_signs_its_owner_out(site: RunningPlatform) -> None:
    path = f"/students/{site.world.sardor.student_id}/"
    site.client("aziza").patch(path, {"user": {"password": "Yangi parol 1"}}).expect(200)
    _dead(site, "sardor", "")
    assert _sign_in(site, "sardor", "Yangi parol 1").status == 200  # C06


def test_refusals_speak_the_language_asked_for(site: RunningPlatform) -> None:
    answer = _sign_in(site, "nobody", headers={"accept-language": "uz;q=0.5, ru, en;q=0.1"})
    assert answer.status == 401
    assert answer.body["error"]
