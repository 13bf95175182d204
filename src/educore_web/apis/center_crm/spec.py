"""The specification of the Center CRM API, with which the sections declare their operations."""

from __future__ import annotations

import json
from importlib.resources import files

from educore_web.apis.center_crm.dialect import CenterCrmDialect
from educore_web.apis.center_crm.words import ROLES
from educore_web.rest.spec import ApiSpec

crm = ApiSpec(
    "center_crm",
    title="Educational Center CRM",
    prefix="/center-crm",
    base="/api",
    dialect=CenterCrmDialect(),
    examples=json.loads(files(__package__).joinpath("examples.json").read_text(encoding="utf-8")),
    speaks_to=ROLES,
)
