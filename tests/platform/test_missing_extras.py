"""Without an optional package, whatever needs it says which extra to install, in one line."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

import educore
import educore_web
from educore.extras import MissingExtra, needs_extra

PACKAGES = (Path(educore.__file__).parent, Path(educore_web.__file__).parent)

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DEPENDENCIES = {re.split(r"[^\w-]", line)[0].lower() for line in PROJECT["dependencies"]} | {"pydantic_core"}
PLAIN = {
    name for name, found in packages_distributions().items() if {project.lower() for project in found} & DEPENDENCIES
}
"""The packages that a plain installation has."""

BLOCKER = """
import importlib, json, sys

blocked, statements = json.loads(sys.argv[1]), json.loads(sys.argv[2])

class Blocker:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in blocked:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocker)
results = {}
for statement in statements:
    try:
        exec(statement, {})
        results[statement] = ""
    except BaseException as error:
        results[statement] = f"{type(error).__name__}: {error}"
print(json.dumps(results))
"""


def run_without(blocked: set[str], statements: list[str]) -> dict[str, str]:
    """Run each statement in a process that lacks some packages, and return its error, or "" for success."""
    command = [sys.executable, "-c", BLOCKER, json.dumps(sorted(blocked)), json.dumps(statements)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    results: dict[str, str] = json.loads(done.stdout)
    return results


def third_party_imports(package: Path) -> dict[str, set[str]]:
    """Return the packages that the modules of ours import, in functions too, with the names of those modules."""
    found: dict[str, set[str]] = {}
    for path in package.rglob("*.py"):
        if "migrations" in path.parts:  # only Alembic imports them
            continue
        module = ".".join(path.relative_to(package.parent).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for name in imported(node):
                top = name.partition(".")[0]
                if top not in sys.stdlib_module_names and top not in ("educore", "educore_web"):
                    found.setdefault(top, set()).add(module)
    return found


def imported(node: Any) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []


LIBRARY = third_party_imports(PACKAGES[0])
WEB = third_party_imports(PACKAGES[1])
OPTIONAL = LIBRARY.keys() - PLAIN


EXTRAS = {"s3": "s3", "redis": "redis", "stripe": "payments", "razorpay": "payments"}
"""The extras that modules of these names need; all others need `sql`."""


def test_the_optional_packages_of_the_library_are_known() -> None:
    assert {"sqlalchemy", "alembic", "boto3", "openpyxl"} <= OPTIONAL
    assert {
        *("sqlalchemy", "alembic", "psycopg", "boto3", "botocore", "openpyxl", "redis", "stripe", "razorpay")
    } >= OPTIONAL


def test_every_module_of_the_library_is_imported_or_names_its_extra() -> None:
    modules = sorted(
        ".".join(path.relative_to(PACKAGES[0].parent).with_suffix("").parts).removesuffix(".__init__")
        for path in PACKAGES[0].rglob("*.py")
        if "migrations" not in path.parts
    )
    results = run_without({*OPTIONAL, "psycopg"}, [f"import {module}" for module in modules])
    failed = {statement: error for statement, error in results.items() if error}
    assert {"import educore.adapters.sql", "import educore.adapters.s3"} <= failed.keys()
    assert results["import educore.kernel"] == results["import educore.adapters.spreadsheets"] == ""
    for statement, error in failed.items():
        extra = EXTRAS.get(statement.rpartition(".")[2], "sql")
        assert error.startswith("MissingExtra:"), (statement, error)
        assert f'pip install "educore[{extra}]"' in error, (statement, error)


DEEDS = {
    "from educore.adapters.spreadsheets import write_template; write_template(['a'], as_='xlsx')": ("openpyxl", "xlsx"),
    "from educore.adapters.workbooks import open_workbook; open_workbook(b'PK').__enter__()": ("openpyxl", "xlsx"),
    "from educore import EDUCATION; from educore.adapters.sql import Database; "
    "Database('postgresql://nobody@localhost/none', EDUCATION)": ("psycopg", "sql"),
    "from educore import EDUCATION; from educore.adapters.sql import Database; "
    "Database('sqlite://', EDUCATION).upgrade()": ("alembic", "sql"),
}


@pytest.mark.parametrize("statement", DEEDS)
def test_what_imports_a_package_when_it_needs_it_names_the_extra(statement: str) -> None:
    package, extra = DEEDS[statement]
    (error,) = run_without({package}, [statement]).values()
    expected = f'{package} is not installed. Install educore[{extra}]: pip install "educore[{extra}]"'
    assert error == f"MissingExtra: {expected}"


def test_the_web_part_requires_every_package_that_it_imports() -> None:
    assert WEB.keys() - PLAIN == {*educore_web.WEB_PACKAGES}


def test_without_one_of_its_packages_the_web_part_names_the_extra() -> None:
    (error,) = run_without({"rich"}, ["import educore_web.settings"]).values()
    assert error == 'MissingExtra: rich is not installed. Install educore[web]: pip install "educore[web]"'


def test_the_command_says_in_one_line_what_to_install() -> None:
    run = "import sys; sys.argv = ['educore', '--help']; from educore.__main__ import main; main()"
    (error,) = run_without({"click"}, [run]).values()
    assert error == 'SystemExit: educore: click is not installed. Install educore[web]: pip install "educore[web]"'
    done = subprocess.run([sys.executable, "-m", "educore", "--help"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage: educore")


def test_a_module_of_ours_that_is_missing_is_no_missing_extra() -> None:
    with pytest.raises(ModuleNotFoundError) as broken, needs_extra("sql"):
        raise ModuleNotFoundError(name="educore.adapters.sql.nothing")
    assert not isinstance(broken.value, MissingExtra)
    with pytest.raises(MissingExtra), needs_extra("sql"):
        raise ModuleNotFoundError(name="sqlalchemy.nothing")
