"""Names that a developer misspells are refused with the nearest right one, in every store, with and without rows."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from educore import (
    EDUCATION,
    PLATFORM,
    Actor,
    Educore,
    Entity,
    MemoryStore,
    Role,
    Shape,
    UnitOfWork,
    Where,
    actor,
    everything,
    memory_ports,
    where,
)
from educore.adapters.sql import Database
from educore.kernel import is_marked, references, value_type
from educore.kernel.conditions import OPERATORS
from educore.kernel.entity import Hidden
from educore.kernel.store import Store
from educore.values import Value
from support.library_domain import DIRECTOR, LIBRARY, NOON, READER, Book, Library, Loan, OpenShelves

Act = Callable[[UnitOfWork, str], object]

TAKES_AN_ACTION: dict[str, Act] = {
    "scope": lambda uow, action: uow.scope(Book, action),
    "may": lambda uow, action: uow.may(Book, action),
    "require_fields": lambda uow, action: uow.require_fields(Book, action, ["title"]),
    "explain": lambda uow, action: uow.explain(action, uow.get(Book, 1)),
    "get": lambda uow, action: uow.get(Book, 1, to=action),
    "reference": lambda uow, action: uow.reference(Book, 1, field="book_id", to=action),
    "find": lambda uow, action: uow.find(Book, to=action),
    "count": lambda uow, action: uow.count(Book, to=action),
}


@pytest.mark.parametrize("verb", TAKES_AN_ACTION)
def test_an_action_is_one_that_the_policy_names(open_shelves: OpenShelves, verb: str) -> None:
    shelves, act = open_shelves(), TAKES_AN_ACTION[verb]
    shelves.book()
    for who in (DIRECTOR, READER):
        with shelves.work(who) as uow:
            act(uow, "read")
            with pytest.raises(TypeError, match=r"^Book has no action 'updat'; did you mean 'update'\?$"):
                act(uow, "updat")


@pytest.mark.parametrize("kind", [Book, Loan, Library])
@pytest.mark.parametrize("action", ["read", "create", "update", "delete"])
def test_the_four_plain_actions_are_known_of_every_kind(open_shelves: OpenShelves, kind: Any, action: str) -> None:
    open_shelves().domain.check_action(kind, action)


def test_a_class_that_is_no_entity_of_the_domain_is_named() -> None:
    class Stray:
        """In no domain."""

    with pytest.raises(TypeError, match=r"^Stray is no entity of this domain$"):
        LIBRARY.check_action(Stray, "read")  # type: ignore[arg-type]


def test_a_role_is_one_that_exists() -> None:
    assert Actor("director") == Actor(Role.DIRECTOR)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"^there is no role 'directr'; did you mean 'director'\?$"):
        Actor("directr")  # type: ignore[arg-type]


# -- conditions ----------------------------------------------------------------------------------------


class BookOut(Shape, of=Book):
    """A book on a list."""

    id: int


TAKES_A_CONDITION: dict[str, Callable[[UnitOfWork, Where], object]] = {
    "find": lambda uow, condition: uow.find(Book, condition),
    "get": lambda uow, condition: uow.get(Book, 1, only=condition),
    "reference": lambda uow, condition: uow.reference(Book, 1, field="book_id", only=condition),
    "select": lambda uow, condition: uow.select(BookOut, condition),
    "select_one": lambda uow, condition: uow.select_one(BookOut, 1, only=condition),
    "select_texts": lambda uow, condition: uow.select_texts([(Book, ("title",), condition)]),
    "count": lambda uow, condition: uow.count(Book, condition),
    "count_by": lambda uow, condition: uow.count_by(Book, "title", condition),
    "sum": lambda uow, condition: uow.sum(Book, "pages", condition),
    "change_all": lambda uow, condition: uow.change_all(Book, condition, {"pages": 5}),
    "remove_all": lambda uow, condition: uow.remove_all(Loan, where(book__has=condition)),
}

MISTAKES: list[tuple[Where, str]] = [
    (where(titel="x"), "Book has no field 'titel'; did you mean 'title'?"),
    (where(library="x"), "Book has no field 'library'; did you mean 'library_id'?"),
    (where(title__contains="x"), "Book.title has no operator 'contains'; did you mean 'icontains'?"),
    (where(pages__gt=1), "Book.pages has no operator 'gt'; did you mean 'gte'?"),
    (where(condition__gte="new"), "Book.condition has no operator 'gte', only eq, in, isnull"),
    (where(libary__name="x"), "Book has no reference 'libary'; did you mean 'library'?"),
    (where(library__nam="x"), "Library has no field 'nam'; did you mean 'name'?"),
    (where(Loan__readr="x"), "Loan has no field 'readr'; did you mean 'reader'?"),
    (where(Loan__has=where(readr="x")), "Loan has no field 'readr'; did you mean 'reader'?"),
    (where(Laon__reader="x"), "Laon points at Book 0 times; a path needs exactly one; did you mean 'Loan'?"),
    (where(title="x") | where(titel="x"), "Book has no field 'titel'; did you mean 'title'?"),
    (where(alarm_code="1234"), "Book.alarm_code is hidden: nothing may show, compare or sort it"),
    (where(id="1"), "Book.id takes an int, not a value of type str"),
    (where(pages__in=[1, "2"]), "Book.pages takes an int, not a value of type str"),
    (where(pages=True), "Book.pages takes an int, not a value of type bool"),
    (where(isbn__isnull="yes"), "Book.isbn__isnull takes True or False, not a value of type str"),
    (where(condition="wron"), "Book.condition takes a Condition, not the text 'wron'; did you mean 'worn'?"),
    (where(price=1.5), "Book.price takes a finite Decimal or an int, not a value of type float"),
    (where(created_at=datetime(2024, 1, 1)), "Book.created_at takes a datetime with a time zone, not a value of type"),  # noqa: DTZ001 - the mistake
    (where(library_id=actor.centre_id), "an actor has no attribute 'centre_id'; did you mean 'center_id'?"),
    (where(title=actor.center_id), "Book.title takes a str, and actor.center_id is a int"),
]


@pytest.mark.parametrize("verb", TAKES_A_CONDITION)
def test_a_mistake_in_a_condition_is_named_with_and_without_rows(open_shelves: OpenShelves, verb: str) -> None:
    ask, shelves = TAKES_A_CONDITION[verb], open_shelves()
    for rows in range(2):
        for condition, complaint in MISTAKES:
            with shelves.work(DIRECTOR) as uow, pytest.raises(TypeError, match=f"^{re.escape(complaint)}"):
                ask(uow, condition)
        shelves.book(str(rows))
    with shelves.work(DIRECTOR) as uow:
        right = where(title__icontains="0", library_id=actor.center_id, condition="new", price__isnull=True, pages=None)
        ask(uow, right | where(title="0"))


def test_a_value_is_refused_where_the_condition_is_written_if_the_operator_says_enough() -> None:
    with pytest.raises(TypeError, match=r"^title__in takes several values, not one str$"):
        where(title__in="A1")
    with pytest.raises(TypeError, match=r"^pages__in takes several values, not one int$"):
        where(pages__in=1)
    with pytest.raises(TypeError, match=r"^Loan__has takes a condition, not a value of type str$"):
        where(Loan__has="x")
    assert where(title__in=["A1"])


def test_a_condition_is_made_by_where(open_shelves: OpenShelves) -> None:
    with open_shelves().work(DIRECTOR) as uow, pytest.raises(TypeError, match=r"^a condition is made by `where`"):
        uow.find(Book, {"title": "Hamsa"})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("page", "complaint"),
    [
        ({"limt": 1}, "a page has no option 'limt'; did you mean 'limit'?"),
        ({"limit": "1"}, "limit is a number of rows, not '1'"),
        ({"limit": -1}, "limit is a number of rows, not -1"),
        ({"offset": None}, "offset is a number of rows, not None"),
        ({"order": ("titel",)}, "Book has no field 'titel'; did you mean 'title'?"),
        ({"order": ("-titel",)}, "Book has no field 'titel'; did you mean 'title'?"),
        ({"order": ("alarm_code",)}, "Book.alarm_code is hidden"),
        ({"order": "title"}, "an order is a tuple of fields, such as ('title',)"),
    ],
)
def test_a_mistake_in_a_page_is_named(open_shelves: OpenShelves, page: dict[str, Any], complaint: str) -> None:
    with open_shelves().work(DIRECTOR) as uow:
        for ask in (lambda: uow.find(Book, **page), lambda: uow.select(BookOut, **page)):
            with pytest.raises(TypeError, match=f"^{re.escape(complaint)}"):
                ask()
        assert uow.find(Book, order=("-title",), limit=1, offset=0) == uow.select(BookOut, order=("title",)) == []


def test_a_path_to_group_or_to_add_up_is_one_that_exists(open_shelves: OpenShelves) -> None:
    with open_shelves().work(DIRECTOR) as uow:
        assert (uow.count_by(Book, "library.name"), uow.sum(Book, "pages")) == ({}, 0)
        for ask, complaint in (
            (lambda: uow.count_by(Book, "titel"), "Book has no field 'titel'; did you mean 'title'?"),
            (lambda: uow.count_by(Book, "libary.name"), "Book has no reference 'libary'; did you mean 'library'?"),
            (lambda: uow.count_by(Book, "alarm_code"), "Book.alarm_code is hidden"),
            (lambda: uow.sum(Book, "pags"), "Book has no field 'pags'; did you mean 'pages'?"),
            (lambda: uow.sum(Book, "title"), "Book.title has no sum"),
        ):
            with pytest.raises(TypeError, match=f"^{re.escape(complaint)}"):
                ask()


# -- every field and every operator of the education domain -------------------------------------------

RIGHT: dict[type, list[Any]] = {
    bool: [True],
    int: [1, -(2**70)],
    str: ["a", ""],
    Decimal: [Decimal("1.5"), 1],
    date: [date(2024, 1, 31)],
    datetime: [NOON, NOON.astimezone(timezone(timedelta(hours=5)))],
    time: [time(9)],
}
WRONG: dict[type, list[Any]] = {
    bool: [1, "true"],
    int: ["1", 1.0, True, Decimal(1)],
    str: [1, b"a"],
    Decimal: ["1.5", 1.5, True, Decimal("NaN"), Decimal("Infinity")],
    date: ["2024-01-31", NOON],
    datetime: [NOON.replace(tzinfo=None), date(2024, 1, 31), "2024-01-31T10:00:00Z"],
    time: ["09:00", time(9, tzinfo=UTC)],
}


def right_and_wrong(kind: type[Entity], field: str) -> tuple[list[Any], list[Any]]:
    """Values that the field can be compared with, and values of another type."""
    python, _ = value_type(kind, field)
    if issubclass(python, Value):
        return [*RIGHT[str], None], [*WRONG[str], where()]
    if issubclass(python, enum.Enum):
        member = next(iter(python))
        return [member, member.value], ["no such word", 1, where()]
    return [*RIGHT[python], None], [*WRONG[python], where()]


def operators(kind: type[Entity], field: str) -> set[str]:
    """The operators that the documentation of conditions promises for the type of a field."""
    python, _ = value_type(kind, field)
    if issubclass(python, Value):
        return {"isnull", "icontains"} if python.reads_as_text else {"isnull"}
    known = {"eq", "in", "isnull"}
    if not issubclass(python, enum.Enum | bool):
        known |= {"gte", "lte"}
    return known | {"icontains"} if python is str else known


def first_step(kind: type[Entity]) -> tuple[str, type[Entity]] | None:
    """The first reference of a kind by name, if it has one, and the kind where it leads."""
    steps = [name.removesuffix("_id") for name in sorted(references(kind))]
    return (steps[0], EDUCATION.target(kind, steps[0])[1]) if steps else None


def questions(kind: type[Entity]) -> Iterator[tuple[Where, bool]]:
    """Conditions with every field and operator, each with whether it is right; also along one path forward.

    Of the paths that lead to the same kind, one is tried with all of its fields, and the others with its id.
    """
    paths = [(kind, "", list(kind.model_fields))]
    if way := first_step(kind):
        step, target = way
        first = next(k for k in EDUCATION.kinds.values() if (found := first_step(k)) and found[1] is target)
        paths.append((target, f"{step}__", list(target.model_fields) if first is kind else ["id"]))
    for owner, prefix, fields in paths:
        for field in fields:
            right, wrong = right_and_wrong(owner, field)
            for operator in OPERATORS[:6]:
                key, fits = f"{prefix}{field}__{operator}", operator in operators(owner, field)
                if operator == "isnull":
                    yield from ((where(**{key: True}), fits), (where(**{key: 1}), False))
                    continue
                for value in right:
                    yield where(**{key: [value] if operator == "in" else value}), fits
                for value in wrong:
                    yield where(**{key: [value] if operator == "in" else value}), False
            yield where(**{f"{prefix}{field}x": right[0]}), False


def verdict(uow: UnitOfWork, kind: type[Entity], condition: Where) -> str:
    """The number of rows that a store finds, or its complaint."""
    try:
        return str(len(uow.find(kind, condition)))
    except TypeError as error:
        return str(error)


@pytest.mark.parametrize("kind", EDUCATION.kinds.values(), ids=lambda kind: kind.__name__)
def test_every_store_takes_every_right_condition_and_refuses_every_wrong_one(
    databases: list[Database], kind: type[Entity]
) -> None:
    with ExitStack() as opened:
        stores = [
            opened.enter_context(Educore(store, memory_ports()).work(PLATFORM, read_only=True)).as_platform()
            for store in (MemoryStore(EDUCATION), *(database.store for database in databases))
        ]
        for condition, is_right in questions(kind):
            verdicts = {verdict(store, kind, condition) for store in stores if is_right or store is stores[0]}
            assert len(verdicts) == 1, f"{kind.__name__} where {condition}: {verdicts}"
            assert (verdicts == {"0"}) is is_right, f"{kind.__name__} where {condition}: {verdicts}"
        wrong = next(condition for condition, is_right in questions(kind) if not is_right)
        assert len({verdict(store, kind, wrong) for store in stores}) == 1


def test_a_hidden_field_is_refused_with_every_operator(databases: list[Database]) -> None:
    hidden = [(k, f) for k in EDUCATION.kinds.values() for f in k.model_fields if is_marked(k, f, Hidden)]
    assert hidden
    stores: list[Store] = [MemoryStore(EDUCATION), *(database.store for database in databases)]
    for store in stores:
        with Educore(store, memory_ports()).work(PLATFORM, read_only=True) as uow:
            for kind, field in hidden:
                for operator, value in (("eq", "a"), ("in", ["a"]), ("isnull", True), ("icontains", "a"), ("gte", "a")):
                    with pytest.raises(TypeError, match=f"^{kind.__name__}.{field} is hidden"):
                        uow.count(kind, where(**{f"{field}__{operator}": value}))
                assert uow.count(kind, everything) == uow.as_platform().count(kind, where(**{field: "a"})) == 0
