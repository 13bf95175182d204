"""Classes, and the students who come and go."""

from __future__ import annotations

from typing import Any

import pytest

from support.statement_counts import record_statements
from support.web.madrasti_classes import Classes
from support.web.madrasti_school import Caller, School

KEYS = [
    *("id", "name", "section", "grade", "grade_name", "academic_year", "academic_year_display", "class_teacher"),
    *("class_teacher_name", "room", "room_name", "max_students", "current_students", "is_active"),
    *("created_at", "updated_at"),
]
"""The keys that the document prints."""

PATH = "/schools/classes/"


def section_c(classes: Classes, **more: Any) -> dict[str, Any]:
    """What a third class needs."""
    return {"section": "C", "grade": classes.grade, "academic_year": classes.year, **more}


@pytest.mark.parametrize("name", ["dilshod", "salima", "aziza", "timur", "sardor", "parvin", "davud"])
def test_everybody_sees_the_classes(school: School, classes: Classes, name: str) -> None:
    listed = school.caller(name).get(f"{PATH}?ordering=grade__grade_number,section")
    assert [row["name"] for row in listed["results"]] == ["1ère Année Primaire - A", "1ère Année Primaire - B"]
    first = school.caller(name).get(f"{PATH}{classes.a}/").body
    assert [*first][: len(KEYS)] == KEYS
    assert (first["class_teacher"], first["class_teacher_name"]) == (school.member("timur").user_id, "Timur Timurov")
    assert (first["max_students"], first["current_students"], first["students_count"]) == (2, 1, 1)
    assert (first["grade_name"], first["academic_year_display"]) == ("1ère Année Primaire", "2023-2024")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("section=A", "A"),
        ("search=primaire%20-%20b", "B"),
        ("has_teacher=true", "AB"),
        ("has_teacher=false", ""),
        ("is_active=true", "AB"),
        ("is_active=false", ""),
        ("ordering=-section", "BA"),
        ("ordering=-current_students", "AB"),
    ],
)
def test_lists_find_and_sort(school: School, classes: Classes, query: str, found: str) -> None:
    listed = school.caller("salima").get(f"{PATH}?{query}")
    assert [row["section"] for row in listed["results"]] == [*found]


def test_lists_filter_by_rows(school: School, classes: Classes) -> None:
    salima, tamara = school.caller("salima"), school.member("tamara").user_id
    assert [row["section"] for row in salima.get(f"{PATH}?class_teacher={tamara}")["results"]] == ["B"]
    assert salima.get(f"{PATH}?grade={classes.grade},{classes.second_grade}")["count"] == 2
    assert salima.get(f"{PATH}?academic_year={classes.next_year}")["count"] == 0
    assert salima.get(f"{PATH}?has_teacher=maybe").status == 400
    assert salima.get(f"{PATH}?ordering=password").status == 400


def test_the_office_opens_changes_and_deletes_a_class(school: School, classes: Classes) -> None:
    salima = school.caller("salima")
    tamara = school.member("tamara").user_id
    made = salima.post(PATH, section_c(classes, class_teacher=tamara, max_students=30))
    assert (made.status, made["name"], made["class_teacher"]) == (201, "1ère Année Primaire - C", tamara)
    path = f"{PATH}{made['id']}/"
    changed = salima.send("PATCH", path, {"section": "D", "is_active": False, "class_teacher": None})
    assert changed.status == 200, changed.body
    assert (changed["name"], changed["is_active"], changed["class_teacher"]) == ("1ère Année Primaire - D", False, None)
    sent_back = salima.send("PUT", path, changed.body)
    assert (sent_back.status, sent_back.body) == (200, {**changed.body, "updated_at": sent_back["updated_at"]})
    deleted = salima.send("DELETE", path)
    assert (deleted.status, {**deleted.body, "deleted_at": ""}) == (
        200,
        {"id": made["id"], "deleted": True, "deleted_at": "", "message": "Resource has been successfully deleted"},
    )
    assert salima.get(path).status == 404
    assert salima.post(PATH, section_c(classes, section="D")).status == 201, "its section is free"
    assert salima.post(f"{path}restore/").status == 400, "and taken now"


