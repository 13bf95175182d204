"""The methods of a path: the header Allow, and the answers to OPTIONS."""

from __future__ import annotations

from collections.abc import Iterable

from litestar import HttpMethod, Response
from litestar.handlers import HTTPRouteHandler


def allow_header(methods: Iterable[str]) -> str:
    """Return the header Allow of a path: where there is GET, there is HEAD, and OPTIONS is everywhere."""
    found = {*methods, HttpMethod.OPTIONS.value}
    return ", ".join(sorted(found | {HttpMethod.HEAD.value} if HttpMethod.GET.value in found else found))


def with_options(handlers: Iterable[HTTPRouteHandler]) -> list[HTTPRouteHandler]:
    """Return the handlers with one for OPTIONS for each path.

    Litestar makes one itself when the first handler of a path is registered, which names the methods of that handler.
    """
    handlers, methods = list(handlers), dict[str, set[str]]()
    for handler in handlers:
        for path in handler.paths:
            methods.setdefault(path, set()).update(handler.http_methods)
    return [*(_options(path, allow_header(found)) for path, found in methods.items()), *handlers]


def _options(path: str, allowed: str) -> HTTPRouteHandler:
    def options() -> Response[bytes]:
        return Response(b"", status_code=204, headers={"allow": allowed, "cache-control": "no-store"})

    return HTTPRouteHandler(path, http_method=HttpMethod.OPTIONS, status_code=200, sync_to_thread=False)(options)
