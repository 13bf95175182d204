"""The unit of work: one actor, one transaction, every rule applied before and after."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from educore import (
    ANONYMOUS,
    Actor,
    Aggregate,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Policy,
    Problem,
    Role,
    UnitOfWork,
    actor,
    allow,
    everything,
    perform,
    use_case,
    where,
)
from educore.adapters.memory import MemoryFiles
from support.library_domain import (
    DIRECTOR,
    READER,
    STAFF,
    Book,
    Condition,
    Library,
    Loan,
    OpenShelves,
    Shelves,
    library_domain,
)

BABUR = Actor(Role.DIRECTOR, center_id=2)
LONGER = Policy(Book, {Role.DIRECTOR: allow(where(pages__gte=100), read=everything, donate=everything)})


@pytest.fixture
def shelves(open_shelves: OpenShelves) -> Shelves:
    return open_shelves()


def codes(error: Invalid) -> dict[str, list[str]]:
    return {path: [problem.code for problem in problems] for path, problems in error.fields.items()}


# -- two steps -------------------------------------------------------------------------------------------

THIN_AND_NEW = Policy(
    Book,
    {
        Role.DIRECTOR: allow(everything),
        Role.STAFF: allow(everything, create=where(pages__lte=100, sequel_of__condition=Condition.NEW)),
    },
)
"""Staff buy only thin sequels of new books; those that are there they may change at will."""


def test_a_field_that_moves_is_held_to_the_rule_for_making(open_shelves: OpenShelves) -> None:
    shelves = open_shelves(library_domain(THIN_AND_NEW))
    new, worn = (shelves.book(title=str(c), condition=c, pages=500) for c in Condition)
    book = shelves.book(title="Hamsa", pages=500)
    changes: list[dict[str, Any]] = [{"pages": 101}, {"sequel_of_id": worn.id}, {"pages": 7, "sequel_of_id": worn.id}]
    for fields in changes:
        with pytest.raises(Forbidden), shelves.work(STAFF) as uow:
            uow.change(book, fields)
        with pytest.raises(Forbidden), shelves.work(STAFF) as uow:
            uow.change_each(Book, {book.id: fields, new.id: {"title": "Other"}})
    with shelves.work() as uow:
        assert uow.get(Book, book.id) == book, "nothing of a refused change stays"
    with shelves.work(STAFF) as uow:
        uow.change(book, {"title": "A field the rule does not speak of"})
        uow.change(book, {"pages": 100, "sequel_of_id": new.id})
        uow.change_each(Book, {book.id: {"pages": 99}, new.id: {"title": "Thick, and stays so"}})


def test_who_may_make_nothing_is_held_to_no_rule_for_making(open_shelves: OpenShelves) -> None:
    only_changes = Policy(Book, {Role.DIRECTOR: allow(everything), Role.STAFF: allow(update=everything)})
    shelves = open_shelves(library_domain(only_changes))
    book = shelves.book(pages=500)
    with shelves.work(STAFF) as uow:
        assert uow.change(book, {"pages": 7}).pages == 7


def test_change_all_refuses_fields_that_the_rule_for_making_speaks_of(open_shelves: OpenShelves) -> None:
    shelves = open_shelves(library_domain(THIN_AND_NEW))
    with pytest.raises(TypeError, match="pages"), shelves.work(STAFF) as uow:
        uow.change_all(Book, everything, {"pages": 7})


# -- the end of a transaction --------------------------------------------------------------------------


def test_leaving_the_block_commits(shelves: Shelves) -> None:
    shelves.book()
    with shelves.work() as uow:
        assert uow.count(Book) == 1


def test_an_exception_undoes_everything(shelves: Shelves) -> None:
    with pytest.raises(Conflict), shelves.work() as uow:
        uow.add(Book, {"library_id": 1, "title": "Hamsa"})
        uow.add(Book, {"library_id": 1, "title": "Hamsa"})
    with shelves.work() as uow:
        assert uow.count(Book) == 0


def test_a_forbidden_row_is_not_committed_even_if_the_error_is_swallowed(open_shelves: OpenShelves) -> None:
    shelves = open_shelves(library_domain(LONGER))
    with pytest.raises(Forbidden), shelves.work() as uow:
        try:  # noqa: SIM105 - somebody's careless code, spelled out
            uow.add(Book, {"library_id": 1, "title": "Hamsa", "pages": 50})
        except Forbidden:
            pass
    with shelves.work() as uow:
        assert uow.count(Book) == 0


def test_a_row_changed_beyond_the_rule_is_not_committed_even_if_the_error_is_caught(open_shelves: OpenShelves) -> None:
    shelves = open_shelves(library_domain(LONGER))
    book = shelves.book(pages=150)
    with pytest.raises(Forbidden), shelves.work() as uow:
        try:  # noqa: SIM105 - somebody's careless code, spelled out
            uow.change(book, {"pages": 50})
        except Forbidden:
            pass
        uow.add(Book, {"library_id": 1, "title": "Something else"})
    with shelves.work() as uow:
        assert [found.pages for found in uow.find(Book)] == [150]


def test_a_swallowed_refusal_of_somebody_acted_for_counts_too(open_shelves: OpenShelves) -> None:
    shelves = open_shelves(library_domain(LONGER))
    with pytest.raises(Forbidden), shelves.work() as uow:
        try:  # noqa: SIM105 - somebody's careless code, spelled out
            uow.as_actor(BABUR).add(Book, {"library_id": 2, "title": "Hamsa", "pages": 50})
        except Forbidden:
            pass
    with shelves.work() as uow:
        assert uow.count(Book) == 0


def published(shelves: Shelves) -> list[object]:
    heard: list[object] = []
    shelves.ports = replace(shelves.ports, publish=heard.append)
    return heard


def test_events_are_published_after_the_commit_in_their_order(shelves: Shelves) -> None:
    heard = published(shelves)
    with shelves.work() as uow:
        uow.record("first")
        uow.as_actor(READER).record("second")
        assert heard == []
    assert heard == ["first", "second"]


def test_events_of_an_undone_transaction_are_not_published(shelves: Shelves) -> None:
    heard = published(shelves)
    with pytest.raises(NotFound), shelves.work() as uow:
        uow.record("never")
        uow.get(Book, 99)
    assert heard == []


# -- files ---------------------------------------------------------------------------------------------


def contents(shelves: Shelves) -> list[bytes]:
    files = shelves.ports.files
    assert isinstance(files, MemoryFiles)
    return list(files.contents.values())


def with_cover(shelves: Shelves) -> Book:
    with shelves.work() as uow:
        return uow.add(
            Book, {"library_id": 1, "title": "Hamsa", "cover": uow.store_file(b"old", folder="covers", name="1.png")}
        )


def test_a_file_is_kept_with_its_row(shelves: Shelves) -> None:
    with_cover(shelves)
    assert contents(shelves) == [b"old"]


def test_a_file_is_forgotten_when_its_row_is_undone(shelves: Shelves) -> None:
    with pytest.raises(ZeroDivisionError), shelves.work() as uow:
        uow.store_file(b"new", folder="covers", name="1.png")
        raise ZeroDivisionError
    assert contents(shelves) == []


def test_a_file_is_forgotten_when_the_commit_fails(shelves: Shelves, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OSError, match="disk full"), shelves.work() as uow:
        uow.store_file(b"new", folder="covers", name="1.png")
        transaction = uow._transaction

        def fail() -> None:
            transaction.rollback()
            raise OSError("disk full")

        monkeypatch.setattr(transaction, "commit", fail)
    assert contents(shelves) == []


def test_the_old_file_goes_when_a_new_one_takes_its_place(shelves: Shelves) -> None:
    book = with_cover(shelves)
    with shelves.work() as uow:
        uow.change(book, {"cover": uow.store_file(b"new", folder="covers", name="1.png")})
        assert contents(shelves) == [b"old", b"new"]
    assert contents(shelves) == [b"new"]


def test_the_old_file_stays_when_the_change_is_undone(shelves: Shelves) -> None:
    book = with_cover(shelves)
    with pytest.raises(ZeroDivisionError), shelves.work() as uow:
        uow.change(book, {"cover": uow.store_file(b"new", folder="covers", name="1.png")})
        raise ZeroDivisionError
    assert contents(shelves) == [b"old"]


def test_a_file_goes_with_its_row(shelves: Shelves) -> None:
    book = with_cover(shelves)
    with shelves.work() as uow:
        uow.remove(book)
    assert contents(shelves) == []


# -- reading -------------------------------------------------------------------------------------------


def test_a_row_of_another_library_does_not_exist(shelves: Shelves) -> None:
    book = shelves.book()
    with pytest.raises(NotFound) as missed, shelves.work(BABUR) as uow:
        uow.get(Book, book.id)
    assert missed.value.params == {"kind": "Book", "id": book.id}


def test_a_visible_row_that_may_not_be_deleted_is_forbidden(shelves: Shelves) -> None:
    book = shelves.book()
    with pytest.raises(Forbidden) as refused, shelves.work(READER) as uow:
        uow.get(Book, book.id, to="delete")
    assert refused.value.params == {"kind": "Book", "action": "delete"}


def test_a_hidden_row_that_may_not_be_deleted_does_not_exist(shelves: Shelves) -> None:
    book = shelves.book(library_id=2)
    with pytest.raises(NotFound), shelves.work(READER) as uow:
        uow.get(Book, book.id, to="delete")


def test_part_of_a_kind_can_be_all_there_is(shelves: Shelves) -> None:
    book = shelves.book()
    with pytest.raises(NotFound), shelves.work() as uow:
        uow.get(Book, book.id, only=where(condition=Condition.WORN))


def test_a_private_field_is_none_in_what_is_found_and_got(shelves: Shelves) -> None:
    book = shelves.book(price=Decimal(5))
    with shelves.work(READER) as uow:
        assert [uow.get(Book, book.id).price, uow.find(Book)[0].price] == [None, None]


def test_private_values_cannot_be_added_up(shelves: Shelves) -> None:
    shelves.book(price=Decimal(5))
    with shelves.work(READER) as reader:
        assert reader.sum(Book, "price") == 0
    with shelves.work(DIRECTOR) as director:
        assert director.sum(Book, "price") == 5


def test_private_values_cannot_be_tallied(shelves: Shelves) -> None:
    shelves.book(pages=50)
    shelves.book("Devon", pages=500, condition=Condition.WORN)
    with shelves.work(STAFF) as uow:
        assert uow.count_by(Book, "condition") == {Condition.WORN: 1}


def test_rows_are_tallied_by_what_they_refer_to(shelves: Shelves) -> None:
    lent = [shelves.book("Hamsa", pages=50), shelves.book("Devon", pages=500, sequel_of_id=1)]
    with shelves.work() as uow:
        uow.add_all(Loan, [{"book_id": lent[n].id, "reader": "Ali"} for n in (0, 1, 1)])
        assert uow.count_by(Loan, "book.title") == {"Hamsa": 1, "Devon": 2}
        assert uow.count_by(Loan, "book.sequel_of.title") == {None: 1, "Hamsa": 2}
        assert uow.count_by(Loan, "book.title", where(book__pages__gte=100)) == {"Devon": 2}


def test_private_values_cannot_be_tallied_along_a_path_either(open_shelves: OpenShelves) -> None:
    shelves = open_shelves(library_domain(Policy(Loan, {Role.STAFF: allow(everything)})))
    lent = [shelves.book("Hamsa", pages=50), shelves.book("Devon", pages=500, condition=Condition.WORN)]
    with shelves.work(STAFF) as uow:
        uow.add_all(Loan, [{"book_id": book.id, "reader": "Ali"} for book in lent])
        assert uow.count_by(Loan, "book.condition") == {Condition.WORN: 1}
        assert uow.count_by(Loan, "book.price") == {}


def test_values_are_added_up_by_what_rows_have_in_common(shelves: Shelves) -> None:
    shelves.book("Hamsa", pages=50, price=Decimal("1.50"))
    shelves.book("Devon", pages=500, price=Decimal(2), sequel_of_id=1)
    shelves.book("Layli", pages=7, sequel_of_id=1, condition=Condition.WORN)
    with shelves.work() as uow:
        assert uow.sum_by(Book, "price", "condition") == {Condition.NEW: Decimal("3.5"), Condition.WORN: Decimal(0)}
        assert uow.sum_by(Book, "pages", "sequel_of.title") == {None: 50, "Hamsa": 507}
        assert uow.sum_by(Book, "sequel_of.pages", "condition") == {Condition.NEW: 50, Condition.WORN: 50}
        assert uow.sum_by(Book, "pages", ("library.name", "condition"), where(pages__gte=10)) == {
            ("Navoi", Condition.NEW): 550
        }
        assert list(uow.sum_by(Book, "pages", "title", limit=2).items()) == [("Devon", 500), ("Hamsa", 50)]


def test_the_groups_with_the_largest_results_come_first_and_those_with_the_smallest_minimum(shelves: Shelves) -> None:
    for title, pages in {"Hamsa": 50, "Devon": 500, "Layli": 50, "Farhod": None}.items():
        shelves.book(title, pages=pages)
    total, least, most = Aggregate("sum", "pages"), Aggregate("min", "pages"), Aggregate("max", "pages")
    with shelves.work() as uow:
        largest = uow.aggregate_by(Book, (total, most), "title", limit=9)
        assert list(largest.items()) == [
            ("Devon", (500, 500)),
            ("Hamsa", (50, 50)),
            ("Layli", (50, 50)),
            ("Farhod", (0, None)),
        ]
        smallest = uow.aggregate_by(Book, (least, Aggregate("count")), "title", limit=2, offset=1)
        assert list(smallest.items()) == [("Layli", (50, 1)), ("Devon", (500, 1))]
        assert list(uow.aggregate_by(Book, (most,), "title", limit=1, offset=3)) == ["Farhod"]


def test_nobody_adds_up_rows_or_values_that_they_may_not_read(shelves: Shelves) -> None:
    """Other libraries' rows, values that are private, and rows grouped by a private value."""
    shelves.book(pages=50, price=Decimal(5))
    shelves.book("Devon", pages=500, price=Decimal(7), condition=Condition.WORN)
    shelves.book("Layli", library_id=2, pages=9, price=Decimal(9))
    most_expensive = (Aggregate("max", "price"),)
    with shelves.work(DIRECTOR) as director:
        assert director.sum_by(Book, "price", "library.name") == {"Navoi": 12}
        assert director.sum_by(Book, "pages", "condition") == {Condition.NEW: 50, Condition.WORN: 500}
        assert director.aggregate_by(Book, most_expensive, "library_id") == {1: (7,)}
    with shelves.work(STAFF) as staff:
        assert staff.sum_by(Book, "pages", "condition") == {Condition.WORN: 500}
        assert staff.sum_by(Book, "price", "library.name") == {}
    with shelves.work(READER) as reader:
        assert reader.aggregate_by(Book, most_expensive, "library_id") == {}
        assert reader.sum_by(Book, "pages", "price") == {}
        count = (Aggregate("count"),)
        assert reader.aggregate_by(Book, count, ()) == {(): (2,)}
        assert reader.aggregate_by(Book, count, (), to="delete") == {(): (0,)}


