"""Pages name our own addresses as paths, whatever a request calls us."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing

import pytest

from support.admin.browser import Browser
from support.admin.lessons import Lessons
from support.admin.town import World

ELSEWHERE = "http://evil.example"
MOST_PAGES = 150
LINK = re.compile(r'href="(/admin/[^"#]*)"')


@pytest.fixture
def astray(world: World) -> Iterator[Browser]:
    """The director, in a browser that reaches us by a name that is not ours."""
    with closing(Browser(world.app, ELSEWHERE)) as browser:
        browser.sign_in("dilnoza-r")
        yield browser


def test_no_page_repeats_the_host_it_was_asked_by(astray: Browser, lessons: Lessons) -> None:
    to_see, seen = ["/admin/"], set[str]()
    while to_see and len(seen) < MOST_PAGES:
        path = to_see.pop(0)
        seen.add(path)
        page = astray.send("GET", path.replace("&amp;", "&"), follow_redirects=False)
        assert page.status_code == 200, path
        assert "evil.example" not in page.text + str(page.headers), path
        found = dict.fromkeys(LINK.findall(page.text))
        to_see += [link for link in found if link not in seen and link not in to_see and "statics" not in link]
    assert len(seen) > 50, "the pages are linked to each other"


def test_deleting_answers_with_a_path(astray: Browser, world: World) -> None:
    answer = astray.delete("/room/delete?pks=999999")
    assert "evil.example" not in answer.text + str(answer.headers)
