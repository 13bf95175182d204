"""The server: listening on a port, and uvicorn in one or several processes."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
from typing import Any

import uvicorn
from pydantic import SecretStr
from uvicorn.supervisors import Multiprocess

from educore_web.app import APIS, compose, create_app
from educore_web.cli.errors import CommandError
from educore_web.public.dispatcher import Dispatcher
from educore_web.runtime.limits import FRAMES_AHEAD, LARGEST_FRAME
from educore_web.runtime.memory import settle_process
from educore_web.runtime.platform import Platform
from educore_web.runtime.protocol import BoundedHttp
from educore_web.runtime.websockets import LiveWebSocket
from educore_web.settings import Settings

GRACE_SECONDS = 10
"""Seconds that requests in progress may take after the server is told to stop."""


def listen(settings: Settings) -> socket.socket:
    """Bind the port now, so that a port in use is reported before anything else happens. Raises: CommandError."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        return _bind(socket.socket(family, kind), address)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CommandError(
            f"Cannot listen on {settings.host} port {settings.port}: {reason}. Choose another with --port."
        ) from None


def _bind(listener: socket.socket, address: Any) -> socket.socket:
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener


def trusted_proxies() -> str:
    """Return the addresses whose X-Forwarded-For is trusted: this machine's, or FORWARDED_ALLOW_IPS.

    Raises: CommandError for `*`: a client that chooses its own address evades every limit that counts by address.
    """
    addresses = os.environ.get("FORWARDED_ALLOW_IPS") or "127.0.0.1,::1"
    if "*" in addresses:
        raise CommandError(
            "FORWARDED_ALLOW_IPS=* lets every client choose its own address. Name the address or the network of the "
            "proxy, such as 10.0.0.5 or 172.16.0.0/12."
        )
    return addresses


def run_server(platform: Platform, listener: socket.socket) -> None:
    """Serve until Ctrl+C or SIGTERM, in this process or, with several workers, in a process for each."""
    settings = platform.settings
    options: dict[str, Any] = {
        "host": settings.host,
        "port": settings.port,
        "log_level": "warning",
        "access_log": False,
        "server_header": False,
        "timeout_graceful_shutdown": GRACE_SECONDS,
        "ws": LiveWebSocket,
        "ws_max_size": LARGEST_FRAME,
        "ws_max_queue": FRAMES_AHEAD,
        "http": BoundedHttp,
        "forwarded_allow_ips": trusted_proxies(),
    }
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    try:
        if settings.workers == 1:
            uvicorn.Server(uvicorn.Config(_ready(compose(platform)), **options)).run(sockets=[listener])
        else:
            os.environ.update(to_environment(settings))
            platform.database.close()
            application = f"{__name__}:{create_worker_app.__name__}"
            config = uvicorn.Config(application, factory=True, workers=settings.workers, **options)
            ServerProcesses(config, sockets=[listener]).run()
    except KeyboardInterrupt:
        return


class ServerProcesses(Multiprocess):
    """Processes that share the port. When they stop, the first one closes it too."""

    def terminate_all(self) -> None:
        """Close the port here first. Otherwise the system would accept connections that no process answers any more."""
        for listener in self.sockets:
            listener.close()
        super().terminate_all()


def create_worker_app() -> Dispatcher:
    """Create the application of one of several processes; its settings are in the environment."""
    return _ready(create_app(Settings()))


def _ready(app: Dispatcher) -> Dispatcher:
    """Return the application of this process after the last preparations for serving it."""
    logging.getLogger("python_multipart").setLevel(logging.ERROR)  # it warns of every malformed form
    settle_process()
    return app


def to_environment(settings: Settings) -> dict[str, str]:
    """Return the environment variables from which `Settings()` reads the same settings."""
    return {f"EDUCORE_{name.upper()}": _to_text(value) for name, value in settings if value is not None}


def _to_text(value: Any) -> str:
    return str(value.get_secret_value() if isinstance(value, SecretStr) else value)


def list_urls(settings: Settings) -> list[tuple[str, str]]:
    """Return the pages to open in a browser: the title and the URL of each."""
    url = settings.public_url
    urls = [("Start page", f"{url}/")] if settings.api is None else []
    urls.append(("Admin", f"{url}/admin"))
    for name, (spec, _) in APIS.items():
        if settings.api in (None, name):
            root = url + ("" if settings.api else spec.prefix)
            urls += [(f"{spec.title} docs", f"{root}/docs"), (f"{spec.title} OpenAPI", f"{root}/openapi.json")]
    return urls
