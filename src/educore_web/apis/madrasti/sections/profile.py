"""One's own profile and password."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from operator import not_
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from educore import Computed, Educore, Forbidden, From, Invalid, NameOf, UnitOfWork
from educore.identity import Membership, User, change_own_password, change_own_profile, reset_password
from educore.kernel import OnlyMembers
from educore.messaging import ask_password_reset
from educore.organization import CenterKind
from educore.people import sign_out
from educore.values import Calendar, Day, Email, Language, Line, MixedPassword, Password, PersonName, Phone, Text
from educore_web.apis.madrasti.dialect import MadrastiShape
from educore_web.apis.madrasti.refusals import translate
from educore_web.apis.madrasti.sections.authentication import MessageOut, TypedAgain, confirms
from educore_web.apis.madrasti.sections.files import ProfilePicture
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import ROLES, RoleWord
from educore_web.rest.bodies import Body, make_partial
from educore_web.rest.body_fields import To
from educore_web.rest.further_names import ADDITION
from educore_web.rest.request import RequestData
from educore_web.rest.uploads import keep_files

LONGEST_NAME = 50


class ProfileIn(Body, of=User):
    """The details of a person. In one's own, `email`, `role` and `is_active` may only be sent back as they are."""

    email: Annotated[Email | None, To("email")] = None
    first_name: PersonName
    last_name: PersonName
    role: Annotated[RoleWord | None, To("role")] = None
    phone: Phone | None = None
    date_of_birth: Annotated[Day | None, To("birthday")] = None
    address: Line | None = None
    bio: Annotated[Text, Field(max_length=1000)] | None = None
    emergency_contact_name: Annotated[PersonName, Field(max_length=100)] | None = None
    emergency_contact_phone: Phone | None = None
    is_active: Annotated[bool | None, To("is_active")] = None
    language: Language | None = None
    calendar: Calendar | None = None
    wants_mail: bool | None = None
    profile_picture: Annotated[ProfilePicture | None, To("image")] = None


class ResetIn(Body):
    """The address of an account."""

    email: Email


class NewPasswordIn(Body):
    """The secret of a mailed link, and a password twice."""

    token: str
    new_password: MixedPassword
    new_password_confirm: Annotated[TypedAgain, confirms("new_password"), To(None)]


class PasswordIn(Body):
    """The present password, and the next one twice."""

    current_password: Annotated[Password, To("old_password")]
    new_password: MixedPassword
    new_password_confirm: Annotated[TypedAgain, confirms("new_password"), To(None)]

    @field_validator("new_password")
    @classmethod
    def _check_difference(cls, password: str, info: ValidationInfo) -> str:
        if password == info.data.get("current_password"):
            raise PydanticCustomError("password_unchanged", "Choose another password.")
        return password


def stored_key(key: str | None) -> str | None:
    """Return the key of a stored file as it is, where the document shows the key and not the address."""
    return key


class ProfileOut(MadrastiShape, of=Membership):
    """One's own profile."""

    id: Annotated[int, From("user_id")]
    email: Annotated[str | None, From("user.email")]
    first_name: Annotated[str, From("user.first_name")]
    last_name: Annotated[str, From("user.last_name")]
    full_name: Annotated[str, NameOf("user")]
    role: Annotated[RoleWord, OnlyMembers(*ROLES)]
    phone: Annotated[str | None, From("user.phone")]
    date_of_birth: Annotated[Day | None, From("user.birthday")]
    address: Annotated[str | None, From("user.address")]
    profile_picture: Annotated[str | None, Computed(stored_key, "user.image")]
    profile_picture_url: Annotated[str | None, From("user.image")]
    bio: Annotated[str | None, From("user.bio")]
    emergency_contact_name: Annotated[str | None, From("user.emergency_contact_name")]
    emergency_contact_phone: Annotated[str | None, From("user.emergency_contact_phone")]
    is_active: Annotated[bool, Computed(not_, "is_blocked")]
    last_login: Annotated[datetime | None, From("user.last_signed_in_at")]
    created_at: Annotated[datetime, From("user.created_at")]
    updated_at: Annotated[datetime, From("user.updated_at")]
    language: Annotated[Language | None, From("user.language"), ADDITION]
    calendar: Annotated[Calendar | None, From("user.calendar"), ADDITION]
    wants_mail: Annotated[bool, From("user.wants_mail"), ADDITION]


