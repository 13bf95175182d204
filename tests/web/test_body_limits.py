"""What a request may cost before it is known who sent it, and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest

from educore_web.runtime.limits import KILOBYTE, KNOWN_BODY, KNOWN_FIELDS, MEGABYTE, UNKNOWN_BODY, UNKNOWN_FIELDS
from support.parametrize import each
from support.web.asgi import AsgiResponse, body_chunks, endless_chunks, send_request
from support.web.recipes import recipe_row
from support.web.running_platform import RunningPlatform
from support.web.system import Op
from support.web.systems import OPS, WITH_BODY

FORM = {"content-type": "application/x-www-form-urlencoded"}
MULTIPART = {"content-type": "multipart/form-data; boundary=b"}
JSON = {"content-type": "application/json"}
BODIES = [op for op in OPS if op.method in ("POST", "PUT", "PATCH")]
PUBLIC = [op for op in BODIES if op.public]
KINDS = (FORM, MULTIPART, JSON)


def _path(op: Op, site: RunningPlatform) -> str:
    spec = op.system.spec
    return f"{spec.prefix}{spec.base}{op.path(recipe_row(op, op.home(site)))}"


def _say(site: RunningPlatform, op: Op, headers: Mapping[str, str], body: Any) -> AsgiResponse:
    loop = site.wire.runner.get_loop()
    sent = {"accept-language": "en", **headers}
    return loop.run_until_complete(send_request(site.app, op.method, _path(op, site), headers=sent, body=body))


def _signed(site: RunningPlatform, op: Op) -> dict[str, str]:
    return {} if op.public else {"authorization": f"Bearer {site.tokens[op.owner].access}"}


@each("op", [op for op in BODIES if not op.public])
def test_nobody_known_is_refused_before_a_byte_of_the_body_is_read(op: Op, site: RunningPlatform) -> None:
    for token in ({}, {"authorization": "Bearer nonsense"}, {"authorization": "Basic eDp5"}):
        heard = _say(site, op, {**FORM, **token}, endless_chunks(b"a=1&" * 1000))
        assert (heard.status, heard.taken) == (401, 0)
    heard = _say(site, op, {**JSON, **_signed(site, op)}, body_chunks(b"{}"))
    assert heard.taken == 2, "somebody known is listened to"


@each("op", BODIES)
def test_a_body_without_end_is_refused_when_enough_was_read(op: Op, site: RunningPlatform) -> None:
    piece = b"a=1&" * 4096
    for kind in KINDS:
        largest = UNKNOWN_BODY if op.public else KNOWN_BODY
        if op.accepts_files and kind is MULTIPART:
            largest = site.platform.settings.max_body_megabytes * MEGABYTE
        heard = _say(site, op, {**kind, **_signed(site, op)}, endless_chunks(piece))
        assert (heard.status, heard.taken // len(piece)) == (413, largest // len(piece) + 1)


@each("op", BODIES)
def test_a_length_beyond_the_limit_is_refused_unread(op: Op, site: RunningPlatform) -> None:
    for length in (site.platform.settings.max_body_megabytes * MEGABYTE + 1, 10**40):
        heard = _say(
            site, op, {**JSON, **_signed(site, op), "content-length": str(length)}, endless_chunks(b"x" * 1000)
        )
        assert (heard.status, heard.taken) == (413, 0)


@each("op", PUBLIC)
def test_the_largest_body_of_somebody_unknown_is_read(op: Op, site: RunningPlatform) -> None:
    body = b'{"x": "' + b"x" * (UNKNOWN_BODY - 9) + b'"}'
    assert len(body) == UNKNOWN_BODY
    assert _say(site, op, JSON, body_chunks(body)).status == 400
    heard = _say(site, op, JSON, body_chunks(body + b" "))
    assert heard.status == 413
    assert f"{UNKNOWN_BODY // KILOBYTE} kB".encode() in heard.content


def test_somebody_known_may_send_a_megabyte(site: RunningPlatform) -> None:
    rooms = next(op for op in BODIES if op.name == "rooms.create" and op.system.spec.name == "center_crm")
    body = b'{"x": "' + b"x" * (KNOWN_BODY - 9) + b'"}'
    assert _say(site, rooms, {**JSON, **_signed(site, rooms)}, body_chunks(body)).status == 400
    heard = _say(site, rooms, {**JSON, **_signed(site, rooms)}, body_chunks(body + b" "))
    assert (heard.status, b"1 MB" in heard.content) == (413, True)


# -- forms ---------------------------------------------------------------------------------------------


@each("op", WITH_BODY)
def test_more_fields_than_anybody_needs_are_refused(op: Op, site: RunningPlatform) -> None:
    most = UNKNOWN_FIELDS if op.public else KNOWN_FIELDS
    for number in (most, most + 1):
        form = urlencode({f"f{place}": "1" for place in range(number)}).encode()
        parts = b"".join(b'--b\r\nContent-Disposition: form-data; name="f"\r\n\r\n1\r\n' for _ in range(number))
        for kind, body in ((FORM, form), (MULTIPART, parts + b"--b--\r\n")):
            if len(body) > UNKNOWN_BODY and op.public:
                continue
            heard = _say(site, op, {**kind, **_signed(site, op)}, body_chunks(body))
            refused = f"more than {most} fields".encode() in heard.content
            assert refused == (number > most), (kind, number, heard.content[:200])


UNEXPECTED = {
    "a name of 2,000 levels": (FORM, b"a." * 2000 + b"a=1"),
    "a name of 2,000 brackets": (FORM, b"a" + b"[a]" * 2000 + b"=1"),
    "half a character": (FORM, b"a=%ff"),
    "a charset that is none": (MULTIPART, b"; charset=zip"),
    "a charset that is quadratic": (MULTIPART, b"; charset=punycode"),
    "a charset that is undefined": (MULTIPART, b"; charset=undefined"),
    "a charset nobody knows": (MULTIPART, b"; charset=\xff"),
    "a file name that is no text": (MULTIPART, None),
    "a header of a part without end": (MULTIPART, b"a" * 20_000),
    "a boundary beyond all lengths": ({"content-type": "multipart/form-data; boundary=" + "b" * 5000}, b"x"),
    "a boundary that is no text": ({"content-type": "multipart/form-data; boundary=\xff"}, b"x"),
}


def _body(kind: Mapping[str, str], part: bytes | None) -> bytes:
    if kind is not MULTIPART:
        return part or b""
    disposition = b'--b\r\nContent-Disposition: form-data; name="name"'
    if part is None:
        return disposition + b'; filename="\xff.png"\r\n\r\nx\r\n--b--\r\n'
    return disposition + b"\r\nContent-Type: text/plain" + part + b"\r\n\r\nx\r\n--b--\r\n"


@each("op", BODIES)
def test_whatever_a_parser_stumbles_over_is_400(op: Op, site: RunningPlatform) -> None:
    for what, (kind, part) in UNEXPECTED.items():
        for key in ({}, {"idempotency-key": "k"}):
            heard = _say(site, op, {**kind, **_signed(site, op), **key}, body_chunks(_body(kind, part)))
            assert heard.status == 400, (what, heard.content[:200])
    assert site.changed() == []


@each("op", WITH_BODY)
def test_deep_json_is_no_failure_with_a_key_either(op: Op, site: RunningPlatform) -> None:
    """Up to 200 levels are read, and a field that nobody declared is passed over as ever; more are malformed."""
    keyed = {**JSON, **_signed(site, op), "idempotency-key": "k"}
    shallow = _say(site, op, keyed, body_chunks(b'{"x":1}')).status
    for depth in (50, 190, 210, 2_000):
        for deep in (b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth):
            site.reset()
            heard = _say(site, op, keyed, body_chunks(b'{"x":' + deep + b"}"))
            assert heard.status == (shallow if depth < 200 else 400), (depth, heard.content[:200])


@each("op", BODIES)
def test_a_structure_too_deep_for_json_is_a_text(op: Op, site: RunningPlatform) -> None:
    deep = b"user=" + b'{"a":' * 2000 + b"1" + b"}" * 2000
    for key in ({}, {"idempotency-key": "k"}):
        form = {**FORM, **_signed(site, op), **key}
        site.reset()
        plain = _say(site, op, form, body_chunks(b"user=x")).status
        site.reset()
        assert _say(site, op, form, body_chunks(deep)).status == plain


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", "us-ascii", "iso-8859-1", "windows-1251"])
def test_a_form_may_be_written_in_the_charsets_forms_are_written_in(charset: str, site: RunningPlatform) -> None:
    rooms = next(op for op in BODIES if op.name == "rooms.create" and op.system.spec.name == "center_crm")
    name = "Room" if charset in ("us-ascii", "iso-8859-1") else "Зал"
    fields = {"branch": "1", "capacity": "9", "name": name}
    kind = f"text/plain; charset={charset}\r\n\r\n"
    body = b"".join(
        f'--b\r\nContent-Disposition: form-data; name="{field}"\r\nContent-Type: {kind}'.encode()
        + value.encode(charset)
        + b"\r\n"
        for field, value in fields.items()
    )
    heard = _say(site, rooms, {**MULTIPART, **_signed(site, rooms)}, body_chunks(body + b"--b--\r\n"))
    assert (heard.status, name in heard.content.decode()) == (201, True), heard.content
