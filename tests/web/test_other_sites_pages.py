"""Pages of other sites may call the API only where the settings name their site."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from educore_web.app import create_app
from educore_web.settings import Settings

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
