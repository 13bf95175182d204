"""People are named alike in every answer: by first and last name, or by the user name of an account without a name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from educore import NameOf, Shape
from educore.identity import User
from educore.kernel.shape import Computed, source_of
from educore.values import APOSTROPHES
from support.parametrize import each
from support.web.recipes import call_operation, recipe_row
from support.web.running_platform import RunningPlatform
from support.web.system import Op, System
from support.web.systems import CENTER_CRM, EDUMASTER, OPS

SHOWING = [op for op in OPS if op.method == "GET" and not op.public]


def shapes(kind: type[Shape] = Shape) -> Iterator[type[Shape]]:
    for sub in kind.__subclasses__():
        yield sub
        yield from shapes(sub)


OURS = [shape for shape in shapes() if shape.__module__.startswith(("educore.", "educore_web."))]


def leaves(answer: Any, path: str = "") -> dict[str, Any]:
    """The plain values of an answer by their paths."""
    if isinstance(answer, dict | list):
        pairs = answer.items() if isinstance(answer, dict) else enumerate(answer)
        return {at: value for key, inner in pairs for at, value in leaves(inner, f"{path}/{key}").items()}
    return {path: answer}


def show(op: Op, site: RunningPlatform) -> dict[str, Any]:
    """The plain values of what an operation shows, with the rows of a list in an order in which names play no part."""
    by_id = {"ordering": "id"} if op.listing and "id" in op.listing.orderings else {}
    query = {**op.system.queries.get(op.name, {}), **by_id}
    return leaves(call_operation(site.client(op.master), op, id=recipe_row(op, op.home(site)), query=query).body)


def execute(site: RunningPlatform, statement: str, *values: str) -> None:
    with site.platform.database.engine.begin() as connection:
        connection.exec_driver_sql(statement, values)


def test_no_shape_joins_names_by_itself() -> None:
    named = [shape for shape in OURS for name in shape.model_fields if isinstance(source_of(shape, name), NameOf)]
    assert len(named) > 20
    for shape in OURS:
        for name in shape.model_fields:
            source = source_of(shape, name)
            paths = source.paths if isinstance(source, Computed) else ()
            assert not {"first_name", "last_name"} & {path.rpartition(".")[2] for path in paths}, (shape, name)


def test_answers_show_the_user_name_of_people_without_a_name(site: RunningPlatform) -> None:
    with site.platform.school.work(site.world.rustam, read_only=True) as uow:
        users = uow.find(User)
    user_names: dict[str, set[str]] = {}
    for user in users:
        user_names.setdefault(f"{user.first_name} {user.last_name}".strip() or "-", set()).add(user.username)
    shown: dict[Op, dict[str, Any]] = {}
    for op in SHOWING:
        answer = show(op, site)
        shown[op] = {path: name for path, name in answer.items() if isinstance(name, str) and name in user_names}
    execute(site, "UPDATE user_ SET first_name = '', last_name = ''")
    named = 0
    for op in SHOWING:
        answer = show(op, site)
        for path, name in shown[op].items():
            is_saved = op.section == "attendance.reports" and "/data/" in path  # a report keeps the names of its day
            if not path.endswith("/first_name") and not is_saved:
                assert answer[path] in user_names[name], (op, path)
                named += 1
    assert named > 50


@each("system, name", [(CENTER_CRM, "students.list"), (CENTER_CRM, "teachers.list"), (EDUMASTER, "users.list")])
def test_a_person_is_found_with_any_apostrophe(system: System, name: str, site: RunningPlatform) -> None:
    def search(text: str) -> list[str]:
        rows = call_operation(site.client("rustam"), system[name], query={"search": text}).results
        return [(row.get("user_info") or row)["last_name"] for row in rows]

    for stored in ("'", *APOSTROPHES):
        execute(site, "UPDATE user_ SET last_name = ?", f"Yo{stored}ldoshev")
        for typed in ("'", *APOSTROPHES):
            assert set(search(f"YO{typed}ldosh")) == {f"Yo{stored}ldoshev"}, (stored, typed)
    execute(site, "UPDATE user_ SET last_name = 'Yoldoshev'")
    assert search("yo'ldosh") == []
    assert search("yoldosh")


def test_names_are_stored_with_the_apostrophe_that_was_typed(site: RunningPlatform) -> None:
    dilshod = site.client("dilshod")
    for number, apostrophe in enumerate(("'", *APOSTROPHES)):
        room = {"branch": site.world.tashkent.branch.id, "name": f"O{apostrophe}quv {number} e\u0301", "capacity": 5}
        assert dilshod.post("/rooms/", room)["name"] == f"O{apostrophe}quv {number} é"
