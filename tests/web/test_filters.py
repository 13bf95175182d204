"""Filters, search and order of every list: what they find, and what they say of values they cannot read."""

from __future__ import annotations

from typing import Any

import pytest

from educore_web.rest.filters import Filter
from support.parametrize import each
from support.web.bad_filters import SINCE, UNTIL, bad_values, list_filters, takes_ids
from support.web.client import Client
from support.web.recipes import BY_NAME, call_operation
from support.web.running_platform import RunningPlatform
from support.web.system import Op
from support.web.systems import LISTS

FILTERS = [(op, known.name) for op in LISTS for known in list_filters(op)]
DOCUMENTED = {
    "centers.list": {
        "status",
        "director",
        "opened_at",
        "opened_at_from",
        "opened_at_to",
        "created_at_from",
        "created_at_to",
        "updated_at_from",
        "updated_at_to",
    },
    "branches.list": {
        "educational_center",
        "manager",
        "status",
        "created_at_from",
        "created_at_to",
        "updated_at_from",
        "updated_at_to",
    },
    "rooms.list": {"branch", "is_available", "created_at_from", "created_at_to"},
}
"""Filters of some lists, written out; the others follow the same rule (C24)."""


def _filter(op: Op, parameter: str) -> Filter:
    return next(known for known in list_filters(op) if known.name == parameter)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_the_filters_follow_from_what_the_list_shows(name: str) -> None:
    assert {known.name for known in list_filters(BY_NAME[name])} == DOCUMENTED[name]


@each("op, parameter", FILTERS)
def test_a_filter_finds_exactly_the_rows_that_show_the_value(op: Op, parameter: str, site: RunningPlatform) -> None:
    rustam, known = site.client(op.master), _filter(op, parameter)
    rows = call_operation(rustam, op, query={"page_size": 100}).results
    if parameter.endswith((*SINCE, *UNTIL)) or known.condition or parameter not in rows[0]:
        return
    if isinstance(rows[0][parameter], list):
        return
    for value in {row[parameter] for row in rows if row[parameter] is not None}:
        found = call_operation(
            rustam, op, query={parameter: str(value).lower() if isinstance(value, bool) else value, "page_size": 100}
        )
        assert found.ids == [row["id"] for row in rows if row[parameter] == value]
    if takes_ids(known):
        assert call_operation(rustam, op, query={parameter: 2**63 - 1})["count"] == 0


@each("op, parameter", FILTERS)
def test_a_value_that_cannot_be_read_is_400_on_its_parameter(op: Op, parameter: str, site: RunningPlatform) -> None:
    for text in bad_values(op, _filter(op, parameter)):
        answer = call_operation(site.client(op.master), op, query={parameter: text})
        assert (answer.status, answer.fields()) == (400, {parameter}), text


@each("op", LISTS)
def test_every_bad_parameter_is_named_at_once(op: Op, site: RunningPlatform) -> None:
    query = {known.name: "\0" for known in list_filters(op)} | {"page_size": "x", "search": "\0"}
    if op.listing.rules.refuses_unknown_orderings:
        query["ordering"] = "nope"
    answer = call_operation(site.client(op.master), op, query=query)
    assert (answer.status, answer.fields()) == (400, set(query))


@each("op", LISTS)
def test_parameters_nobody_knows_are_ignored(op: Op, site: RunningPlatform) -> None:
    rustam = site.client(op.master)
    query = {"nonsense": "1", "__class__": "x", "password_hash": "x", "id": "999", "user__password_hash": "a", "": "1"}
    assert call_operation(rustam, op, query=query).results == call_operation(rustam, op).results


@each("op", LISTS)
def test_every_order_works_in_both_directions(op: Op, site: RunningPlatform) -> None:
    rustam = site.client(op.master)
    for key in op.listing.orderings:
        up, down = (
            call_operation(rustam, op, query={"ordering": sign + key, "page_size": 100}).results for sign in ("", "-")
        )
        there = [row[key] for row in up if row.get(key) is not None]
        assert sorted(row["id"] for row in up) == sorted(row["id"] for row in down)
        if key in ("id", "created_at", "start_date", "capacity", "performance_rating"):
            assert there == sorted(there)
            assert [row[key] for row in down if row[key] is not None] == sorted(there, reverse=True)


@pytest.mark.parametrize(
    "key", ["nope", "-nope", "--id", "id,nope", "password_hash", "user", "user__username", "id;", "branch", "🙂"]
)
def test_an_order_nobody_knows_is_400(key: str, site: RunningPlatform) -> None:
    answer = site.client("rustam").get("/students/", ordering=key)
    assert (answer.status, answer.fields()) == (400, {"ordering"})


def test_several_orders_apply_one_after_the_other(site: RunningPlatform) -> None:
    rows = site.client("rustam").get("/groups/", ordering="name,-id", search="ning").results
    assert [(row["name"], row["educational_center"]) for row in rows] == [
        ("Evening", 2),
        ("Evening", 1),
        ("Morning", 2),
        ("Morning", 1),
    ]


