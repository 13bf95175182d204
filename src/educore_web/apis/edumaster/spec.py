"""The specification of the EduMaster API, with which the sections declare their operations."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from typing import Any

from educore_web.apis.edumaster.dialect import EduMasterDialect
from educore_web.apis.edumaster.words import ROLES
from educore_web.rest.operation import Operation
from educore_web.rest.spec import ApiSpec

edu = ApiSpec(
    "edumaster",
    title="EduMaster CRM",
    prefix="/edumaster",
    base="/api",
    dialect=EduMasterDialect(),
    examples=json.loads(files(__package__).joinpath("examples.json").read_text(encoding="utf-8")),
    speaks_to=ROLES,
)


def crud(*args: Any, **options: Any) -> Sequence[Operation]:
    """Return the six plain operations on one kind; the document has only the list and the creation (E02)."""
    list_rows, create, *others = edu.crud(*args, **options)
    return [list_rows, create, *(replace(operation, addition=True) for operation in others)]
