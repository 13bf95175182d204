"""The SQL adapter knows no domain by name: a small one of another field gets tables, indexes and counts."""

from __future__ import annotations

import sqlalchemy as sa

from educore import Context, Domain, UnitOfWork, memory_ports, where
from educore.adapters.sql import Database, SqlStore, Tables
from educore.kernel.storage import Index
from support.library_domain import DIRECTOR, POLICIES, Book, Library, Loan

DOMAIN = Domain(
    Context(
        "library",
        entities=(Library, Book, Loan),
        policies=POLICIES,
        storage=(
            Index(Book, ("library_id", "pages")),
            Index(Loan, ("book_id", "reader"), unique=True, only=where(returned=False)),
        ),
    )
)


def test_a_domain_without_schools_has_tables_indexes_and_counts(database: Database) -> None:
    tables = Tables(DOMAIN)
    tables.metadata.create_all(database.engine)
    inspector = sa.inspect(database.engine)
    assert {"library", "book", "loan"} <= set(inspector.get_table_names())
    names = {index["name"] for table in ("book", "loan") for index in inspector.get_indexes(table)}
    assert {"ix_book_library_id_pages", "ix_loan_book_id_reader"} <= names

    store, ports = SqlStore(database.engine, tables), memory_ports()
    with UnitOfWork(store, DIRECTOR, ports) as uow:
        uow.as_actor(DIRECTOR)._transaction.insert(Library(id=0, name="Navoi"))
        books = [uow.add(Book, {"library_id": 1, "title": title}) for title in ("Hamsa", "Devon")]
        uow.add_all(Loan, [{"book_id": books[0].id, "reader": name, "returned": name == "Ali"} for name in READERS])
    with UnitOfWork(store, DIRECTOR, ports, read_only=True) as uow:
        assert uow.count_by(Loan, ("book.title", "returned")) == {("Hamsa", True): 1, ("Hamsa", False): 2}
        assert uow.count(Loan, where(returned=False)) == 2


READERS = ("Ali", "Vali", "Guli")
