"""Sign-in to the admin with the accounts of the domain. The browser stores only a signed proof of the sign-in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from anyio import CapacityLimiter, to_thread
from sqladmin.authentication import AuthenticationBackend
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from educore import ANONYMOUS, Actor, Count, Educore, Forbidden, From, NameOf, Shape, Unauthenticated, where
from educore.identity import Membership, User
from educore.people import SignInProof, SignInResult, sign_in, sign_out, verify_sign_in
from educore.values import Region
from educore_web.admin.security.csrf import new_token
from educore_web.admin.security.current_user import ADMIN_ROLES, CurrentUser, current_actor, set_current_user
from educore_web.rest.threads import half
from educore_web.settings import Settings

COOKIE = "educore_admin"
MAX_NAME = 254


class UnreadNotifications(Shape, of=User):
    """The unread notifications of a user."""

    unread: Annotated[int, Count("Notification", where(is_read=False))]


class Header(Shape, of=Membership):
    """The user and the Center in the header of every page."""

    name: Annotated[str, NameOf("user")]
    center: Annotated[str | None, From("center.name")]
    time_zone: Annotated[str | None, From("center.time_zone")]
    currency: Annotated[str | None, From("center.currency")]
    country: Annotated[str | None, From("center.country")]
    languages: Annotated[list[str] | None, From("center.languages")]
    user: UnreadNotifications | None


BLANK_HEADER = {"name": "", **dict.fromkeys(("center", "time_zone", "currency", "country", "languages", "user"))}


class SchoolSignIn(AuthenticationBackend):
    """Checks the sign-in with the domain on every request, so that a blocked user is signed out at once."""

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
        self.limiter = CapacityLimiter(half(half(settings.pool_size)))  # each may wait for the lock of writers

    async def login(self, request: Request) -> Response | bool:
        """Sign in with the name and the password of the form.

        Raises: Forbidden("not_for_you") for a role that has no admin; the errors of `educore.people.sign_in`.
        """
        posted = await request.form()
        name, password = str(posted.get("username", "")), str(posted.get("password", ""))
        name = name.strip()[:MAX_NAME]
        signed_in = await to_thread.run_sync(self._sign_in, name, password, client_host(request), limiter=self.limiter)
        request.state.user_id = signed_in.user.id
        next_page = request.session.get("next")
        request.session.clear()
        request.session.update(sign_in=signed_in.proof.claims(), csrf=new_token(signed_in.user.id))
        return RedirectResponse(next_page or request.url_for("admin:index").path, status_code=302)

    async def logout(self, request: Request) -> Response | bool:
        """End the sign-in, also for copies of its cookie."""
        request.session.clear()
        await to_thread.run_sync(self._sign_out)
        return RedirectResponse(request.url_for("admin:login").path, status_code=302)

    async def authenticate(self, request: Request) -> Response | bool:
        """Set the current user from the cookie, or answer with the sign-in page.

        Raises: SignInRequired for a form whose sign-in has ended.
        """
        claims = request.session.get("sign_in")
        try:
            proof = SignInProof.from_claims(claims if isinstance(claims, dict) else {})
            set_current_user(await to_thread.run_sync(self._load_user, proof))
        except (Unauthenticated, Forbidden) as refused:
            request.session.clear()
            if _is_from_script(request):
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
        """Return the id of the user for SQLAdmin's log."""
        return current_actor().user_id

    def _sign_in(self, name: str, password: str, host: str) -> SignInResult:
        among = where(role__in=ADMIN_ROLES)
        try:
            return sign_in(self.school, name=name, password=password, among=among, host=host)
        except Forbidden as refused:
            raise Forbidden("not_for_you") if refused.code == "not_addressed" else refused from None

    def _sign_out(self) -> None:
        with self.school.work(current_actor()) as uow:
            sign_out(uow)

    def _load_user(self, proof: SignInProof) -> CurrentUser:
        with self.school.work(ANONYMOUS, read_only=True) as uow:
            actor = verify_sign_in(uow, proof)
            if actor.role not in ADMIN_ROLES:
                raise Forbidden("not_for_you")
            found = uow.as_actor(actor).select(Header, where(id=actor.membership_id))
            return _build_user(actor, found[0] if found else BLANK_HEADER, region=uow.ports.region)


def client_host(request: Request) -> str:
    """Return the address of the client as far as the server knows it, "" if it is unknown."""
    return request.client.host if request.client else ""


class SignInRequired(Exception):
    """Raised for a form sent after the sign-in has ended; `code` says why it ended, "" if that is unknown."""

    def __init__(self, code: str = "") -> None:
        super().__init__(code)
        self.code = code


def _is_from_script(request: Request) -> bool:
    """Return whether a script sent the request: it can neither show a sign-in page nor be redirected to one."""
    return request.method == "DELETE" or request.headers.get("x-requested-with") == "XMLHttpRequest"


def _build_user(actor: Actor, header: Mapping[str, Any], *, region: Region) -> CurrentUser:
    """Return the user; one of no Center has the time zone of the platform, no currency and no country."""
    zone = ZoneInfo(header["time_zone"] or region.time_zone)
    unread = header["user"]["unread"] if header["user"] else 0
    currency, country, languages = header["currency"] or "", header["country"] or "", tuple(header["languages"] or ())
    return CurrentUser(actor, header["name"], header["center"], zone, unread, currency, country, languages)
