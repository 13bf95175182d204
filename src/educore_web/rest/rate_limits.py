"""Limits on the number of requests in an hour, for APIs whose documents have them.

A request counts for its account or, without a valid token, for its address. Some count further: uploads, and
operations on many rows. Windows are clock hours. A request is counted before anything is looked up for it. Refused
requests count as well, which changes nothing: a full window stays full. Health, and what clients call on their own such
as refreshing a token, counts nowhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from math import ceil
from typing import Any

from educore import Ports, TooManyAttempts, Unauthenticated
from educore.identity import normalize_host
from educore.people import SignInProof, read_claims
from educore_web.rest.errors import ResponseData
from educore_web.rest.operation import Operation
from educore_web.rest.quota import Quota
from educore_web.rest.request import RequestData

MOST_STRANGERS = 100_000
"""The number of addresses counted apart in one hour; the others share one count, so that memory stays bounded."""
OTHERS = "address:others"

HEADERS: Mapping[str, str] = {
    "X-RateLimit-Limit": "The number of requests in a window.",
    "X-RateLimit-Remaining": "How many of them are left.",
    "X-RateLimit-Reset": "When the window ends, in seconds since 1970.",
    "X-RateLimit-Window": "The length of a window in seconds.",
}
"""The headers of every answer, and what they mean."""


@dataclass(frozen=True)
class RateLimits:
    """The numbers of requests that one caller may send in a window of `seconds`; windows begin on the full hour.

    `strangers` is for an address without a valid token, `sign_in` for an address and the name that it signs in with.
    """

    signed_in: int = 1000
    strangers: int = 100
    sign_in: int = 100
    uploads: int = 50
    bulk: int = 10
    seconds: int = 3600


@dataclass(frozen=True)
class Usage:
    """The part of a window that a caller has used, this request included. Times are in seconds since 1970."""

    limit: int
    used: int
    seconds: int
    ends_at: int
    now: float

    @property
    def remaining(self) -> int:
        """Return the number of requests that are left."""
        return max(0, self.limit - self.used)

    @property
    def is_exceeded(self) -> bool:
        """Return whether this request is one too many."""
        return self.used > self.limit

    def headers(self) -> dict[str, str]:
        """Return the headers of the answer, whatever it is."""
        values = (self.limit, self.remaining, self.ends_at, self.seconds)
        return {name.lower(): str(value) for name, value in zip(HEADERS, values, strict=True)}

    def refusal(self) -> TooManyAttempts:
        """Return the error of a request that is one too many."""
        wait = max(1, ceil(self.ends_at - self.now))
        reset_at = datetime.fromtimestamp(self.ends_at, UTC)
        params: dict[str, Any] = {"limit": self.limit, "window": self.seconds, "reset_at": reset_at}
        return TooManyAttempts(retry_after=wait, **params)


def with_usage(answer: ResponseData, usage: Usage | None) -> ResponseData:
    """Return an answer with the headers that tell how much of the window is left."""
    return answer if usage is None else replace(answer, headers={**answer.headers, **usage.headers()})


@dataclass
class WindowCounts:
    """The counts of the present window, by key; those of the window before are forgotten."""

    start: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, key: str, *, start: int) -> int:
        """Count one more and return the number in the window that began at `start`, in seconds since 1970."""
        if start != self.start:
            self.start, self.counts = start, {}
        if key not in self.counts and len(self.counts) >= MOST_STRANGERS and not key.startswith("user:"):
            key = OTHERS
        self.counts[key] = self.counts.get(key, 0) + 1
        return self.counts[key]


@dataclass(frozen=True)
class RateLimiter:
    """Counts the requests to one API in this process. It is called on the event loop alone, so it needs no lock."""

    limits: RateLimits
    ports: Ports
    windows: WindowCounts = field(default_factory=WindowCounts)

    def count(self, operation: Operation | None, request: RequestData) -> Usage | None:
        """Count a request, None as operation for one that leads nowhere; return the window with the least left.

        Return None if the operation counts nowhere.
        """
        quota = Quota.GENERAL if operation is None else operation.quota
        if quota is Quota.NONE:
            return None
        now = self.ports.clock.now().timestamp()
        start = int(now // self.limits.seconds) * self.limits.seconds
        usages = [
            Usage(limit, self.windows.add(key, start=start), self.limits.seconds, start + self.limits.seconds, now)
            for key, limit in self._keys(quota, operation, request)
        ]
        return min(usages, key=lambda usage: (usage.limit - usage.used, usage.limit))

    def _keys(self, quota: Quota, operation: Operation | None, request: RequestData) -> list[tuple[str, int]]:
        """Return the keys for which a request counts, each with its limit."""
        host = normalize_host(request.client_host)
        if quota is Quota.SIGN_IN and operation is not None:
            name = str(request.body.get(operation.quota_field, ""))[:254].strip().casefold()
            digest = hashlib.sha256(name.encode(errors="replace")).hexdigest()  # people type passwords into it
            return [(f"sign-in:{host}:{digest}", self.limits.sign_in)]
        caller, limit = self._caller(host, request.token)
        more = {Quota.UPLOAD: self.limits.uploads, Quota.BULK: self.limits.bulk}
        own = [(f"{caller}:{quota.value}", more[quota])] if quota in more else []
        return [(caller, limit), *own]

    def _caller(self, host: str, token: str | None) -> tuple[str, int]:
        """Return who sends a request, and their limit. Whether the sign-in still stands costs a statement: later."""
        try:
            claims = read_claims(self.ports, token or "", kind="access")
            return f"user:{SignInProof.from_claims(claims).user_id}", self.limits.signed_in
        except Unauthenticated:
            return f"address:{host}", self.limits.strangers
