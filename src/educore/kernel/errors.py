"""The errors of the domain, as data: a stable code and its parameters. `str()` is an English sentence. No HTTP."""

from __future__ import annotations

import copyreg
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from pydantic import ValidationError

from educore.translation import EDUCORE_SENTENCES, SOURCE_LANGUAGE, Sentences


@dataclass(frozen=True)
class Problem:
    """A problem with one value: a code for programs and translators, and the parameters of the sentence."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def translate(self, language: str = SOURCE_LANGUAGE, *, sentences: Sentences = EDUCORE_SENTENCES) -> str:
        """Return one sentence that says what is wrong and what to do.

        `sentences` are those of the domain (`domain.sentences`) if its contexts add some.
        """
        return sentences.translate(self.code, self.params, language)

    def __str__(self) -> str:
        """Return the English sentence, and what it leaves out: other parameters, and a code without a sentence."""
        shown = EDUCORE_SENTENCES.placeholders(self.code)
        details = [f"{name}={value!r}" for name, value in self.params.items() if name not in shown]
        if self.code not in EDUCORE_SENTENCES:
            details.insert(0, self.code)
        return f"{self.translate()} ({', '.join(details)})" if details else self.translate()


def reduce_error(error: Exception) -> tuple[Any, ...]:
    """Return the parts from which `pickle` and `copy` make an error again, without its `__init__`.

    For `__reduce__` of errors whose `args` are not the arguments of their `__init__`.
    """
    return copyreg.__newobj__, (type(error), *error.args), vars(error)  # type: ignore[attr-defined]


class EducoreError(Exception):
    """The base class. `code` is stable; `params` are the parameters of its sentence."""

    code: str = "error"

    def __init__(self, code: str | None = None, **params: Any) -> None:
        self.code: str = code or self.code
        self.params = params
        super().__init__(self.code, params)

    def translate(self, language: str = SOURCE_LANGUAGE, *, sentences: Sentences = EDUCORE_SENTENCES) -> str:
        """Return a sentence for people; `sentences` are those of the domain (`domain.sentences`) if it adds some."""
        return Problem(self.code, self.params).translate(language, sentences=sentences)

    def __str__(self) -> str:
        return str(Problem(self.code, self.params))

    def __reduce__(self) -> tuple[Any, ...]:
        return reduce_error(self)


class NotFound(EducoreError):
    """The row does not exist, or the actor may not see it."""

    code: str = "not_found"


class Forbidden(EducoreError):
    """The actor may see the row (or the kind) but may not perform the action."""

    code: str = "forbidden"


class Stale(EducoreError):
    """The row is no longer as the actor saw it; `fields` names what differs, "" being the row as a whole."""

    code: str = "changed_meanwhile"


class Unauthenticated(EducoreError):
    """The request has no credentials, or they are wrong or expired."""

    code: str = "unauthenticated"


class TooManyAttempts(EducoreError):
    """The actor has tried too often; `retry_after` is the time to wait in seconds."""

    code: str = "too_many_attempts"


class Unavailable(EducoreError):
    """A service does not answer; the same request may succeed later.

    The service is the database or, with the code "files_unavailable", the file storage.
    """

    code: str = "unavailable"


_USUAL_CODES = {
    ("too_long", "Value"): "string_too_long",
    ("too_short", "Value"): "string_too_short",
    ("tuple_type", ""): "list_type",
}
"""The usual code for an error that pydantic reports differently: of a text whose length is limited twice, of a list."""


class Invalid(EducoreError):
    """One or more fields are wrong. `fields` maps a dotted path to its problems; "" is the input as a whole."""

    code: str = "invalid"

    def __init__(self, fields: Mapping[str, list[Problem]]) -> None:
        super().__init__()
        self.fields: dict[str, list[Problem]] = {path: list(problems) for path, problems in fields.items()}
        self.args = (self.code, {path: [p.code for p in found] for path, found in self.fields.items()})

    def translate(self, language: str = SOURCE_LANGUAGE, *, sentences: Sentences = EDUCORE_SENTENCES) -> str:
        """Return a line for each problem, with the path of its field; without problems, the sentence of the code."""
        return self._lines(lambda problem: problem.translate(language, sentences=sentences)) or super().translate(
            language, sentences=sentences
        )

    def __str__(self) -> str:
        return self._lines(str) or super().__str__()

    def _lines(self, write: Callable[[Problem], str]) -> str:
        found = [(path, problem) for path, problems in self.fields.items() for problem in problems]
        return "\n".join(f"{path}: {write(problem)}" if path else write(problem) for path, problem in found)

    @classmethod
    def because(cls, path: str, code: str, **params: Any) -> Self:
        """Return the error for one problem on one field."""
        return cls({path: [Problem(code, params)]})

    @classmethod
    def duplicate(cls, kind: str, fields: Sequence[str]) -> Self:
        """Return the error for a second row of a kind with the same values of some fields, on the last one of them."""
        return cls.because(fields[-1], "taken", key=".".join((kind, *fields)))

    @classmethod
    def from_pydantic(cls, error: ValidationError) -> Invalid:
        """Return the problems that pydantic found, by dotted path, without the values; null is a missing value."""
        fields: dict[str, list[Problem]] = {}
        for found in error.errors(include_url=False):
            path = ".".join(str(step) for step in found["loc"])
            params = {name: value for name, value in found.get("ctx", {}).items() if name != "error"}
            code = _USUAL_CODES.get((found["type"], params.get("field_type", "")), found["type"])
            if found["input"] is None:
                code, params = "missing", {}
            fields.setdefault(params.pop("field", path), []).append(Problem(code, params))
        return cls(fields)

    def with_row_numbers(self, name: str, numbers: Sequence[int]) -> Self:
        """Return the problems of some rows under their numbers in the whole list `name`.

        With `numbers` [1, 3], the path `1.status` becomes `marks.3.status`.
        """
        fields = {}
        for path, problems in self.fields.items():
            position, _, field = path.partition(".")
            fields[f"{name}.{numbers[int(position)]}.{field}" if position.isdecimal() else path] = problems
        return type(self)(fields)

    def prefixed(self, prefix: str) -> Self:
        """Return the same problems one level deeper: `username` becomes `account.username`."""
        return type(self)({f"{prefix}.{path}" if path else prefix: p for path, p in self.fields.items()})


class Conflict(Invalid):
    """The input is valid, but the present state of the data forbids it: a name is taken, a group is full."""

    code: str = "conflict"
