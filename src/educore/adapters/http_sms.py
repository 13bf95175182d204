"""Text messages through a gateway that accepts JSON over HTTP, as Eskiz does."""

from __future__ import annotations

import json
import re
import ssl
from http.client import HTTPException
from typing import Any
from urllib.parse import quote, urlsplit

from educore.adapters.connections import MAX_ANSWER_BYTES, MAX_REASON_LENGTH, http_connection
from educore.kernel.ports import Undelivered

ACCOUNT_STATUSES = (401, 402)
"""The HTTP statuses of a gateway if the token is expired or the balance used up; the text itself may be right."""
TEMPORARY_STATUSES = (*ACCOUNT_STATUSES, 408, 409, 425, 429)
REFUSING_WORDS = ("error", "failed", "rejected")


class HttpSms:
    """Sends texts through the gateway at `url`, one POST for each, with the key as `Idempotency-Key`.

    `sender` is the name or number that texts come from, if the gateway needs it. `timeout` is the number of seconds for
    a whole text, from the name lookup to the end of the answer. Redirects are not followed, since they would carry the
    token to another server. `trust` has the trusted certificates, if those of the system are not enough.
    Raises: ValueError for another kind of URL, or for a token with characters that no header may have.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str,
        sender: str | None = None,
        timeout: float = 20,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("a gateway is named like https://gateway.example/send")
        if not (token.isascii() and token.isprintable()):
            raise ValueError("the token of the SMS gateway has characters that fit no header")
        self._url, self._trust = url, trust or ssl.create_default_context()
        self._path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        self._token, self._sender, self._timeout = token, sender, timeout

    def send(self, *, to: str, text: str, key: str) -> None:
        """Send the text. Raises: Undelivered."""
        if not re.fullmatch(r"\+?[0-9]{7,15}", to):
            raise Undelivered("this is not a phone number", is_permanent=True)
        payload = {"mobile_phone": to.removeprefix("+"), "message": text}
        status, answer = self._post(payload | ({"from": self._sender} if self._sender else {}), key=key)
        if not 200 <= status < 300:
            is_permanent = 400 <= status < 500 and status not in TEMPORARY_STATUSES
            raise Undelivered(self._reason(status, answer), is_permanent=is_permanent)
        if not isinstance(answer.get("status"), str) or answer["status"].lower() in REFUSING_WORDS:
            raise Undelivered(self._reason(status, answer), is_permanent=False)

    def _post(self, payload: dict[str, str], *, key: str) -> tuple[int, dict[str, Any]]:
        """Return the status, and the JSON object of the answer or an empty one. Raises: Undelivered."""
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "Idempotency-Key": quote(key, safe="", errors="replace"),
        }
        try:
            with http_connection(self._url, seconds=self._timeout, trust=self._trust) as gateway:
                gateway.request("POST", self._path, json.dumps(payload), headers)
                with gateway.getresponse() as response:
                    return response.status, _object(response.read(MAX_ANSWER_BYTES + 1))
        except (HTTPException, OSError) as error:  # without the cause, whose text may quote the request
            raise Undelivered(f"the SMS gateway does not answer: {type(error).__name__}", is_permanent=False) from None

    def _reason(self, status: int, answer: dict[str, Any]) -> str:
        text = " ".join(f"{status} {answer.get('message', '')}".split())
        return text.replace(self._token, "***")[:MAX_REASON_LENGTH]


def _object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in an answer; an empty one if it is too long or not an object."""
    try:
        found = json.loads(body) if len(body) <= MAX_ANSWER_BYTES else None
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
