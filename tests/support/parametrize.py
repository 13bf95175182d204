"""One test over many cases: it tries all of them and tells at the end of every one that is wrong."""

from __future__ import annotations

import functools
import inspect
import itertools
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any

import pytest

Comparison = Callable[..., None]
LONGEST = 80
"""What is longer does not call a case."""


class Findings:
    """What was wrong with which of the cases that were tried."""

    def __init__(self) -> None:
        self.tried, self.problems = 0, list[str]()

    @contextmanager
    def about(self, case: str) -> Iterator[None]:
        """Try a case. Whatever it raises is kept, and the next one gets its turn."""
        self.tried += 1
        try:
            yield
        except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - one broken case must not hide the others
            self.problems.append(f"{case}: {_told(error)}")

    def tell(self) -> None:
        """Fail if anything was wrong, and say of each case what."""
        assert self.tried, "there was nothing to try"
        if self.problems:
            summary = f"{len(self.problems)} of {self.tried} cases are wrong"
            pytest.fail("\n".join([summary, *self.problems]), pytrace=False)


def each(names: str, cases: Iterable[Any]) -> Callable[[Comparison], Comparison]:
    """Like `pytest.mark.parametrize(names, cases)`, but all in one test, because every test has its price.

    Before each case every fixture of the test that has a `reset` method is reset. Several `each` above one test try
    every combination.
    """
    wanted, listed = [name.strip() for name in names.split(",")], list(cases)
    choices = [dict(zip(wanted, case if len(wanted) > 1 else (case,), strict=True)) for case in listed]

    def over_all(test: Comparison) -> Comparison:
        once, axes = getattr(test, "once", test), [choices, *getattr(test, "axes", [])]

        @functools.wraps(test)
        def tried(**given: Any) -> None:
            findings = Findings()
            for chosen in itertools.product(*axes):
                case = {name: value for part in chosen for name, value in part.items()}
                with findings.about(", ".join(map(_called, case.values()))):
                    _reset(given)
                    once(**case, **given)
            findings.tell()

        given = [p for p in inspect.signature(test).parameters.values() if p.name not in wanted]
        vars(tried).update(once=once, axes=axes, __signature__=inspect.Signature(given))
        return tried

    return over_all


def _reset(given: dict[str, Any]) -> None:
    for value in given.values():
        if hasattr(value, "reset"):
            value.reset()


def _called(value: Any) -> str:
    said = value.__name__ if isinstance(value, type | FunctionType) else str(value)
    return said if said.strip() and said.isprintable() and len(said) <= LONGEST else ascii(said[:20])


def _told(error: BaseException) -> str:
    """What an error says, and where in the test it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    place = next((frame.lineno for frame in reversed(frames) if "/test_" in frame.filename), "?")
    kind = "" if isinstance(error, AssertionError | pytest.fail.Exception) else f"{type(error).__name__}: "
    return f"{kind}{error} (line {place})"
