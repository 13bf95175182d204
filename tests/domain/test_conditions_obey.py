"""Conditions, orders, counts and sums obey the policies of what they reach, for every restricted field and every role.

Each test asks as everybody, and compares the answer with one that is computed from what that person may read. Rustam,
who may read everything, is the positive control: for him the same question finds what the others must not find.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import pytest

import educore
from educore import ANONYMOUS, EDUCATION, Actor, Count, Educore, Entity, Role, Shape, Sum, UnitOfWork, everything, where
from educore.billing import Payment, take_payment
from educore.groups import Enrollment, Group
from educore.identity import Membership, User
from educore.kernel import references, value_type
from educore.kernel.conditions import COMPARE
from educore.kernel.entity import is_tenant_owned
from educore.organization import Center
from educore.people import Student, Teacher
from support.attempt_rows import sit_attempts
from support.cast import ROOT, World
from support.restricted_values import restricted_value

RESTRICTED = [(kind, field) for kind, policy in EDUCATION.policies.items() for field in policy.restricted_fields]


@pytest.fixture
def values(school: Educore, world: World) -> None:
    """A different value in every restricted field of every row, but none in the last row."""
    with school.work(ROOT) as uow:
        for town in (world.tashkent, world.samarkand):
            sit_attempts(uow, town)
    transaction = school.store.begin()
    for kind, field in RESTRICTED:
        rows = transaction.find(kind, everything)
        for row in rows:
            value = restricted_value(kind, field, row.id)
            transaction.update(row.model_copy(update={field: None if row is rows[-1] else value}), [field])
    transaction.commit()


def everybody(world: World) -> Iterator[tuple[str, Actor]]:
    """A person of every role, whether there are such people or not; the superadmin comes first."""
    yield "rustam", world.rustam
    yield from ((role.value, world.tashkent.actor(role)) for role in Role if role is not Role.SUPERADMIN)
    yield "tamara", world.tamara
    yield "nobody", ANONYMOUS


def stored(school: Educore, kind: type[Entity]) -> dict[int, Entity]:
    """All rows as they are stored, by id."""
    transaction = school.store.begin(read_only=True)
    rows = {row.id: row for row in transaction.find(kind, everything)}
    transaction.rollback()
    return rows


def readable(uow: UnitOfWork, kind: type[Entity], field: str, row: Entity) -> Any:
    """The value of a field of a stored row if the actor may read it, else None."""
    return getattr(row, field) if EDUCATION.policy(kind).visibility(uow.actor, field).holds(row) else None


def comparisons(rows: dict[int, Entity], field: str) -> Iterator[tuple[str, Any]]:
    """Attempts to learn the values by bisection, and to learn whether there is one."""
    known = known_values(rows, field)
    for value in (known[0], known[len(known) // 2], known[-1]):
        yield from (("eq", value), ("gte", value), ("lte", value), ("in", frozenset({value, None})))
    yield "isnull", False
    if isinstance(known[0], str):
        yield "icontains", known[0][2:]


def first_comparisons(rows: dict[int, Entity], field: str) -> Iterator[tuple[str, Any]]:
    """One attempt to learn a value, and one to learn whether there is one."""
    known = known_values(rows, field)
    yield from (("eq", known[len(known) // 2]), ("isnull", False))


def known_values(rows: dict[int, Entity], field: str) -> list[Any]:
    """The values that rows have in a field, in order."""
    return sorted({getattr(row, field) for row in rows.values()} - {None})


@pytest.mark.parametrize(("kind", "field"), RESTRICTED)
def test_a_comparison_finds_only_values_that_the_actor_may_read(
    values: None, school: Educore, world: World, kind: type[Entity], field: str
) -> None:
    rows = stored(school, kind)
    for name, person in everybody(world):
        with school.work(person, read_only=True) as uow:
            shown = {row.id: getattr(row, field) for row in uow.find(kind)}
            for operator, value in comparisons(rows, field):
                condition = where(**{f"{field}__{operator}": value})
                expected = {id for id, seen in shown.items() if COMPARE[operator](seen, value)}
                question = f"{name}: {kind.__name__} where {condition}"
                assert {row.id for row in uow.find(kind, condition)} == expected, question
                assert uow.count(kind, condition) == len(expected), question
                assert sum(uow.count_by(kind, "id", condition).values()) == len(expected), question
                without = where(**{f"{field}__isnull": True}) | condition
                assert {row.id for row in uow.find(kind, without)} <= shown.keys(), question
            missing = uow.find(kind, where(**{f"{field}__isnull": True}))
            assert all(getattr(rows[row.id], field) is None for row in missing), f"{name} sees who has no {field}"
            if name == "rustam":
                assert missing, "the positive control finds the row without a value"


@pytest.mark.parametrize(("kind", "field"), RESTRICTED)
def test_a_path_forward_compares_only_values_that_the_actor_may_read(
    values: None, school: Educore, world: World, kind: type[Entity], field: str
) -> None:
    """Every reference to the kind is tried, and the first of them with every comparison."""
    rows, hits = stored(school, kind), 0
    some, every = list(first_comparisons(rows, field)), list(comparisons(rows, field))
    for name, person in everybody(world):
        with school.work(person, read_only=True) as uow:
            known = {id: readable(uow, kind, field, row) for id, row in rows.items()}
            for number, (other, reference, _) in enumerate(EDUCATION.referrers(kind)):
                step = reference.removesuffix("_id")
                visible = {row.id: getattr(row, reference) for row in uow.find(other)}
                for operator, value in some if number else every:
                    meets = {id for id, seen in known.items() if COMPARE[operator](seen, value)}
                    inner = where(**{f"{field}__{operator}": value})
                    for condition in (
                        where(**{f"{step}__{field}__{operator}": value}),
                        where(**{f"{step}__has": inner}),
                    ):
                        expected = {id for id, target in visible.items() if target in meets}
                        found = {row.id for row in uow.find(other, condition)}
                        assert found == expected, f"{name}: {other.__name__} where {condition}"
                        hits += len(found) if name == "rustam" else 0
                    lacking = {id for id, target in visible.items() if target not in meets}
                    found = {row.id for row in uow.find(other, where(**{f"{step}__lacks": inner}))}
                    assert found == lacking, f"{name}: {other.__name__} where {step} lacks {inner}"
    assert hits, "the superadmin finds rows by these comparisons"


@pytest.mark.parametrize(("kind", "field"), RESTRICTED)
def test_a_path_backward_meets_only_rows_and_values_that_the_actor_may_read(
    values: None, school: Educore, world: World, kind: type[Entity], field: str
) -> None:
    rows, hits = stored(school, kind), 0
    for reference, mark in references(kind).items():
        root = EDUCATION.kinds[mark.target]
        if sum(other is kind for other, _, _ in EDUCATION.referrers(root)) != 1:
            continue
        for name, person in everybody(world):
            with school.work(person, read_only=True) as uow:
                visible, met = {row.id for row in uow.find(root)}, [rows[row.id] for row in uow.find(kind)]
                known = [(getattr(row, reference), readable(uow, kind, field, row)) for row in met]
                for operator, value in comparisons(rows, field):
                    pointing = {target for target, seen in known if COMPARE[operator](seen, value)}
                    inner = where(**{f"{field}__{operator}": value})
                    along = where(**{f"{kind.__name__}__{field}__{operator}": value})
                    for condition in (along, where(**{f"{kind.__name__}__has": inner})):
                        found = {row.id for row in uow.find(root, condition)}
                        assert found == visible & pointing, f"{name}: {root.__name__} where {condition}"
                        hits += len(found) if name == "rustam" else 0
                    found = {row.id for row in uow.find(root, where(**{f"{kind.__name__}__lacks": inner}))}
                    assert found == visible - pointing, f"{name}: {root.__name__} lacks {kind.__name__} {inner}"
    assert hits, "the superadmin finds rows by these comparisons"


@pytest.mark.parametrize(("kind", "field"), RESTRICTED)
def test_an_order_tells_nothing_about_values_that_the_actor_may_not_read(
    values: None, school: Educore, world: World, kind: type[Entity], field: str
) -> None:
    shape: Any = type("Ids", (Shape,), {"__annotations__": {"id": int}, "__doc__": "Ids."}, of=kind)
    for name, person in everybody(world):
        with school.work(person, read_only=True) as uow:
            shown = {row.id: getattr(row, field) for row in uow.find(kind)}
            for key, sign in ((field, 1), (f"-{field}", -1)):
                with_value = sorted((id for id, value in shown.items() if value is not None), key=shown.__getitem__)
                expected = with_value[::sign] + [id for id in sorted(shown) if shown[id] is None]
                assert [row.id for row in uow.find(kind, order=(key,))] == expected, f"{name}: {key}"
                assert [row["id"] for row in uow.select(shape, order=(key,))] == expected, f"{name}: {key}"
                if len(expected) > 1:
                    assert [row.id for row in uow.find(kind, order=(key,), limit=1, offset=1)] == expected[1:2]


@pytest.mark.parametrize(("kind", "field"), RESTRICTED)
def test_numbers_are_of_values_that_the_actor_may_read(
    values: None, school: Educore, world: World, kind: type[Entity], field: str
) -> None:
    for name, person in everybody(world):
        with school.work(person, read_only=True) as uow:
            shown = [getattr(row, field) for row in uow.find(kind)]
            known = {value for value in shown if value is not None}
            assert uow.count_by(kind, field).keys() - {None} == known, name
            if value_type(kind, field)[0] is Decimal:
                assert uow.sum(kind, field) == sum(known), name


# -- counts and sums in shapes -------------------------------------------------------------------------


class UserNumbers(Shape, of=User):
    """Numbers of rows of several Centers that point at one person."""

    id: int
    students: Annotated[int, Count("Student")]
    rates: Annotated[Decimal, Sum("Teacher", "hourly_rate")]
    members: Annotated[int, Count("Membership", where(is_blocked=False))]


class CenterNumbers(Shape, of=Center):
    """Numbers of a Center."""

    id: int
    payments: Annotated[int, Count("Payment")]
    rates: Annotated[Decimal, Sum("Teacher", "hourly_rate")]
    well_paid: Annotated[int, Count("Teacher", where(hourly_rate__gte=1))]


class GroupNumbers(Shape, of=Group):
    """The number of places taken, which every reader of the group may know."""

    id: int
    seats: Annotated[int, Count("Enrollment")]


def test_numbers_of_rows_of_any_center_are_of_the_actors_own_and_of_values_they_may_read(
    values: None, school: Educore, world: World
) -> None:
    rows = {kind: stored(school, kind).values() for kind in (Teacher, Student, Membership, Payment)}
    for name, person in everybody(world):
        with school.work(person, read_only=True) as uow:

            def own(kind: type[Entity], **equal: Any) -> list[Any]:
                met = None if uow.actor.center_id else {row.id for row in uow.find(kind)}
                found = [row for row in rows[kind] if all(getattr(row, n) == value for n, value in equal.items())]
                return [r for r in found if (r.center_id == uow.actor.center_id if met is None else r.id in met)]

            for shape, link in ((UserNumbers, "user_id"), (CenterNumbers, "center_id")):
                for row in uow.select(shape):
                    of_row = {link: row["id"]}
                    rates = [readable(uow, Teacher, "hourly_rate", one) or 0 for one in own(Teacher, **of_row)]
                    assert row["rates"] == sum(rates), f"{name}: {row}"
                    if shape is UserNumbers:
                        assert row["students"] == len(own(Student, **of_row)), f"{name}: {row}"
                        assert row["members"] == len(own(Membership, is_blocked=False, **of_row)), f"{name}: {row}"
                    else:
                        assert row["payments"] == len(own(Payment, **of_row)), f"{name}: {row}"
                        assert row["well_paid"] == sum(rate >= 1 for rate in rates), f"{name}: {row}"
    with school.work(world.rustam, read_only=True) as uow:
        assert all(row["rates"] for row in uow.select(CenterNumbers)), "the superadmin is told both sums"


def test_a_count_inside_a_center_is_whole_for_every_reader(school: Educore, world: World) -> None:
    with school.work(world.sardor, read_only=True) as uow:
        (group,) = uow.select(GroupNumbers)
        assert (group["seats"], uow.count(Enrollment)) == (2, 1)


def test_rows_of_a_center_refer_only_to_rows_of_the_same_center(school: Educore, world: World) -> None:
    """Why a count inside a Center needs no scope: the other Center's rows cannot be named, not even by the platform."""
    inside = [
        (kind, field)
        for kind in EDUCATION.kinds.values()
        for field, mark in references(kind).items()
        if is_tenant_owned(kind) and is_tenant_owned(EDUCATION.kinds[mark.target])
    ]
    assert (Enrollment, "group_id") in inside
    foreign = {
        "Group": world.samarkand.morning.id,
        "Branch": world.samarkand.branch.id,
        "Teacher": world.tohir.teacher_id,
    }
    ours = {"center_id": world.tashkent.center.id}
    with school.work(world.rustam, read_only=True) as uow:
        for kind, field in inside:
            target = references(kind)[field].target
            if (id := foreign.get(target)) is not None:
                problems = uow.find_problems(kind, {**ours, field: id})
                assert problems[field][0].code == "unknown_id", f"{kind.__name__}.{field}"


