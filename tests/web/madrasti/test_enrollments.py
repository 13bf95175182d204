"""Enrollments: places in classes that end and stay."""

from __future__ import annotations

from typing import Any

import pytest

from support.web.madrasti_classes import Classes
from support.web.madrasti_school import School

KEYS = [
    *("id", "student", "student_name", "school_class", "school_class_name", "academic_year", "academic_year_name"),
    *("enrollment_date", "is_active", "student_number", "created_at", "updated_at"),
]
"""The keys that the document prints."""

PATH = "/users/enrollments/"


def place(school: School, classes: Classes, name: str = "sevara", **more: Any) -> dict[str, Any]:
    """What the document sends to enroll somebody in A."""
    return {
        "student": school.member(name).user_id,
        "school_class": classes.a,
        "academic_year": classes.year,
        "enrollment_date": "2023-09-04",
        **more,
    }


def test_the_office_enrolls_as_the_document_does(school: School, classes: Classes) -> None:
    salima = school.caller("salima")
    made = salima.post(PATH, place(school, classes, student_number="ST2024001"))
    assert (made.status, [*made.body][: len(KEYS)]) == (201, KEYS), made.body
    assert (made["student_name"], made["school_class_name"], made["academic_year_name"]) == (
        "Sevara Sevaraov",
        "1ère Année Primaire - A",
        "2023-2024",
    )
    assert (made["enrollment_date"], made["is_active"], made["student_number"]) == ("2023-09-04", True, "ST2024001")
    assert salima.get(f"{PATH}{made['id']}/").body == made.body
    sent_back = salima.send("PUT", f"{PATH}{made['id']}/", made.body)
    assert (sent_back.status, sent_back.body) == (200, {**made.body, "updated_at": sent_back["updated_at"]})


def test_what_cannot_be_enrolled(school: School, classes: Classes) -> None:
    salima = school.caller("salima")
    for fields, wrong in (
        ({"academic_year": classes.next_year}, {"academic_year"}),
        ({"academic_year": 999}, {"academic_year"}),
        ({"school_class": 999}, {"school_class"}),
        ({"school_class": school.site.world.tashkent.morning.id}, {"school_class"}),
        ({"student": school.member("timur").user_id}, {"student"}),
        ({"student": school.member("sobir").user_id}, {"student"}),
        ({"student": school.member("sardor").user_id}, {"student"}),
        ({"enrollment_date": "2023-13-01"}, {"enrollment_date"}),
        ({"student_number": "ST20230001"}, {"student_number"}),
    ):
        refused = salima.post(PATH, place(school, classes, **fields))
        assert (refused.status, set(refused.details)) == (400, wrong), (fields, refused.body)
    assert set(salima.post(PATH, {}).details) == {"student", "school_class", "academic_year", "enrollment_date"}
    second = place(school, classes, "sardor", school_class=classes.b)
    assert set(salima.post(PATH, second).details) == {"student"}, "one class of a year"


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 1),
        ("is_active=true", 1),
        ("is_active=false", 0),
        ("school_class={a}", 1),
        ("school_class={b}", 0),
        ("academic_year={year},{next_year}", 1),
        ("academic_year={next_year}", 0),
        ("created_at__gte=2024-01-01&ordering=-created_at", 1),
        ("created_at__lte=2023-12-31", 0),
        ("search=sardor", 1),
    ],
)
def test_lists_filter(school: School, classes: Classes, query: str, count: int) -> None:
    assert school.caller("salima").get(f"{PATH}?{query.format(**vars(classes))}")["count"] == count


def test_lists_filter_by_the_user_of_the_student(school: School, classes: Classes) -> None:
    salima = school.caller("salima")
    assert salima.get(f"{PATH}?student={school.member('sardor').user_id}")["count"] == 1
    assert salima.get(f"{PATH}?student={school.member('sevara').user_id}")["count"] == 0
    assert salima.get(f"{PATH}?student=x").status == 400


