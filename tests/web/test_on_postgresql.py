"""What SQLite forgives and PostgreSQL does not: types, ranges, characters. No request here changes anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from educore import FixedClock
from educore_web.app import compose
from support.cast import create_cast
from support.parametrize import each
from support.postgres import PostgresServer
from support.web.bad_filters import BAD_VALUES, list_filters, value_kind
from support.web.client import ApiResponse, AsgiConnection, Client
from support.web.extra_rows import add_extra_rows
from support.web.invalid_values import HUGE, UNKNOWN_ID, body_fields, invalid_values, is_reference, with_values
from support.web.recipes import call_operation, recipe_body, recipe_row
from support.web.running_platform import RunningPlatform, open_test_platform, sign_in_person, without_limits
from support.web.school_rows import add_schools
from support.web.system import ROOT_NAME, Op
from support.web.systems import LISTS, OPS, WITH_BODY

pytestmark = pytest.mark.long

WRITES = [op for op in WITH_BODY if not op.public]
SEARCHES = ("sar", "САР", "%", "_", "\\", "'", "\0", "a b c d e f g", "x" * 3000, "😀", "ß")


class Elsewhere:
    """The cast in PostgreSQL, for as long as the tests of this file run."""

    def __init__(self, wire: AsgiConnection, tokens: dict[str, str]) -> None:
        self.wire, self.tokens = wire, tokens

    def client(self, name: str) -> Client:
        """A client for somebody by name."""
        return Client(self.wire, self.tokens[name])


@pytest.fixture(scope="module")
def elsewhere(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    """The platform over PostgreSQL."""
    name = postgres.create()
    platform = open_test_platform(postgres.at(name), tmp_path_factory.mktemp("files"), FixedClock())
    platform.database.create_all()
    world = create_cast(platform.database.store)
    extras = add_extra_rows(platform.school, world)
    schools = add_schools(platform.school, world)
    wire = AsgiConnection(compose(platform, apis=without_limits()))
    everybody = [*world.everybody(), *extras.people, *schools.people]  # answers show who has ever signed in
    tokens = {who: sign_in_person(platform.school, who).access for who in everybody}
    extras.apply_blocks(platform.school)
    schools.apply_blocks(platform.school)
    yield Elsewhere(wire, tokens)
    wire.close()
    platform.database.close()
    postgres.drop(name)


@pytest.fixture
def both(site: RunningPlatform, elsewhere: Elsewhere) -> tuple[RunningPlatform, Elsewhere]:
    """The same cast in SQLite and in PostgreSQL."""
    return site, elsewhere


def _alike(mine: ApiResponse, theirs: ApiResponse) -> bool:
    return (mine.status, mine.body) == (theirs.status, theirs.body)


@each("op, who", [(op, who) for op in LISTS for who in op.system.cast.typical])
def test_what_people_see_is_alike_on_both_databases(op: Op, who: str, both: tuple[RunningPlatform, Elsewhere]) -> None:
    for query in ({}, {"search": "sar"}, {"page_size": 1, "page": 2}):
        mine, theirs = (call_operation(place.client(who), op, query=query) for place in both)
        assert _alike(mine, theirs), (query, mine.text[:300], theirs.text[:300])


@each("op", LISTS)
def test_lists_answer_alike_on_both_databases(op: Op, both: tuple[RunningPlatform, Elsewhere]) -> None:
    queries: list[dict[str, Any]] = [{}, {"page_size": 1, "page": 2}]
    queries += [{"search": text} for text in SEARCHES]
    queries += [
        {"ordering": sign + key} for key in op.listing.orderings for sign in ("", "-") if key not in ("address", "name")
    ]
    tried: set[str] = set()
    for known in list_filters(op):
        kind = value_kind(known)
        bad = BAD_VALUES[kind][:2] if kind in tried else BAD_VALUES[kind]
        tried.add(kind)
        good = {
            "integer": ["1", "2", "9223372036854775807"],
            "integers": ["1", "1,2", "2,9223372036854775807"],
            "boolean": ["true", "0"],
            "word": known.schema.get("enum", ()),
        }
        days = ["2024-01-01", "1900-01-01", "2200-12-31"]
        queries += [{known.name: text} for text in (*good.get(kind, days), *bad)]
    for query in queries:
        mine, theirs = (call_operation(place.client("rustam"), op, query=query) for place in both)
        assert _alike(mine, theirs), (query, mine.text[:300], theirs.text[:300])


@each("op", WRITES)
def test_wrong_values_are_refused_alike_on_both_databases(op: Op, both: tuple[RunningPlatform, Elsewhere]) -> None:
    site, _ = both
    at = op.home(site)
    fields = list(body_fields(op))
    tries = [{field: invalid_values(schema)[turn] for field, schema, _, _ in fields} for turn in range(2)]
    whole = [field for field, schema, _, _ in fields if is_reference(schema)]
    tries += [{field: str(id)} for field in whole for id in (0, UNKNOWN_ID, 2**31, 2**63 - 1, 2**63, HUGE)]
    for texts in tries:
        raw = with_values(recipe_body(op, at), texts)
        mine, theirs = (call_operation(place.client(op.master), op, id=recipe_row(op, at), raw=raw) for place in both)
        refused = (400, 404) if op.system.acted_on.get(op.name) in texts else (400,)
        assert theirs.status in refused, (texts, theirs.text[:300])
        assert _alike(mine, theirs), (texts, theirs.text[:300])


@pytest.mark.parametrize("id", [0, 2**31, 2**63 - 1, 2**63, HUGE])
def test_ids_beyond_every_column_are_404_on_both_databases(id: int, both: tuple[RunningPlatform, Elsewhere]) -> None:
    site, elsewhere = both
    for op in OPS:
        if op.has_path_id:
            body = recipe_body(op, op.home(site))
            assert call_operation(elsewhere.client(op.master), op, id=id, body=body).status == 404, op.name


@each("op", [op for op in OPS if op.method == "GET" and op.has_path_id])
def test_rows_answer_alike_on_both_databases(op: Op, both: tuple[RunningPlatform, Elsewhere]) -> None:
    site, _ = both
    for at in op.towns(site):
        for who in (ROOT_NAME, *op.system.cast.typical):
            id = recipe_row(op, at)
            mine, theirs = (call_operation(place.client(who), op, id=id) for place in both)
            assert _alike(mine, theirs), (who, mine.text[:300], theirs.text[:300])
