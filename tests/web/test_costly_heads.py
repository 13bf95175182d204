"""What a stranger can write into a head costs little, whatever it is: nothing takes quadratic time to read."""

from __future__ import annotations

import time

import pytest

from each import each
from educore_web.limits import MOST_HEADER_BYTES
from web.asgi import pieces, speak
from web.running import Running

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


def _cost(site: Running, method: str, path: str, headers: dict[str, str]) -> float:
    loop, begun = site.wire.runner.get_loop(), time.process_time()
    heard = loop.run_until_complete(speak(site.app, method, path, headers=headers, body=pieces(b"a=1")))
    assert heard.status < 500 or heard.status == 503, heard.content[:200]
    return time.process_time() - begun


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
@each("header", HEADERS)
def test_no_header_is_costly_to_read(header: str, method: str, path: str, site: Running) -> None:
    for pattern in PATTERNS:
        for before, after in (("", ""), ('a="', '"'), ("multipart/form-data; a=", "")):
            value = before + pattern * ((SIZE - len(before)) // len(pattern)) + after
            sent = {"content-type": "application/x-www-form-urlencoded", header: value}
            assert _cost(site, method, path, sent) < SECONDS, (before, pattern)


@each("pattern", PATTERNS)
def test_no_path_and_no_query_is_costly_to_read(pattern: str, site: Running) -> None:
    long = (pattern * (SIZE // len(pattern))).encode("latin-1").decode("latin-1")
    for method, path in (*ADDRESSES, ("GET", "/center-crm/api/groups/"), ("GET", "/center-crm/docs/"), ("GET", "/")):
        for address in (f"{path.rstrip('/')}/{long.replace('?', '')}", f"{path}?{long}", f"{path}?a={long}"):
            if address.isascii():
                assert _cost(site, method, address, {}) < SECONDS, (path, pattern)
