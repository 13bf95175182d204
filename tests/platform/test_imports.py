"""The edges use the public names of educore, and the rooms of the web package depend on each other in one direction."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from educore import EDUCATION
from support.parametrize import each

ROOT = Path(__file__).parents[2] / "src" / "educore_web"
CONTEXTS = {f"educore.{context.name}" for context in EDUCATION.contexts}
PUBLIC = {"educore", "educore.kernel", "educore.translation", "educore.values", *CONTEXTS}
"""The packages whose `__all__` the APIs and the admin may import from."""
ADAPTERS = "educore.adapters."
"""Every adapter is public, with the names in its `__all__` if it has one."""

EDGES = sorted(path for folder in ("apis", "admin") for path in (ROOT / folder).rglob("*.py"))
REST = sorted((ROOT / "rest").rglob("*.py"))


def imports_of(path: Path, package: str) -> Iterator[tuple[str, str]]:
    """Every module of a package that a file imports, with the name it imports from it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == package:
            yield from ((node.module, alias.name) for alias in node.names)
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names if alias.name.split(".")[0] == package)


def offence(module: str, name: str) -> str | None:
    """The reason why an edge may not import a name, None if it may."""
    if module == "educore" and f"educore.{name}" in CONTEXTS:
        return None
    if module not in PUBLIC and not module.startswith(ADAPTERS):
        return f"{module} is not public; export {name} from its package"
    public = getattr(import_module(module), "__all__", None)
    if public is not None and name not in public:
        return f"{module} has no public name {name}"
    return None


@each("path", EDGES)
def test_the_apis_and_the_admin_import_only_public_names(path: Path) -> None:
    offences = [offence(module, name) for module, name in imports_of(path, "educore")]
    assert [found for found in offences if found] == []


@pytest.mark.parametrize("name", [("educore.kernel.store", "Page"), ("educore.billing", "no_such_name")])
def test_a_private_name_is_an_offence(name: tuple[str, str]) -> None:
    assert offence(*name) is not None


@each("path", REST)
def test_the_rest_framework_knows_no_edge(path: Path) -> None:
    edges = tuple(f"educore_web.{room}" for room in ("apis", "admin", "public", "cli", "app", "reports", "demo"))
    assert [module for module, _ in imports_of(path, "educore_web") if module.startswith(edges)] == []


def test_no_api_imports_another() -> None:
    apis = [folder for folder in (ROOT / "apis").iterdir() if folder.is_dir() and folder.name != "__pycache__"]
    assert len(apis) > 1
    for api in apis:
        others = tuple(f"educore_web.apis.{other.name}" for other in apis if other != api)
        for path in api.rglob("*.py"):
            found = [module for module, _ in imports_of(path, "educore_web") if module.startswith(others)]
            assert found == [], f"{path} imports {found}"
