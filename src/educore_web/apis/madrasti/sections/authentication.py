"""Authentication: signing in and out, tokens, and registration."""

from __future__ import annotations

from datetime import datetime
from operator import not_
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError

from educore import (
    ANONYMOUS,
    Actor,
    Computed,
    Educore,
    EducoreError,
    Forbidden,
    From,
    Invalid,
    NameOf,
    Role,
    Unauthenticated,
    UnitOfWork,
)
from educore.groups import find_sign_up_center, sign_up
from educore.identity import SELF_REGISTERED, Membership
from educore.kernel import OnlyMembers
from educore.people import authenticate, renew_access, sign_in, sign_out, verify_token
from educore.values import Day, Email, MixedPassword, Password, PersonName, Phone
from educore_web.apis.madrasti.bearers import LIFETIMES, describe_bearer, describe_user
from educore_web.apis.madrasti.dialect import MadrastiShape
from educore_web.apis.madrasti.refusals import translate
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import OFFICE, ROLES, RoleWord
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.common import format_instant
from educore_web.rest.further_names import ADDITION
from educore_web.rest.quota import Quota
from educore_web.rest.request import RequestData

RealName = Annotated[PersonName, Field(min_length=1, max_length=50)]
TypedAgain = Annotated[str, StringConstraints(strip_whitespace=False, max_length=128)]
"""A new password typed once more; `confirms` names the field of the first one."""


def confirms(field: str) -> AfterValidator:
    """Return the check that a value is the password in an earlier field. A wrong password is reported there alone."""

    def check(confirmation: str, info: ValidationInfo) -> str:
        others = info.data or {}  # pydantic gives none where it validates the field by itself
        if others.get(field, confirmation) != confirmation:
            raise PydanticCustomError("not_the_same", "The two new passwords are not the same.")
        return confirmation

    return AfterValidator(check)


class WrongSignIn(EducoreError):
    """The e-mail address and the password belong to nobody who may sign in here."""

    code = "bad_credentials"


class LoginIn(Body):
    """The credentials of a person."""

    email: Email
    password: Password


class SignedInUser(BaseModel):
    """The person who signed in. `permissions` are words for the client; the server decides by role and row.

    `force_password_change` is true as long as the office chose their password; a client then asks for a new one.
    """

    id: int
    email: str | None
    full_name: str
    role: RoleWord
    permissions: list[str]
    force_password_change: Annotated[bool, ADDITION]


class LoginOut(BaseModel):
    """The tokens and their owner."""

    refresh: str
    access: str
    user: SignedInUser


class RefreshIn(Body):
    """A refresh token."""

    refresh: str


class AccessOut(BaseModel):
    """A new access token; the refresh token stays as it is."""

    access: str


class TokenIn(Body):
    """An access or a refresh token."""

    token: str


class Nothing(BaseModel):
    """An empty object."""


class MessageOut(BaseModel):
    """A sentence that confirms the change."""

    message: str


class HeartbeatOut(BaseModel):
    """The time of the server."""

    timestamp: str


class RegistrationIn(Body, of=Membership):
    """A new person; whoever registers themselves confirms the password."""

    email: Annotated[Email, To("account.email")]
    password: Annotated[MixedPassword, To("account.password")]
    password_confirm: Annotated[TypedAgain, confirms("password"), To(None)] = ""
    first_name: Annotated[RealName, To("account.first_name")]
    last_name: Annotated[RealName, To("account.last_name")]
    role: RoleWord
    phone: Annotated[Phone | None, To("account.phone")] = None
    date_of_birth: Annotated[Day | None, To("account.birthday")] = None


class RegisteredOut(MadrastiShape, of=Membership):
    """The person who was registered."""

    id: Annotated[int, From("user_id")]
    email: Annotated[str | None, From("user.email")]
    first_name: Annotated[str, From("user.first_name")]
    last_name: Annotated[str, From("user.last_name")]
    full_name: Annotated[str, NameOf("user")]
    role: Annotated[RoleWord, OnlyMembers(*ROLES)]
    phone: Annotated[str | None, From("user.phone")]
    date_of_birth: Annotated[Day | None, From("user.birthday")]
    is_active: Annotated[bool, Computed(not_, "is_blocked")]
    created_at: Annotated[datetime, From("user.created_at")]


