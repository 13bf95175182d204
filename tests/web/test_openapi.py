"""The OpenAPI document: valid, complete, and the same as the one that was agreed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from web import catalog
from web.client import PREFIX
from web.promise import Promise
from web.recipes import BY_NAME, Place, body_of, path_of
from web.running import Running

GOLDEN = Path(__file__).parent / "golden" / "center_crm_openapi.json"


def test_the_document_is_valid_openapi(promise: Promise) -> None:
    assert list(OpenAPIV31SpecValidator(promise.document).iter_errors()) == []


def test_the_document_is_the_one_agreed_on(promise: Promise, golden: Callable[[Path, str], None]) -> None:
    described = {**promise.document, "info": {"title": promise.document["info"]["title"]}}
    golden(GOLDEN, json.dumps(described, indent=1, ensure_ascii=False) + "\n")


def test_the_document_served_is_the_one_tested(site: Running, promise: Promise) -> None:
    answer = site.wire.send("GET", f"{PREFIX}/openapi.json")
    assert answer.status_code == 200
    assert answer.json() == promise.document
    assert answer.json()["servers"] == [{"url": PREFIX}]


def test_every_schema_is_used_and_every_reference_leads_somewhere(promise: Promise) -> None:
    text = json.dumps(promise.document)
    used = set(re.findall(r'"#/components/schemas/(\w+)"', text))
    assert used == set(promise.document["components"]["schemas"])
    answers = set(re.findall(r'"#/components/responses/(\w+)"', text))
    assert answers == set(promise.document["components"]["responses"])


@pytest.mark.parametrize("name", BY_NAME)
def test_every_operation_describes_itself(name: str, promise: Promise) -> None:
    _, described = promise.operation(BY_NAME[name].method, "/api" + path_of(name, 1)) or ("", {})
    assert described["summary"]
    assert described["tags"] == [name.split(".")[0]]
    assert described.get("security") == ([] if BY_NAME[name].public else None)
    assert {"401", "403", "503", str(BY_NAME[name].status)} <= set(described["responses"])
    assert "422" not in described["responses"]


def test_every_field_of_an_answer_is_required_because_none_is_ever_left_out(promise: Promise) -> None:
    for name, schema in promise.document["components"]["schemas"].items():
        if name.endswith("Out"):
            assert set(schema["required"]) == set(schema["properties"]), name


@pytest.mark.parametrize(
    "name", [n for n in catalog.served() if catalog.served()[n]["request"] and catalog.request_example(n)]
)
def test_documented_request_examples_fit_their_schema(name: str, promise: Promise) -> None:
    _, described = promise.operation(BY_NAME[name].method, "/api" + path_of(name, 1)) or ("", {})
    schema = promise.request_schema(BY_NAME[name].method, f"/api{BY_NAME[name].path}") or {}
    assert set(catalog.request_example(name) or {}) <= set(schema["properties"])
    assert described["requestBody"]["required"] is bool(schema.get("required"))


@pytest.mark.parametrize("name", [name for name, operation in BY_NAME.items() if operation.body is not None])
def test_a_body_that_works_fits_the_schema(name: str, promise: Promise, site: Running) -> None:
    pointer = f"/paths/~1api{BY_NAME[name].path.replace('/', '~1').replace('{', '%7B').replace('}', '%7D')}"
    pointer = f"#{pointer}/{BY_NAME[name].method.lower()}/requestBody/content/application~1json/schema"
    assert promise.mistakes(pointer, body_of(name, Place(site, site.world.tashkent))) == []


def test_secrets_are_in_no_answer_and_in_no_schema_of_one(promise: Promise) -> None:
    shown: dict[str, Any] = {n: s for n, s in promise.document["components"]["schemas"].items() if n.endswith("Out")}
    text = json.dumps(shown)
    for secret in ("password", "hash", "token_id"):
        assert secret not in text


def test_the_helper_notices_what_is_not_promised(promise: Promise) -> None:
    room = {"id": 1, "branch": 1, "branch_name": "x", "name": "x", "capacity": 1, "equipment": "", "is_available": True}
    path = "/api/rooms/1/"
    assert promise.broken("GET", path, 200, room) == []
    for wrong in (
        room | {"extra": 1},
        room | {"id": "1"},
        {k: v for k, v in room.items() if k != "name"},
        room | {"name": None},
        [],
    ):
        assert promise.broken("GET", path, 200, wrong)
    assert promise.broken("GET", path, 418, room)
    assert promise.broken("GET", path, 404, {"detail": "Not found"})
    assert promise.broken("GET", path, 404, {"error": "Not found", "status_code": 404, "more": 1})
    assert promise.broken("POST", path, 200, room)
    assert promise.broken("DELETE", path, 204, {})
