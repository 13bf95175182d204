"""The HTTP status of each error of the domain: the one table that the APIs, the admin and the public pages use."""

from __future__ import annotations

from collections.abc import Mapping

from educore import EducoreError, Forbidden, NotFound, Stale, TooManyAttempts, Unauthenticated, Unavailable
from educore_web.rest.request import BadRequest, BodyTooLarge, UnsupportedMediaType

API_STATUS: Mapping[type[EducoreError], int] = {
    NotFound: 404,
    Forbidden: 403,
    Stale: 412,
    Unauthenticated: 401,
    TooManyAttempts: 429,
    Unavailable: 503,
    BadRequest: 400,
    BodyTooLarge: 413,
    UnsupportedMediaType: 415,
}
"""The statuses of the APIs. Every other error is 400."""

FORM_STATUS: Mapping[type[EducoreError], int] = {**API_STATUS, Stale: 409, Unauthenticated: 400}
"""The statuses of pages with a form.

A browser sends no If-Match, so a stale form conflicts (409) and fails no precondition (412). The admin sends a caller
who is not signed in to its sign-in page; a wrong name or password there is a bad form (400), because 401 would need a
WWW-Authenticate header.
"""


def http_status(error: EducoreError, statuses: Mapping[type[EducoreError], int] = API_STATUS) -> int:
    """Return the status of an answer that reports an error."""
    return next((status for kind, status in statuses.items() if isinstance(error, kind)), 400)
