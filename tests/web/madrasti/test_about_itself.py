"""What Madrasti tells of itself: its document, its health, and how many requests are left."""

from __future__ import annotations

from educore_web.apis.madrasti import SPEC
from educore_web.app import compose
from educore_web.rest.rate_limits import RateLimits
from support.web.client import AsgiConnection
from support.web.madrasti_school import Caller, School, document


def test_health_names_its_parts_in_the_order_of_the_document(school: School) -> None:
    answer = school.caller().get("/health/")
    assert list(answer.body) == ["status", "timestamp", "version", "database", "redis", "cloudinary"]
    assert (answer["status"], answer["version"], answer["database"]) == ("healthy", "1.0.0", "connected")
    assert (answer["redis"], answer["cloudinary"]) == ("not_configured", "not_configured"), "which degrades nothing"


def test_the_document_is_served_to_everybody(school: School) -> None:
    assert school.caller().get("/schema/").body == document().document


def test_a_visitor_may_ask_a_hundred_times_an_hour(school: School) -> None:
    wire = AsgiConnection(compose(school.site.platform))
    try:
        path, limit = f"{SPEC.prefix}{SPEC.base}/users/profile/", RateLimits().strangers
        for left in range(limit - 1, -1, -1):
            answer = wire.send("GET", path)
            assert (answer.status_code, answer.headers["x-ratelimit-remaining"]) == (401, str(left))
        refused = wire.send("GET", path)
        assert (refused.status_code, refused.json()["error_code"]) == (429, "RATE_LIMIT_EXCEEDED")
        assert refused.json()["details"]["limit"] == limit
        assert wire.send("GET", f"{SPEC.prefix}{SPEC.base}/health/").status_code == 200, "health counts nowhere"
        signed_in = Caller(wire, school.login("dilshod")["access"]).get("/users/profile/")
        assert (signed_in.status, signed_in.headers["x-ratelimit-limit"]) == (200, str(RateLimits().signed_in))
    finally:
        wire.close()
