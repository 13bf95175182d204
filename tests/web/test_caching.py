"""Who may keep an answer, and how a client learns that what it has still holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest

from educore import Count, From, Shape
from educore.organization import Branch, Room
from educore.values import Line, Name
from educore_web.rest.bodies import Body
from educore_web.rest.cache_headers import Cache
from educore_web.rest.caching import check_cache
from educore_web.rest.seen_as import check_shapes
from educore_web.rest.spec import ApiSpec
from support.lockers.api import CodeDialect
from support.statement_counts import record_statements
from support.web.client import Answer
from support.web.made_up_site import MadeUpSite, made_up_site


class BranchIn(Body, of=Branch):
    """A branch."""

    name: Name
    address: Line = ""


class BranchOut(Shape, of=Branch):
    """A branch."""

    id: int
    name: str
    center: Annotated[str, From("center.name")]


class CountedOut(Shape, of=Branch):
    """A branch with the number of its rooms."""

    id: int
    rooms: Annotated[int, Count("Room")]


class RoomOut(Shape, of=Room):
    """A room."""

    id: int
    name: str


SPEC = ApiSpec("kept", title="Kept", prefix="/kept", base="", dialect=CodeDialect(), examples={}, cache=Cache.DYNAMIC)
OPERATIONS = [
    *SPEC.crud("/branches/", Branch, BranchIn, BranchOut, search=("name",), cache=Cache.STRUCTURE),
    SPEC.list("/counted/", CountedOut, cache=Cache.STRUCTURE),
    SPEC.list("/rooms/", RoomOut),
    SPEC.list("/live/", RoomOut, cache=Cache.LIVE),
    SPEC.list("/private/", RoomOut, cache=Cache.PRIVATE),
]


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeUpSite]:
    with made_up_site(tmp_path_factory.mktemp("kept"), SPEC, OPERATIONS) as opened:
        yield opened


def get(site: MadeUpSite, path: str = "/branches/", *, name: str = "dilshod", **headers: str) -> Answer:
    """Read a path; `if_none_match` and `if_modified_since` become headers."""
    return site.send(name, "GET", path, headers={key.replace("_", "-"): value for key, value in headers.items()})


def rename(site: MadeUpSite, **fields: str) -> Answer:
    """Change the open branch of Tashkent an hour later."""
    site.clock.advance(hours=1)
    site.tokens.clear()
    return site.send("dilshod", "PATCH", f"/branches/{site.world.tashkent.branch.id}/", fields)


def test_each_class_has_its_headers(site: MadeUpSite) -> None:
    kept = get(site).headers
    assert kept["cache-control"] == "public, max-age=3600"
    assert kept["vary"] == "Authorization, Accept-Language"
    assert kept["last-modified"] == "Mon, 01 Jan 2024 10:00:00 GMT"
    assert kept["etag"].startswith('"')
    dynamic, live, private = (get(site, path).headers for path in ("/rooms/", "/live/", "/private/"))
    assert (dynamic["cache-control"], dynamic["pragma"]) == ("no-cache, must-revalidate", "no-cache")
    assert (live["cache-control"], live["pragma"]) == ("no-store, no-cache, must-revalidate", "no-cache")
    assert (private["cache-control"], private.get("pragma")) == ("no-store", None)
    refused = site.send(None, "GET", "/branches/")
    assert (refused.status_code, refused.headers["cache-control"]) == (401, "no-store")


def test_the_answer_to_a_page_of_another_site_is_kept_for_its_caller_only(tmp_path: Path) -> None:
    with made_up_site(tmp_path, SPEC, OPERATIONS, origins="https://app.example") as site:
        for origin, more in (("https://app.example", ", Origin"), ("https://evil.example", "")):
            answer = get(site, origin=origin)
            assert answer.headers.get_list("vary") == [f"Authorization, Accept-Language{more}"]
            assert answer.headers.get("access-control-allow-origin", "") == (origin if more else "")
        assert get(site, "/rooms/", origin="https://app.example").headers["vary"] == "Origin"


def test_a_list_that_is_still_the_same_is_not_sent_again(site: MadeUpSite) -> None:
    tag = get(site).headers["etag"]
    for wanted in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        same = get(site, if_none_match=wanted)
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
        assert same.headers["cache-control"] == "public, max-age=3600"
    assert get(site, if_none_match='"other"').status_code == 200
    assert get(site, "/branches/?search=nothing&page_size=1", if_none_match=tag).status_code == 200
    assert get(site, name="davron", if_none_match=tag).status_code == 200  # who sees other branches


def test_a_change_gives_another_tag_and_time(site: MadeUpSite) -> None:
    before = get(site).headers
    assert rename(site, name="Chilonzor").status_code == 200
    after = get(site, if_none_match=before["etag"])
    assert (after.status_code, after.headers["last-modified"]) == (200, "Mon, 01 Jan 2024 11:00:00 GMT")
    assert after.headers["etag"] != before["etag"]


def test_a_list_has_the_time_of_the_newest_row_that_it_finds(site: MadeUpSite) -> None:
    assert site.send("dilshod", "POST", "/branches/", {"name": "Sergeli"}).status_code == 201
    assert rename(site, name="Chilonzor").status_code == 200
    times = {
        query: get(site, f"/branches/?{query}").headers.get("last-modified")
        for query in ("", "page_size=1", "page_size=1&page=2", "search=Sergeli", "search=Chilonzor", "search=nothing")
    }
    before, after = "Mon, 01 Jan 2024 10:00:00 GMT", "Mon, 01 Jan 2024 11:00:00 GMT"
    everywhere = dict.fromkeys(("", "page_size=1", "page_size=1&page=2", "search=Chilonzor"), after)
    assert times == {**everywhere, "search=Sergeli": before, "search=nothing": None}


def test_a_row_has_one_tag_for_keeping_and_for_changing(site: MadeUpSite) -> None:
    path = f"/branches/{site.world.tashkent.branch.id}/"
    tag = get(site, path).headers["etag"]
    assert get(site, path, if_none_match=tag).status_code == 304
    assert site.send("dilshod", "PATCH", path, {"name": "Yunusobod"}, headers={"if-match": tag}).status_code == 200
    assert get(site, path, if_none_match=tag).status_code == 200
    assert site.send("dilshod", "PATCH", path, {"name": "Beruniy"}, headers={"if-match": tag}).status_code == 412


def test_a_time_alone_is_heeded_where_the_trail_tells_of_every_change(site: MadeUpSite) -> None:
    seen = get(site).headers["last-modified"]
    site.clock.advance(minutes=1)
    assert get(site, if_modified_since=seen).status_code == 304
    assert get(site, if_modified_since="soon").status_code == 200
    assert get(site, if_modified_since="Sat, 01 Jan 2000 00:00:00 GMT").status_code == 200
    assert get(site, if_none_match='"other"', if_modified_since=seen).status_code == 200  # the tag decides
    assert get(site, "/counted/", if_modified_since=seen).status_code == 200  # rooms may have come
    rename(site, name="Chilonzor")
    assert get(site, if_modified_since=seen).status_code == 200


def test_a_time_in_the_future_does_not_count(site: MadeUpSite) -> None:
    """A clock that runs ahead must not hide changes; and the last second of all has no next one."""
    seen = get(site).headers["last-modified"]
    site.clock.advance(minutes=1)
    assert get(site, if_modified_since=seen).status_code == 304
    for text in ("Mon, 01 Jan 2300 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 -1200"):
        assert get(site, if_modified_since=text).status_code == 200


def test_a_removal_is_a_change(site: MadeUpSite) -> None:
    made = site.send("dilshod", "POST", "/branches/", {"name": "Sergeli"}).json()["id"]
    seen = get(site).headers["last-modified"]
    site.clock.advance(minutes=1)
    assert get(site, if_modified_since=seen).status_code == 304
    assert site.send("dilshod", "DELETE", f"/branches/{made}/").status_code == 204
    assert get(site, if_modified_since=seen).status_code == 200


def test_nothing_is_kept_beyond_the_rights_of_a_reader(site: MadeUpSite) -> None:
    tag = get(site).headers["etag"]
    assert site.send("sardor", "GET", "/private/", headers={"if-none-match": tag}).status_code in (200, 403)
    assert site.send(None, "GET", "/branches/", headers={"if-none-match": tag}).status_code == 401
    assert get(site, f"/branches/{site.world.samarkand.branch.id}/", if_none_match="*").status_code == 404
    assert get(site, "/branches/?ordering=secret", if_none_match=tag).status_code == 400


def test_what_is_the_same_costs_no_statement_more_than_a_list(site: MadeUpSite) -> None:
    first = get(site).headers
    engine = site.platform.database.engine
    with record_statements(engine) as whole:
        get(site, "/rooms/")
    with record_statements(engine) as by_tag:
        assert get(site, if_none_match=first["etag"]).status_code == 304
    with record_statements(engine) as by_time:
        assert get(site, if_modified_since=first["last-modified"]).status_code == 304
    with record_statements(engine) as kept:
        assert "last-modified" in get(site).headers
    assert len(kept) == len(whole) == 3
    assert len(by_tag) <= len(whole)
    assert len(by_time) < len(whole)


def test_the_document_tells_of_it(site: MadeUpSite) -> None:
    described = site.document()["paths"]["/branches/"]["get"]
    assert {"If-None-Match", "If-Modified-Since"} <= {parameter["name"] for parameter in described["parameters"]}
    assert "304" in described["responses"]
    assert {"ETag", "Last-Modified"} <= set(described["responses"]["200"]["headers"])
    assert "304" not in site.document()["paths"]["/rooms/"]["get"]["responses"]


@pytest.mark.parametrize("options", [{"public": True}, {"method": "POST"}])
def test_only_reading_as_somebody_is_structure(options: dict[str, Any]) -> None:
    check_cache(SPEC.get("/halls/", rename, cache=Cache.STRUCTURE))
    method = options.pop("method", "GET")
    with pytest.raises(ValueError, match="in common"):
        check_cache(SPEC.operation(method, "/halls/", rename, cache=Cache.STRUCTURE, **options))


def test_shapes_for_different_readers_have_the_same_keys() -> None:
    check_shapes(lambda actor: RoomOut, RoomOut)
    with pytest.raises(TypeError, match="other keys"):
        check_shapes(lambda actor: RoomOut, BranchOut)
