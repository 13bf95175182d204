"""Types of ASGI applications, and an application that is created when it is first used."""

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
    """An application that is created at its first request, so that a process without such a request saves the cost."""

    def __init__(self, create: Callable[[], App]) -> None:
        self._create, self._lock = create, Lock()
        self._app: App | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if app is None:
            app = await asyncio.to_thread(self._get_or_create)
        await app(scope, receive, send)

    def _get_or_create(self) -> App:
        with self._lock:  # several requests may be the first
            if self._app is None:
                self._app = self._create()
            return self._app
