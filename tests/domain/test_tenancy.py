"""Nobody sees, touches or refers to anything of another Center: every kind x every action x every role."""

from __future__ import annotations

from dataclasses import replace

import pytest

from educore import (
    EDUCATION,
    Actor,
    Educore,
    EducoreError,
    Entity,
    Forbidden,
    Invalid,
    NotFound,
    Ports,
    Role,
    Shape,
    Store,
    perform,
    where,
)
from educore.adapters.memory import MemoryStore, memory_ports
from educore.adapters.sql import Database
from educore.audit import AuditHead
from educore.billing import AnsweredRequest
from educore.identity import CalendarFeed, Membership, PasswordAttempts, SignIn, User, change_account
from educore.kernel.entity import is_tenant_owned, references
from educore.messaging import Notification
from educore.organization import Center
from educore.people import Guardianship, Student
from support.business_day import do_business
from support.cast import KINDS, Town, World, account, all_rows, copy_store, first_row
from support.parametrize import each
from support.plain_rows import body_of, change_row, plain, remove_row
from support.teaching_week import teach_week


@pytest.fixture(scope="module")
def busy_in_memory(cast_in_memory: tuple[MemoryStore, World]) -> MemoryStore:
    """The cast after a week of teaching and business, so that there is a row of every kind; no test writes to it."""
    cast, world = cast_in_memory
    busy = copy_store(cast)
    fill(Educore(busy, memory_ports()), world)
    return busy


@pytest.fixture
def memory_store(busy_in_memory: MemoryStore) -> MemoryStore:
    """A copy of it."""
    return copy_store(busy_in_memory)


class Rewound(Educore):
    """Both towns in memory, which every case finds as the busy week left them."""

    store: MemoryStore

    def __init__(self, original: MemoryStore, ports: Ports) -> None:
        super().__init__(copy_store(original), ports)
        self._original = original

    def reset(self) -> None:
        """Undo whatever the last case did."""
        self.store = copy_store(self._original)

    def changed(self) -> set[str]:
        """Return the kinds of which there are other rows than the busy week left."""
        before, now = self._original.committed, self.store.committed
        return {name for name in before.keys() | now.keys() if before.get(name, {}) != now.get(name, {})}


@pytest.fixture
def school_in_memory(busy_in_memory: MemoryStore, ports: Ports) -> Rewound:
    """Both towns, in memory only: for what does not depend on the store."""
    return Rewound(busy_in_memory, ports)


@pytest.fixture
def filled_database(filled_database: Database, world: World) -> Database:
    """The same in each of the databases."""
    fill(Educore(filled_database.store, memory_ports()), world)
    return filled_database


def fill(school: Educore, world: World) -> None:
    teach_week(school, world)
    do_business(school, world)


PEOPLE = [role for role in Role if role not in (Role.SUPERADMIN, Role.ANONYMOUS)]
CELLS = [(kind, action) for kind in KINDS for action in EDUCATION.policy(kind).actions()]
OWNED = [kind for kind in KINDS if kind not in (PasswordAttempts, AuditHead)]
POINTERS = [(kind, field) for kind in OWNED for field in references(kind)]
ANONYMOUS_MAY = {
    (User, "sign_in"),
    (Membership, "sign_in"),
    (Membership, "register"),
    (Student, "sign_in"),
    (EDUCATION.kinds["Teacher"], "sign_in"),
    (SignIn, "authenticate"),
    (CalendarFeed, "open_feed"),
    *((PasswordAttempts, action) for action in ("read", "create", "update", "delete")),
}
OF_ONE_PERSON = (SignIn, CalendarFeed, Notification, AnsweredRequest)
"""Nobody but their owner reads them."""

UNIQUE_EVERYWHERE = (User, CalendarFeed)
"""A user name is taken for everybody; that the digest of a random token is taken tells nobody anything."""


def owner(row: Entity) -> int | None:
    """The Center a row belongs to."""
    return row.id if isinstance(row, Center) else getattr(row, "center_id", None)


def towns(world: World) -> list[tuple[Town, Town]]:
    """One's own town, and the other."""
    return [(world.tashkent, world.samarkand), (world.samarkand, world.tashkent)]


