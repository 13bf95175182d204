"""The platform at an address with its clock and the cast, and the ways people reach it: both APIs and a browser."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from playwright.sync_api import Page, expect

from educore import Educore, FixedClock, where
from educore.adapters.memory import FakeMail, FakeSms
from educore_web.app import compose
from educore_web.runtime.platform import Platform
from support.cast import PASSWORD, World, create_cast
from support.chromium import choose_row
from support.web.running_platform import disable_fsync, open_test_platform

PATIENCE = 20_000
"""For how many milliseconds a page is waited for, because machines that run tests are busy."""


@dataclass
class LivePlatform:
    """The platform at an address, with its clock and the cast; texts and letters go nowhere but here."""

    platform: Platform
    clock: FixedClock
    world: World
    address: str
    letters: FakeMail
    texts: FakeSms

    @property
    def school(self) -> Educore:
        """What the library opens."""
        return self.platform.school

    def at(self, day: date, hour: int, minute: int = 0) -> None:
        """It is this time of this day in Tashkent."""
        self.clock.time = datetime.combine(day, time(hour, minute), UTC) - timedelta(hours=5)

    def all(self, kind: type[Any], **tests: Any) -> list[Any]:
        """The rows there are, as Dilshod sees them."""
        with self.school.work(self.world.dilshod, read_only=True) as uow:
            return uow.find(kind, where(**tests), order=("id",))

    def one(self, kind: type[Any], **tests: Any) -> Any:
        """The one row there is."""
        (found,) = self.all(kind, **tests)
        return found


@contextmanager
def run_platform(folder: Path) -> Iterator[LivePlatform]:
    """The cast on a real server."""
    listening = socket.create_server(("127.0.0.1", 0))
    address, clock = f"http://127.0.0.1:{listening.getsockname()[1]}", FixedClock()
    letters, texts = FakeMail(), FakeSms()
    platform = open_test_platform(f"sqlite:///{folder / 'school.db'}", folder / "files", clock, public_url=address)
    ports = replace(platform.school.ports, mail=letters, sms=texts)
    platform = replace(platform, school=Educore(platform.database.store, ports))
    disable_fsync(platform.database)
    platform.database.upgrade()
    world = create_cast(platform.database.store, seal=ports.seal)
    server = uvicorn.Server(uvicorn.Config(compose(platform), log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield LivePlatform(platform, clock, world, address, letters, texts)
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
        platform.database.close()


def call_center_crm(site: LivePlatform, name: str, method: str, path: str, **options: Any) -> Any:
    """Sign in to the Center CRM and send one request that must be granted."""
    with httpx.Client(base_url=f"{site.address}/center-crm/api", trust_env=False, timeout=60) as client:
        signed_in = client.post("/auth/login/", json={"username": name, "password": PASSWORD})
        return _granted(client, signed_in.json()["token"], method, path, options)


def call_edumaster(site: LivePlatform, phone: str, method: str, path: str, **options: Any) -> Any:
    """Sign in to EduMaster, where people are known by their phones, and send one request that must be granted."""
    with httpx.Client(base_url=f"{site.address}/edumaster/api", trust_env=False, timeout=60) as client:
        signed_in = client.post("/accounts/login/", json={"phone_number": phone, "password": PASSWORD})
        return _granted(client, signed_in.json()["access"], method, path, options)


def _granted(client: httpx.Client, token: str, method: str, path: str, options: dict[str, Any]) -> Any:
    answer = client.request(method, path, headers={"authorization": f"Bearer {token}"}, **options)
    assert answer.is_success, (path, answer.status_code, answer.text)
    return answer.json() if answer.content else None


@dataclass
class AdminVisitor:
    """Somebody in the admin, who signs in with their own browser where nobody is signed in."""

    site: LivePlatform
    name: str
    page: Page = field(repr=False)

    def visit(self, path: str) -> None:
        """Open a page, signing in where the session has run out."""
        self.page.goto(f"{self.site.address}/admin{path}")
        if "/login" in self.page.url:
            self.page.get_by_label("User name, phone or e-mail").fill(self.name)
            self.page.get_by_label("Password").fill(PASSWORD)
            self.page.get_by_role("button", name="Sign in").click()
            expect(self.page.get_by_role("button", name=self.name.capitalize())).to_be_visible()
            if not self.page.url.endswith(path):
                self.page.goto(f"{self.site.address}/admin{path}")

    def choose(self, field: str, name: str) -> None:
        """Choose a row in a select that looks rows up."""
        choose_row(self.page, field, term=name, name=name)

    def fill(self, **answers: object) -> None:
        """Write answers into the fields of a form."""
        for name, value in answers.items():
            self.page.locator(f"#q-{name}").fill(str(value))

    def press(self, name: str) -> None:
        """Press a button of the page; nothing may be refused."""
        self.page.get_by_role("main").get_by_role("button", name=name, exact=True).click()
        self.is_granted()

    def follow(self, name: str) -> None:
        """Follow a link of the page."""
        self.page.get_by_role("main").get_by_role("link", name=name, exact=True).first.click()

    def open(self, path: str, name: str) -> None:
        """Open a row of a list by its name."""
        self.visit(path)
        self.follow(name)

    def column(self, label: str) -> list[str]:
        """What stands in a column of a list."""
        return [text.strip() for text in self.page.locator(f'td[data-label="{label}"]').all_inner_texts()]

    def save(self) -> None:
        """Send the form; nothing may be refused."""
        self.press("Save")

    def is_granted(self) -> None:
        """Nothing on the page is a refusal."""
        expect(self.page.locator(".alert-danger, .is-wrong, .is-invalid")).to_have_count(0)

    def sees(self, *texts: str) -> None:
        """The page says all of this."""
        for text in texts:
            expect(self.page.get_by_role("main")).to_contain_text(text, timeout=PATIENCE)