@pytest.mark.parametrize(
    ("aggregate", "complaint"),
    [
        (Aggregate("sum", "book.title"), "Book.title has no sum"),
        (Aggregate("max", "book.condition"), "Book.condition has no max"),
        (Aggregate("min", "returned"), "Loan.returned has no min"),
        (Aggregate("sum", "book.created_at"), "Book.created_at has no sum"),
        (Aggregate("sum", "book.pagse"), "Book has no field 'pagse'"),
    ],
)
def test_what_cannot_be_added_or_compared_is_a_mistake_of_the_programmer(
    shelves: Shelves, aggregate: Aggregate, complaint: str
) -> None:
    with shelves.work() as uow:
        assert uow.aggregate_by(Loan, (Aggregate("max", "book.created_at"),), "book_id") == {}
        with pytest.raises(TypeError, match=complaint):
            uow.aggregate_by(Loan, (aggregate,), "book_id")


@pytest.mark.parametrize("path", ["book.titel", "shelf.title", "title"])
def test_a_tally_by_what_is_not_there_is_a_mistake_of_the_programmer(shelves: Shelves, path: str) -> None:
    with pytest.raises(TypeError), shelves.work() as uow:
        uow.count_by(Loan, path)


def test_whether_a_role_may_ever_do_something_is_known_without_reading(shelves: Shelves) -> None:
    with shelves.work(STAFF) as uow:
        assert (uow.may(Book, "update"), uow.may(Book, "create")) == (True, False)


