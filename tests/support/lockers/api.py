"""An API with a list of lockers and an operation that creates one."""

from __future__ import annotations

from typing import Any

from educore import Shape
from educore.kernel import Problem
from educore_web.rest.bodies import Body
from educore_web.rest.common import BearerPagedDialect
from educore_web.rest.dialect import About, Translate
from educore_web.rest.list_rules import ListRules
from educore_web.rest.request import Problems
from educore_web.rest.spec import ApiSpec
from support.lockers.entities import Locker


class LockerIn(Body, of=Locker):
    """A new locker."""

    number: str
    notes: str = ""


class LockerOut(Shape, of=Locker):
    """A locker."""

    id: int
    number: str
    is_broken: bool


class CodeDialect(BearerPagedDialect):
    """Errors as codes."""

    language = "en"
    lists = ListRules()

    def error(self, problem: Problem, *, status: int, translate: Translate, about: About) -> dict[str, Any]:
        """Return the code of one problem."""
        return {"code": problem.code}

    def field_errors(self, problems: Problems, *, translate: Translate, about: About) -> dict[str, Any]:
        """Return the codes of the problems of each field."""
        return {path: [problem.code for problem in found] for path, found in problems.items()}

    def error_schemas(self) -> dict[str, dict[str, Any]]:
        """Return the JSON schemas of both."""
        return {"Error": {"type": "object"}, "FieldErrors": {"type": "object"}}


SPEC = ApiSpec("lockers", title="Lockers", prefix="/locker-api", base="/v1", dialect=CodeDialect(), examples={})

OPERATIONS = [
    SPEC.list("/lockers/", LockerOut, search=("number",)),
    SPEC.create("/lockers/", Locker, LockerIn, LockerOut),
]
