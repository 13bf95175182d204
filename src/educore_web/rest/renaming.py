"""Renaming: a body in which clients use further names of fields becomes one with the documented names.

A client may send a field under two names, because answers show both and it sends back the answer with one of them
changed. The name with the new value then counts; see docs/decisions/0038-further-names.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, cast

from pydantic import BaseModel, ValidationError

from educore import Problem
from educore_web.rest.bodies import Body, make_partial
from educore_web.rest.body_fields import item_body, nested_body
from educore_web.rest.further_names import flat_fields, further_names
from educore_web.rest.nested_values import has_value, value_at, with_value
from educore_web.rest.normalization import normalize
from educore_web.rest.request import Problems


@dataclass(frozen=True)
class RenamedBody:
    """A body with the documented names.

    `sent_names` maps documented paths to the further names that were sent. `contradictions` maps further names to the
    documented paths that were sent with another value, and `contradictions_in_lists` those inside of the entries of
    lists: `marks.3.pupil`. `ids` holds the ids that were sent in place of nested bodies, by the name of the field.
    """

    content: Mapping[str, Any]
    sent_names: Mapping[str, str] = field(default_factory=dict)
    contradictions: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, int] = field(default_factory=dict)
    contradictions_in_lists: Mapping[str, str] = field(default_factory=dict)

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
        return RenamedBody(content, names, left, ids, self.contradictions_in_lists)

    def problems(self) -> Problems:
        """Return the problems that are left, by documented path."""
        contradictions = {**self.contradictions, **self.contradictions_in_lists}
        found = {path: [Problem("names_contradict", {"other": path})] for path in contradictions.values()}
        return found | {name: [Problem("model_type")] for name in self.ids}

    def as_sent(self, problems: Problems) -> Problems:
        """Return problems by documented path under the names that were sent."""
        contradictions = {**self.contradictions, **self.contradictions_in_lists}
        names = {**self.sent_names, **{path: further for further, path in contradictions.items()}}
        return {_as_sent(path, names): found for path, found in problems.items()}


def rename_fields(body: type[Body] | None, sent: Mapping[str, Any], *, is_update: bool) -> RenamedBody:
    """Return the body with documented names in place of further names. Empty values of optional fields do not count.

    Only an update takes an id in place of a nested body, since only then there is an object with an id.
    """
    if body is None:
        return RenamedBody(sent)
    return _rename_entries(body, _rename_own(body, sent, is_update=is_update))


def _rename_own(body: type[Body], sent: Mapping[str, Any], *, is_update: bool) -> RenamedBody:
    """Return a body with documented names, except inside of the entries of its lists."""
    names = further_names(body)
    if not names:
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


def _rename_entries(body: type[Body], renamed: RenamedBody) -> RenamedBody:
    """Return a body with documented names in the entries of its lists, too; what is no object stays as it is."""
    content, names, contradictions = dict(renamed.content), dict(renamed.sent_names), dict[str, str]()
    for name in content.keys() & _lists_with_further_names(body):
        entry_body = cast("type[Body]", item_body(body, name))
        if not isinstance(entries := content[name], list):
            continue
        content[name] = list(entries)
        for position, entry in enumerate(entries):
            if not isinstance(entry, dict) or further_names(entry_body).keys().isdisjoint(entry):
                continue
            inner, place = _rename_own(entry_body, entry, is_update=False), f"{name}.{position}"
            content[name][position] = inner.content
            names |= {f"{place}.{path}": f"{place}.{further}" for path, further in inner.sent_names.items()}
            contradictions |= {
                f"{place}.{further}": f"{place}.{path}" for further, path in inner.contradictions.items()
            }
    if names == renamed.sent_names and not contradictions:
        return renamed
    return replace(renamed, content=content, sent_names=names, contradictions_in_lists=contradictions)


@cache
def _lists_with_further_names(body: type[Body]) -> frozenset[str]:
    """Return the names of the lists whose entries have fields with further names."""
    entries = {name: item_body(body, name) for name in body.model_fields}
    return frozenset(name for name, entry in entries.items() if entry is not None and further_names(entry))


def _as_sent(path: str, names: Mapping[str, str]) -> str:
    """Return a path under the names that were sent: first that of the field, then those of what it is inside of."""
    steps = path.split(".")
    for length in range(len(steps), 0, -1):
        documented = ".".join(steps[:length])
        if documented in names and f"{path}.".startswith(f"{documented}."):
            path = names[documented] + path.removeprefix(documented)
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
