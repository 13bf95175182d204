"""Fields with wrong values: refused by name, all at once, and nothing is written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from web import catalog
from web.client import Client
from web.promise import Promise
from web.recipes import BY_NAME, Place, body_of, call, row_of
from web.running import Running
from web.wrong import HUGE, UNKNOWN_ID, body_schema, leaves, with_value, wrong_values

WITH_BODY = [name for name, operation in BY_NAME.items() if operation.body is not None]
CREATIONS = [name for name in WITH_BODY if name.endswith(".create")]
AMENDMENTS = [name for name in WITH_BODY if name.endswith(".partial_update")]
PASSED_OVER = {"password", "old_password", "refresh"}
"""Texts that are compared and not stored: whatever is wrong with them, it is 401 or 400 without a field."""


@pytest.fixture(params=[name for name in WITH_BODY if name not in ("auth.login", "auth.refresh")])
def name(request: pytest.FixtureRequest) -> str:
    """Every operation that writes what a body says."""
    found: str = request.param
    return found


def _try(site: Running, name: str) -> tuple[Client, int | None, dict[str, Any]]:
    """Who may, on which row, with which good body."""
    at = Place(site, site.world.tashkent)
    return site.client("rustam"), row_of(name, at), body_of(name, at)


def test_each_wrong_value_is_refused_on_its_own_field(name: str, site: Running, promise: Promise) -> None:
    client, id, body = _try(site, name)
    for field, schema, _, _ in leaves(promise, body_schema(promise, name)):
        for text in wrong_values(schema):
            answer = call(client, name, id=id, raw=with_value(body, field, text))
            case = f"{field} = {text[:40]}: {answer.text[:200]}"
            assert answer.status == 400, case
            assert field in PASSED_OVER or _mentions(answer.fields(), field), case
    assert site.changed() == []


def test_null_is_refused_where_there_must_be_a_value(name: str, site: Running, promise: Promise) -> None:
    client, id, body = _try(site, name)
    for field, _, nullable, _ in leaves(promise, body_schema(promise, name)):
        if not nullable:
            answer = call(client, name, id=id, raw=with_value(body, field, "null"))
            assert (answer.status, _mentions(answer.fields(), field)) == (400, True), (field, answer.text)
    assert site.changed() == []


def test_every_missing_field_is_named_at_once(name: str, site: Running, promise: Promise) -> None:
    client, id, _ = _try(site, name)
    required = {field for field, _, _, must in leaves(promise, body_schema(promise, name)) if must and "." not in field}
    answer = call(client, name, id=id, body={})
    if required:
        assert (answer.status, answer.fields()) == (400, required)
        for field in required:
            assert answer[field] == ["This field is required."]
    assert site.changed() == [] or not required


@pytest.mark.parametrize("wrong", ["[]", "{}"])
def test_all_wrong_fields_are_named_at_once(name: str, wrong: str, site: Running, promise: Promise) -> None:
    client, id, _ = _try(site, name)
    body: dict[str, Any] = {}
    for field, schema, _, _ in leaves(promise, body_schema(promise, name)):
        outer, _, inner = field.partition(".")
        if inner:
            body[outer][inner] = json.loads(wrong)
        else:
            body[outer] = {} if schema.get("type") == "object" else json.loads(wrong)
    expected = {f for f, schema, _, _ in leaves(promise, body_schema(promise, name)) if schema.get("type") != "object"}
    answer = call(client, name, id=id, body=body)
    assert (answer.status, answer.fields()) == (400, expected)
    assert site.changed() == []


@pytest.mark.parametrize("id", [0, -1, UNKNOWN_ID, 2**31, 2**63 - 1])
def test_ids_that_do_not_exist_are_refused_on_their_field(name: str, id: int, site: Running, promise: Promise) -> None:
    client, row, body = _try(site, name)
    for field, schema, _, _ in leaves(promise, body_schema(promise, name)):
        if schema.get("type") == "integer" and field != "capacity":
            answer = call(client, name, id=row, body=body | {field: id})
            assert (answer.status, field in answer.fields()) == (400, True), (field, answer.text)
    assert site.changed() == []


@pytest.mark.parametrize("id", [0, -1, UNKNOWN_ID, 2**31, 2**63 - 1, 2**63, HUGE])
def test_paths_with_ids_that_do_not_exist_are_404(id: int, site: Running) -> None:
    for name, operation in BY_NAME.items():
        if operation.takes_id:
            body = body_of(name, Place(site, site.world.tashkent))
            assert call(site.client("rustam"), name, id=id, body=body).status == 404, name
    assert site.changed() == []


@pytest.mark.parametrize("name", [*CREATIONS, *AMENDMENTS])
def test_fields_nobody_knows_and_fields_only_the_server_sets_are_ignored(name: str, site: Running) -> None:
    client, id, body = _try(site, name)
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
    plain = call(client, name, id=id, body=body)
    site.wind_back()
    answer = call(client, name, id=id, body=foreign | body)
    assert (answer.status, answer.body) == (plain.status, plain.body)


@pytest.mark.parametrize("name", CREATIONS)
def test_empty_text_counts_as_absent_for_dates_and_numbers_that_may_be_absent(
    name: str, site: Running, promise: Promise
) -> None:
    client, id, body = _try(site, name)
    for field, schema, nullable, required in leaves(promise, body_schema(promise, name)):
        if nullable and (schema.get("format") == "date" or schema.get("type") in ("integer", "number")):
            site.wind_back()
            without = call(client, name, id=id, body={k: v for k, v in body.items() if k != field})
            site.wind_back()
            answer = call(client, name, id=id, body=body | {field: ""})
            assert (answer.status, answer.body) == (without.status, without.body), field
        elif required and schema.get("type") in ("integer", "number"):
            assert field in call(client, name, id=id, body=body | {field: ""}).fields(), field


@pytest.mark.parametrize("name", CREATIONS)
def test_emoji_and_every_alphabet_are_kept_as_they_were_sent(name: str, site: Running) -> None:
    client, id, body = _try(site, name)
    for text in ("Алгебра 😀", "Oʻzbekiston", "日本語", "a\tb", "Ünïcödé ‮", "' OR 1=1 --", "<script>", "100%_\\"):
        site.wind_back()
        field = "first_name" if name in ("directors.create", "staff.create") else "specialization"
        field = {"students.create": "parent_name"}.get(
            name, field if field == "first_name" or "teach" in name else "name"
        )
        answer = call(client, name, id=id, body=body | {field: text}).expect(201)
        shown = answer["user"]["first_name"] if field == "first_name" else answer[field]
        assert shown == text.strip()


def test_catalog_requires_what_the_code_requires(promise: Promise) -> None:
    for name, documented in catalog.served().items():
        proposed = (documented["request"] or {}).get("required_proposal")
        if proposed and name.endswith(".create"):
            must = {field for field, _, _, required in leaves(promise, body_schema(promise, name)) if required}
            assert {field for field in must if "." not in field} == set(proposed), name


def _mentions(fields: set[str], field: str) -> bool:
    return any(found == field or found.startswith(f"{field}.") for found in fields)
