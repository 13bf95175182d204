"""Signing in to Madrasti: who may, what the tokens hold and how long, and how a refusal reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from educore import Role
from educore.identity import Membership, User, block_member
from educore.people import sign_in
from support.cast import PASSWORD
from support.plain_rows import change_row, plain
from support.web.madrasti_school import Caller, School, claims_of, email_of

WRONG = {
    "error": "Invalid credentials",
    "error_code": "INVALID_CREDENTIALS",
    "details": {"email": ["User with this email does not exist"], "password": ["Incorrect password"]},
}
WORDS = {
    "dilshod": "ADMIN",
    "malika": "STAFF",
    "aziza": "STAFF",
    "salima": "STAFF",
    "timur": "TEACHER",
    "sardor": "STUDENT",
    "parvin": "PARENT",
    "davud": "DRIVER",
    "rustam": "ADMIN",
}


@pytest.mark.parametrize("name", WORDS)
def test_everybody_of_a_school_signs_in(school: School, name: str) -> None:
    answer = school.login(name)
    assert answer.status == 200
    assert set(answer.body) == {"refresh", "access", "user"}
    assert set(answer["user"]) == {"id", "email", "full_name", "role", "permissions", "force_password_change"}
    assert answer["user"]["role"] == WORDS[name]
    assert answer["user"]["id"] == school.member(name).user_id
    assert Caller(school.site.wire, answer["access"]).get("/users/profile/")["role"] == WORDS[name]


def test_a_teacher_is_told_the_documented_permissions(school: School) -> None:
    documented = ["can_manage_attendance", "can_create_homework", "can_create_exercises"]
    assert school.login("timur")["user"]["permissions"] == documented
    assert school.login("davud")["user"]["permissions"] == []


def test_all_wrong_sign_ins_are_answered_alike(school: School) -> None:
    with school.site.platform.school.work(school.site.world.dilshod) as uow:
        block_member(uow, uow.get(Membership, school.site.world.aziza.membership_id or 0))
    answers = [school.login("sardor", "wrong password"), school.login("nobody"), school.login("aziza")]
    answers.append(school.login("sobir"))  # of Samarkand, which is no school
    assert [answer.status for answer in answers] == [400] * 4
    assert [answer.body for answer in answers] == [WRONG] * 4
    assert school.login("sardor").status == 200


def test_what_is_no_address_is_a_problem_of_the_field(school: School) -> None:
    answer = school.caller().post("/users/login/", {"email": "sardor", "password": PASSWORD})
    assert (answer.status, answer["error_code"], set(answer.details)) == (400, "VALIDATION_ERROR", {"email"})
    assert answer["timestamp"] == "2024-01-01T10:00:00Z"
    assert set(school.caller().post("/users/login/", {}).details) == {"email", "password"}


def test_guessing_is_limited(school: School) -> None:
    for _ in range(5):
        assert school.login("sardor", "wrong password").status == 400
    answer = school.login("sardor")
    assert (answer.status, answer["error_code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert answer.details["retry_after"] == 900
    assert answer.details["reset_at"] == "2024-01-01T10:15:00Z"


def test_the_same_address_in_another_program_is_somebody_else(school: School) -> None:
    with school.site.platform.school.work(school.site.world.rustam) as uow:
        change_row(uow, uow.get(User, school.site.world.sobir.user_id or 0), {"email": email_of("sardor")})
    assert school.login("sardor")["user"]["id"] == school.site.world.sardor.user_id


def test_an_access_token_lasts_a_quarter_of_an_hour(school: School) -> None:
    caller = school.caller("timur")
    school.site.clock.advance(minutes=14, seconds=59)
    assert caller.get("/users/profile/").status == 200
    school.site.clock.advance(seconds=1)
    answer = caller.get("/users/profile/")
    assert answer.status == 401
    assert answer.body == {
        "error": "Authentication required",
        "error_code": "AUTHENTICATION_REQUIRED",
        "timestamp": "2024-01-01T10:15:00Z",
        "details": {"message": "Token has expired", "token_expired": True, "token_expired_at": "2024-01-01T10:15:00Z"},
    }


def test_a_refresh_token_lasts_seven_days_and_stays_the_same(school: School) -> None:
    tokens, clock = school.login("timur"), school.site.clock
    for _ in range(2):
        clock.advance(days=3)
        answer = school.caller().post("/token/refresh/", {"refresh": tokens["refresh"]})
        assert set(answer.body) == {"access"}
        assert Caller(school.site.wire, answer["access"]).get("/users/profile/")["email"] == email_of("timur")
    clock.advance(days=1)
    assert school.caller().post("/token/refresh/", {"refresh": tokens["refresh"]}).status == 401


def test_tokens_are_not_taken_for_each_other(school: School) -> None:
    tokens = school.login("timur")
    assert school.caller().post("/token/refresh/", {"refresh": tokens["access"]}).status == 401
    assert Caller(school.site.wire, tokens["refresh"]).get("/users/profile/").status == 401


def test_either_token_is_verified(school: School) -> None:
    tokens, caller = school.login("timur"), school.caller()
    for token in (tokens["access"], tokens["refresh"]):
        answer = caller.post("/token/verify/", {"token": token})
        assert (answer.status, answer.body) == (200, {})
    assert caller.post("/token/verify/", {"token": "nonsense"}).status == 401
    assert set(caller.post("/token/verify/", {}).details) == {"token"}
    Caller(school.site.wire, tokens["access"]).post("/users/logout/")
    for token in (tokens["access"], tokens["refresh"]):
        assert caller.post("/token/verify/", {"token": token}).status == 401
    assert caller.post("/token/refresh/", {"refresh": tokens["refresh"]}).status == 401


def test_a_page_reads_the_claims(school: School) -> None:
    token = school.login("timur")["access"]
    claims = claims_of(token)
    assert claims["exp"] == int(datetime(2024, 1, 1, 10, 15, tzinfo=UTC).timestamp())
    assert (claims["user_id"], claims["email"]) == (school.site.world.timur.user_id, email_of("timur"))
    assert (claims["full_name"], claims["first_name"], claims["role"]) == ("Timur Timurov", "Timur", "TEACHER")
    assert claims["permissions"] == school.login("timur")["user"]["permissions"]


def test_a_hostile_name_harms_no_claim(school: School) -> None:
    name = '","role":"ADMIN","x":"سارة É'
    with school.site.platform.school.work(school.site.world.rustam) as uow:
        change_row(uow, uow.get(User, school.site.world.sardor.user_id or 0), {"first_name": name})
    claims = claims_of(school.login("sardor")["access"])
    assert claims["role"] == "STUDENT"
    assert claims["first_name"] == name
    assert "x" not in claims


def test_claims_are_not_trusted(school: School) -> None:
    tokens = school.site.platform.school.ports.tokens
    forged = tokens.read(school.login("sardor")["access"]) | {"role": "ADMIN", "user_id": 1, "permissions": ["all"]}
    signed = tokens.sign(forged, timedelta(minutes=5))
    assert Caller(school.site.wire, signed).get("/users/profile/")["role"] == "STUDENT"


def test_a_token_of_another_program_is_refused(school: School) -> None:
    outsider = sign_in(school.site.platform.school, username="sobir", password=PASSWORD)
    answer = Caller(school.site.wire, outsider.access).get("/users/profile/")
    assert (answer.status, answer["error_code"]) == (403, "PERMISSION_DENIED")
    assert school.site.with_token(outsider.access).get("/notifications/").status == 200
    assert school.caller().post("/token/refresh/", {"refresh": outsider.refresh}).status == 401
    assert school.caller().post("/token/verify/", {"token": outsider.access}).status == 401
    insider = sign_in(school.site.platform.school, username="sardor", password=PASSWORD)
    assert Caller(school.site.wire, insider.access).get("/users/profile/").status == 200, "one platform, one sign-in"


def test_a_parent_is_refused_by_the_center_crm(school: School) -> None:
    token = school.login("parvin")["access"]
    assert Caller(school.site.wire, token).get("/users/profile/").status == 200
    assert school.site.with_token(token).get("/notifications/").status == 403


def test_a_blocked_person_is_out_at_the_next_request(school: School) -> None:
    caller = school.caller("timur")
    assert caller.get("/users/profile/").status == 200
    with school.site.platform.school.work(school.site.world.dilshod) as uow:
        block_member(uow, uow.get(Membership, school.site.world.timur.membership_id or 0))
    answer = caller.get("/users/profile/")
    assert answer.status == 401
    assert answer.details["token_expired"] is False


@pytest.mark.parametrize("way", ["blocked", "deleted", "password changed"])
def test_who_is_shut_out_has_no_token_that_works_and_comes_back(school: School, way: str) -> None:
    caller, dilshod = school.caller(), school.caller("dilshod")
    tokens, path = school.login("timur"), f"/users/{school.member('timur').user_id}/"
    timur = Caller(school.site.wire, tokens["access"])
    new = {"new_password": "next pass 2", "new_password_confirm": "next pass 2"}
    shut_out, let_in = {
        "blocked": (
            lambda: dilshod.send("PATCH", path, {"is_active": False}),
            lambda: dilshod.send("PATCH", path, {"is_active": True}),
        ),
        "deleted": (lambda: dilshod.send("DELETE", path), lambda: dilshod.post(f"{path}restore/")),
        "password changed": (
            lambda: timur.post("/users/change-password/", {"current_password": PASSWORD, **new}),
            lambda: school.login("timur", "next pass 2"),
        ),
    }[way]
    assert timur.get("/users/profile/").status == 200
    assert shut_out().status == 200
    for method, read in (("GET", "/users/profile/"), ("GET", "/schools/classes/"), ("POST", "/users/heartbeat/")):
        assert timur.send(method, read).status == 401, read
    assert caller.post("/token/refresh/", {"refresh": tokens["refresh"]}).status == 401
    for token in (tokens["access"], tokens["refresh"]):
        assert caller.post("/token/verify/", {"token": token}).status == 401
    assert school.login("timur").status == 400
    assert let_in().status == 200
    password = "next pass 2" if way == "password changed" else PASSWORD
    again = Caller(school.site.wire, school.login("timur", password)["access"])
    assert again.get("/users/profile/").status == 200


def test_a_heartbeat_tells_the_time(school: School) -> None:
    assert school.caller("davud").post("/users/heartbeat/")["timestamp"] == "2024-01-01T10:00:00Z"
    assert school.caller().post("/users/heartbeat/").status == 401


def test_the_highest_role_of_several_counts(school: School) -> None:
    member = school.member("parvin")
    with school.site.platform.school.work(school.site.world.rustam) as uow:
        fields = {"user_id": member.user_id, "center_id": member.center_id, "role": Role.STAFF}
        plain(uow, Membership).add(Membership, fields)
    assert school.login("parvin")["user"]["role"] == "STAFF"
    asked = sign_in(school.site.platform.school, email=email_of("parvin"), password=PASSWORD, role=Role.PARENT)
    assert asked.actor.role is Role.PARENT
