"""The pages that show an API's OpenAPI document with Swagger UI and ReDoc, whose files are part of this package."""

from __future__ import annotations

import html
from collections.abc import Callable
from importlib.resources import files

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

FILES = {
    "swagger-ui-bundle.js": ("swagger", "text/javascript"),
    "swagger-ui.css": ("swagger", "text/css"),
    "start.js": ("swagger", "text/javascript"),
    "favicon-32x32.png": ("swagger", "image/png"),
    "redoc.standalone.js": ("redoc", "text/javascript"),
    "start-redoc.js": ("redoc", "text/javascript"),
}
"""The folder and the media type of each file of the pages."""
CONTENT_POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
REDOC_POLICY = f"{CONTENT_POLICY}; worker-src blob:"
"""ReDoc searches in a worker that it makes of its own text."""


def page_routes(
    title: str, document: Callable[[], bytes], *, at: str, swagger: str | None = None, redoc: str | None = None
) -> list[HTTPRouteHandler]:
    """Return the routes of `/openapi.json` and `/docs` under the prefix `at`.

    `document` returns the encoded OpenAPI document. `swagger` and `redoc` are further paths, of Swagger UI and of
    ReDoc.
    """

    @get("/openapi.json", sync_to_thread=False, include_in_schema=False)
    def openapi_json() -> Response[bytes]:
        return Response(document(), media_type="application/json")

    @get(["/docs", *([swagger] if swagger else [])], sync_to_thread=False, include_in_schema=False)
    def docs() -> Response[str]:
        return _answer(_swagger_page(title, at), CONTENT_POLICY)

    @get("/docs/{name:str}", sync_to_thread=False, include_in_schema=False)
    def asset(name: FromPath[str]) -> Response[bytes]:
        if name not in FILES:
            raise NotFoundException()
        folder, media_type = FILES[name]
        content = files("educore_web").joinpath("static", folder, name).read_bytes()
        return Response(content, media_type=media_type, headers={"cache-control": "public, max-age=86400"})

    @get(redoc or "/", sync_to_thread=False, include_in_schema=False)
    def redoc_page() -> Response[str]:
        return _answer(_redoc_page(title, at), REDOC_POLICY)

    return [openapi_json, docs, asset, *([redoc_page] if redoc else [])]


def _answer(page: str, policy: str) -> Response[str]:
    return Response(page, media_type="text/html", headers={"content-security-policy": policy})


def _swagger_page(title: str, at: str) -> str:
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


def _redoc_page(title: str, at: str) -> str:
    title = html.escape(title)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="{at}/docs/favicon-32x32.png">
</head>
<body>
<div id="redoc" data-document="{at}/openapi.json"></div>
<script src="{at}/docs/redoc.standalone.js"></script>
<script src="{at}/docs/start-redoc.js"></script>
</body>
</html>
"""
