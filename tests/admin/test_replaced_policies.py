"""The admin asks the domain it was given: a replaced policy narrows and widens screens, menus and buttons alike.

Aziza is an admin in Tashkent. Platforms differ only in what their policies grant to admins: what we ship, nothing, and
everything in every Center.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from educore import EDUCATION, Domain, Role, allow, everything, nothing, only_fields
from educore.adapters.memory import PlainPasswords
from educore.billing import Payment
from educore.groups import Group
from educore.identity import Membership, SignIn, User
from educore.kernel.policy import Grants
from educore.organization import Center
from educore.people import Student, StudentStatus
from educore.timetable import Series, Session
from educore_web.admin.menu import MENU_PAGES
from educore_web.admin.screen import RESTORE
from educore_web.admin.screens import SCREENS
from educore_web.admin.screens.learning import STUDENTS
from educore_web.app import create_app
from educore_web.public.dispatcher import Dispatcher
from educore_web.settings import Settings
from support.admin.browser import Browser
from support.admin.forms import read_form, screen_address
from support.cast import PASSWORD, World, create_cast
from support.web.running_platform import SECRET, disable_fsync

SITE = "http://testserver"
REPLACED = [
    screen for screen in SCREENS if screen.kind not in (User, Membership, SignIn, Center) and not screen.in_schools
]
"""The screens of every kind but those that somebody has to read to sign in."""


def with_admins(grants: Callable[[Any], Grants], *kinds: type) -> Domain:
    """Return the education domain with other grants of admins to some kinds, by default to those of `REPLACED`."""
    chosen = kinds or [screen.kind for screen in REPLACED]

    def changed(policy: Any) -> Any:
        return (
            replace(policy, grants={**policy.grants, Role.ADMIN: grants(policy)}) if policy.kind in chosen else policy
        )

    return EDUCATION.extend(
        *(replace(context, policies=tuple(map(changed, context.policies))) for context in EDUCATION.contexts)
    )


def nothing_at_all(policy: Any) -> Grants:
    """Grant nothing, whatever the action."""
    return allow(**dict.fromkeys(policy.actions(), nothing))


def everything_there_is(policy: Any) -> Grants:
    """Grant every action on every row."""
    return allow(**dict.fromkeys(policy.actions(), everything))


def parents_only(policy: Any) -> Grants:
    """Grant reading, and changes of the parents."""
    fields = only_fields(everything, "parent_name", "parent_phone")
    return nothing_at_all(policy) | allow(read=everything, update=fields)


CLOSED = with_admins(nothing_at_all)
OPEN = with_admins(everything_there_is, Center, *(screen.kind for screen in REPLACED))


@dataclass
class Site:
    """A platform with a domain, and the browser of Aziza on it."""

    app: Dispatcher
    browser: Browser

    @cached_property
    def first_page(self) -> str:
        """The page with the menu."""
        return self.browser.get("/").text

    def is_in_menu(self, address: str) -> bool:
        """Return whether the first page has a link to an address."""
        return f'href="/admin{address}"' in self.first_page


OpenSite = Callable[[Domain], Site]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Dispatcher, World, Path]]:
    """The platform as we ship it with the cast in it, and its database file."""
    folder = tmp_path_factory.mktemp("shipped")
    app = create(folder, EDUCATION)
    with closing(app.platform.database) as database:
        disable_fsync(database)
        database.create_all()
        school = app.platform.school
        yield app, create_cast(school.store, seal=school.ports.seal), folder / "school.db"


@pytest.fixture(scope="module")
def world(shipped: tuple[Dispatcher, World, Path]) -> World:
    """The cast, the same people on every platform."""
    return shipped[1]


@pytest.fixture(scope="module")
def site_of(shipped: tuple[Dispatcher, World, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenSite]:
    """Open a platform with another domain on a copy of the database, each once."""
    with ExitStack() as opened:

        @cache
        def open_site(domain: Domain) -> Site:
            folder = tmp_path_factory.mktemp("policies")
            with closing(sqlite3.connect(shipped[2])) as full, closing(sqlite3.connect(folder / "school.db")) as empty:
                full.backup(empty)
            app = create(folder, domain)
            browser = Browser(app, SITE)
            opened.enter_context(closing(app.platform.database))
            opened.enter_context(closing(browser))
            answer = browser.sign_in("aziza", PASSWORD, follow_redirects=False)
            assert answer.headers["location"].endswith("/admin/")
            return Site(app, browser)

        yield open_site


def create(folder: Path, domain: Domain) -> Dispatcher:
    """Create a platform with a domain."""
    database, files = f"sqlite:///{folder / 'school.db'}", folder / "files"
    settings = Settings(database=database, files=files, secret=SecretStr(SECRET), public_url=SITE, worker=False)
    app = create_app(settings, domain=domain)
    app.platform.school.ports = replace(app.platform.school.ports, passwords=PlainPasswords())
    return app


@pytest.mark.parametrize("domain", [CLOSED, OPEN], ids=["closed", "open"])
@pytest.mark.parametrize("screen", REPLACED, ids=lambda screen: screen.name)
def test_screens_menus_and_buttons_follow_the_policies_of_the_domain(
    site_of: OpenSite, screen: Any, domain: Domain
) -> None:
    site, policy, address = site_of(domain), domain.policy(screen.kind), f"/{screen_address(screen.name)}"
    may = {verb: policy.permits(Role.ADMIN, verb) for verb in policy.actions()}
    assert set(may.values()) == {domain is OPEN}
    page = site.browser.get(f"{address}/list?pageSize=100")
    assert (page.status_code == 200) is may["read"]
    assert site.is_in_menu(f"{address}/list") is may["read"]
    assert (site.browser.get(f"{address}/export/csv").status_code == 200) is may["read"]
    has_form = bool(screen.create) and may["read"] and may["create"]
    assert (site.browser.get(f"{address}/create").status_code == 200) is has_form
    assert (f'"/admin{address}/create"' in page.text) is has_form
    if "data-row" in page.text:
        buttons = set(re.findall(rf'data-action="/admin{address}/action/(\w+)"', page.text))
        assert buttons == {
            action.name
            for action in screen.all_actions()
            if not action.single_row and action != RESTORE and may.get(action.verb, may["read"])
        }


def test_an_open_domain_shows_rows_that_the_shipped_one_does_not(site_of: OpenSite, world: World) -> None:
    assert site_of(EDUCATION).browser.get("/payroll/list").status_code == 403
    assert site_of(OPEN).browser.get("/payroll/list").status_code == 200
    for screen in ("branch", "group", "student"):
        shipped, opened = (site_of(domain).browser.get(f"/{screen}/list").text for domain in (EDUCATION, OPEN))
        for town, is_shipped in ((world.tashkent, True), (world.samarkand, False)):
            assert (town.branch.name in shipped, town.branch.name in opened) == (is_shipped, True), screen


def test_pages_of_the_menu_that_are_no_screens_follow_too(site_of: OpenSite) -> None:
    for page in MENU_PAGES:
        path = {"board": "/leads"}.get(page.name, f"/{page.name}")
        assert site_of(OPEN).is_in_menu(path), page.name
        assert not site_of(CLOSED).is_in_menu(path), page.name
        assert site_of(OPEN).browser.get(path).status_code == 200, page.name
        assert site_of(CLOSED).browser.get(path).status_code == 403, page.name


WITHOUT = [with_admins(nothing_at_all, kind) for kind in (Session, Series, Student, Payment)]


@pytest.mark.parametrize("domain", [CLOSED, OPEN, *WITHOUT], ids="closed open session series student payment".split())
def test_no_link_of_a_common_page_leads_to_a_page_that_is_closed(site_of: OpenSite, domain: Domain) -> None:
    browser, links = site_of(domain).browser, set[str]()
    for path in ("/", "/timetable", "/money", "/leads", "/student/list", "/group/list"):
        page = browser.get(path)
        links |= set(re.findall(r'href="/admin(/[^"?#]*)', page.text)) if page.status_code == 200 else set()
    assert "/profile" in links
    assert not {link for link in links if browser.get(link).status_code == 403}


def test_related_rows_are_named_only_where_the_replaced_policy_shows_them(site_of: OpenSite, world: World) -> None:
    closed = site_of(with_admins(nothing_at_all, Group)).browser
    for path in ("/student/list?sortBy=group", "/student/export/csv", f"/student/details/{world.sardor.student_id}"):
        shown, hidden = site_of(EDUCATION).browser.get(path).text, closed.get(path).text
        assert ("Sardor" in shown, "Sardor" in hidden) == (True, True), path
        assert (world.tashkent.morning.name in shown, world.tashkent.morning.name in hidden) == (True, False), path


def test_a_form_asks_only_about_the_fields_that_the_rule_opens(site_of: OpenSite, world: World) -> None:
    path = f"/student/edit/{world.sardor.student_id}"
    own_fields = {question.name for question in STUDENTS.edit if not question.is_account}
    asked = own_fields & read_form(site_of(OPEN).browser.get(path)).keys()
    assert asked == own_fields
    site = site_of(with_admins(parents_only, Student))
    form = read_form(site.browser.get(path))
    assert own_fields & form.keys() == {"parent_name", "parent_phone"}
    page = site.browser.post(path, form | {"parent_name": "Nodira", "status": "blocked"})
    assert page.status_code == 200
    with site.app.platform.school.work(world.dilshod, read_only=True) as uow:
        student = uow.get(Student, world.sardor.student_id)
    assert (student.parent_name, student.status) == ("Nodira", StudentStatus.ACTIVE)
