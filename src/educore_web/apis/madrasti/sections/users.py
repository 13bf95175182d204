"""Users: the people of a school, whose ids are those of their accounts. The document has only their registration.

Whoever has several roles at a school, such as a teacher whose child learns there, is one user with the highest of them.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from educore import Actor, Constant, Forbidden, Invalid, Role, Shape, UnitOfWork, Where, actor, nothing, perform, where
from educore.groups import change_person, refuse_taken_email, students_in_group
from educore.identity import Membership, User, change_account
from educore.people import ROLES_BY_RANK
from educore.values import Calendar, Language
from educore_web.apis.madrasti.answers import DeletedOut, describe_deletion
from educore_web.apis.madrasti.sections.profile import ProfileIn, ProfileOut, change_profile, require_names
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import ROLES, RoleWord
from educore_web.rest.bodies import make_partial
from educore_web.rest.filters import flag_filter, id_filter
from educore_web.rest.request import RequestData
from educore_web.rest.uploads import keep_files

DIRECTORS = frozenset({Role.SUPERADMIN, Role.DIRECTOR})
"""The administrators of the document: they alone change, delete and restore other people."""

READERS = ROLES - {Role.DRIVER}


class PupilOut(ProfileOut, of=Membership):
    """A user as teachers see others: the name, the role and the picture, and nothing private."""

    email: Annotated[str | None, Constant(None)]
    phone: Annotated[str | None, Constant(None)]
    date_of_birth: Annotated[date | None, Constant(None)]
    address: Annotated[str | None, Constant(None)]
    bio: Annotated[str | None, Constant(None)]
    emergency_contact_name: Annotated[str | None, Constant(None)]
    emergency_contact_phone: Annotated[str | None, Constant(None)]
    last_login: Annotated[datetime | None, Constant(None)]
    language: Annotated[Language | None, Constant(None)]
    calendar: Annotated[Calendar | None, Constant(None)]


def at_highest_role() -> Where:
    """Return the condition for one membership of each person: that with the highest role at the actor's school.

    The platform, which has no school, sees the highest role of each person at all schools.
    """
    chosen = nothing
    for rank, role in enumerate(ROLES_BY_RANK):
        higher = madrasti.members & where(role__in=set(ROLES_BY_RANK[:rank]))
        for compared in (higher & where(center_id=actor.center_id), higher):
            chosen |= where(role=role, user__has=where(Membership__lacks=compared))
    return chosen


def shape_for(reader: Actor) -> type[Shape]:
    """Return the shape in which an actor sees other people: teachers nothing private, everybody else the whole row."""
    return PupilOut if reader.role is Role.TEACHER else ProfileOut


def show_user(uow: UnitOfWork, id: int, only: Where) -> dict[str, Any]:
    """Show a user"""
    member = uow.get(Membership, id, only=only)
    return uow.select_one(ProfileOut if _is_oneself(uow, member) else shape_for(uow.actor), id)


def change_user(uow: UnitOfWork, id: int, data: ProfileIn, only: Where) -> dict[str, Any]:
    """Change a user: everybody themselves, the administrators everybody else too

    Raises: Forbidden for other people; Invalid("cannot_change") on role; Conflict("taken") on email.
    """
    member = uow.get(Membership, id, only=only)
    if _is_oneself(uow, member):
        return change_profile(uow, data)
    if uow.actor.role not in DIRECTORS:
        raise Forbidden(role=uow.actor.role)
    fields = keep_files(uow, data.fields())
    role, is_active = fields.pop("role", None), fields.pop("is_active", None)
    if role not in (None, RoleWord.__members__[member.role.name]):
        raise Invalid.because("role", "cannot_change")
    if fields:
        _change_account(uow, uow.get(User, member.user_id, lock=True), fields)
    change_person(uow, member, is_blocked=None if is_active is None else not is_active)
    return uow.select_one(ProfileOut, id)


def delete_user(uow: UnitOfWork, id: int, only: Where, request: RequestData) -> dict[str, Any]:
    """Delete a user, who is signed out at once and can be restored"""
    member = uow.get(Membership, id, only=only)
    if _is_oneself(uow, member):
        raise Invalid.because("", "own_membership")
    perform(uow, Membership, "archive", id, only=only)
    return describe_deletion(member.user_id, request, at=uow.ports.clock.now())


def _is_oneself(uow: UnitOfWork, member: Membership) -> bool:
    return member.user_id == uow.actor.user_id


def _change_account(uow: UnitOfWork, user: User, fields: dict[str, Any]) -> None:
    require_names(user, fields)
    email = fields.get("email", user.email)
    if email != user.email:
        if email is None:
            raise Invalid.because("email", "missing")
        refuse_taken_email(uow, email, among=madrasti.members)
    change_account(uow, user, **fields)


NAMED: dict[str, Any] = {
    "resource": "users",
    "only": madrasti.members & at_highest_role(),
    "permission": "can_manage_users",
    "addition": True,
}
ROW: dict[str, Any] = {**NAMED, "kind": Membership, "lookup_field": "user_id"}
PATH = "/users/{id}/"

ROUTES = [
    madrasti.list(
        "/users/",
        ProfileOut,
        seen_as=shape_for,
        roles=READERS,
        order=("user.last_name", "user.first_name", "id"),
        search=("user__first_name", "user__last_name", "user__email"),
        archives=True,
        filters=(
            flag_filter("is_active", "is_blocked", reverse=True),
            id_filter("school_class", "id", students_in_group),
        ),
        **NAMED,
    ),
    madrasti.get(PATH, show_user, verb="retrieve", out=ProfileOut, seen_as=shape_for, roles=READERS, **ROW),
    madrasti.operation(
        "PUT", PATH, change_user, verb="update", body=ProfileIn, out=ProfileOut, performs_action=False, **ROW
    ),
    madrasti.operation(
        "PATCH",
        PATH,
        change_user,
        verb="partial_update",
        body=make_partial(ProfileIn),
        out=ProfileOut,
        performs_action=False,
        **ROW,
    ),
    madrasti.operation(
        "DELETE", PATH, delete_user, verb="delete", action="archive", out=DeletedOut, roles=DIRECTORS, **ROW
    ),
    madrasti.restore(f"{PATH}restore/", ProfileOut, verb="restore", lookup_field="user_id", roles=DIRECTORS, **NAMED),
]
