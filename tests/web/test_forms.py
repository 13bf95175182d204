"""Bodies that come as forms: flat, nested in three spellings, and the same rules as for JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.parametrize import each
from support.web.recipes import Place, call_operation, recipe_body, recipe_row
from support.web.running_platform import RunningPlatform

FORMS = [
    "centers.create",
    "directors.create",
    "staff.create",
    "branches.create",
    "subjects.create",
    "groups.create",
    "students.create",
    "teachers.create",
    "rooms.create",
    "lessons.create",
    "assignments.create",
    "exams.create",
    "exam_results.create",
    "groups.update",
    "students.update",
    "centers.partial_update",
]


@pytest.fixture
def here(site: RunningPlatform) -> Place:
    """Tashkent."""
    return Place(site, site.world.tashkent)


def _flat(body: dict[str, Any], spelling: str) -> dict[str, str]:
    sent: dict[str, str] = {}
    for name, value in body.items():
        if not isinstance(value, dict):
            sent[name] = str(value).lower() if isinstance(value, bool) else str(value)
        elif spelling == "JSON":
            sent[name] = json.dumps(value)
        else:
            sent |= {spelling.format(name, inner): str(deep) for inner, deep in value.items()}
    return sent


@each("name", FORMS)
def test_a_form_means_what_the_same_json_means(name: str, here: Place) -> None:
    body, rustam, id = recipe_body(name, here), here.site.client("rustam"), recipe_row(name, here)
    here.site.reset()
    as_json = call_operation(rustam, name, id=id, body=body)
    for form in (_flat(body, spelling) for spelling in ("{}.{}", "{}[{}]", "JSON")):
        for sent in ({"form": form}, {"files": {field: (None, value) for field, value in form.items()}}):
            here.site.reset()
            answer = call_operation(rustam, name, id=id, **sent)
            assert (answer.status, answer.body) == (as_json.status, as_json.body), sent


@pytest.mark.parametrize(
    "form",
    [
        {"user": "{broken", "branch": "1"},
        {"user": "hello", "branch": "1"},
        {"user": "[]", "branch": "1"},
        {"user": "{" * 50_000, "branch": "1"},
        {"user": '{"a":' * 20_000, "branch": "1"},
        {"user[username": "x"},
        {"user.username": "x", "user": "y"},
        {"user": "y", "user.username": "x"},
        {"user]": "x"},
        {"a.b.c.d[e][f]": "x"},
        {"user..username": "x"},
        {".": "x", "[]": "y", "": "z"},
        {"user.username.x": "y"},
        {"[" * 2000: "x"},
        {"." * 2000: "x"},
        {"user[username]": "x", "user": '{"username": "y"}'},
        {"__class__.x": "1"},
    ],
)
def test_strange_nesting_is_refused_and_never_a_failure(form: dict[str, str], here: Place) -> None:
    for sent in ({"form": form}, {"files": {name: (None, value) for name, value in form.items()}}):
        answer = here.site.client("dilshod").send("POST", "/students/", **sent)
        assert answer.status == 400
    assert here.site.changed() == []


def test_empty_fields_of_a_form_count_as_absent_for_dates_and_numbers_and_as_null_for_texts(here: Place) -> None:
    form = _flat(recipe_body("groups.create", here), "{}.{}") | {"teacher": "", "end_date": ""}
    answer = here.site.client("dilshod").send("POST", "/groups/", form=form).expect(201)
    assert (answer["teacher"], answer["end_date"]) == (None, None)
    form = _flat(recipe_body("centers.create", here), "") | {"website": "", "license_number": "", "opened_at": ""}
    answer = here.site.client("rustam").send("POST", "/centers/", form=form).expect(201)
    assert (answer["website"], answer["license_number"], answer["opened_at"]) == (None, None, None)


def test_a_required_field_left_empty_in_a_form_is_named(here: Place) -> None:
    form = {"branch": "", "name": "", "capacity": " ", "is_available": "true"}
    answer = here.site.client("dilshod").send("POST", "/rooms/", form=form)
    assert (answer.status, answer.fields()) == (400, {"branch", "name", "capacity"})


def test_the_same_field_twice_in_a_form_is_no_failure(here: Place) -> None:
    parts = [("branch", (None, "1")), ("name", (None, "A")), ("name", (None, "B")), ("capacity", (None, "5"))]
    answer = here.site.client("dilshod").send("POST", "/rooms/", files=parts)
    answer.expect(201)


def test_a_file_where_no_file_belongs_is_refused_on_its_field(here: Place) -> None:
    parts = {"branch": (None, "1"), "name": ("x.png", b"\x89PNG", "image/png"), "capacity": (None, "5")}
    answer = here.site.client("dilshod").send("POST", "/rooms/", files=parts)
    assert (answer.status, answer.fields()) == (400, {"name"})


def test_more_parts_than_anybody_needs_are_no_failure(here: Place) -> None:
    parts = {f"field{number}": (None, "x") for number in range(3000)}
    assert here.site.client("dilshod").send("POST", "/rooms/", files=parts).status == 400
    assert here.site.changed() == []
