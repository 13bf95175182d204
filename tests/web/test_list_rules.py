"""The rules of lists that an API may choose: limits, several values, words in either case, strict flags."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import pytest

from educore import From, Shape
from educore.organization import Branch, BranchStatus, Room
from educore_web.rest.filters import id_filter
from educore_web.rest.list_rules import MOST_VALUES, ListRules
from educore_web.rest.spec import ApiSpec
from support.lockers.api import CodeDialect
from support.web.made_up_site import MadeUpSite, made_up_site


class StrictDialect(CodeDialect):
    """Lists as many documents have them."""

    lists = ListRules(
        since="__gte",
        until="__lte",
        many_values=True,
        folds_words=True,
        strict_flags=True,
        always=("created_at", "is_available", "is_active"),
    )


class BranchOut(Shape, of=Branch):
    """A branch."""

    id: int
    name: str
    status: BranchStatus
    created_at: Any


class RoomOut(Shape, of=Room):
    """A room."""

    id: int
    name: str
    branch: Annotated[int, From("branch_id")]


SPEC = ApiSpec("lists", title="Lists", prefix="/lists", base="", dialect=StrictDialect(), examples={})
OPERATIONS = [
    SPEC.list("/branches/", BranchOut, orderings=("id", "name"), filters=(id_filter("ids", "id"),)),
    SPEC.list("/rooms/", RoomOut),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeUpSite]:
    with made_up_site(tmp_path_factory.mktemp("lists"), SPEC, OPERATIONS) as opened:
        yield opened


@pytest.fixture(scope="module")
def branches(site: MadeUpSite) -> dict[str, int]:
    """The ids of the branches: two in Tashkent, one in Samarkand."""
    town, other = site.world.tashkent, site.world.samarkand
    return {"open": town.branch.id, "closed": town.closed_branch.id, "abroad": other.branch.id}


def ids(site: MadeUpSite, query: str, *, path: str = "/branches/", name: str = "dilshod") -> list[int]:
    """Return the ids of the rows that somebody finds."""
    answer = site.send(name, "GET", f"{path}?{query}")
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["results"]]


def refusal(site: MadeUpSite, query: str, *, path: str = "/branches/") -> Any:
    """Return the codes of the problems of a query."""
    answer = site.send("dilshod", "GET", f"{path}?{query}")
    assert answer.status_code == 400, answer.text
    return answer.json()


def test_several_ids_with_commas(site: MadeUpSite, branches: dict[str, int]) -> None:
    open_, closed = branches["open"], branches["closed"]
    assert ids(site, f"ids={open_}") == [open_]
    assert ids(site, f"ids={open_},{closed}") == [open_, closed]
    assert ids(site, f"ids={closed}, {open_},{closed}") == [open_, closed]
    room = site.world.tashkent.room
    assert ids(site, f"branch={closed},{open_}", path="/rooms/") == [room.id]
    assert ids(site, f"branch={closed}", path="/rooms/") == []


def test_an_id_out_of_sight_matches_nothing(site: MadeUpSite, branches: dict[str, int]) -> None:
    wanted = f"ids={branches['abroad']},{branches['open']},999999"
    assert ids(site, wanted, name="rustam") == [branches["open"], branches["abroad"]]
    assert ids(site, wanted) == [branches["open"]]
    abroad = site.world.samarkand.room.id
    assert ids(site, f"branch={branches['abroad']}", path="/rooms/", name="davron") == [abroad]
    assert ids(site, f"branch={branches['abroad']}", path="/rooms/") == []


@pytest.mark.parametrize("text", ["1,x", "1,,2", ",", "-1", "1.5", "9" * 20, "1," + "9" * 20, "null", "%00"])
def test_what_is_no_id_is_refused(site: MadeUpSite, text: str) -> None:
    assert refusal(site, f"ids={text}") == {"ids": ["int_parsing"]}


def test_too_many_ids_are_refused(site: MadeUpSite) -> None:
    assert ids(site, "ids=" + ",".join(map(str, range(10**6, 10**6 + MOST_VALUES)))) == []
    many = ",".join(map(str, range(10**6, 10**6 + MOST_VALUES + 1)))
    assert refusal(site, f"ids={many}") == {"ids": ["too_long"]}
    assert refusal(site, "ids=" + ",".join(["1"] * (MOST_VALUES + 1))) == {"ids": ["too_long"]}


def test_words_in_either_case_and_several(site: MadeUpSite, branches: dict[str, int]) -> None:
    open_, closed = BranchStatus.OPEN.value, BranchStatus.CLOSED.value
    assert ids(site, f"status={closed}") == [branches["closed"]]
    assert ids(site, f"status={closed.upper()}") == [branches["closed"]]
    assert ids(site, f"status={closed.title()},{open_.upper()}") == [branches["open"], branches["closed"]]
    assert refusal(site, f"status={open_},asleep") == {"status": ["enum"]}


@pytest.mark.parametrize("text", ["maybe", "1", "True", "TRUE", "yes", "true,false", " true"])
def test_flags_are_true_or_false(site: MadeUpSite, text: str) -> None:
    room = site.world.tashkent.room.id
    assert ids(site, "is_available=true", path="/rooms/") == [room]
    assert ids(site, "is_available=false", path="/rooms/") == []
    assert refusal(site, f"is_available={text}", path="/rooms/") == {"is_available": ["bool_parsing"]}


def test_limits_have_the_ends_of_the_api(site: MadeUpSite, branches: dict[str, int]) -> None:
    both = [branches["open"], branches["closed"]]
    assert ids(site, "created_at__gte=2024-01-01&created_at__lte=2024-01-01") == both  # the whole day
    assert ids(site, "created_at__gte=2024-01-01T10:00:00Z") == both
    assert ids(site, "created_at__gte=2024-01-02") == []
    assert ids(site, "created_at__lte=2024-01-01T09:59:59Z") == []
    assert ids(site, "created_at_from=2024-01-02") == both  # the end of another API is unknown here
    assert set(refusal(site, "created_at__gte=soon")) == {"created_at__gte"}


def test_some_fields_filter_every_list(site: MadeUpSite) -> None:
    assert ids(site, "created_at__gte=2024-01-02", path="/rooms/") == []  # which shows no such field
    assert "is_active" not in site.parameters("/rooms/")  # which its kind lacks


def test_sizes_and_orders(site: MadeUpSite) -> None:
    assert refusal(site, "page_size=0") == {"page_size": ["int_between"]}
    assert len(ids(site, "page_size=1000")) == 2
    assert refusal(site, "ordering=password") == {"ordering": ["bad_ordering"]}
    assert refusal(site, "ordering=status") == {"ordering": ["bad_ordering"]}
    assert len(ids(site, "ordering=-name,id")) == 2


def test_the_document_shows_the_rules(site: MadeUpSite) -> None:
    found = site.parameters("/branches/")
    assert found["ids"]["schema"]["items"]["type"] == "integer"
    assert (found["ids"]["style"], found["ids"]["explode"]) == ("form", False)
    assert found["status"]["schema"]["items"]["enum"] == [word.value for word in BranchStatus]
    assert {"created_at__gte", "created_at__lte"} <= set(found)
