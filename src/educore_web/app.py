"""The composition root: settings, database, ports, the APIs and the admin behind one dispatcher."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import MutableMapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from ipaddress import ip_address
from itertools import chain
from pathlib import Path
from typing import Any, cast

from litestar import Litestar

from educore import EDUCATION, Educore, Ports
from educore.adapters.clock import SystemClock
from educore.adapters.local_files import LocalFiles
from educore.adapters.logging import LogMail, LogSms
from educore.adapters.passwords import Argon2Passwords
from educore.adapters.seals import KeyedSeal
from educore.adapters.sql import Database
from educore.adapters.tokens import JwtTokens
from educore.kernel.ports import Clock, Files, Mail, Sms
from educore_web.apis import center_crm, edumaster
from educore_web.public.calendars import CalendarPages
from educore_web.public.files import FilePages
from educore_web.public.home import home
from educore_web.rest.application import Api
from educore_web.rest.operation import Operation
from educore_web.rest.spec import ApiSpec
from educore_web.rest.threads import Threads
from educore_web.runtime.answers import failure, head_too_large, json_answer, not_allowed, not_found
from educore_web.runtime.asgi import App, LazyApp, Receive, Scope, Send
from educore_web.runtime.headers import safe_headers, with_headers
from educore_web.runtime.health import state_of_database, state_of_disks
from educore_web.runtime.limits import MOST_COOKIES, MOST_HEADER_BYTES, MOST_HEADERS, MOST_PARAMETERS
from educore_web.runtime.outages import limit_log
from educore_web.runtime.worker import BackgroundWorker, build_external_tasks
from educore_web.settings import Settings

log = logging.getLogger("educore")

APIS: dict[str, tuple[ApiSpec, Sequence[Operation]]] = {
    "center_crm": (center_crm.SPEC, center_crm.OPERATIONS),
    "edumaster": (edumaster.SPEC, edumaster.OPERATIONS),
}
"""Every API by the name `--api` takes."""


@dataclass(frozen=True)
class Platform:
    """What every edge needs: the settings, the database and the school opened on it."""

    settings: Settings
    database: Database
    school: Educore
    files: LocalFiles | None


@dataclass(frozen=True)
class RouteLine:
    """One operation, for `educore routes`."""

    api: str
    method: str
    path: str
    name: str
    roles: tuple[str, ...]


def open_platform(settings: Settings, *, patient: bool = False) -> Platform:
    """Connect the database and the ports; `patient` as in `Database`. Raises: ValueError if there is no secret."""
    if settings.secret is None or len(settings.secret.get_secret_value()) < 32:
        raise ValueError("EDUCORE_SECRET must be set to at least 32 random characters")
    secret, clock = settings.secret.get_secret_value(), SystemClock()
    files = _storage(settings, secret=secret, clock=clock)
    ports = Ports(
        clock=clock,
        passwords=Argon2Passwords(),
        tokens=JwtTokens(secret, clock),
        files=files,
        mail=_mail(settings),
        sms=_sms(settings),
        seal=seal_of(settings, secret=secret),
        access_lifetime=settings.access_lifetime,
        refresh_lifetime=settings.refresh_lifetime,
        meeting_url=settings.meeting_url,
        language=settings.language,
        texts_per_day=settings.texts_per_day,
    )
    database = Database(settings.database, EDUCATION, pool_size=settings.pool_size, patient=patient)
    local = files if isinstance(files, LocalFiles) else None
    return Platform(settings, database, Educore(database.store, ports), local)


def _storage(settings: Settings, *, secret: str, clock: Clock) -> Files:
    """Where uploaded files are kept: the bucket, if the settings name one, or else the folder."""
    if settings.s3_bucket is None:
        return LocalFiles(settings.files, base_url=settings.public_url, secret=secret, clock=clock)
    from educore.adapters.s3 import S3Files  # boto3 is there only with educore[s3]

    return S3Files(
        settings.s3_bucket, prefix=settings.s3_prefix, region=settings.s3_region, endpoint_url=settings.s3_endpoint
    )


def _mail(settings: Settings) -> Mail:
    """Who carries letters: the mail server, if the settings name one, or else nobody but the log."""
    if settings.smtp_url is None or settings.mail_from is None:
        return LogMail()
    from educore.adapters.smtp import SmtpMail  # only those with a mail server need what it takes to speak to one

    return SmtpMail(settings.smtp_url, sender=settings.mail_from)


def seal_of(settings: Settings, *, secret: str) -> KeyedSeal:
    """Return the seal of the audit trail: with its own key if the settings have one, else derived from the secret."""
    if settings.audit_key is not None:
        return KeyedSeal(settings.audit_key.get_secret_value())
    return KeyedSeal.from_secret(secret)


def _sms(settings: Settings) -> Sms:
    """Who carries texts: the gateway, if the settings name one, or else nobody but the log."""
    if settings.sms_url is None or settings.sms_token is None:
        return LogSms()
    from educore.adapters.http_sms import HttpSms

    return HttpSms(settings.sms_url, token=settings.sms_token.get_secret_value(), sender=settings.sms_from)


def create_app(settings: Settings) -> Dispatcher:
    """The whole platform as one ASGI application, ready for a server."""
    return compose(open_platform(settings))


def compose(platform: Platform) -> Dispatcher:
    """The applications over an open platform: every API under its prefix, or one alone at the root."""
    limit_log()
    settings = platform.settings
    apps: dict[str, App] = {}
    threads = Threads(settings.pool_size)
    for name, (spec, operations) in APIS.items():
        at = "" if settings.api == name else spec.prefix
        if settings.api in (None, name):
            api = Api(
                spec,
                operations,
                platform.school,
                threads=threads,
                max_body_megabytes=settings.max_body_megabytes,
                public_url=settings.public_url,
            )
            apps[at] = cast(App, api.litestar(at=at, origins=settings.allowed_origins))
    apps["/admin"] = LazyApp(partial(_admin, platform))
    apps["/files"] = FilePages(platform.files)
    apps["/calendar"] = CalendarPages(platform.school)
    return Dispatcher(platform, apps)


def _admin(platform: Platform) -> App:
    from educore_web.admin import create_admin  # SQLAdmin and what it maps are a tenth of all our memory

    return create_admin(platform.school, platform.database, platform.settings)


class Dispatcher:
    """The application that chooses another by the first part of the path, and passes on the rest of the path.

    It does what holds for every answer: adds the headers, limits the size of the request's head, and turns a failure
    into an answer.
    """

    def __init__(self, platform: Platform, apps: dict[str, App]) -> None:
        self.platform, self.apps = platform, apps
        self.headers = safe_headers(platform.settings.public_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through the server's life."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] == "websocket":  # where somebody's own server knows them; no API of ours does
            await send({"type": "websocket.close"})
            return
        send = with_headers(send, self.headers)
        if _head_is_too_large(scope):
            await head_too_large(send)
        else:
            await self._answer_or_fail(scope, receive, send)

    async def _answer_or_fail(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def send_and_note(message: MutableMapping[str, Any]) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._answer(scope, receive, send_and_note)
        except Exception:
            if begun:  # the server hangs up, so that half an answer is not taken for a whole one
                raise
            log.exception("an answer to %s failed", scope["method"])
            await failure(send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope = {**scope, "client": _known_client(scope.get("client"))}
        path = scope["path"]
        first = "/" + path.removeprefix("/").split("/", 1)[0]
        own_page = first in ("/health", "/files", "/calendar") or path == "/" and "" not in self.apps
        if own_page and scope["method"] not in ("GET", "HEAD"):
            await not_allowed(send)
        elif path.rstrip("/") == "/health":
            await json_answer(send, *await asyncio.to_thread(self.health))
        elif first in self.apps:
            await self._pass_on(first, scope, receive, send)
        elif "" in self.apps:
            await self.apps[""](scope, receive, send)
        elif path == "/":
            await home(send, {api: spec for api, (spec, _) in APIS.items()})
        else:
            await not_found(send)

    def health(self) -> tuple[int, dict[str, Any]]:
        """Return the status and body of `/health`: the version, and whether the database and the disks can be used."""
        database, disk = state_of_database(self.platform.database), state_of_disks(_folders(self.platform))
        status = 200 if database.serves and disk.serves else 503
        return status, {"version": version("educore"), "database": database.said, "disk": disk.said}

    async def _pass_on(self, first: str, scope: Scope, receive: Receive, send: Send) -> None:
        if isinstance(self.apps[first], Litestar):
            scope = {**scope, "path": scope["path"].removeprefix(first) or "/", "root_path": first}
        await self.apps[first](scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        async with AsyncExitStack() as stack:
            await receive()
            if self.platform.settings.worker:
                worker = BackgroundWorker(
                    self.platform.school, external_tasks=build_external_tasks(self.platform.settings)
                )
                worker.start()
                stack.push_async_callback(asyncio.to_thread, worker.stop)
            for app in self.apps.values():
                if isinstance(app, Litestar):
                    await stack.enter_async_context(app.lifespan())
            await send({"type": "lifespan.startup.complete"})
            await receive()
        self.platform.database.close()
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
    """Return the folders to which this process writes: that of a SQLite database and that of uploaded files."""
    url = platform.database.engine.url
    of_database = [Path(str(url.database)).parent] if url.get_backend_name() == "sqlite" else []
    return of_database + ([] if platform.files is None else [platform.files.folder])


def routes() -> list[RouteLine]:
    """Every operation of every API, with the roles that may ever call it."""
    return [
        RouteLine(
            name,
            operation.method,
            f"{spec.prefix}{spec.base}{operation.path}",
            operation.name,
            tuple(str(role) for role in spec.roles(operation)) if not operation.public else ("anyone",),
        )
        for name, (spec, operations) in APIS.items()
        for operation in operations
    ]
