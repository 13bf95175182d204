"""What SQLite forgives and PostgreSQL does not: types, ranges, characters. No request here changes anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from educore import FixedClock
from educore_web.app import compose
from support.cast import World, found_world
from support.parametrize import each
from support.postgres import PostgresServer
from support.web.bad_filters import BAD, filters_of, kind_of
from support.web.client import Answer, Client, Wire
from support.web.extra_rows import Extras, add_extras
from support.web.invalid_values import HUGE, UNKNOWN_ID, is_reference, leaves, with_values, wrong_values
from support.web.recipes import Place, body_of, call, row_of
from support.web.running_platform import Running, platform_on, signed_in
from support.web.system import Op
from support.web.systems import LISTS, OPS, WITH_BODY

WRITES = [op for op in WITH_BODY if not op.public]
SEARCHES = ("sar", "САР", "%", "_", "\\", "'", "\0", "a b c d e f g", "x" * 3000, "😀", "ß")


class Elsewhere:
    """The cast in PostgreSQL, for as long as the tests of this file run."""

    def __init__(self, wire: Wire, tokens: dict[str, str], world: World, extras: Extras) -> None:
        self.wire, self.tokens, self.world, self.extras = wire, tokens, world, extras

    def client(self, name: str) -> Client:
        """A client for somebody by name."""
        return Client(self.wire, self.tokens[name])


@pytest.fixture(scope="module")
def elsewhere(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    """The platform over PostgreSQL."""
    name = postgres.create()
    platform = platform_on(postgres.at(name), tmp_path_factory.mktemp("files"), FixedClock())
    platform.database.create_all()
    world = found_world(platform.database.store)
    extras, wire = add_extras(platform.school, world), Wire(compose(platform))
    tokens = {who: signed_in(platform.school, who).access for who in ("rustam", "dilshod", "timur", "sardor")}
    extras.shut_out(platform.school)
    yield Elsewhere(wire, tokens, world, extras)
    wire.close()
    platform.database.close()
    postgres.drop(name)


@pytest.fixture
def both(site: Running, elsewhere: Elsewhere) -> tuple[Running, Elsewhere]:
    """The same cast in SQLite and in PostgreSQL."""
    return site, elsewhere


def _alike(mine: Answer, theirs: Answer) -> bool:
    return (mine.status, mine.body) == (theirs.status, theirs.body)


@pytest.mark.parametrize("who", ["dilshod", "timur", "sardor"])
@each("op", LISTS)
def test_what_people_see_is_alike_on_both_databases(op: Op, who: str, both: tuple[Running, Elsewhere]) -> None:
    for query in ({}, {"search": "sar"}, {"page_size": 1, "page": 2}):
        mine, theirs = (call(place.client(who), op, query=query) for place in both)
        assert _alike(mine, theirs), (query, mine.text[:300], theirs.text[:300])


@each("op", LISTS)
def test_lists_answer_alike_on_both_databases(op: Op, both: tuple[Running, Elsewhere]) -> None:
    queries: list[dict[str, Any]] = [{}, {"page_size": 1, "page": 2}]
    queries += [{"search": text} for text in SEARCHES]
    queries += [
        {"ordering": sign + key} for key in op.listing.orderings for sign in ("", "-") if key not in ("address", "name")
    ]
    tried: set[str] = set()
    for known in filters_of(op):
        kind = kind_of(known)
        bad = BAD[kind][:2] if kind in tried else BAD[kind]
        tried.add(kind)
        good = {
            "integer": ["1", "2", "9223372036854775807"],
            "boolean": ["true", "0"],
            "word": known.schema.get("enum", ()),
        }
        days = ["2024-01-01", "1900-01-01", "2200-12-31"]
        queries += [{known.name: text} for text in (*good.get(kind, days), *bad)]
    for query in queries:
        mine, theirs = (call(place.client("rustam"), op, query=query) for place in both)
        assert _alike(mine, theirs), (query, mine.text[:300], theirs.text[:300])


@each("op", WRITES)
def test_wrong_values_are_refused_alike_on_both_databases(op: Op, both: tuple[Running, Elsewhere]) -> None:
    site, _ = both
    at = Place(site, site.world.tashkent)
    fields = list(leaves(op))
    tries = [{field: wrong_values(schema)[turn] for field, schema, _, _ in fields} for turn in range(2)]
    whole = [field for field, schema, _, _ in fields if is_reference(schema)]
    tries += [{field: str(id)} for field in whole for id in (0, UNKNOWN_ID, 2**31, 2**63 - 1, 2**63, HUGE)]
    for texts in tries:
        raw = with_values(body_of(op, at), texts)
        mine, theirs = (call(place.client("rustam"), op, id=row_of(op, at), raw=raw) for place in both)
        refused = (400, 404) if op.system.acted_on.get(op.name) in texts else (400,)
        assert theirs.status in refused, (texts, theirs.text[:300])
        assert _alike(mine, theirs), (texts, theirs.text[:300])


@pytest.mark.parametrize("id", [0, 2**31, 2**63 - 1, 2**63, HUGE])
def test_ids_beyond_every_column_are_404_on_both_databases(id: int, both: tuple[Running, Elsewhere]) -> None:
    site, elsewhere = both
    for op in OPS:
        if op.takes_id:
            body = body_of(op, Place(site, site.world.tashkent))
            assert call(elsewhere.client("rustam"), op, id=id, body=body).status == 404, op.name


@each("op", [op for op in OPS if op.method == "GET" and op.takes_id])
def test_rows_answer_alike_on_both_databases(op: Op, both: tuple[Running, Elsewhere]) -> None:
    site, _ = both
    for town in (site.world.tashkent, site.world.samarkand):
        for who in ("rustam", "dilshod", "timur", "sardor"):
            id = row_of(op, Place(site, town))
            mine, theirs = (call(place.client(who), op, id=id) for place in both)
            assert _alike(mine, theirs), (who, mine.text[:300], theirs.text[:300])
