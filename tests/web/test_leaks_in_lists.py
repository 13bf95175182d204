"""Every list, as everybody sees it: rows, counts, filters, search and order tell nothing of another center."""

from __future__ import annotations

import pytest

from educore_web.listing import Filter
from web import catalog
from web.leaks import OUTSIDERS, leaked, secrets_of
from web.queries import LISTS
from web.recipes import Place, call, row_of
from web.running import Running

SEEN = [
    (name, who)
    for name in LISTS
    for role, who in OUTSIDERS.items()
    if role.removeprefix("second ").replace("newcomer", "student") in catalog.roles(name)
]
EXPECTED = {
    "staff.list": {"dilshod": 3},
    "branches.list": dict.fromkeys(OUTSIDERS.values(), 2),
    "subjects.list": dict.fromkeys(OUTSIDERS.values(), 2),
    "groups.list": dict.fromkeys(("dilshod", "malika", "aziza"), 2)
    | {"timur": 1, "tamara": 1, "sardor": 1, "shirin": 0},
    "students.list": dict.fromkeys(("dilshod", "malika", "aziza"), 3)
    | {"timur": 2, "tamara": 0, "sardor": 1, "shirin": 1},
    "teachers.list": dict.fromkeys(OUTSIDERS.values(), 2),
    "rooms.list": dict.fromkeys(OUTSIDERS.values(), 1),
}
"""How many rows everybody sees (C12 to C16)."""


@pytest.mark.parametrize(("name", "who"), SEEN)
def test_everybody_sees_exactly_their_rows(name: str, who: str, site: Running) -> None:
    answer = call(site.client(who), name)
    assert answer["count"] == len(answer.results) == EXPECTED[name][who]
    assert leaked(site, answer, of=site.world.samarkand, to=site.world.tashkent) == []


@pytest.mark.parametrize("name", LISTS)
def test_the_superadmin_sees_the_rows_of_both_centers(name: str, site: Running) -> None:
    ids = call(site.client("rustam"), name).ids
    for town in (site.world.tashkent, site.world.samarkand):
        if name.split(".")[0] != "centers":
            assert row_of(f"{name.split('.')[0]}.retrieve", Place(site, town)) in ids


@pytest.mark.parametrize(("name", "who"), SEEN)
def test_a_foreign_id_in_a_filter_finds_nothing(name: str, who: str, site: Running) -> None:
    there = site.world.samarkand
    foreign = {
        "educational_center": there.center.id,
        "branch": there.branch.id,
        "subject": there.course.id,
        "teacher": there.teacher.teacher_id,
        "group": there.morning.id,
        "manager": there.manager.user_id,
        "director": there.director.membership_id,
    }
    for known in LISTS[name].filters:
        if known.schema.get("type") == "integer":
            answer = call(site.client(who), name, query={known.name: foreign[known.name]})
            assert (answer["count"], answer.results) == (0, []), known.name


@pytest.mark.parametrize(("name", "who"), [case for case in SEEN if case[1] in ("dilshod", "timur", "sardor")])
def test_a_foreign_name_in_a_search_finds_nothing(name: str, who: str, site: Running) -> None:
    for secret in sorted(secrets_of(site, site.world.samarkand.center.id, site.world.tashkent.center.id)):
        answer = call(site.client(who), name, query={"search": secret, "page_size": 1})
        nothing_to_search = not LISTS[name].search
        assert nothing_to_search or answer["count"] == 0, secret


@pytest.mark.parametrize(("name", "who"), SEEN)
def test_order_and_filters_never_bring_a_foreign_row_in(name: str, who: str, site: Running) -> None:
    client, most = site.client(who), EXPECTED[name][who]
    queries = [{"ordering": sign + key} for key in LISTS[name].orderings for sign in ("", "-")]
    queries += [{known.name: value} for known in LISTS[name].filters for value in _harmless(known)]
    for query in queries:
        answer = call(client, name, query=query)
        assert answer["count"] <= most, query
        assert leaked(site, answer, of=site.world.samarkand, to=site.world.tashkent) == [], query


def _harmless(known: Filter) -> list[str]:
    if known.name.endswith("_from"):
        return ["1950-01-01"]
    if known.name.endswith("_to"):
        return ["2100-01-01"]
    if known.schema.get("type") == "boolean":
        return ["true", "false"]
    return list(known.schema.get("enum", ["1", "2"]))


def test_nobody_pages_into_another_center(site: Running) -> None:
    client = site.client("dilshod")
    found = [client.get("/students/", page_size=1, page=page).results[0]["id"] for page in (1, 2, 3)]
    assert found == client.get("/students/").ids
    assert client.get("/students/", page_size=1, page=4).status == 404
