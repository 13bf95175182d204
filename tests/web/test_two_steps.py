"""What creating forbids, updating forbids too: no state is reached in two steps that is refused in one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, time
from typing import Any

import pytest

from educore import EDUCATION, Role, UnitOfWork, perform
from educore.courses import Course
from educore.groups import Group, create_group, register_student
from educore.organization import Room, close_branch, create_branch
from educore.people import Student, Teacher, register_teacher
from educore.timetable import Session
from support.cast import ROOT, Town, account
from support.parametrize import each
from support.web.client import ApiResponse, Client
from support.web.invalid_values import body_fields, is_reference, replace_value
from support.web.recipes import Place, call_operation, recipe_body
from support.web.running_platform import RunningPlatform
from support.web.system import Op
from support.web.systems import WITH_BODY

CREATIONS = [op for op in WITH_BODY if op.verb == "create" and f"{op.section}.partial_update" in op.system.ops]
DAYS = ["1900-01-01", "2023-12-31", "2024-01-05", "2024-07-01", "2200-12-31"]
NUMBERS = [-1, 0, 1, 100_000, 10_000_000]
MOST_ROWS = 15
"""No kind has more rows here, so that every one of them is tried."""


def add_rows_in_every_state(uow: UnitOfWork, town: Town) -> None:
    """Rows that others may not refer to: whatever is closed, over, away or out of use."""
    here = {"branch_id": town.branch.id, "course_id": town.course.id, "teacher_id": town.teacher.teacher_id}
    away = register_teacher(uow, account=account("Away"), branch_id=town.branch.id)
    perform(uow, Teacher, "update", away.id, {"status": "inactive"})
    for status in ("inactive", "blocked", "graduated"):
        pupil = register_student(uow, account=account(status), branch_id=town.branch.id)
        perform(uow, Student, "update", pupil.id, {"status": status})
    for status in ("inactive", "completed"):
        perform(uow, Group, "update", create_group(uow, name=status, **here).id, {"status": status})
    perform(
        uow, Room, "create", fields={"branch_id": town.branch.id, "name": "Wet", "capacity": 5, "is_available": False}
    )
    perform(uow, Course, "create", fields={"center_id": town.center.id, "name": "Latin", "is_active": False})
    chorsu = create_branch(uow, name="Chorsu", center_id=town.center.id)
    perform(uow, Room, "create", fields={"branch_id": chorsu.id, "name": "Chorsu 1", "capacity": 5})
    create_group(uow, name="Chorsu", **here | {"branch_id": chorsu.id})
    close_branch(uow, chorsu)
    stand_in(uow, town)


def stand_in(uow: UnitOfWork, town: Town) -> None:
    """Have the first teacher give a lesson of the second one's group, which is all they see of it."""
    at = {"date": date(2024, 2, 5), "start_time": time(8), "end_time": time(9)}
    perform(uow, Session, "create", fields={"group_id": town.evening.id, "teacher_id": town.teacher.teacher_id, **at})


@pytest.mark.long
@each("create", CREATIONS)
def test_what_creating_refuses_updating_refuses(create: Op, site: RunningPlatform) -> None:
    with site.platform.school.work(ROOT) as uow:
        add_rows_in_every_state(uow, site.world.tashkent)
    furnished = site.snapshot()
    for name in _one_of_each_rule(create):
        furnished()
        client, base = site.client(name), recipe_body(create, create.home(site))
        made = call_operation(client, create, body=base)
        if made.status == 201:
            with_one = site.snapshot()
            furnished()
            for field, value in list(_refused(site, client, create, base)):
                with_one()
                _must_be_refused(client, create, made, field, value)


def _one_of_each_rule(op: Op) -> list[str]:
    """One person of each role, but of the roles whose rules are the same only one."""
    policy = EDUCATION.policy(op.kind)
    rules = {
        (policy.explain(Role(role), "create"), policy.explain(Role(role), "update")): name
        for role, name in op.system.cast.people.items()
    }
    return list(rules.values())


def _refused(site: RunningPlatform, client: Client, create: Op, base: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every field with every value with which the body is refused."""
    furnished = site.snapshot()
    may_change = {field for field, *_ in body_fields(create.sibling("partial_update"))}
    for field, schema, nullable, _ in body_fields(create):
        if "." in field or field not in may_change:
            continue
        for value in [*_values(schema), *([None] if nullable else [])]:
            if call_operation(client, create, body=replace_value(base, field, value)).status >= 400:
                yield field, value
            else:
                furnished()


def _values(schema: dict[str, Any]) -> list[Any]:
    if is_reference(schema):
        return list(range(1, MOST_ROWS + 1))
    if "enum" in schema:
        return list(schema["enum"])
    by_kind = {"boolean": [True, False], "integer": NUMBERS, "number": NUMBERS}
    return DAYS if schema.get("format") == "date" else by_kind.get(schema.get("type", ""), [])


def _must_be_refused(client: Client, create: Op, made: ApiResponse, field: str, value: Any) -> None:
    """Fail if one update of the row that was made leads to what could not be made.

    An update that also changes another field, as a payment's group follows its student, leads elsewhere.
    """
    update = create.sibling("partial_update")
    answer = call_operation(client, update, id=made["id"], body={field: value})
    if answer.status < 400:
        moved = {name for name in made.body if answer.body[name] != made.body[name]} - {"updated_at"}
        own = moved & {name for name, *_ in body_fields(create)}
        assert own != {field}, f"{update} takes {field}: {json.dumps(value)}, {create} does not"


def test_a_substitute_moves_a_lesson_to_no_group_but_their_own(site: RunningPlatform) -> None:
    town, timur = site.world.tashkent, site.client("timur")
    body = recipe_body("lessons.create", Place(site, town))
    foreign = {"group": town.evening.id}
    with site.platform.school.work(ROOT) as uow:
        stand_in(uow, town)
    assert call_operation(timur, "lessons.create", body=body | foreign).status == 403
    id = call_operation(timur, "lessons.create", body=body).expect(201)["id"]
    for verb in ("partial_update", "update"):
        assert call_operation(timur, f"lessons.{verb}", id=id, body=body | foreign).status == 403
    assert call_operation(timur, "lessons.partial_update", id=id, body={"topic": "Plov"}).status == 200
    assert call_operation(site.client("dilshod"), "lessons.partial_update", id=id, body=foreign).status == 200