def test_a_class_is_refused_that_cannot_be(school: School, classes: Classes) -> None:
    salima = school.caller("salima")
    for fields, wrong in (
        ({"section": "A"}, {"section"}),
        ({"grade": 999}, {"grade"}),
        ({"academic_year": 999}, {"academic_year"}),
        ({"class_teacher": school.member("sardor").user_id}, {"class_teacher"}),
        ({"room": 999}, {"room"}),
        ({"max_students": 0}, {"max_students"}),
        ({"section": ""}, {"section"}),
        ({"section": [], "grade": {}}, {"section", "grade"}),
    ):
        refused = salima.post(PATH, section_c(classes, **fields))
        assert (refused.status, set(refused.details)) == (400, wrong), refused.body
    assert salima.post(PATH, {}).details.keys() == {"section", "grade", "academic_year"}
    assert salima.send("PATCH", f"{PATH}{classes.a}/", {"academic_year": classes.next_year}).status == 400
    assert salima.get(f"{PATH}0/").status == 404


def test_seats_cannot_be_taken_away_nor_a_class_with_students(school: School, classes: Classes) -> None:
    salima = school.caller("salima")
    salima.post(f"{PATH}{classes.a}/enroll/", {"student": school.member("sevara").user_id})
    refused = salima.send("PATCH", f"{PATH}{classes.a}/", {"max_students": 1})
    assert (refused.status, set(refused.details)) == (400, {"max_students"})
    in_use = salima.send("DELETE", f"{PATH}{classes.a}/")
    assert (in_use.status, in_use["error_code"]) == (400, "VALIDATION_ERROR")
    assert "2" in str(in_use.details)


@pytest.mark.parametrize("name", ["timur", "sardor", "parvin", "davud"])
def test_nobody_else_writes_classes(school: School, classes: Classes, name: str) -> None:
    caller = school.caller(name)
    assert caller.post(PATH, section_c(classes)).status == 403
    assert caller.send("PATCH", f"{PATH}{classes.a}/", {"section": "Z"}).status == 403
    refused = caller.send("DELETE", f"{PATH}{classes.a}/")
    assert (refused.status, refused.details["required_roles"]) == (403, ["ADMIN", "STAFF"])


def test_a_client_that_has_the_classes_is_told_so(school: School, classes: Classes) -> None:
    salima = school.caller("salima")
    first = salima.get(PATH)
    assert salima.get(PATH, if_none_match=first.headers["etag"]).status == 304
    salima.send("PATCH", f"{PATH}{classes.a}/", {"section": "Z"})
    assert salima.get(PATH, if_none_match=first.headers["etag"]).status == 200


# -- students ------------------------------------------------------------------------------------------


def test_the_roster_is_for_the_office_and_the_teachers_of_the_class(school: School, classes: Classes) -> None:
    path = f"{PATH}{classes.a}/students/"
    for name in ("dilshod", "salima", "aziza", "timur"):
        roster = school.caller(name).get(path)
        assert roster["count"] == 1
        [line] = roster["results"]
        assert line == {
            "id": school.member("sardor").user_id,
            "full_name": "Sardor Sardorov",
            "email": "sardor@school.example",
            "student_number": "ST20230001",
            "enrollment_id": classes.place,
            "enrollment_date": "2024-01-01",
            "is_active": True,
            "student_id": school.member("sardor").user_id,
        }
    for name in ("tamara", "sardor", "parvin", "davud"):
        assert school.caller(name).get(path).status == 403
    assert school.caller("salima").get(f"{PATH}999/students/").status == 404


