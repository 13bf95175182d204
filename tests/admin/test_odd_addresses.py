"""Odd addresses and questions of the admin: refused or ignored, never a failure of ours, and never a file of ours."""

from __future__ import annotations

from urllib.parse import quote

import pytest

SCREEN = "/student/list"
QUESTIONS = [
    *("page=0", "page=-1", "page=x", "page=99999999999999999999", "page=1e3", "page=", "page=%00"),
    *("pageSize=0", "pageSize=-5", "pageSize=x", "pageSize=1000000", "page_size=%ff"),
    *("sortBy=password_hash", "sortBy=user.password_hash", "sortBy=__class__", "sortBy=id;drop", "sort=up", "sortBy="),
    *("search=%25", "search=_", "search=%5C", "search=%00", "search=%ff%fe", "search=" + quote("😀" * 50)),
    *("search=" + "a+" * 10, "search='+OR+1=1--", "search={{7*7}}", "status=x", "center_id=2", "id=1&id=2"),
    *("user__password_hash__startswith=a", "pks=1", "a" * 5000, "=&=&=", "%=%", "page[]=1"),
]
READ = ("page=", "pageSize=1000000")
"""Odd page numbers and sizes that are understood: the first page, and the largest size."""

PATHS = [
    "/../../etc/passwd",
    "/..%2f..%2fetc%2fpasswd",
    "/statics/../../../etc/passwd",
    "/statics/..%2f..%2f..%2fetc/passwd",
    "/statics/%2e%2e/%2e%2e/settings.py",
    "/statics//etc/passwd",
    "/student/details/1/../../2",
    "/student/details/%00",
    "/student/details/" + "9" * 400,
    "/student/edit/-1",
    "/" + "a/" * 300,
    "/student/ajax/lookup?name=%00&term=%00",
    "/student/export/exe",
    "/nobody/list",
    "/__class__/list",
]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda text: ascii(text[:30]))
def test_an_odd_question_is_refused_or_ignored(question, browser_of, world):
    answer = browser_of("dilnoza-r").get(f"{SCREEN}?{question}")
    is_wrong = question.startswith(("page=", "pageSize=")) and question not in READ
    assert answer.status_code == (400 if is_wrong else 200), answer.text[:500]
    assert "Ali Zukko" not in answer.text
    assert "argon2" not in answer.text


@pytest.mark.parametrize("path", PATHS, ids=lambda text: ascii(text[:30]))
def test_an_odd_address_is_not_found(path, browser_of, world):
    answer = browser_of("dilnoza-r").get(path)
    assert answer.status_code == (403 if "lookup" in path else 404), answer.text[:500]
    assert "root:" not in answer.text
