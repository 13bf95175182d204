"""Texts through a gateway that takes JSON over HTTP, as Eskiz does."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlsplit

from educore.adapters.connections import connection
from educore.kernel.ports import Undelivered

LONGEST_ANSWER = 64 * 1024
LONGEST_REASON = 200
OUR_ACCOUNT = (401, 402)
"""What a gateway answers when our token or our balance is at an end, which says nothing against the text."""
PASSING = (*OUR_ACCOUNT, 408, 409, 425, 429)
REFUSALS = ("error", "failed", "rejected")


class HttpSms:
    """Texts through the gateway at `url`, which gets one POST for each, with the key as `Idempotency-Key`.

    `sender` is the name or number texts come from, where the gateway wants to be told. `timeout` is how many seconds
    a text may take as a whole, from looking up the gateway to the end of its answer. Redirects are not followed, since
    they would carry the token to somebody else. `trust` says which certificates are good, when those of the system are
    not enough. Raises: ValueError for another kind of URL, or for a token that fits no header.
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
        self._protocol = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._trust = trust or ssl.create_default_context()
        self._host, self._port = parts.hostname, parts.port or self._protocol.default_port
        self._path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        self._token, self._sender, self._timeout = token, sender, timeout

    def send(self, *, to: str, text: str, key: str) -> None:
        """Hand the text to the gateway. Raises: Undelivered."""
        if not re.fullmatch(r"\+?[0-9]{7,15}", to):
            raise Undelivered("this is not a phone number", is_permanent=True)
        said = {"mobile_phone": to.removeprefix("+"), "message": text}
        status, answer = self._answer(said | ({"from": self._sender} if self._sender else {}), key=key)
        if not 200 <= status < 300:
            lasting = 400 <= status < 500 and status not in PASSING
            raise Undelivered(self._reason(status, answer), is_permanent=lasting)
        if not isinstance(answer.get("status"), str) or answer["status"].lower() in REFUSALS:
            raise Undelivered(self._reason(status, answer), is_permanent=False)

    def _answer(self, said: dict[str, str], *, key: str) -> tuple[int, dict[str, Any]]:
        """The status, and the JSON object of the answer or an empty one. Raises: Undelivered."""
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "Idempotency-Key": quote(key, safe="", errors="replace"),
        }
        try:
            with self._connected() as gateway:
                gateway.request("POST", self._path, json.dumps(said), headers)
                with gateway.getresponse() as response:
                    return response.status, _object(response.read(LONGEST_ANSWER + 1))
        except (HTTPException, OSError) as error:  # what it says may quote the gateway, and the gateway may quote us
            raise Undelivered(f"the SMS gateway does not answer: {type(error).__name__}", is_permanent=False) from None

    @contextmanager
    def _connected(self) -> Iterator[HTTPConnection]:
        """The gateway, ready to be asked, until the time is over."""
        with connection(self._host, self._port, seconds=self._timeout) as line:
            if self._protocol is HTTPSConnection:
                line = self._trust.wrap_socket(line, server_hostname=self._host)
            with closing(line), closing(self._protocol(self._host, self._port)) as gateway:
                gateway.sock = line
                yield gateway

    def _reason(self, status: int, answer: dict[str, Any]) -> str:
        said = " ".join(f"{status} {answer.get('message', '')}".split())
        return said.replace(self._token, "***")[:LONGEST_REASON]


def _object(body: bytes) -> dict[str, Any]:
    """The JSON object in an answer; an empty one if it is too long or anything else."""
    try:
        found = json.loads(body) if len(body) <= LONGEST_ANSWER else None
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
