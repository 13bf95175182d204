"""The start page."""

from __future__ import annotations

import html
from collections.abc import Iterable

from educore_web.rest.spec import ApiSpec
from educore_web.runtime.answers import send_answer
from educore_web.runtime.asgi import Send


async def send_home_page(send: Send, specs: Iterable[ApiSpec]) -> None:
    """Send the front page, which links to the APIs, their documents and the admin."""
    items = "".join(
        f'<li><a href="{spec.prefix}/docs">{html.escape(spec.title)}</a> '
        f'(<a href="{spec.prefix}/openapi.json">OpenAPI</a>)</li>'
        for spec in specs
    )
    page = PAGE.format(apis=items).encode()
    policy = (b"content-security-policy", PAGE_POLICY)
    await send_answer(send, 200, page, (b"content-type", b"text/html; charset=utf-8"), policy)


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
