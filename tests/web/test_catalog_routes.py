"""What is served is what is documented, in both directions."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from web import catalog
from web.promise import Promise
from web.recipes import BY_NAME, Place, call, path_of, row_of
from web.running import Running

DOCUMENTED = {name for name, operation in BY_NAME.items() if not operation.addition}


def test_every_documented_operation_is_served_under_its_own_name() -> None:
    assert set(catalog.served()) - set(BY_NAME) == set()


def test_nothing_else_is_served_unless_it_is_marked_as_an_addition() -> None:
    assert set(catalog.served()) == DOCUMENTED
    assert set(catalog.ADDED) == set(BY_NAME) - DOCUMENTED


@pytest.mark.parametrize("name", catalog.served())
def test_method_and_path_are_the_documented_ones(name: str) -> None:
    documented, operation = catalog.served()[name], BY_NAME[name]
    assert (operation.method, operation.path) == (documented["method"], documented["path"])


def test_no_two_operations_share_a_method_and_path() -> None:
    assert len({(operation.method, operation.path) for operation in BY_NAME.values()}) == len(BY_NAME)


def test_the_openapi_document_lists_exactly_what_is_served(promise: Promise) -> None:
    described = {
        (method.upper(), path, operation["operationId"])
        for path, methods in promise.document["paths"].items()
        for method, operation in methods.items()
    }
    served = {(o.method, f"/api{o.path}", name.replace(".", "_")) for name, o in BY_NAME.items()}
    assert described == served


def test_openapi_marks_the_additions(promise: Promise) -> None:
    marked = {
        operation["operationId"]
        for methods in promise.document["paths"].values()
        for operation in methods.values()
        if operation.get("x-addition")
    }
    assert marked == {name.replace(".", "_") for name in catalog.ADDED}


@pytest.mark.parametrize("name", BY_NAME)
def test_the_final_slash_may_be_left_out(name: str, site: Running) -> None:
    at, rustam = Place(site, site.world.tashkent), site.client("rustam")
    path, id = path_of(name, row_of(name, at)), row_of(name, at)
    without = rustam.send(BY_NAME[name].method, path.rstrip("/"), raw=b"[]")
    site.wind_back()
    with_slash = call(rustam, name, id=id, raw=b"[]")
    assert (without.status, without.text) == (with_slash.status, with_slash.text)
    assert without.status not in (301, 302, 307, 308, 404, 405)


@pytest.mark.parametrize("part", ["request", "response"])
def test_the_shipped_examples_are_those_of_the_document(part: str) -> None:
    shipped = json.loads(files("educore_web.apis.center_crm").joinpath("examples.json").read_text(encoding="utf-8"))
    documented = {}
    for operation in catalog.document()["operations"]:
        examples = {
            "request": (operation["request"] or {}).get("example"),
            "response": operation["responses"][0].get("example"),
        }
        if examples[part]:
            documented[operation["id"]] = examples[part]
    assert {name: parts[part] for name, parts in shipped.items() if parts.get(part)} == documented


def test_openapi_shows_the_examples_of_what_is_served(promise: Promise) -> None:
    for name in catalog.served():
        _, operation = promise.operation(BY_NAME[name].method, "/api" + path_of(name, 1)) or ("", {})
        example = (catalog.served()[name]["request"] or {}).get("example")
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        assert body.get("example") == (example or None), name
