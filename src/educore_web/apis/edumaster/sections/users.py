"""Foydalanuvchilar: the members of a center, whose ids are those of their accounts."""

from __future__ import annotations

from datetime import datetime
from operator import not_
from typing import Annotated, Any

from educore import Computed, From, Invalid, Role, UnitOfWork
from educore.groups import change_person, register_person, remove_person, students_in_group
from educore.identity import Membership, change_own_name, change_own_password
from educore.kernel import OnlyMembers
from educore.values import AnyNewPassword, Password, PersonName, Phone
from educore_web.apis.edumaster.dialect import EduShape
from educore_web.apis.edumaster.spec import crud, edu
from educore_web.apis.edumaster.words import MEMBERS, ROLES, STAFF, RoleWord
from educore_web.rest.bodies import Body, make_partial
from educore_web.rest.body_fields import To
from educore_web.rest.filters import flag_filter, id_filter


class PersonIn(Body, of=Membership):
    """Somebody who signs in with a telephone number, unique on the platform (E09)."""

    phone_number: Annotated[Phone, To("account.phone")]
    first_name: Annotated[PersonName, To("account.first_name")] = ""
    last_name: Annotated[PersonName, To("account.last_name")] = ""
    role: RoleWord
    password: Annotated[AnyNewPassword, To("account.password")]


class UserIn(PersonIn, of=Membership):
    """A new user. `center_id` is for those who stand above all centers."""

    center_id: int | None = None


class UserChange(PersonIn, of=Membership):
    """A user; the role stays as it is, and whoever is not active cannot sign in."""

    is_active: bool = True


class ProfileChange(Body):
    """One's own name, and a new password together with the present one (E12)."""

    first_name: PersonName
    last_name: PersonName
    password: AnyNewPassword
    old_password: Password


class ProfileOut(EduShape, of=Membership):
    """A user, as the login answers."""

    id: Annotated[int, From("user_id")]
    phone_number: Annotated[str | None, From("user.phone")]
    first_name: Annotated[str, From("user.first_name")]
    last_name: Annotated[str, From("user.last_name")]
    role: Annotated[RoleWord, OnlyMembers(*ROLES)]


class UserOut(ProfileOut, of=Membership):
    """A user, and whether they may sign in."""

    is_active: Annotated[bool, Computed(not_, "is_blocked")]
    created_at: datetime


def change_user(
    uow: UnitOfWork, member: Membership, *, role: Role | None = None, is_active: bool | None = None, **fields: Any
) -> Membership:
    """Change a member. Raises: Invalid("cannot_change") at role."""
    if role not in (None, member.role):
        raise Invalid.because("role", "cannot_change")
    return change_person(uow, member, is_blocked=None if is_active is None else not is_active, **fields)


def profile(uow: UnitOfWork) -> dict[str, Any]:
    """Show one's own profile"""
    return uow.select_one(ProfileOut, uow.actor.membership_id or 0)


def change_profile(uow: UnitOfWork, data: ProfileChange) -> dict[str, Any]:
    """Change one's own name and password"""
    names = data.fields()
    password, old = names.pop("password", None), names.pop("old_password", None)
    if (password is None) != (old is None):
        raise Invalid.because("password" if password is None else "old_password", "missing")
    if password is not None:
        change_own_password(uow, old_password=old, new_password=password)
    if names:
        change_own_name(uow, **names)
    return profile(uow)


ROUTES = [
    *crud(
        "/accounts/users/",
        Membership,
        UserIn,
        UserOut,
        resource="users",
        lookup_field="user_id",
        only=MEMBERS,
        roles=STAFF,
        open_to=ROLES,
        create=register_person,
        update=change_user,
        delete=remove_person,
        change_body=UserChange,
        search=("user__first_name", "user__last_name", "user__phone"),
        listing={
            "action": "list",
            "order": ("-user_id",),
            "filters": (
                flag_filter("is_active", "is_blocked", reverse=True),
                id_filter("group", "id", students_in_group),
            ),
        },
    ),
    edu.get("/accounts/profile/", profile, resource="profile", verb="retrieve", out=ProfileOut, roles=ROLES),
    edu.operation(
        "PATCH",
        "/accounts/profile/",
        change_profile,
        resource="profile",
        verb="partial_update",
        body=make_partial(ProfileChange),
        out=ProfileOut,
        roles=ROLES,
        addition=True,
    ),
]
