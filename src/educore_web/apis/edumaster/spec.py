"""The EduMaster contract that the sections add their operations to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from typing import Any

from educore_web.apis.edumaster.dialect import EduMasterDialect
from educore_web.rest.operation import Operation
from educore_web.rest.spec import ApiSpec

edu = ApiSpec(
    "edumaster",
    title="EduMaster CRM",
    prefix="/edumaster",
    base="/api",
    dialect=EduMasterDialect(),
    examples=json.loads(files(__package__).joinpath("examples.json").read_text(encoding="utf-8")),
)


def rows(*args: Any, **options: Any) -> Iterator[Operation]:
    """The six plain operations on one kind, of which the document has but the list and the creation (E02)."""
    listed, created, *one = edu.crud(*args, **options)
    yield from (listed, created)
    yield from (replace(operation, addition=True) for operation in one)
