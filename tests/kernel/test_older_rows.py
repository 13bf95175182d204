"""A row that was written under an older, laxer rule can be read everywhere; the next change must put it right."""

from __future__ import annotations

import pytest

from educore import Invalid, Shape, where
from educore.kernel.entity import restore_entity
from support.library_domain import DIRECTOR, NOON, Book, OpenShelves, Shelves


class BookOut(Shape, of=Book):
    """A book on a list."""

    id: int
    title: str
    pages: int | None


def with_untitled_book(shelves: Shelves) -> Shelves:
    """Shelves with a book without a title, which today's rule refuses."""
    with pytest.raises(Invalid, match="title"):
        shelves.book("")
    older = dict(shelves.book("Hamsa", pages=300)) | {"id": 0, "title": "", "created_at": NOON, "updated_at": NOON}
    transaction = shelves.store.begin()
    transaction.insert(restore_entity(Book, older))
    transaction.commit()
    return shelves


def test_an_older_row_is_read_in_every_way(open_shelves: OpenShelves) -> None:
    shelves = with_untitled_book(open_shelves())
    untitled = where(title="")
    with shelves.work(DIRECTOR) as uow:
        (book,) = uow.find(Book, untitled)
        assert (book.title, book.pages) == ("", 300)
        assert uow.get(Book, book.id, lock=True) == uow.reference(Book, book.id, field="book_id") == book
        assert uow.select(BookOut, untitled) == [{"id": book.id, "title": "", "pages": 300}]
        assert (uow.count(Book), uow.count_by(Book, "title")) == (2, {"Hamsa": 1, "": 1})
        assert "may read" in uow.explain("read", book)
        assert book.model_dump()["title"] == ""
        assert repr(book).startswith("Book(id=")


def test_the_next_change_must_put_an_older_row_right(open_shelves: OpenShelves) -> None:
    shelves = with_untitled_book(open_shelves())
    with shelves.work(DIRECTOR) as uow:
        (book,) = uow.find(Book, where(title=""))
        with pytest.raises(Invalid) as refused:
            uow.change(book, {"pages": 301})
        assert refused.value.fields.keys() == {"title"}, "the error names the field that the change did not mention"
        assert uow.change(book, {"pages": 301, "title": "Khamsa"}).title == "Khamsa"


def test_an_older_row_can_be_removed(open_shelves: OpenShelves) -> None:
    shelves = with_untitled_book(open_shelves())
    with shelves.work(DIRECTOR) as uow:
        uow.remove(uow.find(Book, where(title=""))[0])
        assert uow.count(Book) == 1


def test_a_restored_row_is_the_same_as_a_validated_one(open_shelves: OpenShelves) -> None:
    shelves = open_shelves()
    book = shelves.book("Hamsa", price="10.50")
    with shelves.work(DIRECTOR) as uow:
        (found,) = uow.find(Book)
    assert found == Book.model_validate(dict(found)) == book
    assert {name: type(value) for name, value in found} == {name: type(value) for name, value in book}
