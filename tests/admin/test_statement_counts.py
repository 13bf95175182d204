"""The statements of the pages that staff open most: they may fall, and never rise."""

from __future__ import annotations

from typing import Any

import pytest

from support.statement_counts import record_statements

BUDGETS = {
    "/student/list": 4,
    "/student/list?search=ali": 4,
    "/student/list?branch_id={branch}&sortBy=branch": 5,
    "/student/details/{student}": 3,
    "/student/edit/{student}": 7,
    "/student/export/csv": 3,
    "/student/action/block?pks={student}": 4,
    "/student/ajax/lookup?form=list&name=group_id&term=reg": 3,
    "/payment/list": 4,
    "/payment/details/{payment}": 4,
    "/payment/edit/{payment}": 5,
    "/payment/export/csv": 3,
    "/group/list": 5,
    "/group/details/{group}": 3,
    "/group/edit/{group}": 7,
    "/group/export/csv": 3,
}
"""The most statements of each page. The first two check the sign-in and read the header."""


@pytest.mark.parametrize("path", BUDGETS)
def test_a_page_takes_no_more_statements_than_its_budget(director: Any, world: Any, office: Any, path: str) -> None:
    place = world.registon
    address = path.format(
        branch=place.branch, student=place.student, group=place.group, payment=office.registon.payment
    )
    director.get(address)
    with record_statements(world.database.engine) as run:
        assert director.get(address).status_code == 200
    assert len(run) <= BUDGETS[path], "\n".join(run)
