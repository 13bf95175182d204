"""Fields with wrong values: refused by name, all at once, and nothing is written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from educore import EDUCATION, Problem
from educore.kernel.entity import marks
from educore.values import PlainText
from support.parametrize import each
from support.web.client import Client
from support.web.invalid_values import (
    HUGE,
    UNKNOWN_ID,
    body_fields,
    invalid_values,
    is_reference,
    replace_value,
    with_value,
    with_values,
)
from support.web.recipes import call_operation, recipe_body, recipe_row
from support.web.running_platform import RunningPlatform
from support.web.system import Op
from support.web.systems import OPS, WITH_BODY

CREATIONS = [op for op in WITH_BODY if op.verb == "create"]
AMENDMENTS = [op for op in WITH_BODY if op.verb == "partial_update"]
PASSED_OVER = {"password", "old_password", "user.old_password", "current_password", "new_password_confirm", "refresh"}
"""Texts that are compared and not stored: whatever is wrong with them, it is 401 or 400 without a field."""


TEXTS = {
    "directors": "first_name",
    "staff": "first_name",
    "users": "first_name",
    "students": "parent_name",
    "teachers": "specialization",
    "homework.homework": "title",
    "homework.questions": "question_text",
    "homework.reward_transactions": "description",
    "courses": "title",
    "attendance.timetable_sessions": "notes",
    "attendance.absence_flags": "resolution_notes",
    "attendance.sessions": "notes",
    "attendance.records": "notes",
    "attendance_sessions": "topic",
    "attendance": "notes",
    "assignments": "title",
    "exams": "title",
    "payments": "notes",
    "invoices": "description",
    "notifications": "title",
    "attendance.notifications": "title",
    "lessons.lessons": "title",
    "lessons.resources": "title",
    "schools.academic_years": "description",
}
"""A text of each kind of row that is shown as it was sent; the name, unless said otherwise."""
WHOLE_NUMBER = re.compile(r"-?\d+(e\d+)?")
"""A whole number as JSON text."""
WITHOUT_TEXTS = (
    "homework.submissions",
    "homework.student_wallets",
    "attendance.reports",
    "lessons",
    "exam_results",
    "charges",
    "payroll",
    "users.guardianships",
    "users.enrollments",
    "schools.classes",
    "attendance.timetables",
)


every_operation_that_writes = each("op", [op for op in WITH_BODY if not op.public])


def _try(site: RunningPlatform, op: Op) -> tuple[Client, int | None, dict[str, Any]]:
    """Who may, on which row, with which good body."""
    at = op.home(site)
    return site.client(op.master), recipe_row(op, at), recipe_body(op, at)


@every_operation_that_writes
def test_no_text_brings_in_what_nobody_sees(op: Op, site: RunningPlatform) -> None:
    client, id, body = _try(site, op)
    for field, schema, *_ in body_fields(op):
        if schema.get("type") != "string" or "format" in schema or field.rpartition(".")[2] in PASSED_OVER:
            continue
        for text in ("Ali\x1b[31m\u202eVali", "Ali\r\nVali"):
            answer = call_operation(client, op, id=id, body=replace_value(body, field, text))
            assert answer.status < 500, field
            assert _unseen(site) == [], field
            site.reset()


def _unseen(site: RunningPlatform) -> list[tuple[str, str]]:
    """The fields in which something is stored that nobody sees, or two lines where there is one."""
    if not (changed := site.changed()):
        return []
    tables, rows = site.platform.database.tables.tables.items(), site.rows()
    kinds = {table.name: EDUCATION.kinds[name] for name, table in tables}
    found = []
    for table in changed:
        for field, values in zip(site.fields_of(table), zip(*rows[table], strict=True), strict=False):
            lines = any(isinstance(mark, PlainText) and mark.breaks == "keep" for mark in marks(kinds[table], field))
            signs = re.compile("[\x00-\x08\x0e-\x1f\u202e]" if lines else "[\x00-\x1f\u202e]")
            if any(isinstance(value, str) and signs.search(value) for value in values):
                found.append((table, field))
    return found


@pytest.mark.long
@every_operation_that_writes
def test_each_wrong_value_is_refused_on_its_own_field(op: Op, site: RunningPlatform) -> None:
    client, id, body = _try(site, op)
    for texts in _wrong_together(op):
        answer = call_operation(client, op, id=id, raw=with_values(body, texts))
        case = f"{[f'{field} = {text[:40]}' for field, text in texts.items()]}: {answer.text[:400]}"
        assert answer.status == 400, case
        taken = [field for field in texts if field not in PASSED_OVER and not _mentions(answer.fields(), field)]
        assert taken == [], case
    assert site.changed() == []


@pytest.mark.long
@every_operation_that_writes
def test_a_wrong_value_alone_is_enough_to_refuse(op: Op, site: RunningPlatform) -> None:
    client, id, body = _try(site, op)
    for field, schema, _, _ in body_fields(op):
        for text in _wrong_alone(op, field, schema) or invalid_values(schema)[:1]:
            answer = call_operation(client, op, id=id, raw=with_value(body, field, text))
            case = f"{field} = {text[:40]}: {answer.text[:200]}"
            if answer.status == 404 and field == op.system.acted_on.get(op.name):
                continue  # a number, but of no row
            assert answer.status == 400, case
            assert field in PASSED_OVER or _mentions(answer.fields(), field), case
    assert site.changed() == []


def _wrong_together(op: Op) -> Iterator[dict[str, str]]:
    """The first wrong value of every field that can be wrong beside others, then the second of each, and so on."""
    tables = {}
    for field, schema, _, _ in body_fields(op):
        alone = _wrong_alone(op, field, schema)
        tables[field] = [text for text in invalid_values(schema) if text not in alone]
    for turn in range(max(map(len, tables.values()), default=0)):
        yield {field: texts[turn] for field, texts in tables.items() if turn < len(texts)}


def _wrong_alone(op: Op, field: str, schema: dict[str, Any]) -> list[str]:
    """The wrong values that cannot be tried beside others.

    They are those of a field that holds others or is only compared, and ids, which are looked up after all else has
    been read.
    """
    holds_others = any(other.startswith(f"{field}.") for other, _, _, _ in body_fields(op))
    if holds_others or field in PASSED_OVER or schema.get("items", {}).get("type") == "integer":
        return invalid_values(schema)
    numbers = [text for text in invalid_values(schema) if WHOLE_NUMBER.fullmatch(text)]
    return numbers if schema.get("type") == "integer" else []


@every_operation_that_writes
def test_null_is_refused_where_there_must_be_a_value(op: Op, site: RunningPlatform) -> None:
    client, id, body = _try(site, op)
    updates = op.verb in ("update", "partial_update") and op.has_path_id
    row = call_operation(client, op.sibling("retrieve"), id=id).body if updates else {}
    for field, _, nullable, _ in body_fields(op):
        if not nullable and row.get(field, ...) is not None:  # a null that is shown may come back
            answer = call_operation(client, op, id=id, raw=with_value(body, field, "null"))
            assert (answer.status, _mentions(answer.fields(), field)) == (400, True), (field, answer.text)
    assert site.changed() == []


@every_operation_that_writes
def test_every_missing_field_is_named_at_once(op: Op, site: RunningPlatform) -> None:
    client, id, _ = _try(site, op)
    required = {field for field, _, _, must in body_fields(op) if must and "." not in field}
    answer = call_operation(client, op, id=id, body={})
    if required:
        assert (answer.status, answer.fields()) == (400, required)
        for field in required:
            assert answer.error_of(field) == [Problem("missing").translate(op.system.spec.dialect.language)]
    assert site.changed() == [] or not required


@every_operation_that_writes
@each("wrong", ["[]", "{}"])
def test_all_wrong_fields_are_named_at_once(op: Op, wrong: str, site: RunningPlatform) -> None:
    client, id, _ = _try(site, op)
    named = [field for field, schema, _, _ in body_fields(op) if wrong == "{}" or not _may_be_empty_list(schema)]
    expected = {field for field in named if not any(other.startswith(f"{field}.") for other in named)}
    body: dict[str, Any] = {}
    for field in expected:
        body = replace_value(body, field, json.loads(wrong))
    if not expected:
        return  # the body has nothing but lists
    answer = call_operation(client, op, id=id, body=body)
    assert (answer.status, answer.fields()) == (400, expected)
    assert site.changed() == []


def _may_be_empty_list(schema: dict[str, Any]) -> bool:
    """Whether a field takes a list of nothing."""
    return schema.get("type") == "array" and not schema.get("minItems")


@every_operation_that_writes
def test_ids_that_do_not_exist_are_refused_on_their_field(op: Op, site: RunningPlatform) -> None:
    client, row, body = _try(site, op)
    references = [field for field, schema, _, _ in body_fields(op) if is_reference(schema)]
    for field, id in product(references, (0, -1, UNKNOWN_ID, 2**31, 2**63 - 1)):
        answer = call_operation(client, op, id=row, body=replace_value(body, field, id))
        if field == op.system.acted_on.get(op.name):
            assert answer.status == 404, (field, id)
        else:
            assert (answer.status, field in answer.fields()) == (400, True), (field, id, answer.text)
    assert site.changed() == []


@pytest.mark.parametrize("id", [0, -1, UNKNOWN_ID, 2**31, 2**63 - 1, 2**63, HUGE])
def test_paths_with_ids_that_do_not_exist_are_404(id: int, site: RunningPlatform) -> None:
    for op in OPS:
        if op.has_path_id:
            body = recipe_body(op, op.home(site))
            assert call_operation(site.client(op.master), op, id=id, body=body).status == 404, op.name
    assert site.changed() == []


@each("op", [*CREATIONS, *AMENDMENTS])
def test_fields_nobody_knows_and_fields_only_the_server_sets_are_ignored(op: Op, site: RunningPlatform) -> None:
    client, id, body = _try(site, op)
    foreign = {
        "id": 77,
        "created_at": "1999-01-01T00:00:00Z",
        "updated_at": 5,
        "users_count": 1000,
        "students_count": [],
        "center_id": site.world.samarkand.center.id,
        "user_id": 1,
        "password_hash": "x",
        "performance_rating": 5,
        "nonsense": {"a": [1]},
        "__class__": "x",
        "": 1,
        "is_superuser": True,
        "account": {"username": "x"},
    }
    plain = call_operation(client, op, id=id, body=body)
    site.reset()
    answer = call_operation(client, op, id=id, body=foreign | body)
    assert (answer.status, answer.body) == (plain.status, plain.body)


@each("op", CREATIONS)
def test_empty_text_counts_as_absent_for_dates_and_numbers_that_may_be_absent(op: Op, site: RunningPlatform) -> None:
    client, id, body = _try(site, op)
    for field, schema, nullable, required in body_fields(op):
        if nullable and (schema.get("format") == "date" or schema.get("type") in ("integer", "number")):
            site.reset()
            without = call_operation(client, op, id=id, body={k: v for k, v in body.items() if k != field})
            site.reset()
            answer = call_operation(client, op, id=id, body=body | {field: ""})
            assert (answer.status, answer.body) == (without.status, without.body), field
        elif required and "." not in field and schema.get("type") in ("integer", "number"):
            assert field in call_operation(client, op, id=id, body=body | {field: ""}).fields(), field


@each("op", [op for op in CREATIONS if op.section not in WITHOUT_TEXTS])
def test_emoji_and_every_alphabet_are_kept_as_they_were_sent(op: Op, site: RunningPlatform) -> None:
    client, id, body = _try(site, op)
    for text in ("Алгебра 😀", "Oʻzbekiston", "日本語", "مدرسة", "Ünïcödé", "' OR 1=1 --", "<script>", "100%_\\"):
        site.reset()
        field = TEXTS.get(op.section, "name")
        answer = call_operation(client, op, id=id, body=body | {field: text}).expect(201)
        nested = answer.body.get("user")
        shown = nested if isinstance(nested, dict) and field in nested else answer.body
        assert shown[field] == text.strip()


def _mentions(fields: set[str], field: str) -> bool:
    return any(found == field or found.startswith(f"{field}.") for found in fields)


@each("op", WITH_BODY)
def test_blank_counts_as_absent_and_null_as_empty_where_a_value_may_be_left_out(op: Op, site: RunningPlatform) -> None:
    """Whitespace for optional dates and numbers, and null for optional texts: neither is a problem of its field."""
    client, id, body = _try(site, op)
    for field, schema, nullable, required in body_fields(op):
        is_number = schema.get("format") == "date" or schema.get("type") in ("integer", "number")
        is_text = schema.get("type") == "string" and not schema.keys() & {"format", "enum", "const"}
        if not nullable or required or "." in field or not (is_number or is_text):
            continue
        answers = []
        for value in ('"   "' if is_number else "null", '""'):
            site.reset()
            answers.append(call_operation(client, op, id=id, raw=with_value(body, field, value)))
        answer, empty = answers
        assert (answer.status, answer.text) == (empty.status, empty.text) or empty.status == 400, (field, answer.text)
