"""Policies: rules only grant, and one rule decides."""

from __future__ import annotations

import pytest

from educore import ANONYMOUS, Actor, Forbidden, Policy, Role, actor, allow, everything, nothing, only_fields, where
from support.library_domain import DIRECTOR, READER, STAFF, Book, Loan, OpenShelves, my_library

RULES = Policy(
    Book,
    {
        Role.DIRECTOR: allow(everything, delete=my_library),
        Role.STAFF: allow(read=my_library, update=only_fields(my_library, "pages", "condition")),
        Role.TEACHER: allow(my_library, delete=nothing),
    },
    restricted_fields={"price": {Role.DIRECTOR: everything, Role.STAFF: where(id=actor.student_id)}},
)


@pytest.mark.parametrize(
    ("role", "action", "permitted"),
    [
        (Role.DIRECTOR, "read", True),
        (Role.DIRECTOR, "an action nobody thought of", True),
        (Role.STAFF, "read", True),
        (Role.STAFF, "update", True),
        (Role.STAFF, "delete", False),
        (Role.TEACHER, "create", True),
        (Role.TEACHER, "delete", False),
        (Role.ANONYMOUS, "read", False),
    ],
)
def test_what_no_rule_grants_is_forbidden(role: Role, action: str, permitted: bool) -> None:
    assert RULES.permits(role, action) is permitted


def test_a_named_action_overrides_the_rule_for_everything() -> None:
    assert RULES.granted(DIRECTOR, "delete") == where(library_id=1)
    assert RULES.granted(DIRECTOR, "update") == everything


def test_archived_rows_are_in_the_scope_of_restoring_alone() -> None:
    assert RULES.scope(DIRECTOR, "update") == where(archived_at__isnull=True)
    assert RULES.scope(DIRECTOR, "delete") == where(library_id=1, archived_at__isnull=True)
    assert RULES.scope(DIRECTOR, "restore") == where(library_id=1, archived_at__isnull=False)


def test_whoever_may_delete_may_archive_and_restore_unless_a_rule_says_otherwise() -> None:
    policy = Policy(Book, {Role.STAFF: allow(everything, delete=my_library), Role.ADMIN: allow(archive=everything)})
    assert policy.grant(Role.STAFF, "archive").rows == policy.grant(Role.STAFF, "restore").rows == my_library
    assert policy.permits(Role.ADMIN, "restore")
    assert not policy.permits(Role.ADMIN, "delete")
    assert not RULES.permits(Role.TEACHER, "archive")


def test_an_action_that_is_granted_none_is_not_named_at_all() -> None:
    assert allow(read=None) == {}  # type: ignore[arg-type]  # what a caller without a rule passes


def test_somebody_without_a_center_may_do_nothing_with_rows_of_a_center() -> None:
    assert RULES.scope(Actor(Role.STAFF), "read") == nothing


def test_a_limited_rule_names_the_only_fields() -> None:
    assert RULES.fields(STAFF, "update") == {"pages", "condition"}
    assert RULES.fields(STAFF, "read") is None


def test_a_field_that_is_not_private_is_visible_to_all() -> None:
    assert RULES.visibility(ANONYMOUS, "title") == everything


def test_a_private_field_is_visible_where_the_role_has_a_rule() -> None:
    assert RULES.visibility(DIRECTOR, "price") == everything
    assert RULES.visibility(Actor(Role.STAFF, student_id=4), "price") == where(id=4)
    assert RULES.visibility(STAFF, "price") == nothing
    assert RULES.visibility(READER, "price") == nothing


def test_the_actions_are_the_plain_ones_and_then_the_named_ones() -> None:
    policy = Policy(Book, {Role.STAFF: allow(everything, lend=everything, burn=nothing, read=everything)})
    assert policy.actions() == ["read", "create", "update", "delete", "archive", "restore", "burn", "lend"]
    assert Policy(Loan, policy.grants).actions() == ["read", "create", "update", "delete", "burn", "lend"]


@pytest.mark.parametrize(
    ("role", "action", "words"),
    [
        (Role.DIRECTOR, "read", "everything"),
        (Role.DIRECTOR, "delete", "library_id = actor.center_id"),
        (Role.STAFF, "update", "library_id = actor.center_id; only condition, pages"),
        (Role.STUDENT, "read", "nothing"),
    ],
)
def test_a_rule_explains_itself(role: Role, action: str, words: str) -> None:
    assert RULES.explain(role, action) == words


def test_why_names_the_rule_that_allows(open_shelves: OpenShelves) -> None:
    shelves = open_shelves()
    book = shelves.book()
    with shelves.work(READER) as uow:
        assert uow.explain("read", book) == "student may read Book 1: rows where library_id = actor.center_id"


def test_why_names_the_rule_that_refuses(open_shelves: OpenShelves) -> None:
    shelves = open_shelves()
    book = shelves.book()
    with shelves.work(READER) as uow:
        assert uow.explain("delete", book) == "student may not delete Book 1: rows where nothing"


def test_fields_outside_a_limited_rule_are_refused_by_name(open_shelves: OpenShelves) -> None:
    shelves = open_shelves()
    book = shelves.book()
    with pytest.raises(Forbidden) as refused, shelves.work(STAFF) as uow:
        uow.change(book, {"title": "New", "pages": 3, "isbn": "1"})
    assert refused.value.params == {"kind": "Book", "action": "update", "fields": ["isbn", "title"]}
