"""Renaming: a body in which clients use further names of fields becomes one with the documented names.

A client may send a field under two names, because answers show both and it sends back the answer with one of them
changed. The name with the new value then counts; see docs/decisions/0038-further-names.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pydantic import ValidationError

from educore import Problem
from educore_web.rest.bodies import Body, make_partial, nested_body, normalize
from educore_web.rest.further_names import further_names
from educore_web.rest.request import Problems


@dataclass(frozen=True)
class RenamedBody:
    """A body with the documented names.

    `sent_names` maps documented paths to the further names that were sent. `contradictions` maps further names to the
    documented paths that were sent with another value.
    """

    content: Mapping[str, Any]
    sent_names: Mapping[str, str] = field(default_factory=dict)
    contradictions: Mapping[str, str] = field(default_factory=dict)

    def settle(self, sent: Mapping[str, Any], shown: Mapping[str, Any]) -> RenamedBody:
        """Return the body without the contradictions where one name has the value that the row shows already.

        Only the other name is then a change; `sent` is the body as it came.
        """
        content, names, open_ones = dict(self.content), dict(self.sent_names), dict(self.contradictions)
        for further, path in self.contradictions.items():
            if _value_at(sent, path) == _value_at(shown, path):
                _put(content, path, sent[further])
                names[path] = further
                del open_ones[further]
            elif sent[further] == _value_at(shown, further):
                del open_ones[further]
        return RenamedBody(content, names, open_ones)

    def problems(self) -> Problems:
        """Return a problem for each contradiction."""
        return {
            further: [Problem("names_contradict", {"other": path})] for further, path in self.contradictions.items()
        }

    def as_sent(self, problems: Problems) -> Problems:
        """Return the problems under the names that were sent."""
        return {self._as_sent(path): found for path, found in problems.items()}

    def _as_sent(self, path: str) -> str:
        for documented, further in self.sent_names.items():
            if path == documented or path.startswith(f"{documented}."):
                return further + path.removeprefix(documented)
        return path


def rename_fields(body: type[Body] | None, sent: Mapping[str, Any]) -> RenamedBody:
    """Return the body with documented names in place of further names. Empty values of optional fields do not count."""
    names = {} if body is None else further_names(body)
    if body is None or not (names.keys() & sent.keys()):
        return RenamedBody(sent)
    content = {name: value for name, value in sent.items() if name not in names}
    sent_names: dict[str, str] = {}
    contradictions: dict[str, str] = {}
    for further in [name for name in names if name in sent]:
        path = names[further]
        owner, name = _owner(body, path)
        present = _value_at(content, path)
        if not _counts(owner, name, sent[further]):
            continue
        if not _can_hold(content, path):
            contradictions[further] = path.partition(".")[0]
        elif _is_sent(content, path) and _counts(owner, name, present):
            if not _same(owner, name, present, sent[further]):
                contradictions[further] = path
        else:
            _put(content, path, sent[further])
            sent_names[path] = further
    if sent_names:
        sent_names |= _names_beside(names, sent)
    return RenamedBody(content, sent_names, contradictions)


def _names_beside(names: Mapping[str, str], sent: Mapping[str, Any]) -> dict[str, str]:
    """Return the further names of all fields of a nested body that was sent flat, so that errors name them so too."""
    return {path: further for further, path in names.items() if "." in path and path.partition(".")[0] not in sent}


def _owner(body: type[Body], path: str) -> tuple[type[Body], str]:
    """Return the body that declares the field at a path, and the name of the field there."""
    *steps, name = path.split(".")
    for step in steps:
        body = nested_body(body, step) or body
    return body, name


def _counts(owner: type[Body], name: str, value: Any) -> bool:
    """Return whether a value is sent at all, in contrast to an empty text for a date or an address for a file."""
    return name in normalize(owner, {name: value})


def _same(owner: type[Body], name: str, first: Any, second: Any) -> bool:
    """Return whether two values mean the same for a field, such as 60 and "60"."""
    return bool(first == second or _read(owner, name, first) == _read(owner, name, second))


def _read(owner: type[Body], name: str, value: Any) -> Any:
    try:
        return getattr(_partial(owner).model_validate({name: value}), name)
    except ValidationError:
        return value


@cache
def _partial(body: type[Body]) -> type[Body]:
    return make_partial(body)


def _can_hold(content: Mapping[str, Any], path: str) -> bool:
    """Return whether a path leads through objects; a value that is no object is an error of its own."""
    *steps, _ = path.split(".")
    return all(isinstance(content.get(step, {}), dict) for step in steps)


def _is_sent(content: Mapping[str, Any], path: str) -> bool:
    *steps, name = path.split(".")
    for step in steps:
        content = content.get(step, {})
    return name in content


def _value_at(content: Any, path: str) -> Any:
    for step in path.split("."):
        content = content.get(step) if isinstance(content, dict) else None
    return content


def _put(content: dict[str, Any], path: str, value: Any) -> None:
    *steps, name = path.split(".")
    for step in steps:
        content[step] = dict(content.get(step, {}))
        content = content[step]
    content[name] = value
