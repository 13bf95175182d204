"""The edges use what `educore` promises, not what happens to be inside it."""

from __future__ import annotations

import ast
from pathlib import Path

import educore
import educore.adapters.sql
from support.parametrize import each

ROOT = Path(__file__).parents[2] / "src" / "educore_web"
PROMISED = {
    "educore": set(educore.__all__),
    "educore.adapters.sql": set(educore.adapters.sql.__all__),
    "educore.values": None,
}
"""Whose names the APIs and the admin may import; None stands for every name of a vocabulary."""

FILES = sorted(path for folder in ("apis", "admin") for path in (ROOT / folder).rglob("*.py"))


def imported(path):
    """Every module and name of educore that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "educore":
            yield from ((node.module, alias.name) for alias in node.names)
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names if alias.name.split(".")[0] == "educore")


@each("path", FILES)
def test_only_promised_names_are_imported(path):
    for module, name in imported(path):
        assert module in PROMISED, f"{module} is not for the edges; export {name} from educore"
        names = PROMISED[module]
        assert names is None or name in names, f"{module} promises no {name}"
