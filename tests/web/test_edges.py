"""Addresses and methods nobody documented, the pages beside the APIs, and the life of the server."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from educore import FixedClock
from educore_web.app import compose
from support.parametrize import each
from support.web.client import PREFIX
from support.web.recipes import call_operation
from support.web.running_platform import RunningPlatform, open_test_platform
from support.web.system import Op
from support.web.systems import OPS, PRIVATE

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PATHS = {(op.system, op.operation.path): op for op in OPS}.values()
"""One operation for each path of each API."""

REFUSED = {"error": "This method is not allowed here.", "status_code": 405}
MISSING = {"error": "Not found", "status_code": 404}


def _allowed(op: Op) -> set[str]:
    return {other.method for other in op.system if other.operation.path == op.operation.path}


def _address(op: Op) -> str:
    return f"{op.system.spec.prefix}{op.system.spec.base}{op.path(1)}"


@each("op", PATHS)
def test_other_methods_are_405_and_say_which_are_allowed(op: Op, site: RunningPlatform) -> None:
    for method in set(METHODS) - _allowed(op):
        answer = site.wire.send(method, _address(op), headers={"accept-language": "en"})
        refused = op.system.refusals.whole(405, REFUSED["error"])
        assert (answer.status_code, answer.json()) == (405, refused), method
        allowed = {word.strip() for word in answer.headers["allow"].split(",")}
        assert allowed - {"HEAD", "OPTIONS"} == _allowed(op)


@each("op", PATHS)
def test_head_and_options_give_nothing_away_and_never_fail(op: Op, site: RunningPlatform) -> None:
    for method in ("OPTIONS", "TRACE", "PROPFIND"):
        answer = site.wire.send(method, _address(op))
        assert answer.status_code == (204 if method == "OPTIONS" else 405), (method, answer.text)
    head = site.wire.send("HEAD", _address(op))
    open_to_all = (200,) if op.public and op.method == "GET" else ()
    assert (head.status_code in (401, 405, *open_to_all), head.content) == (True, b"")
    assert site.changed() == []


@pytest.mark.parametrize(
    "path",
    [
        "/center-crm/api/nothing/",
        "/center-crm/api/",
        "/center-crm/api",
        "/center-crm/",
        "/center-crm",
        "/center-crm/api/groups/abc/",
        "/center-crm/api/groups/1.5/",
        "/center-crm/api/groups/1/nothing/",
        "/center-crm/api/groups/١/",
        "/center-crm/api/groups/%00/",
        "/center-crm/api/groups/1%2F2/",
        "/center-crm/api/GROUPS/",
        "/center-crm/api/groups/0x1/",
        "/center-crm/api/groups/+1/",
        "/center-crm/api/groups/" + "9" * 5000 + "/",
        "/nothing",
        "/center-crmx/api/groups/",
        "/api/groups/",
        "/favicon.ico",
        "/center-crm/api/groups/1_0/",
        "/health/x",
        "/center-crm/api/%ff/",
    ],
)
def test_an_address_nobody_has_is_404_in_the_same_shape(path: str, site: RunningPlatform) -> None:
    answer = site.wire.send("GET", path, headers={"authorization": f"Bearer {site.tokens['rustam'].access}"})
    assert (answer.status_code, answer.json()) == (404, MISSING)


def test_doubled_slashes_do_not_hurt(site: RunningPlatform) -> None:
    headers = {"authorization": f"Bearer {site.tokens['rustam'].access}"}
    assert site.wire.send("GET", f"{PREFIX}//api//groups//", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "bearer", "Token x", "Bearer x y", "Bearer \x7f", "x" * 9000, "Bearer " + "e30." * 3],
)
def test_strange_authorization_is_401(header: str, site: RunningPlatform) -> None:
    assert site.client().send("GET", "/groups/", headers={"authorization": header}).status == 401


@pytest.mark.parametrize(
    "header", ["", ";;;", "q=", "en;q=abc", "x" * 5000, "*", "uz-Latn-UZ", "ru;q=0,uz;q=0", "en;q=1e999", "ё"]
)
def test_strange_languages_are_no_failure(header: str, site: RunningPlatform) -> None:
    sent: Any = {"accept-language": header.encode()}
    assert site.wire.send("GET", f"{PREFIX}/api/groups/", headers=sent).status_code == 401


def test_query_strings_that_cannot_be_read_are_no_failure(site: RunningPlatform) -> None:
    headers = {"authorization": f"Bearer {site.tokens['rustam'].access}"}
    for query, status in (
        ("%ff=%fe", 200),
        ("a=%zz", 200),
        ("&&&", 200),
        ("=", 200),
        ("search=%00", 400),
        ("search=%ed%a0%80", 200),
        ("page=%ff", 404),
        ("ordering=%ff", 400),
        ("a" * 20_000, 200),
    ):
        answer = site.wire.send("GET", f"{PREFIX}/api/students/?{query}", headers=headers)
        assert answer.status_code == status, query


def test_health_says_the_version_and_how_the_database_is(site: RunningPlatform) -> None:
    answer = site.wire.send("GET", "/health")
    assert set(answer.json()) == {"version", "database", "disk"}
    assert answer.status_code == 503, "these tables were made without migrations"
    assert "pending" in answer.json()["database"]
    site.platform.database.engine.dispose()


@pytest.mark.parametrize("path", ["/", "/health"])
@pytest.mark.parametrize("method", ["POST", "DELETE", "OPTIONS"])
def test_the_pages_beside_the_apis_are_only_read(path: str, method: str, site: RunningPlatform) -> None:
    answer = site.wire.send(method, path)
    assert (answer.status_code, answer.json(), answer.headers["allow"]) == (405, REFUSED, "GET, HEAD")


def test_the_front_page_leads_to_documents_that_open(site: RunningPlatform) -> None:
    page = site.wire.send("GET", "/")
    links = re.findall(r'href="([^"]+)"', page.text)
    assert {"/admin/", f"{PREFIX}/docs", f"{PREFIX}/openapi.json"} <= set(links)
    for link in links:
        if link != "/admin/":
            assert site.wire.send("GET", link).status_code == 200, link


def test_the_docs_page_needs_nothing_from_anywhere_else(site: RunningPlatform) -> None:
    page = site.wire.send("GET", f"{PREFIX}/docs")
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert not re.findall(r"(?:https?:)?//[\w.]+", page.text)
    assets = re.findall(r'(?:src|href|data-document)="([^"]+)"', page.text)
    assert len(assets) == 5
    for asset in assets:
        answer = site.wire.send("GET", asset)
        assert (answer.status_code, len(answer.content) > 50) == (200, True), asset
    assert site.wire.send("GET", f"{PREFIX}/docs/nothing.js").status_code == 404
    assert site.wire.send("GET", f"{PREFIX}/docs/..%2f__init__.py").status_code == 404


def test_one_api_alone_answers_at_the_root(site: RunningPlatform, tmp_path: Any) -> None:
    platform = open_test_platform(site.platform.database.url, tmp_path, FixedClock(), api="center_crm")
    app = compose(platform)

    async def asked() -> list[int]:
        import httpx

        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://school.test") as http:
            headers = {"authorization": f"Bearer {site.tokens['dilshod'].access}"}
            answers = [
                await http.get(path, headers=headers)
                for path in ("/api/groups/", "/docs", "/openapi.json", "/center-crm/api/groups/")
            ]
            assert answers[2].json()["servers"] == [{"url": "/"}]
            page = await http.get("/api/groups/?page_size=1", headers=headers)
            assert page.json()["next"] == "http://school.test/api/groups/?page_size=1&page=2"
            return [answer.status_code for answer in answers]

    assert asyncio.run(asked()) == [200, 200, 200, 404]
    platform.database.close()


def test_the_server_starts_and_stops(site: RunningPlatform) -> None:
    coming = iter(["lifespan.startup", "lifespan.shutdown"])
    said: list[str] = []

    async def receive() -> Any:
        return {"type": next(coming)}

    async def send(message: Any) -> None:
        said.append(message["type"])

    asyncio.run(site.app({"type": "lifespan"}, receive, send))  # type: ignore[typeddict-item,arg-type]
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


@each("op", OPS)
def test_every_operation_is_found_under_its_path(op: Op, site: RunningPlatform) -> None:
    expected = 401 if not op.public else op.status if op.method == "GET" else 400
    assert site.wire.send(op.method, _address(op)).status_code == expected


def test_a_database_that_does_not_answer_is_503(site: RunningPlatform, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    import sqlalchemy as sa

    def gone(*args: Any, **more: Any) -> Any:
        raise sa.exc.OperationalError("SELECT 1", {}, sqlite3.OperationalError("gone"))

    monkeypatch.setattr(site.platform.database.engine.pool, "connect", gone)
    for op in PRIVATE:
        assert call_operation(site.client("rustam"), op, id=1, body={}).status == 503, op.name
    answer = site.wire.send("GET", "/health")
    assert (answer.status_code, answer.json()["database"]) == (503, "unreachable")
