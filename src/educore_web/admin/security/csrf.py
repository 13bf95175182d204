"""Tokens that prove that a form comes from a page of the same session (CSRF protection)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from educore_web.admin.security.current_user import current_actor
from educore_web.admin.ui.language import translate

TOKEN_HEADER = "x-csrf-token"  # noqa: S105 - the name of a header
RESUMED = "resumed"
"""Name of the field that marks a form kept during a new sign-in: it is shown for review before it is acted upon."""


class InvalidToken(HTTPException):
    """Refusal of a request that does not come from a page of this session; nothing is done."""

    def __init__(self, status: int = 403) -> None:
        super().__init__(status)


class FormNotSubmitted(InvalidToken):
    """Refusal of a form that the same person filled in during an earlier session; a page can show its answers again."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(status)
        self.reason = reason

    def message(self) -> str:
        """Return the message that says why the form is shown again."""
        return translate(self.reason)


def new_token(user_id: int | None) -> str:
    """Return the token of a new session; `belongs_to_user` recognizes its user even after the session has ended."""
    nonce = secrets.token_urlsafe(24)
    return f"{nonce}.{_user_mark(nonce, user_id)}"


def belongs_to_user(user_id: int | None, token: str) -> bool:
    """Return whether a token was given to a session of this user.

    Anyone can forge such a token. It only decides whether a user may see again the answers of a form of ours.
    """
    nonce, _, mark = token.partition(".")
    return user_id is not None and hmac.compare_digest(mark.encode(), _user_mark(nonce, user_id).encode())


def session_token(request: Request) -> str:
    """Return the token that the forms of this session carry; make one if the session has none."""
    return str(request.session.setdefault("csrf", new_token(current_actor().user_id)))


def find_form_refusal(request: Request, posted: Any) -> FormNotSubmitted | None:
    """Return why a form must be shown again instead of being acted upon, None if it may be acted upon.

    Raises: InvalidToken if the form does not come from a page of this user at all.
    """
    given, own = str(posted.get("csrf", "")), str(request.session.get("csrf", ""))
    if not own or not hmac.compare_digest(given.encode(errors="surrogatepass"), own.encode()):
        if belongs_to_user(current_actor().user_id, given):
            return FormNotSubmitted("unsent.earlier", 403)
        raise InvalidToken
    return FormNotSubmitted("unsent.resumed", 200) if RESUMED in posted else None


def require_token(request: Request, posted: Any) -> None:
    """Refuse a form that does not come from a page of this session. Raises: InvalidToken."""
    if refused := find_form_refusal(request, posted):
        raise refused


def require_header(request: Request) -> None:
    """Refuse a request without a form if its header lacks the token of this session. Raises: InvalidToken."""
    require_token(request, {"csrf": request.headers.get(TOKEN_HEADER, "")})


def _user_mark(nonce: str, user_id: int | None) -> str:
    return hashlib.sha256(f"{nonce}:{user_id}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