# -- adding --------------------------------------------------------------------------------------------


def test_a_new_row_is_stamped(shelves: Shelves) -> None:
    book = shelves.book()
    assert book.created_at == book.updated_at == shelves.ports.clock.now()


def test_a_new_row_that_is_wrong_is_refused_field_by_field(shelves: Shelves) -> None:
    with pytest.raises(Invalid) as refused, shelves.work() as uow:
        uow.add(Book, {"title": "", "pages": "many"})
    assert codes(refused.value) == {"library_id": ["missing"], "title": ["string_too_short"], "pages": ["int_parsing"]}


def test_a_new_row_cannot_choose_its_id(shelves: Shelves) -> None:
    with pytest.raises(Invalid) as refused, shelves.work() as uow:
        uow.add(Book, {"library_id": 1, "title": "Hamsa", "id": 77})
    assert codes(refused.value) == {"id": ["cannot_change"]}


def test_a_reference_to_nothing_is_an_unknown_id(shelves: Shelves) -> None:
    with pytest.raises(Invalid) as refused, shelves.work() as uow:
        uow.add(Book, {"library_id": 1, "title": "Hamsa", "sequel_of_id": 99})
    assert refused.value.fields == {"sequel_of_id": [Problem("unknown_id", {"id": 99})]}


def test_a_reference_to_what_the_actor_cannot_see_is_an_unknown_id(shelves: Shelves) -> None:
    other = shelves.book(library_id=2)
    with pytest.raises(Invalid) as refused, shelves.work() as uow:
        uow.add(Book, {"library_id": 1, "title": "Devon", "sequel_of_id": other.id})
    assert codes(refused.value) == {"sequel_of_id": ["unknown_id"]}


