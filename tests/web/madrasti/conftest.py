"""The school that the tests of Madrasti call."""

from __future__ import annotations

import pytest

from support.web.madrasti_classes import Classes, found_classes
from support.web.madrasti_school import School, found_school
from support.web.running_platform import RunningPlatform


@pytest.fixture
def school(site: RunningPlatform) -> School:
    """Tashkent as a school."""
    return found_school(site)


@pytest.fixture
def classes(school: School) -> Classes:
    """Its two classes."""
    return found_classes(school)
