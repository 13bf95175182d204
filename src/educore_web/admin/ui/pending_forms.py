"""Forms sent after the sign-in has ended: the sign-in page carries their answers and shows them again afterwards.

The answers travel in the page because the server does not know for whom to store them. Passwords and files are left
out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote_plus, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive

from educore import EducoreError
from educore_web.rest.request import receive_body
from educore_web.runtime.limits import KILOBYTE, SIGN_IN_BODY, UNKNOWN_BODY

MAX_SIZE = SIGN_IN_BODY - 4 * KILOBYTE
"""Largest size of a pending form in bytes, as the sign-in page sends it; the rest is for a name and a password."""

MAX_FIELDS = 6_000
EXCLUDED_FIELDS = ("csrf", "password")


@dataclass(frozen=True)
class PendingForm:
    """A form that was not acted upon: the address it was sent to, its CSRF token, and its fields.

    `is_whole` is false if a part could not be kept: a password, a file, or more than the limits allow.
    """

    address: str
    token: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    is_whole: bool = True

    @classmethod
    async def of(cls, request: Request) -> Self:
        """Read the form that an unknown sender sent, if it is small enough."""
        query = f"?{request.url.query}" if request.url.query else ""
        address, length = f"{request.url.path}{query}", request.headers.get("content-length", "")
        if not length.isdecimal():
            return cls(address, is_whole=False)
        try:
            raw = await receive_body(request.receive, length=length, largest=UNKNOWN_BODY)
            async with Request(request.scope, _replay(raw)).form(max_fields=MAX_FIELDS) as posted:
                texts = [(name, value) for name, value in posted.multi_items() if isinstance(value, str)]
                files = [value for _, value in posted.multi_items() if not isinstance(value, str) and value.filename]
                token = str(posted.get("csrf", ""))
        except (HTTPException, EducoreError):
            return cls(address, is_whole=False)
        secrets = [name for name, value in texts if "password" in name and value]
        fields = tuple((name, value) for name, value in texts if not any(part in name for part in EXCLUDED_FIELDS))
        form = cls(address, token, fields, is_whole=not files and not secrets)
        return form if len(quote_plus(form.write())) <= MAX_SIZE else cls(address, is_whole=False)

    @classmethod
    def read(cls, posted: Mapping[str, Any], base: str) -> Self | None:
        """Return the form that the sign-in page carried, None if there is none or its address is not below `base`."""
        try:
            data = json.loads(str(posted.get("kept", "")))
            fields = tuple((str(name), str(value)) for name, value in data["fields"])
            form = cls(str(data["address"]), str(data["token"]), fields, bool(data["is_whole"]))
        except (ValueError, TypeError, KeyError, RecursionError):
            return None
        return form if _is_below(base, form.address) else None

    def write(self) -> str:
        """Return the form as text for the sign-in page to carry."""
        data = {"address": self.address, "token": self.token, "fields": self.fields, "is_whole": self.is_whole}
        return json.dumps(data, ensure_ascii=False)


def _replay(body: bytes) -> Receive:
    """Return a `receive` function that gives a body which has been received already."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _is_below(base: str, address: str) -> bool:
    """Return whether an address leads to a page below `base` and nowhere else."""
    parts = urlsplit(address)
    plain = not parts.scheme and not parts.netloc and "\\" not in address and ".." not in parts.path
    return plain and address.isprintable() and parts.path.startswith(f"{base}/")
