"""Every operation is tried in the matrices, with a recipe that works."""

import pytest

from web import catalog
from web.recipes import BODIES, BY_NAME, ROWS, Place, carry_out
from web.running import Running

WRITES = [name for name, operation in BY_NAME.items() if operation.body is not None]


@pytest.mark.parametrize("name", BY_NAME)
def test_every_operation_has_a_recipe(name: str) -> None:
    operation = BY_NAME[name]
    assert operation.body is None or name in BODIES, f"{name} needs a body in web/recipes.py"
    assert not operation.takes_id or operation.tag in ROWS, f"{name} needs a row in web/recipes.py"


def test_no_recipe_is_left_over() -> None:
    assert set(BODIES) == set(WRITES)
    assert {name.split(".")[0] for name in ROWS} <= {operation.tag for operation in BY_NAME.values()}


@pytest.mark.parametrize("name", BY_NAME)
def test_the_recipe_works_for_an_owner(name: str, site: Running) -> None:
    owner = "dilshod" if "director" in catalog.roles(name) or name == "auth.login" else "rustam"
    answer = carry_out(site.client(owner), name, Place(site, site.world.tashkent))
    assert answer.status == BY_NAME[name].status, answer.text
