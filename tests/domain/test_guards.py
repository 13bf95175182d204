"""Rules of later contexts about a Center hold whoever changes it: the use case, the action by name, the plain verbs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest

from educore import Educore, Invalid, UnitOfWork, perform
from educore.billing import issue_invoice
from educore.organization import Center, change_center
from educore.timetable import schedule_session
from support.cast import World
from support.plain_rows import change_row, plain
from support.refusals import problem_codes

Write = Callable[..., object]

WRITES: dict[str, Write] = {
    "use case": change_center,
    "perform": lambda uow, center, **fields: perform(uow, Center, "update", center.id, fields),
    "change": lambda uow, center, **fields: change_row(uow, center, fields),
    "change_each": lambda uow, center, **fields: plain(uow, Center, "update").change_each(Center, {center.id: fields}),
}


def invoice(uow: UnitOfWork, world: World) -> None:
    issue_invoice(uow, student_id=world.sardor.student_id or 0, amount=Decimal(100), due_date=date(2024, 2, 1))


def lesson(uow: UnitOfWork, world: World) -> None:
    group = world.tashkent.morning.id
    schedule_session(uow, group_id=group, date=date(2024, 1, 8), start_time=time(9), end_time=time(10, 30))


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize(
    ("prepare", "fields", "code"),
    [(invoice, {"currency": "USD"}, "cannot_change"), (lesson, {"time_zone": "Asia/Tokyo"}, "time_zone_in_use")],
    ids=["currency", "time zone"],
)
def test_no_way_of_changing_a_center_misses_the_rules_of_later_contexts(
    school_in_memory: Educore,
    world: World,
    write: Write,
    prepare: Callable[[UnitOfWork, World], None],
    fields: dict[str, Any],
    code: str,
) -> None:
    center = world.tashkent.center
    with school_in_memory.work(world.rustam) as uow:
        write(uow, center, **fields)  # nothing depends on it yet
        write(uow, center, **{name: getattr(center, name) for name in fields})
    with school_in_memory.work(world.dilshod) as uow:
        prepare(uow, world)
    with pytest.raises(Invalid) as refused, school_in_memory.work(world.rustam) as uow:
        write(uow, center, **fields)
    assert problem_codes(refused.value) == {name: [code] for name in fields}
    with school_in_memory.work(world.rustam) as uow:
        write(uow, center, name="Academy")
        assert uow.get(Center, center.id).name == "Academy"
