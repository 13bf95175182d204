"""The pages that show an API's OpenAPI document with Swagger UI and ReDoc, whose files are part of this package."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import PurePath

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

CONTENT_POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
ICON = "favicon-32x32.png"
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".png": "image/png"}
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="{at}/docs/{icon}">
{styles}
</head>
<body>
<div id="document" data-document="{at}/openapi.json"></div>
{scripts}
</body>
</html>
"""


@dataclass(frozen=True)
class Viewer:
    """A program that shows an OpenAPI document on a page.

    `scripts` and `styles` are its files, in the order in which a page loads them; `policy` is the
    Content-Security-Policy of the page.
    """

    scripts: tuple[str, ...]
    styles: tuple[str, ...] = ()
    policy: str = CONTENT_POLICY

    def page(self, title: str, *, at: str) -> Response[str]:
        """Return the page that shows the document of the API under the prefix `at`."""
        styles = "\n".join(f'<link rel="stylesheet" href="{at}/docs/{name}">' for name in self.styles)
        scripts = "\n".join(f'<script src="{at}/docs/{name}"></script>' for name in self.scripts)
        text = PAGE.format(title=html.escape(title), icon=ICON, styles=styles, scripts=scripts, at=at)
        return Response(text, media_type="text/html", headers={"content-security-policy": self.policy})


SWAGGER = Viewer(("swagger-ui-bundle.js", "start.js"), ("swagger-ui.css",))
REDOC = Viewer(("redoc.standalone.js", "start-redoc.js"), policy=f"{CONTENT_POLICY}; worker-src blob:")
"""ReDoc searches in a worker that it makes of its own text."""
FOLDERS = {
    **dict.fromkeys([ICON, *SWAGGER.scripts, *SWAGGER.styles], "swagger"),
    **dict.fromkeys([*REDOC.scripts, *REDOC.styles], "redoc"),
}
"""The folder of each file of the pages."""


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
        return SWAGGER.page(title, at=at)

    @get("/docs/{name:str}", sync_to_thread=False, include_in_schema=False)
    def asset(name: FromPath[str]) -> Response[bytes]:
        if name not in FOLDERS:
            raise NotFoundException()
        content = files("educore_web").joinpath("static", FOLDERS[name], name).read_bytes()
        media_type = MEDIA_TYPES[PurePath(name).suffix]
        return Response(content, media_type=media_type, headers={"cache-control": "public, max-age=86400"})

    @get(redoc or "/", sync_to_thread=False, include_in_schema=False)
    def redoc_page() -> Response[str]:
        return REDOC.page(title, at=at)

    return [openapi_json, docs, asset, *([redoc_page] if redoc else [])]
