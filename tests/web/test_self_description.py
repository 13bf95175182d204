"""The pages and operations by which an API tells of itself, where its document has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from educore import Educore, Shape, Unavailable
from educore.organization import Branch
from educore_web.rest.self_description import DISCONNECTED, document_operation, health_operation
from educore_web.rest.spec import ApiSpec
from support.lockers.api import CodeDialect
from support.web.made_up_site import MadeUpSite, made_up_site

SPEC = ApiSpec(
    "told",
    title="Told <b>",
    prefix="/told",
    base="/api",
    dialect=CodeDialect(),
    examples={},
    swagger="/swagger/",
    redoc="/redoc/",
)


class BranchOut(Shape, of=Branch):
    """A branch."""

    id: int


PARTS: dict[str, Any] = {"redis": lambda school: "not_configured", "cloudinary": lambda school: "configured"}
OPERATIONS = [
    SPEC.list("/branches/", BranchOut),
    document_operation(SPEC, "/schema/"),
    health_operation(SPEC, "/health/", version="1.0.0", parts={name: lambda s, n=name: PARTS[n](s) for name in PARTS}),
]


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeUpSite]:
    with made_up_site(tmp_path_factory.mktemp("told"), SPEC, OPERATIONS) as opened:
        yield opened


@pytest.mark.parametrize("path", ["/swagger/", "/swagger", "/redoc/", "/redoc", "/docs"])
def test_pages_stand_outside_the_base(site: MadeUpSite, path: str) -> None:
    page = site.wire.send("GET", path)
    assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (200, "text/html")
    assert "Told &lt;b&gt;" in page.text
    assert "//" not in page.text.replace("<!doctype", "")  # nothing comes from elsewhere
    for source in [part.partition('"')[0] for part in page.text.split('src="')[1:]]:
        assert site.wire.send("GET", source).status_code == 200


def test_redoc_searches_in_a_worker(site: MadeUpSite) -> None:
    assert "worker-src blob:" in site.wire.send("GET", "/redoc/").headers["content-security-policy"]
    assert "worker-src" not in site.wire.send("GET", "/swagger/").headers["content-security-policy"]
    assert site.wire.send("GET", "/docs/secrets.js").status_code == 404


def test_the_schema_is_an_operation(site: MadeUpSite) -> None:
    answer = site.send(None, "GET", "/schema/")
    assert (answer.status_code, answer.json()) == (200, site.document())
    assert answer.json()["paths"]["/api/schema/"]["get"]["operationId"] == "docs_schema"


def test_health_in_the_form_of_the_document(site: MadeUpSite) -> None:
    answer = site.send(None, "GET", "/health/")
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "status": "healthy",
            "timestamp": "2024-01-01T10:00:00Z",
            "version": "1.0.0",
            "database": "connected",
            "redis": "not_configured",
            "cloudinary": "configured",
        },
    )


def _fail(school: Educore) -> str:
    raise Unavailable("files_unavailable")


def _break(school: Educore) -> str:
    raise RuntimeError


@pytest.mark.parametrize("part", [_fail, _break, lambda school: DISCONNECTED])
def test_a_part_that_is_gone_degrades(site: MadeUpSite, monkeypatch: pytest.MonkeyPatch, part: Any) -> None:
    monkeypatch.setitem(PARTS, "redis", part)
    answer = site.send(None, "GET", "/health/")
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["redis"]) == ("degraded", "disconnected")


def test_without_a_database_it_is_unhealthy(site: MadeUpSite, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **options: Any) -> Any:
        raise Unavailable()

    monkeypatch.setattr(type(site.platform.school), "work", refuse)
    answer = site.send(None, "GET", "/health/")
    assert answer.status_code == 500
    assert (answer.json()["status"], answer.json()["database"]) == ("unhealthy", "disconnected")
    assert list(answer.json()) == ["status", "timestamp", "version", "database", "redis", "cloudinary"]
