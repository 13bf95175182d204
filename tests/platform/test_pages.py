"""Pages made from code are the committed ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from educore_web.app import APIS
from educore_web.reports.generated_pages import PAGES
from educore_web.rest.further_names_page import render_further_names
from educore_web.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", PAGES)
def test_the_page_is_up_to_date(path, golden):
    golden(ROOT / path, PAGES[path]())


def test_the_page_of_further_names_is_up_to_date(golden):
    golden(ROOT / "docs/further-names.md", render_further_names(APIS.values()))


def test_every_setting_is_described():
    page = PAGES["docs/settings.md"]()
    assert all(f"`EDUCORE_{name.upper()}`" in page for name in Settings.model_fields)
    assert all(field.description for field in Settings.model_fields.values())
