"""What is served is what is documented, in both directions."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from support.parametrize import each
from support.web.recipes import call_operation, recipe_row
from support.web.running_platform import RunningPlatform
from support.web.system import Op, System
from support.web.systems import OPS, SYSTEMS

DOCUMENTED = [op for op in OPS if op.is_documented]


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_documented_operation_is_served_under_its_own_name(system: System) -> None:
    assert set(system.catalog.operations) - set(system.ops) == set()


@pytest.mark.parametrize("system", SYSTEMS)
def test_what_stands_apart_is_documented_and_no_operation(system: System) -> None:
    documented = [operation["id"] for operation in system.catalog.document["operations"]]
    for apart in system.catalog.apart:
        assert any(name.startswith(apart) for name in documented), apart
        assert not any(name.startswith(apart) for name in system.ops), apart


@pytest.mark.parametrize("system", SYSTEMS)
def test_nothing_else_is_served_unless_it_is_marked_as_an_addition(system: System) -> None:
    assert set(system.catalog.operations) == {op.name for op in system if not op.addition}
    assert system.added == {op.name for op in system if op.addition}


@each("op", DOCUMENTED)
def test_method_and_path_are_the_documented_ones(op: Op) -> None:
    assert (op.method, op.operation.path) == (op.documented["method"], op.documented["path"])


@pytest.mark.parametrize("system", SYSTEMS)
def test_no_two_operations_share_a_method_and_path(system: System) -> None:
    assert len({(op.method, op.full_path) for op in system}) == len(system.ops)


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_openapi_document_lists_exactly_what_is_served(system: System) -> None:
    described = {
        (method.upper(), path, operation["operationId"])
        for path, methods in system.promise.document["paths"].items()
        for method, operation in methods.items()
    }
    further = [(op.method, f"{op.system.spec.base}{path}") for op in system for path in op.further_paths]
    assert {(method, path) for method, path, _ in described} >= set(further)
    described = {found for found in described if found[:2] not in further}
    assert described == {(op.method, op.full_path, op.name.replace(".", "_")) for op in system}


@each("op", OPS)
def test_openapi_marks_the_additions(op: Op) -> None:
    assert op.described.get("x-addition", False) is (op.name in op.system.added)


@each("op", OPS)
def test_the_final_slash_may_be_left_out(op: Op, site: RunningPlatform) -> None:
    id, rustam = recipe_row(op, op.home(site)), site.client("rustam").of(op.system)
    without = rustam.send(op.method, op.path(id).rstrip("/"), raw=b"[]")
    site.reset()
    with_slash = call_operation(rustam, op, id=id, raw=b"[]", query=None)
    assert (without.status, without.text) == (with_slash.status, with_slash.text)
    assert without.status not in (301, 302, 307, 308, 404, 405)


@pytest.mark.parametrize("part", ["request", "response"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_the_shipped_examples_are_those_of_the_document(system: System, part: str) -> None:
    package = files(f"educore_web.apis.{system.name}")
    shipped = json.loads(package.joinpath("examples.json").read_text(encoding="utf-8"))
    documented = {}
    for name, operation in system.catalog.operations.items():
        examples = {
            "request": (operation["request"] or {}).get("example"),
            "response": system.catalog.response(name).get("example"),
        }
        if examples[part]:
            documented[name] = examples[part]
    assert {name: parts[part] for name, parts in shipped.items() if parts.get(part)} == documented


@each("op", DOCUMENTED)
def test_openapi_shows_the_examples_of_what_is_served(op: Op) -> None:
    example = (op.documented["request"] or {}).get("example")
    body = op.described.get("requestBody", {}).get("content", {}).get("application/json", {})
    assert body.get("example") == (example or None)