# -- looking beyond ------------------------------------------------------------------------------------


def test_counting_students_by_payments_needs_the_right_to_read_payments(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        take_payment(uow, student_id=world.sardor.student_id, amount=Decimal(5), method="cash")
    paid = where(Payment__amount__gte=5)
    for person, number in ((world.rustam, 1), (world.dilshod, 1), (world.timur, 0), (world.sardor, 1)):
        with school.work(person, read_only=True) as uow:
            assert uow.count(Student, paid) == number
            assert uow.count(Student), "they see students"
            assert uow.as_platform().count(Student, paid) == 1, "looking beyond is explicit"


def test_hidden_fields_can_be_compared_and_sorted_by_nobody(school: Educore, world: World) -> None:
    for name, person in everybody(world):
        with school.work(person, read_only=True) as uow:
            for ask in (
                lambda: uow.find(User, where(password_hash__icontains="a")),
                lambda: uow.count(Membership, where(user__password_hash__isnull=False)),
                lambda: uow.find(User, order=("-password_hash",)),
                lambda: uow.count_by(User, "password_hash"),
                lambda: uow.select_texts([(User, ("password_hash",), everything)]),
            ):
                with pytest.raises(TypeError, match=r"^User\.password_hash is hidden"):
                    ask()
            assert uow.as_platform().count(User, where(password_hash__isnull=False)) > 0, name


BEYOND = re.compile(
    r"as_actor\((PLATFORM|Actor\()|Actor\(Role\.SUPERADMIN|\._(transaction|block|rules|act_as)\b|may_name_hidden"
)
"""Ways to read what the actor may not read, other than `as_platform`."""


def test_no_use_case_looks_beyond_in_another_way_than_as_platform() -> None:
    root = Path(educore.__file__).parent
    contexts = [path for context in EDUCATION.contexts for path in (root / context.name).rglob("*.py")]
    sources = {path: path.read_text(encoding="utf-8") for path in contexts}
    assert [str(path) for path, source in sources.items() if BEYOND.search(source)] == []
    assert any(".as_platform()" in source for source in sources.values())
    assert BEYOND.search("uow.as_actor(PLATFORM).count(Session)")
    assert BEYOND.search((root / "kernel" / "unit_of_work.py").read_text(encoding="utf-8"))
