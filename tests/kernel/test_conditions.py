"""The language of conditions: how it is written, joined, bound to an actor and read aloud."""

from __future__ import annotations

import pytest

from educore import Actor, Role, actor, everything, nothing, where
from educore.kernel.conditions import Where
from support.library_domain import Book, Condition, library_domain

WITH_CENTER = Actor(Role.DIRECTOR, center_id=7)
NOBODY = Actor(Role.STUDENT)


def book(**fields: object) -> Book:
    base = {"id": 1, "created_at": 0, "updated_at": 0, "library_id": 7, "title": "Hamsa"}
    return Book.model_validate({**base, **fields})


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (where(title="Hamsa"), "title = Hamsa"),
        (where(title__eq="Hamsa"), "title = Hamsa"),
        (where(pages__gte=5, pages__lte=9), "pages >= 5 and pages <= 9"),
        (where(title__in=["b", "a"]), "title in {a, b}"),
        (where(condition__in=[Condition.WORN, Condition.NEW]), "condition in {new, worn}"),
        (where(isbn__isnull=True), "isbn is empty"),
        (where(isbn__isnull=False), "isbn is set"),
        (where(title__icontains="am"), "title contains am"),
        (where(sequel_of__library__name="Navoi"), "sequel_of.library.name = Navoi"),
        (where(Loan__returned=False), "Loan.returned = False"),
        (where(Loan__has=where(reader="Ali", returned=False)), "Loan has (reader = Ali and returned = False)"),
        (where(Loan__lacks=where(reader="Ali") | where(reader="Vali")), "Loan lacks (reader = Ali or reader = Vali)"),
        (where(library_id=actor.center_id), "library_id = actor.center_id"),
        (where(title="a") | where(title="b"), "title = a or title = b"),
        (where(title="a") & where(pages=1), "title = a and pages = 1"),
        (everything, "everything"),
        (nothing, "nothing"),
    ],
)
def test_a_condition_reads_aloud(condition: Where, words: str) -> None:
    assert str(condition) == words


def test_two_alternatives_and_two_alternatives_keep_their_brackets() -> None:
    either = where(title="a") | where(title="b")
    other = where(pages=1) | where(pages=2)
    assert str(either & other) == "(title = a or title = b) and (pages = 1 or pages = 2)"


def test_a_field_named_like_an_operator_is_still_a_field() -> None:
    assert str(where(**{"in": 3})) == "in = 3"


def test_everything_swallows_what_is_ored_with_it() -> None:
    assert everything | where(title="a") == everything == where(title="a") | everything


def test_nothing_adds_nothing_to_an_or() -> None:
    assert nothing | where(title="a") == where(title="a")


def test_nothing_and_anything_is_nothing() -> None:
    assert nothing & where(title="a") == nothing == where(title="a") & nothing


def test_everything_and_a_condition_is_the_condition() -> None:
    assert everything & where(title="a") == where(title="a")


def test_conditions_can_be_compared_and_kept_in_sets() -> None:
    assert {where(pages=1), where(pages=1)} == {where(pages=1)}


# -- parts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "fields", "part"),
    [
        (where(library_id=1, pages=5, title="a"), {"pages"}, where(pages=5)),
        (
            where(sequel_of__pages=5, sequel_of_id=3, title="a"),
            {"sequel_of_id"},
            where(sequel_of__pages=5, sequel_of_id=3),
        ),
        (
            where(title="a") & (where(pages=1) | where(isbn="x")),
            {"isbn"},
            everything & (where(pages=1) | where(isbn="x")),
        ),
        (where(pages=1) | where(isbn="x"), {"isbn"}, where(pages=1) | where(isbn="x")),
        (where(pages=1) | where(isbn="x"), {"title"}, everything),
        (where(pages=1), {"title"}, everything),
        (where(pages=1), set(), everything),
        (everything, {"title"}, everything),
        (nothing, {"title"}, nothing),
    ],
)
def test_a_part_is_about_some_fields(condition: Where, fields: set[str], part: Where) -> None:
    assert condition.about(fields) == part


