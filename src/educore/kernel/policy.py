"""Who may do what to which rows. Rules only ever grant; what no rule grants is forbidden."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from educore.kernel.conditions import Where, everything, nothing
from educore.kernel.entity import Entity

ANY_ACTION = "*"


class Role(StrEnum):
    """What a person is in a Center. An API maps its own words to these."""

    SUPERADMIN = "superadmin"
    DIRECTOR = "director"
    MANAGER = "manager"
    ADMIN = "admin"
    STAFF = "staff"
    TEACHER = "teacher"
    STUDENT = "student"
    PARENT = "parent"
    DRIVER = "driver"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True)
class Actor:
    """A person acting in one Center with one role. What does not apply is None and matches nothing."""

    role: Role
    user_id: int | None = None
    membership_id: int | None = None
    center_id: int | None = None
    student_id: int | None = None
    teacher_id: int | None = None
    sign_in_id: int | None = None


ANONYMOUS = Actor(Role.ANONYMOUS)
"""Somebody who has not signed in."""

PLATFORM = Actor(Role.SUPERADMIN)
"""The platform itself, at work in nobody's name: what it writes beside the work of others, and what a worker does."""


@dataclass(frozen=True)
class Grant:
    """Some rows and, where `fields` is set, only these fields of them."""

    rows: Where
    fields: frozenset[str] | None = None


def only_fields(rows: Where, *fields: str) -> Grant:
    """These rows, but nothing of them except the named fields."""
    return Grant(rows, frozenset(fields))


Grants = Mapping[str, Grant]


def allow(all: Where | None = None, **actions: Where | Grant) -> Grants:
    """What one role may do: `allow(own_center)` is everything, `allow(read=own_center)` only that."""
    granted = {"*": all, **actions} if all is not None else actions
    return {a: g if isinstance(g, Grant) else Grant(g) for a, g in granted.items() if g is not None}


NO_GRANT = Grant(nothing)


@dataclass(frozen=True)
class Policy:
    """The rules for one kind of entity.

    `grants` says per role which actions on which rows. `restricted_fields` names fields that only some roles may
    read, on rows that meet the role's condition over the row's own fields; to others they are None.
    """

    kind: type[Entity]
    grants: Mapping[Role, Grants]
    restricted_fields: Mapping[str, Mapping[Role, Where]] = field(default_factory=dict)

    def grant(self, role: Role, action: str) -> Grant:
        """The one rule that decides `action` for `role`."""
        granted = self.grants.get(role, {})
        return granted.get(action) or granted.get(ANY_ACTION) or NO_GRANT

    def permits(self, role: Role, action: str) -> bool:
        """Whether the role may do this to any row at all; if not, it is refused before anything is read."""
        return self.grant(role, action).rows != nothing

    def scope(self, who: Actor, action: str) -> Where:
        """The rows on which `who` may perform `action`."""
        return self.grant(who.role, action).rows.bind(who)

    def fields(self, who: Actor, action: str) -> frozenset[str] | None:
        """The only fields the action may touch; None where all may be touched."""
        return self.grant(who.role, action).fields

    def visibility(self, who: Actor, field_name: str) -> Where:
        """On which of the rows they see `who` may also read this field."""
        if field_name not in self.restricted_fields:
            return everything
        return self.restricted_fields[field_name].get(who.role, nothing).bind(who)

    def actions(self) -> list[str]:
        """Every action some rule names, the four plain ones first."""
        named = {action for grants in self.grants.values() for action in grants}
        plain = ["read", "create", "update", "delete"]
        return plain + sorted(named - {*plain, ANY_ACTION})

    def explain(self, role: Role, action: str) -> str:
        """The rule that decides, in words: for the permission matrix and for `why`."""
        rule = self.grant(role, action)
        words = str(rule.rows)
        return f"{words}; only {', '.join(sorted(rule.fields))}" if rule.fields is not None else words