def test_a_deleted_place_stays_and_can_be_reopened(school: School, classes: Classes) -> None:
    salima, path = school.caller("salima"), f"{PATH}{classes.place}/"
    deleted = salima.send("DELETE", path)
    assert (deleted.status, deleted["id"], deleted["deleted_at"]) == (200, classes.place, "2024-01-01T10:00:00Z")
    assert salima.get(path)["is_active"] is False
    assert salima.get(f"{PATH}?is_active=true")["count"] == 0
    restored = salima.post(f"{path}restore/")
    assert (restored.status, restored["is_active"]) == (200, True)
    assert salima.send("PATCH", path, {"is_active": False})["is_active"] is False
    assert salima.send("PATCH", path, {"is_active": True})["is_active"] is True


def test_deleting_a_former_place_keeps_the_later_one(school: School, classes: Classes) -> None:
    salima, path = school.caller("salima"), f"{PATH}{classes.place}/"
    salima.send("DELETE", path)
    later = salima.post(PATH, place(school, classes, "sardor"))
    assert later.status == 201
    assert salima.send("DELETE", path).status == 200
    assert salima.get(f"{PATH}{later['id']}/")["is_active"] is True
    assert salima.post(f"{path}restore/").status == 400, "the student is there already"


def test_places_are_corrected_but_never_moved(school: School, classes: Classes) -> None:
    salima, path = school.caller("salima"), f"{PATH}{classes.place}/"
    earlier = salima.send("PATCH", path, {"enrollment_date": "2023-10-02", "student_number": "S-7"})
    assert (earlier.status, earlier["enrollment_date"], earlier["student_number"]) == (200, "2023-10-02", "S-7")
    for field, value in (
        ("school_class", classes.b),
        ("academic_year", classes.next_year),
        ("student", school.member("sevara").user_id),
    ):
        refused = salima.send("PATCH", path, {field: value})
        assert (refused.status, set(refused.details)) == (400, {field}), refused.body
    salima.send("DELETE", path)
    late = salima.send("PATCH", path, {"enrollment_date": "2024-06-01"})
    assert (late.status, set(late.details)) == (400, {"enrollment_date"})


def test_teachers_have_the_places_of_their_classes(school: School, classes: Classes) -> None:
    timur, tamara = school.caller("timur"), school.caller("tamara")
    assert (timur.get(PATH)["count"], tamara.get(PATH)["count"]) == (1, 0)
    made = timur.post(PATH, place(school, classes, "shirin"))
    assert made.status == 201
    path = f"{PATH}{made['id']}/"
    assert timur.send("PATCH", path, {"enrollment_date": "2023-09-05"})["enrollment_date"] == "2023-09-05"
    assert timur.send("DELETE", path).status == 200
    assert timur.post(f"{path}restore/").status == 200
    for method, address in (("GET", path), ("PATCH", path), ("DELETE", path), ("POST", f"{path}restore/")):
        assert tamara.send(method, address, None if method == "GET" else {}).status == 404
    assert tamara.post(PATH, place(school, classes, "shirin")).status in (400, 403)


@pytest.mark.parametrize("name", ["sardor", "parvin", "davud"])
def test_students_parents_and_drivers_have_no_enrollments(school: School, classes: Classes, name: str) -> None:
    caller = school.caller(name)
    assert caller.get(PATH).status == 403
    assert caller.get(f"{PATH}{classes.place}/").status == 403
    assert caller.post(PATH, place(school, classes)).status == 403
    assert caller.send("DELETE", f"{PATH}{classes.place}/").status == 403


def test_clients_may_call_the_student_otherwise(school: School, classes: Classes) -> None:
    sent = place(school, classes)
    sent["student_id"], sent["class_id"] = sent.pop("student"), sent.pop("school_class")
    made = school.caller("salima").post(PATH, sent)
    assert (made.status, made["student"], made["student_id"]) == (201, sent["student_id"], sent["student_id"])
