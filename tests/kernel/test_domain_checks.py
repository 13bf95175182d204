"""A domain that does not fit together is refused when it is built, not when somebody runs into it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import pytest

from educore import Context, Domain, Entity, Policy, Ref, Role, Where, actor, allow, everything, where
from support.library_domain import Book, Library, Loan, library_domain


class Stray(Entity):
    """Refers to a kind that is not there."""

    ghost_id: Annotated[int, Ref("Ghost")]


class Parcel(Entity):
    """Points at a library twice."""

    sender_id: Annotated[int, Ref("Library")]
    receiver_id: Annotated[int, Ref("Library")]


def made_of(entities: Sequence[type[Entity]], policies: Sequence[Policy]) -> Domain:
    """A domain of one context."""
    return Domain(Context("odd", entities=entities, policies=policies))


def with_rule(rule: Where) -> Domain:
    """The library domain with one rule for books."""
    return library_domain(Policy(Book, {Role.STAFF: allow(read=rule)}))


def with_parcels(rule: Where) -> Domain:
    """The library domain with parcels, and one rule for libraries."""
    return made_of((Library, Parcel), (Policy(Parcel, {}), Policy(Library, {Role.STAFF: allow(read=rule)})))


@pytest.mark.parametrize(
    ("build", "complaint"),
    [
        (lambda: library_domain(policies=()), "Library has no policy"),
        (lambda: made_of((Stray,), (Policy(Stray, {}),)), "Stray refers to Ghost, which is no entity"),
        (lambda: with_rule(where(colour="red")), "Book has no field 'colour'"),
        (lambda: with_rule(where(alarm_code="1234")), "Book.alarm_code is hidden"),
        (lambda: with_rule(where(author__name="x")), "Book has no reference 'author'"),
        (lambda: with_rule(where(library__colour="x")), "Library has no field 'colour'"),
        (lambda: with_rule(where(Loan__colour="x")), "Loan has no field 'colour'"),
        (lambda: with_rule(where(Ghost__name="x")), "Ghost points at Book 0 times"),
        (lambda: with_rule(where(Library__name="x")), "Library points at Book 0 times"),
        (lambda: with_rule(where(Loan__has=where(colour="x"))), "Loan has no field 'colour'"),
        (lambda: with_rule(where(library__Book__has=everything)), "has and lacks follow one step"),
        (lambda: with_rule(where(Loan__lacks=where(book__alarm_code="1"))), "Book.alarm_code is hidden"),
        (
            lambda: with_rule((where(title="a") | where(colour="b")) & (where(pages=1) | where(pages=2))),
            "Book has no field 'colour'",
        ),
        (lambda: with_parcels(where(Parcel__id=1)), "Parcel points at Library 2 times"),
        (
            lambda: library_domain(
                Policy(Book, {}, restricted_fields={"price": {Role.STAFF: where(library__name="x")}})
            ),
            "a restricted field of Book depends on other rows",
        ),
        (lambda: library_domain(Policy(Book, {}, restricted_fields={"prise": {}})), "Book has no field 'prise'"),
        (
            lambda: library_domain(Policy(Book, {}, restricted_fields={"title": {}})),
            "Book.title is restricted, so it must allow",
        ),
        (
            lambda: library_domain(Policy(Book, {}, restricted_fields={"price": {Role.STAFF: where(titel="x")}})),
            "Book has no field 'titel'",
        ),
        (lambda: library_domain(actions={(Book, "burn"): print}), "Book has no action 'burn'"),
        (lambda: library_domain(actions={(Book, "create"): print}), "performs an action, so it needs the mark"),
        (lambda: library_domain(actions={(Stray, "create"): print}), "Stray has no policy"),
    ],
)
def test_a_domain_that_does_not_fit_together_is_refused(build: Callable[[], Domain], complaint: str) -> None:
    with pytest.raises(TypeError) as refused:
        build()
    assert complaint in str(refused.value)


def test_a_domain_that_fits_together_is_built() -> None:
    domain = with_rule(where(Loan__has=where(reader="x", book__library_id=actor.center_id)))
    assert domain.policy(Book).permits(Role.STAFF, "read")


def test_a_path_forward_names_the_field_and_the_kind_it_leads_to() -> None:
    assert library_domain().target(Book, "library") == ("library_id", Library)


def test_a_path_backward_names_the_kind_and_its_field_that_points_here() -> None:
    assert library_domain().source(Book, "Loan") == (Loan, "book_id")


def test_the_field_at_the_end_of_a_path_is_found() -> None:
    assert library_domain().field_at(Loan, ("book", "library", "name")) == (Library, "name")


def test_who_points_at_a_kind_is_known() -> None:
    domain = library_domain()
    assert [(kind, field) for kind, field, _ in domain.referrers(Book)] == [(Book, "sequel_of_id"), (Loan, "book_id")]
