"""A second, tiny domain: libraries that lend books. It uses what the education domain happens not to use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from educore import (
    Actor,
    Archivable,
    Context,
    Domain,
    Entity,
    Fixed,
    Hidden,
    MemoryStore,
    OnDelete,
    Policy,
    Ref,
    Role,
    Store,
    StoredFile,
    Timestamped,
    UnitOfWork,
    actor,
    allow,
    everything,
    memory_ports,
    only_fields,
    where,
)
from educore.kernel.ports import Ports
from support.plain_rows import plain

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


class Condition(StrEnum):
    """How a book looks."""

    NEW = "new"
    WORN = "worn"


class Library(Entity):
    """Where books stand."""

    name: str


class Book(Timestamped, Archivable, Entity):
    """A book; what it cost is the librarians' secret, and its alarm code nobody's business."""

    unique = (("library_id", "title"), ("isbn",))

    library_id: Annotated[int, Ref("Library"), Fixed()]
    title: Annotated[str, Field(min_length=1, max_length=40)]
    isbn: str | None = None
    condition: Condition | None = Condition.NEW
    price: Annotated[Decimal, Field(max_digits=8, decimal_places=2)] | None = None
    pages: int | None = None
    cover: Annotated[str | None, StoredFile()] = None
    alarm_code: Annotated[str, Hidden()] = "1234"
    sequel_of_id: Annotated[int, Ref("Book", OnDelete.CLEAR)] | None = None


class Loan(Entity):
    """Who has a book; goes with the book."""

    book_id: Annotated[int, Ref("Book", OnDelete.CASCADE), Fixed()]
    reader: str
    returned: bool = False


my_library = where(library_id=actor.center_id)

POLICIES = (
    Policy(Library, {Role.DIRECTOR: allow(where(id=actor.center_id)), Role.STUDENT: allow(read=everything)}),
    Policy(
        Book,
        {
            Role.DIRECTOR: allow(my_library),
            Role.STAFF: allow(read=my_library, update=only_fields(my_library, "condition", "pages")),
            Role.STUDENT: allow(read=my_library),
        },
        restricted_fields={
            "price": {Role.DIRECTOR: everything},
            "condition": {Role.DIRECTOR: everything, Role.STAFF: where(pages__gte=100)},
        },
    ),
    Policy(Loan, {Role.DIRECTOR: allow(everything), Role.STUDENT: allow(read=everything)}),
)


def library_domain(*policies: Policy, **more: Any) -> Domain:
    """The domain, with some policies replaced by others."""
    chosen = {policy.kind: policy for policy in (*POLICIES, *policies)}
    parts = {"entities": (Library, Book, Loan), "policies": tuple(chosen.values()), **more}
    return Domain(Context("library", **parts))


DIRECTOR = Actor(Role.DIRECTOR, center_id=1)
STAFF = Actor(Role.STAFF, center_id=1)
READER = Actor(Role.STUDENT, center_id=1)


LIBRARY = library_domain()


class Shelves:
    """A library domain with a store, in memory unless another one is given, and two libraries, Navoi and Babur."""

    def __init__(self, domain: Domain = LIBRARY, open_store: Callable[[Domain], Store] = MemoryStore) -> None:
        self.ports: Ports = memory_ports()
        self.domain = domain
        self.store = open_store(domain)
        transaction = self.store.begin()
        for name in ("Navoi", "Babur"):
            transaction.insert(Library(id=0, name=name))
        transaction.commit()

    def work(self, who: Actor = DIRECTOR, *, read_only: bool = False) -> UnitOfWork:
        """Open a unit of work."""
        return UnitOfWork(self.store, who, self.ports, read_only=read_only)

    def book(self, title: str = "Hamsa", *, library_id: int = 1, **fields: Any) -> Book:
        """Put a book on a shelf."""
        with self.work(Actor(Role.DIRECTOR, center_id=library_id)) as uow:
            return plain(uow, Book).add(Book, {"library_id": library_id, "title": title, **fields})


OpenShelves = Callable[..., Shelves]
