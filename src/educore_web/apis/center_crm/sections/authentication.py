"""Authentication."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from educore import Educore, UnitOfWork
from educore.identity import change_own_password
from educore.people import SignInResult, refresh_sign_in, sign_in, sign_out
from educore.values import NewPassword, Password
from educore_web.apis.center_crm.answers import StatusOut
from educore_web.apis.center_crm.spec import crm
from educore_web.apis.center_crm.words import RoleWord
from educore_web.rest.bodies import Body
from educore_web.rest.request import RequestData


class LoginIn(Body):
    """The credentials of a person: a password, and a user name or (an addition) an e-mail address or phone number."""

    username: str
    password: Password


class LoginOut(BaseModel):
    """The tokens, and who they belong to. `center_id` is null for a SuperAdmin."""

    token: str
    refresh: str
    user_id: int
    username: str
    role: str
    center_id: int | None


class RefreshIn(Body):
    """A refresh token that has not been used yet."""

    refresh: str


class TokensOut(BaseModel):
    """New tokens; the refresh token sent stops working."""

    token: str
    refresh: str


class PasswordIn(Body):
    """The present password and the next one."""

    old_password: Password
    new_password: NewPassword


def login(school: Educore, data: LoginIn, request: RequestData) -> dict[str, Any]:
    """Login - Get JWT Token"""
    host = request.client_host
    return _login(sign_in(school, name=data.username, password=data.password, among=crm.members, host=host))


def refresh(school: Educore, data: RefreshIn) -> dict[str, Any]:
    """Exchange a refresh token for new tokens"""
    renewed = refresh_sign_in(school, token=data.refresh, among=crm.members)
    return {"token": renewed.access, "refresh": renewed.refresh}


def logout(uow: UnitOfWork) -> dict[str, Any]:
    """Sign out: the access and refresh token stop working"""
    sign_out(uow)
    return {"status": "Signed out"}


def change_password(uow: UnitOfWork, data: PasswordIn) -> dict[str, Any]:
    """Change one's own password; other devices are signed out"""
    change_own_password(uow, **data.fields())
    return {"status": "Password changed"}


def _login(signed: SignInResult) -> dict[str, Any]:
    role = signed.actor.role
    return {
        "token": signed.access,
        "refresh": signed.refresh,
        "user_id": signed.user.id,
        "username": signed.user.username,
        "role": RoleWord.__members__.get(role.name, role).value,
        "center_id": signed.actor.center_id,
    }


ROUTES = [
    crm.post("/auth/login/", login, body=LoginIn, out=LoginOut, public=True, further_paths=("/login/",)),
    crm.post("/auth/refresh/", refresh, body=RefreshIn, out=TokensOut, public=True, addition=True),
    crm.post("/auth/logout/", logout, out=StatusOut, addition=True),
    crm.post("/auth/change-password/", change_password, body=PasswordIn, out=StatusOut, addition=True),
]
