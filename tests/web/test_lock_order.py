"""Every use case with the mark `locks_row` locks its row before any other row: so the edges may lock it at once."""

from __future__ import annotations

from typing import Any

import pytest

from educore import EDUCATION, Entity, UnitOfWork, Where, everything
from educore.adapters.sql.store import SqlTransaction
from educore.billing import Payment
from educore.kernel.actions import is_row_locked_first
from support.web.recipes import Place, call_operation, recipe_body, recipe_row
from support.web.running_platform import RunningPlatform
from support.web.systems import OPS

Lock = tuple[str, frozenset[int]]

LOCKED_FIRST = [
    op
    for op in OPS
    if op.kind is not None
    and op.has_path_id
    and not op.is_read_only
    and op.performs_action
    and is_row_locked_first(EDUCATION, op.kind, op.action)
]
"""The operations whose row is locked when it is first read."""

NOT_TRIED = {
    *(("Assignment", "grade"), ("Delivery", "requeue"), ("Exam", "record_results"), ("User", "update")),
    ("Center", "configure"),
    ("Assessment", "update"),
}
"""Marked actions that no API offers, and one whose path has no id; each is a few lines that lock first."""


@pytest.fixture
def locks(monkeypatch: pytest.MonkeyPatch) -> list[Lock]:
    """The rows that are locked or written in the meantime, while the edges themselves lock nothing."""
    seen: list[Lock] = []

    def get_unlocked(uow: UnitOfWork, kind: type[Any], action: str, id: int, *, only: Where = everything) -> Any:
        return uow.get(kind, id, to=action, only=only)

    monkeypatch.setattr("educore.kernel.actions.get_to_perform", get_unlocked)
    monkeypatch.setattr("educore_web.rest.execution.get_to_perform", get_unlocked)
    find, update, update_all = SqlTransaction.find, SqlTransaction.update, SqlTransaction.update_all
    delete, set_all = SqlTransaction.delete, SqlTransaction.set

    def find_and_tell(self: SqlTransaction, kind: type[Entity], condition: Where, **how: Any) -> Any:
        found = find(self, kind, condition, **how)
        if how.get("lock") and found:
            seen.append((kind.__name__, frozenset(row.id for row in found)))
        return found

    def update_and_tell(self: SqlTransaction, entity: Entity, fields: list[str]) -> None:
        seen.append((type(entity).__name__, frozenset((entity.id,))))
        update(self, entity, fields)

    def update_all_and_tell(self: SqlTransaction, entities: Any) -> None:
        seen.extend((type(entity).__name__, frozenset((entity.id,))) for entity in entities)
        update_all(self, entities)

    def delete_and_tell(self: SqlTransaction, kind: type[Entity], condition: Where) -> int:
        seen.append((kind.__name__, frozenset()))
        return delete(self, kind, condition)

    def set_and_tell(self: SqlTransaction, kind: type[Entity], condition: Where, values: Any) -> int:
        seen.append((kind.__name__, frozenset()))
        return set_all(self, kind, condition, values)

    monkeypatch.setattr(SqlTransaction, "find", find_and_tell)
    monkeypatch.setattr(SqlTransaction, "update", update_and_tell)
    monkeypatch.setattr(SqlTransaction, "update_all", update_all_and_tell)
    monkeypatch.setattr(SqlTransaction, "delete", delete_and_tell)
    monkeypatch.setattr(SqlTransaction, "set", set_and_tell)
    return seen


def test_a_marked_action_locks_its_row_before_any_other(site: RunningPlatform, locks: list[Lock]) -> None:
    wrong = {}
    for op in LOCKED_FIRST:
        site.reset()
        at = op.home(site)
        id, body = recipe_row(op, at), recipe_body(op, at)
        client = site.client(op.owner)
        locks.clear()
        call_operation(client, op, id=id, body=body).expect(op.status)
        expected = {(op.kind.__name__, frozenset((id,)))} if op.lookup_field == "id" else None
        if locks and (locks[0] not in expected if expected else locks[0][0] != op.kind.__name__):
            wrong[str(op)] = locks[:2]
    assert wrong == {}


def test_every_marked_action_is_tried() -> None:
    marked = {(kind, action) for (kind, action), run in EDUCATION.actions.items() if hasattr(run, "locks_row")}
    names = {(kind.__name__, action) for kind, action in marked}
    assert names - {(op.kind.__name__, op.action) for op in LOCKED_FIRST} == NOT_TRIED


def test_an_action_that_locks_other_rows_first_has_no_mark(site: RunningPlatform, locks: list[Lock]) -> None:
    """The control: a payment is changed after its student is locked, and the spy sees it."""
    at = Place(site, site.world.tashkent)
    id, body = recipe_row("payments.partial_update", at), recipe_body("payments.partial_update", at)
    client = site.client("dilshod")
    locks.clear()
    call_operation(client, "payments.partial_update", id=id, body=body).expect(200)
    assert [name for name, _ in locks][:2] == ["Student", "Payment"]
    assert not is_row_locked_first(EDUCATION, Payment, "update")
