"""The types of an ASGI application, as loosely as the protocol writes them, and one that waits to be needed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from threading import Lock
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class LazyApp:
    """An application that is made at its first request, so that a process nobody asks for it goes without."""

    def __init__(self, make: Callable[[], App]) -> None:
        self._make, self._making = make, Lock()
        self._app: App | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if app is None:
            app = await asyncio.to_thread(self._made)
        await app(scope, receive, send)

    def _made(self) -> App:
        with self._making:  # several may be the first
            if self._app is None:
                self._app = self._make()
            return self._app
