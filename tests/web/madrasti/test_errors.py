"""The bodies of errors, as the document prints them."""

from __future__ import annotations

import logging
import re

import pytest

from educore import Role
from educore_web.apis.madrasti.spec import madrasti
from educore_web.rest.listing import PageQuery
from educore_web.rest.request import RequestData
from support.web.madrasti_school import School

NOW = "2024-01-01T10:00:00Z"


def test_an_unknown_path_and_a_wrong_method(school: School) -> None:
    answer = school.site.wire.send("GET", "/madrasti/api/nowhere/")
    assert answer.status_code == 404
    assert answer.json() == {
        "error": "Resource not found",
        "error_code": "RESOURCE_NOT_FOUND",
        "timestamp": NOW,
        "details": {"message": "Not found"},
    }
    answer = school.site.wire.send("DELETE", "/madrasti/api/users/login/")
    assert (answer.status_code, answer.json()["error_code"]) == (405, "METHOD_NOT_ALLOWED")


def test_a_body_that_is_no_json(school: School) -> None:
    path, kind = "/madrasti/api/users/login/", {"content-type": "application/json"}
    for content in (b"{", b"[]", b'"x"', b"\xff"):
        answer = school.site.wire.send("POST", path, content=content, headers=kind)
        assert (answer.status_code, answer.json()["error_code"]) == (400, "VALIDATION_ERROR")
        assert set(answer.json()["details"]) == {"non_field_errors"}
    answer = school.site.wire.send("POST", path, content=b"x", headers={"content-type": "text/csv"})
    assert (answer.status_code, answer.json()["error_code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_failure_has_a_random_number_that_is_in_the_log(
    school: School, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caller = school.caller("sardor")

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr("educore_web.rest.execution._act", fail)
    header = {"authorization": f"Bearer {caller.token}"}
    with caplog.at_level(logging.ERROR, logger="educore"):
        answers = [school.site.wire.send("GET", "/madrasti/api/users/profile/", headers=header) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [500, 500]
    first, second = (answer.json() for answer in answers)
    assert (first["error_code"], first["error"]) == ("INTERNAL_ERROR", "Internal server error")
    assert first["details"]["message"] == "An unexpected error occurred. Please try again later."
    assert re.fullmatch("err_[0-9a-f]{16}", first["details"]["error_id"])
    assert first["details"]["error_id"] != second["details"]["error_id"]
    assert first["details"]["error_id"] in caplog.text
    assert "secret" not in str(first)


def test_a_role_without_the_right_learns_who_has_it(school: School) -> None:
    answer = school.caller("timur").post(
        "/users/register/",
        {"email": "x@example.com", "password": "password123", "first_name": "X", "last_name": "Y", "role": "STUDENT"},
    )
    assert answer.status == 403
    assert answer.body == {
        "error": "You don't have permission to perform this action",
        "error_code": "PERMISSION_DENIED",
        "timestamp": NOW,
        "details": {
            "required_permissions": ["can_manage_users"],
            "user_role": "TEACHER",
            "required_roles": ["ADMIN", "STAFF"],
        },
    }


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("fr", "Identifiants invalides"),
        ("fr-MA,ar;q=0.5", "Identifiants invalides"),
        ("en", "Invalid credentials"),
        ("ru", "Invalid credentials"),
        ("de, ru;q=0.9", "Invalid credentials"),
        ("", "Invalid credentials"),
    ],
)
def test_sentences_follow_the_language_of_the_request(school: School, header: str, sentence: str) -> None:
    body = {"email": "nobody@example.com", "password": "wrong pass 1"}
    answer = school.caller().post("/users/login/", body, accept_language=header)
    assert (answer["error"], answer["error_code"]) == (sentence, "INVALID_CREDENTIALS")


def test_a_page_says_where_it_is() -> None:
    request = RequestData(
        "/api/homework/homework/", {"page": "2", "subject": "1"}, None, "en", "", "http://localhost:8000"
    )
    envelope = madrasti.dialect.page([1] * 20, count=156, request=request, page=PageQuery(2, 20))
    assert list(envelope) == ["count", "next", "previous", "page_info", "results"]
    assert envelope["page_info"] == {
        "current_page": 2,
        "total_pages": 8,
        "page_size": 20,
        "has_next": True,
        "has_previous": True,
    }
    assert envelope["next"] == "http://localhost:8000/api/homework/homework/?page=3&subject=1"
    empty = madrasti.dialect.page([], count=0, request=request, page=PageQuery(1, 20))
    assert (empty["page_info"]["total_pages"], empty["next"], empty["previous"]) == (1, None, None)


def test_the_document_speaks_to_the_people_of_a_school() -> None:
    assert madrasti.speaks_to == frozenset(Role) - {Role.ANONYMOUS}
