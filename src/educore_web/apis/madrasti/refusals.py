"""The bodies of errors: for each status an `error_code`, a general sentence, and the details of the document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from educore import Problem, Role
from educore_web.apis.madrasti.words import RoleWord, resource_word
from educore_web.i18n import find_sentence
from educore_web.rest.common import WHOLE, format_instant
from educore_web.rest.dialect import About

KINDS: Mapping[int, str] = {
    400: "validation_error",
    401: "authentication_required",
    403: "permission_denied",
    404: "resource_not_found",
    405: "method_not_allowed",
    412: "precondition_failed",
    413: "request_too_large",
    415: "unsupported_media_type",
    429: "rate_limit_exceeded",
    500: "internal_error",
    503: "service_unavailable",
}
"""The key of the general sentence for each status; in capitals it is the `error_code`."""

HOUR = 3600

OWN_SENTENCES: Mapping[str, str] = {
    "token_expired": "token_expired",
    "date_parsing": "date",
    "date_type": "date",
    "date_from_datetime_parsing": "date",
    "date_from_datetime_inexact": "date",
    "datetime_parsing": "date",
    "datetime_type": "date",
    "not_ahead": "due_ahead",
    "minutes_between": "time_limit",
}
"""The key of the document's sentence by the code of a problem."""

WRONG_SIGN_IN = "invalid_credentials"
"""The key for a wrong e-mail address or password, which the document answers without a timestamp."""


def refuse(problem: Problem, *, status: int, text: str, about: About) -> dict[str, Any]:
    """Return the body that refuses a request as a whole."""
    if problem.code == "bad_credentials":
        fields = ("email", "password")
        details = {name: [sentence(f"{WRONG_SIGN_IN}.{name}", about)] for name in fields}
        return {"error": sentence(WRONG_SIGN_IN, about), "error_code": WRONG_SIGN_IN.upper(), "details": details}
    describe = DETAILS.get(status, _whole)
    return envelope(KINDS.get(status, KINDS[400]), describe(problem, text, about), about)


def envelope(kind: str, details: Mapping[str, Any], about: About) -> dict[str, Any]:
    """Return the four keys of every error but a wrong sign-in."""
    return {
        "error": sentence(kind, about),
        "error_code": kind.upper(),
        "timestamp": format_instant(about.now),
        "details": details,
    }


def sentence(key: str, about: About) -> str:
    """Return a sentence of the document in the language of the request."""
    return translate(key, about.language)


def translate(key: str, language: str) -> str:
    """Return a sentence of the document in a language."""
    return find_sentence(f"madrasti.{key}", language) or key


def own_sentence(problem: Problem, language: str) -> str | None:
    """Return the document's sentence for a problem that it words in its own way, None for any other."""
    if problem.code == "enum":
        words = str(problem.params.get("expected", "")).replace("'", "").replace(" or ", ", ")
        text = find_sentence("madrasti.enum", language)
        return text and text.format(words=words)
    key = OWN_SENTENCES.get(problem.code)
    return key and find_sentence(f"madrasti.{key}", language)


def _whole(problem: Problem, text: str, about: About) -> dict[str, Any]:
    return {WHOLE: [text]}


def _unauthenticated(problem: Problem, text: str, about: About) -> dict[str, Any]:
    ended = problem.params.get("at") if problem.code == "token_expired" else None
    details: dict[str, Any] = {"message": text, "token_expired": ended is not None}
    return details if ended is None else {**details, "token_expired_at": format_instant(ended)}


def _forbidden(problem: Problem, text: str, about: About) -> dict[str, Any]:
    """Name the roles that may call the operation, and for one of them the reason of the refusal."""
    details: dict[str, Any] = {"required_permissions": [about.permission] if about.permission else []}
    if about.role is not None and about.role is not Role.ANONYMOUS:
        details["user_role"] = next(iter(_words([about.role])), about.role.upper())
    details["required_roles"] = _words(about.required_roles)
    return details if problem.code == "forbidden" else {**details, "message": text}


def _not_found(problem: Problem, text: str, about: About) -> dict[str, Any]:
    name, id = problem.params.get("kind"), problem.params.get("id")
    if about.kind is not None and name in (None, about.kind.__name__):
        name, id = about.kind.__name__, about.id  # the id in the path, which may be that of the user
    if name is None or id is None:
        return {"message": text}
    resource = resource_word(name)
    message = sentence("no_such_row", about).format(resource=resource, id=id)
    return {"resource": resource, "resource_id": id, "message": message}


def _too_many(problem: Problem, text: str, about: About) -> dict[str, Any]:
    """Name the limit, its window and the end of the wait."""
    wait = int(problem.params.get("retry_after", 1))
    ends_at = problem.params.get("reset_at", about.now + timedelta(seconds=wait))
    details: dict[str, Any] = {"reset_at": format_instant(ends_at), "retry_after": wait}
    if "limit" in problem.params:
        details = {"limit": problem.params["limit"], "window": _window(problem.params["window"], about), **details}
    return details


def _window(seconds: int, about: About) -> str:
    if seconds == HOUR:
        return sentence("window.hour", about)
    return sentence("window.minutes", about).format(minutes=seconds // 60)


def _failed(problem: Problem, text: str, about: About) -> dict[str, Any]:
    return {"error_id": about.error_id, "message": sentence("try_again_later", about)}


def _message(problem: Problem, text: str, about: About) -> dict[str, Any]:
    return {"message": text}


def _words(roles: Iterable[Role]) -> list[str]:
    """Return the document's words for roles, each once, in the order of rank."""
    members = RoleWord.__members__
    return list(dict.fromkeys(members[role.name].value for role in roles if role.name in members))


DETAILS: Mapping[int, Callable[[Problem, str, About], dict[str, Any]]] = {
    401: _unauthenticated,
    403: _forbidden,
    404: _not_found,
    429: _too_many,
    500: _failed,
    **dict.fromkeys((405, 412, 413, 415, 503), _message),
}
"""The function that makes the details for each status; for any other they are sentences on the request as a whole."""
