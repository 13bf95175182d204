"""The pages of the user's own account: their name and their password."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Annotated, Any

from anyio import to_thread
from pydantic import TypeAdapter, ValidationError
from sqladmin.authentication import login_required
from starlette.requests import Request
from starlette.responses import Response

from educore import Actor, Educore, EducoreError, From, Invalid, Problem, Shape, Stale
from educore.identity import Membership, User, change_own_name, change_own_password, prove_password
from educore.kernel import fingerprint, hash_passwords
from educore.values import NewPassword, Password, PersonName
from educore_web.admin.frame import Frame
from educore_web.admin.idempotency import SubmittedForm, new_key
from educore_web.admin.security.csrf import find_form_refusal
from educore_web.admin.security.current_user import current_actor
from educore_web.admin.security.sign_in import client_host
from educore_web.admin.statuses import error_status, retry_headers
from educore_web.admin.ui.digests import join_digests, split_digests
from educore_web.admin.ui.language import translate
from educore_web.admin.ui.problems import messages_by_field

Change = Callable[[Educore, Actor, Mapping[str, Any], SubmittedForm], None]
"""Function that saves the answers of a form about the user's own account."""

NAMES = {"first_name": TypeAdapter(PersonName), "last_name": TypeAdapter(PersonName)}
PASSWORDS: dict[str, TypeAdapter[Any]] = {
    "old_password": TypeAdapter(Password),
    "new_password": TypeAdapter(NewPassword),
    "repeated_password": TypeAdapter(Password),
}


class OwnProfile(Shape, of=Membership):
    """The user's own account."""

    username: Annotated[str, From("user.username")]
    first_name: Annotated[str, From("user.first_name")]
    last_name: Annotated[str, From("user.last_name")]
    phone: Annotated[str | None, From("user.phone")]
    email: Annotated[str | None, From("user.email")]
    center: Annotated[str | None, From("center.name")]


@dataclass(frozen=True)
class AccountPage:
    """A page of the user's own account: the stored values, the submitted texts, and the error messages."""

    profile: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, list[str]] = field(default_factory=dict)
    alerts: tuple[str, ...] = ()
    once: str = ""
    seen: str = ""


@login_required
async def profile(frame: Frame, request: Request) -> Response:
    """Show the user's own account, and change their name on POST."""
    return await _answer(frame, request, "profile", NAMES, _change_name)


@login_required
async def password(frame: Frame, request: Request) -> Response:
    """Change the user's own password, which takes the present one; other devices are signed out."""
    return await _answer(frame, request, "password", PASSWORDS, partial(_change_password, host=client_host(request)))


async def _answer(
    frame: Frame, request: Request, name: str, fields: Mapping[str, TypeAdapter[Any]], change: Change
) -> Response:
    stored, template = await to_thread.run_sync(_profile, frame.school, current_actor()), f"{name}.html"
    if request.method == "GET":
        texts = {field: str(stored.get(field, "")) for field in fields}
        return await frame.render(
            request, template, {"page": AccountPage(stored, texts, once=new_key(), seen=_digests(stored, fields))}
        )
    posted = await request.form()
    answers = {field: str(posted.get(field, "")) for field in (*fields, "once", "seen")}
    page = AccountPage(stored, answers, once=answers["once"] or new_key(), seen=answers["seen"])
    if refused := find_form_refusal(request, posted):
        page = replace(page, alerts=(refused.message(),))
        return await frame.render(request, template, {"page": page}, refused.status_code)
    try:
        values = _read(fields, answers)
        await to_thread.run_sync(change, frame.school, current_actor(), values, SubmittedForm.of(answers))
    except Stale as error:
        conflicts = {name: [translate("stale.line", theirs=stored[name])] for name in error.params["fields"]}
        page = replace(page, errors=conflicts, seen=_digests(stored, fields))
        return await frame.render(request, template, {"page": page}, error_status(error))
    except EducoreError as error:
        errors, alerts = messages_by_field(error, set(fields))
        page = replace(page, errors=errors, alerts=tuple(alerts))
        response = await frame.render(request, template, {"page": page}, error_status(error))
        response.headers.update(retry_headers(error))
        return response
    frame.flash(request, translate(f"own.{name}_saved"))
    return frame.redirect_to(request, name)


def _profile(school: Educore, me: Actor) -> dict[str, Any]:
    with school.work(me, read_only=True) as uow:
        return uow.select_one(OwnProfile, me.membership_id or 0)


def _digests(stored: Mapping[str, Any], fields: Iterable[str]) -> str:
    """Return digests of the stored names that the form shows, as text for the form to carry."""
    return join_digests({name: fingerprint(stored[name]) for name in fields if name in NAMES})


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


def _change_name(school: Educore, me: Actor, names: Mapping[str, str], sent: SubmittedForm) -> None:
    with school.work(me) as uow:

        def change() -> str:
            uow.expect(User, me.user_id or 0, split_digests(sent.answers["seen"], NAMES))
            return str(change_own_name(uow, **names).id)

        sent.run_idempotent(uow, change)


def _change_password(school: Educore, me: Actor, given: Mapping[str, str], sent: SubmittedForm, *, host: str) -> None:
    if given["new_password"] != given["repeated_password"]:
        raise Invalid.because("repeated_password", "not_the_same")
    if sent.find_result(school) is not None:  # the second click: by now the old password is another one
        return
    proof = prove_password(school, me, password=given["old_password"], host=host)
    hashed = hash_passwords(school.ports.passwords, {"new_password": given["new_password"]})

    def change() -> str:
        change_own_password(uow, old_password=proof, **hashed)
        return str(me.user_id)

    with school.work(me) as uow:
        sent.run_idempotent(uow, change)
