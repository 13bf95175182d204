"""Schemathesis reads what each OpenAPI document promises, sends what fits it and what does not, and checks the answers.

For a longer search, raise EXAMPLES and run this file alone.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from educore_web.runtime.asgi import App, Receive, Scope, Send
from support.web.recipes import recipe_row
from support.web.running_platform import RunningPlatform
from support.web.system import Op, System
from support.web.systems import SYSTEMS

EXAMPLES = 4
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


@pytest.mark.long
@pytest.mark.parametrize("system", SYSTEMS)
def test_every_operation_keeps_to_its_document(system: System, running: RunningPlatform) -> None:
    schema = schemathesis.openapi.from_asgi(f"{system.spec.prefix}/openapi.json", _answering(running.app))
    broken = [said for op in system for said in _broken(op, schema[op.full_path][op.method], running)]
    assert broken == [], "\n\n".join(broken)


def _answering(app: App) -> App:
    """The application without its life: nothing is started beside it, and nothing closed."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            raise NotImplementedError
        await app(scope, receive, send)

    return answer


def _broken(op: Op, operation: Any, running: RunningPlatform) -> list[str]:
    """What an operation did that its document does not say; one example of each."""
    found: dict[str, str] = {}
    id = recipe_row(op, op.home(running))
    people = st.sampled_from(list(op.system.cast.callers.values()))
    cases = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),  # slow to make, as some schemas are large
    )
    @given(case=cases, who=people, on_a_row=st.booleans())
    def try_it(case: Any, who: str, on_a_row: bool) -> None:
        running.reset()
        if id is not None and on_a_row and not case.meta.is_negative_at(ParameterLocation.PATH):
            case.path_parameters["id"] = id
        if not case.meta.is_negative_at(ParameterLocation.HEADER):
            case.headers["Authorization"] = f"Bearer {running.tokens[who].access}"
        response = case.call()
        try:
            case.validate_response(response, checks=CHECKS, excluded_checks=_unfit(case))
        except FailureGroup as failures:
            found.update({type(failure).__name__: f"{op} as {who}: {failure}" for failure in failures.exceptions})
        if response.status_code == 400 and op.method == "GET" and case.meta.generation.mode.is_positive:
            found.update(_refused_though_it_fits(op, response.text))

    try_it()
    return list(found.values())


def _unfit(case: Any) -> list[Any]:
    """The check that cannot tell an empty text from a wrong one: it counts as absent, which schemas do not say."""
    blank = isinstance(case.body, dict) and "" in case.body.values()
    return [negative_data_rejection] if blank else []


def _refused_though_it_fits(op: Op, text: str) -> dict[str, str]:
    """A reading request that fits the document is refused only for a text or a day, whose rules no schema can hold."""
    plain = [given["name"] for given in op.described["parameters"] if given["schema"].get("type") != "string"]
    return {name: f"{op} refuses a {name} that fits: {text}" for name in plain if f'"{name}":' in text}
