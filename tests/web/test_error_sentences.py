"""Errors name the field, the number and the thing that they are about, in the words of the operation.

The client of the tests checks every error of every test too: see `bad_words` and `_unknown_fields` there.
"""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from educore import Problem
from educore.translation import LANGUAGES
from educore_web.rest.body_fields import body_paths
from support.parametrize import each
from support.web.bad_filters import list_filters, value_kind
from support.web.client import ApiResponse, bad_words
from support.web.recipes import Place, call_operation, call_recipe, recipe_body, recipe_row
from support.web.running_platform import RunningPlatform
from support.web.system import Op, System
from support.web.systems import CENTER_CRM, EDUMASTER, MADRASTI, PAGED, SYSTEMS, WITH_BODY

ENGLISH = {"accept-language": "en"}
REQUIRED = Problem("missing").translate()


@pytest.fixture
def here(site: RunningPlatform) -> Place:
    """Tashkent."""
    return Place(site, site.world.tashkent)


# -- the checks of the client --------------------------------------------------------------------------


@each("system", SYSTEMS)
def test_the_client_knows_the_fields_of_every_operation(system: System, here: Place) -> None:
    for op in (op for op in WITH_BODY if op.system is system):
        path = f"{system.spec.base}{op.path(recipe_row(op, op.home(here.site)))}"
        for name in op.body.model_fields:
            assert system.promise.has_field(op.method, path, name), (op, name)
        assert not system.promise.has_field(op.method, path, "center_of_gravity")
        assert not system.promise.has_field(op.method, path, "account.username")


@each("sentence", ["2 Session stay.", "A LedgerEntry stays.", "See starts_at_or_so."])
def test_the_client_sees_names_of_classes_and_fields(sentence: str) -> None:
    answer = ApiResponse(400, {"error": sentence, "status_code": 400}, "", httpx.Headers(), CENTER_CRM)
    assert bad_words(answer)
    good = {"error": "2 lessons stay; see start_time.", "status_code": 400}
    assert not bad_words(ApiResponse(400, good, "", httpx.Headers(), CENTER_CRM))


# -- fields --------------------------------------------------------------------------------------------


def test_a_full_group_concerns_the_whole_request_if_the_path_names_the_group(here: Place) -> None:
    edu = here.site.client("dilshod").of(EDUMASTER)
    group = here.town.morning.id
    here.site.client("dilshod").patch(f"/groups/{group}/", {"capacity": 2}).expect(200)
    body = {"student_id": here.town.newcomer.user_id}
    answer = edu.post(f"/groups/{group}/add_student/", body, headers=ENGLISH)
    sentence = Problem("group_full", {"capacity": 2}).translate()
    assert (answer.status, answer.body) == (400, {"error": sentence, "details": {}})
    answer = here.site.client("dilshod").post(
        f"/students/{here.town.newcomer.student_id}/assign-group/", {"group_id": group}
    )
    assert answer.body == {"group_id": [sentence]}


def fields_filling(op: Op, *paths: str) -> list[str] | None:
    """The fields of the body that fill domain fields, None if it lacks one of them."""
    filled = body_paths(op.body)
    return [filled[path] for path in paths] if set(paths) <= filled.keys() else None


PAIRED = [op for op in WITH_BODY if op.verb == "create" and fields_filling(op, "student_id", "group_id")]


@each("op", [op for op in PAIRED if op.system is not MADRASTI])  # a school refuses no such pair
@each("language", LANGUAGES)
def test_a_number_in_a_sentence_is_the_one_sent_for_the_thing_it_names(op: Op, language: str, here: Place) -> None:
    student, group = fields_filling(op, "student_id", "group_id") or []
    ids = {student: here.town.newcomer.user_id if op.system is EDUMASTER else here.town.newcomer.student_id}
    body = recipe_body(op, here) | ids | {group: here.town.evening.id}
    answer = call_operation(here.site.client("dilshod"), op, body=body, headers={"accept-language": language})
    assert answer.status == 400
    for field in answer.fields():
        for sentence in answer.error_of(field):
            numbers = set(map(int, re.findall(r"\d+", sentence)))
            assert numbers <= {ids[student]}, sentence


def test_operations_on_a_student_and_a_group_are_of_every_api() -> None:
    assert {op.system for op in PAIRED} == set(SYSTEMS)


def test_an_unknown_id_is_the_one_that_was_sent(here: Place) -> None:
    unknown = 987654
    for op in PAIRED:
        director, body = here.site.client(op.owner), recipe_body(op, op.home(here.site))
        for field in fields_filling(op, "student_id", "group_id") or []:
            answer = call_operation(director, op, body=body | {field: unknown}, headers=ENGLISH)
            assert answer.error_of(field) == [Problem("unknown_id", {"id": unknown}).translate()]


# -- what is missing -----------------------------------------------------------------------------------

OF_A_CENTER = [op for op in WITH_BODY if op.verb == "create" and "center_id" in body_paths(op.body)]