def test_two_rows_cannot_share_what_names_one(shelves: Shelves) -> None:
    shelves.book("Hamsa", isbn="1")
    with pytest.raises(Conflict) as refused, shelves.work() as uow:
        uow.add(Book, {"library_id": 1, "title": "Hamsa", "isbn": "1"})
    assert codes(refused.value) == {"title": ["taken"], "isbn": ["taken"]}


def test_rows_without_the_value_do_not_collide(shelves: Shelves) -> None:
    shelves.book("Hamsa")
    shelves.book("Devon")
    with shelves.work() as uow:
        assert uow.count(Book, where(isbn__isnull=True)) == 2


def test_what_is_taken_and_what_is_unknown_are_told_together(shelves: Shelves) -> None:
    shelves.book("Hamsa")
    with pytest.raises(Invalid) as refused, shelves.work() as uow:
        uow.add(Book, {"library_id": 1, "title": "Hamsa", "sequel_of_id": 99})
    assert codes(refused.value) == {"sequel_of_id": ["unknown_id"], "title": ["taken"]}


@pytest.mark.parametrize("who", [ANONYMOUS, STAFF, READER], ids=lambda who: who.role)
def test_who_may_never_add_rows_learns_nothing_about_those_there_are(shelves: Shelves, who: Actor) -> None:
    shelves.book("Hamsa", isbn="1")
    with pytest.raises(Forbidden), shelves.work(who) as uow:
        uow.add(Book, {"library_id": 1, "title": "Hamsa", "isbn": "1"})


