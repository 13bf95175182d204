"""Many rows in one request: what is right is stored, and the answer says what is wrong with the rest."""

from __future__ import annotations

from collections import Counter
from time import monotonic
from typing import Any

import pytest

from educore.courses import Course
from educore_web.apis.madrasti import OPERATIONS
from educore_web.rest.bulk import bulk_create
from support.web.madrasti_classes import Classes
from support.web.madrasti_school import School

PATH = "/users/enrollments/bulk_create/"
SLOW = 2
"""The factor by which the machine of a test may be slower than the one that was measured."""

UPDATES = "/users/enrollments/bulk_update/"


def place(school: School, classes: Classes, name: str = "sevara", **more: Any) -> dict[str, Any]:
    """What enrolls somebody in A."""
    return {
        "student": school.member(name).user_id,
        "school_class": classes.a,
        "academic_year": classes.year,
        "enrollment_date": "2023-09-04",
        **more,
    }


def test_all_are_stored_where_all_are_right(school: School, classes: Classes) -> None:
    salima = school.caller("salima")
    made = salima.post(PATH, {"items": [place(school, classes)]})
    assert made.status == 201, made.body
    assert [*made.body] == ["created_count", "failed_count", "created_ids", "errors"]
    assert (made["created_count"], made["failed_count"], made["errors"]) == (1, 0, [])
    (id,) = made["created_ids"]
    assert salima.get(f"/users/enrollments/{id}/")["student_name"] == "Sevara Sevaraov"


def test_what_is_right_is_stored_and_the_rest_is_told_by_its_place(school: School, classes: Classes) -> None:
    salima = school.caller("salima")
    items = [
        place(school, classes, academic_year=classes.next_year),
        place(school, classes),
        place(school, classes, "sardor"),
        "nothing",
        {},
        {**place(school, classes), "student": None, "student_id": 999},
    ]
    made = salima.post(PATH, {"items": items})
    assert (made.status, made["created_count"], made["failed_count"]) == (201, 1, 5), made.body
    found = {error["index"]: set(error["errors"]) for error in made["errors"]}
    assert found == {
        0: {"academic_year"},
        2: {"student"},
        3: {"non_field_errors"},
        4: {"student", "school_class", "academic_year", "enrollment_date"},
        5: {"student_id"},
    }
    assert all(text for error in made["errors"] for texts in error["errors"].values() for text in texts)
    assert salima.get("/users/enrollments/")["count"] == 2


def test_nothing_is_stored_where_nothing_is_right(school: School, classes: Classes) -> None:
    salima = school.caller("salima")
    refused = salima.post(PATH, {"items": [place(school, classes, "sardor"), place(school, classes, school_class=999)]})
    assert refused.status == 400
    assert [set(entry) for entry in refused.details["items"]] == [{"student"}, {"school_class"}]
    single = salima.post("/users/enrollments/", place(school, classes, "sardor"))
    assert refused.details["items"][0] == single.details, "each entry is told what it would be told alone"
    for wrong in ({}, {"items": []}, {"items": None}, {"items": "x"}, {"items": {"0": {}}}, {"items": [{}] * 101}):
        answer = salima.post(PATH, wrong)
        assert (answer.status, set(answer.details)) == (400, {"items"}), (wrong, answer.body)
    assert salima.get("/users/enrollments/")["count"] == 1


def test_a_refused_entry_leaves_no_trace(school: School, classes: Classes) -> None:
    """The place is stored before the number of the student is found to be taken, and a second place is refused."""
    salima = school.caller("salima")
    taken = place(school, classes, student_number="ST20230001")
    made = salima.post(PATH, {"items": [taken, place(school, classes)]})
    assert (made.status, made["created_count"], [error["index"] for error in made["errors"]]) == (201, 1, [0]), (
        made.body
    )


def test_those_who_may_not_enroll_are_refused_as_a_whole(school: School, classes: Classes) -> None:
    assert school.caller("sardor").post(PATH, {"items": [place(school, classes)]}).status == 403
    assert school.caller("sardor").send("PATCH", UPDATES, {"ids": [1], "data": {}}).status == 403


def test_a_row_of_another_school_is_refused_by_its_place(school: School, classes: Classes) -> None:
    salima = school.caller("salima")
    foreign = place(school, classes, school_class=school.site.world.tashkent.morning.id)
    made = salima.post(PATH, {"items": [foreign, place(school, classes)]})
    assert [set(error["errors"]) for error in made["errors"]] == [{"school_class"}]


# -- changes -----------------------------------------------------------------------------------------------


def test_many_rows_get_the_same_values(school: School, classes: Classes) -> None:
    salima = school.caller("salima")
    (second,) = salima.post(PATH, {"items": [place(school, classes)]})["created_ids"]
    (first,) = [row["id"] for row in salima.get("/users/enrollments/")["results"] if row["id"] != second]
    sent = {"ids": [second, first, second, 9999], "data": {"enrollment_date": "2023-09-11", "updated_by": 5}}
    changed = salima.send("PATCH", UPDATES, sent)
    assert (changed.status, [*changed.body]) == (200, ["updated_count", "failed_count", "updated_ids", "errors"])
    assert (changed["updated_count"], changed["failed_count"], changed["updated_ids"]) == (2, 1, [second, first])
    assert [error["id"] for error in changed["errors"]] == [9999]
    assert {row["enrollment_date"] for row in salima.get("/users/enrollments/")["results"]} == {"2023-09-11"}


