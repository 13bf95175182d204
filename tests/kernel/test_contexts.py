"""What contexts declare is joined without surprises: nothing twice, nothing about later contexts, guards everywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from educore import (
    Context,
    Domain,
    Entity,
    Invalid,
    Policy,
    Role,
    UnitOfWork,
    allow,
    everything,
    perform,
    use_case,
    where,
)
from support.library_domain import POLICIES, Book, Library, Loan, OpenShelves, Shelves
from support.plain_rows import change_row, plain


@use_case
def rename(uow: UnitOfWork, book: Book, /, **fields: Any) -> Book:
    return uow.change(book, fields)


@use_case
def lend(uow: UnitOfWork, book: Book, /, **fields: Any) -> Book:
    return uow.change(book, fields)


def keep_pages(uow: UnitOfWork, before: Book, after: Book) -> None:
    if after.pages != before.pages:
        raise Invalid.because("pages", "cannot_change")


def remind(uow: UnitOfWork, job: object) -> None:
    """Do nothing."""


class Reader(Entity):
    """A person who borrows books."""

    name: str


class Returned:
    """An event."""


SHELVES = Context("shelves", entities=(Library, Book), policies=POLICIES[:2], actions={(Book, "update"): rename})
LENDING = Context("lending", entities=(Loan,), policies=POLICIES[2:])


@pytest.mark.parametrize(
    ("lending", "complaint"),
    [
        (
            replace(LENDING, actions={(Book, "update"): lend}),
            f"the action (Book, 'update') is declared twice: by shelves ({__name__}.rename) "
            f"and by lending ({__name__}.lend)",
        ),
        (
            replace(LENDING, entities=(Loan, Book)),
            "the entity 'Book' is declared twice: by shelves (support.library_domain.Book) "
            "and by lending (support.library_domain.Book)",
        ),
        (
            replace(LENDING, policies=(*LENDING.policies, Policy(Book, {}))),
            "the policy Book is declared twice: by shelves (",
        ),
        (
            replace(LENDING, jobs={"remind": rename}),
            f"the job 'remind' is declared twice: by shelves ({__name__}.remind) and by lending ({__name__}.rename)",
        ),
        (
            replace(LENDING, periodic={"remind": (timedelta(1), rename)}),
            "the periodic job 'remind' is declared twice: by shelves (",
        ),
        (replace(LENDING, outbox={Returned: "id"}), "the event Returned is declared twice: by shelves ('book_id')"),
        (
            replace(LENDING, guards={Book: (keep_pages,)}),
            f"the guard {__name__}.keep_pages of Book is declared by shelves and by lending",
        ),
    ],
    ids=["action", "entity", "policy", "job", "periodic job", "event", "guard"],
)
def test_a_declaration_made_twice_is_refused_with_both_places(lending: Context, complaint: str) -> None:
    shelves = replace(
        SHELVES,
        guards={Book: (keep_pages,)},
        jobs={"remind": remind},
        periodic={"remind": (timedelta(1), remind)},
        outbox={Returned: "book_id"},
    )
    assert Domain(shelves, LENDING).kinds.keys() == {"Library", "Book", "Loan"}, "without the repetition it is built"
    with pytest.raises(TypeError) as refused:
        Domain(shelves, lending)
    assert complaint in str(refused.value)


@pytest.mark.parametrize(
    ("early", "complaint"),
    [
        ({"actions": {(Loan, "update"): rename}}, "shelves declares 'update' of Loan, which is of a later context"),
        ({"guards": {Loan: (keep_pages,)}}, "shelves guards Loan, which is of no earlier context"),
        ({"policies": (*POLICIES[:2], Policy(Loan, {}))}, "shelves has a policy for Loan, which is not its entity"),
    ],
    ids=["action", "guard", "policy"],
)
def test_a_context_declares_nothing_about_a_later_one(early: dict[str, Any], complaint: str) -> None:
    lending = replace(LENDING, policies=()) if "policies" in early else LENDING
    with pytest.raises(TypeError) as refused:
        Domain(replace(SHELVES, **early), lending)
    assert complaint in str(refused.value)


LENT_BOOKS = Policy(Book, {Role.STAFF: allow(read=where(Loan__returned=False))})


@pytest.mark.parametrize(
    ("books", "looks_ahead", "found"),
    [(LENT_BOOKS, (), "['lending']"), (POLICIES[1], ("lending",), "[]")],
    ids=["undeclared", "superfluous"],
)
def test_looks_ahead_names_exactly_the_later_contexts_that_policies_lead_to(
    books: Policy, looks_ahead: tuple[str, ...], found: str
) -> None:
    shelves = replace(SHELVES, policies=(POLICIES[0], books))
    right = ("lending",) if found == "['lending']" else ()
    assert Domain(replace(shelves, looks_ahead=right), LENDING)
    with pytest.raises(TypeError, match="the policies of shelves lead to ") as refused:
        Domain(replace(shelves, looks_ahead=looks_ahead), LENDING)
    assert found in str(refused.value)


# -- guards --------------------------------------------------------------------------------------------

Write = Callable[[UnitOfWork, Book, int], object]

WRITES: dict[str, Write] = {
    "change": lambda uow, book, pages: change_row(uow, book, {"pages": pages}),
    "change_each": lambda uow, book, pages: plain(uow, Book, "update").change_each(Book, {book.id: {"pages": pages}}),
    "use case": lambda uow, book, pages: rename(uow, book, pages=pages),
    "perform": lambda uow, book, pages: perform(uow, Book, "update", book.id, {"pages": pages}),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_guard_of_a_later_context_runs_in_every_change(open_shelves: OpenShelves, write: Write) -> None:
    shelves = open_shelves(Domain(SHELVES, replace(LENDING, guards={Book: (keep_pages,)})))
    book = shelves.book(pages=3)
    with shelves.work() as uow:
        write(uow, book, 3)
    with pytest.raises(Invalid) as refused, shelves.work() as uow:
        write(uow, book, 4)
    assert [problem.code for problem in refused.value.fields["pages"]] == ["cannot_change"]
    with shelves.work() as uow:
        assert uow.get(Book, book.id).pages == 3


def test_rows_with_a_guard_are_not_changed_unseen() -> None:
    domain = Domain(SHELVES, replace(LENDING, guards={Book: (keep_pages,)}))
    with pytest.raises(TypeError, match="Book is guarded"), Shelves(domain).work() as uow:
        plain(uow, Book, "update").change_all(Book, everything, {"isbn": "1"})


# -- extending -----------------------------------------------------------------------------------------


def test_a_domain_is_extended_by_a_context_and_stays_as_it_was() -> None:
    domain = Domain(SHELVES, LENDING)
    readers = Context("readers", entities=(Reader,), policies=(Policy(Reader, {Role.STAFF: allow(everything)}),))
    extended = domain.extend(readers)
    assert [context.name for context in extended.contexts] == ["shelves", "lending", "readers"]
    assert (set(extended.kinds) - set(domain.kinds), "Reader" in domain.kinds) == ({"Reader"}, False)


def test_a_context_of_the_same_name_takes_the_place_of_the_old_one() -> None:
    mine = Policy(Book, {Role.STAFF: allow(read=everything)})
    extended = Domain(SHELVES, LENDING).extend(replace(SHELVES, policies=(POLICIES[0], mine)))
    assert [context.name for context in extended.contexts] == ["shelves", "lending"]
    assert extended.policy(Book) is mine


def test_an_extension_is_checked_like_any_domain() -> None:
    with pytest.raises(TypeError, match="the entity 'Book' is declared twice"):
        Domain(SHELVES, LENDING).extend(Context("more", entities=(Book,)))


def test_an_action_of_which_only_the_replaced_policy_spoke_is_known_and_nobodys() -> None:
    others = [policy for policy in POLICIES[:2] if policy.kind is not Book]
    lending = Policy(Book, {Role.DIRECTOR: allow(everything, lend=everything)})
    silent = Policy(Book, {Role.DIRECTOR: allow(read=everything)})
    desk = replace(LENDING, actions={(Book, "lend"): lend})  # a later context may declare the action
    domain = Domain(replace(SHELVES, policies=[*others, lending]), desk)
    extended = domain.extend(replace(SHELVES, policies=[*others, silent]))
    for known, is_permitted in ((domain, True), (extended, False)):
        with pytest.raises(TypeError, match="Book has no action 'lned'; did you mean 'lend'"):
            known.check_action(Book, "lned")
        with Shelves(known).work() as uow:
            assert uow.may(Book, "lend") is is_permitted
