"""The permission matrix: what each role may do with each entity, computed from the policies."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from educore import Domain, Policy, Role, Where, everything, nothing
from educore.kernel.policy import Grant

NO_ROWS = "—"
ALL_ROWS = "all"
MAX_CELL_LENGTH = 30


@dataclass(frozen=True)
class PermissionTable:
    """Permissions for one entity: a line for each action or restricted field, in it a cell for each role."""

    kind: str
    about: str
    lines: list[tuple[str, list[str]]]
    restricted_fields: list[tuple[str, list[str]]]


class PermissionMatrix:
    """Permissions for all entities of a domain, as text. A condition that has a name is called by it."""

    def __init__(self, domain: Domain) -> None:
        self.domain = domain
        policies = list(domain.policies.values())
        self.roles = [role for role in Role if any(role in policy.grants for policy in policies)]
        self.names = dict(name for policy in policies for name in _named_conditions(policy))

    def tables(self) -> Iterator[PermissionTable]:
        """Yield a table for each entity, in the order of the domain."""
        for kind in self.domain.kinds.values():
            policy = self.domain.policy(kind)
            yield PermissionTable(
                kind=kind.__name__,
                about=(kind.__doc__ or "").strip().splitlines()[0],
                lines=[
                    (action, [self._describe_grant(policy.grant(role, action)) for role in self.roles])
                    for action in policy.actions()
                ],
                restricted_fields=[
                    (name, [self.describe_rows(rules.get(role, nothing)) for role in self.roles])
                    for name, rules in policy.restricted_fields.items()
                ],
            )

    def describe_rows(self, condition: Where) -> str:
        """Describe a condition: "own center", "own center where role in {student}", "all"."""
        if condition == everything:
            return ALL_ROWS
        return (
            " or ".join(self._describe_alternative(Where((comparisons,))) for comparisons in condition.alternatives)
            or NO_ROWS
        )

    def _describe_grant(self, grant: Grant) -> str:
        rows = self.describe_rows(grant.rows)
        return rows if grant.fields is None else f"{rows}, only {', '.join(sorted(grant.fields))}"

    def _describe_alternative(self, condition: Where) -> str:
        """Return the name of the longest named condition in it, with the rest as it is."""
        comparisons = condition.alternatives[0]
        named = [w for w in self.names.values() if set(w.alternatives[0]) <= set(comparisons)]
        best = max(named, key=lambda w: len(w.alternatives[0]), default=None)
        if best is None:
            return str(condition)
        rest = tuple(comparison for comparison in comparisons if comparison not in best.alternatives[0])
        name = next(name for name, w in self.names.items() if w == best)
        return f"{name} where {Where((rest,))}" if rest else name


def _named_conditions(policy: Policy) -> Iterator[tuple[str, Where]]:
    """Yield the conditions that the module `policies` beside an entity gives a name to, such as `own_center`."""
    module = sys.modules.get(policy.kind.__module__.rpartition(".")[0] + ".policies")
    for name, value in vars(module).items() if module else ():
        if isinstance(value, Where) and len(value.alternatives) == 1 and value != everything:
            yield name.replace("_", " "), value


def to_text(matrix: PermissionMatrix) -> str:
    """Format the matrix for a terminal: a paragraph per entity, a line per action, roles with equal rules together."""
    parts = []
    for table in matrix.tables():
        lines = [f"  {action:<20} {_group_roles(matrix, cells)}" for action, cells in table.lines]
        lines += [f"  {f'see {name}':<20} {_group_roles(matrix, cells)}" for name, cells in table.restricted_fields]
        parts.append("\n".join([table.kind, *lines]))
    return "\n\n".join([*parts, "\n".join(f"{name}: rows where {rows}" for name, rows in sorted_names(matrix))])


def to_markdown(matrix: PermissionMatrix) -> str:
    """Format the matrix as a page: a table per entity, with long conditions below it."""
    names = [f"| {name} | `{rows}` |" for name, rows in sorted_names(matrix)]
    pages = [_markdown_table(matrix, table) for table in matrix.tables()]
    return "\n".join([INTRODUCTION, *names, *pages]).rstrip() + "\n"


def sorted_names(matrix: PermissionMatrix) -> list[tuple[str, str]]:
    """Return the named conditions and their definitions, sorted by name."""
    return sorted((name, str(condition)) for name, condition in matrix.names.items())


def _markdown_table(matrix: PermissionMatrix, table: PermissionTable) -> str:
    notes: list[str] = []

    def cell(rows: str) -> str:
        if len(rows) <= MAX_CELL_LENGTH:
            return rows
        if rows not in notes:
            notes.append(rows)
        return f"({notes.index(rows) + 1})"

    lines = [
        f"\n## {table.kind}\n",
        f"{table.about}\n",
        f"| | {' | '.join(matrix.roles)} |",
        "|---" * (len(matrix.roles) + 1) + "|",
    ]
    actions = [(action.replace("_", " "), cells) for action, cells in table.lines]
    fields = [(f"read `{name}`", cells) for name, cells in table.restricted_fields]
    for action, cells in [*actions, *fields]:
        lines.append(f"| {action} | {' | '.join(map(cell, cells))} |")
    numbered = [f"\n({number}) {note}" for number, note in enumerate(notes, start=1)]
    return "\n".join(lines + numbered)


def _group_roles(matrix: PermissionMatrix, cells: list[str]) -> str:
    roles_of: dict[str, list[str]] = {}
    for role, rows in zip(matrix.roles, cells, strict=True):
        if rows != NO_ROWS:
            roles_of.setdefault(rows, []).append(role)
    return "; ".join(f"{', '.join(roles)}: {rows}" for rows, roles in roles_of.items()) or "nobody"


INTRODUCTION = """\
# Who may do what

Generated from the policies by `educore permissions --markdown`; do not edit. A cell says on which rows a role may act:
`all` of them, none (—), or the rows a condition names. Rules only ever grant. An API may narrow them, never widen them.

| words | rows where |
|---|---|"""