# -- changing ------------------------------------------------------------------------------------------


def test_a_change_is_stamped_and_an_empty_one_is_not(shelves: Shelves) -> None:
    book = shelves.book()
    shelves.ports.clock.advance(hours=1)  # type: ignore[attr-defined]  # a FixedClock
    with shelves.work() as uow:
        assert uow.change(book, {"title": "Hamsa"}).updated_at == book.updated_at
        assert uow.change(book, {"title": "Devon"}).updated_at > book.updated_at


def test_a_change_starts_from_what_is_stored_not_from_what_was_seen(shelves: Shelves) -> None:
    seen_before = shelves.book()
    with shelves.work() as uow:
        uow.change(seen_before, {"pages": 7})
    with shelves.work() as uow:
        assert uow.change(seen_before, {"title": "Devon"}).pages == 7


def test_a_fixed_field_cannot_be_changed(open_shelves: OpenShelves, shelves: Shelves) -> None:
    everywhere = Policy(Book, {Role.DIRECTOR: allow(everything)})
    shelves = open_shelves(library_domain(everywhere, Policy(Library, {Role.DIRECTOR: allow(everything)})))
    book = shelves.book()
    with pytest.raises(Invalid) as refused, shelves.work() as uow:
        uow.change(book, {"library_id": 2})
    assert codes(refused.value) == {"library_id": ["cannot_change"]}


