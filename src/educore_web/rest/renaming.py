"""Renaming: a body in which clients use further names of fields becomes one with the documented names.

A client may send a field under two names, because answers show both and it sends back the answer with one of them
changed. The name with the new value then counts; see docs/decisions/0038-further-names.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from educore import Problem
from educore_web.rest.bodies import Body, make_partial
from educore_web.rest.body_fields import nested_body
from educore_web.rest.further_names import flat_fields, further_names
from educore_web.rest.nested_values import has_value, value_at, with_value
from educore_web.rest.normalization import normalize
from educore_web.rest.request import Problems


@dataclass(frozen=True)
class RenamedBody:
    """A body with the documented names.

    `sent_names` maps documented paths to the further names that were sent. `contradictions` maps further names to the
    documented paths that were sent with another value. `ids` holds the ids that were sent in place of nested bodies,
    by the name of the field.
    """

    content: Mapping[str, Any]
    sent_names: Mapping[str, str] = field(default_factory=dict)
    contradictions: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_settled(self) -> bool:
        """Return whether the body has one meaning without a look at the row."""
        return not self.contradictions and not self.ids

    def settle(self, sent: Mapping[str, Any], shown: Mapping[str, Any]) -> RenamedBody:
        """Return the body without what the row as it is shown settles; `sent` is the body as it came.

        Of two names, the one with the value that is shown is no change. Nor is the id of the object that is shown.
        """
        content, names, left = dict(self.content), dict(self.sent_names), dict(self.contradictions)
        for further, path in self.contradictions.items():
            value, present = sent[further], value_at(content, path)
            if value not in (present, value_at(shown, further)):
                if present != value_at(shown, path):
                    continue
                content = with_value(content, path, value)
                names[path] = further
            del left[further]
        ids = {name: id for name, id in self.ids.items() if id != value_at(shown, f"{name}.id")}
        return RenamedBody(content, names, left, ids)

    def problems(self) -> Problems:
        """Return the problems that are left, by documented path."""
        found = {path: [Problem("names_contradict", {"other": path})] for path in self.contradictions.values()}
        return found | {name: [Problem("model_type")] for name in self.ids}

    def as_sent(self, problems: Problems) -> Problems:
        """Return problems by documented path under the names that were sent."""
        names = {**self.sent_names, **{path: further for further, path in self.contradictions.items()}}
        return {_as_sent(path, names): found for path, found in problems.items()}


def rename_fields(body: type[Body] | None, sent: Mapping[str, Any], *, is_update: bool) -> RenamedBody:
    """Return the body with documented names in place of further names. Empty values of optional fields do not count.

    Only an update takes an id in place of a nested body, since only then there is an object with an id.
    """
    names = {} if body is None else further_names(body)
    if body is None or not names:
        return RenamedBody(sent)
    ids = {name: sent[name] for name in flat_fields(body) if is_update and type(sent.get(name)) is int}
    used = [name for name in names if name in sent]
    if not used and not ids:
        return RenamedBody(sent)
    content = {name: value for name, value in sent.items() if name not in names} | {name: {} for name in ids}
    sent_names: dict[str, str] = {}
    contradictions: dict[str, str] = {}
    for further in used:
        path = names[further]
        owner, name = _owner(body, path)
        if not _counts(owner, name, sent[further]) or not _can_hold(content, path):
            continue
        present = value_at(content, path)
        if not has_value(content, path) or not _counts(owner, name, present):
            content = with_value(content, path, sent[further])
            sent_names[path] = further
        elif not _same(owner, name, present, sent[further]):
            contradictions[further] = path
    if sent_names:
        sent_names |= _names_beside(names, sent)
    return RenamedBody(content, sent_names, contradictions, ids)


def _as_sent(path: str, names: Mapping[str, str]) -> str:
    for documented, further in names.items():
        if path == documented or path.startswith(f"{documented}."):
            return further + path.removeprefix(documented)
    return path


def _names_beside(names: Mapping[str, str], sent: Mapping[str, Any]) -> dict[str, str]:
    """Return the further names of all fields of a nested body that was sent flat, so that errors name them so too."""
    return {path: further for further, path in names.items() if "." in path and path.partition(".")[0] not in sent}


def _owner(body: type[BaseModel], path: str) -> tuple[type[BaseModel], str]:
    """Return the body that declares the field at a path, and the name of the field there."""
    *steps, name = path.split(".")
    for step in steps:
        body = nested_body(body, step) or body
    return body, name


def _counts(owner: type[BaseModel], name: str, value: Any) -> bool:
    """Return whether a value is sent at all, in contrast to an empty text for a date or an address for a file."""
    return name in normalize(owner, {name: value})


def _same(owner: type[BaseModel], name: str, first: Any, second: Any) -> bool:
    """Return whether two values mean the same for a field, such as 60 and "60"."""
    return bool(first == second or _read(owner, name, first) == _read(owner, name, second))


def _read(owner: type[BaseModel], name: str, value: Any) -> Any:
    try:
        return getattr(make_partial(owner).model_validate({name: value}), name)
    except ValidationError:
        return value


def _can_hold(content: Mapping[str, Any], path: str) -> bool:
    """Return whether a path leads through objects or nothing; a value that is no object is an error of its own."""
    *steps, _ = path.split(".")
    return all(isinstance(content.get(step) or {}, dict) for step in steps)