def actors(store: Store, town: Town, role: Role) -> list[Actor]:
    """Somebody with this role in a Center, as they are if it is a center and as they are if it is a school."""
    person = town.actor(role)
    if role is Role.PARENT:
        kinship = first_row(store, Guardianship, town)
        assert isinstance(kinship, Guardianship)
        person = replace(person, user_id=kinship.guardian_id)
    return [person, replace(person, school_id=town.center.id)]


def acting(store: Store, world: World, role: Role) -> list[tuple[Actor, Town, Town]]:
    """Everybody with this role, with their own town and the other."""
    return [(who, own, other) for own, other in towns(world) for who in actors(store, own, role)]


def in_a_shape(kind: type[Entity]) -> type[Shape]:
    """The smallest shape of a kind."""
    return type(f"{kind.__name__}Id", (Shape,), {"__annotations__": {"id": int}, "__module__": __name__}, of=kind)


SHAPES = {kind: in_a_shape(kind) for kind in KINDS}

# -- seeing --------------------------------------------------------------------------------------------


@each("role", PEOPLE)
@each("kind, action", CELLS)
def test_nobody_finds_a_row_of_another_center(
    school_in_memory: Educore, world: World, kind: type[Entity], action: str, role: Role
) -> None:
    for who, own, _ in acting(school_in_memory.store, world, role):
        with school_in_memory.work(who, read_only=True) as uow:
            found = uow.find(kind, to=action)
            assert {owner(row) for row in found} <= {own.center.id}
            assert uow.count(kind, to=action) == len(found)
            assert [row["id"] for row in uow.select(SHAPES[kind], to=action)] == [row.id for row in found]


@each("kind", [kind for kind in OWNED if EDUCATION.policy(kind).permits(Role.DIRECTOR, "read")])
def test_a_director_finds_rows_of_every_kind_that_directors_may_read(
    school_in_memory: Educore, world: World, kind: type[Entity]
) -> None:
    """The control: rows of the other Center are not missing because there are none."""
    for who, own, other in acting(school_in_memory.store, world, Role.DIRECTOR):
        director = replace(who, school_id=who.center_id)  # rewards are those of schools
        with school_in_memory.work(director, read_only=True) as uow:
            assert uow.count(kind) or kind in OF_ONE_PERSON
        assert first_row(school_in_memory.store, kind, own)
        assert first_row(school_in_memory.store, kind, other)


def test_a_parent_finds_their_own_child_and_nobody_of_another_center(school_in_memory: Educore, world: World) -> None:
    for who, own, other in acting(school_in_memory.store, world, Role.PARENT):
        with school_in_memory.work(who, read_only=True) as uow:
            assert [row.guardian_id for row in uow.find(Guardianship)] == [who.user_id]
            assert [student.id for student in uow.find(Student)] == [own.student.student_id]
            with pytest.raises(NotFound):
                uow.get(Student, other.student.student_id or 0)


@each("kind, action", CELLS)
def test_who_has_not_signed_in_finds_only_what_signing_in_needs(
    school_in_memory: Educore, kind: type[Entity], action: str
) -> None:
    with school_in_memory.work(Actor(Role.ANONYMOUS), read_only=True) as uow:
        assert uow.may(kind, action) is ((kind, action) in ANONYMOUS_MAY)
        assert uow.find(kind, to=action) == [] or (kind, action) in ANONYMOUS_MAY


@each("role", PEOPLE)
@each("kind", KINDS)
def test_sums_and_tallies_leave_out_other_centers(
    school_in_memory: Educore, world: World, kind: type[Entity], role: Role
) -> None:
    if "center_id" not in kind.model_fields:
        return
    with school_in_memory.work(world.tashkent.actor(role), read_only=True) as uow:
        assert set(uow.count_by(kind, "center_id")) <= {world.tashkent.center.id}


@each("kind", OWNED)
def test_a_person_without_a_center_sees_nothing_of_any(school_in_memory: Educore, kind: type[Entity]) -> None:
    for role in PEOPLE:
        with school_in_memory.work(Actor(role), read_only=True) as uow:
            assert uow.find(kind) == []


