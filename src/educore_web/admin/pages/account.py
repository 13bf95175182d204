"""Pages of the visitor's own account, for everybody who signs in here: their name and their password."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from anyio import to_thread
from pydantic import TypeAdapter, ValidationError
from sqladmin.authentication import login_required
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from educore import Actor, Educore, EducoreError, From, Invalid, Problem, Shape, Stale
from educore.identity import Membership, User, change_own_name, change_own_password, prove_password
from educore.kernel import fingerprint, hash_passwords
from educore.values import NewPassword, Password, PersonName
from educore_web.admin.idempotency import SentForm, do_once, earlier_result, new_key
from educore_web.admin.security.current_user import acting
from educore_web.admin.security.sign_in import host_of, refusal_status, unsent, wait_before_retry
from educore_web.admin.ui.language import translate
from educore_web.admin.ui.problems import by_field
from educore_web.admin.ui.seen import read_seen, write_seen

if TYPE_CHECKING:
    from educore_web.admin.site import Site

Change = Callable[[Educore, Actor, Mapping[str, Any], SentForm], None]
"""Function that saves the answers of a form about the visitor's own account."""

NAMES = {"first_name": TypeAdapter(PersonName), "last_name": TypeAdapter(PersonName)}
PASSWORDS: dict[str, TypeAdapter[Any]] = {
    "old_password": TypeAdapter(Password),
    "new_password": TypeAdapter(NewPassword),
    "repeated_password": TypeAdapter(Password),
}


class OwnProfile(Shape, of=Membership):
    """The visitor's own account, as its page shows it."""

    username: Annotated[str, From("user.username")]
    first_name: Annotated[str, From("user.first_name")]
    last_name: Annotated[str, From("user.last_name")]
    phone: Annotated[str | None, From("user.phone")]
    email: Annotated[str | None, From("user.email")]
    center: Annotated[str | None, From("center.name")]


@dataclass(frozen=True)
class OwnPage:
    """A page of the visitor's own account: the stored values, the submitted texts, and the error messages."""

    profile: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, list[str]] = field(default_factory=dict)
    alerts: tuple[str, ...] = ()
    once: str = ""
    seen: str = ""


def routes(site: Site) -> list[Route]:
    """Return the routes of these pages; they come before the routes of all screens."""
    return [
        Route("/profile", partial(profile, site), name="profile", methods=["GET", "POST"]),
        Route("/password", partial(password, site), name="password", methods=["GET", "POST"]),
    ]


@login_required
async def profile(site: Site, request: Request) -> Response:
    """Show the visitor's own account, and change their name."""
    return await _answer(site, request, "profile", NAMES, _change_name)


@login_required
async def password(site: Site, request: Request) -> Response:
    """Change the visitor's own password, which takes the present one; other devices are signed out."""
    return await _answer(site, request, "password", PASSWORDS, partial(_change_password, host=host_of(request)))


async def _answer(
    site: Site, request: Request, name: str, fields: Mapping[str, TypeAdapter[Any]], change: Change
) -> Response:
    shown, template = await to_thread.run_sync(_profile, site.school, acting()), f"sqladmin/{name}.html"
    if request.method == "GET":
        texts = {field: str(shown.get(field, "")) for field in fields}
        return await site.page(
            request, template, {"page": OwnPage(shown, texts, once=new_key(), seen=_seen(shown, fields))}
        )
    posted = await request.form()
    answers = {field: str(posted.get(field, "")) for field in (*fields, "once", "seen")}
    page = OwnPage(shown, answers, once=answers["once"] or new_key(), seen=answers["seen"])
    if refused := unsent(request, posted):
        page = replace(page, alerts=(refused.sentence(),))
        return await site.page(request, template, {"page": page}, refused.status_code)
    try:
        values = _read(fields, answers)
        await to_thread.run_sync(change, site.school, acting(), values, SentForm.of(answers))
    except Stale as error:
        theirs = {name: [translate("stale.line", theirs=shown[name])] for name in error.params["fields"]}
        page = replace(page, errors=theirs, seen=_seen(shown, fields))
        return await site.page(request, template, {"page": page}, refusal_status(error))
    except EducoreError as error:
        errors, alerts = by_field(error, set(fields))
        page = replace(page, errors=errors, alerts=tuple(alerts))
        response = await site.page(request, template, {"page": page}, refusal_status(error))
        response.headers.update(wait_before_retry(error))
        return response
    site.tell(request, translate(f"own.{name}_saved"))
    return RedirectResponse(request.url_for(f"admin:{name}").path, status_code=302)


def _profile(school: Educore, me: Actor) -> dict[str, Any]:
    with school.work(me, read_only=True) as uow:
        return uow.select_one(OwnProfile, me.membership_id or 0)


def _seen(shown: Mapping[str, Any], fields: Iterable[str]) -> str:
    """Return digests of the stored names that the form shows, as text for the form to carry."""
    return write_seen({name: fingerprint(shown[name]) for name in fields if name in NAMES})


def _read(fields: Mapping[str, TypeAdapter[Any]], texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the submitted values. Raises: Invalid naming every wrong one."""
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


def _change_name(school: Educore, me: Actor, names: Mapping[str, str], sent: SentForm) -> None:
    with school.work(me) as uow:

        def change() -> str:
            uow.expect(User, me.user_id or 0, read_seen(sent.answers["seen"], NAMES))
            return str(change_own_name(uow, **names).id)

        do_once(uow, sent, change)


def _change_password(school: Educore, me: Actor, given: Mapping[str, str], sent: SentForm, *, host: str) -> None:
    if given["new_password"] != given["repeated_password"]:
        raise Invalid.because("repeated_password", "not_the_same")
    if earlier_result(school, sent) is not None:  # the second click: by now the old password is another one
        return
    proof = prove_password(school, me, password=given["old_password"], host=host)
    hashed = hash_passwords(school.ports.passwords, {"new_password": given["new_password"]})

    def change() -> str:
        change_own_password(uow, old_password=proof, **hashed)
        return str(me.user_id)

    with school.work(me) as uow:
        do_once(uow, sent, change)
