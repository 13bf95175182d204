"""Pages: always four keys, links that lead on, sizes within bounds."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from educore.courses import Course
from support.parametrize import each
from support.web.client import HOST, Client
from support.web.recipes import call_recipe
from support.web.running_platform import RunningPlatform
from support.web.system import Op
from support.web.systems import PAGED

MANY = 105


@pytest.fixture
def many(site: RunningPlatform) -> Client:
    """The director of a center with 107 subjects."""
    with site.platform.school.work(site.world.dilshod) as uow:
        for number in range(MANY):
            uow.add(Course, {"name": f"Subject {number:03}", "created_at": uow.ports.clock.now()})
    return site.client("dilshod")


@each("op", PAGED)
def test_every_list_has_the_same_envelope(op: Op, site: RunningPlatform) -> None:
    answer = call_recipe(site.client(op.master), op, op.home(site), query={"page_size": 100})
    assert list(answer.body) == list(op.system.page_keys)
    assert (answer["next"], answer["previous"]) == (None, None)
    assert answer["count"] == len(answer.results)


@each("op", PAGED)
def test_every_list_takes_page_and_page_size(op: Op, site: RunningPlatform) -> None:
    rustam, at = site.client(op.master), op.home(site)
    all_ids = call_recipe(rustam, op, at).ids
    one_by_one = [
        call_recipe(rustam, op, at, query={"page": n, "page_size": 1}).ids[0] for n in range(1, len(all_ids) + 1)
    ]
    assert one_by_one == all_ids  # C21
    order = op.listing.order[0]
    if order.removeprefix("-") == "id":
        assert all_ids == sorted(all_ids, reverse=order.startswith("-"))  # C25, E17


def test_a_page_holds_twenty_rows_unless_told_otherwise_and_never_more_than_a_hundred(many: Client) -> None:
    assert len(many.get("/subjects/").results) == 20
    assert len(many.get("/subjects/", page_size=7).results) == 7
    assert len(many.get("/subjects/", page_size=100).results) == 100
    assert len(many.get("/subjects/", page_size=101).results) == 100
    assert len(many.get("/subjects/", page_size=999_999_999).results) == 100


def test_following_next_shows_every_row_once_and_previous_leads_back(many: Client) -> None:
    seen, pages, page = [], [], many.get("/subjects/", page_size=25, search="subject")
    while True:
        seen += page.ids
        pages.append(page.body)
        if page["next"] is None:
            break
        page = _follow(many, page["next"])
    assert len(seen) == len(set(seen)) == MANY == page["count"]
    assert _follow(many, pages[-1]["previous"]).body == pages[-2]
    assert pages[0]["previous"] is None


def test_links_are_absolute_and_keep_the_final_slash_and_every_other_parameter(many: Client) -> None:
    query = {"page_size": 10, "search": "subject", "ordering": "-name", "unknown": "ўзбек & co", "page": 2}
    for path in ("/subjects/", "/subjects"):
        answer = many.get(path, **query)
        for link, page in ((answer["next"], "3"), (answer["previous"], "1")):
            parts = urlsplit(link)
            assert f"{parts.scheme}://{parts.netloc}" == HOST
            assert parts.path == "/center-crm/api/subjects/"
            expected = {key: [str(value)] for key, value in query.items()} | {"page": [page]}
            assert parse_qs(parts.query) == expected


@pytest.mark.parametrize("page", ["0", "-1", "abc", "1.5", "107", "999999999", "9" * 400, "١", "1e1", "+1", "null"])
def test_a_page_that_is_not_there_is_404(page: str, many: Client) -> None:
    answer = many.get("/subjects/", page=page)
    assert (answer.status, answer.body) == (404, {"error": "Not found", "status_code": 404})


@pytest.mark.parametrize("size", ["0", "-5", "abc", "1.5", "9" * 400, "١", "null", "1 OR 1=1"])
def test_a_page_size_that_is_no_size_is_400_on_its_name(size: str, many: Client) -> None:
    answer = many.get("/subjects/", page_size=size)
    assert (answer.status, answer.fields()) == (400, {"page_size"})


def test_empty_parameters_count_as_absent(many: Client) -> None:
    empty = many.get("/subjects/", page="", page_size="", ordering="", search="", educational_center="")
    assert empty.results == many.get("/subjects/").results


def test_an_empty_list_has_a_first_page(site: RunningPlatform) -> None:
    for page in ({}, {"page": 1}):
        answer = site.client("dilshod").get("/subjects/", search="nobody teaches this", **page)
        assert answer.body == {"count": 0, "next": None, "previous": None, "results": []}
    assert site.client("dilshod").get("/subjects/", search="nobody teaches this", page=2).status == 404


def test_the_last_of_a_repeated_parameter_counts(many: Client) -> None:
    answer = many.send("GET", "/subjects/", query={"page_size": ["5", "3"]})
    assert len(answer.results) in (3, 5)


def _follow(client: Client, link: str) -> Any:
    parts = urlsplit(link)
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    return client.send("GET", parts.path.removeprefix("/center-crm/api"), query=query)
