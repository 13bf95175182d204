"""The pages that show an API's OpenAPI document with Swagger UI, whose files are part of this package."""

from __future__ import annotations

import html
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

STATIC = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "start.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
"""The media type of each file."""
CONTENT_POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"


def swagger_routes(title: str, build: Callable[[], dict[str, Any]], *, at: str) -> list[HTTPRouteHandler]:
    """Return the routes of `/openapi.json` and `/docs` under the prefix `at`.

    The document is built at the first request for it.
    """

    @cache
    def encoded() -> bytes:
        return msgspec.json.encode(build())

    @get("/openapi.json", sync_to_thread=False, include_in_schema=False)
    def openapi_json() -> Response[bytes]:
        return Response(encoded(), media_type="application/json")

    @get("/docs", sync_to_thread=False, include_in_schema=False)
    def docs() -> Response[str]:
        return Response(_page(title, at), media_type="text/html", headers={"content-security-policy": CONTENT_POLICY})

    @get("/docs/{name:str}", sync_to_thread=False, include_in_schema=False)
    def asset(name: FromPath[str]) -> Response[bytes]:
        if name not in STATIC:
            raise NotFoundException()
        content = files("educore_web").joinpath("static", "swagger", name).read_bytes()
        return Response(content, media_type=STATIC[name], headers={"cache-control": "public, max-age=86400"})

    return [openapi_json, docs, asset]


def _page(title: str, at: str) -> str:
    title = html.escape(title)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="{at}/docs/favicon-32x32.png">
<link rel="stylesheet" href="{at}/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui" data-document="{at}/openapi.json"></div>
<script src="{at}/docs/swagger-ui-bundle.js"></script>
<script src="{at}/docs/start.js"></script>
</body>
</html>
"""
