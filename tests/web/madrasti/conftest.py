"""The school that the tests of Madrasti call."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.web.madrasti_classes import Classes, found_classes
from support.web.madrasti_school import School, found_school
from support.web.running_platform import RunningPlatform


@pytest.fixture
def school(site: RunningPlatform) -> Iterator[School]:
    """Tashkent as a school, where visitors register."""
    found = found_school(site)
    found.change_center({"handle": "tashkent"})
    with found.sign_up_center("tashkent"):
        yield found


@pytest.fixture
def classes(school: School) -> Classes:
    """Its two classes."""
    return found_classes(school)
