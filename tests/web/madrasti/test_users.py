"""The people of a school: who sees whom, and how much of them."""

from __future__ import annotations

from typing import Any

import pytest

from educore import Role
from educore.identity import Membership, User
from support.plain_rows import change_row, plain
from support.web.madrasti_classes import Classes
from support.web.madrasti_school import School, email_of

HIDDEN = ("email", "phone", "date_of_birth", "address", "bio", "emergency_contact_name", "last_login")


def names(listed: Any) -> set[str]:
    """The first names in a list."""
    return {row["first_name"].title() for row in listed["results"]}


def link(school: School, student: str = "sardor") -> Any:
    """Make Parvin a parent of a student."""
    sent = {"parent": school.member("parvin").user_id, "student": school.member(student).user_id}
    return school.caller("salima").post("/users/guardianships/", sent)


# -- reading -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["dilshod", "malika", "aziza", "salima"])
def test_the_office_sees_everybody_of_the_school(school: School, name: str) -> None:
    listed = school.caller(name).get("/users/?page_size=100")
    assert names(listed) >= {"Dilshod", "Salima", "Timur", "Sardor", "Parvin", "Davud"}
    assert not names(listed) & {"Davron", "Sobir", "Rustam"}
    sardor = school.caller(name).get(f"/users/{school.member('sardor').user_id}/")
    assert (sardor["email"], sardor["role"]) == (email_of("sardor"), "STUDENT")


def test_teachers_see_who_their_students_are_and_nothing_private(school: School, classes: Classes) -> None:
    timur = school.caller("timur")
    assert names(timur.get("/users/")) == {"Timur", "Sardor", "Sevara"}
    sardor = timur.get(f"/users/{school.member('sardor').user_id}/")
    assert (sardor["full_name"], sardor["role"]) == ("Sardor Sardorov", "STUDENT")
    assert {sardor[key] for key in HIDDEN} == {None}
    assert timur.get("/users/?search=sardor")["count"] == 1
    assert timur.get("/users/?search=school.example")["count"] == 0, "nor finds them by what is hidden"
    assert timur.get("/users/?ordering=email").status == 400
    assert timur.get(f"/users/{school.member('timur').user_id}/")["email"] == email_of("timur")
    for name in ("shirin", "tamara", "parvin", "salima"):
        assert timur.get(f"/users/{school.member(name).user_id}/").status == 404


def test_whoever_has_several_roles_is_one_user_with_the_highest(school: School) -> None:
    """Salima of the office learns here too, and Sardor has a child here."""
    ids = {name: school.member(name).user_id for name in ("salima", "sardor")}
    with school.site.platform.school.work(school.site.world.rustam) as uow:
        for name, role in (("salima", Role.STUDENT), ("sardor", Role.PARENT)):
            fields = {"user_id": ids[name], "center_id": school.member(name).center_id, "role": role}
            plain(uow, Membership).add(Membership, fields)
    for reader in ("dilshod", "rustam"):
        rows = school.caller(reader).get("/users/?page_size=100")["results"]
        roles = {name: [row["role"] for row in rows if row["id"] == id] for name, id in ids.items()}
        assert roles == {"salima": ["STAFF"], "sardor": ["STUDENT"]}
    dilshod = school.caller("dilshod")
    assert dilshod.get(f"/users/{ids['salima']}/")["role"] == "STAFF"
    assert dilshod.send("DELETE", f"/users/{ids['sardor']}/").status == 200
    assert dilshod.get(f"/users/{ids['sardor']}/")["role"] == "PARENT", "the other role is left"


def test_parents_see_themselves_and_their_children_whole(school: School) -> None:
    parvin = school.caller("parvin")
    sardor = school.member("sardor").user_id
    assert names(parvin.get("/users/")) == {"Parvin"}
    assert parvin.get(f"/users/{sardor}/").status == 404
    link(school)
    assert names(parvin.get("/users/")) == {"Parvin", "Sardor"}
    assert parvin.get(f"/users/{sardor}/")["email"] == email_of("sardor")
    assert parvin.get(f"/users/{school.member('sevara').user_id}/").status == 404