def seen(store: Store, world: World) -> dict[tuple[str, str, str, int, int | None], list[int]]:
    """Who finds which rows to do what."""
    school, found = Educore(store, memory_ports()), {}
    for role in PEOPLE:
        for who, own, _ in acting(store, world, role):
            with school.work(who, read_only=True) as uow:
                for kind, action in CELLS:
                    ids = [row.id for row in uow.find(kind, to=action)]
                    found[kind.__name__, action, role.value, own.center.id, who.school_id] = ids
    return found


def test_the_databases_let_people_see_exactly_what_the_memory_store_does(
    filled_database: Database, memory_store: MemoryStore, world: World
) -> None:
    assert seen(filled_database.store, world) == seen(memory_store, world)


# -- touching ------------------------------------------------------------------------------------------


@each("role", PEOPLE)
@each("kind, action", [cell for cell in CELLS if cell[0] in OWNED])
def test_a_row_of_another_center_does_not_exist(
    school_in_memory: Rewound, world: World, kind: type[Entity], action: str, role: Role
) -> None:
    for who, _, other in acting(school_in_memory.store, world, role):
        theirs = first_row(school_in_memory.store, kind, other)
        assert theirs is not None, "the cast has a row of every kind in both towns"
        reads = [
            lambda uow, row: uow.get(kind, row.id, to=action),
            lambda uow, row: uow.select_one(SHAPES[kind], row.id),
        ]
        writes = [
            lambda uow, row: change_row(uow, row, {}, to=action),
            lambda uow, row: remove_row(uow, row, to=action),
            lambda uow, row: perform(uow, kind, action, row.id),
        ]
        for act in reads if action.startswith("read") else reads + writes:
            with pytest.raises(NotFound), school_in_memory.work(who) as uow:
                act(uow, theirs)
    assert school_in_memory.changed() == set()


def test_a_row_of_the_own_center_is_changed(school_in_memory: Rewound, world: World) -> None:
    """The control: what somebody may touch is touched, and seen to be."""
    with school_in_memory.work(world.dilshod) as uow:
        change_row(uow, world.tashkent.branch, {"name": "Something else"})
    assert "Branch" in school_in_memory.changed()
    school_in_memory.reset()
    assert school_in_memory.changed() == set()


def rows_of(school: Rewound, kind: type[Entity], town: Town) -> list[Entity]:
    """Return the rows of a kind that belong to a town."""
    return [row for row in school.store.committed.get(kind.__name__, {}).values() if owner(row) == town.center.id]


@each("role", PEOPLE)
@each("kind", OWNED)
def test_changing_many_rows_stops_at_the_border(
    school_in_memory: Rewound, world: World, kind: type[Entity], role: Role
) -> None:
    values = {"is_read": True, "address": "x", "ended_at": "2024-01-01T00:00:00Z", "parent_name": "x"}
    field = next((name for name in values if name in kind.model_fields), None)
    if field is None or kind in EDUCATION.audited:
        return
    for who, _, other in acting(school_in_memory.store, world, role):
        theirs = rows_of(school_in_memory, kind, other)
        with school_in_memory.work(who) as uow:
            plain(uow, kind, "update").change_all(kind, where(id__gte=1), {field: values[field]})
        assert rows_of(school_in_memory, kind, other) == theirs


# -- referring -----------------------------------------------------------------------------------------


def somebody_elses(store: Store, kind: type[Entity], field: str, other: Town) -> int:
    """The id of a row in another town that a field could point at."""
    row = first_row(store, EDUCATION.kinds[references(kind)[field].target], other)
    assert row is not None
    return row.id


def referring(store: Store, world: World, role: Role) -> list[tuple[Actor, Town, Town]]:
    """Everybody with this role, with their own town and the other; a superadmin acts in both."""
    if role is Role.SUPERADMIN:
        return [(world.rustam, own, other) for own, other in towns(world)]
    return acting(store, world, role)


def row_that_refers(store: Store, kind: type[Entity], field: str, town: Town) -> Entity:
    """A row of a town which has this reference, or one which could: a class has a grade level, a cohort has none."""
    row = first_row(store, kind, town, only=where(**{f"{field}__isnull": False})) or first_row(store, kind, town)
    assert row is not None
    return row


def codes(error: EducoreError) -> dict[str, str]:
    return {path: found[0].code for path, found in getattr(error, "fields", {}).items()}


