"""Autentifikatsiya."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from educore import Educore, UnitOfWork
from educore.people import SignInResult, refresh_sign_in, sign_in, sign_out
from educore.values import Password
from educore_web.apis.edumaster.spec import edu
from educore_web.apis.edumaster.words import RoleWord
from educore_web.rest.bodies import Body
from educore_web.rest.request import RequestData


class LoginIn(Body):
    """The credentials of a person: a password, and a phone number or (an addition) a user name or e-mail address."""

    phone_number: str
    password: Password


class SignedInUser(BaseModel):
    """The owner of the tokens."""

    id: int
    phone_number: str | None
    first_name: str
    last_name: str
    role: str


class TokensOut(BaseModel):
    """New tokens; a refresh token works once."""

    access: str
    refresh: str


class LoginOut(TokensOut):
    """The tokens, and who they belong to."""

    user: SignedInUser


class RefreshIn(Body):
    """A refresh token that has not been used yet."""

    refresh: str


def login(school: Educore, data: LoginIn, request: RequestData) -> dict[str, Any]:
    """Login"""
    host = request.client_host
    signed = sign_in(school, name=data.phone_number, password=data.password, among=edu.members, host=host)
    return {**_tokens(signed), "user": _user(signed)}


def refresh(school: Educore, data: RefreshIn) -> dict[str, Any]:
    """Exchange a refresh token for new tokens"""
    return _tokens(refresh_sign_in(school, token=data.refresh, among=edu.members))


def logout(uow: UnitOfWork) -> None:
    """Sign out: the access and refresh token stop working"""
    sign_out(uow)


def _tokens(signed: SignInResult) -> dict[str, Any]:
    return {"access": signed.access, "refresh": signed.refresh}


def _user(signed: SignInResult) -> dict[str, Any]:
    user, role = signed.user, signed.actor.role
    return {
        "id": user.id,
        "phone_number": user.phone,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "role": RoleWord.__members__.get(role.name, role).value,
    }


ROUTES = [
    edu.post("/accounts/login/", login, body=LoginIn, out=LoginOut, public=True),
    edu.post(
        "/accounts/token/refresh/",
        refresh,
        resource="accounts",
        body=RefreshIn,
        out=TokensOut,
        public=True,
        addition=True,
    ),
    edu.post("/accounts/logout/", logout, status=204, addition=True),
]
