"""The OpenAPI document of the API, and the check of its health."""

from __future__ import annotations

from educore import Educore
from educore_web.apis.madrasti.spec import madrasti
from educore_web.rest.self_description import document_operation, health_operation

VERSION = "1.0.0"
"""The version of the API that the document names."""

CONFIGURED, NOT_CONFIGURED = "configured", "not_configured"


def redis(school: Educore) -> str:
    """Return that there is no Redis: messages reach clients without it."""
    return NOT_CONFIGURED


def cloudinary(school: Educore) -> str:
    """Return whether clients send their files to Cloudinary; else they send them to this server."""
    from educore.adapters.cloudinary import Cloudinary  # needed by few servers

    return CONFIGURED if isinstance(school.ports.uploads, Cloudinary) else NOT_CONFIGURED


ROUTES = [
    document_operation(madrasti, "/schema/"),
    health_operation(madrasti, "/health/", version=VERSION, parts={"redis": redis, "cloudinary": cloudinary}),
]