def test_students_see_themselves_and_drivers_no_list(school: School) -> None:
    assert names(school.caller("sardor").get("/users/")) == {"Sardor"}
    assert school.caller("davud").get("/users/").status == 403
    assert school.caller("sardor").get(f"/users/{school.member('sevara').user_id}/").status == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("role=TEACHER", {"Timur", "Tamara"}),
        ("role=teacher,parent", {"Timur", "Tamara", "Parvin"}),
        ("role=STAFF&is_active=true", {"Malika", "Aziza", "Salima"}),
        ("role=ADMIN", {"Dilshod"}),
        ("search=sardor", {"Sardor"}),
        ("search=parvin%40school", {"Parvin"}),
        ("is_active=false", {"Bahrom"}),
        ("role=DRIVER&is_active=true", {"Davud"}),
    ],
)
def test_the_office_finds_people(school: School, query: str, found: set[str]) -> None:
    assert names(school.caller("salima").get(f"/users/?{query}")) == found


def test_the_office_finds_the_students_of_a_class(school: School, classes: Classes) -> None:
    salima = school.caller("salima")
    assert names(salima.get(f"/users/?school_class={classes.a}")) == {"Sardor"}
    assert salima.get(f"/users/?school_class={classes.b}")["count"] == 0
    assert salima.get("/users/?role=KING").status == 400


# -- changing ------------------------------------------------------------------------------------------


def test_the_director_changes_everybody(school: School) -> None:
    dilshod, path = school.caller("dilshod"), f"/users/{school.member('sardor').user_id}/"
    shown = dilshod.get(path).body
    assert dilshod.send("PUT", path, shown).body == shown
    changed = dilshod.send("PATCH", path, {"first_name": "سردار", "email": "sardor2@school.example", "bio": "Chess"})
    assert changed.status == 200, changed.body
    assert (changed["first_name"], changed["email"], changed["bio"]) == ("سردار", "sardor2@school.example", "Chess")
    for fields, wrong in (
        ({"email": email_of("sevara")}, {"email"}),
        ({"email": None}, {"email"}),
        ({"role": "TEACHER"}, {"role"}),
        ({"first_name": ""}, {"first_name"}),
        ({"date_of_birth": "2024-02-30"}, {"date_of_birth"}),
    ):
        refused = dilshod.send("PATCH", path, fields)
        assert (refused.status, set(refused.details)) == (400, wrong), refused.body


def test_the_picture_of_somebody_is_sent_back_and_no_other_one_taken(school: School) -> None:
    dilshod, key = school.caller("dilshod"), "profiles/7-0123abcd/sardor.png"
    path, other = (f"/users/{school.member(name).user_id}/" for name in ("sardor", "sevara"))
    with school.site.platform.school.work(school.site.world.rustam) as uow:
        change_row(uow, uow.get(User, school.member("sardor").user_id), {"image": key})
    shown = dilshod.get(path).body
    assert shown["profile_picture"] == key
    assert dilshod.send("PUT", path, shown)["profile_picture"] == key
    refused = dilshod.send("PATCH", other, {"profile_picture": key})
    assert (refused.status, set(refused.details)) == (400, {"profile_picture"})


def test_who_is_not_active_is_signed_out(school: School) -> None:
    dilshod, sardor = school.caller("dilshod"), school.caller("sardor")
    path = f"/users/{school.member('sardor').user_id}/"
    assert dilshod.send("PATCH", path, {"is_active": False})["is_active"] is False
    assert sardor.get("/users/profile/").status == 401
    assert school.login("sardor").status == 400
    assert dilshod.send("PATCH", path, {"is_active": True})["is_active"] is True
    assert school.login("sardor").status == 200


@pytest.mark.parametrize("name", ["salima", "timur", "sardor", "parvin", "davud", "dilshod"])
def test_everybody_changes_themselves(school: School, name: str) -> None:
    caller, path = school.caller(name), f"/users/{school.member(name).user_id}/"
    assert caller.send("PATCH", path, {"bio": "Chess"})["bio"] == "Chess"
    assert caller.send("PATCH", path, {"role": "DRIVER" if name != "davud" else "ADMIN"}).status == 403
    assert caller.send("PATCH", path, {"is_active": False}).status == 403
    assert caller.send("PATCH", path, {"email": "other@school.example"}).status == 400


def test_nobody_else_changes_others(school: School, classes: Classes) -> None:
    link(school)
    sardor = f"/users/{school.member('sardor').user_id}/"
    for name in ("salima", "malika", "aziza", "timur", "parvin"):
        assert school.caller(name).send("PATCH", sardor, {"bio": "x"}).status == 403, name
    for name in ("sevara", "davud", "tamara"):
        assert school.caller(name).send("PATCH", sardor, {"bio": "x"}).status in (403, 404), name


