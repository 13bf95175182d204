"""The permission matrix: role by kind by action, read off the policies, never written by hand."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from educore import EDUCATION, Domain, Policy, Role, Where, everything, nothing
from educore.kernel.policy import Grant

NOBODY = "—"
EVERY_ROW = "all"
LONGEST_IN_A_CELL = 30


@dataclass(frozen=True)
class Table:
    """What each role may do with one kind: a line per action, a cell per role."""

    kind: str
    about: str
    lines: list[tuple[str, list[str]]]
    private: list[tuple[str, list[str]]]


class Matrix:
    """The whole matrix in words. Conditions that have a name are called by it."""

    def __init__(self, domain: Domain = EDUCATION) -> None:
        self.domain = domain
        policies = list(domain.policies.values())
        self.roles = [role for role in Role if any(role in policy.grants for policy in policies)]
        self.names = dict(name for policy in policies for name in _named_conditions(policy))

    def tables(self) -> Iterator[Table]:
        """A table per kind, in the order of the domain."""
        for kind in self.domain.kinds.values():
            policy = self.domain.policy(kind)
            yield Table(
                kind=kind.__name__,
                about=(kind.__doc__ or "").strip().splitlines()[0],
                lines=[
                    (action, [self._rule(policy.grant(role, action)) for role in self.roles])
                    for action in policy.actions()
                ],
                private=[
                    (name, [self.rows(rules.get(role, nothing)) for role in self.roles])
                    for name, rules in policy.restricted_fields.items()
                ],
            )

    def rows(self, condition: Where) -> str:
        """A condition in words: "own center", "own center where role in {student}", "all"."""
        if condition == everything:
            return EVERY_ROW
        return " or ".join(self._alternative(Where((tests,))) for tests in condition.alternatives) or NOBODY

    def _rule(self, grant: Grant) -> str:
        words = self.rows(grant.rows)
        return words if grant.fields is None else f"{words}, only {', '.join(sorted(grant.fields))}"

    def _alternative(self, condition: Where) -> str:
        """The longest named condition in it, and the rest as it is."""
        tests = condition.alternatives[0]
        named = [w for w in self.names.values() if set(w.alternatives[0]) <= set(tests)]
        best = max(named, key=lambda w: len(w.alternatives[0]), default=None)
        if best is None:
            return str(condition)
        rest = tuple(test for test in tests if test not in best.alternatives[0])
        name = next(name for name, w in self.names.items() if w == best)
        return f"{name} where {Where((rest,))}" if rest else name


def _named_conditions(policy: Policy) -> Iterator[tuple[str, Where]]:
    """The conditions its module gives a name to, such as `own_center`."""
    module = sys.modules[policy.kind.__module__.rpartition(".")[0] + ".policies"]
    for name, value in vars(module).items():
        if isinstance(value, Where) and len(value.alternatives) == 1 and value != everything:
            yield name.replace("_", " "), value


def as_text(matrix: Matrix) -> str:
    """The matrix for a terminal: a paragraph per kind, a line per action, roles with the same rule together."""
    parts = []
    for table in matrix.tables():
        lines = [f"  {action:<20} {_together(matrix, cells)}" for action, cells in table.lines]
        lines += [f"  {f'see {name}':<20} {_together(matrix, cells)}" for name, cells in table.private]
        parts.append("\n".join([table.kind, *lines]))
    return "\n\n".join([*parts, "\n".join(f"{name}: rows where {rows}" for name, rows in sorted_names(matrix))])


def as_markdown(matrix: Matrix) -> str:
    """The matrix as a page: a table per kind, long conditions below it."""
    words = [f"| {name} | `{rows}` |" for name, rows in sorted_names(matrix)]
    pages = [_markdown_table(matrix, table) for table in matrix.tables()]
    return "\n".join([INTRODUCTION, *words, *pages]).rstrip() + "\n"


def sorted_names(matrix: Matrix) -> list[tuple[str, str]]:
    """The named conditions and what they mean."""
    return sorted((name, str(condition)) for name, condition in matrix.names.items())


def _markdown_table(matrix: Matrix, table: Table) -> str:
    notes: list[str] = []

    def cell(words: str) -> str:
        if len(words) <= LONGEST_IN_A_CELL:
            return words
        if words not in notes:
            notes.append(words)
        return f"({notes.index(words) + 1})"

    lines = [
        f"\n## {table.kind}\n",
        f"{table.about}\n",
        f"| | {' | '.join(matrix.roles)} |",
        "|---" * (len(matrix.roles) + 1) + "|",
    ]
    actions = [(action.replace("_", " "), cells) for action, cells in table.lines]
    private = [(f"read `{name}`", cells) for name, cells in table.private]
    for action, cells in [*actions, *private]:
        lines.append(f"| {action} | {' | '.join(map(cell, cells))} |")
    numbered = [f"\n({number}) {words}" for number, words in enumerate(notes, start=1)]
    return "\n".join(lines + numbered)


def _together(matrix: Matrix, cells: list[str]) -> str:
    roles_of: dict[str, list[str]] = {}
    for role, words in zip(matrix.roles, cells, strict=True):
        if words != NOBODY:
            roles_of.setdefault(words, []).append(role)
    return "; ".join(f"{', '.join(roles)}: {words}" for words, roles in roles_of.items()) or "nobody"


INTRODUCTION = """\
# Who may do what

Made from the policies by `educore permissions --markdown`; do not edit. A cell says on which rows a role may act:
`all` of them, none (—), or the rows a condition names. Rules only ever grant. An API may narrow them, never widen them.

| words | rows where |
|---|---|"""
