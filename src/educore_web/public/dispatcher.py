"""The ASGI application in front of all others: it chooses one of them by the first part of the path."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, MutableMapping, Sequence
from contextlib import AsyncExitStack
from ipaddress import ip_address
from itertools import chain
from pathlib import Path
from typing import Any

from educore import __version__
from educore_web.live import LiveServer
from educore_web.public.home import send_home_page
from educore_web.rest.served import ServedApi
from educore_web.rest.spec import ApiSpec
from educore_web.runtime.answers import send_failure, send_head_too_large, send_json, send_not_allowed, send_not_found
from educore_web.runtime.asgi import App, Receive, Scope, Send
from educore_web.runtime.headers import add_headers, drop_body, safe_headers
from educore_web.runtime.health import check_database, check_disks
from educore_web.runtime.limits import MOST_COOKIES, MOST_HEADER_BYTES, MOST_HEADERS, MOST_PARAMETERS
from educore_web.runtime.platform import Platform
from educore_web.runtime.worker import BackgroundWorker, build_external_tasks

log = logging.getLogger("educore")

READ_ONLY_PATHS = ("/health", "/files", "/calendar")


class Dispatcher:
    """Passes each request to the application of its first path segment; "" is the application of all other paths.

    The dispatcher does what every answer needs: it adds the headers, limits the size of the request's head, and
    turns an exception into an answer. It also answers `/health` and, unless "" is taken, `/`, which links to the APIs
    in `specs`. Sockets go to `live`. During its lifespan it runs the background worker, if the settings say so.
    """

    def __init__(
        self,
        platform: Platform,
        apps: Mapping[str, App],
        *,
        specs: Sequence[ApiSpec] = (),
        live: LiveServer | None = None,
    ) -> None:
        self.platform, self.apps, self.specs, self.live = platform, apps, specs, live
        self.headers = safe_headers(platform.settings.public_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or run for the lifetime of the server."""
        if scope["type"] == "lifespan":
            await self._run_lifespan(receive, send)
            return
        if scope["type"] == "websocket":
            await self._serve_socket(scope, receive, send)
            return
        send = add_headers(drop_body(send) if scope["method"] == "HEAD" else send, self.headers)
        if _head_is_too_large(scope):
            await send_head_too_large(send)
        else:
            await self._answer_or_fail(scope, receive, send)

    async def _serve_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.live is None or _head_is_too_large(scope):
            await send({"type": "websocket.close"})
        else:
            await self.live(scope, receive, send)

    async def _answer_or_fail(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def tracked_send(message: MutableMapping[str, Any]) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._answer(scope, receive, tracked_send)
        except Exception:
            if has_begun:  # the server then closes the connection, so that nobody takes half an answer for a whole one
                raise
            log.exception("an answer to %s failed", scope["method"])
            await send_failure(send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope = {**scope, "client": _known_client(scope.get("client"))}
        path = scope["path"]
        first = "/" + path.removeprefix("/").split("/", 1)[0]
        is_read_only = first in READ_ONLY_PATHS or path == "/" and "" not in self.apps
        if is_read_only and scope["method"] not in ("GET", "HEAD"):
            await send_not_allowed(send)
        elif path.rstrip("/") == "/health":
            await send_json(send, *await asyncio.to_thread(self.health))
        elif first in self.apps:
            await self.apps[first](scope, receive, send)
        elif "" in self.apps:
            await self.apps[""](scope, receive, send)
        elif path == "/":
            await send_home_page(send, self.specs)
        else:
            await send_not_found(send)

    def health(self) -> tuple[int, dict[str, Any]]:
        """Return the status and body of `/health`: the version, and whether the database and the disks can be used."""
        database, disk = check_database(self.platform.database), check_disks(_folders(self.platform))
        status = 200 if database.serves and disk.serves else 503
        return status, {"version": __version__, "database": database.text, "disk": disk.text}

    async def _run_lifespan(self, receive: Receive, send: Send) -> None:
        async with AsyncExitStack() as stack:
            await receive()
            if self.platform.settings.worker:
                tasks = build_external_tasks(self.platform.settings)
                worker = BackgroundWorker(self.platform.school, external_tasks=tasks)
                worker.start()
                stack.push_async_callback(asyncio.to_thread, worker.stop)
            for app in self.apps.values():
                if isinstance(app, ServedApi):
                    await stack.enter_async_context(app.running())
            if self.live is not None:
                stack.push_async_callback(self.live.close)
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await asyncio.to_thread(self.platform.close)
        await send({"type": "lifespan.shutdown.complete"})


def _known_client(client: tuple[str, int] | None) -> tuple[str, int] | None:
    """Return the client if it has an IP address, else None: a careless proxy lets clients forge X-Forwarded-For."""
    try:
        return client and (str(ip_address(client[0])), client[1])
    except ValueError:
        return None


def _head_is_too_large(scope: Scope) -> bool:
    headers = scope["headers"]
    size = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    cookies = sum(value.count(b";") + value.count(b"\\") for name, value in headers if name == b"cookie")
    parameters = scope["query_string"].count(b"&")
    too_many = len(headers) > MOST_HEADERS or cookies > MOST_COOKIES or parameters > MOST_PARAMETERS
    return too_many or sum(map(len, chain(*headers)), size) > MOST_HEADER_BYTES


def _folders(platform: Platform) -> list[Path]:
    """Return the folders that this process writes to: that of a SQLite database and that of uploaded files."""
    url = platform.database.engine.url
    of_database = [Path(str(url.database)).parent] if url.get_backend_name() == "sqlite" else []
    return of_database + ([] if platform.files is None else [platform.files.folder])
