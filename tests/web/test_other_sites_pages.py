"""Pages of other sites may call the API only where the settings name their site."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from educore import Shape
from educore.organization import Branch
from educore.values import Line, Name
from educore_web.app import create_app
from educore_web.rest.bodies import Body
from educore_web.rest.spec import ApiSpec
from educore_web.settings import Settings
from support.lockers.api import CodeDialect
from support.web.made_up_site import MadeUpSite, made_up_site

PATH = "/center-crm/api/auth/login/"
ASKS = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}


async def preflight(folder: Path, origin: str) -> httpx.Response:
    settings = Settings(
        database=f"sqlite:///{folder}/pages.db",
        secret=SecretStr("for pages of other sites" * 2),
        files=folder,
        origins="https://app.example, https://other.example/",
    )
    app = create_app(settings)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://educore.example") as client:
        answer = await client.options(PATH, headers={"origin": origin, **ASKS})
    app.platform.database.close()
    return answer


@pytest.mark.parametrize("origin", ["https://app.example", "https://other.example"])
def test_a_page_of_a_named_site_may_call(tmp_path: Path, origin: str) -> None:
    answer = asyncio.run(preflight(tmp_path, origin))
    assert answer.headers["access-control-allow-origin"] == origin


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://app.example",
        "https://app.example.evil.example",
        "https://evil-app.example",
        "https://app.example:8443",
        "https://APP.example@evil.example",
        "*",
    ],
)
def test_a_page_of_another_site_may_not(tmp_path: Path, origin: str) -> None:
    answer = asyncio.run(preflight(tmp_path, origin))
    assert "access-control-allow-origin" not in answer.headers


# -- every method, and every answer ------------------------------------------------------------------------------------

ORIGIN = "https://app.example"


class BranchIn(Body, of=Branch):
    """A branch."""

    name: Name
    address: Line = ""


class BranchOut(Shape, of=Branch):
    """A branch."""

    id: int
    name: str


def fail() -> None:
    """Fail."""
    raise RuntimeError


def spec(*, credentials: bool) -> ApiSpec:
    return ApiSpec(
        "pages", title="Pages", prefix="/pages", base="/v1", dialect=CodeDialect(), examples={}, credentials=credentials
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeUpSite]:
    made = spec(credentials=False)
    operations = [*made.crud("/branches/", Branch, BranchIn, BranchOut), made.get("/fail/", fail, public=True)]
    with made_up_site(tmp_path_factory.mktemp("pages"), made, operations, origins=ORIGIN) as opened:
        yield opened


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_a_page_may_send_every_method_with_a_token(site: MadeUpSite, method: str) -> None:
    path = "/branches/" if method == "POST" else f"/branches/{site.world.tashkent.branch.id}/"
    wanted = {"access-control-request-method": method, "access-control-request-headers": "authorization,content-type"}
    answer = site.send(None, "OPTIONS", path, headers={"origin": ORIGIN, **wanted})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert method in answer.headers["access-control-allow-methods"]
    allowed = answer.headers["access-control-allow-headers"].lower()
    assert {"authorization", "content-type"} <= {name.strip() for name in allowed.split(",")}
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    ("name", "method", "path", "body", "status"),
    [
        ("dilshod", "GET", "/branches/", None, 200),
        ("dilshod", "POST", "/branches/", {}, 400),
        (None, "GET", "/branches/", None, 401),
        ("sardor", "POST", "/branches/", {"name": "X"}, 403),
        ("dilshod", "GET", "/branches/999999/", None, 404),
        ("dilshod", "GET", "/nothing/", None, 404),
        ("dilshod", "DELETE", "/branches/", None, 405),
        ("dilshod", "GET", "/fail/", None, 500),
    ],
)
def test_a_page_may_read_every_answer(
    site: MadeUpSite, name: str | None, method: str, path: str, body: Any, status: int
) -> None:
    answer = site.send(name, method, path, body, headers={"origin": ORIGIN})
    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "Origin" in answer.headers["vary"]
    stranger = site.send(name, method, path, body, headers={"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in stranger.headers


def test_a_page_may_send_cookies_where_the_api_takes_them(tmp_path: Path) -> None:
    made = spec(credentials=True)
    operations = made.crud("/branches/", Branch, BranchIn, BranchOut)
    with made_up_site(tmp_path, made, operations, origins=ORIGIN) as site:
        for method, more in (("OPTIONS", {"access-control-request-method": "POST"}), ("GET", {})):
            answer = site.send(None, method, "/branches/", headers={"origin": ORIGIN, **more})
            assert answer.headers["access-control-allow-credentials"] == "true"
            assert answer.headers["access-control-allow-origin"] == ORIGIN
