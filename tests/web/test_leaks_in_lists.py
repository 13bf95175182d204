"""Every list, as everybody sees it: rows, counts, filters, search and order tell nothing of another center."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from educore import EDUCATION, everything
from educore.kernel import compile_shape
from educore_web.rest.archiving import ARCHIVED_ONLY
from educore_web.rest.filters import Filter
from support.parametrize import each
from support.restricted_values import restricted_value
from support.web.bad_filters import SINCE, UNTIL, list_filters, takes_ids
from support.web.leaks import find_leaks, private_texts
from support.web.recipes import call_operation, call_recipe, recipe_row
from support.web.running_platform import RunningPlatform
from support.web.system import ROOT_NAME, Op
from support.web.systems import LISTS, OPS, PAGED

CALLERS = [(op, who) for op in PAGED for who, role in op.system.cast.at_home.items() if role in op.who]
UNSEEN = [(op, who) for op, who in CALLERS if (op.has_path_id or op.under) and who not in op.system.seen[op.name]]
"""The lists below one row, and those who may not read them."""

SEEN = [case for case in CALLERS if case not in UNSEEN]

NAMES = {str(op) for op in OPS}


@each("op, who", SEEN)
def test_everybody_sees_exactly_their_rows(op: Op, who: str, site: RunningPlatform) -> None:
    answer = call_recipe(site.client(who), op, op.home(site))
    assert answer["count"] == len(answer.results) == op.system.seen[op.name][who]
    here, there = op.towns(site)
    assert find_leaks(site, answer, of=there.locality, to=here.locality) == []


@each("op, who", UNSEEN)
def test_a_list_below_a_row_is_refused_to_who_may_see_that_row_alone(op: Op, who: str, site: RunningPlatform) -> None:
    client, id = site.client(who), recipe_row(op, op.home(site))
    if op.under:
        assert call_operation(client, op).status == 404
        return
    is_seen = call_operation(client, op.sibling("retrieve"), id=id).status == 200
    assert call_operation(client, op, id=id).status == (403 if is_seen else 404)


@each("op, who", [case for case in SEEN if case[0].has_path_id])
def test_a_list_below_a_foreign_row_is_not_there(op: Op, who: str, site: RunningPlatform) -> None:
    assert call_recipe(site.client(who), op, op.abroad(site)).status == 404
    assert call_recipe(site.client(ROOT_NAME), op, op.abroad(site))["count"]


@each("op", [op for op in LISTS if "superadmin" in op.who and f"{op.system.name}:{op.section}.retrieve" in NAMES])
def test_the_superadmin_sees_the_rows_of_both_centers(op: Op, site: RunningPlatform) -> None:
    ids = call_operation(site.client("rustam"), op, query={"page_size": 100}).ids
    for at in op.towns(site):
        if op.section != "centers":
            assert recipe_row(op.sibling("retrieve"), at) in ids


@each("op, who", SEEN)
def test_a_foreign_id_in_a_filter_finds_nothing(op: Op, who: str, site: RunningPlatform) -> None:
    foreign = op.system.ids(op.abroad(site))
    for known in list_filters(op):
        if takes_ids(known) and known.name not in op.system.plain_numbers:
            asked = {known.name: foreign[known.name]}
            answer = call_recipe(site.client(who), op, op.home(site), query=asked)
            assert (answer["count"], answer.results) == (0, []), known.name


@each("op", [op for op in PAGED if op.listing.search])
def test_a_foreign_name_in_a_search_finds_nothing(op: Op, site: RunningPlatform) -> None:
    people = [who for seen, who in SEEN if seen is op and who in op.system.cast.typical]
    wrong = [
        f"{who} finds {secret}"
        for secret in _names_abroad(op, site)
        if op.master != ROOT_NAME or _found(op, ROOT_NAME, secret, site)  # what not even he finds, nobody does
        for who in people
        if _found(op, who, secret, site)
    ]
    assert wrong == []


def _names_abroad(op: Op, site: RunningPlatform) -> list[str]:
    """The secrets that could be found: they stand where some list searches, and none of them in another one.

    Whoever finds a text finds any part of it, so that it is enough to look for the parts.
    """
    searched = {path.rsplit("__", maxsplit=1)[-1] for op in PAGED for path in op.listing.search}
    here, there = op.towns(site)
    private = private_texts(site, there.center, here.center, fields=frozenset(searched))
    names = {secret.casefold() for secret in private}
    return sorted(name for name in names if not any(other in name for other in names - {name}))


def _found(op: Op, who: str, text: str, site: RunningPlatform) -> int:
    """How many rows a search finds."""
    return int(call_recipe(site.client(who), op, op.home(site), query={"search": text, "page_size": 1})["count"])


@pytest.mark.long
@each("op, who", SEEN)
def test_order_and_filters_never_bring_a_foreign_row_in(op: Op, who: str, site: RunningPlatform) -> None:
    client, most, (here, there) = site.client(who), op.system.seen[op.name][who], op.towns(site)
    queries = [{"ordering": sign + key} for key in op.listing.orderings for sign in ("", "-")]
    queries += [{known.name: value} for known in list_filters(op) for value in _harmless(known)]
    for query in queries:
        answer = call_recipe(client, op, here, query=query)
        if _asks_for_others(op, query):
            of_master = call_recipe(site.client(op.master), op, here, query={**query, "page_size": "100"})
            assert set(answer.ids) <= set(of_master.ids), query
        else:
            assert answer["count"] <= most, query
        assert find_leaks(site, answer, of=there.locality, to=here.locality) == [], query


def _asks_for_others(op: Op, query: Mapping[str, str]) -> bool:
    """Whether the rows need not be among those of the plain list: archived ones, and what a look makes."""
    return op.operation.leaves_trace or query.get(ARCHIVED_ONLY.name) == "true"


def _harmless(known: Filter) -> list[str]:
    if takes_ids(known):
        return ["1", "2"]
    if known.name.endswith(SINCE):
        return ["1950-01-01"]
    if known.name.endswith(UNTIL):
        return ["2100-01-01"]
    if known.schema.get("format") == "date":
        return ["2024-01-01"]
    if "pattern" in known.schema:
        return ["2024-01"]
    if known.schema.get("type") == "boolean":
        return ["true", "false"]
    words = known.schema.get("items", known.schema)
    return list(words.get("enum", ["1", "2"]))


RESTRICTED = [(kind, field) for kind, policy in EDUCATION.policies.items() for field in policy.restricted_fields]


def _attempts(op: Op) -> Iterator[dict[str, str]]:
    """Queries by which a list could tell restricted values: what it declares, and what somebody might try."""
    yield {}
    for sign in ("", "-"):
        yield {"ordering": ",".join(sign + key for key in op.listing.orderings)}
    for known in list_filters(op):
        yield {known.name: _harmless(known)[0]}
    for kind, field in RESTRICTED:
        value = str(_restricted_value(kind, field, 5, later=False))
        yield from ({"ordering": field}, {"ordering": f"-{field}"}, {"search": value})
        yield from ({key: value} for key in (field, f"{field}_from", f"{field}_to", f"{field}__gte"))


def _restricted_value(kind: type[Any], field: str, id: int, *, later: bool) -> Any:
    """A value that differs for each row; the later ones are in the opposite order."""
    return restricted_value(kind, field, 900 - id if later else id)


def _set_restricted_values(site: RunningPlatform, who: str, *, later: bool) -> None:
    """Give every row values in its restricted fields; those that the person may read are the same both times."""
    actor = site.actor(who)
    transaction = site.platform.school.store.begin()
    for kind, field in RESTRICTED:
        for row in transaction.find(kind, everything):
            is_known = EDUCATION.policy(kind).visibility(actor, field).holds(row)
            value = _restricted_value(kind, field, row.id, later=later and not is_known)
            transaction.update(row.model_copy(update={field: value}), [field])
    transaction.commit()


def _reaches_restricted_rows(op: Op) -> bool:
    """Whether the rows of a list, or rows behind their references that it shows, have restricted fields."""
    shape = op.operation.listing.shape
    steps = {column.steps for column in compile_shape(shape, EDUCATION).columns}
    kinds = {EDUCATION.field_at(shape.of, (*path, "id"))[0] for path in steps}
    return bool(kinds & {kind for kind, _ in RESTRICTED})


REACHING = [(op, who) for op, who in SEEN if who in op.system.cast.typical and _reaches_restricted_rows(op)]


@pytest.mark.long
@each("op, who", REACHING)
def test_no_filter_order_or_count_depends_on_a_restricted_value(op: Op, who: str, site: RunningPlatform) -> None:
    client, answers = site.client(who), []
    for later in (False, True):
        _set_restricted_values(site, who, later=later)
        found = [call_recipe(client, op, op.home(site), query=query) for query in _attempts(op)]
        answers.append([(answer.status, answer.text) for answer in found])
    for query, before, after in zip(_attempts(op), *answers, strict=True):
        assert before == after, query
    assert answers[0][0][0] == 200


def test_a_restricted_value_is_seen_by_those_who_may_read_it(site: RunningPlatform) -> None:
    """The positive control: the values do change, and the director reads them in the same list."""
    rates = []
    for later in (False, True):
        _set_restricted_values(site, "timur", later=later)
        rates.append([row["hourly_rate"] for row in site.client("dilshod").get("/teachers/").results])
    assert rates[0] != rates[1]


def test_nobody_pages_into_another_center(site: RunningPlatform) -> None:
    client = site.client("dilshod")
    found = [client.get("/students/", page_size=1, page=page).results[0]["id"] for page in (1, 2, 3)]
    assert found == client.get("/students/").ids
    assert client.get("/students/", page_size=1, page=4).status == 404
