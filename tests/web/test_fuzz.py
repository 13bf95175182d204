"""Anything may be sent. The answer is a documented one, and a refusal leaves everything as it was."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.parametrize import each
from support.web.client import Client
from support.web.invalid_values import body_schema
from support.web.recipes import call_operation, call_recipe, recipe_body, recipe_row
from support.web.running_platform import RunningPlatform
from support.web.system import ROOT_NAME, Op
from support.web.systems import PAGED, WITH_BODY

DONE = (200, 201)

numbers = st.one_of(
    st.integers(),
    st.integers(-3, 12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0, 1, 2**31, 2**63, 10**40, 1e308, 0.1]),
)
texts = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            "",
            " ",
            "Active",
            "2024-01-01",
            "0000-00-00",
            "1",
            "true",
            "null",
            "\0",
            "+998901234567",
            "a@b.uz",
            "😀",
            "x" * 300,
        ]
    ),
)
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def bodies(draw: st.DrawFn, good: dict[str, Any], fields: list[str]) -> dict[str, Any]:
    """A good body with some fields left out and some replaced by anything, nested ones too."""
    body: dict[str, Any] = {name: value for name, value in good.items() if draw(st.integers(0, 9))}
    for name in draw(st.lists(st.sampled_from(fields), max_size=3, unique=True)):
        inner = good.get(name)
        body[name] = draw(_deeper(inner)) if isinstance(inner, dict | list) and draw(st.booleans()) else draw(anything)
    return body


def _deeper(good: Any) -> st.SearchStrategy[Any]:
    """Something like a nested object, or like a list of objects or words."""
    if isinstance(good, dict):
        return bodies(good, list(good))
    entries = (_deeper(entry) if isinstance(entry, dict) else st.just(entry) for entry in good)
    return st.lists(st.one_of(*entries, anything), max_size=4)


@pytest.mark.long
@each("op", WITH_BODY)
def test_no_body_brings_an_operation_down(op: Op, running: RunningPlatform) -> None:
    at = op.home(running)
    good, fields = recipe_body(op, at), list(body_schema(op)["properties"])
    client: Client = running.client(None if op.public else op.master)

    @given(body=bodies(good, fields))
    @settings(max_examples=10)
    def try_it(body: dict[str, Any]) -> None:
        running.reset()
        answer = call_operation(client, op, id=recipe_row(op, at), raw=json.dumps(body).encode())
        assert answer.status < 500
        if answer.status not in DONE and not op.public:
            assert running.changed() == []
        if op.method in ("PUT", "PATCH") and answer.status == 200:
            again = call_operation(client, op, id=recipe_row(op, at), raw=json.dumps(body).encode())
            assert again.body == answer.body, "repeating changes nothing"

    try_it()


@each("op", WITH_BODY)
def test_no_bytes_bring_an_operation_down(op: Op, running: RunningPlatform) -> None:
    client: Client = running.client(None if op.public else op.master)
    kinds = [
        "application/json",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "text/plain",
        "multipart/form-data",
    ]

    @given(raw=st.binary(max_size=200), kind=st.sampled_from(kinds))
    @settings(max_examples=6)
    def try_it(raw: bytes, kind: str) -> None:
        running.reset()
        answer = call_operation(client, op, id=recipe_row(op, op.home(running)), raw=raw, kind=kind)
        assert answer.status < 500

    try_it()


@each("op", PAGED)
def test_no_query_brings_a_list_down(op: Op, running: RunningPlatform) -> None:
    listing = op.listing
    assert listing is not None
    known = [f.name for f in listing.filters] + ["page", "page_size", "search", "ordering"]
    words = (
        [word for f in listing.filters for word in f.schema.get("enum", ())]
        + list(listing.orderings)
        + ["-id", "1", "2", "true", "2024-01-01"]
    )
    names = st.sampled_from(known) | st.text(max_size=8).filter(
        lambda text: all(not "\ud800" <= c <= "\udfff" for c in text)
    )

    director, _, student = op.system.cast.typical
    people = st.sampled_from([ROOT_NAME, director, student])

    @given(query=st.dictionaries(names, st.sampled_from(words) | texts, max_size=5), who=people)
    @settings(max_examples=20)
    def try_it(query: dict[str, str], who: str) -> None:
        encoded = "&".join(
            f"{quote(key, errors='surrogatepass')}={quote(value, errors='surrogatepass')}"
            for key, value in query.items()
        )
        running.reset()
        answer = call_recipe(running.client(who), op, op.home(running), query=encoded)
        assert answer.status < 500
        assert answer.status != 400 or answer.fields() <= set(query)
        assert answer.status != 200 or len(answer.results) <= min(answer["count"], 100)

    try_it()
