"""No token that somebody made or changed themselves opens anything, in any API; only one of ours does."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

import jwt
import pytest

from support.web.running_platform import SECRET, RunningPlatform

PAGES = ("/center-crm/api/groups/", "/edumaster/api/groups/")
LATER = 4_102_444_800
Forge = Callable[[str], str]


def in_base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def signed(token: str, *, secret: str = SECRET, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
    """The token with other claims or another header, signed as ours are or as somebody else might."""
    head = {"alg": "HS256", "typ": "JWT", **(header or {})}
    digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}.get(head["alg"])
    parts = [in_base64(json.dumps(part).encode()) for part in (head, {**claims_of(token), **claims})]
    signature = hmac.digest(secret.encode(), ".".join(parts).encode(), digest) if digest else b""
    return ".".join([*parts, in_base64(signature)])


def without(token: str, name: str) -> str:
    return jwt.encode({key: value for key, value in claims_of(token).items() if key != name}, SECRET)


def other_claims(token: str) -> str:
    """Claims of somebody else under the old signature."""
    head, _, signature = token.split(".")
    return ".".join([head, in_base64(json.dumps(claims_of(token) | {"sub": "1", "sid": 1}).encode()), signature])


FORGED: dict[str, Forge] = {
    **{
        f"no signature, {name}": lambda token, name=name: signed(token, header={"alg": name}).rpartition(".")[0] + "."
        for name in ("none", "None", "nOnE", "NONE")
    },
    "a signature of nothing": lambda token: token.rpartition(".")[0] + ".",
    "HS512 with our secret": lambda token: signed(token, header={"alg": "HS512"}),
    "HS384 with our secret": lambda token: signed(token, header={"alg": "HS384"}),
    "another secret": lambda token: signed(token, secret="another secret, and a long one too"),
    "no secret": lambda token: signed(token, secret=""),
    "a key in a file": lambda token: signed(token, secret="", header={"kid": "/dev/null"}),
    "a key of its own": lambda token: signed(
        token, secret="k" * 32, header={"jwk": {"kty": "oct", "k": in_base64(b"k" * 32)}}
    ),
    "a key elsewhere": lambda token: signed(token, secret="k" * 32, header={"jku": "https://evil.example/keys"}),
    "a header nobody understands": lambda token: signed(token, header={"crit": ["exp"], "exp": LATER}),
    "claims not in base64": lambda token: signed(token, header={"crit": ["b64"], "b64": False}),
    "other claims under the old signature": other_claims,
    "over": lambda token: signed(token, exp=1),
    "without an end": lambda token: without(token, "exp"),
    "an end that is no number": lambda token: signed(token, exp="tomorrow"),
    "not yet": lambda token: signed(token, nbf=LATER),
    "one letter": lambda token: "x",
    "dots": lambda token: "..",
    "many dots": lambda token: "." * 5_000,
    "a long one": lambda token: "x" * 5_000,
    "cut off": lambda token: token[:-2],
    "two of them": lambda token: f"{token}{token}",
}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", FORGED)
def test_a_forged_token_is_401(name: str, page: str, site: RunningPlatform) -> None:
    token = site.tokens["dilshod"].access
    for sent, status in ((token, 200), (FORGED[name](token), 401), (token, 200)):
        answer = site.wire.send("GET", page, headers={"authorization": f"Bearer {sent}"})
        assert answer.status_code == status, answer.text


@pytest.mark.parametrize("page", PAGES)
def test_a_token_made_as_ours_are_is_ours(page: str, site: RunningPlatform) -> None:
    """The positive control: what the forgeries are made with makes a good token when nothing is forged."""
    answer = site.wire.send("GET", page, headers={"authorization": f"Bearer {signed(site.tokens['dilshod'].access)}"})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("page", PAGES)
def test_a_refresh_token_is_no_access_token(page: str, site: RunningPlatform) -> None:
    refresh = site.tokens["dilshod"].refresh
    assert site.wire.send("GET", page, headers={"authorization": f"Bearer {refresh}"}).status_code == 401
