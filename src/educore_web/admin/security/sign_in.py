"""Sign-in to the admin with the accounts of the domain. The browser stores only a signed proof of the sign-in."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from anyio import CapacityLimiter, to_thread
from sqladmin.authentication import AuthenticationBackend
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from educore import (
    ANONYMOUS,
    Actor,
    Count,
    Educore,
    EducoreError,
    Forbidden,
    From,
    Joined,
    Role,
    Shape,
    Unauthenticated,
    Unavailable,
    where,
)
from educore.identity import Membership, User
from educore.people import SignInProof, SignInResult, sign_in, sign_out, verify_sign_in
from educore_web.admin.security.csrf import new_token
from educore_web.admin.security.current_user import CurrentUser, current_actor, set_current_user
from educore_web.rest.http_status import FORM_STATUS, http_status
from educore_web.rest.threads import half
from educore_web.runtime.answers import SECONDS_TO_WAIT
from educore_web.runtime.outages import note_outage
from educore_web.settings import Settings

ADMIN_ROLES = (Role.SUPERADMIN, Role.DIRECTOR, Role.MANAGER, Role.ADMIN, Role.TEACHER)
COOKIE = "educore_admin"
LONGEST_NAME = 254


class Notes(Shape, of=User):
    """The notes that wait for somebody."""

    unread: Annotated[int, Count("Notification", where(is_read=False))]


class Header(Shape, of=Membership):
    """What the page header says about whoever is signed in."""

    name: Annotated[str | None, Joined("user.first_name", "user.last_name")]
    username: Annotated[str, From("user.username")]
    center: Annotated[str | None, From("center.name")]
    time_zone: Annotated[str | None, From("center.time_zone")]
    currency: Annotated[str | None, From("center.currency")]
    user: Notes | None


class SchoolSignIn(AuthenticationBackend):
    """Asks the domain, on every request, whether the sign-in still works; a blocked person is out at once."""

    def __init__(self, school: Educore, settings: Settings, path: str) -> None:
        if settings.secret is None:
            raise TypeError("the admin signs its sessions, so it needs a secret")
        secret = settings.secret.get_secret_value()
        super().__init__(
            hashlib.sha256(f"admin-session:{secret}".encode()).hexdigest(),
            session_cookie=COOKIE,
            path=path,
            same_site="lax",
            https_only=settings.public_url.startswith("https:"),
            max_age=round(school.ports.refresh_lifetime.total_seconds()),
        )
        self.school = school
        self.turns = CapacityLimiter(half(half(settings.pool_size)))  # each may wait for the lock that writers need

    async def login(self, request: Request) -> Response | bool:
        """Sign in with what the form holds. Raises: the domain's refusals; Forbidden("not_for_you")."""
        posted = await request.form()
        name, password = str(posted.get("username", "")), str(posted.get("password", ""))
        name = name.strip()[:LONGEST_NAME]
        signed_in = await to_thread.run_sync(self._sign_in, name, password, client_host(request), limiter=self.turns)
        request.state.user_id = signed_in.user.id
        wanted = request.session.get("next")
        request.session.clear()
        request.session.update(sign_in=signed_in.proof.claims(), csrf=new_token(signed_in.user.id))
        return RedirectResponse(wanted or request.url_for("admin:index").path, status_code=302)

    async def logout(self, request: Request) -> Response | bool:
        """End the sign-in, wherever else its cookie may be."""
        request.session.clear()
        await to_thread.run_sync(self._sign_out)
        return RedirectResponse(request.url_for("admin:login").path, status_code=302)

    async def authenticate(self, request: Request) -> Response | bool:
        """Find out who sent the request, or send them to the sign-in page."""
        claims = request.session.get("sign_in")
        try:
            proof = SignInProof.from_claims(claims if isinstance(claims, dict) else {})
            set_current_user(await to_thread.run_sync(self._current_user, proof))
        except (Unauthenticated, Forbidden) as refused:
            request.session.clear()
            if _is_of_a_script(request):
                return PlainTextResponse(refused.code, status_code=401)
            if request.method == "POST" and request.url.path != request.url_for("admin:logout").path:
                raise SignInRequired(refused.code if claims is not None else "") from None
            if claims is not None:
                request.session["notice"] = refused.code
            if request.method == "GET":
                request.session["next"] = request.url.path
            return RedirectResponse(request.url_for("admin:login").path, status_code=302)
        return True

    async def get_user_id(self, request: Request) -> Any:
        """The user SQLAdmin may log."""
        return current_actor().user_id

    def _sign_in(self, name: str, password: str, host: str) -> SignInResult:
        signed_in = sign_in(self.school, password=password, host=host, **self._field_of(name))
        if signed_in.actor.role not in ADMIN_ROLES:
            with self.school.work(signed_in.actor) as uow:
                sign_out(uow)
            raise Forbidden("not_for_you")
        return signed_in

    def _field_of(self, name: str) -> dict[str, str]:
        """Whether somebody wrote their user name, e-mail or phone. An unknown name counts as a user name."""
        with self.school.work(ANONYMOUS, read_only=True) as uow:
            for field, value in _readings(name):
                if "\0" not in value and uow.count(User, where(**{field: value}), to="sign_in"):
                    return {field: value}
        return {"username": name}

    def _sign_out(self) -> None:
        with self.school.work(current_actor()) as uow:
            sign_out(uow)

    def _current_user(self, proof: SignInProof) -> CurrentUser:
        with self.school.work(ANONYMOUS, read_only=True) as uow:
            actor = verify_sign_in(uow, proof)
            if actor.role not in ADMIN_ROLES:
                raise Forbidden("not_for_you")
            return _presented(actor, uow.as_actor(actor).select(Header, where(id=actor.membership_id)))


