"""The HTTP status and the headers of a page that shows a domain error."""

from __future__ import annotations

from educore import EducoreError, Unavailable
from educore_web.rest.http_status import FORM_STATUS, http_status
from educore_web.runtime.answers import RETRY_SECONDS
from educore_web.runtime.outages import log_outage


def error_status(error: EducoreError) -> int:
    """Return the HTTP status of a domain error; the cause of an `Unavailable` is logged."""
    if isinstance(error, Unavailable):
        log_outage(error)
    return http_status(error, FORM_STATUS)


def retry_headers(error: EducoreError) -> dict[str, str]:
    """Return the header with the seconds to wait, if the same request may succeed after that."""
    seconds = error.params.get("retry_after", RETRY_SECONDS if isinstance(error, Unavailable) else None)
    return {} if seconds is None else {"retry-after": str(seconds)}
