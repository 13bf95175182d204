"""Every operation is tried in the matrices, with a recipe that works."""

import pytest

from support.parametrize import each
from support.web.recipes import call_recipe
from support.web.running_platform import RunningPlatform
from support.web.system import Op, System
from support.web.systems import OPS, SYSTEMS


@each("op", OPS)
def test_every_operation_has_a_recipe(op: Op) -> None:
    recipes = f"web/systems/{op.system.name}.py"
    assert op.body is None or op.name in op.system.bodies, f"{op} needs a body in {recipes}"
    assert not op.has_path_id or op.section in op.system.rows, f"{op} needs a row in {recipes}"


@pytest.mark.parametrize("system", SYSTEMS)
def test_no_recipe_is_left_over(system: System) -> None:
    assert set(system.bodies) == {op.name for op in system if op.body is not None}
    sections = {op.section for op in system}
    assert {name if name in sections else name.rpartition(".")[0] for name in system.rows} <= sections


@each("op", OPS)
def test_the_recipe_works_for_an_owner(op: Op, site: RunningPlatform) -> None:
    answer = call_recipe(site.client(op.owner), op, op.home(site))
    assert answer.status == op.status, answer.text
