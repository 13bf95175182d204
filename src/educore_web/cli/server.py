"""Running the platform on a port."""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence
from typing import Any

import uvicorn
from pydantic import SecretStr
from uvicorn.supervisors import Multiprocess

from educore_web.app import APIS, compose, create_app
from educore_web.cli.errors import Refusal
from educore_web.public.dispatcher import Dispatcher
from educore_web.runtime.platform import Platform
from educore_web.runtime.protocol import BoundedHttp
from educore_web.settings import Settings

GRACE_SECONDS = 10
RUBBISH = 20_000, 20, 20
"""After how many new objects the collector looks for rubbish: marking a class of 300 makes some thousands."""


def listen(settings: Settings) -> socket.socket:
    """Take the port now, so that a port in use is refused before anything else happens. Raises: Refusal."""
    try:
        family, kind, _, _, where = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        return _bound(socket.socket(family, kind), where)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Refusal(
            f"Cannot listen on {settings.host} port {settings.port}: {reason}. Choose another with --port."
        ) from None


def _bound(listener: socket.socket, where: Any) -> socket.socket:
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
    except OSError:
        listener.close()
        raise
    return listener


def trusted_proxies() -> str:
    """Return the addresses whose X-Forwarded-For is believed: this machine's, or FORWARDED_ALLOW_IPS. Raises: Refusal.

    Not everybody's: who may say what they like about themselves gets around every limit that counts by address.
    """
    named = os.environ.get("FORWARDED_ALLOW_IPS") or "127.0.0.1,::1"
    if "*" in named:
        raise Refusal(
            "FORWARDED_ALLOW_IPS=* lets every client pretend to be another. Name the address or the network of the "
            "proxy, such as 10.0.0.5 or 172.16.0.0/12."
        )
    return named


def run(platform: Platform, listener: socket.socket) -> None:
    """Serve until somebody stops it with Ctrl+C or SIGTERM: with this platform, or one in each of several processes."""
    settings = platform.settings
    options: dict[str, Any] = {
        "host": settings.host,
        "port": settings.port,
        "log_level": "warning",
        "access_log": False,
        "server_header": False,
        "timeout_graceful_shutdown": GRACE_SECONDS,
        "ws": "none",
        "http": BoundedHttp,
        "forwarded_allow_ips": trusted_proxies(),
    }
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    try:
        if settings.workers == 1:
            uvicorn.Server(uvicorn.Config(_spared(compose(platform)), **options)).run(sockets=[listener])
        else:
            os.environ.update(as_environment(settings))
            platform.database.close()
            application = f"{__name__}:{app_of_a_worker.__name__}"
            config = uvicorn.Config(application, factory=True, workers=settings.workers, **options)
            Processes(config, sockets=[listener]).run()
    except KeyboardInterrupt:
        return


class Processes(Multiprocess):
    """The processes that share the port. At the end none of them, and not the first either, keeps it open."""

    def terminate_all(self) -> None:
        """Let go of the port before the others are told to: else the system lets clients in whom nobody will hear."""
        for listener in self.sockets:
            listener.close()
        super().terminate_all()


def app_of_a_worker() -> Dispatcher:
    """The application of one of several processes, which find their settings in the environment."""
    return _spared(create_app(Settings()))


def _spared(app: Dispatcher) -> Dispatcher:
    """The application, through which the collector need not look in every long answer: none of it becomes rubbish."""
    logging.getLogger("python_multipart").setLevel(logging.ERROR)  # which warns of every broken form of anybody
    gc.collect()
    gc.freeze()
    gc.set_threshold(*RUBBISH)
    return app


def as_environment(settings: Settings) -> dict[str, str]:
    """The environment variables that say what these settings say."""
    given = {name: value for name, value in settings if value is not None}
    return {f"EDUCORE_{name.upper()}": _as_text(value) for name, value in given.items()}


def _as_text(value: Any) -> str:
    return str(value.get_secret_value() if isinstance(value, SecretStr) else value)


def places(settings: Settings) -> list[tuple[str, str]]:
    """What there is to open in a browser, and where."""
    url = settings.public_url
    found = [("Start page", f"{url}/")] if settings.api is None else []
    found.append(("Admin", f"{url}/admin"))
    for name, (spec, _) in APIS.items():
        if settings.api in (None, name):
            at = url + ("" if settings.api else spec.prefix)
            found += [(f"{spec.title} docs", f"{at}/docs"), (f"{spec.title} OpenAPI", f"{at}/openapi.json")]
    return found


def columns(lines: Sequence[Sequence[str]]) -> str:
    """Lines of words, each column as wide as its longest word."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(word.ljust(w) for word, w in zip(line, widths, strict=True)).rstrip() for line in lines)
