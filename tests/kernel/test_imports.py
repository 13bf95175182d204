"""What importing the library costs, what it names, and that what it names is explained."""

from __future__ import annotations

import ast
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import educore

SOURCE = Path(educore.__file__).parent
MODULES = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)


WEB = {"sqlalchemy", "alembic", "psycopg", "litestar", "starlette", "sqladmin", "msgspec", "uvicorn", "click"}
USED_BY_FEW = {
    *("jwt", "cryptography", "openpyxl", "boto3", "email_validator", "pydantic.networks", "pydantic.plugin._loader"),
    *("importlib.metadata", "urllib.request", "http.client", "smtplib", "ssl", "email.message", "asyncio"),
}
"""What takes a noticeable time to import, and is imported where it is used."""


def test_the_library_pulls_in_no_database_no_web_and_nothing_that_takes_long() -> None:
    program = "import sys\nfrom educore import *\nprint(*sys.modules)"  # the star imports every public name
    run = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)
    assert "educore.audit.context" in run.stdout.split()
    assert (WEB | USED_BY_FEW) & set(run.stdout.split()) == set()


def test_tables_need_no_mapped_classes() -> None:
    """Only the admin needs SQLAlchemy's ORM, which takes nine megabytes with the classes of all entities."""
    tables = "import sys\nfrom educore import EDUCATION\nfrom educore.adapters.sql.tables import Tables\n"
    for use, is_loaded in (("tables", False), ("classes", True)):
        program = f"{tables}Tables(EDUCATION).{use}['Group']\nprint(*sys.modules)"
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert ("sqlalchemy.orm" in run.stdout.split()) == is_loaded


def processor_seconds(program: str, environment: dict[str, str]) -> float:
    """The processor time of a new interpreter that runs a program, which other work of the machine hardly changes."""
    before = os.times()
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def test_importing_the_library_costs_less_than_twice_importing_pydantic(tmp_path: Path) -> None:
    """Contexts and validators are made on first use. The best of several runs counts."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPYCACHEPREFIX": str(tmp_path), "PYTHONPATH": str(SOURCE.parent)}
    best = dict.fromkeys(("import educore", "from pydantic import BaseModel"), math.inf)
    for _ in range(1 + 5):  # the first run compiles
        best = {program: min(seconds, processor_seconds(program, environment)) for program, seconds in best.items()}
    ours, theirs = best.values()
    assert ours <= 1.8 * theirs


@pytest.mark.parametrize(
    ("program", "is_loaded"),
    [
        ("import educore", set()),
        ("from educore.values import Phone", {"educore.values"}),
        ("from educore import Entity, Policy, UnitOfWork, where", {"educore.kernel", "educore.values"}),
        ("from educore.courses import Course", {"educore.kernel", "educore.values", "educore.courses"}),
        ("from educore import EDUCATION", {"educore.kernel", "educore.values", "educore.courses", "educore.billing"}),
    ],
)
def test_a_program_loads_only_the_parts_that_it_uses(program: str, is_loaded: set[str]) -> None:
    parts = {"educore.kernel", "educore.values", "educore.courses", "educore.billing"}
    code = f"{program}\nimport sys\nprint(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert parts & set(run.stdout.split()) == is_loaded


def test_every_kernel_file_is_read_in_one_sitting() -> None:
    sizes = {path.name: len(path.read_text().splitlines()) for path in (SOURCE / "kernel").glob("*.py")}
    assert {name: size for name, size in sizes.items() if size >= 300} == {}


def test_a_package_offers_exactly_what_it_imports() -> None:
    """Each package lists its public names once more, for type checkers; the two lists are the same."""
    for path in SOURCE.rglob("__init__.py"):
        body = ast.parse(path.read_text()).body
        offered = [ast.literal_eval(node.value) for node in body if ast.unparse(node).startswith("__all__ = ")]
        for_checkers = [part for node in body if isinstance(node, ast.If | ast.With) for part in node.body]
        imports = [node for node in (*body, *for_checkers) if isinstance(node, ast.ImportFrom) and is_ours(node)]
        imported = [alias.name for node in imports for alias in node.names]
        if offered and path.parent.name != "values":  # which defines a name of its own
            assert (path, sorted({*offered[0]} - {"__version__"})) == (path, sorted(imported))


def is_ours(node: ast.ImportFrom) -> bool:
    return (node.module or "").startswith("educore") and node.module != "educore.extras"


def test_every_public_name_is_there() -> None:
    assert [name for name in educore.__all__ if not hasattr(educore, name)] == []
    with pytest.raises(AttributeError, match="'educore' has no attribute 'Entty'"):
        educore.Entty  # type: ignore[attr-defined]  # noqa: B018 - the access is the test


def test_a_program_gets_the_names_that_type_checkers_see() -> None:
    tree = ast.parse((SOURCE / "__init__.py").read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and is_ours(node)]
    seen = {
        alias.name: getattr(import_module(str(node.module)), alias.name) for node in imports for alias in node.names
    }
    assert {name: getattr(educore, name) for name in educore.__all__ if name != "__version__"} == seen


def test_no_public_name_is_given_twice() -> None:
    assert len(set(educore.__all__)) == len(educore.__all__)


def test_every_public_class_and_function_is_explained() -> None:
    named = {name: getattr(educore, name) for name in educore.__all__}
    assert [name for name, thing in named.items() if callable(thing) and not thing.__doc__] == []


Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def public(body: list[ast.stmt]) -> Iterator[Definition]:
    """What a module or a class defines without a leading underscore."""
    for part in body:
        if isinstance(part, Definition) and not part.name.startswith("_"):
            yield part


def trees() -> dict[str, ast.Module]:
    return {str(path.relative_to(SOURCE)): ast.parse(path.read_text()) for path in MODULES}


def promised() -> set[str]:
    """The methods that a port explains, so that its adapters need not."""
    return {
        method.name
        for tree in trees().values()
        for kind in public(tree.body)
        if isinstance(kind, ast.ClassDef) and any(isinstance(b, ast.Name) and b.id == "Protocol" for b in kind.bases)
        for method in public(kind.body)
        if ast.get_docstring(method)
    }


def unexplained() -> list[str]:
    known = promised()
    missing = []
    for name, tree in trees().items():
        missing += [name] if not ast.get_docstring(tree) else []
        for part in public(tree.body):
            if any(ast.unparse(mark) == "overload" for mark in part.decorator_list):
                continue  # explained where it is implemented
            missing += [f"{name}: {part.name}"] if not ast.get_docstring(part) else []
            methods = public(part.body) if isinstance(part, ast.ClassDef) else []
            missing += [
                f"{name}: {part.name}.{method.name}"
                for method in methods
                if not ast.get_docstring(method) and method.name not in known
            ]
    return missing


def test_everything_public_is_explained() -> None:
    assert unexplained() == []


def test_every_method_of_a_port_is_explained() -> None:
    silent = [
        f"{kind.name}.{method.name}"
        for tree in trees().values()
        for kind in public(tree.body)
        if isinstance(kind, ast.ClassDef) and any(isinstance(b, ast.Name) and b.id == "Protocol" for b in kind.bases)
        for method in public(kind.body)
        if not ast.get_docstring(method)
    ]
    assert silent == []
