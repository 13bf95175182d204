"""Signing in with a telephone, staying signed in, leaving, and one's own profile (E06 to E09, E12)."""

from __future__ import annotations

from typing import Any

import pytest

from support.cast import PASSWORD
from support.web.client import ApiResponse, Client, EduClient
from support.web.running_platform import RunningPlatform
from support.web.systems import EDUMASTER
from support.web.systems.edumaster import phone_of

REFUSED = {"error": "Foydalanuvchi nomi yoki parol noto‘g‘ri", "details": {}}


def _sign_in(edu: EduClient, phone: Any, password: str = PASSWORD) -> ApiResponse:
    return edu().post("/accounts/login/", {"phone_number": phone, "password": password})


@pytest.mark.parametrize(
    ("name", "word"),
    [("dilshod", "admin"), ("malika", "manager"), ("aziza", "manager"), ("timur", "teacher"), ("sardor", "student")],
)
def test_everybody_signs_in_with_a_telephone_and_hears_what_they_are(
    name: str, word: str, edu: EduClient, site: RunningPlatform
) -> None:
    person = getattr(site.world, name)
    answer = _sign_in(edu, phone_of(person.user_id)).expect(200)
    assert list(answer.body) == ["access", "refresh", "user"]
    user = {"id": person.user_id, "phone_number": phone_of(person.user_id), "first_name": name.title()}
    assert answer["user"] == user | {"last_name": f"{name.title()}ov", "role": word}
    assert site.with_token(answer["access"]).of(EDUMASTER).get("/accounts/profile/").body == answer["user"]  # E12


def test_the_telephone_may_be_spelled_with_spaces_dashes_and_brackets(edu: EduClient, site: RunningPlatform) -> None:
    phone = phone_of(site.world.dilshod.user_id)
    for spelled in (f"{phone[:4]} ({phone[4:6]}) {phone[6:9]}-{phone[9:]}", f" {phone} ", phone.replace("+", "+ ")):
        assert _sign_in(edu, spelled).status == 200, spelled  # E09


@pytest.mark.parametrize("typed", ["77 765 43 21", "998777654321", "+998 77 765-43-21"])
def test_the_telephone_may_be_one_of_the_country_of_the_settings(
    typed: str, edu: EduClient, site: RunningPlatform
) -> None:
    path = f"/accounts/users/{site.world.malika.user_id}/"
    edu("dilshod").patch(path, {"phone_number": "77 765 43 21"}).expect(200)
    assert edu().post("/accounts/login/", {"phone_number": typed, "password": PASSWORD}).status == 200


@pytest.mark.parametrize("phone", ["+998000000000", "nobody", "", "901234567", "+" * 5000, "a\0b", "' OR 1=1 --"])
def test_an_unknown_telephone_and_a_wrong_password_read_the_same(
    phone: str, edu: EduClient, site: RunningPlatform
) -> None:
    wrong = _sign_in(edu, phone_of(site.world.dilshod.user_id), "wrong password 1")
    unknown = _sign_in(edu, phone)
    assert (unknown.status, unknown.body) == (wrong.status, wrong.body) == (401, REFUSED)  # E08


def test_who_is_blocked_is_403_and_too_many_tries_are_429(edu: EduClient, site: RunningPlatform) -> None:
    bahrom = next(row for row in edu("dilshod").get("/accounts/users/").results if row["first_name"] == "Bahrom")
    assert _sign_in(edu, bahrom["phone_number"]).status == 403
    phone = phone_of(site.world.dilshod.user_id)
    for _ in range(5):
        assert _sign_in(edu, phone, "wrong password 1").status == 401
    assert _sign_in(edu, phone).status == 429  # E08


def test_a_refresh_token_works_once(edu: EduClient, site: RunningPlatform) -> None:
    first = _sign_in(edu, phone_of(site.world.timur.user_id))
    second = edu().post("/accounts/token/refresh/", {"refresh": first["refresh"]}).expect(200)
    assert list(second.body) == ["access", "refresh"]
    site.clock.advance(seconds=30)
    assert edu().post("/accounts/token/refresh/", {"refresh": first["refresh"]}).status == 401  # E07


def test_leaving_ends_the_tokens(edu: EduClient, site: RunningPlatform) -> None:
    signed = _sign_in(edu, phone_of(site.world.timur.user_id))
    client: Client = site.with_token(signed["access"]).of(EDUMASTER)
    assert client.post("/accounts/logout/").status == 204
    assert client.get("/accounts/profile/").status == 401
    assert edu().post("/accounts/token/refresh/", {"refresh": signed["refresh"]}).status == 401


@pytest.mark.parametrize("who", ["rustam", "dilshod", "malika", "aziza", "timur", "sardor"])
def test_everybody_changes_their_own_name_and_password(who: str, edu: EduClient) -> None:
    me = edu(who)
    before = me.get("/accounts/profile/").body
    changed = me.patch("/accounts/profile/", {"first_name": "Yangi", "role": "admin", "id": 1}).expect(200)
    assert changed.body == before | {"first_name": "Yangi"} == me.get("/accounts/profile/").body
    me.patch("/accounts/profile/", {"password": "Yangi parol 1", "old_password": PASSWORD}).expect(200)
    if before["phone_number"]:
        assert _sign_in(edu, before["phone_number"], "Yangi parol 1").status == 200  # E12


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"password": "Yangi parol 1"}, "old_password"),
        ({"old_password": PASSWORD}, "password"),
        ({"password": "Yangi parol 1", "old_password": "wrong 1 wrong"}, "old_password"),
        ({"password": "short", "old_password": PASSWORD}, "password"),
        ({"first_name": None}, "first_name"),
    ],
)
def test_a_new_password_needs_the_present_one(
    body: dict[str, Any], field: str, edu: EduClient, site: RunningPlatform
) -> None:
    answer = edu("sardor").patch("/accounts/profile/", body)
    assert (answer.status, answer.fields()) == (400, {field})
    assert site.changed() == []
