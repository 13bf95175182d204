"""Take the screenshots of the guides: serve the demo data and open the admin in headless Chromium.

Run it with `nox -s pictures`.
"""

from __future__ import annotations

import io
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from pydantic import SecretStr

from educore_web.app import compose
from educore_web.demo import load_demo
from educore_web.runtime.platform import open_platform
from educore_web.settings import Settings

PICTURES = Path(__file__).parent / "pictures"
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CLASS_WITH_MARKS = "Grade+5+-+A"
"""A class of the school in the demo whose registers are kept."""

STUDENTS_FILE = """\
username,first_name,last_name,phone,branch,group,enrollment_date
malika.tosheva,Malika,Tosheva,+998 90 555 01 01,Chilonzor,Korean-02,2026-09-01
jasur.aliyev,Jasur,Aliyev,55501,Chilonzor,Korean-02,2026-09-01
director1,Nodira,Umarova,+998 90 555 01 03,Chilonzor,IELTS-03,2026-09-01
sardor.qodirov,Sardor,Qodirov,+998 90 555 01 04,Chilanzar,,2026-09-01
lola.yusupova,Lola,Yusupova,+998 90 555 01 05,Yunusobod,Math-01,31.02.2026
malika.tosheva,Malika,Tosheva,+998 90 555 01 06,Chilonzor,,2026-09-01
"""
"""A file of students, with an error in every row except the first."""


def follow(link: str) -> Callable[[Page], None]:
    """Return a step that clicks the first link that matches the selector."""
    return lambda page: page.locator(link).first.click()


def check_file(page: Page) -> None:
    """Upload the file of students and check it."""
    file = {"name": "students.csv", "mimeType": "text/csv", "buffer": STUDENTS_FILE.encode()}
    page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]  # as Playwright documents it
    page.get_by_role("button", name="Check").click()


def open_class(page_of_class: str) -> Callable[[Page], None]:
    """Return a step that opens one of the pages of the first class of a list: its week or its month."""

    def act(page: Page) -> None:
        link = page.locator("td a[href*='/group/details/']").first.get_attribute("href") or ""
        place = link.replace("/details", "")
        page.goto(f"{page.url.partition('/admin')[0]}{place}/{page_of_class}", wait_until="networkidle")
        if page_of_class == "month" and not page.locator("td .day-mark").count():
            page.locator("a[rel=prev]").click()  # the month has just begun

    return act


SHOTS: list[tuple[str, str, Callable[[Page], None] | None]] = [
    ("dashboard", "/admin/", None),
    ("students", "/admin/student/list", None),
    ("calendar", "/admin/timetable", None),
    ("class-grid", "/admin/timetable", follow("a.lesson[href$='/marks']")),
    ("mark-sheet", "/admin/exam/list", follow("a[href$='/results']")),
    ("money", "/admin/money", None),
    ("leads", "/admin/leads", None),
    ("import", "/admin/imports?kind=students", check_file),
]
"""The name of each picture, the path of its page, and a step before the screenshot."""

SCHOOL_SHOTS: list[tuple[str, str, Callable[[Page], None] | None]] = [
    ("school-class", "/admin/group/list", follow("td a[href*='/group/details/']")),
    ("school-week", "/admin/group/list", open_class("week")),
    ("school-month", f"/admin/group/list?search={CLASS_WITH_MARKS}", open_class("month")),
]
"""The same of a school."""


def main() -> None:
    """Take all screenshots again."""
    browser_path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with serve_demo() as site, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_path, args=CHROMIUM_ARGUMENTS)
        for page, shots in (
            (sign_in(browser, site, "director1", "Director@123"), SHOTS),
            (sign_in(browser, site, "admin@madrasti.ma", "Admin@123"), SCHOOL_SHOTS),
        ):
            for name, address, act in shots:
                take_picture(page, f"{site}{address}", act, PICTURES / f"{name}.png")
        browser.close()


def take_picture(page: Page, address: str, act: Callable[[Page], None] | None, file: Path) -> None:
    """Open a page, do the step on it, and save what it shows."""
    page.goto(address, wait_until="networkidle")
    if act is not None:
        act(page)
        page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1000)  # the charts are animated
    save_picture(page.screenshot(), file)


def save_picture(picture: bytes, file: Path) -> None:
    """Write a PNG with a palette, which makes it a third as large.

    The octree method keeps rare colors.
    """
    with Image.open(io.BytesIO(picture)) as taken:
        taken.convert("RGB").quantize(method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
            file, optimize=True
        )


def sign_in(browser: Browser, site: str, name: str, password: str) -> Page:
    """Return a page of its own browser window on which somebody is signed in."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(f"{site}/admin/login")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_load_state("networkidle")
    return page


@contextmanager
def serve_demo() -> Iterator[str]:
    """Serve the platform with its demo data and yield its address."""
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