@pytest.mark.parametrize("id", [0, 2, 99])
def test_an_id_cannot_be_changed_and_no_other_row_is_touched(shelves: Shelves, id: int) -> None:
    mine = shelves.book("Hamsa")
    shelves.book("Baburnoma", library_id=2)
    with pytest.raises(Invalid) as refused, shelves.work() as uow:
        uow.change(mine, {"id": id, "title": "Stolen"})
    assert codes(refused.value) == {"id": ["cannot_change"]}
    with shelves.work(BABUR) as uow:
        assert [book.title for book in uow.find(Book)] == ["Baburnoma"]


def test_a_row_cannot_be_changed_out_of_reach(open_shelves: OpenShelves) -> None:
    shelves = open_shelves(library_domain(LONGER))
    book = shelves.book(pages=150)
    with pytest.raises(Forbidden), shelves.work() as uow:
        uow.change(book, {"pages": 99})


def test_a_row_cannot_be_changed_into_reach(open_shelves: OpenShelves) -> None:
    shelves = open_shelves(library_domain(LONGER))
    with shelves.work() as uow:
        book = uow.add(Book, {"library_id": 1, "title": "Hamsa", "pages": 99}, to="donate")
    with pytest.raises(Forbidden), shelves.work() as uow:
        uow.change(book, {"pages": 150})


def test_a_taken_value_cannot_be_changed_to_but_ones_own_stays(shelves: Shelves) -> None:
    shelves.book("Hamsa")
    devon = shelves.book("Devon")
    with shelves.work() as uow:
        assert uow.change(devon, {"title": "Devon", "pages": 1}).pages == 1
    with pytest.raises(Conflict) as refused, shelves.work() as uow:
        uow.change(devon, {"title": "Hamsa"})
    assert codes(refused.value) == {"title": ["taken"]}


def test_many_rows_change_in_one_statement_and_only_within_reach(shelves: Shelves) -> None:
    shelves.book("Hamsa")
    shelves.book("Devon")
    shelves.book("Baburnoma", library_id=2)
    with shelves.work() as uow:
        assert uow.change_all(Book, where(pages__isnull=True), {"pages": 9}) == 2
    with shelves.work(BABUR) as uow:
        assert uow.find(Book)[0].pages is None


def test_changing_many_rows_respects_a_limited_rule(shelves: Shelves) -> None:
    shelves.book()
    with pytest.raises(Forbidden) as refused, shelves.work(STAFF) as uow:
        uow.change_all(Book, everything, {"title": "Stolen"})
    assert refused.value.params["fields"] == ["title"]


@pytest.mark.parametrize("field", ["library_id", "sequel_of_id"])
def test_references_and_policed_fields_are_changed_one_by_one(shelves: Shelves, field: str) -> None:
    with pytest.raises(TypeError, match=field), shelves.work() as uow:
        uow.change_all(Book, everything, {field: 2})


def test_a_field_the_policy_looks_at_is_changed_one_by_one(open_shelves: OpenShelves) -> None:
    shelves = open_shelves(library_domain(LONGER))
    with pytest.raises(TypeError, match="pages"), shelves.work() as uow:
        uow.change_all(Book, everything, {"pages": 2})


# -- removing ------------------------------------------------------------------------------------------


