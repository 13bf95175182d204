"""Registration: who may register whom, at which school, and what the bodies may hold."""

from __future__ import annotations

from typing import Any

import pytest

from educore import Actor, Role, where
from educore.identity import Membership, User
from educore.identity.passwords import MAX_FAILURES_PER_HOST
from educore.people import Student, Teacher
from support.plain_rows import change_row
from support.web.madrasti_school import Answer, Caller, School, email_of

SARA = {
    "email": "student@example.com",
    "password": "securePass123",
    "password_confirm": "securePass123",
    "first_name": "Sara",
    "last_name": "Alami",
    "role": "STUDENT",
    "phone": "+212612345678",
    "date_of_birth": "2008-05-15",
}
"""The request that the document prints."""

ROLES = {
    "ADMIN": Role.DIRECTOR,
    "STAFF": Role.STAFF,
    "TEACHER": Role.TEACHER,
    "STUDENT": Role.STUDENT,
    "PARENT": Role.PARENT,
    "DRIVER": Role.DRIVER,
}


def register(school: School, caller: str | None = None, **changes: Any) -> Answer:
    """Send the printed request with changes; None takes a field out."""
    body = {name: value for name, value in (SARA | changes).items() if value is not None}
    return school.caller(caller).post("/users/register/", body)


def members(school: School, email: str = SARA["email"]) -> list[Membership]:
    """The memberships of the people with an address."""
    with school.site.platform.school.work(school.site.world.rustam, read_only=True) as uow:
        return uow.find(Membership, where(user__email=email))


def test_the_printed_request_registers_a_student(school: School) -> None:
    answer = register(school)
    assert answer.status == 201, answer.body
    sent = {name: SARA[name] for name in SARA if not name.startswith("password")}
    assert answer.body == sent | {
        "id": answer["id"],
        "full_name": "Sara Alami",
        "is_active": True,
        "created_at": "2024-01-01T10:00:00Z",
    }
    (member,) = members(school)
    assert (member.role, member.center_id) == (Role.STUDENT, school.site.world.tashkent.center.id)
    with school.site.platform.school.work(school.site.world.dilshod, read_only=True) as uow:
        (student,) = uow.find(Student, where(user_id=member.user_id))
        assert student.branch_id == school.site.world.tashkent.branch.id
    signed = school.caller().post("/users/login/", {"email": SARA["email"], "password": SARA["password"]})
    assert signed["user"]["id"] == answer["id"]


@pytest.mark.parametrize("role", ROLES)
def test_a_visitor_becomes_a_student_or_a_parent(school: School, role: str) -> None:
    answer = register(school, role=role)
    if role in ("STUDENT", "PARENT"):
        assert (answer.status, answer["role"]) == (201, role)
    else:
        assert (answer.status, answer["error_code"]) == (401, "AUTHENTICATION_REQUIRED")
    assert len(members(school)) == (answer.status == 201)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", ["dilshod", "malika", "aziza", "salima", "timur", "sardor", "parvin", "davud"])
def test_the_office_registers_everybody_and_only_a_director_makes_directors(
    school: School, name: str, role: str
) -> None:
    answer = register(school, name, role=role, password_confirm=None)
    may = {"dilshod"} if role == "ADMIN" else {"dilshod", "malika", "aziza", "salima"}
    if name in may:
        assert (answer.status, answer["role"]) == (201, role), answer.body
        assert [(m.role, m.center_id) for m in members(school)] == [(ROLES[role], school.site.world.tashkent.center.id)]
    else:
        assert (answer.status, answer["error_code"]) == (403, "PERMISSION_DENIED")
        assert answer.details["required_roles"] == ["ADMIN", "STAFF"]
        assert answer.details["user_role"] == school.login(name)["user"]["role"]
        assert not members(school)


def test_a_teacher_gets_the_row_of_a_teacher(school: School) -> None:
    answer = register(school, "aziza", role="TEACHER")
    with school.site.platform.school.work(school.site.world.dilshod, read_only=True) as uow:
        assert [t.center_id for t in uow.find(Teacher, where(user_id=answer["id"]))] == [
            school.site.world.tashkent.center.id
        ]


def test_in_a_center_of_courses_the_rights_stay_as_they_were(school: School) -> None:
    with school.site.platform.school.work(school.site.world.alisher, read_only=True) as uow:
        assert not uow.count(Membership, where(role=Role.TEACHER), to="register")
    with school.site.platform.school.work(school.site.world.aziza, read_only=True) as uow:
        assert not uow.count(Membership, to="register"), "an actor who is not known to be of a school"


def test_a_password_may_be_a_common_one_but_has_letters_and_digits(school: School) -> None:
    assert register(school, password="password123", password_confirm="password123").status == 201
    for password in ("short1", "onlyletters", "12345678"):
        answer = register(school, email="other@example.com", password=password, password_confirm=password)
        assert (answer.status, set(answer.details)) == (400, {"password"})


