"""An API as an application below its prefix, whose routes are made when it is first called."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

from litestar import Litestar

from educore_web.rest.shared_windows import SharedWindows
from educore_web.runtime.asgi import App, LazyApp, Receive, Scope, Send


class ServedApi:
    """One API below a prefix. A process that nobody asks for it saves the time and the memory of its routes."""

    def __init__(self, at: str, create: Callable[[], Litestar], shared_windows: SharedWindows | None) -> None:
        self.at, self._shared_windows = at, shared_windows
        self._routes = LazyApp(lambda: cast(App, create()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; one with HEAD goes to the handler of GET."""
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        path = scope["path"].removeprefix(self.at) or "/"
        await self._routes({**scope, "method": method, "path": path, "root_path": self.at}, receive, send)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Do what an API does while nobody calls it: exchange counts of requests with the other processes."""
        if self._shared_windows is None:
            yield
        else:
            async with self._shared_windows.exchanging():
                yield