def test_removing_takes_along_what_belongs_to_the_row_and_clears_what_points_at_it(shelves: Shelves) -> None:
    hamsa = shelves.book("Hamsa")
    shelves.book("Devon", sequel_of_id=hamsa.id)
    with shelves.work() as uow:
        uow.add(Loan, {"book_id": hamsa.id, "reader": "Ali"})
    with shelves.work() as uow:
        uow.remove(hamsa)
    with shelves.work() as uow:
        assert uow.count(Loan) == 0
        assert [book.sequel_of_id for book in uow.find(Book)] == [None]


def test_what_is_in_the_way_is_named_and_counted(shelves: Shelves) -> None:
    shelves.book("Hamsa")
    shelves.book("Devon")
    with pytest.raises(Conflict) as refused, shelves.work() as uow:
        uow.remove(uow.get(Library, 1))
    assert refused.value.fields == {"": [Problem("in_use", {"kind": "Library", "by": {"Book": 2}})]}


def test_a_row_that_is_gone_cannot_be_removed_again(shelves: Shelves) -> None:
    book = shelves.book()
    with shelves.work() as uow:
        uow.remove(book)
    with pytest.raises(NotFound), shelves.work() as uow:
        uow.remove(book)


# -- telling what would be wrong -----------------------------------------------------------------------


def test_problems_are_told_without_writing(shelves: Shelves) -> None:
    shelves.book("Hamsa")
    with shelves.work() as uow:
        assert uow.find_problems(Book, {"library_id": 1, "title": "Hamsa", "sequel_of_id": 9, "colour": "red"}) == {
            "title": [Problem("taken", {"key": "Book.library_id.title"})],
            "sequel_of_id": [Problem("unknown_id", {"id": 9})],
        }
        assert uow.find_problems(Book, {"library_id": 1, "title": "Devon"}) == {}
        assert uow.count(Book) == 1


def test_a_row_is_not_in_its_own_way(shelves: Shelves) -> None:
    book = shelves.book("Hamsa")
    with shelves.work() as uow:
        assert uow.find_problems(Book, {"title": "Hamsa"}, of=book) == {}


# -- actions by name -----------------------------------------------------------------------------------


@use_case
def rename(uow: UnitOfWork, book: Book, /, *, title: str) -> Book:
    """Give a book another title, twice over."""
    return uow.change(book, {"title": title * 2}, to="rename")


@use_case
def open_with_prefix(uow: UnitOfWork, /, **fields: str) -> Book:
    """Add a book whose title says that it is new."""
    return uow.add(Book, {**fields, "title": f"New {fields['title']}"})


RENAMING = Policy(Book, {Role.DIRECTOR: allow(where(library_id=actor.center_id), rename=where(pages__isnull=True))})
ACTIONS = {(Book, "rename"): rename, (Book, "create"): open_with_prefix}


@pytest.fixture
def acting(open_shelves: OpenShelves) -> Shelves:
    return open_shelves(library_domain(RENAMING, actions=ACTIONS))


def test_a_listed_action_is_its_use_case(acting: Shelves) -> None:
    with acting.work() as uow:
        book = perform(uow, Book, "create", fields={"library_id": 1, "title": "Hamsa"})
        assert book.title == "New Hamsa"
        assert perform(uow, Book, "rename", book.id, {"title": "ab"}, returns=Book).title == "abab"


def test_an_action_that_is_not_listed_is_the_plain_verb(acting: Shelves) -> None:
    book = acting.book()
    with acting.work() as uow:
        assert perform(uow, Book, "update", book.id, {"pages": 3}).pages == 3
        perform(uow, Book, "delete", book.id)
        assert uow.count(Book) == 0


def test_an_action_is_refused_on_rows_outside_its_own_rule(acting: Shelves) -> None:
    book = acting.book(pages=3)
    with pytest.raises(Forbidden), acting.work() as uow:
        perform(uow, Book, "rename", book.id, {"title": "x"})


def test_an_edge_can_keep_to_part_of_a_kind(acting: Shelves) -> None:
    book = acting.book()
    with pytest.raises(NotFound), acting.work() as uow:
        perform(uow, Book, "delete", book.id, only=where(pages__gte=1))


def test_reading_is_not_an_action_that_changes(acting: Shelves) -> None:
    book = acting.book()
    with pytest.raises(TypeError, match="read"), acting.work() as uow:
        perform(uow, Book, "read", book.id, {"title": "Stolen"})
