"""The permission matrix: every role, every kind, every action, and the rule that decides."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from educore import EDUCATION, Policy, Role

GOLDEN = Path(__file__).parents[1] / "golden" / "permissions.txt"


def matrix() -> str:
    """The matrix as text: who may never do something is not listed."""
    return "\n".join(_chapter(name, EDUCATION.policy(kind)) for name, kind in EDUCATION.kinds.items())


def _chapter(name: str, policy: Policy) -> str:
    lines = [name]
    for action in policy.actions():
        rules = {role: policy.explain(role, action) for role in Role if policy.permits(role, action)}
        lines.append(f"  {action}" if rules else f"  {action}: nobody")
        lines += [f"    {role:<11}{rule}" for role, rule in rules.items()]
    for field, rules in policy.restricted_fields.items():
        lines.append(f"  reading {field}")
        lines += [f"    {role:<11}{rule}" for role, rule in rules.items()]
    return "\n".join(lines) + "\n"


def test_the_permission_matrix_is_as_agreed(golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN, matrix())
