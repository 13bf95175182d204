"""The three stores let the same things happen: random histories end the same way, step by step.

Rows are spoken of by their number in the history ("the third group"), never by id, because a write that
fails may use up an id in one store and not in another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from educore import (
    EDUCATION,
    Actor,
    Branch,
    Center,
    Course,
    Educore,
    EducoreError,
    Enrollment,
    Entity,
    Group,
    Invalid,
    Membership,
    Role,
    Room,
    Student,
    StudentStatus,
    Teacher,
    UnitOfWork,
    User,
    enroll_student,
    leave_group,
    memory_ports,
    perform,
    register_student,
    register_teacher,
    where,
)
from educore.entity import references
from educore.memory import MemoryStore
from educore.sql import Database
from educore.store import Store
from rows import clean
from world import KINDS, ROOT, account, everything_in


@dataclass(frozen=True)
class Nth:
    """The nth row of a kind; beyond the last one, an id that is unknown."""

    kind: type[Entity]
    number: int


@dataclass(frozen=True)
class Step:
    """Somebody does something: a name from DEEDS with its parameters."""

    who: Nth | None
    deed: str
    fields: dict[str, Any] = field(default_factory=dict)


# -- what can be done ----------------------------------------------------------------------------------


def _add(uow: UnitOfWork, *, kind: type[Entity], **fields: Any) -> Any:
    return uow.add(kind, **fields)


def _change(uow: UnitOfWork, *, row: Any, kind: type[Entity], **fields: Any) -> Any:
    return uow.change(uow.get(kind, row), **fields)


def _remove(uow: UnitOfWork, *, row: Any, kind: type[Entity]) -> Any:
    return uow.remove(uow.get(kind, row))


def _do(uow: UnitOfWork, *, row: Any, kind: type[Entity], action: str, **fields: Any) -> Any:
    return perform(uow, kind, action, row, **fields)


def _change_all(uow: UnitOfWork, *, kind: type[Entity], **fields: Any) -> Any:
    return uow.change_all(kind, where(id__gte=1), **fields)


def _two_at_once(uow: UnitOfWork, *, kind: type[Entity], first: dict[str, Any], then: dict[str, Any]) -> Any:
    return [uow.add(kind, **first), uow.add(kind, **then)]


DEEDS: dict[str, Callable[..., Any]] = {
    "add": _add,
    "change": _change,
    "remove": _remove,
    "do": _do,
    "change all": _change_all,
    "two at once": _two_at_once,
    "enroll": enroll_student,
    "leave": leave_group,
    "register": register_student,
    "take on": register_teacher,
}

# -- random histories ----------------------------------------------------------------------------------

numbers = st.integers(0, 4)
names = st.sampled_from(["A", "B", "Ё", "", "x" * 201])
days = st.sampled_from([date(2024, 1, 1), date(2024, 2, 1), "2024-13-01"])


def nth(kind: type[Entity]) -> st.SearchStrategy[Nth]:
    return st.builds(Nth, st.just(kind), numbers)


FIELDS: dict[type[Entity], dict[str, st.SearchStrategy[Any]]] = {
    Center: {"name": names, "license_number": st.sampled_from([None, "L1", "L2"])},
    Branch: {"name": names, "manager_id": st.none() | nth(User), "status": st.sampled_from(["open", "closed", "odd"])},
    Room: {"name": names, "branch_id": nth(Branch), "capacity": st.sampled_from([0, 5, "many"])},
    Course: {"name": names, "created_at": st.just("2024-01-01T00:00:00Z")},
    Group: {
        "name": names,
        "branch_id": nth(Branch),
        "course_id": nth(Course),
        "teacher_id": st.none() | nth(Teacher),
        "capacity": st.sampled_from([1, 2, 0]),
        "start_date": days,
        "end_date": days,
        "status": st.sampled_from(["active", "inactive"]),
    },
    Student: {
        "branch_id": nth(Branch),
        "user_id": nth(User),
        "status": st.sampled_from([*StudentStatus, "odd"]),
        "enrollment_date": days,
        "group_id": st.none() | nth(Group),
    },
    Teacher: {"branch_id": nth(Branch), "user_id": nth(User), "hourly_rate": st.sampled_from([None, "1.50", "x"])},
    User: {"username": st.sampled_from(["u1", "u2", "two words"]), "phone": st.sampled_from([None, "+998901112233"])},
    Membership: {"user_id": nth(User), "role": st.sampled_from([*Role, "odd"]), "is_blocked": st.booleans()},
    Enrollment: {
        "group_id": nth(Group),
        "student_id": nth(Student),
        "enrolled_on": days,
        "left_on": st.just(date(2024, 3, 1)),
    },
}
CHANGEABLE = {kind: {n: s for n, s in fields.items() if n != "created_at"} for kind, fields in FIELDS.items()}
centers = {"center_id": nth(Center)}


def some(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={**fields, **centers})


@st.composite
def steps(draw: st.DrawFn) -> Step:
    """Something somebody does."""
    who = draw(st.none() | nth(Membership))
    deed = draw(st.sampled_from([*DEEDS, "add", "change", "remove", "enroll"]))
    kind = draw(st.sampled_from(list(FIELDS)))
    row = draw(nth(kind))
    if deed == "add":
        return Step(who, deed, {"kind": kind, **draw(st.fixed_dictionaries(FIELDS[kind], optional=centers))})
    if deed == "two at once":
        rows = st.fixed_dictionaries(FIELDS[kind], optional=centers)
        return Step(who, deed, {"kind": kind, "first": draw(rows), "then": draw(rows)})
    if deed == "change":
        return Step(who, deed, {"kind": kind, "row": row, **draw(some(CHANGEABLE[kind]))})
    if deed == "remove":
        return Step(who, deed, {"kind": kind, "row": row})
    if deed == "change all":
        kind = draw(st.sampled_from([Room, Branch, Membership]))
        changed = {Room: {"is_available": False}, Branch: {"address": "x"}, Membership: {"is_blocked": True}}
        return Step(who, deed, {"kind": kind, **changed[kind]})
    if deed in ("enroll", "leave"):
        return Step(who, deed, {"group_id": draw(nth(Group)), "student_id": draw(nth(Student))})
    if deed in ("register", "take on"):
        person = account(draw(st.sampled_from(["Ann", "Ben", "Cem"])))
        place = {"group_id": draw(st.none() | nth(Group))} if deed == "register" else {}
        return Step(who, deed, {"account": person, "branch_id": draw(nth(Branch)), **place})
    kind, action, more = draw(st.sampled_from(ACTIONS))
    return Step(
        who, "do", {"kind": kind, "action": action, "row": draw(nth(kind)), **draw(st.fixed_dictionaries(more))}
    )


ACTIONS: list[tuple[type[Entity], str, dict[str, st.SearchStrategy[Any]]]] = [
    (Student, "block", {}),
    (Student, "unblock", {}),
    (Student, "delete", {}),
    (Student, "move", {"group_id": st.none() | nth(Group)}),
    (Student, "update", {"status": st.sampled_from(StudentStatus), "group_id": st.none() | nth(Group)}),
    (Teacher, "delete", {}),
    (Teacher, "rate", {"rating": st.sampled_from([Decimal("4.5"), Decimal("7")])}),
    (Branch, "close", {}),
    (Room, "toggle", {}),
    (Group, "update", {"capacity": st.sampled_from([1, 2, 3])}),
    (Membership, "block", {}),
    (Membership, "delete", {}),
    (Center, "update", {"director_id": nth(Membership)}),
]

BEGINNING = [
    Step(None, "add", {"kind": Center, "name": "Tashkent"}),
    Step(None, "add", {"kind": Center, "name": "Samarkand"}),
    Step(None, "add", {"kind": User, "username": "boss", "center_id": Nth(Center, 0)}),
    Step(None, "add", {"kind": Membership, "user_id": Nth(User, 0), "role": "director", "center_id": Nth(Center, 0)}),
    *(Step(None, "add", {"kind": Branch, "name": "B", "center_id": Nth(Center, n)}) for n in (0, 0, 1)),
    Step(None, "add", {"kind": Course, "name": "C", "center_id": Nth(Center, 0), "created_at": "2024-01-01T00:00:00Z"}),
    *(
        Step(
            None,
            "add",
            {
                "kind": Group,
                "name": n,
                "branch_id": Nth(Branch, 0),
                "course_id": Nth(Course, 0),
                "center_id": Nth(Center, 0),
                "capacity": 1,
            },
        )
        for n in ("G", "H")
    ),
    Step(None, "register", {"account": account("Olim"), "branch_id": Nth(Branch, 0), "group_id": Nth(Group, 0)}),
    Step(None, "register", {"account": account("Zafar"), "branch_id": Nth(Branch, 0)}),
]
"""Enough of a school that most of what follows can succeed."""

# -- living through a history --------------------------------------------------------------------------


class History:
    """What happened in one store."""

    def __init__(self, store: Store) -> None:
        self.school = Educore(store, memory_ports())
        self.store = store
        self.rows: dict[str, list[Any]] = {}
        self.ids: dict[type[Entity], list[int]] = {kind: [] for kind in KINDS}

    def live(self, step: Step) -> Any:
        """Do one step and tell how it ended."""
        try:
            with self.school.work(self._actor(step.who)) as uow:
                result = DEEDS[step.deed](uow, **self._meant(step.fields))
        except Invalid as error:
            told = {p: [(f.code, self._named(f.params)) for f in found] for p, found in error.fields.items()}
            return type(error).__name__, told
        except (EducoreError, TypeError, IndexError) as error:
            return type(error).__name__, getattr(error, "code", "")
        finally:
            self._look_around()
        return self._told(result)

    def state(self) -> dict[str, list[Any]]:
        """Every row, with numbers in place of ids."""
        return {name: [self._told(row) for row in rows] for name, rows in self.rows.items()}

    def _actor(self, who: Nth | None) -> Actor:
        members = {member.id: member for member in self.rows.get("Membership", [])}
        member = members.get(self._meant(who)) if who else None
        return Actor(member.role, member.user_id, member.id, member.center_id) if member else ROOT

    def _meant(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._meant(inner) for name, inner in value.items()}
        if not isinstance(value, Nth):
            return value
        known = self.ids[value.kind]
        return known[value.number] if value.number < len(known) else 10**6 + value.number

    def _look_around(self) -> None:
        self.rows = everything_in(self.store)
        for kind in KINDS:
            known = self.ids[kind]
            known += [row.id for row in self.rows[kind.__name__] if row.id not in known]

    def _number(self, kind: type[Entity], id: int | None) -> Any:
        return self.ids[kind].index(id) if id in self.ids[kind] else id

    def _told(self, result: Any) -> Any:
        if isinstance(result, list):
            return [self._told(one) for one in result]
        if not isinstance(result, Entity):
            return result
        kind = type(result)
        targets = {name: EDUCATION.kinds[reference.target] for name, reference in references(kind).items()}
        targets["id"] = kind
        return {n: self._number(targets[n], v) if n in targets else v for n, v in dict(result).items()}

    def _named(self, params: Any) -> Any:
        return {name: value for name, value in params.items() if name != "id"}


@pytest.fixture(scope="module")
def databases(templates: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Database]]:
    """One SQLite file and one PostgreSQL database, shared by all examples."""
    folder = tmp_path_factory.mktemp("parity")
    opened = [templates.fresh(kind, filled=False, to=folder / "school.db") for kind in ("sqlite", "postgresql")]
    yield [database for database, _ in opened]
    for database, throw_away in opened:
        database.close()
        throw_away()


@settings(max_examples=40, phases=[Phase.explicit, Phase.generate])
@given(history=st.lists(steps(), min_size=5, max_size=20))
def test_three_stores_live_through_the_same_history(databases: list[Database], history: list[Step]) -> None:
    for database in databases:
        clean(database)
    lives = [History(MemoryStore(EDUCATION)), *(History(database.store) for database in databases)]
    for step in BEGINNING + history:
        endings = [life.live(step) for life in lives]
        assert endings[1:] == [endings[0], endings[0]], step
    states = [life.state() for life in lives]
    assert states[1:] == [states[0], states[0]]


def test_the_beginning_of_every_history_succeeds() -> None:
    life = History(MemoryStore(EDUCATION))
    for step in BEGINNING:
        assert isinstance(life.live(step), dict), step
