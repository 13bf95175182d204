"""What holds for every answer of every application: its headers, and whose address it names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from educore_web.app import compose
from educore_web.runtime.limits import MOST_COOKIES, MOST_HEADER_BYTES, MOST_HEADERS, MOST_PARAMETERS
from support.parametrize import each
from support.web.asgi import AsgiResponse, body_chunks, send_request
from support.web.client import AsgiConnection
from support.web.recipes import call_recipe, recipe_row
from support.web.running_platform import RunningPlatform
from support.web.system import Op
from support.web.systems import LISTS, OPS, SYSTEMS

EVIL = "evil.example"
FOREIGN = {
    "host": EVIL,
    "x-forwarded-host": EVIL,
    "x-forwarded-server": EVIL,
    "x-original-host": EVIL,
    "x-forwarded-prefix": f"/{EVIL}",
    "forwarded": f"host={EVIL}",
}
OWED = {"x-content-type-options": "nosniff", "x-frame-options": "DENY"}
PAGES = [
    ("GET", "/", 200),
    ("POST", "/", 405),
    ("GET", "/health", 503),
    ("GET", "/nothing", 404),
    ("GET", "/files/x", 404),
    ("DELETE", "/files/x", 405),
    ("GET", "/calendar/x.ics", 404),
    ("GET", "/admin", 307),
    ("GET", "/admin/", 302),
    ("GET", "/admin/login", 200),
    ("POST", "/admin/login", 403),
    ("GET", "/admin/nothing", 404),
    ("GET", "/admin/statics/css/main.css", 200),
    *[("GET", f"{system.spec.prefix}/docs", 200) for system in SYSTEMS],
    *[("GET", f"{system.spec.prefix}/docs/start.js", 200) for system in SYSTEMS],
    *[("GET", f"{system.spec.prefix}/openapi.json", 200) for system in SYSTEMS],
    *[("GET", f"{system.spec.prefix}/nothing", 404) for system in SYSTEMS],
    *[("OPTIONS", f"{op.system.spec.prefix}{op.full_path}", 204) for op in LISTS],
]


def _ask(
    wire: AsgiConnection, app: Any, method: str, path: str, headers: Mapping[str, str] | None = None
) -> AsgiResponse:
    return wire.runner.get_loop().run_until_complete(
        send_request(app, method, path, headers=headers, body=body_chunks())
    )


def _address(op: Op, site: RunningPlatform) -> str:
    spec = op.system.spec
    return f"{spec.prefix}{spec.base}{op.path(recipe_row(op, op.home(site)))}"


def _lacks(heard: AsgiResponse) -> dict[str, str | None]:
    lacking: dict[str, str | None] = {
        name: heard.headers.get(name) for name, value in OWED.items() if heard.headers.get(name) != value
    }
    if "content-security-policy" not in heard.headers:
        lacking["content-security-policy"] = None
    return lacking


@each("method, path, status", PAGES)
def test_every_page_says_that_it_stands_in_no_frame_and_is_what_it_claims(
    method: str, path: str, status: int, site: RunningPlatform
) -> None:
    heard = _ask(site.wire, site.app, method, path)
    assert (heard.status, _lacks(heard)) == (status, {})


@each("op", OPS)
def test_every_operation_says_so_too(op: Op, site: RunningPlatform) -> None:
    assert _lacks(_ask(site.wire, site.app, op.method, _address(op, site))) == {}
    answer = call_recipe(site.client(None if op.public else op.owner), op, op.home(site))
    assert {name: answer.headers.get(name) for name in OWED} == OWED
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


@pytest.fixture(scope="module")
def secure(running: RunningPlatform) -> Any:
    """The same platform, reached over HTTPS."""
    settings = running.platform.settings.model_copy(update={"public_url": "https://school.example"})
    return compose(replace(running.platform, settings=settings))


def test_a_site_on_https_is_never_again_reached_without(site: RunningPlatform, secure: Any) -> None:
    for method, path, status in PAGES:
        plain, safe = (_ask(site.wire, app, method, path) for app in (site.app, secure))
        assert (safe.status, "strict-transport-security" in plain.headers) == (status, False), path
        assert safe.headers["strict-transport-security"] == "max-age=31536000", path


def test_a_failure_of_ours_is_an_answer_too(site: RunningPlatform, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*given: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(site.app.apps, "/calendar", fail)
    heard = _ask(site.wire, site.app, "GET", "/calendar/x.ics")
    assert (heard.status, json.loads(heard.content)["status_code"], _lacks(heard)) == (500, 500, {})


# -- addresses -----------------------------------------------------------------------------------------


@each("op", OPS)
def test_no_operation_repeats_the_host_it_was_called_by(op: Op, site: RunningPlatform) -> None:
    client = site.client(None if op.public else op.owner)
    query = {**(op.system.queries.get(op.name) or {}), **({"page_size": 1} if op.listing else {})}
    answer = call_recipe(client, op, op.home(site), headers=FOREIGN, query=query)
    told = answer.text + str(dict(answer.headers))
    assert answer.status == op.status
    assert EVIL not in told
    for address in ("http://", "https://"):
        if f'"next":"{address}' in answer.text:
            assert f'"next":"{site.platform.settings.public_url}/' in answer.text


def test_the_next_page_is_at_the_public_address(site: RunningPlatform) -> None:
    answer = site.client("dilshod").send("GET", "/students/", query={"page_size": 1}, headers=FOREIGN)
    assert answer["next"] == "http://school.test/center-crm/api/students/?page_size=1&page=2"


@each("method, path, status", PAGES)
def test_no_page_repeats_the_host_it_was_called_by(method: str, path: str, status: int, site: RunningPlatform) -> None:
    heard = _ask(site.wire, site.app, method, path, FOREIGN)
    told = heard.content.decode() + str(dict(heard.headers))
    assert (heard.status, EVIL in told) == (status, False)


def test_the_admin_redirects_to_a_path(site: RunningPlatform) -> None:
    places = {path: _ask(site.wire, site.app, "GET", path, FOREIGN) for path in ("/admin", "/admin/login/", "/admin/")}
    assert {path: heard.headers["location"] for path, heard in places.items()} == {
        "/admin": "/admin/",
        "/admin/login/": "/admin/login",
        "/admin/": "/admin/login",
    }


@pytest.mark.parametrize("host", ["", "[", "[::1", "a b", "x" * 5000, "\xff", "school.test:99999", "/", "a@b", "%00"])
def test_a_host_that_is_none_is_no_failure(host: str, site: RunningPlatform) -> None:
    is_refused, apis = host in ("a b", "\xff", "/"), tuple(f"{system.spec.prefix}/" for system in SYSTEMS)
    for method, path, status in PAGES:
        heard = _ask(site.wire, site.app, method, path, {"host": host})
        assert heard.status == (400 if is_refused and path.startswith(apis) else status), path
    heard = _ask(site.wire, site.app, "GET", "/center-crm/api/rooms/", {"host": host})
    assert heard.status == (400 if is_refused else 401)


# -- heads ---------------------------------------------------------------------------------------------

HEADS = {
    "one long field": ({"x": "a" * MOST_HEADER_BYTES}, ""),
    "many fields": ({f"x-{number}": "a" for number in range(MOST_HEADERS)}, ""),
    "many cookies": ({"cookie": "a=b; " * (MOST_COOKIES + 1)}, ""),
    "many escapes in a cookie": ({"cookie": 'a="' + "\\" * (MOST_COOKIES + 1) + '"'}, ""),
    "many parameters": ({}, "?" + "a=1&" * (MOST_PARAMETERS + 1)),
    "a long query": ({}, "?a=" + "a" * MOST_HEADER_BYTES),
    "a long path": ({}, "a" * MOST_HEADER_BYTES),
}


@pytest.mark.parametrize("what", HEADS)
def test_a_head_larger_than_anybody_needs_is_refused_everywhere(what: str, site: RunningPlatform) -> None:
    headers, more = HEADS[what]
    for method, path, _ in PAGES:
        heard = _ask(site.wire, site.app, method, path + more, headers)
        assert (heard.status, json.loads(heard.content)["status_code"], _lacks(heard)) == (431, 431, {}), path


def test_a_head_as_large_as_it_may_be_is_read(site: RunningPlatform) -> None:
    fields = {f"x-{number}": "a" * 500 for number in range(MOST_HEADERS - 3)}
    fields |= {"cookie": "a=b; " * MOST_COOKIES, "accept-language": "a," * 5000 + "ru"}
    path = "/center-crm/api/rooms/?" + "a=1&" * MOST_PARAMETERS
    assert _ask(site.wire, site.app, "GET", path, fields).status == 401
