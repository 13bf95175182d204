"""The composition root: the APIs, the admin and the public pages over one opened platform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from educore import EDUCATION, Domain
from educore.adapters.sql import RequestCounts
from educore_web.apis import center_crm, edumaster, madrasti
from educore_web.live import LiveServer
from educore_web.live.limits import LiveLimits
from educore_web.public.calendars import CalendarPages
from educore_web.public.dispatcher import Dispatcher
from educore_web.rest.application import Api
from educore_web.rest.operation import Operation
from educore_web.rest.spec import ApiSpec
from educore_web.rest.threads import Threads
from educore_web.runtime.asgi import App, LazyApp
from educore_web.runtime.outages import limit_log
from educore_web.runtime.platform import Platform, open_platform
from educore_web.settings import Settings

if TYPE_CHECKING:
    from educore_web.admin.screen import Screen

Apis = Mapping[str, tuple[ApiSpec, Sequence[Operation]]]

APIS: Apis = {
    "center_crm": (center_crm.SPEC, center_crm.OPERATIONS),
    "edumaster": (edumaster.SPEC, edumaster.OPERATIONS),
    "madrasti": (madrasti.SPEC, madrasti.OPERATIONS),
}
"""Every API of the platform by the name that `--api` takes."""


STREAMS = (madrasti.LIVE,)
"""The live streams of the APIs."""

LOOK_AROUND_SECONDS = 0.5
"""Seconds between two looks for new rows on SQLite, where other processes cannot wake this one."""


def create_app(
    settings: Settings, *, domain: Domain = EDUCATION, screens: Sequence[Screen] | None = None, apis: Apis = APIS
) -> Dispatcher:
    """Return the whole platform as one ASGI application, ready for a server.

    To add an entity, extend the domain by its context, the screens of the admin by its screen, and the APIs:

        create_app(
            settings,
            domain=EDUCATION.extend(CONTEXT),
            screens=[*SCREENS, LOCKERS],
            apis={**APIS, "lockers": (SPEC, OPERATIONS)},
        )

    `screens` None means the screens of `educore_web.admin.screens.SCREENS`.
    Raises: ValueError if the settings have no secret.
    """
    return compose(open_platform(settings, domain=domain), screens=screens, apis=apis)


def compose(platform: Platform, *, screens: Sequence[Screen] | None = None, apis: Apis = APIS) -> Dispatcher:
    """Return the application over an open platform: every API under its prefix, or one alone at the root."""
    limit_log()
    settings = platform.settings
    apps: dict[str, App] = {}
    threads = Threads(settings.pool_size)
    counts = RequestCounts(platform.database.store) if settings.workers > 1 else None
    for name, (spec, operations) in apis.items():
        at = "" if settings.api == name else spec.prefix
        if settings.api in (None, name):
            api = Api(
                spec,
                operations,
                platform.school,
                threads=threads,
                max_body_megabytes=settings.max_body_megabytes,
                public_url=settings.public_url,
                shared_counts=counts,
            )
            apps[at] = api.served(at=at, origins=settings.allowed_origins)
    apps["/admin"] = LazyApp(partial(_admin, platform, screens))
    apps["/files"] = LazyApp(partial(_files, platform))
    apps["/uploads"] = LazyApp(partial(_uploads, platform))
    apps["/calendar"] = CalendarPages(platform.school)
    return Dispatcher(platform, apps, specs=[spec for spec, _ in apis.values()], live=_live(platform, apis))


def _live(platform: Platform, apis: Apis) -> LiveServer:
    """Return the server of the sockets of those APIs that are served."""
    settings = platform.settings
    served = {spec.name: "" if settings.api == name else spec.prefix for name, (spec, _) in apis.items()}
    streams = {served[stream.api.name]: stream for stream in STREAMS if stream.api.name in served}
    if settings.api is not None:
        streams = {prefix: stream for prefix, stream in streams.items() if not prefix}
    is_sqlite = platform.database.engine.dialect.name == "sqlite"
    limits = LiveLimits(sweep=LOOK_AROUND_SECONDS) if is_sqlite else LiveLimits()
    return LiveServer(platform.school, streams, sites=(settings.public_url, *settings.allowed_origins), limits=limits)


def _files(platform: Platform) -> App:
    from educore_web.public.files import FilePages  # it and the next one need Starlette, which takes two megabytes

    return FilePages(platform.files)


def _uploads(platform: Platform) -> App:
    from educore_web.public.uploads import UploadPages

    origins = tuple(platform.settings.allowed_origins)
    return UploadPages(platform.school, platform.uploads, origins=origins)


def _admin(platform: Platform, screens: Sequence[Screen] | None) -> App:
    from educore_web.admin import create_admin  # SQLAdmin and its mapped classes take a tenth of the memory
    from educore_web.admin.screens import SCREENS

    chosen = SCREENS if screens is None else screens
    return create_admin(platform.school, platform.database, platform.settings, screens=chosen)


@dataclass(frozen=True)
class RouteLine:
    """One operation, as `educore routes` prints it."""

    api: str
    method: str
    path: str
    name: str
    roles: tuple[str, ...]


def routes(apis: Apis = APIS, *, domain: Domain = EDUCATION) -> list[RouteLine]:
    """Return a line for each operation of each API, with the roles that may call it."""
    return [
        RouteLine(
            name,
            operation.method,
            f"{spec.prefix}{spec.base}{operation.path}",
            operation.name,
            ("anyone",) if operation.public else tuple(map(str, operation.allowed_roles(domain))),
        )
        for name, (spec, operations) in apis.items()
        for operation in operations
    ]
