"""Bodies that cannot be read at all."""

from __future__ import annotations

import json

import pytest

from web import catalog
from web.client import Client
from web.recipes import BY_NAME, Place, body_of, call, row_of
from web.running import Running

WITH_BODY = [name for name, operation in BY_NAME.items() if operation.body is not None]
UNREADABLE = {
    "half an object": b'{"name": "x"',
    "a word": b"hello",
    "two objects": b"{}{}",
    "NaN": b'{"name": NaN}',
    "infinity": b'{"capacity": Infinity}',
    "single quotes": b"{'name': 1}",
    "a comma too many": b'{"name": 1,}',
    "no UTF-8": b'{"name": "\xff"}',
    "a byte order mark alone": b"\xef\xbb\xbf",
    "nothing but NUL": b"\0",
    "half a character": b'{"name": "\\ud800"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "deep arrays": b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000,
}
NO_OBJECT = {
    "an array": b"[]",
    "an array of objects": b"[{}]",
    "a text": b'"x"',
    "a number": b"5",
    "null": b"null",
    "true": b"true",
}
OTHER_KINDS = ("text/plain", "application/xml", "text/html", "image/png", "application/octet-stream", "nonsense")


def _owner(name: str, site: Running) -> tuple[Client, int | None]:
    who = "dilshod" if "director" in catalog.roles(name) else "rustam"
    return site.client(who), row_of(name, Place(site, site.world.tashkent))


@pytest.fixture(params=WITH_BODY)
def name(request: pytest.FixtureRequest) -> str:
    """Every operation that takes a body."""
    found: str = request.param
    return found


def _client(name: str, site: Running) -> tuple[Client, int | None]:
    return (site.client(), None) if BY_NAME[name].public else _owner(name, site)


def test_what_is_no_json_is_400_in_the_shape_of_a_whole_refusal(name: str, site: Running) -> None:
    client, id = _client(name, site)
    for what, raw in UNREADABLE.items():
        answer = call(client, name, id=id, raw=raw)
        assert (answer.status, set(answer.body)) == (400, {"error", "status_code"}), what
    assert site.changed() == []


def test_what_is_json_but_no_object_is_400(name: str, site: Running) -> None:
    client, id = _client(name, site)
    for what, raw in NO_OBJECT.items():
        answer = call(client, name, id=id, raw=raw)
        assert (answer.status, answer.body.get("status_code")) == (400, 400), what
    assert site.changed() == []


def test_another_content_type_is_415(name: str, site: Running) -> None:
    client, id = _client(name, site)
    body = json.dumps(body_of(name, Place(site, site.world.tashkent))).encode()
    for kind in OTHER_KINDS:
        assert call(client, name, id=id, raw=body, kind=kind).status == 415, kind
    assert site.changed() == []


def test_json_may_be_called_by_any_of_its_names(name: str, site: Running) -> None:
    client, id = _client(name, site)
    body = json.dumps(body_of(name, Place(site, site.world.tashkent))).encode()
    for kind in ("application/json; charset=utf-8", "Application/JSON", "application/vnd.api+json", ""):
        site.wind_back()
        assert call(client, name, id=id, raw=body, kind=kind).status == BY_NAME[name].status, kind


def test_a_body_beyond_the_limit_is_413(name: str, site: Running) -> None:
    client, id = _client(name, site)
    for kind in ("application/json", "multipart/form-data; boundary=x"):
        answer = call(client, name, id=id, raw=b" " * (11 * 1024 * 1024 + 1), kind=kind)
        assert (answer.status, answer.body["status_code"]) == (413, 413)
    assert site.changed() == []


def test_deeply_nested_values_in_a_field_are_no_failure(name: str, site: Running) -> None:
    client, id = _client(name, site)
    field = next(iter(body_of(name, Place(site, site.world.tashkent))))
    for deep in (b"[" * 150 + b"]" * 150, b'{"a":' * 150 + b"1" + b"}" * 150):
        answer = call(client, name, id=id, raw=b'{"' + field.encode() + b'": ' + deep + b"}")
        assert answer.status == 400
    assert site.changed() == []


def test_broken_forms_are_400(name: str, site: Running) -> None:
    client, id = _client(name, site)
    forms = {
        "no boundary": (b"x", "multipart/form-data"),
        "another boundary": (b"--a\r\n\r\n--a--", "multipart/form-data; boundary=b"),
        "no end": (b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nx', "multipart/form-data; boundary=b"),
        "no name": (b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--", "multipart/form-data; boundary=b"),
        "garbage": (b"\0\xff" * 50, "multipart/form-data; boundary=b"),
        "a strange text": (b"%ff%00=%zz&&&===", "application/x-www-form-urlencoded"),
    }
    refused = {200, 400} if name.endswith("partial_update") else {400}
    for what, (raw, kind) in forms.items():
        assert call(client, name, id=id, raw=raw, kind=kind).status in refused, what
    assert site.changed() == []
