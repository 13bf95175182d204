"""What importing the library costs, what it names, and that what it names is explained."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

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
    program = "import sys, educore; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)
    assert (WEB | USED_BY_FEW) & set(run.stdout.split()) == set()


def test_every_kernel_file_is_read_in_one_sitting() -> None:
    sizes = {path.name: len(path.read_text().splitlines()) for path in (SOURCE / "kernel").glob("*.py")}
    assert {name: size for name, size in sizes.items() if size >= 300} == {}


def test_a_package_offers_exactly_what_it_imports() -> None:
    """Each package lists its public names once more, for type checkers; the two lists are the same."""
    for path in SOURCE.rglob("__init__.py"):
        body = ast.parse(path.read_text()).body
        offered = [ast.literal_eval(node.value) for node in body if ast.unparse(node).startswith("__all__ = ")]
        imported = [alias.name for node in body if isinstance(node, ast.ImportFrom) for alias in node.names]
        if offered and path.parent.name != "values":  # which defines a name of its own
            assert (path, sorted({*offered[0]} - {"__version__"})) == (path, sorted(imported))


def test_every_public_name_is_there() -> None:
    assert [name for name in educore.__all__ if not hasattr(educore, name)] == []


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
