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
from typing import Any, Protocol

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
ACCOUNT = "user:"
"""The beginning of the keys of those with a valid token."""

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

    caller: str
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


class Windows(Protocol):
    """Counts the requests of the present window by key. It is called on the event loop alone."""

    def add(self, key: str, *, start: int) -> int:
        """Count one more and return the number in the window that began at `start`, in seconds since 1970.

        What other processes count may be missing for a second.
        """
        ...

    async def add_exactly(self, key: str, *, start: int) -> int:
        """Do the same, with what all processes have counted."""
        ...


@dataclass
class WindowCounts:
    """The counts of this process; those of the window before are forgotten."""

    start: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, key: str, *, start: int) -> int:
        """Count one more and return the number."""
        self.begin(start)
        key = self.bounded(key)
        self.counts[key] = self.counts.get(key, 0) + 1
        return self.counts[key]

    async def add_exactly(self, key: str, *, start: int) -> int:
        """Count one more and return the number: there is no other process."""
        return self.add(key, start=start)

    def begin(self, start: int) -> bool:
        """Forget all counts if a new window begins, and return whether it does."""
        is_new = start != self.start
        if is_new:
            self.start, self.counts = start, {}
        return is_new

    def bounded(self, key: str) -> str:
        """Return the key to count with: `OTHERS` for one more stranger than are counted apart."""
        is_one_too_many = key not in self.counts and len(self.counts) >= MOST_STRANGERS and not is_account(key)
        return OTHERS if is_one_too_many else key


def is_account(key: str) -> bool:
    """Return whether a key is that of somebody with a valid token."""
    return key.startswith(ACCOUNT)


@dataclass(frozen=True)
class RateLimiter:
    """Counts the requests to one API. It is called on the event loop alone, so it needs no lock."""

    limits: RateLimits
    ports: Ports
    windows: Windows = field(default_factory=WindowCounts)

    async def count(self, operation: Operation, request: RequestData) -> Usage | None:
        """Count a request in each of its windows, and return the window with the least left.

        Return None if the operation counts nowhere.
        """
        usage = self.count_generally(operation, request)
        limit = {Quota.UPLOAD: self.limits.uploads, Quota.BULK: self.limits.bulk}.get(operation.quota)
        if usage is None or usage.is_exceeded or limit is None:
            return usage
        key, start = f"{usage.caller}:{operation.quota.value}", usage.ends_at - usage.seconds
        own = replace(usage, limit=limit, used=await self.windows.add_exactly(key, start=start))
        return min(usage, own, key=lambda usage: (usage.limit - usage.used, usage.limit))

    def count_generally(self, operation: Operation | None, request: RequestData) -> Usage | None:
        """Count a request in the window for requests of all kinds, None as operation for one that leads nowhere."""
        quota = Quota.GENERAL if operation is None else operation.quota
        if quota is Quota.NONE:
            return None
        now, seconds = self.ports.clock.now().timestamp(), self.limits.seconds
        start = int(now // seconds) * seconds
        caller, limit = self._caller(operation, request)
        return Usage(caller, limit, self.windows.add(caller, start=start), seconds, start + seconds, now)

    def _caller(self, operation: Operation | None, request: RequestData) -> tuple[str, int]:
        """Return the key of who sends a request, and their limit.

        Whether the sign-in still stands would cost a statement: that is looked up later.
        """
        host = normalize_host(request.client_host)
        if operation is not None and operation.quota is Quota.SIGN_IN:
            name = str(request.body.get(operation.quota_field, ""))[:254].strip().casefold()
            digest = hashlib.sha256(name.encode(errors="replace")).hexdigest()  # people type passwords into it
            return f"sign-in:{host}:{digest}", self.limits.sign_in
        try:
            claims = read_claims(self.ports, request.token or "", kind="access")
            return f"{ACCOUNT}{SignInProof.from_claims(claims).user_id}", self.limits.signed_in
        except Unauthenticated:
            return f"address:{host}", self.limits.strangers
