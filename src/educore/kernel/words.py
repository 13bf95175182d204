"""The words that an API has for the members of an enumeration of the domain, matched by the names of the members."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any, TypeVar

E = TypeVar("E", bound=Enum)
W = TypeVar("W", bound=Enum)


class RankedWord(StrEnum):
    """Base of the enumerations whose words are ordered as they are declared, the lowest first, not by the alphabet."""

    @property
    def rank(self) -> int:
        """Return the place of the word among the others, from 0 on."""
        return list(type(self)).index(self)


@dataclass(frozen=True, init=False)
class OnlyMembers:
    """Declares the members that a field of a shape can show, so that the API needs no words for the others.

        role: Annotated[StaffRole, OnlyMembers(Role.MANAGER, Role.ADMIN)]

    The operations with this shape must leave out all other rows.
    """

    members: frozenset[Any]

    def __init__(self, *members: Enum) -> None:
        object.__setattr__(self, "members", frozenset(members))


def match_members(stored: type[E], words: type[W], *, only: Collection[E] | None = None) -> dict[E, W]:
    """Return the word for each member, or for those of `only`; one word may stand for several members.

    Raises: TypeError for a member without a word, and for a word without a member.
    """
    expected = stored if only is None else [member for member in stored if member in only]
    if lacking := [member.name for member in expected if member.name not in words.__members__]:
        raise TypeError(
            f"{words.__name__} has no word for {', '.join(f'{stored.__name__}.{name}' for name in lacking)}; add one, "
            "or declare by OnlyMembers which members are shown"
        )
    if unknown := [name for name in words.__members__ if name not in stored.__members__]:
        raise TypeError(f"{words.__name__} has words that {stored.__name__} does not know: {', '.join(unknown)}")
    return {member: words[member.name] for member in expected}


@dataclass(frozen=True)
class SharedWord:
    """A word that stands for several members, in the values of a row that may exist already.

    `member` is the one that a new row gets.
    """

    member: Enum
    members: frozenset[Enum]


def member_for(value: Any, stored: Any = None) -> Any:
    """Return the member that a value means for a row with the member `stored`; None stands for a new row.

    A word that stands for the stored member too leaves it: an excused mark stays excused if somebody writes `Absent`.
    """
    if not isinstance(value, SharedWord):
        return value
    return stored if stored in value.members else value.member
