"""HTTP to payment providers, below their SDKs: one time limit for a whole call, and failures that hold no secret.

The SDKs build requests and read answers. Their own transports have no limit for a whole call, print on errors or put
answers into exceptions and logs; so each SDK is given this transport in place of its own.
"""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from educore.adapters.connections import MAX_REASON_LENGTH, http_connection
from educore.kernel.errors import Unauthenticated
from educore.kernel.payment_gateways import GatewayFailed

LARGEST_PROVIDER_ANSWER = 1024 * 1024
"""The largest answer of a provider that is read, in bytes; a hundred refunds need about 100 KB."""
PASSING_STATUSES = (408, 409, 425, 429)
"""HTTP statuses below 500 that the same call need not meet again: 409 is a call with the same key that still runs."""


@dataclass(frozen=True)
class ProviderLine:
    """The line to one provider.

    `seconds` is the limit of a whole call, from the name lookup to the end of the answer. `secrets` are texts that no
    reason may hold. `trust` has the trusted certificates, if those of the system are not enough. Redirects are not
    followed, and nothing is tried twice: whoever calls repeats the call with the same key.
    """

    name: str
    seconds: float
    secrets: tuple[str, ...] = field(repr=False)
    trust: ssl.SSLContext | None = field(default=None, repr=False)

    def call(self, method: str, url: str, headers: Mapping[str, str], body: str | None) -> tuple[int, bytes]:
        """Send one request, and return the status and the JSON object of a success. Raises: GatewayFailed."""
        parts = urlsplit(url)
        target = f"{parts.path}{'?' if parts.query else ''}{parts.query}"
        try:
            with http_connection(url, seconds=self.seconds, trust=self.trust) as server:
                server.request(method, target, body, dict(headers))
                with server.getresponse() as response:
                    status, content = response.status, response.read(LARGEST_PROVIDER_ANSWER + 1)
        except (HTTPException, OSError) as error:  # without the cause, whose text may quote the request
            raise self.failure(f"does not answer: {type(error).__name__}") from None
        answer = _json_object(content)
        if not 200 <= status < 300:
            raise self._refusal(status, answer or {})
        if answer is None:
            raise self.failure("sent no JSON object")
        return status, content

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Translate the errors of code that reads an answer of another form than promised. Raises: GatewayFailed."""
        try:
            yield
        except (LookupError, TypeError, ValueError, AttributeError):
            raise self.failure("sent an answer that cannot be read") from None

    def failure(self, text: str, *, for_good: bool = False) -> GatewayFailed:
        """Return the error that says so of this provider, on one line, cut off, and without secrets."""
        text = " ".join(f"{self.name} {text}".split())
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return GatewayFailed(text[:MAX_REASON_LENGTH], for_good=for_good)

    def check_ref(self, ref: str) -> None:
        """Check that the name of an intent or a payment can be in a path. Raises: GatewayFailed, for good."""
        if not re.fullmatch("[A-Za-z0-9_]{1,255}", ref):
            raise self.failure("has no intent or payment of this name", for_good=True)

    def _refusal(self, status: int, answer: Mapping[str, Any]) -> GatewayFailed:
        found = answer.get("error")
        details = found if isinstance(found, dict) else {}
        texts = [details.get(name) for name in ("code", "message", "description")]
        words = " ".join(text for text in texts if isinstance(text, str))
        for_good = 400 <= status < 500 and status not in PASSING_STATUSES
        return self.failure(f"answers {status} {words}", for_good=for_good)


def read_callback(body: bytes) -> str:
    """Return the body of a callback as text. Raises: Unauthenticated("signature") if it is not UTF-8."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Unauthenticated("signature") from None


def find_header(headers: Mapping[str, str], name: str) -> str:
    """Return the header of this name, in whatever case, or an empty text."""
    return next((value for key, value in headers.items() if key.lower() == name.lower()), "")


def find_text(content: str, *steps: str) -> str | None:
    """Return the text at the end of some steps into a JSON document, None if it has no such place."""
    try:
        found: Any = json.loads(content)
    except (ValueError, RecursionError):
        return None
    for step in steps:
        found = found.get(step) if isinstance(found, dict) else None
    return found if isinstance(found, str) else None


def parse_name(value: Any) -> str:
    """Return the value if it is a text that is not empty. Raises: ValueError."""
    if not isinstance(value, str) or not value:
        raise ValueError("a text was expected")
    return value


def require_secrets(*secrets: str) -> None:
    """Check that no secret is empty, since everybody knows that one. Raises: ValueError."""
    if not all(secret.strip() and secret.isascii() and secret.isprintable() for secret in secrets):
        raise ValueError("the keys and secrets of a payment provider are printable and not empty")


def _json_object(content: bytes) -> dict[str, Any] | None:
    """Return the JSON object in an answer; None if it is too long or no object."""
    try:
        found = json.loads(content.decode()) if len(content) <= LARGEST_PROVIDER_ANSWER else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
