"""The OpenAPI document: valid, complete, and the same as the one that was agreed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from support.parametrize import each
from support.web.openapi_checks import OpenApiChecks
from support.web.recipes import recipe_body
from support.web.running_platform import RunningPlatform
from support.web.system import Op, System
from support.web.systems import OPS, SYSTEMS, WITH_BODY

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(params=SYSTEMS)
def system(request: pytest.FixtureRequest) -> System:
    """Every API."""
    found: System = request.param
    return found


def test_the_document_is_valid_openapi(system: System) -> None:
    assert list(OpenAPIV31SpecValidator(system.promise.document).iter_errors()) == []


def test_the_document_is_the_one_agreed_on(system: System, golden: Callable[[Path, str], None]) -> None:
    document = system.promise.document
    described = {**document, "info": {"title": document["info"]["title"]}}
    golden(GOLDEN / f"{system.name}_openapi.json", json.dumps(described, indent=1, ensure_ascii=False) + "\n")


def test_the_document_served_is_the_one_tested(site: RunningPlatform, system: System) -> None:
    answer = site.wire.send("GET", f"{system.spec.prefix}/openapi.json")
    assert answer.status_code == 200
    assert answer.json() == system.promise.document
    assert answer.json()["servers"] == [{"url": system.spec.prefix}]


def test_every_schema_is_used_and_every_reference_leads_somewhere(system: System) -> None:
    document = system.promise.document
    text = json.dumps(document)
    used = set(re.findall(r'"#/components/schemas/(\w+)"', text))
    assert used == set(document["components"]["schemas"])
    answers = set(re.findall(r'"#/components/responses/(\w+)"', text))
    assert answers == set(document["components"]["responses"])


def test_no_schema_is_named_after_a_module(system: System) -> None:
    """Two schemas of one name would be told apart by where their code lives, which clients would then see move."""
    assert [name for name in system.promise.document["components"]["schemas"] if "__" in name] == []


@each("op", OPS)
def test_every_operation_describes_itself(op: Op) -> None:
    described = op.described
    assert described["summary"]
    assert described["tags"] == [op.section]
    assert described.get("security") == ([] if op.public else None)
    assert {"401", "403", "503", str(op.status)} <= set(described["responses"])
    assert "422" not in described["responses"]


def test_every_field_of_an_answer_is_required_because_none_is_ever_left_out(system: System) -> None:
    for name, schema in system.promise.document["components"]["schemas"].items():
        if name.endswith("Out"):
            asked_for = set().union(*system.left_out.values()) if name.startswith("Detailed") else set()
            assert set(schema["required"]) == set(schema["properties"]) - asked_for, name


@each(
    "op",
    [op for op in OPS if op.is_documented and op.documented["request"] and op.documented["request"].get("example")],
)
def test_documented_request_examples_fit_their_schema(op: Op) -> None:
    schema = op.system.promise.request_schema(op.method, op.full_path) or {}
    assert set(op.documented["request"]["example"]) <= set(schema["properties"])
    assert op.described["requestBody"]["required"] is bool(schema.get("required"))


@each("op", WITH_BODY)
def test_a_body_that_works_fits_the_schema(op: Op, site: RunningPlatform) -> None:
    pointer = f"/paths/{op.full_path.replace('/', '~1').replace('{', '%7B').replace('}', '%7D')}"
    pointer = f"#{pointer}/{op.method.lower()}/requestBody/content/application~1json/schema"
    assert op.system.promise.schema_errors(pointer, recipe_body(op, op.home(site))) == []


def test_secrets_are_in_no_answer_and_in_no_schema_of_one(system: System) -> None:
    shown: dict[str, Any] = {
        n: s for n, s in system.promise.document["components"]["schemas"].items() if n.endswith("Out")
    }
    text = json.dumps(shown)
    for secret in ("password", "hash", "token_id"):
        assert secret not in text


def test_the_helper_notices_what_is_not_promised(promise: OpenApiChecks) -> None:
    room = {"id": 1, "branch": 1, "branch_name": "x", "name": "x", "capacity": 1, "equipment": "", "is_available": True}
    room |= {"created_at": None}
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
