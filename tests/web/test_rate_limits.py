"""The number of requests in an hour, where an API limits it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import pytest

from educore import Educore, Problem, Shape
from educore.organization import Branch
from educore.values import Line, Name
from educore_web.rest import rate_limits
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.dialect import About, Translate
from educore_web.rest.quota import Quota
from educore_web.rest.rate_limits import HEADERS, OTHERS, RateLimits, WindowCounts
from educore_web.rest.self_description import health_operation
from educore_web.rest.spec import ApiSpec
from support.lockers.api import CodeDialect
from support.web.client import Answer
from support.web.made_up_site import MadeUpSite, made_up_site

RESET = int(datetime(2024, 1, 1, 11, tzinfo=UTC).timestamp())


class LimitedDialect(CodeDialect):
    """Shows what a refusal knows."""

    def error(self, problem: Problem, *, status: int, translate: Translate, about: About) -> dict[str, Any]:
        """Return the code and the parameters."""
        params = {name: str(value) for name, value in problem.params.items()}
        return {"code": problem.code, "sentence": translate(problem), **params}


class BranchIn(Body, of=Branch):
    """A branch."""

    name: Name
    address: Line = ""


class BranchOut(Shape, of=Branch):
    """A branch."""

    id: int
    name: str


class SignInIn(Body):
    """A name."""

    email: Annotated[str, To(None)]


def sign_in(school: Educore, data: Body) -> dict[str, Any]:
    """Sign in."""
    return {"id": 1, "name": data.email}  # type: ignore[attr-defined]


SPEC = ApiSpec(
    "limited",
    title="Limited",
    prefix="/limited",
    base="/v1",
    dialect=LimitedDialect(),
    examples={},
    rate_limits=RateLimits(signed_in=5, strangers=3, sign_in=2, uploads=2, bulk=1),
)
OPERATIONS = [
    SPEC.list("/branches/", BranchOut),
    SPEC.create("/bulk/", Branch, BranchIn, BranchOut, quota=Quota.BULK),
    SPEC.create("/uploads/", Branch, BranchIn, BranchOut, quota=Quota.UPLOAD),
    SPEC.post("/login/", sign_in, body=SignInIn, out=BranchOut, public=True, quota=Quota.SIGN_IN, quota_field="email"),
    SPEC.get("/refresh/", lambda: {"id": 1, "name": ""}, out=BranchOut, public=True, quota=Quota.NONE),
    health_operation(SPEC, "/health/", version="1.0.0", parts={}),
]


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeUpSite]:
    with made_up_site(tmp_path_factory.mktemp("limited"), SPEC, OPERATIONS, origins="https://app.example") as opened:
        yield opened


def window(answer: Answer) -> tuple[int, ...]:
    """Return the four headers of an answer."""
    return tuple(int(answer.headers[name]) for name in HEADERS)


def test_every_answer_tells_what_is_left(site: MadeUpSite) -> None:
    first = site.send("dilshod", "GET", "/branches/")
    assert (first.status_code, window(first)) == (200, (5, 4, RESET, 3600))
    for path, status, left in (("/branches/?ordering=x", 400, 3), ("/nothing/", 404, 2)):
        answer = site.send("dilshod", "GET", path)
        assert (answer.status_code, window(answer)[1]) == (status, left)
    refused = site.send(None, "GET", "/branches/")
    assert (refused.status_code, window(refused)) == (401, (3, 2, RESET, 3600))
    assert site.send("sardor", "POST", "/bulk/", {"name": "X"}).status_code == 403
    assert site.send(None, "OPTIONS", "/branches/").headers.get("x-ratelimit-limit") is None


def test_one_too_many_is_refused_until_the_next_full_hour(site: MadeUpSite) -> None:
    site.clock.advance(minutes=30)
    answers = [site.send("dilshod", "GET", "/branches/") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    refused = answers[-1]
    assert window(refused) == (5, 0, RESET, 3600)
    assert refused.headers["retry-after"] == "1800"
    assert refused.json() == {
        "code": "too_many_attempts",
        "sentence": "Too many attempts; try again in 1800 seconds.",
        "limit": "5",
        "window": "3600",
        "reset_at": "2024-01-01 11:00:00+00:00",
        "retry_after": "1800",
    }
    assert site.send("malika", "GET", "/branches/").status_code == 200  # everybody counts alone
    site.clock.advance(minutes=29, seconds=59)
    assert site.send("dilshod", "GET", "/branches/").headers["retry-after"] == "1"
    site.clock.advance(seconds=1)
    site.tokens.clear()
    assert window(site.send("dilshod", "GET", "/branches/")) == (5, 4, RESET + 3600, 3600)


def test_a_refused_request_changes_and_reads_nothing(site: MadeUpSite) -> None:
    made = [site.send("dilshod", "POST", "/bulk/", {"name": f"Branch {number}"}) for number in range(2)]
    assert [answer.status_code for answer in made] == [201, 429]
    names = [row["name"] for row in site.send("dilshod", "GET", "/branches/").json()["results"]]
    assert "Branch 0" in names
    assert "Branch 1" not in names


def test_bulk_and_uploads_count_twice_and_tell_of_the_strictest(site: MadeUpSite) -> None:
    assert window(site.send("dilshod", "POST", "/uploads/", {"name": "One"})) == (2, 1, RESET, 3600)
    assert window(site.send("dilshod", "GET", "/branches/")) == (5, 3, RESET, 3600)
    assert window(site.send("dilshod", "POST", "/bulk/", {"name": "Two"})) == (1, 0, RESET, 3600)
    assert site.send("dilshod", "POST", "/uploads/", {"name": "Three"}).status_code == 201
    refused = site.send("dilshod", "POST", "/uploads/", {"name": "Four"})
    assert (refused.status_code, refused.json()["limit"]) == (429, "2")


def test_a_sign_in_counts_for_its_address_and_name(site: MadeUpSite) -> None:
    for _ in range(2):
        assert site.send(None, "POST", "/login/", {"email": "a@school.test"}).status_code == 200
    assert site.send(None, "POST", "/login/", {"email": " A@School.test"}).status_code == 429
    assert window(site.send(None, "POST", "/login/", {"email": "b@school.test"})) == (2, 1, RESET, 3600)
    assert window(site.send(None, "GET", "/branches/")) == (3, 2, RESET, 3600)  # for whom sign-ins do not count


def test_a_bad_sign_in_counts_too(site: MadeUpSite) -> None:
    assert [site.send(None, "POST", "/login/", {}).status_code for _ in range(3)] == [400, 400, 429]
    assert window(site.send(None, "POST", "/login/", {}))[1] == 0


def test_a_forged_token_counts_for_the_address(site: MadeUpSite) -> None:
    headers = {"authorization": "Bearer forged"}
    answers = [site.send(None, "GET", "/branches/", headers=headers) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert site.send("dilshod", "GET", "/branches/").status_code == 200


@pytest.mark.parametrize("path", ["/health/", "/refresh/"])
def test_what_clients_ask_by_themselves_is_free(site: MadeUpSite, path: str) -> None:
    for _ in range(7):
        answer = site.send("dilshod", "GET", path)
        assert (answer.status_code, answer.headers.get("x-ratelimit-limit")) == (200, None)
    assert window(site.send("dilshod", "GET", "/branches/"))[1] == 4


def test_pages_of_named_sites_may_read_the_headers_also_of_refusals(site: MadeUpSite) -> None:
    for _ in range(4):
        answer = site.send(None, "GET", "/branches/", headers={"origin": "https://app.example"})
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        assert {name.lower() for name in HEADERS} <= set(_exposed(answer))
    assert answer.status_code == 429


def _exposed(answer: Answer) -> list[str]:
    return [name.strip().lower() for name in answer.headers["access-control-expose-headers"].split(",")]


def test_the_document_tells_of_the_limits(site: MadeUpSite) -> None:
    paths = site.document()["paths"]
    assert "429" in paths["/v1/branches/"]["get"]["responses"]
    assert set(HEADERS) <= set(paths["/v1/branches/"]["get"]["responses"]["200"]["headers"])
    assert "headers" not in paths["/v1/health/"]["get"]["responses"]["200"]


def test_the_memory_for_strangers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "MOST_STRANGERS", 2)
    counts = WindowCounts()
    assert [counts.add(f"address:{number}", start=0) for number in range(5)] == [1, 1, 1, 2, 3]
    assert counts.add("address:1", start=0) == 2
    assert counts.add("user:7", start=0) == 1
    assert set(counts.counts) == {"address:0", "address:1", OTHERS, "user:7"}
    assert counts.add("address:9", start=3600) == 1
    assert set(counts.counts) == {"address:9"}
