"""Whoever took money, marked, graded or charged stays named: nobody who did anything is ever deleted."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import pytest
import sqlalchemy as sa

from educore import (
    EDUCATION,
    PLATFORM,
    ActedBy,
    Conflict,
    Context,
    Domain,
    Educore,
    Entity,
    OnDelete,
    Ref,
    perform,
    where,
)
from educore.adapters.sql import Database
from educore.admissions import Lead
from educore.billing import take_payment
from educore.groups import Enrollment
from educore.identity import Membership, User
from educore.kernel import is_marked, references, value_type
from educore.kernel.policy import Policy
from educore.kernel.store import Store, Transaction
from educore.messaging import Delivery
from educore.organization import Branch, Center, create_branch
from educore.people import Student
from educore.values import JsonObject
from support.cast import World
from support.plain_rows import change_row, plain, remove_row

REFERENCES = [(kind, field) for kind, field, _ in EDUCATION.referrers(User)]
ACTED = [(kind, field) for kind, field in REFERENCES if is_marked(kind, field, ActedBy)]
DUTIES = {("Branch", "manager_id"), ("Lead", "assigned_to_id")}
"""Who looks after something at present; it is somebody else's when they go."""

OWNERS = {("Guardianship", "guardian_id")}
"""Whose a row is, where they are not its user."""

VALUES: dict[type, Any] = {
    bool: False,
    int: 1,
    str: "x",
    Decimal: Decimal(5),
    date: date(2024, 1, 1),
    datetime: datetime(2024, 1, 1, 10, tzinfo=UTC),
    time: time(9),
    JsonObject: {},
}
ODD = {"month": "2024-01", "payload": "{}", "end_time": time(10), "phone": "+998901234567"}
NEEDED = {"FlagDocument": {"note": "x"}, "RewardEntry": {"points": 5}}
"""The values that a kind needs although no single field of it is required."""


def some_row(transaction: Transaction, kind: type[Entity], **given: Any) -> int:
    """The id of a new row of a kind, with whatever it needs besides what is given."""
    values = {name: _some_value(transaction, kind, name) for name in kind.model_fields if name not in given}
    values = {name: value for name, value in values.items() if value is not ...}
    return transaction.insert(kind.model_validate({**NEEDED.get(kind.__name__, {}), **values, **given, "id": 0}))


def _some_value(transaction: Transaction, kind: type[Entity], name: str) -> Any:
    info = kind.model_fields[name]
    if name == "id" or not info.is_required():
        return ...
    if reference := references(kind).get(name):
        target = EDUCATION.kinds[reference.target]
        found = transaction.find(target, where(), limit=1)
        return found[0].id if found else some_row(transaction, target)
    python, _ = value_type(kind, name)
    if name in ODD:
        return ODD[name]
    return next(iter(python)) if issubclass(python, Enum) else VALUES[python]


def acted(store: Store, kind: type[Entity], field: str, who: int) -> int:
    """Somebody did something: the id of the row that says so."""
    transaction = store.begin()
    center = transaction.find(Center, where(), order=("id",), limit=1)[0]
    id = some_row(transaction, kind, center_id=center.id, **{field: who})
    transaction.commit()
    return id


CASES = pytest.mark.parametrize(("kind", "field"), ACTED, ids=[f"{kind.__name__}.{field}" for kind, field in ACTED])


def test_every_reference_to_a_person_says_what_it_means() -> None:
    """A new one is that of somebody who acted, unless it says whose a row is or who looks after it at present."""
    other = {(kind.__name__, field) for kind, field in REFERENCES if (kind, field) not in ACTED}
    assert {(kind, field) for kind, field in other if field != "user_id"} == DUTIES | OWNERS
    assert len(ACTED) == 25
    for kind, field in ACTED:
        assert references(kind)[field].on_delete is OnDelete.REFUSE
        assert field != "user_id"


def test_a_reference_to_who_acted_that_would_be_cleared_is_refused_when_the_domain_is_built() -> None:
    class Cleared(Entity):
        user_id: Annotated[int, Ref("User", OnDelete.CLEAR), ActedBy()] | None = None

    kinds = (User, Center, Membership, Cleared)
    with pytest.raises(TypeError, match=r"Cleared\.user_id names who acted"):
        Domain(Context("cleared", entities=kinds, policies=[Policy(kind, {}) for kind in kinds]))


@CASES
def test_who_acted_is_not_deleted_and_what_is_in_the_way_is_counted(
    kind: type[Entity], field: str, school: Educore, world: World
) -> None:
    who = world.aziza
    id = acted(school.store, kind, field, who.user_id or 0)
    with pytest.raises(Conflict) as refused, school.work(world.dilshod) as uow:
        perform(uow, Membership, "delete", who.membership_id)
    problem = refused.value.fields[""][0]
    assert (problem.code, problem.params["by"]) == ("in_use", {kind.__name__: 1})
    with pytest.raises(Conflict) as refused, school.work(world.rustam) as uow:
        remove_row(uow, uow.get(User, who.user_id or 0))
    assert refused.value.fields[""][0].params["by"] == {"Membership": 1, kind.__name__: 1}
    with school.work(PLATFORM, read_only=True) as uow:
        assert getattr(uow.get(kind, id), field) == who.user_id
        assert uow.count(Membership, where(id=who.membership_id)) == 1


