"""How many statements each operation costs: the numbers stand in golden/<api>_statements.json.

One of them finds out who asks; a list adds one that counts and one that reads, whatever the size of the page.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median

import pytest

from educore.courses import Course
from educore.groups import create_group, register_student
from educore.organization import Room
from educore.people import register_teacher
from support.parametrize import each
from support.web.recipes import Place, call_operation, recipe_body, recipe_row
from support.web.running_platform import RunningPlatform
from support.web.system import ROOT_NAME, Op, System
from support.web.systems import CENTER_CRM, EDUMASTER, LISTS, MADRASTI, OPS, PAGED, PRIVATE, SYSTEMS

GOLDEN = Path(__file__).parent / "golden"
MORE = 50


def _statements(site: RunningPlatform, op: Op) -> list[str]:
    """The statements of an operation that succeeds."""
    site.reset()
    at = op.home(site)
    client = site.client() if op.public else site.client(op.owner)
    with site.statements() as seen:
        answer = call_operation(client, op, id=recipe_row(op, at), body=recipe_body(op, at))
    assert answer.status == op.status
    return seen


def _cost(site: RunningPlatform, op: Op) -> int:
    return len(_statements(site, op))


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_number_of_statements_of_every_operation_is_as_agreed(
    system: System, site: RunningPlatform, golden: Callable[[Path, str], None]
) -> None:
    costs = {op.name: _cost(site, op) for op in system}
    golden(GOLDEN / f"{system.name}_statements.json", json.dumps(costs, indent=2) + "\n")


AUDIT = ("audit_head", "audit_entry")
NEW_CHAIN = {"center_crm:centers.create": 3}
"""Statements that create the chain of a new Center."""
TARGETS = {
    "center_crm:students.create": 20,
    "center_crm:groups.update": 5,
    "center_crm:groups.partial_update": 5,
    "center_crm:students.partial_update": 5,
}
"""The most that these operations may cost, without the audit trail."""
MEDIANS = {CENTER_CRM: 4, EDUMASTER: 4, MADRASTI: 6}
"""The most for the median over the operations of an API: it was 6 while each use case read every row again.

Half of Madrasti's operations read reports, registers, homework and their figures, which costs a statement for each
figure.
"""


def _audit_cost(seen: list[str]) -> int:
    """The statements of the audit trail: those about its tables, and the one before them that reads all names."""
    about_the_trail = [text for text in seen if any(table in text for table in AUDIT)]
    return len(about_the_trail) + bool(about_the_trail)


def test_the_audit_trail_costs_four_statements_and_the_rest_keeps_its_targets(site: RunningPlatform) -> None:
    rest: dict[str, int] = {}
    for op in OPS:
        seen = _statements(site, op)
        audit = _audit_cost(seen)
        assert audit <= 4 + NEW_CHAIN.get(str(op), 0), op
        rest[str(op)] = len(seen) - audit
    assert {name: rest[name] for name in TARGETS if rest[name] > TARGETS[name]} == {}
    for system, most in MEDIANS.items():
        assert median(rest[str(op)] for op in system) <= most, system


OTHERWISE = {"homework.questions.list": 6}
"""The statements of lists that students and parents see in another way: here as papers show questions."""


@each("op", PAGED)
def test_a_list_is_three_statements_and_one_for_each_list_in_its_rows(op: Op, site: RunningPlatform) -> None:
    assert _cost(site, op) == 3 + op.has_path_id + op.extra_statements


@each("op", [op for op in OPS if op.verb == "retrieve"])
def test_a_row_is_two_statements_and_another_where_it_is_called_by_another_id(op: Op, site: RunningPlatform) -> None:
    assert _cost(site, op) == 2 + (op.lookup_field != "id") + op.extra_statements


@pytest.fixture
def crowded(site: RunningPlatform) -> RunningPlatform:
    """Tashkent with fifty more of everything."""
    town = site.world.tashkent
    with site.platform.school.work(site.world.dilshod) as uow:
        now = uow.ports.clock.now()
        for n in range(MORE):
            account = {"username": f"person{n}", "password": "Password 7"}
            uow.add(Course, {"name": f"Course {n}", "created_at": now})
            uow.add(Room, {"branch_id": town.branch.id, "name": f"Room {n}", "capacity": 9})
            group = create_group(
                uow, branch_id=town.branch.id, course_id=town.course.id, name=f"Group {n}", start_date=date(2024, 1, 1)
            )
            register_student(uow, account=account, branch_id=town.branch.id, group_id=group.id)
            register_teacher(uow, account=account | {"username": f"teacher{n}"}, branch_id=town.branch.id)
    return site


def test_neither_the_size_of_the_page_nor_the_number_of_rows_costs_a_statement(crowded: RunningPlatform) -> None:
    asked = [(op, who) for op in LISTS for who in (ROOT_NAME, *op.system.cast.typical)]
    for op, who in asked:
        client = crowded.client(who)
        costs: dict[bool, set[tuple[int, int]]] = {True: set(), False: set()}  # of pages with rows, and of empty ones
        if op.leaves_trace:  # which the first look does
            call_operation(client, op)
        for query in ({}, {"page_size": 1}, {"page_size": 100}, {"search": "a"}, {"ordering": "-id", "page_size": 50}):
            with crowded.statements() as seen:
                answer = call_operation(client, op, query=query)
            costs[bool(answer.status == 200 and answer["count"])].add((answer.status, len(seen)))
        usual = [(200, 3 + more) for more in range(op.extra_statements + 1)]  # a list in a row may be closed to a role
        full, empty = costs[True], costs[False]
        assert len(full or empty) == 1, op.name
        assert not full or max(empty, default=(0, 0)) <= max(full), op.name  # an empty page has no lists in its rows
        usual += [(200, OTHERWISE[op.name])] if op.name in OTHERWISE else []
        assert (full or empty) <= {*usual, (200, 1), (403, 1)}, op.name  # one: the role never sees such rows


def test_what_concerns_one_row_costs_the_same_among_many(crowded: RunningPlatform) -> None:
    agreed = json.loads((GOLDEN / "center_crm_statements.json").read_text(encoding="utf-8"))
    at = Place(crowded, crowded.world.tashkent)
    for name in ("groups.retrieve", "students.retrieve", "groups.statistics", "groups.update", "students.assign_group"):
        with crowded.statements() as seen:
            call_operation(crowded.client("dilshod"), name, id=recipe_row(name, at), body=recipe_body(name, at)).expect(
                200
            )
        assert len(seen) == agreed[name], name


def test_nobody_costs_nothing(site: RunningPlatform) -> None:
    with site.statements() as seen:
        for op in PRIVATE:
            assert call_operation(site.client(), op, id=1, body={}).status == 401
    assert seen == []


def test_values_never_stand_in_the_text_of_a_statement(site: RunningPlatform) -> None:
    with site.statements() as seen:
        site.client("dilshod").get("/students/", search="Robert'); DROP TABLE students", ordering="-id", branch=424242)
    assert seen
    assert not [text for text in seen if "Robert" in text or "424242" in text]
