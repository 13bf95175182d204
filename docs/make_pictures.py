"""Takes the screenshots of these pages: serves the demonstration data and walks through the admin in headless Chromium.

nox -s pictures
"""

from __future__ import annotations

import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright
from pydantic import SecretStr

from educore_web.app import compose, open_platform
from educore_web.demo import load_demo
from educore_web.settings import Settings

PICTURES = Path(__file__).parent / "pictures"
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
QUIETLY = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SHOTS = [
    ("dashboard", "/admin/", DESK),
    ("students", "/admin/student/list", DESK),
    ("new-group", "/admin/group/create", DESK),
    ("calendar", "/admin/timetable", DESK),
    ("class-grid", "/admin/timetable > a.lesson[href$='/marks']", DESK),
    ("mark-sheet", "/admin/exam/list > a[href$='/results']", DESK),
    ("phone", "/admin/", PHONE),
    ("phone-calendar", "/admin/timetable", PHONE),
]
"""What each picture is called and where it is taken; behind ` > ` the first such link on the page is followed."""


def main() -> None:
    """Take them all anew."""
    browser_path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with served() as site, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_path, args=QUIETLY)
        for name, address, size in SHOTS:
            page = signed_in(browser, site, size)
            path, _, link = address.partition(" > ")
            page.goto(f"{site}{path}", wait_until="networkidle")
            if link:
                page.locator(link).first.click()
                page.wait_for_load_state("networkidle")
            page.wait_for_timeout(1000)  # the charts grow for a moment
            page.screenshot(path=PICTURES / f"{name}.png")
        browser.close()


def signed_in(browser: Browser, site: str, size: dict[str, int]) -> Page:
    """A fresh window in which the first director is signed in."""
    page = browser.new_page(viewport=size)
    page.goto(f"{site}/admin/login")
    page.fill("input[name=username]", "director1")
    page.fill("input[name=password]", "Director@123")
    page.click("button[type=submit]")
    page.wait_for_load_state("networkidle")
    return page


@contextmanager
def served() -> Iterator[str]:
    """The platform with its demonstration data, at an address of its own, for as long as it is needed."""
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as listening:
        site = f"http://127.0.0.1:{listening.getsockname()[1]}"
        settings = Settings(
            database=f"sqlite:///{folder}/pictures.db",
            secret=SecretStr("for pictures only " * 2),
            files=Path(folder),
            public_url=site,
        )
        platform = open_platform(settings)
        platform.database.upgrade()
        load_demo(platform.school)
        server = uvicorn.Server(uvicorn.Config(compose(platform), log_config=None, ws="none"))
        running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        running.start()
        yield site
        server.should_exit = True
        running.join()


if __name__ == "__main__":
    main()
