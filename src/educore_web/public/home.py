"""The few answers that belong to no API: the front page, health, and what is not here."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import msgspec

from educore_web.rest.spec import Contract
from educore_web.runtime.asgi import Send

SECONDS_TO_WAIT = 5
"""How soon to try again what something was missing for."""


async def answer(send: Send, status: int, content: bytes, *headers: tuple[bytes, bytes]) -> None:
    """Send a whole answer."""
    length = (b"content-length", str(len(content)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [length, *headers]})
    await send({"type": "http.response.body", "body": content, "more_body": False})


async def json_answer(send: Send, status: int, body: Mapping[str, Any], *more: tuple[bytes, bytes]) -> None:
    """Send JSON that no cache keeps."""
    headers = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"), *more)
    await answer(send, status, msgspec.json.encode(body), *headers)


async def not_found(send: Send) -> None:
    """Send what there is to say about an address that is nobody's."""
    await json_answer(send, 404, {"error": "Not found", "status_code": 404})


async def not_allowed(send: Send) -> None:
    """Send what there is to say to who would change a page that is only read."""
    body = {"error": "This method is not allowed here.", "status_code": 405}
    await json_answer(send, 405, body, (b"allow", b"GET, HEAD"))


async def head_too_large(send: Send) -> None:
    """Send what there is to say of more header than anything here needs."""
    await json_answer(send, 431, {"error": "The header of the request is too large.", "status_code": 431})


async def failure(send: Send) -> None:
    """Send what there is to say of a mistake of ours; the log has the rest."""
    await json_answer(send, 500, {"error": "Something went wrong on our side.", "status_code": 500})


async def unavailable(send: Send) -> None:
    """Send what there is to say while something a page needs does not answer."""
    wait = (b"retry-after", str(SECONDS_TO_WAIT).encode())
    await json_answer(send, 503, {"error": "Unavailable", "status_code": 503}, wait)


async def home(send: Send, apis: Mapping[str, Contract]) -> None:
    """Send the front page: where the APIs, their documents and the admin are."""
    items = "".join(
        f'<li><a href="{api.prefix}/docs">{html.escape(api.title)}</a> '
        f'(<a href="{api.prefix}/openapi.json">OpenAPI</a>)</li>'
        for api in apis.values()
    )
    page = PAGE.format(apis=items).encode()
    policy = (b"content-security-policy", PAGE_POLICY)
    await answer(send, 200, page, (b"content-type", b"text/html; charset=utf-8"), policy)


PAGE_POLICY = b"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>educore</title>
<style>
body {{ font: 18px/1.6 system-ui, sans-serif; max-width: 40rem; margin: 10vh auto; padding: 0 1rem; color: #1f2937 }}
a {{ color: #1d4ed8 }}
</style>
<h1>educore</h1>
<p>For staff: <a href="/admin/">the admin</a>.</p>
<p>For programs:</p>
<ul>{apis}</ul>
</html>
"""