@each("role", [*PEOPLE, Role.SUPERADMIN])
@each("kind, field", POINTERS)
def test_no_row_can_be_changed_to_refer_to_another_center(
    school_in_memory: Rewound, world: World, kind: type[Entity], field: str, role: Role
) -> None:
    store = school_in_memory.store
    target = EDUCATION.kinds[references(kind)[field].target]
    if role is Role.SUPERADMIN and not is_tenant_owned(target) and field != "center_id":
        return  # people and their memberships belong to nobody for good; a superadmin connects them
    if role is Role.SUPERADMIN and not is_tenant_owned(kind):
        return
    for who, own, other in referring(store, world, role):
        mine = row_that_refers(store, kind, field, own)
        with pytest.raises(EducoreError) as error, school_in_memory.work(who) as uow:
            change_row(uow, mine, {field: somebody_elses(store, kind, field, other)})
        if not isinstance(error.value, Forbidden | NotFound):
            assert codes(error.value)[field] in ("unknown_id", "cannot_change")
    assert school_in_memory.changed() == set()


@each("role", [*PEOPLE, Role.SUPERADMIN])
@each("kind, field", POINTERS)
def test_no_row_can_be_added_that_refers_to_another_center(
    school_in_memory: Rewound, world: World, kind: type[Entity], field: str, role: Role
) -> None:
    store = school_in_memory.store
    target = EDUCATION.kinds[references(kind)[field].target]
    if role is Role.SUPERADMIN and not (is_tenant_owned(target) and is_tenant_owned(kind)):
        return
    for who, own, other in referring(store, world, role):
        mine = row_that_refers(store, kind, field, own)
        with pytest.raises(EducoreError) as error, school_in_memory.work(who) as uow:
            plain(uow, kind).add(kind, {**body_of(mine), field: somebody_elses(store, kind, field, other)})
        if not isinstance(error.value, Forbidden):
            assert codes(error.value)[field] == "unknown_id"
    assert school_in_memory.changed() == set()


@each("role", PEOPLE)
@each("kind", [kind for kind in OWNED if "center_id" in kind.model_fields])
def test_no_whole_row_can_be_slipped_into_another_center(
    school_in_memory: Rewound, world: World, kind: type[Entity], role: Role
) -> None:
    store = school_in_memory.store
    for who, _, other in acting(store, world, role):
        theirs = first_row(store, kind, other)
        assert theirs is not None
        with pytest.raises((Forbidden, Invalid)) as error, school_in_memory.work(who) as uow:
            plain(uow, kind).add(kind, body_of(theirs))
        if isinstance(error.value, Invalid):
            assert codes(error.value)["center_id"] == "unknown_id"
            assert "taken" not in codes(error.value).values() or kind in UNIQUE_EVERYWHERE
    assert school_in_memory.changed() == set()


def test_a_refusal_somebody_swallows_keeps_nothing(school: Educore, world: World) -> None:
    before = all_rows(school.store)
    with pytest.raises(Forbidden), school.work(world.dilshod) as uow:
        try:  # noqa: SIM105 - somebody's careless code, spelled out
            plain(uow, Membership).add(Membership, {"user_id": world.timur.user_id, "role": Role.DIRECTOR})
        except Forbidden:
            pass
        change_row(uow, world.tashkent.branch, {"name": "Something else"})
    assert all_rows(school.store) == before


# -- who looks after whose account ---------------------------------------------------------------------

LOOKS_AFTER = {
    Role.DIRECTOR: {Role.MANAGER, Role.ADMIN, Role.STAFF, Role.TEACHER, Role.STUDENT, Role.PARENT, Role.DRIVER},
    Role.MANAGER: {Role.TEACHER, Role.STUDENT},
    Role.ADMIN: {Role.STUDENT},
}
"""The agreement, written down once more so that a slip in the policies shows."""


def new_person(school: Educore, world: World, *roles: tuple[Role, Town]) -> User:
    """Somebody with an account in Tashkent who is all of this."""
    with school.work(world.rustam) as uow:
        user = plain(uow, User).add(User, {"username": "nodira", "center_id": world.tashkent.center.id})
        for role, town in roles:
            plain(uow, Membership).add(Membership, {"user_id": user.id, "role": role, "center_id": town.center.id})
        return user


def takes_over(school: Educore, who: Actor, user: User) -> bool:
    """Whether somebody can give somebody else a new password."""
    try:
        with school.work(who) as uow:
            change_account(uow, uow.get(User, user.id), password="lagman 9")
    except (Forbidden, NotFound):
        return False
    return True


