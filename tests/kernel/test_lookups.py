"""Lookups: what the types of fields may ask for while a row is validated."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import AfterValidator, ValidationInfo

from educore import (
    Actor,
    Context,
    Domain,
    Educore,
    Entity,
    MemoryStore,
    Policy,
    Role,
    UnitOfWork,
    allow,
    everything,
    memory_ports,
)


def add_greeting(text: str, info: ValidationInfo) -> str:
    """Complete a text that asks for it."""
    return text.replace("?", (info.context or {})["greeting"]()) if "?" in text else text


class Card(Entity):
    """A card of a Center."""

    center_id: int
    text: Annotated[str, AfterValidator(add_greeting)]


ASKED: list[object] = []


def greet(uow: UnitOfWork, center_id: object) -> str:
    """Return the greeting of a Center."""
    ASKED.append(center_id)
    return f"greeting {center_id}"


CARDS = Context(
    "cards",
    entities=(Card,),
    policies=(Policy(Card, {Role.SUPERADMIN: allow(everything), Role.DIRECTOR: allow(everything)}),),
    lookups={"greeting": greet},
)


@pytest.fixture
def school() -> Educore:
    """A school with cards only."""
    ASKED.clear()
    return Educore(MemoryStore(Domain(CARDS)), memory_ports())


def texts(uow: UnitOfWork, verb: str) -> list[str]:
    """Write two cards of Center 7 by a verb, and return their texts."""
    rows: list[dict[str, Any]] = [{"center_id": 7, "text": text} for text in ("?", "?!")]
    if verb == "add":
        return [uow.add(Card, row).text for row in rows]
    if verb == "add_all":
        return [card.text for card in uow.add_all(Card, rows)]
    cards = uow.add_all(Card, [{**row, "text": "plain"} for row in rows])
    if verb == "change":
        return [uow.change(card, {"text": row["text"]}).text for card, row in zip(cards, rows, strict=True)]
    changed = uow.change_each(Card, {card.id: {"text": row["text"]} for card, row in zip(cards, rows, strict=True)})
    return [card.text for card in changed]


@pytest.mark.parametrize(("verb", "times"), [("add", 2), ("change", 2), ("add_all", 1), ("change_each", 1)])
def test_every_verb_lets_types_ask_about_the_center_of_the_row_once(school: Educore, verb: str, times: int) -> None:
    with school.work(Actor(Role.SUPERADMIN)) as uow:
        assert texts(uow, verb) == ["greeting 7", "greeting 7!"]
    assert [7] * times == ASKED


def test_nothing_is_looked_up_unless_a_type_asks(school: Educore) -> None:
    with school.work(Actor(Role.DIRECTOR, center_id=3)) as uow:
        uow.add(Card, {"text": "plain"})
        assert ASKED == []
        assert uow.add(Card, {"text": "?"}).text == "greeting 3"
    assert ASKED == [3]


def test_two_contexts_cannot_declare_the_same_lookup() -> None:
    with pytest.raises(TypeError, match="lookup 'greeting' is declared twice"):
        Domain(CARDS, Context("more", lookups={"greeting": greet}))
