"""What the pages of the admin read of a form, and of whom."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from educore_web.runtime.limits import KNOWN_BODY, MEGABYTE, SIGN_IN_BODY, UNKNOWN_BODY
from support.admin.browser import Browser
from support.admin.town import SITE, World
from support.web.asgi import AsgiResponse, endless_chunks, send_request

FORM = {"content-type": "application/x-www-form-urlencoded", "origin": SITE}
MULTIPART = {"content-type": "multipart/form-data; boundary=b", "origin": SITE}
PIECE = b"a" * 32_768
PLACE = re.compile(r"\{[^}]+\}")
PART = b'--b\r\nContent-Disposition: form-data; name="username"\r\n\r\n'


def _speak(app: Any, path: str, headers: Mapping[str, str], body: Any) -> AsgiResponse:
    sent = {"host": SITE.partition("//")[2], **headers}
    return asyncio.run(send_request(app, "POST", f"/admin{path}", headers=sent, body=body))


async def _upload(piece: bytes) -> Any:
    yield b'--b\r\nContent-Disposition: form-data; name="logo"; filename="a.png"\r\n\r\n'
    async for more in endless_chunks(piece):
        yield more


def _cookie(browser: Browser) -> dict[str, str]:
    return {"cookie": "; ".join(f"{name}={value}" for name, value in browser.client.cookies.items())}


@pytest.mark.parametrize("kind", [FORM, MULTIPART], ids=["form", "multipart"])
def test_the_sign_in_page_reads_little(kind: dict[str, str], world: World) -> None:
    heard = _speak(world.app, "/login", kind, endless_chunks(PIECE) if kind is FORM else _upload(PIECE))
    assert heard.status == 413
    assert heard.taken <= SIGN_IN_BODY + 2 * len(PIECE)


def _posts(routes: Iterable[Any]) -> Iterator[str]:
    """Every address of the admin that takes a form, with something in each of its places."""
    for route in routes:
        if isinstance(route, Mount):
            yield from _posts(route.routes)
        elif "POST" in (getattr(route, "methods", None) or ()):
            yield PLACE.sub(lambda place: "1" if ":int" in place[0] or "pk" in place[0] else "student", route.path)


def test_no_page_but_the_sign_in_reads_what_somebody_unknown_sends_without_end(world: World) -> None:
    """What is announced as little is read, so that a form survives the end of a sign-in (see test_ended_sessions)."""
    host: Starlette = world.app.app
    paths = [path for path in _posts(host.routes) if path != "/login"]
    assert len(paths) > 10
    heard = {path: _speak(world.app, path, FORM, endless_chunks(PIECE)) for path in paths}
    assert {
        path: (one.status, one.taken) for path, one in heard.items() if one.status not in (302, 401) or one.taken
    } == {}
    announced = {**FORM, "content-length": str(UNKNOWN_BODY + 1)}
    assert {_speak(world.app, path, announced, endless_chunks(PIECE)).taken for path in paths} == {0}
    announced = {**FORM, "content-length": str(UNKNOWN_BODY)}
    assert max(
        _speak(world.app, path, announced, endless_chunks(PIECE)).taken for path in paths
    ) <= UNKNOWN_BODY + 2 * len(PIECE)


@pytest.mark.parametrize("path", ["/student/create", "/room/create", "/imports/students/check"])
def test_a_page_reads_a_megabyte_of_a_form_and_files_up_to_the_limit(
    path: str, director: Browser, world: World
) -> None:
    for kind, body, largest in ((FORM, endless_chunks(PIECE), KNOWN_BODY), (MULTIPART, _upload(PIECE), 26 * MEGABYTE)):
        heard = _speak(world.app, path, {**kind, **_cookie(director)}, body)
        assert heard.status == 413, heard.content[:300]
        assert heard.taken <= largest + 2 * len(PIECE)


@pytest.mark.parametrize("charset", ["zip", "undefined", "punycode", "idna", "utf-7", "\xff", "nobody-knows"])
def test_a_form_is_in_utf_8_whatever_it_claims(charset: str, world: World) -> None:
    kind = {**MULTIPART, "content-type": f"multipart/form-data; charset={charset}; boundary=b"}

    async def form() -> Any:
        yield PART + "имя\xff".encode() + b"a9" * 2_000 + b"\r\n--b--\r\n"

    heard = _speak(world.app, "/login", kind, form())
    assert (heard.status, "имя" in heard.content.decode()) == (400, True)
