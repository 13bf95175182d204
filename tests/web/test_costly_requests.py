"""What a stranger can send costs little, whatever it is: nothing takes quadratic time to read."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping

import pytest

from educore_web.runtime.limits import MOST_HEADER_BYTES, SIGN_IN_BODY, UNKNOWN_BODY
from support.parametrize import each
from support.web.asgi import body_chunks, send_request
from support.web.recipes import recipe_body
from support.web.running_platform import RunningPlatform
from support.web.system import Op
from support.web.systems import OPS

SIZE = MOST_HEADER_BYTES - 2_000
SECONDS = 1.0
"""Of processor time, many times what any of them takes; what is quadratic takes many times as long."""
PATTERNS = (
    *("a", "a,", "a;", "a=b;", "a=b,", ";", ",", " ", "\t", '"', "'", "\\", '\\"', "\\101", '="', '";', "=", "/", "//"),
    *("../", "%2f", "%", "%00", "0", "-", "1-2,", "0-", "a;q=", ";q=0.1", "a.", ".", ":", "::", "[", "]", "(", "<"),
    *("\xff", "=?utf-8?b?", "*=utf-8''", "a*0=", "Bearer "),
)
HEADERS = (
    *("accept", "accept-language", "accept-encoding", "authorization", "cookie", "content-type", "content-length"),
    *("content-disposition", "host", "origin", "referer", "range", "if-range", "if-none-match", "if-modified-since"),
    *("x-forwarded-for", "x-forwarded-proto", "forwarded", "idempotency-key", "sec-fetch-site", "expect", "te"),
    *("access-control-request-method", "access-control-request-headers"),
)
ADDRESSES = (
    ("POST", "/center-crm/api/auth/login/"),
    ("POST", "/admin/login"),
    ("GET", "/admin/"),
    ("OPTIONS", "/edumaster/api/groups/"),
    ("GET", "/calendar/x.ics"),
    ("GET", "/files/x"),
)


def _cost(site: RunningPlatform, method: str, path: str, headers: Mapping[str, str], body: bytes = b"a=1") -> float:
    loop, begun = site.wire.runner.get_loop(), time.process_time()
    heard = loop.run_until_complete(send_request(site.app, method, path, headers=headers, body=body_chunks(body)))
    assert heard.status == 503 if path == "/health" else heard.status < 500, heard.content[:200]
    return time.process_time() - begun


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
@each("header", HEADERS)
def test_no_header_is_costly_to_read(header: str, method: str, path: str, site: RunningPlatform) -> None:
    parameters = [("multipart/form-data; a=", "")] if header.startswith(("content-", "accept")) else []
    for pattern in PATTERNS:
        for before, after in (("", ""), ('a="', '"'), *parameters):
            value = before + pattern * ((SIZE - len(before)) // len(pattern)) + after
            sent = {"content-type": "application/x-www-form-urlencoded", header: value}
            assert _cost(site, method, path, sent) < SECONDS, (before, pattern)


@each("pattern", PATTERNS)
def test_no_path_and_no_query_is_costly_to_read(pattern: str, site: RunningPlatform) -> None:
    long = (pattern * (SIZE // len(pattern))).encode("latin-1").decode("latin-1")
    for method, path in (*ADDRESSES, ("GET", "/center-crm/api/groups/"), ("GET", "/center-crm/docs/"), ("GET", "/")):
        for address in (f"{path.rstrip('/')}/{long.replace('?', '')}", f"{path}?{long}", f"{path}?a={long}"):
            if address.isascii():
                assert _cost(site, method, address, {}) < SECONDS, (path, pattern)


def _bodies(fields: list[str], pattern: str, size: int) -> Iterator[tuple[Mapping[str, str], bytes]]:
    """Bodies of that size in each of the kinds that are read, which hold almost nothing but the pattern."""
    raw = pattern.encode("latin-1")
    most = (size - 500) // len(raw)
    form, multipart = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
    disposition = b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n%s\r\n'
    yield {"content-type": form}, raw * most
    for field in fields:
        name = field.encode()
        text = pattern * (most // len(json.dumps(pattern).encode()) * len(raw))
        yield {"content-type": "application/json"}, json.dumps({field: text}).encode()
        yield {"content-type": form}, name + b"=" + raw * most
        yield {"content-type": multipart}, disposition % (name, b"", b"") + raw * most + b"\r\n--b--\r\n"
    yield {"content-type": "application/json"}, b'{"x":' + raw * most
    yield {"content-type": multipart}, disposition % (b"a", b"; " + raw * (4_000 // len(raw)), b"") + b"\r\n--b--\r\n"
    yield {"content-type": multipart}, (disposition % (b"a", b"", raw + b": x\r\n")) * (most // 80)
    yield {"content-type": multipart}, b"--b\r\n" + raw * most


@each("op", [op for op in OPS if op.public and op.body is not None])
@each("pattern", PATTERNS)
def test_no_body_is_costly_to_read(op: Op, pattern: str, site: RunningPlatform) -> None:
    spec = op.system.spec
    fields = list(recipe_body(op, op.home(site)))
    for kind, body in _bodies(fields, pattern, UNKNOWN_BODY):
        assert _cost(site, op.method, f"{spec.prefix}{spec.base}{op.path()}", kind, body) < SECONDS, kind


@each("pattern", PATTERNS)
def test_no_form_of_the_admin_is_costly_to_read(pattern: str, site: RunningPlatform) -> None:
    for kind, body in _bodies(["username", "password"], pattern, SIGN_IN_BODY):
        assert _cost(site, "POST", "/admin/login", {**kind, "sec-fetch-site": "same-origin"}, body) < SECONDS, kind
