"""Operations by which an API tells of itself: its OpenAPI document, and whether it can do its work."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from pydantic import BaseModel, ConfigDict, create_model

from educore import ANONYMOUS, Educore, Unavailable
from educore.organization import Center
from educore_web.rest.common import format_instant
from educore_web.rest.errors import ResponseData
from educore_web.rest.operation import Operation
from educore_web.rest.quota import Quota
from educore_web.rest.spec import ApiSpec
from educore_web.runtime.outages import log_outage

log = logging.getLogger("educore")

CONNECTED, DISCONNECTED = "connected", "disconnected"
Part = Callable[[Educore], str]
"""Returns the state of a part in one word. `disconnected` degrades the whole, as does an exception; no other does."""


class OpenApiOut(BaseModel):
    """An OpenAPI document."""

    model_config = ConfigDict(extra="allow")

    openapi: str


def show_document(document: Callable[[], bytes]) -> msgspec.Raw:
    """Show the OpenAPI document of this API."""
    return msgspec.Raw(document())


def document_operation(spec: ApiSpec, path: str) -> Operation:
    """Return the operation `docs.schema`, which shows the OpenAPI document."""
    return spec.get(path, show_document, resource="docs", verb="schema", out=OpenApiOut, public=True, quota=Quota.NONE)


def health_operation(spec: ApiSpec, path: str, *, version: str, parts: Mapping[str, Part]) -> Operation:
    """Return the operation `system.health`, which tells whether requests can be answered; `version` is that of the API.

    The status is `unhealthy` (500) where the database does not answer, `degraded` where a part is disconnected.
    """

    def handler(school: Educore) -> ResponseData:
        """Tell whether the platform works."""
        database = _check(_database, school)
        states = {name: _check(part, school) for name, part in parts.items()}
        whole = "degraded" if DISCONNECTED in states.values() else "healthy"
        if database == DISCONNECTED:
            whole = "unhealthy"
        moment = format_instant(school.ports.clock.now())
        content = {"status": whole, "timestamp": moment, "version": version, "database": database, **states}
        return ResponseData(500 if database == DISCONNECTED else 200, content)

    fields: Any = dict.fromkeys(("status", "timestamp", "version", "database", *parts), (str, ...))
    out = create_model("HealthOut", __doc__="Whether the platform works.", **fields)
    return spec.get(path, handler, resource="system", verb="health", out=out, public=True, quota=Quota.NONE)


def _check(part: Part, school: Educore) -> str:
    try:
        return part(school)
    except Unavailable as error:
        log_outage(error)
    except Exception:
        log.exception("a part could not tell its state")
    return DISCONNECTED


def _database(school: Educore) -> str:
    with school.work(ANONYMOUS, read_only=True) as uow:
        uow.as_platform().find(Center, limit=1)
    return CONNECTED