@pytest.mark.parametrize("who", ["rustam", "dilshod", "timur", "sardor"])
def test_nobody_finds_out_what_a_teacher_earns_by_order_or_filter(who: str, site: RunningPlatform) -> None:
    client = site.client(who)
    assert client.get("/teachers/", ordering="hourly_rate").status == 400
    assert client.get("/teachers/", ordering="-hourly_rate").status == 400
    for parameter in ("hourly_rate", "hourly_rate_from", "hourly_rate_to", "hourly_rate__gte"):
        assert client.get("/teachers/", **{parameter: "1"})["count"] == client.get("/teachers/")["count"]


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("rustam", {50000.5, None}),
        ("dilshod", {50000.5}),
        ("malika", {50000.5}),
        ("aziza", {50000.5}),
        ("timur", {50000.5, None}),
        ("sardor", {None}),
    ],
)
def test_hourly_rates_are_for_the_office_and_the_teacher_concerned(
    who: str, seen: set[Any], site: RunningPlatform
) -> None:
    rows = site.client(who).get("/teachers/").results
    assert {row["hourly_rate"] for row in rows} == seen  # C18
    for row in rows:
        assert site.client(who).get(f"/teachers/{row['id']}/")["hourly_rate"] == row["hourly_rate"]
    if who == "timur":
        assert {row["id"] for row in rows if row["hourly_rate"]} == {site.world.timur.teacher_id}


@pytest.mark.parametrize(("who", "seen"), [("rustam", 3), ("dilshod", 0)])
def test_passports_are_for_the_superadmin_only(who: str, seen: int, site: RunningPlatform) -> None:
    rows = site.client(who).get("/staff/", educational_center=1).results
    assert len([row for row in rows if row["passport_number"]]) == seen  # C18


SEARCHES = [
    ("sardor", ["sardor"]),
    ("SARDOR", ["sardor"]),
    ("sar ara", []),
    ("sardorov", ["sardor"]),
    ("samarkand sardor", []),
    ("sar OV", ["sardor"]),
    ("s", ["sardor", "sevara", "shirin"]),
    ("%", []),
    ("_", []),
    ("'", []),
    ("\\", []),
    ("  ", ["sardor", "sevara", "shirin"]),
    ("ё", []),
    ("🙂", []),
    ("a " * 500, ["sardor", "sevara", "shirin"]),
    ("x" * 5000, []),
    ("ПарДор", []),
]


@pytest.mark.parametrize(("text", "found"), SEARCHES)
def test_every_word_of_a_search_must_stand_somewhere(text: str, found: list[str], site: RunningPlatform) -> None:
    rows = site.client("dilshod").get("/students/", search=text).results
    assert [row["user"]["username"] for row in rows] == found


@pytest.mark.parametrize(
    ("text", "finds"),
    [
        ("ўқувчи", True),
        ("ЎҚУВЧИ", True),
        ("математика ўқувчи", True),
        ("100%", True),
        ("0%_", True),
        ("_", True),
        ("%%", False),
        ("матем  100", True),
        ("физика", False),
    ],
)
def test_search_knows_every_alphabet_and_takes_no_character_for_a_pattern(
    text: str, finds: bool, site: RunningPlatform
) -> None:
    dilshod = site.client("dilshod")
    dilshod.post("/subjects/", {"name": "Математика Ўқувчи 100%_"}).expect(201)
    assert dilshod.get("/subjects/", search=text)["count"] == int(finds)


def test_days_bound_a_list_on_both_sides_inclusively(site: RunningPlatform) -> None:
    dilshod = site.client("dilshod")
    for query, count in [
        ({"start_date_from": "2024-01-01"}, 2),
        ({"start_date_from": "2024-01-02"}, 0),
        ({"start_date_to": "2024-01-01"}, 2),
        ({"start_date_to": "2023-12-31"}, 0),
        ({"end_date_from": "2024-06-30", "end_date_to": "2024-06-30"}, 2),
    ]:
        assert dilshod.get("/groups/", **query)["count"] == count, query


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"created_at_from": "2024-01-01"}, 2),
        ({"created_at_to": "2024-01-01"}, 2),
        ({"created_at_to": "2023-12-31"}, 0),
        ({"created_at_from": "2024-01-01T10:00:00Z"}, 2),
        ({"created_at_from": "2024-01-01T10:00:01Z"}, 0),
        ({"created_at_from": "2024-01-01T15:00:00+05:00"}, 2),
        ({"created_at_from": "2024-01-01T15:00:01+05:00"}, 0),
        ({"created_at_from": "2024-01-01T15:00:00"}, 2),
        ({"created_at_from": "2024-01-01T15:00:01"}, 0),
    ],
)
def test_moments_can_be_asked_for_as_days_of_tashkent_or_exactly(
    query: dict[str, str], count: int, site: RunningPlatform
) -> None:
    assert site.client("dilshod").get("/groups/", **query)["count"] == count


def test_filters_search_and_order_together(site: RunningPlatform) -> None:
    rustam: Client = site.client("rustam")
    query = {"educational_center": 1, "status": "Active", "search": "even", "ordering": "-id", "page_size": 1}
    assert [row["name"] for row in rustam.get("/groups/", **query).results] == ["Evening"]