def test_a_student_is_enrolled_and_taken_out(school: School, classes: Classes) -> None:
    salima, sevara = school.caller("salima"), school.member("sevara").user_id
    enrolled = salima.post(f"{PATH}{classes.a}/enroll/", {"student": sevara})
    assert enrolled.status == 201
    assert (enrolled["student"], enrolled["school_class"], enrolled["academic_year"]) == (
        sevara,
        classes.a,
        classes.year,
    )
    assert (enrolled["student_number"], enrolled["enrollment_date"]) == ("ST20230002", "2024-01-01")
    again = salima.post(f"{PATH}{classes.a}/enroll/", {"student": sevara})
    assert (again.status, set(again.details)) == (400, {"student"})
    out = salima.send("DELETE", f"{PATH}{classes.a}/unenroll/?student={sevara}")
    assert (out.status, out["id"], out["deleted"]) == (200, enrolled["id"], True)
    assert salima.get(f"/users/enrollments/{enrolled['id']}/")["is_active"] is False, "the history stays"
    assert salima.send("DELETE", f"{PATH}{classes.a}/unenroll/?student={sevara}").status == 404
    new = salima.post(f"{PATH}{classes.a}/enroll/", {"student": sevara})
    assert (new.status, new["id"] != enrolled["id"]) == (201, True), "coming back is a new place"


def test_the_body_may_name_who_leaves(school: School, classes: Classes) -> None:
    salima, sardor, sevara = school.caller("salima"), school.member("sardor").user_id, school.member("sevara").user_id
    path = f"{PATH}{classes.a}/unenroll/"
    assert set(salima.send("DELETE", path).details) == {"student"}
    assert set(salima.send("DELETE", f"{path}?student={sevara}", {"student": sardor}).details) == {"student"}
    assert salima.send("DELETE", f"{path}?student=x").status == 400
    assert salima.send("DELETE", path, {"student": 999}).status == 400
    missing = salima.send("DELETE", path, {"student": sevara})
    assert (missing.status, missing.details["resource"], missing.details["resource_id"]) == (404, "Student", sevara)
    assert salima.send("DELETE", f"{path}?student={sardor}", {"student": sardor}).status == 200


def test_the_last_seat_is_taken_once(school: School, classes: Classes) -> None:
    salima = school.caller("salima")
    path = f"{PATH}{classes.a}/enroll/"
    assert salima.post(path, {"student": school.member("sevara").user_id}).status == 201
    full = salima.post(path, {"student": school.member("shirin").user_id})
    assert full.status == 400
    assert "2" in str(full.details)


def test_a_teacher_enrolls_anybody_into_their_own_class_only(school: School, classes: Classes) -> None:
    timur, shirin = school.caller("timur"), school.member("shirin").user_id
    assert timur.post(f"{PATH}{classes.b}/enroll/", {"student": shirin}).status == 403
    assert timur.post(f"{PATH}{classes.a}/enroll/", {"student": shirin}).status == 201
    assert timur.send("DELETE", f"{PATH}{classes.a}/unenroll/?student={shirin}").status == 200
    for stranger in (school.member("sobir").user_id, school.member("parvin").user_id, 999):
        refused = timur.post(f"{PATH}{classes.a}/enroll/", {"student": stranger})
        assert (refused.status, set(refused.details)) == (400, {"student"})
        assert str(stranger) in str(refused.details)
    assert school.caller("sardor").post(f"{PATH}{classes.a}/enroll/", {"student": shirin}).status == 403


def test_students_of_other_schools_are_not_there(school: School, classes: Classes) -> None:
    salima, sobir, path = school.caller("salima"), school.member("sobir").user_id, f"{PATH}{classes.a}/"
    assert salima.post(f"{path}enroll/", {"student": sobir}).status == 400
    assert salima.send("DELETE", f"{path}unenroll/", {"student": sobir}).status == 400
    assert salima.send("DELETE", f"{path}unenroll/?student={sobir}").status == 404


def test_enrolling_takes_few_statements_whatever_the_class(school: School, classes: Classes) -> None:
    salima: Caller = school.caller("salima")
    with record_statements(school.site.platform.database.engine) as statements:
        assert salima.post(f"{PATH}{classes.b}/enroll/", {"student": school.member("sevara").user_id}).status == 201
    assert len(statements) <= 26
