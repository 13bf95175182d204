"""Paths: the ways from a kind to its fields and to other kinds, and the checks of all names that lead along them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from educore.kernel.conditions import OPERATORS, Where, is_backward
from educore.kernel.entity import Entity, Hidden, Ref, is_marked, references, value_type
from educore.kernel.literals import check_literal, field_operators, plain_types
from educore.kernel.row_names import name_fields
from educore.kernel.suggestions import did_you_mean
from educore.values import Value


@dataclass(frozen=True)
class PathEnd:
    """The end of a path: a field and the types of value that need no check; or, for has and lacks, only a kind."""

    kind: type[Entity]
    field: str | None
    visited: tuple[type[Entity], ...]
    types: frozenset[type] = frozenset()
    is_hidden: bool = False


class Paths:
    """The kinds of a domain and the ways between them. Misspelt names are refused with the nearest right one."""

    def __init__(self, kinds: dict[str, type[Entity]]) -> None:
        self.kinds = kinds
        self._ends: dict[tuple[type[Entity], tuple[str, ...], str], PathEnd] = {}

    # -- steps -----------------------------------------------------------------------------------------

    def target(self, kind: type[Entity], step: str) -> tuple[str, type[Entity]]:
        """Return the field and kind that a forward step leads to: ("group_id", Group) for `group` from Student."""
        field = f"{step}_id"
        reference = references(kind).get(field)
        if reference is None:
            raise TypeError(f"{kind.__name__} has no reference {step!r}{did_you_mean(step, self._steps(kind))}")
        return field, self.kinds[reference.target]

    def source(self, kind: type[Entity], step: str) -> tuple[type[Entity], str]:
        """Return the kind and field that a backward step means: (Enrollment, "group_id") for Enrollment from Group."""
        other = self.kinds.get(step)
        fields = [] if other is None else [f for f, r in references(other).items() if r.target == kind.__name__]
        if other is None or len(fields) != 1:
            suggestion = "" if fields else did_you_mean(step, self._steps(kind))
            complaint = f"{step} points at {kind.__name__} {len(fields)} times; a path needs exactly one"
            raise TypeError(complaint + suggestion)
        return other, fields[0]

    def kind_after(self, kind: type[Entity], step: str) -> type[Entity]:
        """Return the kind that a step leads to, forward or backward. Raises: TypeError."""
        return self.source(kind, step)[0] if is_backward(step) else self.target(kind, step)[1]

    def referrers(self, kind: type[Entity]) -> list[tuple[type[Entity], str, Ref]]:
        """Return every field of every kind that refers to `kind`."""
        return self._referrers[kind.__name__]

    # -- fields ----------------------------------------------------------------------------------------

    def field_at(self, kind: type[Entity], path: Iterable[str]) -> tuple[type[Entity], str]:
        """Return the kind and field that a forward path ends at: (Branch, "name") for ("branch", "name") from Group.

        Raises: TypeError.
        """
        *steps, field = path
        for step in steps:
            _, kind = self.target(kind, step)
        if field not in kind.model_fields:
            raise TypeError(f"{kind.__name__} has no field {field!r}{did_you_mean(field, kind.model_fields)}")
        return kind, field

    def open_field_at(self, kind: type[Entity], path: Iterable[str]) -> tuple[type[Entity], str]:
        """Return the kind and field that a forward path ends at. Raises: TypeError, also for a hidden field."""
        owner, field = self.field_at(kind, path)
        if is_marked(owner, field, Hidden):
            raise TypeError(f"{owner.__name__}.{field} is hidden: nothing may show, compare or sort it")
        return owner, field

    def ordered_field_at(self, kind: type[Entity], path: Iterable[str]) -> tuple[type[Entity], str]:
        """Return the kind and field that a forward path ends at. Raises: TypeError, also for values without order."""
        owner, field = self.open_field_at(kind, path)
        value, _ = value_type(owner, field)
        if issubclass(value, Value) and not value.reads_as_text:
            raise TypeError(f"{owner.__name__}.{field} is a {value.__name__}, by which no rows are ordered or grouped")
        return owner, field

    def check_fields(self, kind: type[Entity], names: Iterable[str]) -> None:
        """Refuse names that are no fields of the kind. Raises: TypeError naming the nearest right word."""
        for name in names:
            if name not in kind.model_fields:
                self.field_at(kind, (name,))

    def check_order(self, kind: type[Entity], order: Iterable[str]) -> None:
        """Refuse an order by anything but dotted paths to fields that may be shown. Raises: TypeError."""
        for key in order:
            self.ordered_field_at(kind, key.removeprefix("-").split("."))

    def name_paths(self, kind: type[Entity]) -> dict[str, tuple[str, bool]]:
        """Return the dotted paths whose texts make up the display name of a row, such as "user.first_name".

        Each maps to the path of the row it belongs to, and whether it is only a fallback for that row's other texts.
        """
        paths: dict[str, tuple[str, bool]] = {}
        for field in name_fields(kind):
            if field in references(kind):
                step, target = field.removesuffix("_id"), self.kinds[references(kind)[field].target]
                behind = self.name_paths(target).items()
                paths |= {f"{step}.{path}": (f"{step}.{row}", is_fallback) for path, (row, is_fallback) in behind}
            else:
                paths[field.lstrip("|")] = "", field.startswith("|")
        return paths

    # -- conditions ------------------------------------------------------------------------------------

    # Every read checks the condition of its caller, so the part that depends only on names is looked up: a path is
    # followed once for each kind and operator. Values are checked each time; for most of them it is enough to look up
    # their type. Tests: test_checked_names, for every field and operator of the domain.
    def check_condition(self, kind: type[Entity], condition: Where, *, may_name_hidden: bool = False) -> None:
        """Refuse a condition with a path, an operator or a value that does not fit. Raises: TypeError."""
        if not isinstance(condition, Where):
            raise TypeError(f"a condition is made by `where`, not {type(condition).__name__}")
        for comparison in condition.comparisons():
            operator, value = comparison.operator, comparison.value
            end = self.path_end(kind, comparison.path, operator)
            if end.field is None:
                self.check_condition(end.kind, value, may_name_hidden=may_name_hidden)
            elif end.is_hidden and not may_name_hidden:
                self.open_field_at(end.kind, (end.field,))
            elif type(value) not in end.types and not (operator == "in" and end.types.issuperset(map(type, value))):
                check_literal(end.kind, end.field, operator, value)

    def kinds_on(self, kind: type[Entity], condition: Where) -> Iterator[type[Entity]]:
        """Yield the kinds of rows that the paths of a condition visit. Raises: TypeError."""
        for comparison in condition.comparisons():
            end = self.path_end(kind, comparison.path, comparison.operator)
            yield from end.visited
            if end.field is None:
                yield from self.kinds_on(end.kind, comparison.value)

    def path_end(self, kind: type[Entity], path: tuple[str, ...], operator: str) -> PathEnd:
        """Return the end of the path of a comparison. Raises: TypeError."""
        key = kind, path, operator
        if key not in self._ends:
            self._ends[key] = self._follow(kind, path, operator)
        return self._ends[key]

    def _follow(self, kind: type[Entity], path: tuple[str, ...], operator: str) -> PathEnd:
        if operator in ("has", "lacks"):
            if len(path) > 1:
                raise TypeError(f"{'__'.join(path)}__{operator}: has and lacks follow one step, not more")
            other = self.kind_after(kind, path[0])
            return PathEnd(other, None, (other,))
        *steps, field = path
        visited: list[type[Entity]] = []
        for step in steps:
            if step in kind.model_fields and step == steps[-1]:
                raise TypeError(f"{kind.__name__}.{step} has no operator {field!r}{did_you_mean(field, OPERATORS)}")
            kind = self.kind_after(kind, step)
            visited.append(kind)
        self.field_at(kind, (field,))
        if operator not in field_operators(kind, field):
            known = ", ".join(field_operators(kind, field))
            raise TypeError(f"{kind.__name__}.{field} has no operator {operator!r}, only {known}")
        types = plain_types(kind, field, operator)
        return PathEnd(kind, field, tuple(visited), types, is_marked(kind, field, Hidden))

    def _steps(self, kind: type[Entity]) -> list[str]:
        """Return every step that a path from a kind may begin with."""
        pointing = [other.__name__ for other, _, _ in self.referrers(kind)]
        backward = [name for name in pointing if pointing.count(name) == 1]
        return [name.removesuffix("_id") for name in references(kind)] + backward

    @cached_property
    def _referrers(self) -> dict[str, list[tuple[type[Entity], str, Ref]]]:
        referrers: dict[str, list[tuple[type[Entity], str, Ref]]] = {name: [] for name in self.kinds}
        for other in self.kinds.values():
            for field, reference in references(other).items():
                referrers[reference.target].append((other, field, reference))
        return referrers
