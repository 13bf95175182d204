"""Signing in to the admin with the accounts of the domain. The browser keeps a signed proof and nothing else."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from anyio import CapacityLimiter, to_thread
from sqladmin.authentication import AuthenticationBackend
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from educore import (
    ANONYMOUS,
    Actor,
    At,
    Count,
    Educore,
    EducoreError,
    Forbidden,
    Membership,
    Role,
    Shape,
    SignInProof,
    Unauthenticated,
    Unavailable,
    User,
    Words,
    actor_of_sign_in,
    sign_in,
    sign_out,
    where,
)
from educore_web.admin.visitor import Visitor, acting, welcome
from educore_web.home import SECONDS_TO_WAIT
from educore_web.outages import note_outage
from educore_web.settings import Settings
from educore_web.threads import half

WELCOME = (Role.SUPERADMIN, Role.DIRECTOR, Role.MANAGER, Role.ADMIN, Role.TEACHER)
COOKIE = "educore_admin"
LONGEST_NAME = 254


class Notes(Shape, of=User):
    """The notes that wait for somebody."""

    unread: Annotated[int, Count("Notification", where(is_read=False))]


class Header(Shape, of=Membership):
    """What the page header says about whoever is signed in."""

    name: Annotated[str | None, Words("user.first_name", "user.last_name")]
    username: Annotated[str, At("user.username")]
    center: Annotated[str | None, At("center.name")]
    time_zone: Annotated[str | None, At("center.time_zone")]
    currency: Annotated[str | None, At("center.currency")]
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
        proof = await to_thread.run_sync(self._sign_in, name, password, host_of(request), limiter=self.turns)
        wanted = request.session.get("next")
        request.session.clear()
        request.session.update(sign_in=proof.claims(), csrf=secrets.token_urlsafe(24))
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
            welcome(await to_thread.run_sync(self._visitor, proof))
        except (Unauthenticated, Forbidden) as refused:
            request.session.clear()
            if claims is not None:
                request.session["notice"] = refused.code
            if request.method == "GET":
                request.session["next"] = request.url.path
            return RedirectResponse(request.url_for("admin:login").path, status_code=302)
        return True

    async def get_user_id(self, request: Request) -> Any:
        """The user SQLAdmin may log."""
        return acting().user_id

    def _sign_in(self, name: str, password: str, host: str) -> SignInProof:
        signed_in = sign_in(self.school, password=password, host=host, **self._field_of(name))
        if signed_in.actor.role not in WELCOME:
            with self.school.work(signed_in.actor) as uow:
                sign_out(uow)
            raise Forbidden("not_for_you")
        return signed_in.proof

    def _field_of(self, name: str) -> dict[str, str]:
        """Whether somebody wrote their user name, e-mail or phone. An unknown name counts as a user name."""
        with self.school.work(ANONYMOUS, read_only=True) as uow:
            for field, value in _readings(name):
                if "\0" not in value and uow.count(User, where(**{field: value}), to="sign_in"):
                    return {field: value}
        return {"username": name}

    def _sign_out(self) -> None:
        with self.school.work(acting()) as uow:
            sign_out(uow)

    def _visitor(self, proof: SignInProof) -> Visitor:
        with self.school.work(ANONYMOUS, read_only=True) as uow:
            actor = actor_of_sign_in(uow, proof)
            if actor.role not in WELCOME:
                raise Forbidden("not_for_you")
            return _presented(actor, uow.acting_as(actor).view(Header, where(id=actor.membership_id)))


def host_of(request: Request) -> str:
    """Where a request comes from, as far as the server knows."""
    return request.client.host if request.client else ""


def token_of(request: Request) -> str:
    """The secret of this session that its own forms send along."""
    return str(request.session.setdefault("csrf", secrets.token_urlsafe(24)))


def require_token(request: Request, posted: Any) -> None:
    """Refuse a form that does not come from a page of this session. Raises: HTTPException 403."""
    given, own = str(posted.get("csrf", "")), str(request.session.get("csrf", ""))
    if not own or not hmac.compare_digest(given.encode(), own.encode()):
        raise HTTPException(403)


def refusal_status(error: EducoreError) -> int:
    """The HTTP status that suits a refusal; why something is unavailable goes to the log."""
    if isinstance(error, Unavailable):
        note_outage(error)
    statuses = {"Forbidden": 403, "NotFound": 404, "TooManyAttempts": 429, "Unavailable": 503}
    return statuses.get(type(error).__name__, 400)


def wait_before_retry(error: EducoreError) -> dict[str, str]:
    """The header that says how many seconds to wait, where the same request may do better then."""
    seconds = error.params.get("retry_after", SECONDS_TO_WAIT if isinstance(error, Unavailable) else None)
    return {} if seconds is None else {"retry-after": str(seconds)}


def _presented(actor: Actor, found: list[dict[str, Any]]) -> Visitor:
    nobody = {"name": None, "username": "", "center": None, "time_zone": None, "user": None, "currency": None}
    header: dict[str, Any] = found[0] if found else nobody
    zone = ZoneInfo(header["time_zone"] or "Asia/Tashkent")
    unread = header["user"]["unread"] if header["user"] else 0
    return Visitor(
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