def login(school: Educore, data: LoginIn, request: RequestData) -> dict[str, Any]:
    """User login"""
    try:
        signed = sign_in(
            school,
            email=data.email,
            password=data.password,
            host=request.client_host,
            among=madrasti.members,
            lifetimes=LIFETIMES,
            claims=describe_bearer,
        )
    except (Unauthenticated, Forbidden) as error:
        if error.code == "several_accounts":
            raise Invalid.because("email", error.code) from None
        raise WrongSignIn() from None  # the same for the unknown, the blocked and those of other programs
    user = {**describe_user(signed.actor, signed.user), "force_password_change": signed.user.password_is_initial}
    return {"refresh": signed.refresh, "access": signed.access, "user": user}


def refresh(school: Educore, data: RefreshIn) -> dict[str, Any]:
    """Token refresh"""
    try:
        access = renew_access(
            school, token=data.refresh, among=madrasti.members, lifetimes=LIFETIMES, claims=describe_bearer
        )
    except Forbidden:
        raise Unauthenticated("token_invalid") from None
    return {"access": access}


def verify(school: Educore, data: TokenIn) -> dict[str, Any]:
    """Token verification"""
    try:
        verify_token(school, token=data.token, among=madrasti.members)
    except Forbidden:
        raise Unauthenticated("token_invalid") from None
    return {}


def register(school: Educore, data: RegistrationIn, request: RequestData) -> dict[str, Any]:
    """User registration: students and parents register themselves, the office registers everybody"""
    actor, fields = _find_caller(school, request), data.fields()
    role = Role(fields["role"])
    if actor is ANONYMOUS:
        if role not in SELF_REGISTERED:
            raise Unauthenticated("token_missing")
        if not data.password_confirm:
            raise Invalid.because("password_confirm", "missing")
    with school.work(ANONYMOUS, read_only=True) as uow:
        center_id = actor.center_id or find_sign_up_center(uow, school.ports.sign_up_center)
    try:
        member = sign_up(
            school,
            actor=actor,
            role=role,
            account=fields["account"],
            center_id=center_id,
            among=madrasti.members,
            host=request.client_host,
        )
    except Forbidden as error:
        raise Forbidden(error.code, role=actor.role) from None
    with school.work(ANONYMOUS, read_only=True) as uow:
        return uow.as_platform().select_one(RegisteredOut, member.id)  # a visitor may not read accounts


def logout(uow: UnitOfWork, request: RequestData) -> dict[str, Any]:
    """Sign out: the access and the refresh token stop working"""
    sign_out(uow)
    return {"message": translate("signed_out", request.language)}


def heartbeat(uow: UnitOfWork) -> dict[str, Any]:
    """Report that the caller is still there"""
    return {"timestamp": format_instant(uow.ports.clock.now())}


def _find_caller(school: Educore, request: RequestData) -> Actor:
    """Return the actor whose token a public request carries, or a visitor. Raises: Unauthenticated, Forbidden."""
    if request.token is None:
        return ANONYMOUS
    with school.work(ANONYMOUS, read_only=True) as uow:
        return authenticate(uow, token=request.token, among=madrasti.members)


ROUTES = [
    madrasti.post(
        "/users/login/", login, body=LoginIn, out=LoginOut, public=True, quota=Quota.SIGN_IN, quota_field="email"
    ),
    madrasti.post(
        "/token/refresh/", refresh, resource="tokens", body=RefreshIn, out=AccessOut, public=True, quota=Quota.NONE
    ),
    madrasti.post(
        "/token/verify/", verify, resource="tokens", body=TokenIn, out=Nothing, public=True, quota=Quota.NONE
    ),
    madrasti.post(
        "/users/register/",
        register,
        body=RegistrationIn,
        out=RegisteredOut,
        status=201,
        public=True,
        roles=OFFICE,
        permission="can_manage_users",
    ),
    madrasti.post("/users/logout/", logout, out=MessageOut, addition=True),
    madrasti.post("/users/heartbeat/", heartbeat, out=HeartbeatOut, addition=True),
]
