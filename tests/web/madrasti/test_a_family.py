"""The office registers a family, links mother and child, and enrolls; the mother sees her child and nobody else's."""

from __future__ import annotations

from support.web.madrasti_classes import Classes
from support.web.madrasti_school import Caller, School

PASSWORD = "Casablanca2024"


def person(role: str, first_name: str) -> dict[str, str]:
    """Somebody to register."""
    address = f"{first_name.lower()}@family.example"
    return {"email": address, "password": PASSWORD, "first_name": first_name, "last_name": "Alami", "role": role}


def test_an_office_registers_a_family(school: School, classes: Classes) -> None:
    salima = school.caller("salima")
    mother, child, other = (
        salima.post("/users/register/", person(role, name))
        for role, name in (("PARENT", "Fatima"), ("STUDENT", "Sara"), ("STUDENT", "Omar"))
    )
    assert {mother.status, child.status, other.status} == {201}
    link = {"parent": mother["id"], "student": child["id"], "relationship": "mother"}
    assert salima.post("/users/guardianships/", link).status == 201
    for student in (child, other):
        enrolled = salima.post(f"/schools/classes/{classes.b}/enroll/", {"student": student["id"]})
        assert (enrolled.status, enrolled["student"]) == (201, student["id"])

    signed_in = Caller(school.site.wire).post("/users/login/", {"email": mother["email"], "password": PASSWORD})
    assert signed_in["user"]["permissions"] == ["can_view_children"]
    fatima = Caller(school.site.wire, signed_in["access"])
    seen = fatima.get("/users/")
    assert {row["id"] for row in seen["results"]} == {mother["id"], child["id"]}
    assert fatima.get(f"/users/{child['id']}/")["email"] == child["email"]
    for stranger in (other["id"], school.member("sardor").user_id, school.member("salima").user_id):
        assert fatima.get(f"/users/{stranger}/").status == 404
    assert fatima.get("/users/guardianships/")["count"] == 1
    assert fatima.get(f"/schools/classes/{classes.b}/")["current_students"] == 2
    assert fatima.get(f"/schools/classes/{classes.b}/students/").status == 403

    [row] = salima.get("/users/guardianships/?is_active=true")["results"]
    salima.send("DELETE", f"/users/guardianships/{row['id']}/")
    assert {row["id"] for row in fatima.get("/users/")["results"]} == {mother["id"]}
