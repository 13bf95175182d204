"""A family has one phone and one e-mail address: every body takes what others have, here and in other centers."""

from __future__ import annotations

from typing import Any

import pytest

from educore import where
from educore.identity import User
from support.cast import PASSWORD
from support.parametrize import each
from support.plain_rows import change_row
from support.web.client import ApiResponse
from support.web.invalid_values import body_fields, replace_value
from support.web.recipes import Place, call_operation, recipe_body, recipe_row
from support.web.running_platform import RunningPlatform
from support.web.system import Op
from support.web.systems import WITH_BODY

OF_A_PERSON = ("students", "teachers", "staff", "directors", "users", "leads")
FIELDS = [
    (op, name)
    for op in WITH_BODY
    if op.section in OF_A_PERSON and op.verb != "login"
    for name, *_ in body_fields(op)
    if name.rpartition(".")[2] in ("phone", "phone_number", "email", "parent_phone")
]
FREE = {"phone": "+998909990000", "email": "free@example.com"}
DOORS = {
    "center_crm": ("/center-crm/api/auth/login/", "json", "username"),
    "edumaster": ("/edumaster/api/accounts/login/", "json", "phone_number"),
    "admin": ("/admin/login", "data", "username"),
}


def contacts_of(site: RunningPlatform, name: str) -> dict[str, str]:
    """Return the phone and the e-mail address of somebody of the cast."""
    with site.platform.school.work(site.world.rustam) as uow:
        user = uow.get(User, getattr(site.world, name).user_id)
    return {"phone": user.phone or "", "email": user.email or ""}


def send(op: Op, field: str, value: str, at: Place) -> ApiResponse:
    """Call an operation as its recipe says, but for one field."""
    at.site.reset()
    body = replace_value(recipe_body(op, at), field, value)
    return call_operation(at.site.client("rustam"), op, id=recipe_row(op, at), body=body)


def test_every_api_creates_and_changes_people_with_contacts() -> None:
    verbs = {(op.system.name, op.name.rpartition(".")[2]) for op, _ in FIELDS}
    creation = {"center_crm": "create", "edumaster": "create", "madrasti": "register"}
    assert {(api, verb) for api in creation for verb in (creation[api], "update", "partial_update")} <= verbs


@each("op, field", FIELDS)
def test_contacts_that_others_have_are_taken_like_those_that_nobody_has(
    op: Op, field: str, site: RunningPlatform
) -> None:
    """The answer to a value that a brother or somebody of another center has is that to a free one."""
    at, kind = op.home(site), "email" if field.endswith("email") else "phone"
    answers = []
    for value in (FREE[kind], *(contacts_of(site, name)[kind] for name in ("sevara", "sobir"))):
        answer = send(op, field, value, at)
        assert answer.status in (200, 201), answer.body
        answers.append(answer.text.replace(value, FREE[kind]))
    assert len(set(answers)) == 1, answers


def test_two_leads_of_one_family_both_become_students(site: RunningPlatform) -> None:
    malika, at = site.client("malika"), Place(site, site.world.tashkent)
    body = recipe_body("leads.create", at) | contacts_of(site, "sobir")
    students = set()
    for name in ("Ali Valiyev", "Vali Valiyev"):
        lead = malika.post("/leads/", body | {"name": name}).expect(201)["id"]
        answer = malika.post(f"/leads/{lead}/convert-to-student/", {})
        students.add(answer.expect(200).headers["location"])
    assert len(students) == 2


# -- signing in ----------------------------------------------------------------------------------------


def share(site: RunningPlatform, **passwords: str) -> None:
    """Give people of the cast one phone and one e-mail address, and each a password."""
    school = site.platform.school
    with school.work(site.world.rustam) as uow:
        for name, password in passwords.items():
            user = uow.get(User, getattr(site.world, name).user_id)
            change_row(uow, user, {**FREE, "password_hash": school.ports.passwords.hash(password)})
        assert uow.count(User, where(phone=FREE["phone"])) == len(passwords)


def enter(site: RunningPlatform, door: str, name: str, password: str) -> tuple[int, str]:
    """Sign in; return the status and the text of the answer. A redirect of the admin is its success."""
    path, kind, field = DOORS[door]
    form: dict[str, Any] = {kind: {field: name, "password": password}}
    answer = site.wire.send("POST", path, **form, headers={"origin": "http://school.test", "accept-language": "en"})
    return (200 if answer.status_code == 302 else answer.status_code), answer.text


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("typed", ["+998 (90) 999-00-00", "90 999 00 00", "free@example.com"])
def test_every_door_opens_for_whom_the_password_fits(door: str, typed: str, site: RunningPlatform) -> None:
    share(site, malika="malika 2024", timur="timur 2024", aziza="same 2024", tamara="same 2024")
    assert enter(site, door, typed, "malika 2024")[0] == enter(site, door, typed, "timur 2024")[0] == 200
    status, text = enter(site, door, typed, "same 2024")
    assert status in (400, 401)
    assert "user name" in text
    assert enter(site, door, "tamara", "same 2024")[0] == 200
    status, text = enter(site, door, typed, "no such 2024")
    assert status in (400, 401)
    assert "user name" not in text.partition("</title>")[2].replace("User name", "")


@pytest.mark.parametrize("door", DOORS)
def test_five_wrong_by_one_spelling_leave_none_by_another(door: str, site: RunningPlatform) -> None:
    share(site, malika="malika 2024")
    for _ in range(5):
        assert enter(site, door, "malika", "a guess")[0] in (400, 401)
    for typed in ("+998909990000", "90 999-00-00", "free@example.com", "MALIKA"):
        assert enter(site, door, typed, "malika 2024")[0] == 429, typed
    assert enter(site, door, "timur", PASSWORD)[0] == 200
