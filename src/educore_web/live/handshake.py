"""The handshake of a socket: the token that it brings, and the site whose page opens it."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple
from urllib.parse import parse_qs

from educore_web.runtime.asgi import Scope


class Credential(NamedTuple):
    """An access token, and the subprotocol to answer with if the token came as one."""

    token: str
    subprotocol: str | None = None


def find_credential(scope: Scope) -> Credential | None:
    """Return the access token: of the header, else of the subprotocols `bearer, TOKEN`, else of the query `?token=`.

    Cookies are never read, so that the pages of other sites gain nothing from a browser that is signed in.
    """
    scheme, _, token = _header(scope, b"authorization").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return Credential(token.strip())
    protocols: list[str] = scope.get("subprotocols") or []
    if len(protocols) == 2 and protocols[0].lower() == "bearer":
        return Credential(protocols[1], protocols[0])
    tokens = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [])
    return Credential(tokens[0]) if tokens else None


def is_foreign(scope: Scope, sites: Collection[str]) -> bool:
    """Return whether the page of another site opens the socket; programs name no site."""
    origin = _header(scope, b"origin")
    return bool(origin) and origin.rstrip("/").lower() not in {site.lower() for site in sites}


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name), "")
