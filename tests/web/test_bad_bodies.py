"""Bodies that cannot be read at all."""

from __future__ import annotations

import json

from support.parametrize import each
from support.web.client import Client
from support.web.invalid_values import body_schema
from support.web.recipes import call_operation, recipe_body, recipe_row
from support.web.running_platform import RunningPlatform
from support.web.system import Op
from support.web.systems import WITH_BODY

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
    "deep arrays": b"[" * 50_000,
    "deep objects": b'{"a":' * 10_000,
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


every_operation_with_a_body = each("op", WITH_BODY)


def _client(op: Op, site: RunningPlatform) -> tuple[Client, int | None]:
    if op.public:
        return site.client(), None
    return site.client(op.owner), recipe_row(op, op.home(site))


@every_operation_with_a_body
def test_what_is_no_json_is_400_in_the_shape_of_a_whole_refusal(op: Op, site: RunningPlatform) -> None:
    client, id = _client(op, site)
    for what, raw in UNREADABLE.items():
        answer = call_operation(client, op, id=id, raw=raw)
        assert (answer.status, answer.is_whole_refusal) == (400, True), what
    assert site.changed() == []


@every_operation_with_a_body
def test_what_is_json_but_no_object_is_400(op: Op, site: RunningPlatform) -> None:
    client, id = _client(op, site)
    for what, raw in NO_OBJECT.items():
        answer = call_operation(client, op, id=id, raw=raw)
        assert (answer.status, answer.is_whole_refusal) == (400, True), what
    assert site.changed() == []


@every_operation_with_a_body
def test_another_content_type_is_415(op: Op, site: RunningPlatform) -> None:
    client, id = _client(op, site)
    body = json.dumps(recipe_body(op, op.home(site))).encode()
    for kind in OTHER_KINDS:
        assert call_operation(client, op, id=id, raw=body, kind=kind).status == 415, kind
    assert site.changed() == []


@every_operation_with_a_body
def test_json_may_be_called_by_any_of_its_names(op: Op, site: RunningPlatform) -> None:
    client, id = _client(op, site)
    body = json.dumps(recipe_body(op, op.home(site))).encode()
    for kind in ("application/json; charset=utf-8", "Application/JSON", "application/vnd.api+json", ""):
        site.reset()
        assert call_operation(client, op, id=id, raw=body, kind=kind).status == op.status, kind


@every_operation_with_a_body
def test_a_body_beyond_the_limit_is_413(op: Op, site: RunningPlatform) -> None:
    client, id = _client(op, site)
    for kind in ("application/json", "multipart/form-data; boundary=x"):
        size = site.platform.settings.max_body_megabytes * 1024 * 1024 + 1
        answer = call_operation(client, op, id=id, raw=b" " * size, kind=kind)
        assert (answer.status, answer.is_whole_refusal) == (413, True)
    assert site.changed() == []


@every_operation_with_a_body
def test_deeply_nested_values_in_a_field_are_no_failure(op: Op, site: RunningPlatform) -> None:
    client, id = _client(op, site)
    whole = body_schema(op)["properties"]
    names = list(recipe_body(op, op.home(site)))
    field = next((name for name in names if "$ref" not in whole[name]), names[0])
    for deep in (b"[" * 150 + b"]" * 150, b'{"a":' * 150 + b"1" + b"}" * 150):
        answer = call_operation(client, op, id=id, raw=b'{"' + field.encode() + b'": ' + deep + b"}")
        assert answer.status == 400
    assert site.changed() == []


@every_operation_with_a_body
def test_broken_forms_are_400(op: Op, site: RunningPlatform) -> None:
    client, id = _client(op, site)
    forms = {
        "no boundary": (b"x", "multipart/form-data"),
        "another boundary": (b"--a\r\n\r\n--a--", "multipart/form-data; boundary=b"),
        "no end": (b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nx', "multipart/form-data; boundary=b"),
        "no name": (b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--", "multipart/form-data; boundary=b"),
        "garbage": (b"\0\xff" * 50, "multipart/form-data; boundary=b"),
        "a strange text": (b"%ff%00=%zz&&&===", "application/x-www-form-urlencoded"),
    }
    refused = {400} if body_schema(op).get("required") else {200, 400}
    for what, (raw, kind) in forms.items():
        answer = call_operation(client, op, id=id, raw=raw, kind=kind)
        assert answer.status in refused, what
        if answer.status == 200 and op.method == "POST":
            site.reset()  # it acts, whatever the body
    assert site.changed() == []
