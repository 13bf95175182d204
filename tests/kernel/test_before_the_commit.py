"""What a domain watches, and what it does when a unit of work is about to be committed."""

from __future__ import annotations

from typing import Any

import pytest

from educore import Forbidden, NotFound, UnitOfWork, everything
from educore.kernel.changes import Change
from educore.kernel.errors import Invalid
from support.library_domain import STAFF, Book, Library, Loan, OpenShelves, Shelves, library_domain


class Clerk:
    """Notes what it is shown; refuses when told to."""

    def __init__(self) -> None:
        self.seen: list[Change] = []
        self.refuses = False

    def __call__(self, uow: UnitOfWork) -> None:
        self.seen += uow.changes
        if self.refuses:
            raise Invalid.because("", "not_today")


@pytest.fixture
def clerk() -> Clerk:
    return Clerk()


@pytest.fixture
def shelves(open_shelves: OpenShelves, clerk: Clerk) -> Shelves:
    return open_shelves(library_domain(audited=(Book,), before_commit=(clerk,)))


def told(changes: list[Change], field: str) -> list[tuple[Any, Any]]:
    return [(getattr(c.before, field, None), getattr(c.after, field, None)) for c in changes]


def test_every_write_of_a_watched_kind_is_told_with_before_and_after(shelves: Shelves, clerk: Clerk) -> None:
    with shelves.work() as uow:
        one = uow.add(Book, {"library_id": 1, "title": "Hamsa"})
        two, _ = uow.add_all(Book, [{"library_id": 1, "title": "Devon"}, {"library_id": 1, "title": "Layli"}])
        uow.change(one, {"title": "Khamsa"})
        uow.change_each(Book, {two.id: {"pages": 7}, one.id: {"title": "Khamsa"}})
        uow.remove(two)
    assert told(clerk.seen, "title") == [
        (None, "Hamsa"),
        (None, "Devon"),
        (None, "Layli"),
        ("Hamsa", "Khamsa"),
        ("Devon", "Devon"),
        ("Devon", None),
    ]


def test_what_changes_nothing_or_is_not_watched_is_not_told(shelves: Shelves, clerk: Clerk) -> None:
    book = shelves.book()
    clerk.seen.clear()
    with shelves.work() as uow:
        uow.change(book, {"title": book.title})
        uow.change(uow.get(Library, 1), {"name": "Navoiy"})
        uow.add(Loan, {"book_id": book.id, "reader": "Timur"})
    assert clerk.seen == []


def test_a_private_field_is_told_as_it_is_stored(shelves: Shelves, clerk: Clerk) -> None:
    book = shelves.book(price=90, pages=7)
    clerk.seen.clear()
    with shelves.work(STAFF) as uow:
        uow.change(book, {"pages": 8})
    assert told(clerk.seen, "price") == [(90, 90)]


def test_changes_seen_through_another_persons_policies_are_told_too(shelves: Shelves, clerk: Clerk) -> None:
    book = shelves.book()
    clerk.seen.clear()
    with shelves.work() as uow:
        uow.as_actor(STAFF).change(book, {"pages": 8})
    assert told(clerk.seen, "pages") == [(None, 8)]


def test_a_refusal_before_the_commit_undoes_everything(shelves: Shelves, clerk: Clerk) -> None:
    clerk.refuses = True
    published: list[object] = []
    with pytest.raises(Invalid), shelves.work() as uow:
        uow.add(Book, {"library_id": 1, "title": "Hamsa"})
        key = uow.store_file(b"a cover", folder="covers", name="hamsa.png")
        uow.record(published)
    clerk.refuses = False
    with shelves.work() as uow:
        assert uow.find(Book) == []
    with pytest.raises(NotFound):
        shelves.ports.files.read(key)


def test_nothing_is_told_of_a_unit_of_work_that_failed(shelves: Shelves, clerk: Clerk) -> None:
    with pytest.raises(Forbidden), shelves.work(STAFF) as uow:
        uow.add(Book, {"library_id": 1, "title": "Hamsa"})
    assert clerk.seen == []


def test_watched_rows_are_not_written_unseen(shelves: Shelves) -> None:
    shelves.book()
    with pytest.raises(TypeError, match="Book is audited"), shelves.work() as uow:
        uow.change_all(Book, everything, {"pages": 2})
    with pytest.raises(TypeError, match="Loan is audited, so it may not vanish with its book_id"):
        library_domain(audited=(Loan,))