@each("whose", [role for role in Role if role is not Role.ANONYMOUS])
@each("role", PEOPLE)
def test_a_password_is_reset_only_by_who_looks_after_the_account(
    school_in_memory: Educore, world: World, role: Role, whose: Role
) -> None:
    user = new_person(school_in_memory, world, (whose, world.tashkent))
    expected = whose in LOOKS_AFTER.get(role, set())
    assert takes_over(school_in_memory, world.tashkent.actor(role), user) is expected
    assert not takes_over(school_in_memory, world.samarkand.actor(role), user)


@each("whose", [role for role in Role if role is not Role.ANONYMOUS])
@each("role", PEOPLE)
def test_a_membership_is_given_blocked_and_ended_only_by_who_looks_after_it(
    school_in_memory: Rewound, world: World, role: Role, whose: Role
) -> None:
    school = school_in_memory
    new_person(school, world, (whose, world.tashkent))
    with school.work(world.rustam) as uow:
        member = uow.find(Membership, where(user__username="nodira"))[0]
        other = plain(uow, User).add(User, {"username": "other", "center_id": world.tashkent.center.id})
    allowed = whose in LOOKS_AFTER.get(role, set())
    who = world.tashkent.actor(role)
    for action in ("block", "unblock", "delete"):
        before = school.store.committed
        try:
            with school.work(who) as uow:
                perform(uow, Membership, action, member.id)
            assert allowed
        except (Forbidden, NotFound):
            assert not allowed
            assert school.store.committed == before
    try:
        with school.work(who) as uow:
            plain(uow, Membership).add(Membership, {"user_id": other.id, "role": whose})
        assert allowed
    except (Forbidden, Invalid):
        assert not allowed


@pytest.mark.parametrize(
    ("also", "where_else"),
    [(Role.DIRECTOR, "samarkand"), (Role.MANAGER, "samarkand"), (Role.ADMIN, "tashkent"), (Role.TEACHER, "tashkent")],
)
def test_a_student_who_is_more_than_that_somewhere_is_out_of_an_admins_reach(
    school: Educore, world: World, also: Role, where_else: str
) -> None:
    town: Town = getattr(world, where_else)
    user = new_person(school, world, (Role.STUDENT, world.tashkent), (also, town))
    assert not takes_over(school, world.aziza, user)
    with pytest.raises(Forbidden), school.work(world.aziza) as uow:
        perform(uow, User, "delete", user.id)


def test_a_director_elsewhere_is_out_of_a_directors_reach_too(school: Educore, world: World) -> None:
    user = new_person(school, world, (Role.STUDENT, world.tashkent), (Role.DIRECTOR, world.samarkand))
    assert not takes_over(school, world.dilshod, user)
    assert takes_over(school, world.rustam, user)


def test_an_account_of_nobody_in_particular_is_not_taken_over_but_may_be_closed(school: Educore, world: World) -> None:
    user = new_person(school, world)
    assert not takes_over(school, world.aziza, user)
    with school.work(world.aziza) as uow:
        perform(uow, User, "delete", user.id)


def test_nobody_makes_themselves_more_than_they_are(school_in_memory: Educore, world: World) -> None:
    for name in ("dilshod", "malika", "aziza", "timur", "sardor"):
        who: Actor = getattr(world, name)
        for role in (Role.SUPERADMIN, Role.DIRECTOR):
            with pytest.raises((Forbidden, Invalid)), school_in_memory.work(who) as uow:
                plain(uow, Membership).add(
                    Membership, {"user_id": who.user_id, "role": role, "center_id": world.tashkent.center.id}
                )
            with pytest.raises((Forbidden, Invalid)), school_in_memory.work(who) as uow:
                change_row(uow, uow.get(Membership, who.membership_id or 0), {"role": role})


def test_a_director_cannot_open_accounts_in_another_center(school: Educore, world: World) -> None:
    with pytest.raises(Invalid) as error, school.work(world.dilshod) as uow:
        plain(uow, User).add(User, {"username": account("Nodira")["username"], "center_id": world.samarkand.center.id})
    assert codes(error.value) == {"center_id": "unknown_id"}