# -- deleting ------------------------------------------------------------------------------------------


def test_a_deleted_user_is_out_at_once_and_comes_back(school: School) -> None:
    dilshod, timur = school.caller("dilshod"), school.caller("timur")
    id = school.member("timur").user_id
    deleted = dilshod.send("DELETE", f"/users/{id}/")
    assert (deleted.status, deleted["id"], deleted["deleted"]) == (200, id, True)
    assert timur.get("/users/profile/").status == 401
    assert school.login("timur").status == 400
    assert dilshod.get(f"/users/{id}/").status == 404
    assert "Timur" not in names(dilshod.get("/users/?role=TEACHER"))
    again = {
        "email": email_of("timur"),
        "password": "abcdefgh1",
        "first_name": "T",
        "last_name": "T",
        "role": "TEACHER",
    }
    assert set(dilshod.post("/users/register/", {**again, "role": "TEACHER"}).details) == {"email"}, (
        "the address stays taken"
    )
    restored = dilshod.post(f"/users/{id}/restore/")
    assert (restored.status, restored["id"]) == (200, id)
    assert school.login("timur").status == 200
    assert dilshod.post(f"/users/{id}/restore/").status == 404


def test_nobody_deletes_themselves_or_the_last_director(school: School) -> None:
    dilshod = f"/users/{school.member('dilshod').user_id}/"
    assert school.caller("dilshod").send("DELETE", dilshod).status == 400
    assert school.caller("rustam").send("DELETE", dilshod).status == 400
    for name in ("salima", "malika", "timur", "sardor", "parvin", "davud"):
        refused = school.caller(name).send("DELETE", f"/users/{school.member('sevara').user_id}/")
        assert (refused.status, refused.details["required_roles"]) == (403, ["ADMIN"])


# -- guardianships -------------------------------------------------------------------------------------


def test_the_office_links_and_unlinks_parents(school: School) -> None:
    salima, made = school.caller("salima"), link(school)
    assert made.status == 201
    assert {key: made[key] for key in ("parent_name", "student_name", "relationship", "is_active")} == {
        "parent_name": "parvin",
        "student_name": "Sardor Sardorov",
        "relationship": "parent",
        "is_active": True,
    }
    path = f"/users/guardianships/{made['id']}/"
    assert salima.get(path).body == made.body
    assert set(link(school).details) == {"student"}, "once"
    deleted = salima.send("DELETE", path)
    assert (deleted.status, deleted["id"]) == (200, made["id"])
    assert salima.get(path)["is_active"] is False
    assert salima.get("/users/guardianships/?is_active=true")["count"] == 0
    assert salima.get(f"/users/guardianships/?student={school.member('sardor').user_id}")["count"] == 1
    assert link(school).status == 201, "and again"


def test_only_parents_of_the_school_are_linked_to_its_students(school: School) -> None:
    salima = school.caller("salima")
    parvin, sardor = school.member("parvin").user_id, school.member("sardor").user_id
    for parent, student, wrong in (
        (school.member("timur").user_id, sardor, {"parent"}),
        (school.member("davron").user_id, sardor, {"parent"}),
        (parvin, school.member("timur").user_id, {"student"}),
        (parvin, school.member("sobir").user_id, {"student"}),
    ):
        refused = salima.post("/users/guardianships/", {"parent": parent, "student": student})
        assert (refused.status, set(refused.details)) == (400, wrong)
    assert set(salima.post("/users/guardianships/", {}).details) == {"parent", "student"}


def test_who_reads_a_guardianship(school: School) -> None:
    path = f"/users/guardianships/{link(school)['id']}/"
    for name in ("dilshod", "aziza", "salima", "parvin", "sardor"):
        assert school.caller(name).get(path).status == 200
        assert school.caller(name).get("/users/guardianships/")["count"] == 1
    assert school.caller("sevara").get(path).status == 404
    assert school.caller("sevara").get("/users/guardianships/")["count"] == 0
    for name in ("timur", "davud"):
        assert school.caller(name).get(path).status == 403
    claim = {"parent": school.member("parvin").user_id, "student": school.member("sevara").user_id}
    for name in ("parvin", "sevara", "timur", "davud"):
        assert school.caller(name).post("/users/guardianships/", claim).status == 403, "nobody claims a child"
        assert school.caller(name).send("DELETE", path).status == 403