def test_each_row_is_told_what_it_would_be_told_alone(school: School, classes: Classes) -> None:
    salima = school.caller("salima")
    (second,) = salima.post(PATH, {"items": [place(school, classes)]})["created_ids"]
    (first,) = [row["id"] for row in salima.get("/users/enrollments/")["results"] if row["id"] != second]
    data = {"student_number": "ST1"}
    changed = salima.send("PATCH", UPDATES, {"ids": [first, second], "data": data})
    assert (changed["updated_ids"], [set(error["errors"]) for error in changed["errors"]]) == (
        [first],
        [{"student_number"}],
    )
    alone = salima.send("PATCH", f"/users/enrollments/{second}/", data)
    assert alone.details == changed["errors"][0]["errors"]


def test_bad_values_are_refused_before_any_row(school: School, classes: Classes) -> None:
    salima = school.caller("salima")
    for sent, path in (
        ({"ids": [1], "data": {"enrollment_date": "2023-13-01"}}, {"data"}),
        ({"ids": [1], "data": {"school_class": "x"}}, {"data"}),
        ({"ids": ["x"], "data": {}}, {"ids"}),
        ({"ids": [], "data": {}}, {"ids"}),
        ({"ids": [*range(1, 102)], "data": {}}, {"ids"}),
        ({}, {"ids", "data"}),
    ):
        refused = salima.send("PATCH", UPDATES, sent)
        assert (refused.status, set(refused.details)) == (400, path), (sent, refused.body)


def test_nothing_is_changed_where_no_row_can_be(school: School, classes: Classes) -> None:
    salima = school.caller("salima")
    (first,) = [row["id"] for row in salima.get("/users/enrollments/")["results"]]
    refused = salima.send("PATCH", UPDATES, {"ids": [9998, 9999], "data": {}})
    assert (refused.status, len(refused.details["ids"])) == (400, 2), refused.body
    refused = salima.send("PATCH", UPDATES, {"ids": [first, 9999], "data": {"school_class": classes.b}})
    assert (refused.status, set(refused.details)) == (400, {"data", "ids"}), refused.body


# -- questions -----------------------------------------------------------------------------------------

QUESTIONS = "/homework/questions/bulk_create/"
CHOICES = [{"text": "3", "is_correct": False}, {"text": "4", "is_correct": True}, {"text": "5", "is_correct": False}]


def question(number: int = 1, **more: Any) -> dict[str, Any]:
    """A question as the document prints it."""
    text = f"What is 2 + 2, for the {number}. time?"
    return {
        "question_type": "QCM_SINGLE",
        "question_text": text,
        "points": 5.0,
        "order": number,
        "choices": CHOICES,
    } | more


@pytest.fixture
def homework(school: School, classes: Classes) -> int:
    """A homework for class A without questions."""
    with school.site.platform.school.work(school.site.world.dilshod) as uow:
        course = uow.find(Course, limit=1)[0].id
    about = {"subject": course, "grade": classes.grade, "classes": [classes.a], "due_date": "2024-01-08T18:00:00Z"}
    made = school.caller("timur").post("/homework/homework/", {"title": "Devoir", "homework_type": "MIXED", **about})
    assert made.status == 201, made.body
    return int(made["id"])


def test_questions_are_added_as_the_document_does_and_as_all_others(school: School, homework: int) -> None:
    timur = school.caller("timur")
    made = timur.post(QUESTIONS, {"homework": homework, "questions": [question(1), question(2, points=0)]})
    assert (made.status, made["created_count"]) == (201, 1), made.body
    assert [(error["index"], set(error["errors"])) for error in made["errors"]] == [(1, {"points"})]
    made = timur.post(QUESTIONS, {"items": [question(3, homework=homework), question(4, choices=[])]})
    assert (made.status, made["created_count"]) == (201, 1), made.body
    assert [(error["index"], set(error["errors"])) for error in made["errors"]] == [(1, {"homework"})]
    changed = timur.send(
        "PATCH", "/homework/questions/bulk_update/", {"ids": made["created_ids"], "data": {"points": 2.5}}
    )
    assert (changed.status, changed["updated_ids"]) == (200, made["created_ids"])
    assert timur.get(f"/homework/homework/{homework}/")["total_points"] == 7.5
    nobody = school.caller("sardor").post(QUESTIONS, {"homework": homework, "questions": [question()]})
    assert nobody.status == 403


def test_a_hundred_questions_take_eight_statements_each_and_two_seconds(school: School, homework: int) -> None:
    timur = school.caller("timur")
    costs = []
    for number in (1, 100):
        sent = {"homework": homework, "questions": [question(place) for place in range(number)]}
        begun = monotonic()
        with school.site.statements() as seen:
            made = timur.post(QUESTIONS, sent)
        assert (made.status, made["created_count"]) == (201, number), made.body
        costs.append(len(seen))
    assert (costs[1] - costs[0]) / 99 <= 8, Counter(seen).most_common(12)
    assert monotonic() - begun < 2 * SLOW


# -- limits ------------------------------------------------------------------------------------------------


def test_each_entry_costs_the_same(school: School, classes: Classes) -> None:
    salima = school.caller("salima")
    costs = []
    for number in (1, 11, 31):
        with school.site.statements() as seen:
            answer = salima.post(PATH, {"items": [place(school, classes, "sardor")] * number})
        assert answer.status == 400
        costs.append(len(seen))
    assert (costs[1] - costs[0]) / 10 == (costs[2] - costs[1]) / 20, costs


def test_what_takes_slow_work_is_not_done_in_bulk() -> None:
    register = next(operation for operation in OPERATIONS if operation.name == "users.register")
    with pytest.raises(TypeError, match=r"users.register cannot be done in bulk"):
        bulk_create(register)