# -- the actor -----------------------------------------------------------------------------------------


def test_binding_fills_in_the_actor() -> None:
    assert where(library_id=actor.center_id).bind(WITH_CENTER) == where(library_id=7)


def test_an_attribute_the_actor_lacks_matches_nothing() -> None:
    assert where(library_id=actor.center_id).bind(NOBODY) == nothing


def test_an_attribute_no_actor_has_matches_nothing() -> None:
    assert where(library_id=actor.shoe_size).bind(WITH_CENTER) == nothing


def test_only_the_alternative_that_needs_the_missing_attribute_is_dropped() -> None:
    assert (where(library_id=actor.center_id) | where(title="free")).bind(NOBODY) == where(title="free")


def test_the_whole_alternative_is_dropped_not_only_the_test() -> None:
    assert where(library_id=actor.center_id, title="x").bind(NOBODY) == nothing


def test_having_a_row_that_nobody_can_match_matches_nothing() -> None:
    domain = library_domain()
    bound = where(Loan__has=where(reader=actor.student_id)).bind(NOBODY)
    domain.check_condition(Book, bound)
    assert bound == nothing or str(bound) == "Loan has (nothing)"


def test_lacking_a_row_of_an_actor_who_is_missing_matches_nothing() -> None:
    assert where(Loan__lacks=where(reader=actor.student_id)).bind(NOBODY) == nothing


def test_lacking_matches_nothing_when_even_one_of_its_alternatives_is_missing() -> None:
    assert where(Loan__lacks=where(reader="Ali") | where(reader=actor.student_id)).bind(NOBODY) == nothing


@pytest.mark.parametrize(
    "inner",
    [
        where(book__has=where(library_id=actor.center_id)),
        where(book__has=where(title="a") | where(library_id=actor.center_id)),
        where(book__lacks=where(library_id=actor.center_id)),
        (where(reader="a") | where(reader=actor.user_id)) & (where(reader="b") | where(reader="c")),
    ],
    ids=str,
)
def test_lacking_matches_nothing_however_deep_the_missing_attribute_hides(inner: Where) -> None:
    assert where(Loan__lacks=inner).bind(NOBODY) == nothing


def test_lacking_binds_an_actor_who_has_what_it_takes() -> None:
    unbound = where(Loan__lacks=where(book__has=where(library_id=actor.center_id)))
    assert unbound.bind(WITH_CENTER) == where(Loan__lacks=where(book__has=where(library_id=7)))


# -- one entity, decided in Python ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (where(title="Hamsa"), True),
        (where(title="hamsa"), False),
        (where(title__in=["Hamsa", "x"]), True),
        (where(title__icontains="AMS"), True),
        (where(pages__gte=1), False),
        (where(pages__lte=1), False),
        (where(pages=None), False),
        (where(pages__in=[None]), False),
        (where(pages__isnull=True), True),
        (where(title__isnull=True), False),
        (where(isbn__icontains=""), False),
        (where(library_id__gte=7, library_id__lte=7), True),
        (where(library_id__gte=None), False),
        (where(title="x") | where(library_id=7), True),
        ((where(title="x") | where(library_id=7)) & (where(pages=1) | where(pages__isnull=True)), True),
        ((where(title="x") | where(library_id=7)) & (where(pages=1) | where(pages=2)), False),
        (everything, True),
        (nothing, False),
    ],
    ids=str,
)
def test_none_never_compares(condition: Where, holds: bool) -> None:
    assert condition.is_local
    assert condition.holds(book()) is holds


@pytest.mark.parametrize(
    "condition",
    [
        where(library__name="Navoi"),
        where(Loan__reader="Ali"),
        where(Loan__has=where(reader="Ali")),
        where(sequel_of__lacks=where(title="x")),
        (where(title="a") | where(library__name="b")) & (where(pages=1) | where(pages=2)),
    ],
    ids=str,
)
def test_a_condition_on_other_rows_is_not_local(condition: Where) -> None:
    assert not condition.is_local
