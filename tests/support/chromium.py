"""Chromium, for the tests that need a real browser.

A developer without Chromium skips these tests, visibly. Where CI is set, as `.ci/run` does, they fail instead.
"""

from __future__ import annotations

import os
import shutil

import pytest
from playwright.sync_api import Browser, Page, Playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MISSING = "Chromium is not installed: apt-get install chromium"
IS_REQUIRED = os.environ.get("CI", "").lower() not in ("", "0", "false")

needs_chromium = pytest.mark.skipif(CHROMIUM is None and not IS_REQUIRED, reason=MISSING)
"""Skip a test where there is no Chromium, except in CI."""

ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


def open_browser(playwright: Playwright) -> Browser:
    """Start a browser without a window. Fails the test where Chromium is missing."""
    if CHROMIUM is None:
        pytest.fail(MISSING)
    return playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)


def choose_row(page: Page, field: str, *, term: str, name: str) -> None:
    """Search for a row in a select that looks rows up, and choose it."""
    page.locator(f"#q-{field} + .select2-container").click()
    page.locator(".select2-search__field").fill(term)
    page.locator(".select2-results__option", has_text=name).click()


def fits_window(page: Page) -> bool:
    """Whether nothing sticks out of the window sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
