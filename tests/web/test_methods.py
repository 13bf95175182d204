"""The methods of every path: HEAD answers like GET without a body, and Allow names what is there, in every answer."""

from __future__ import annotations

import asyncio
from collections import defaultdict

import pytest

from support.parametrize import each
from support.web.asgi import body_chunks, send_request
from support.web.recipes import call_operation, recipe_row
from support.web.running_platform import RunningPlatform
from support.web.system import Op
from support.web.systems import OPS

PATHS: dict[tuple[str, str], list[Op]] = defaultdict(list)
for _op in OPS:
    PATHS[_op.system.name, _op.path()].append(_op)
PAGES = ("/center-crm/docs", "/edumaster/openapi.json", "/health", "/")


@each("op", [op for op in OPS if op.method == "GET"])
def test_head_answers_like_get_without_a_body(op: Op, site: RunningPlatform) -> None:
    id = recipe_row(op, op.home(site))
    query = op.system.queries.get(op.name)
    for client in (site.client(op.owner), site.client()):
        shown = call_operation(client, op, id=id)
        path = f"{op.system.spec.prefix}{op.system.spec.base}{op.path(id)}"
        sent = {"authorization": f"Bearer {client.token}"} if client.token else {}
        head = site.wire.send("HEAD", path, headers=sent, **({"params": query} if query else {}))
        assert (head.status_code, head.content) == (shown.status, b"")
        assert head.headers["content-type"] == shown.headers["content-type"]
        assert int(head.headers["content-length"]) > 0


@pytest.mark.parametrize("path", PAGES)
def test_pages_answer_head(path: str, site: RunningPlatform) -> None:
    shown, head = site.wire.send("GET", path), site.wire.send("HEAD", path)
    assert shown.content
    assert (head.status_code, head.content, head.headers.get("content-type")) == (
        shown.status_code,
        b"",
        shown.headers.get("content-type"),
    )


@each("place", sorted(PATHS))
def test_allow_names_the_methods_of_the_path(place: tuple[str, str], site: RunningPlatform) -> None:
    ops = PATHS[place]
    id = recipe_row(ops[0], ops[0].home(site))
    spec = ops[0].system.spec
    methods = {op.method for op in ops} | {"OPTIONS"}
    expected = methods | ({"HEAD"} if "GET" in methods else set())
    for path in (
        f"{spec.prefix}{spec.base}{ops[0].path(id)}",
        f"{spec.prefix}{spec.base}{ops[0].path(id)}".rstrip("/"),
    ):
        allowed = site.wire.send("OPTIONS", path)
        assert (allowed.status_code, allowed.content, _names(allowed.headers["allow"])) == (204, b"", expected)
        for method in sorted({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} - expected):
            refused = site.wire.send(method, path)
            assert (refused.status_code, _names(refused.headers["allow"])) == (405, expected), method
    assert site.changed() == []


@pytest.mark.parametrize("path", [*PAGES, "/center-crm/api/rooms/"])
def test_no_byte_of_a_body_follows_the_headers(path: str, site: RunningPlatform) -> None:
    sent = {"authorization": f"Bearer {site.tokens['dilshod'].access}"}
    shown, head = (
        asyncio.run(send_request(site.app, name, path, headers=sent, body=body_chunks())) for name in ("GET", "HEAD")
    )
    assert (head.status, head.content) == (shown.status, b"")
    assert len(shown.content) > 2


def _names(header: str) -> set[str]:
    return set(header.split(", "))
