"""Catching refusals: `with expect_invalid() as codes:` fills `codes` with the codes of an Invalid by field."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from educore import EducoreError, Invalid


@contextmanager
def expect_invalid(kind: type[Invalid] = Invalid) -> Iterator[dict[str, str]]:
    """Expect exactly this kind of refusal; afterwards the mapping holds the first code of each field."""
    told: dict[str, str] = {}
    with pytest.raises(kind) as error:
        yield told
    assert type(error.value) is kind
    told |= {path: problems[0].code for path, problems in error.value.fields.items()}


def error_code(error: EducoreError) -> str:
    """The code of a refusal, or of the first problem of its fields."""
    problems = [problem.code for found in getattr(error, "fields", {}).values() for problem in found]
    return problems[0] if problems else error.code


def problem_codes(error: Invalid) -> dict[str, list[str]]:
    """The codes of a refusal by field."""
    return {path: [problem.code for problem in found] for path, found in error.fields.items()}