@each("op", OF_A_CENTER)
def test_who_belongs_to_no_center_is_told_that_the_center_is_required(op: Op, here: Place) -> None:
    field = body_paths(op.body)["center_id"]
    body = {name: value for name, value in recipe_body(op, here).items() if name != field}
    for sent in (body, body | {field: None}):
        answer = call_operation(here.site.client("rustam"), op, body=sent, headers=ENGLISH)
        if answer.status == 400 and field in answer.fields():
            assert answer.error_of(field) == [REQUIRED]
        else:
            answer.expect(201)
            here.site.reset()
    refused = call_operation(here.site.client("rustam"), op, body=body | {field: "x"}, headers=ENGLISH)
    assert refused.error_of(field) == [Problem("int_parsing").translate()]


def test_some_creations_require_the_center(here: Place) -> None:
    answers = []
    for op in OF_A_CENTER:
        body = recipe_body(op, here)
        body.pop(body_paths(op.body)["center_id"], None)
        answers.append((op.system, call_operation(here.site.client("rustam"), op, body=body).status))
    assert {system for system, status in answers if status == 400} == {CENTER_CRM, EDUMASTER}


# -- what is there already -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("attendance.create", "Attendance.session_id.student_id"),
        ("exam_results.create", "ExamResult.exam_id.student_id"),
        ("payroll.create", "Payroll.teacher_id.month"),
    ],
)
def test_a_second_row_for_the_same_pair_says_so(name: str, key: str, here: Place) -> None:
    dilshod, op = here.site.client("dilshod"), CENTER_CRM[name]
    body = recipe_body(op, here)
    call_operation(dilshod, op, body=body).expect(201)
    answer = call_operation(dilshod, op, body=body)
    sentence = Problem("taken", {"key": key}).translate()
    assert answer.status == 400
    assert [answer.error_of(field) for field in answer.fields()] == [[sentence]]
    assert sentence != Problem("taken").translate()


# -- limits --------------------------------------------------------------------------------------------


@each("op", PAGED)
def test_the_size_of_a_page_is_told_its_range(op: Op, here: Place) -> None:
    client, at = here.site.client(op.master), op.home(here.site)
    for size in ("0", "-5", "x", "1.5"):
        answer = call_recipe(client, op, at, query={"page_size": size}, headers=ENGLISH)
        assert (answer.status, answer.error_of("page_size")) == (400, ["Write a whole number from 1 to 100."])
    call_recipe(client, op, at, query={"page_size": 1}).expect(200)


FORMATS = {
    "integer": "Write a whole number.",
    "integers": "Write a whole number.",
    "boolean": "Write true or false.",
    "date": "Write the date as YYYY-MM-DD.",
    "instant": ("Write the date as YYYY-MM-DD.", "Write the month as YYYY-MM"),
    "word": "Choose one of ",
    "text": ("The text has characters", "This value cannot be used to filter."),
}


FORMATS_OF_SCHOOLS = {"date": "Invalid date format.", "instant": "Invalid date format.", "word": "Must be one of: "}
"""What the document of schools says in words of its own."""


@each("op", PAGED)
def test_a_filter_that_cannot_be_read_is_told_its_format(op: Op, here: Place) -> None:
    formats = FORMATS | FORMATS_OF_SCHOOLS if op.system is MADRASTI else FORMATS
    for known in list_filters(op):
        asked = {"query": {known.name: "x\0"}, "headers": ENGLISH}
        answer = call_recipe(here.site.client(op.master), op, op.home(here.site), **asked)
        (sentence,) = answer.error_of(known.name)
        assert sentence.startswith(formats[value_kind(known)]), known.name


@pytest.mark.parametrize(("amount", "places"), [(0.30000000000000004, 2), ("0.001", 2)])
def test_an_amount_with_too_many_decimals_is_told_so(amount: Any, places: int, here: Place) -> None:
    body = recipe_body("payments.create", here) | {"amount": amount}
    answer = call_operation(here.site.client("dilshod"), "payments.create", body=body)
    assert answer.body == {"amount": [Problem("decimal_max_places", {"decimal_places": places}).translate()]}


def test_a_month_in_words_is_told_the_format(here: Place) -> None:
    body = recipe_body("payroll.create", here) | {"month": "December 2024"}
    answer = call_operation(here.site.client("dilshod"), "payroll.create", body=body)
    assert answer.body == {"month": [Problem("month").translate()]}


# -- deletions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "words"), [("en", ("room", "instead")), ("ru", ("кабинет", "филиал")), ("uz", ("ta xona", "filial"))]
)
def test_a_refused_deletion_speaks_the_language_of_the_client(language: str, words: Any, here: Place) -> None:
    id = recipe_row("branches.retrieve", here)
    options = {"id": id, "headers": {"accept-language": language}}
    answer = call_operation(here.site.client("rustam"), "branches.delete", **options)
    assert answer.status == 400
    assert all(word in answer["error"] for word in words)
    assert "Room" not in answer["error"]
