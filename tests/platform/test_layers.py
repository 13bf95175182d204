"""No module of the product imports one that imports it, not even for type checkers or inside a function."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from support.sources import PACKAGES


def module_name(path: Path, package: Path) -> str:
    """The dotted name of a file of a package."""
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {
    module_name(path, package): path
    for package in PACKAGES
    for path in package.rglob("*.py")
    if "versions" not in path.parts
}


def imported(tree: ast.Module, known: Mapping[str, Path]) -> Iterator[str]:
    """Yield the modules of the product that a module imports, wherever in its text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module in known:
            modules = {f"{node.module}.{alias.name}" for alias in node.names}
            yield from modules & known.keys()
            if modules - known.keys():  # names of the package itself
                yield node.module


def circle(sources: Mapping[str, str]) -> list[str]:
    """Return the modules of a circle, the first one again at the end, or nothing."""
    known = dict.fromkeys(sources, Path())
    graph = {name: set(imported(ast.parse(source), known)) - {name} for name, source in sources.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_module_imports_itself_through_others() -> None:
    assert circle({name: path.read_text(encoding="utf-8") for name, path in FILES.items()}) == []


@pytest.mark.parametrize(
    "source",
    [
        "import b",
        "from b import x",
        "def f():\n    import b",
        "if TYPE_CHECKING:\n    from b import x",
        "from b import *",
    ],
)
def test_a_circle_is_found_wherever_the_import_stands(source: str) -> None:
    assert circle({"a": source, "b": "from a import y"}) != []
    assert circle({"a": source, "b": "y = 1"}) == []