def client_host(request: Request) -> str:
    """Return the address of the client as far as the server knows it, "" if it is unknown."""
    return request.client.host if request.client else ""


class SignInRequired(Exception):
    """Raised for a form sent after the sign-in has ended; `code` says why it ended, "" if that is unknown."""

    def __init__(self, code: str = "") -> None:
        super().__init__(code)
        self.code = code


def refusal_status(error: EducoreError) -> int:
    """Return the HTTP status of a refusal; the cause of an `Unavailable` is logged."""
    if isinstance(error, Unavailable):
        note_outage(error)
    return http_status(error, FORM_STATUS)


def wait_before_retry(error: EducoreError) -> dict[str, str]:
    """The header that says how many seconds to wait, where the same request may do better then."""
    seconds = error.params.get("retry_after", SECONDS_TO_WAIT if isinstance(error, Unavailable) else None)
    return {} if seconds is None else {"retry-after": str(seconds)}


def _is_of_a_script(request: Request) -> bool:
    """Return whether a script sent the request: it can neither show a sign-in page nor be redirected to one."""
    return request.method == "DELETE" or request.headers.get("x-requested-with") == "XMLHttpRequest"


def _presented(actor: Actor, found: list[dict[str, Any]]) -> CurrentUser:
    nobody = {"name": None, "username": "", "center": None, "time_zone": None, "user": None, "currency": None}
    header: dict[str, Any] = found[0] if found else nobody
    zone = ZoneInfo(header["time_zone"] or "Asia/Tashkent")
    unread = header["user"]["unread"] if header["user"] else 0
    return CurrentUser(
        actor, str(header["name"] or header["username"]), header["center"], zone, unread, header["currency"] or ""
    )


def _readings(name: str) -> list[tuple[str, str]]:
    """As what a name can be read; a number without a country is one of Uzbekistan."""
    readings = [("username", name.lower()), ("email", name.lower())]
    digits = re.sub(r"[\s()\-.]", "", name)
    if re.fullmatch(r"\+?[0-9]{9,15}", digits):
        country = "+998" if len(digits) == len("901234567") else "" if digits.startswith("+") else "+"
        readings.append(("phone", country + digits))
    return readings
