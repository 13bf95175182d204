"""The specification of the Madrasti API, with which the sections declare their operations."""

from __future__ import annotations

import json
from importlib.resources import files

from educore import Role, where
from educore_web.apis.madrasti.answers import DELETED
from educore_web.apis.madrasti.dialect import MadrastiDialect
from educore_web.apis.madrasti.words import ROLES
from educore_web.rest.rate_limits import RateLimits
from educore_web.rest.spec import ApiSpec

madrasti = ApiSpec(
    "madrasti",
    title="Madrasti 2.0",
    prefix="/madrasti",
    base="/api",
    dialect=MadrastiDialect(),
    examples=json.loads(files(__package__).joinpath("examples.json").read_text(encoding="utf-8")),
    swagger="/swagger/",
    redoc="/redoc/",
    archived=DELETED,
    rate_limits=RateLimits(),
    speaks_to=ROLES,
    among=where(center__kind="school") | where(role=Role.SUPERADMIN),
)