def test_the_password_is_confirmed_by_whoever_registers_themselves(school: School) -> None:
    for confirmation in (None, "", "otherPass123"):
        answer = register(school, password_confirm=confirmation)
        assert (answer.status, set(answer.details)) == (400, {"password_confirm"}), answer.body
    assert register(school, "salima", password_confirm="otherPass123").status == 400
    assert register(school, "salima", password_confirm=None).status == 201


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": None}, "email"),
        ({"first_name": ""}, "first_name"),
        ({"last_name": "x" * 51}, "last_name"),
        ({"first_name": "nul\x00"}, "first_name"),
        ({"first_name": "\ud800"}, "non_field_errors"),
        ({"first_name": ["Sara"]}, "first_name"),
        ({"role": "SUPERADMIN"}, "role"),
        ({"role": None}, "role"),
        ({"phone": "12"}, "phone"),
        ({"date_of_birth": "15/05/2008"}, "date_of_birth"),
        ({"date_of_birth": "2024-01-02"}, "date_of_birth"),
    ],
)
def test_a_bad_field_is_named(school: School, changes: dict[str, Any], field: str) -> None:
    answer = register(school, **changes)
    assert (answer.status, answer["error_code"]) == (400, "VALIDATION_ERROR")
    assert set(answer.details) == {field}, answer.body
    assert register(school).status == 201


def test_sentences_are_those_of_the_document(school: School) -> None:
    assert register(school, email=None).details == {"email": ["This field is required."]}
    assert register(school, date_of_birth="soon").details == {"date_of_birth": ["Invalid date format."]}
    assert register(school, role="CHEF").details == {
        "role": ["Must be one of: ADMIN, STAFF, TEACHER, STUDENT, PARENT, DRIVER."]
    }


def test_names_of_every_script_stay_as_they_are(school: School) -> None:
    answer = register(school, first_name="سارة", last_name="العلمي")
    assert (answer["first_name"], answer["last_name"]) == ("سارة", "العلمي")


def test_an_address_is_taken_once_among_the_people_of_schools(school: School) -> None:
    answer = register(school, email=email_of("sardor").upper())
    assert (answer.status, set(answer.details)) == (400, {"email"})
    with school.site.platform.school.work(school.site.world.rustam) as uow:
        change_row(uow, uow.get(User, school.site.world.sobir.user_id or 0), {"email": "sobir@example.com"})
    assert register(school, email="sobir@example.com").status == 201, "nobody learns whom another program knows"


def test_two_people_with_like_addresses_get_two_user_names(school: School) -> None:
    first, second = register(school), register(school, email="student@example.org")
    assert (first.status, second.status) == (201, 201)
    with school.site.platform.school.work(school.site.world.rustam, read_only=True) as uow:
        names = {user.username for user in uow.find(User, where(id__in=[first["id"], second["id"]]))}
    assert names == {"student", "student2"}


def test_asking_for_addresses_is_limited(school: School) -> None:
    for _ in range(MAX_FAILURES_PER_HOST):
        assert register(school, email=email_of("sardor")).status == 400
    assert register(school).status == 429
    assert register(school, "salima").status == 201, "the office is not slowed down"
    school.site.clock.advance(minutes=15)
    assert register(school, email="other@example.com").status == 201


def test_a_family_registers_one_after_the_other(school: School) -> None:
    for number in range(MAX_FAILURES_PER_HOST + 2):
        assert register(school, email=f"child{number}@example.com").status == 201


def test_visitors_register_at_the_school_with_the_handle(school: School) -> None:
    school.make_school("samarkand")
    with school.sign_up_center(None):
        answer = register(school)
    assert (answer.status, answer["error_code"]) == (403, "PERMISSION_DENIED")
    assert answer.details["message"] == "Nobody can register here; ask the school’s office for an account."
    assert register(school, "salima", email="other@example.com").status == 201, "the office knows its school"
    school.change_center({"handle": "samarkand"}, town="samarkand")
    with school.sign_up_center("samarkand"):
        assert register(school).status == 201
        assert members(school)[0].center_id == school.site.world.samarkand.center.id
    with school.sign_up_center("nowhere"):
        assert register(school, email="third@example.com").status == 403


def test_without_a_school_nobody_registers(school: School) -> None:
    school.change_center({"status": "inactive"})
    assert register(school).status == 403


def test_a_token_that_does_not_work_is_refused(school: School) -> None:
    assert Caller(school.site.wire, "nonsense").post("/users/register/", SARA).status == 401


def test_a_stranger_sees_nothing_of_the_school(school: School) -> None:
    register(school, role="PARENT")
    parent = school.caller().post("/users/login/", {"email": SARA["email"], "password": SARA["password"]})
    assert Caller(school.site.wire, parent["access"]).get("/users/profile/").status == 200
    (member,) = members(school)
    actor = Actor(Role.PARENT, member.user_id, member.id, member.center_id)
    with school.site.platform.school.work(actor, read_only=True) as uow:
        assert [user.id for user in uow.find(User)] == [member.user_id]
        assert not uow.count(Student)


def test_whoever_got_their_password_from_the_office_is_asked_for_one_of_their_own(school: School) -> None:
    def is_asked(password: str = SARA["password"]) -> bool:
        signed = school.caller().post("/users/login/", {"email": SARA["email"], "password": password})
        return bool(signed["user"]["force_password_change"])

    register(school, "aziza")
    assert is_asked()
    signed = school.caller().post("/users/login/", {"email": SARA["email"], "password": SARA["password"]})
    own = {"current_password": SARA["password"], "new_password": "ownPass123", "new_password_confirm": "ownPass123"}
    assert Caller(school.site.wire, signed["access"]).post("/users/change-password/", own).status == 200
    assert not is_asked("ownPass123")


def test_whoever_registers_themselves_chose_their_password(school: School) -> None:
    register(school)
    signed = school.caller().post("/users/login/", {"email": SARA["email"], "password": SARA["password"]})
    assert signed["user"]["force_password_change"] is False
