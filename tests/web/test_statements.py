"""How many statements each operation costs: the numbers stand in golden/statements.json.

One of them finds out who asks; a list adds one that counts and one that reads, whatever the size of the page.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from educore import Course, Room, create_group, register_student, register_teacher
from web import catalog
from web.client import Client
from web.recipes import BY_NAME, Place, body_of, call, row_of
from web.running import Running

GOLDEN = Path(__file__).parent / "golden" / "statements.json"
LISTS = [name for name, operation in BY_NAME.items() if operation.listing is not None]
MORE = 50


def _cost(site: Running, name: str) -> int:
    """The statements of an operation that succeeds."""
    site.wind_back()
    at = Place(site, site.world.tashkent)
    client = (
        site.client("dilshod" if "director" in catalog.roles(name) else "rustam")
        if name in _private()
        else site.client()
    )
    with site.statements() as seen:
        answer = call(client, name, id=row_of(name, at), body=body_of(name, at))
    assert answer.status == BY_NAME[name].status
    return len(seen)


def _private() -> set[str]:
    return {name for name, operation in BY_NAME.items() if not operation.public}


def test_the_number_of_statements_of_every_operation_is_as_agreed(
    site: Running, golden: Callable[[Path, str], None]
) -> None:
    costs = {name: _cost(site, name) for name in BY_NAME}
    golden(GOLDEN, json.dumps(costs, indent=2) + "\n")


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_three_statements(name: str, site: Running) -> None:
    assert _cost(site, name) == 3


@pytest.mark.parametrize("name", [name for name in BY_NAME if name.endswith(".retrieve")])
def test_a_row_is_two_statements(name: str, site: Running) -> None:
    assert _cost(site, name) == 2


@pytest.fixture
def crowded(site: Running) -> Running:
    """Tashkent with fifty more of everything."""
    town = site.world.tashkent
    with site.platform.school.work(site.world.dilshod) as uow:
        now = uow.ports.clock.now()
        for n in range(MORE):
            account = {"username": f"person{n}", "password": "Password 7"}
            uow.add(Course, name=f"Course {n}", created_at=now)
            uow.add(Room, branch_id=town.branch.id, name=f"Room {n}", capacity=9)
            group = create_group(
                uow, branch_id=town.branch.id, course_id=town.course.id, name=f"Group {n}", start_date=date(2024, 1, 1)
            )
            register_student(uow, account=account, branch_id=town.branch.id, group_id=group.id)
            register_teacher(uow, account=account | {"username": f"teacher{n}"}, branch_id=town.branch.id)
    return site


@pytest.mark.parametrize("who", ["rustam", "dilshod", "timur", "sardor"])
def test_neither_the_size_of_the_page_nor_the_number_of_rows_costs_a_statement(who: str, crowded: Running) -> None:
    client: Client = crowded.client(who)
    for name in LISTS:
        costs = set()
        for query in ({}, {"page_size": 1}, {"page_size": 100}, {"search": "a"}, {"ordering": "-id", "page_size": 50}):
            with crowded.statements() as seen:
                answer = call(client, name, query=query)
            costs.add((answer.status, len(seen)))
        assert costs in ({(200, 3)}, {(403, 1)}), name


def test_what_concerns_one_row_costs_the_same_among_many(crowded: Running) -> None:
    agreed = json.loads(GOLDEN.read_text(encoding="utf-8"))
    at = Place(crowded, crowded.world.tashkent)
    for name in ("groups.retrieve", "students.retrieve", "groups.statistics", "groups.update", "students.assign_group"):
        with crowded.statements() as seen:
            call(crowded.client("dilshod"), name, id=row_of(name, at), body=body_of(name, at)).expect(200)
        assert len(seen) == agreed[name], name


def test_nobody_costs_nothing(site: Running) -> None:
    with site.statements() as seen:
        for name in _private():
            assert call(site.client(), name, id=1, body={}).status == 401
    assert seen == []


def test_values_never_stand_in_the_text_of_a_statement(site: Running) -> None:
    with site.statements() as seen:
        site.client("dilshod").get("/students/", search="Robert'); DROP TABLE students", ordering="-id", branch=424242)
    assert seen
    assert not [text for text in seen if "Robert" in text or "424242" in text]
