"""A browser without a window."""

from __future__ import annotations

import asyncio
import re
from html import unescape
from typing import Any

import httpx

from support.admin.town import PASSWORD, SITE

CSRF_TOKEN = re.compile(r'name="csrf" value="([^"]+)"')
"""Where a page keeps the token that its forms send."""


class Browser:
    """Sends what a browser on our own pages sends, and keeps its cookies."""

    def __init__(self, app: Any, site: str = SITE) -> None:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url=site, follow_redirects=True)
        self.site, self.runner, self.last_token = site, asyncio.Runner(), ""

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        response = self.runner.run(self.client.request(method, path, **options))
        if found := CSRF_TOKEN.search(response.text):
            self.last_token = found.group(1)
        return response

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.send("GET", f"/admin{path}", **options)

    def post(
        self, path: str, data: dict[str, Any] | None = None, *, token: str | None = None, **options: Any
    ) -> httpx.Response:
        headers = {"origin": self.site} | options.pop("headers", {})
        body = {"csrf": self.last_token or self.token() if token is None else token} | (data or {})
        return self.send("POST", f"/admin{path}", data=body, headers=headers, **options)

    def delete(self, path: str, *, token: str | None = None, **options: Any) -> httpx.Response:
        given = self.last_token or self.token() if token is None else token
        headers = {"origin": self.site, "x-csrf-token": given} | options.pop("headers", {})
        return self.send("DELETE", f"/admin{path}", headers=headers, **options)

    def sign_in(self, name: str, password: str = PASSWORD, **options: Any) -> httpx.Response:
        self.last_token = ""
        return self.post("/login", {"username": name, "password": password}, token="", **options)

    def token(self) -> str:
        """The token in a page of ours, as it is now."""
        found = CSRF_TOKEN.search(self.get("/session/list").text)
        return found.group(1) if found else ""

    def close(self) -> None:
        self.runner.run(self.client.aclose())
        self.runner.close()


def page_text(response: httpx.Response) -> str:
    """Return the text of a page without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.text)).split())
