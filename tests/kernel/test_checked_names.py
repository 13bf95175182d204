"""Names that a developer misspells are refused with the nearest right one, in every store, with and without rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from educore import Actor, Role, UnitOfWork
from support.library_domain import DIRECTOR, LIBRARY, READER, Book, Library, Loan, OpenShelves

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
