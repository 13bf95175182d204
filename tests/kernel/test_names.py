"""Names and docstrings that a newcomer understands: one name has one meaning, and no docstring begins like a riddle."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import educore
import educore_web

EDUCORE, EDUCORE_WEB = Path(educore.__file__).parent, Path(educore_web.__file__).parent

ONE_IN_EACH = {"log", "POLICIES", "CONTEXT"}
"""Each module that writes to the log, and each context, has one."""
RIDDLES = ("What", "How", "Who", "Whose", "Whoever", "Whatever", "Where", "Which", "Whether", "When")


def modules(root: Path) -> list[Path]:
    """The modules of a package, without migrations."""
    return [path for path in sorted(root.rglob("*.py")) if "versions" not in path.parts]


def defined(path: Path) -> Iterator[str]:
    """The public classes, functions and constants of a module; type variables are no constants."""
    for node in ast.parse(path.read_text()).body:
        names: list[ast.expr] = []
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from [] if node.name.startswith("_") else [node.name]
        elif isinstance(node, ast.AnnAssign):
            names = [node.target]
        elif isinstance(node, ast.Assign) and not is_type_variable(node.value):
            names = [part for t in node.targets for part in (t.elts if isinstance(t, ast.Tuple) else [t])]
        yield from (name.id for name in names if isinstance(name, ast.Name) and not name.id.startswith("_"))


def is_type_variable(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "TypeVar"


def test_no_public_name_is_defined_in_two_modules() -> None:
    places: defaultdict[str, set[str]] = defaultdict(set)
    for path in modules(EDUCORE):
        for name in defined(path):
            places[name].add(str(path.relative_to(EDUCORE)))
    double = {name: found for name, found in places.items() if len(found) > 1 and name not in ONE_IN_EACH}
    assert double == {}


def riddles(path: Path) -> Iterator[str]:
    """The first words of docstrings, also of constants and fields, that begin with an interrogative word."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))) if text.split()[:1]:
                first, *others = text.split()
                if first.rstrip(",.") in RIDDLES:
                    yield f"{path.name}: {' '.join([first, *others[:3]])} ..."


def test_no_docstring_begins_like_a_riddle() -> None:
    paths = [*modules(EDUCORE), *modules(EDUCORE_WEB)]
    assert [found for path in paths for found in riddles(path)] == []


def test_the_checks_see_what_they_are_to_refuse(tmp_path: Path) -> None:
    module = tmp_path / "odd.py"
    module.write_text(
        '"""How it is."""\nA = B = 1\n"""Who."""\nT = TypeVar("T")\n_C = 2\n\n\ndef d():\n    """Which one."""\n'
    )
    assert list(defined(module)) == ["A", "B", "d"]
    assert list(riddles(module)) == ["odd.py: How it is. ...", "odd.py: Who. ...", "odd.py: Which one. ..."]