def test_who_did_nothing_is_deleted(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        perform(uow, Membership, "delete", world.aziza.membership_id)
    with school.work(PLATFORM, read_only=True) as uow:
        assert not uow.count(User, where(id=world.aziza.user_id))


def test_a_row_that_names_somebody_twice_is_counted_once(school: Educore, world: World) -> None:
    run = EDUCATION.kinds["ChargeRun"]
    transaction = school.store.begin()
    some_row(transaction, run, made_by_id=world.aziza.user_id, reverted_by_id=world.aziza.user_id)
    transaction.commit()
    with pytest.raises(Conflict) as refused, school.work(world.dilshod) as uow:
        perform(uow, Membership, "delete", world.aziza.membership_id)
    assert refused.value.fields[""][0].params["by"] == {"ChargeRun": 1}


@CASES
def test_no_database_clears_or_drops_who_acted(
    kind: type[Entity], field: str, filled_database: Database, world: World
) -> None:
    """Whoever deletes the person past all use cases is refused by the database itself."""
    who = world.aziza.user_id or 0
    id = acted(filled_database.store, kind, field, who)
    table, users = filled_database.tables.of(kind), filled_database.tables.of(User)
    with filled_database.engine.connect() as connection:
        connection.execute(sa.delete(filled_database.tables.of(Membership)).where(sa.text(f"user_id = {who}")))
        with pytest.raises(sa.exc.IntegrityError):
            connection.execute(sa.delete(users).where(users.c.id == who))
        connection.rollback()
        assert connection.execute(sa.select(table.c[field]).where(table.c.id == id)).scalar() == who
        connection.rollback()
        connection.execute(sa.delete(table).where(table.c.id == id))  # the control: nothing else was in the way
        connection.execute(sa.delete(filled_database.tables.of(Membership)).where(sa.text(f"user_id = {who}")))
        connection.execute(sa.delete(users).where(users.c.id == who))


def test_what_somebody_did_in_another_center_keeps_the_account_but_not_the_membership(
    school: Educore, world: World
) -> None:
    with school.work(world.rustam) as uow:
        here = uow.get(Membership, world.aziza.membership_id or 0)
        there = plain(uow, Membership).add(
            Membership, {"user_id": here.user_id, "role": here.role, "center_id": world.samarkand.center.id}
        )
        user = uow.get(User, here.user_id)
    with school.work(world.rustam) as uow:
        taken = take_payment(
            uow, student_id=world.sobir.student_id or 0, amount=Decimal(5), method="cash", paid_on=date(2024, 1, 1)
        )
        change_row(uow, taken, {"received_by_id": user.id})
    with pytest.raises(Conflict), school.work(world.davron) as uow:
        perform(uow, Membership, "delete", there.id)
    with school.work(world.dilshod) as uow:
        perform(uow, Membership, "delete", here.id)
    with school.work(PLATFORM, read_only=True) as uow:
        assert uow.get(User, user.id).first_name == "Aziza"


def test_what_somebody_did_for_no_center_keeps_the_account_but_not_the_membership(
    school: Educore, world: World
) -> None:
    transaction = school.store.begin()
    id = some_row(transaction, Delivery, sent_by_id=world.aziza.user_id)
    transaction.commit()
    with school.work(world.dilshod) as uow:
        perform(uow, Membership, "delete", world.aziza.membership_id)
    with school.work(PLATFORM, read_only=True) as uow:
        assert (uow.get(Delivery, id).center_id, uow.get(Delivery, id).sent_by_id) == (None, world.aziza.user_id)
        assert uow.get(User, world.aziza.user_id or 0).first_name == "Aziza"
        assert not uow.count(Membership, where(id=world.aziza.membership_id))


def test_duties_are_cleared_and_the_trail_says_so(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        branch = create_branch(uow, name="Yunusobod", manager_id=world.malika.user_id)
        lead = perform(
            uow,
            Lead,
            "create",
            fields={
                "branch_id": branch.id,
                "name": "Olim",
                "phone": "+998901112233",
                "assigned_to_id": world.malika.user_id,
            },
        )
    with school.work(world.rustam) as uow:
        for rating in uow.find(EDUCATION.kinds["TeacherRating"], where(rated_by_id=world.malika.user_id)):
            remove_row(uow, rating)
        perform(uow, Membership, "delete", world.malika.membership_id)
    with school.work(PLATFORM, read_only=True) as uow:
        assert uow.get(Branch, branch.id).manager_id is None
        assert uow.get(Lead, lead.id).assigned_to_id is None
        told = uow.find(
            EDUCATION.kinds["AuditEntry"], where(action="changed", kind__in=["Branch", "Lead"]), order=("id",)
        )
    assert {(entry.kind, entry.row_name) for entry in told} == {("Branch", "Yunusobod"), ("Lead", "Olim")}


def test_a_student_goes_with_their_places_and_the_trail_names_both(school: Educore, world: World) -> None:
    with school.work(world.malika) as uow:
        perform(uow, Student, "delete", world.sardor.student_id)
    with school.work(PLATFORM, read_only=True) as uow:
        assert not uow.count(Enrollment, where(student_id=world.sardor.student_id))
        told = uow.find(EDUCATION.kinds["AuditEntry"], where(action="removed"), order=("id",))
    assert [(entry.kind, entry.row_name) for entry in told] == [
        ("Enrollment", f"Sardor · {world.tashkent.morning.name}"),
        ("Student", "Sardor"),
        ("Membership", "Sardor"),
        ("User", "Sardor"),
    ]


def test_a_student_is_not_removed_past_their_places(school: Educore, world: World) -> None:
    with pytest.raises(Conflict) as refused, school.work(world.malika) as uow:
        remove_row(uow, uow.get(Student, world.sardor.student_id or 0))
    assert refused.value.fields[""][0].params["by"] == {"Enrollment": 1}