def profile(uow: UnitOfWork) -> dict[str, Any]:
    """Read own profile"""
    return uow.select_one(ProfileOut, uow.actor.membership_id or 0)


def change_profile(uow: UnitOfWork, data: ProfileIn) -> dict[str, Any]:
    """Change own profile"""
    fields, user = keep_files(uow, data.fields()), uow.get(User, uow.actor.user_id or 0)
    _refuse_fixed(uow, user, fields)
    require_names(user, fields)
    change_own_profile(uow, **fields)
    return profile(uow)


def require_names(user: User, fields: Mapping[str, Any]) -> None:
    """Refuse to empty the first or the last name. Raises: Invalid("missing"), Invalid("string_too_long")."""
    for field in ("first_name", "last_name"):
        name = fields.get(field, getattr(user, field))
        if name == getattr(user, field):
            continue
        if not name:
            raise Invalid.because(field, "missing")
        if len(name) > LONGEST_NAME:
            raise Invalid.because(field, "string_too_long", max_length=LONGEST_NAME)


def change_password(uow: UnitOfWork, data: PasswordIn, request: RequestData) -> dict[str, Any]:
    """Change own password: every device is signed out, this one too"""
    change_own_password(uow, **data.fields())
    sign_out(uow)
    return {"message": translate("password_changed", request.language)}


def ask_reset(school: Educore, data: ResetIn, request: RequestData) -> dict[str, Any]:
    """Ask for a password reset: the answer is the same whether there is such an account or not"""
    ask_password_reset(school, email=data.email, host=request.client_host, roles=ROLES, center_kind=CenterKind.SCHOOL)
    return {"message": translate("reset_asked", request.language)}


def confirm_reset(school: Educore, data: NewPasswordIn, request: RequestData) -> dict[str, Any]:
    """Choose a new password with the secret of a mailed link, which works once and for an hour"""
    reset_password(school, token=data.token, password=data.new_password)
    return {"message": translate("password_reset", request.language)}


def _refuse_fixed(uow: UnitOfWork, user: User, fields: dict[str, Any]) -> None:
    """Remove the fields that others decide on. Raises: Forbidden on role and status; Invalid on e-mail."""
    email, role, is_active = (fields.pop(name, None) for name in ("email", "role", "is_active"))
    if role not in (None, RoleWord.__members__[uow.actor.role.name]) or is_active is False:
        raise Forbidden(role=uow.actor.role)
    if email not in (None, user.email):
        raise Invalid.because("email", "cannot_change")


ROUTES = [
    madrasti.get("/users/profile/", profile, resource="users.profile", verb="retrieve", out=ProfileOut),
    *(
        madrasti.operation(
            method, "/users/profile/", change_profile, resource="users.profile", verb=verb, body=body, out=ProfileOut
        )
        for method, verb, body in (("PUT", "update", ProfileIn), ("PATCH", "partial_update", make_partial(ProfileIn)))
    ),
    madrasti.post("/users/password-reset/", ask_reset, body=ResetIn, out=MessageOut, public=True),
    madrasti.post(
        "/users/password-reset/confirm/",
        confirm_reset,
        resource="users.password_reset",
        verb="confirm",
        body=NewPasswordIn,
        out=MessageOut,
        public=True,
        addition=True,
    ),
    madrasti.post("/users/change-password/", change_password, body=PasswordIn, out=MessageOut),
]
