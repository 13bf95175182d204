"""The pages about oneself, for everybody who signs in here: one's own name, and one's own password."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from anyio import to_thread
from pydantic import TypeAdapter, ValidationError
from sqladmin.authentication import login_required
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from educore import (
    Actor,
    At,
    Educore,
    EducoreError,
    Invalid,
    Membership,
    NewPassword,
    Problem,
    Shape,
    change_own_name,
    change_own_password,
    prove_password,
)
from educore.values import Password, PersonName
from educore_web.admin.language import word
from educore_web.admin.problems import by_field
from educore_web.admin.signing_in import host_of, refusal_status, require_token, wait_before_retry
from educore_web.admin.visitor import acting

if TYPE_CHECKING:
    from educore_web.admin.site import Site

NAMES = {"first_name": TypeAdapter(PersonName), "last_name": TypeAdapter(PersonName)}
PASSWORDS: dict[str, TypeAdapter[Any]] = {
    "old_password": TypeAdapter(Password),
    "new_password": TypeAdapter(NewPassword),
    "repeated": TypeAdapter(Password),
}


class OwnProfile(Shape, of=Membership):
    """What somebody sees of their own account."""

    username: Annotated[str, At("user.username")]
    first_name: Annotated[str, At("user.first_name")]
    last_name: Annotated[str, At("user.last_name")]
    phone: Annotated[str | None, At("user.phone")]
    email: Annotated[str | None, At("user.email")]
    center: Annotated[str | None, At("center.name")]


@dataclass(frozen=True)
class OwnPage:
    """What a page about oneself shows: what is stored, what was written, and what is wrong with it."""

    profile: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, list[str]] = field(default_factory=dict)
    alerts: tuple[str, ...] = ()


def routes(site: Site) -> list[Route]:
    """The addresses of these pages; they stand before those of all screens."""
    return [
        Route("/profile", partial(profile, site), name="profile", methods=["GET", "POST"]),
        Route("/password", partial(password, site), name="password", methods=["GET", "POST"]),
    ]


@login_required
async def profile(site: Site, request: Request) -> Response:
    """Show one's own account, and change what one is called."""
    return await _answer(site, request, "profile", NAMES, _change_name)


@login_required
async def password(site: Site, request: Request) -> Response:
    """Change one's own password, together with the present one; other devices are signed out."""
    return await _answer(site, request, "password", PASSWORDS, partial(_change_password, host=host_of(request)))


async def _answer(
    site: Site, request: Request, name: str, fields: Mapping[str, TypeAdapter[Any]], change: Any
) -> Response:
    shown = await to_thread.run_sync(_profile, site.school, acting())
    texts = {field: str(shown.get(field, "")) for field in fields}
    if request.method == "GET":
        return await site.page(request, f"sqladmin/{name}.html", {"page": OwnPage(shown, texts)})
    posted = await request.form()
    require_token(request, posted)
    texts = {field: str(posted.get(field, "")) for field in fields}
    try:
        await to_thread.run_sync(change, site.school, acting(), _read(fields, texts))
    except EducoreError as error:
        errors, alerts = by_field(error, set(fields))
        page = {"page": OwnPage(shown, texts, errors, tuple(alerts))}
        response = await site.page(request, f"sqladmin/{name}.html", page, refusal_status(error))
        response.headers.update(wait_before_retry(error))
        return response
    site.tell(request, word(f"own.{name}_saved"))
    return RedirectResponse(request.url_for(f"admin:{name}").path, status_code=302)


def _profile(school: Educore, me: Actor) -> dict[str, Any]:
    with school.work(me, read_only=True) as uow:
        return uow.view_one(OwnProfile, me.membership_id or 0)


def _read(fields: Mapping[str, TypeAdapter[Any]], texts: Mapping[str, str]) -> dict[str, Any]:
    """The values written. Raises: Invalid naming every wrong one."""
    values: dict[str, Any] = {}
    problems: dict[str, list[Problem]] = {}
    for name, kind in fields.items():
        try:
            values[name] = kind.validate_python(texts[name])
        except ValidationError as error:
            problems[name] = [p for found in Invalid.from_pydantic(error).fields.values() for p in found]
    if problems:
        raise Invalid(problems)
    return values


def _change_name(school: Educore, me: Actor, names: Mapping[str, str]) -> None:
    with school.work(me) as uow:
        change_own_name(uow, **names)


def _change_password(school: Educore, me: Actor, given: Mapping[str, str], *, host: str) -> None:
    if given["new_password"] != given["repeated"]:
        raise Invalid.because("repeated", "not_the_same")
    proof = prove_password(school, me, password=given["old_password"], host=host)
    with school.work(me) as uow:
        change_own_password(uow, old_password=proof, new_password=given["new_password"])
