"""Policies: the rows on which each role may perform each action. Rules only grant; anything else is forbidden."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from educore.kernel.conditions import Where, everything, nothing
from educore.kernel.entity import ARCHIVED, Entity, is_archivable, live_rows
from educore.kernel.suggestions import did_you_mean
from educore.values import Region

ANY_ACTION = "*"
"""The action of a rule for every action that has no rule of its own."""

SAME_RULE: Mapping[str, str] = {"archive": "delete", "restore": "archive"}
"""Of kinds that can be archived, the action whose rule decides about another one that has no rule of its own."""


class Role(StrEnum):
    """The role of a person in a Center. An API maps its own words to these."""

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
    """A person acting in one Center with one role. Attributes that do not apply are None and match nothing.

    `school_id` is the Center where it is a school, so that `where(center_id=actor.school_id)` holds in schools alone.
    `language` is the code of the language that the person has chosen, else of the first of their Center; while an API
    answers, of the language of the answer. `region` is that of the Center as it was when the person was authenticated,
    None if nobody has looked.
    Raises: TypeError for an unknown role.
    """

    role: Role
    user_id: int | None = None
    membership_id: int | None = None
    center_id: int | None = None
    student_id: int | None = None
    teacher_id: int | None = None
    sign_in_id: int | None = None
    school_id: int | None = None
    language: str | None = field(default=None, compare=False)
    region: Region | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        try:
            role = Role(self.role)
        except ValueError:
            raise TypeError(f"there is no role {self.role!r}{did_you_mean(self.role, Role)}") from None
        object.__setattr__(self, "role", role)  # frozen, but nobody has seen it yet


ANONYMOUS = Actor(Role.ANONYMOUS)
"""A visitor who has not signed in."""

PLATFORM = Actor(Role.SUPERADMIN)
"""The platform itself, without a user: for background jobs, and for rows that it writes beside a user's own."""


@dataclass(frozen=True)
class Grant:
    """The rows a rule grants and, if `fields` is set, the only fields of them."""

    rows: Where
    fields: frozenset[str] | None = None


def only_fields(rows: Where, *fields: str) -> Grant:
    """Return a grant of these rows that is limited to the named fields."""
    return Grant(rows, frozenset(fields))


Grants = Mapping[str, Grant]


def allow(all: Where | None = None, **actions: Where | Grant) -> Grants:
    """Return the grants of one role: `allow(own_center)` for every action, `allow(read=own_center)` for one."""
    grants = {ANY_ACTION: all, **actions} if all is not None else actions
    return {action: g if isinstance(g, Grant) else Grant(g) for action, g in grants.items() if g is not None}


NO_GRANT = Grant(nothing)


@dataclass(frozen=True)
class Policy:
    """The rules for one kind of entity.

    `grants` holds the rules by role and action. `restricted_fields` names fields that only some roles may read, on rows
    that meet the role's condition over the row's own fields; for others they are None.
    """

    kind: type[Entity]
    grants: Mapping[Role, Grants]
    restricted_fields: Mapping[str, Mapping[Role, Where]] = field(default_factory=dict)

    def grant(self, role: Role, action: str) -> Grant:
        """Return the one rule that decides the action for the role."""
        grants = self.grants.get(role, {})
        while is_archivable(self.kind) and action not in grants and action in SAME_RULE:
            action = SAME_RULE[action]
        return grants.get(action) or grants.get(ANY_ACTION) or NO_GRANT

    def permits(self, role: Role, action: str) -> bool:
        """Return whether the role may perform the action on any row at all."""
        return self.grant(role, action).rows != nothing

    def scope(self, actor: Actor, action: str) -> Where:
        """Return the condition on the rows on which the actor may perform the action, among those it exists for."""
        if not is_archivable(self.kind):
            return self.granted(actor, action)
        return self.granted(actor, action) & (ARCHIVED if action == "restore" else live_rows(self.kind))

    def granted(self, actor: Actor, action: str) -> Where:
        """Return the condition of the rule that decides, which archived rows may meet too."""
        return self.grant(actor.role, action).rows.bind(actor)

    def fields(self, actor: Actor, action: str) -> frozenset[str] | None:
        """Return the only fields that the action may touch, None if it may touch all."""
        return self.grant(actor.role, action).fields

    def visibility(self, actor: Actor, field_name: str) -> Where:
        """Return the condition on the visible rows whose value of the field the actor may read."""
        if field_name not in self.restricted_fields:
            return everything
        return self.restricted_fields[field_name].get(actor.role, nothing).bind(actor)

    def is_open_to(self, roles: Iterable[Role], field_name: str) -> bool:
        """Return whether each of the roles may read the field in every row that it sees."""
        return all(self.visibility(Actor(role), field_name) == everything for role in roles)

    def actions(self) -> list[str]:
        """Return every action that a rule names, after the plain ones."""
        special = {action for grants in self.grants.values() for action in grants}
        plain = ["read", "create", "update", "delete"]
        if is_archivable(self.kind):
            plain += ["archive", "restore"]
        return plain + sorted(special - {*plain, ANY_ACTION})

    def explain(self, role: Role, action: str) -> str:
        """Return the rule that decides, as text: for the permission matrix and for `UnitOfWork.explain`."""
        rule = self.grant(role, action)
        rows = str(rule.rows)
        return rows if rule.fields is None else f"{rows}; only {', '.join(sorted(rule.fields))}"
