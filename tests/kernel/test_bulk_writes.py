"""Writing many rows at once: the rules of writing one, all or none, in as many statements as for one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from educore import (
    Actor,
    Conflict,
    Educore,
    Forbidden,
    Invalid,
    NotFound,
    Policy,
    Problem,
    Role,
    actor,
    allow,
    everything,
    memory_ports,
    only_fields,
    where,
)
from educore.adapters.memory import FixedClock, MemoryFiles
from educore.adapters.sql import Database
from educore.organization import Branch, Room
from educore.people import Teacher
from support.cast import World
from support.library_domain import READER, STAFF, Book, Library, OpenShelves, Shelves, library_domain
from support.plain_rows import plain
from support.refusals import problem_codes
from support.statement_counts import record_statements

my_library = where(library_id=actor.center_id)
LONGER = Policy(Book, {Role.DIRECTOR: allow(where(pages__gte=100), read=everything, donate=everything)})
LENT = Policy(Book, {Role.DIRECTOR: allow(my_library), Role.STUDENT: allow(create=where(Loan__reader="Ali"))})
SHORT = Policy(
    Book, {Role.DIRECTOR: allow(my_library), Role.STUDENT: allow(create=only_fields(my_library, "library_id", "title"))}
)


@pytest.fixture
def shelves(open_shelves: OpenShelves) -> Shelves:
    return open_shelves()


def books(*titles: str, **fields: Any) -> list[dict[str, Any]]:
    """Rows of the first library."""
    return [{"library_id": 1, "title": title, **fields} for title in titles]


def titles(shelves: Shelves) -> list[str]:
    with shelves.work() as uow:
        return [book.title for book in uow.find(Book, order=("id",))]


# -- adding --------------------------------------------------------------------------------------------


def test_rows_are_given_back_in_their_order_with_their_ids(shelves: Shelves) -> None:
    with shelves.work() as uow:
        added = uow.add_all(Book, books("Hamsa", "Devon", "Badoye"))
    assert [(book.id, book.title) for book in added] == [(1, "Hamsa"), (2, "Devon"), (3, "Badoye")]
    assert titles(shelves) == ["Hamsa", "Devon", "Badoye"]


def test_nothing_can_be_added_and_changed_too(shelves: Shelves) -> None:
    with shelves.work() as uow:
        assert uow.add_all(Book, []) == uow.change_each(Book, {}) == []


def test_new_rows_are_stamped(shelves: Shelves) -> None:
    with shelves.work() as uow:
        (book,) = uow.add_all(Book, books("Hamsa"))
    assert book.created_at == book.updated_at == shelves.ports.clock.now()


def test_what_is_wrong_is_named_by_the_place_of_the_row(shelves: Shelves) -> None:
    rows = [*books("Hamsa"), {"title": "", "pages": "many"}, *books("Devon", id=7)]
    with pytest.raises(Invalid) as refused, shelves.work() as uow:
        uow.add_all(Book, rows)
    assert problem_codes(refused.value) == {
        "1.library_id": ["missing"],
        "1.title": ["string_too_short"],
        "1.pages": ["int_parsing"],
        "2.id": ["cannot_change"],
    }
    assert titles(shelves) == []


def test_references_to_nothing_are_named_by_the_place_of_the_row(shelves: Shelves) -> None:
    theirs = shelves.book("Baburnoma", library_id=2)
    rows = [*books("Hamsa"), *books("Devon", sequel_of_id=99), *books("Badoye", sequel_of_id=theirs.id)]
    with pytest.raises(Invalid) as refused, shelves.work() as uow:
        uow.add_all(Book, rows)
    assert refused.value.fields == {
        "1.sequel_of_id": [Problem("unknown_id", {"id": 99})],
        "2.sequel_of_id": [Problem("unknown_id", {"id": theirs.id})],
    }
    assert titles(shelves) == []


@pytest.mark.parametrize("taken", [{"title": "Hamsa"}, {"isbn": "1"}])
def test_one_row_that_is_taken_keeps_all_from_being_added(shelves: Shelves, taken: dict[str, Any]) -> None:
    shelves.book("Hamsa", isbn="1")
    with pytest.raises(Conflict) as refused, shelves.work() as uow:
        uow.add_all(Book, [*books("Devon"), {**books("Badoye")[0], **taken}])
    assert problem_codes(refused.value) == {next(iter(taken)): ["taken"]}
    assert titles(shelves) == ["Hamsa"]


def test_rows_may_not_collide_with_each_other_either(shelves: Shelves) -> None:
    with pytest.raises(Conflict), shelves.work() as uow:
        uow.add_all(Book, books("Hamsa", "Hamsa"))
    assert titles(shelves) == []


@pytest.mark.parametrize("who", [STAFF, READER], ids=lambda who: who.role)
def test_who_may_never_add_rows_adds_none(shelves: Shelves, who: Actor) -> None:
    with pytest.raises(Forbidden), shelves.work(who) as uow:
        uow.add_all(Book, books("Hamsa"))


def test_a_row_out_of_reach_keeps_all_from_being_added(open_shelves: OpenShelves) -> None:
    shelves = open_shelves(library_domain(LONGER))
    with pytest.raises(Forbidden), shelves.work() as uow:
        uow.add_all(Book, [*books("Hamsa", pages=150), *books("Devon", pages=50)])
    assert titles(shelves) == []


def test_a_rule_that_looks_at_other_rows_counts_too(open_shelves: OpenShelves) -> None:
    shelves = open_shelves(library_domain(LENT))
    with pytest.raises(Forbidden), shelves.work(READER) as uow:
        uow.add_all(Book, books("Hamsa", "Devon"))
    assert titles(shelves) == []


@pytest.mark.parametrize("pages", [50, 150])
def test_a_refusal_that_is_swallowed_keeps_nothing(open_shelves: OpenShelves, pages: int) -> None:
    shelves = open_shelves(library_domain(LONGER))
    with shelves.work() as uow:
        (book,) = uow.add_all(Book, books("Hamsa", pages=pages), to="donate")
    with pytest.raises(Forbidden), shelves.work() as uow:
        for write in (
            lambda: uow.change_each(Book, {book.id: {"pages": 40}}),
            lambda: uow.add_all(Book, books("Devon", pages=50)),
        ):
            try:  # noqa: SIM105 - somebody's careless code, spelled out
                write()
            except Forbidden:
                pass
    with shelves.work() as uow:
        assert [(found.title, found.pages) for found in uow.find(Book)] == [("Hamsa", pages)]


def test_only_open_fields_are_added(open_shelves: OpenShelves) -> None:
    shelves = open_shelves(library_domain(SHORT))
    with shelves.work(READER) as uow:
        assert uow.add_all(Book, books("Hamsa"), to="create")[0].id == 1
    with pytest.raises(Forbidden) as refused, shelves.work(READER) as uow:
        uow.add_all(Book, [*books("Devon"), *books("Badoye", pages=7, isbn="1")])
    assert refused.value.params["fields"] == ["isbn", "pages"]


def test_rows_of_several_centers_are_a_mistake_of_the_programmer(school: Educore, world: World) -> None:
    rows = [{"name": "New", "center_id": town.center.id} for town in (world.tashkent, world.samarkand)]
    with pytest.raises(TypeError, match="several Centers"), school.work(world.rustam) as uow:
        plain(uow, Branch).add_all(Branch, rows)
    with pytest.raises(TypeError, match="several Centers"), school.work(world.rustam) as uow:
        branches = (world.tashkent.branch, world.samarkand.branch)
        plain(uow, Branch, "update").change_each(Branch, {branch.id: {"address": "x"} for branch in branches})


@pytest.mark.parametrize("name", ["dilshod", "rustam"])
def test_references_across_centers_are_refused_by_place(school: Educore, world: World, name: str) -> None:
    own, other = world.tashkent, world.samarkand
    room = {"center_id": own.center.id, "capacity": 5}
    rows = [{**room, "name": str(n), "branch_id": b.id} for n, b in enumerate((own.branch, other.branch, own.branch))]
    with pytest.raises(Invalid) as refused, school.work(world.everybody()[name]) as uow:
        uow.add_all(Room, rows)
    assert refused.value.fields == {"1.branch_id": [Problem("unknown_id", {"id": other.branch.id})]}
    with pytest.raises(Invalid) as moved, school.work(world.everybody()[name]) as uow:
        uow.change_each(Room, {own.room.id: {"branch_id": other.branch.id}})
    assert problem_codes(moved.value) == {"0.branch_id": ["unknown_id"]}


def test_no_row_is_slipped_into_another_center(school: Educore, world: World) -> None:
    with pytest.raises(Invalid) as refused, school.work(world.dilshod) as uow:
        plain(uow, Branch).add_all(Branch, [{"name": "New", "center_id": world.samarkand.center.id}] * 2)
    assert problem_codes(refused.value) == {"0.center_id": ["unknown_id"], "1.center_id": ["unknown_id"]}


# -- changing ------------------------------------------------------------------------------------------


def test_each_row_gets_values_of_its_own_and_keeps_the_rest(shelves: Shelves) -> None:
    hamsa, devon = shelves.book("Hamsa", pages=1), shelves.book("Devon", isbn="2")
    with shelves.work() as uow:
        changed = uow.change_each(Book, {devon.id: {"pages": 20}, hamsa.id: {"title": "Khamsa"}})
    assert [(book.title, book.pages, book.isbn) for book in changed] == [("Devon", 20, "2"), ("Khamsa", 1, None)]
    with shelves.work() as uow:
        assert [uow.get(Book, book.id) for book in changed] == changed


def test_rows_that_differ_are_stamped_and_the_others_are_not(shelves: Shelves) -> None:
    hamsa, devon = shelves.book("Hamsa"), shelves.book("Devon")
    shelves.ports.clock.advance(hours=1)  # type: ignore[attr-defined]  # a FixedClock
    with shelves.work() as uow:
        uow.change_each(Book, {hamsa.id: {"title": "Hamsa"}, devon.id: {"title": "Divan"}})
        assert uow.get(Book, hamsa.id) == hamsa
        assert uow.get(Book, devon.id).updated_at == shelves.ports.clock.now()


def test_what_the_actor_cannot_read_stays_as_it_is(shelves: Shelves) -> None:
    book = shelves.book(price=Decimal(5), pages=3)
    with shelves.work(STAFF) as uow:
        (changed,) = uow.change_each(Book, {book.id: {"pages": 4}})
    assert (changed.price, changed.pages) == (None, 4)
    with shelves.work() as uow:
        assert uow.get(Book, book.id).price == 5


def test_only_open_fields_are_changed(shelves: Shelves) -> None:
    hamsa, devon = shelves.book("Hamsa"), shelves.book("Devon")
    with pytest.raises(Forbidden) as refused, shelves.work(STAFF) as uow:
        uow.change_each(Book, {hamsa.id: {"pages": 1}, devon.id: {"title": "Stolen"}})
    assert refused.value.params["fields"] == ["title"]


def test_a_row_that_is_seen_but_closed_is_forbidden_and_a_hidden_one_does_not_exist(shelves: Shelves) -> None:
    mine, theirs = shelves.book("Hamsa"), shelves.book("Baburnoma", library_id=2)
    with pytest.raises(Forbidden), shelves.work(READER) as uow:
        uow.change_each(Book, {mine.id: {"pages": 1}})
    for hidden in (theirs.id, 99, -1, 10**25):
        with pytest.raises(NotFound) as missed, shelves.work() as uow:
            uow.change_each(Book, {mine.id: {"pages": 1}, hidden: {"pages": 1}})
        assert missed.value.params == {"kind": "Book", "id": hidden}
    with shelves.work() as uow:
        assert uow.get(Book, mine.id).pages is None


def test_fixed_fields_and_ids_stay(open_shelves: OpenShelves) -> None:
    everywhere = Policy(Book, {Role.DIRECTOR: allow(everything)})
    shelves = open_shelves(library_domain(everywhere, Policy(Library, {Role.DIRECTOR: allow(everything)})))
    book = shelves.book()
    with pytest.raises(Invalid) as fixed, shelves.work() as uow:
        uow.change_each(Book, {book.id: {"library_id": 2}})
    assert problem_codes(fixed.value) == {"library_id": ["cannot_change"]}
    with pytest.raises(Invalid) as renumbered, shelves.work() as uow:
        uow.change_each(Book, {book.id: {"id": 7}})
    assert problem_codes(renumbered.value) == {"0.id": ["cannot_change"]}


@pytest.mark.parametrize(("before", "after"), [(150, 99), (99, 150)])
def test_no_row_is_changed_out_of_reach_or_into_it(open_shelves: OpenShelves, before: int, after: int) -> None:
    shelves = open_shelves(library_domain(LONGER))
    with shelves.work() as uow:
        long, moved = uow.add_all(Book, [*books("Hamsa", pages=500), *books("Devon", pages=before)], to="donate")
    with pytest.raises(Forbidden), shelves.work() as uow:
        uow.change_each(Book, {long.id: {"pages": 501}, moved.id: {"pages": after}})
    with shelves.work() as uow:
        assert [book.pages for book in uow.find(Book)] == [500, before]


def test_what_is_wrong_with_changes_is_named_by_place(shelves: Shelves) -> None:
    hamsa, devon = shelves.book("Hamsa"), shelves.book("Devon")
    with pytest.raises(Invalid) as refused, shelves.work() as uow:
        uow.change_each(Book, {devon.id: {"pages": 1}, hamsa.id: {"pages": "many", "condition": "eaten"}})
    assert problem_codes(refused.value) == {"1.pages": ["int_parsing"], "1.condition": ["enum"]}
    with pytest.raises(Conflict), shelves.work() as uow:
        uow.change_each(Book, {devon.id: {"title": "Divan"}, hamsa.id: {"title": "Divan"}})
    assert titles(shelves) == ["Hamsa", "Devon"]


def test_the_old_file_goes_when_a_new_one_takes_its_place_and_others_stay(shelves: Shelves) -> None:
    files = shelves.ports.files
    assert isinstance(files, MemoryFiles)
    with shelves.work() as uow:
        covers = [uow.store_file(name, folder="covers", name="1.png") for name in (b"one", b"two")]
        first, second = uow.add_all(Book, [{**books(str(n))[0], "cover": key} for n, key in enumerate(covers)])
    with pytest.raises(ZeroDivisionError), shelves.work() as uow:
        uow.change_each(Book, {first.id: {"cover": None}})
        raise ZeroDivisionError
    assert list(files.contents.values()) == [b"one", b"two"]
    with shelves.work() as uow:
        new = uow.store_file(b"three", folder="covers", name="1.png")
        uow.change_each(Book, {first.id: {"cover": new}, second.id: {"cover": covers[1], "pages": 2}})
    assert list(files.contents.values()) == [b"two", b"three"]


def test_what_was_found_before_is_looked_up_again(shelves: Shelves) -> None:
    hamsa = shelves.book("Hamsa")
    with pytest.raises(Invalid), shelves.work() as uow:
        uow.add(Book, {"library_id": 1, "title": "Devon", "sequel_of_id": hamsa.id})
        uow.remove(hamsa)
        uow.add_all(Book, books("Badoye", sequel_of_id=hamsa.id))
    assert titles(shelves) == ["Hamsa"]


# -- on databases --------------------------------------------------------------------------------------


def many(number: int, center_id: int) -> list[dict[str, Any]]:
    return [{"center_id": center_id, "name": f"Branch {n:04}"} for n in range(number)]


def test_a_thousand_rows_take_as_many_statements_as_one(filled_database: Database, world: World) -> None:
    school, counted = Educore(filled_database.store, memory_ports()), []
    for size in (1, 1000):
        with record_statements(filled_database.engine) as run, school.work(world.dilshod) as uow:
            added = plain(uow, Branch).add_all(Branch, many(size, world.tashkent.center.id))
        counted.append(len(run))
        with record_statements(filled_database.engine) as run, school.work(world.dilshod) as uow:
            plain(uow, Branch, "update").change_each(
                Branch, {branch.id: {"address": f"Street {branch.id}"} for branch in added}
            )
        counted.append(len(run))
    assert counted == [6, 6, 6, 6]  # four of them by the audit trail


def test_fifteen_hundred_rows_keep_their_order(filled_database: Database, world: World) -> None:
    school = Educore(filled_database.store, memory_ports())
    with school.work(world.dilshod) as uow:
        added = plain(uow, Branch).add_all(Branch, many(1500, world.tashkent.center.id))
        backwards = {branch.id: {"address": branch.name} for branch in reversed(added)}
        changed = plain(uow, Branch, "update").change_each(Branch, backwards)
    with school.work(world.dilshod, read_only=True) as uow:
        stored = uow.find(Branch, where(name__icontains="Branch "))
    assert [branch.name for branch in stored] == [f"Branch {n:04}" for n in range(1500)]
    assert [branch.id for branch in added] == [branch.id for branch in stored]
    assert list(reversed(changed)) == stored
    assert all(branch.address == branch.name for branch in stored)


def test_every_value_comes_back_as_it_went_in(school: Educore, world: World, clock: FixedClock) -> None:
    with school.work(world.rustam) as uow:
        teachers = uow.find(Teacher, where(center_id=world.tashkent.center.id))
        values = ({"hourly_rate": Decimal("0.01"), "hire_date": "2024-02-29"}, {"specialization": "Ёжик; '--\n"})
        changed = plain(uow, Teacher, "update").change_each(
            Teacher, {t.id: v for t, v in zip(teachers, values, strict=True)}
        )
    with school.work(world.rustam, read_only=True) as uow:
        assert uow.find(Teacher, where(id__in=[t.id for t in teachers])) == changed
    assert (changed[0].hourly_rate, changed[1].hourly_rate) == (Decimal("0.01"), teachers[1].hourly_rate)
    assert changed[1].specialization == "Ёжик; '--"


def test_one_bad_row_among_many_leaves_nothing_behind(school: Educore, world: World) -> None:
    center = {"center_id": world.tashkent.center.id}
    good = [{**center, "name": str(n), "branch_id": world.tashkent.branch.id, "capacity": 5} for n in range(20)]
    for bad in ({"branch_id": 10**9}, {"capacity": 0}, {"name": "7"}, {"name": "101"}):
        with pytest.raises(Invalid), school.work(world.dilshod) as uow:
            uow.add_all(Room, [*good, {**good[0], "name": "last", **bad}])
        with school.work(world.dilshod, read_only=True) as uow:
            assert uow.count(Room) == 1
