"""Nothing of another Center is on any screen, for any role: the cases are made from the screens themselves.

Registon is ours, Zukko is the other Center. Every test first shows that the same address tells a control, who may see
Zukko, what it must not tell the people of Registon: a screen without such a row, or without such an answer, fails.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from educore import EDUCATION, Role
from educore_web.admin.screens import SCREENS
from educore_web.admin.ui.question import Question
from support.admin.browser import Browser, page_text
from support.admin.every_row import build_full_town, references_of, rows_of_center
from support.admin.forms import screen_address, stored_data
from support.admin.town import World

PEOPLE = {"dilnoza-r": Role.DIRECTOR, "malika": Role.MANAGER, "aziz": Role.ADMIN, "teacher-r": Role.TEACHER}
"""A person of Registon for each role that may use the admin within one Center."""

OTHER = "Zukko"
OWN_ONLY = {"Notification"}
"""Screens on which everyone sees only their own rows, so that the director of Zukko is the control there."""

every_screen = pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)


@dataclass
class Town:
    """The full town, and a browser for each person. No test changes it, so that each page is read once."""

    world: World
    browsers: dict[str, Browser] = field(default_factory=dict)
    pages: dict[tuple[str, str], Any] = field(default_factory=dict)

    def visit(self, name: str) -> Browser:
        """Return the browser of a person who has signed in."""
        if name not in self.browsers:
            self.browsers[name] = Browser(self.world.app)
            answer = self.browsers[name].sign_in(name, follow_redirects=False)
            assert answer.headers.get("location", "").endswith("/admin/"), f"{name} could not sign in"
        return self.browsers[name]

    def see(self, name: str, path: str) -> Any:
        """Return the page that a person sees at an address."""
        if (name, path) not in self.pages:
            self.pages[name, path] = self.visit(name).get(path)
        return self.pages[name, path]

    def ours(self, screen: Any) -> list[int]:
        """Return the rows of Registon on a screen."""
        return rows_of_center(self.world, screen, self.world.registon.center)

    def theirs(self, screen: Any) -> list[int]:
        """Return the rows of Zukko on a screen."""
        return rows_of_center(self.world, screen, self.world.zukko.center)

    def theirs_among(self, question: Question) -> list[int]:
        """Return the rows of Zukko that a question could name."""
        owner = "id" if question.target == "Center" else "center_id"
        kind = EDUCATION.kinds[question.target or ""]
        return [row.id for row in self.world.find(kind, **{owner: self.world.zukko.center})]


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    """A town with rows of both Centers for every screen."""
    world = build_full_town()
    built = Town(world)
    yield built
    for browser in built.browsers.values():
        browser.close()
    world.database.close()


def control_of(screen: Any) -> str:
    """Return who sees the rows of Zukko on this screen."""
    return "dilnoza-z" if screen.name in OWN_ONLY else "sayyora"


def address_of(screen: Any) -> str:
    """Return the first part of the addresses of a screen."""
    return f"/{screen_address(screen.name)}"


def may(screen: Any, role: Role, *verbs: str) -> bool:
    """Whether a role has a page of the screen: it may read there and do the rest."""
    if role is Role.TEACHER and not screen.for_teachers:
        return False
    return all(EDUCATION.policy(screen.kind).permits(role, verb) for verb in ("read", *verbs))


def listed(page: Any, screen: Any) -> set[int]:
    """Return the ids of the rows in a list, from the links to their pages."""
    return {int(id) for id in re.findall(rf'"/admin{address_of(screen)}/details/(\d+)"', page.text)}


def total(page: Any) -> int:
    """Return the number of rows that a list counts."""
    found = re.search(r"\d+–\d+ of (\d+)", page_text(page))
    return int(found[1]) if found else 0


def pages_of_a_row(screen: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Return the pages about one row, each with the actions of the policy that it needs."""
    yield "details/{}", ()
    if screen.edit:
        yield "edit/{}", ("update",)
    for action in screen.all_actions():
        yield f"action/{action.name}?pks={{}}", (action.verb,)


@every_screen
def test_a_list_shows_and_counts_rows_of_the_own_center_only(town: Town, screen: Any) -> None:
    path = f"{address_of(screen)}/list?pageSize=100"
    control = town.see(control_of(screen), path)
    assert listed(control, screen) & set(town.theirs(screen)), "the control sees no row of Zukko: add one to the town"
    assert OTHER in control.text, "the control reads no word of Zukko"
    for name, role in PEOPLE.items():
        page = town.see(name, path)
        assert page.status_code == (200 if may(screen, role) else 403), name
        assert listed(page, screen) <= set(town.ours(screen)), name
        assert OTHER not in page.text, name
        assert total(page) == len(listed(page, screen)), name
    assert listed(town.see("dilnoza-r", path), screen), "the director sees no row of Registon"


@every_screen
def test_the_pages_of_a_row_of_another_center_do_not_exist(town: Town, screen: Any) -> None:
    control = control_of(screen)
    for page, verbs in pages_of_a_row(screen):
        path = f"{address_of(screen)}/{page}"
        found = next((id for id in town.theirs(screen) if town.see(control, path.format(id)).status_code == 200), None)
        assert found is not None, f"{page}: the control opens no row of Zukko"
        if not verbs:
            assert OTHER in town.see(control, path.format(found)).text, "the control reads no word of Zukko"
        for name, role in PEOPLE.items():
            answer = town.see(name, path.format(found))
            assert answer.status_code == (404 if may(screen, role, *verbs) else 403), (name, page)
            assert OTHER not in answer.text, (name, page)
        if may(screen, Role.DIRECTOR, *verbs):
            own = (town.see("dilnoza-r", path.format(id)).status_code for id in town.ours(screen))
            assert 200 in own, f"{page}: the director opens no row of Registon"


@every_screen
def test_nothing_of_another_center_is_changed(town: Town, screen: Any) -> None:
    for name in PEOPLE:
        town.visit(name)
    before = stored_data(town.world)
    ours, theirs = town.ours(screen)[0], town.theirs(screen)[0]
    for page, verbs in pages_of_a_row(screen):
        if not verbs:
            continue
        path = f"{address_of(screen)}/{page.format(f'{ours},{theirs}' if 'pks' in page else theirs)}"
        for name, role in PEOPLE.items():
            answer = town.visit(name).post(path, {"first_name": "Changed"})
            assert answer.status_code == (404 if may(screen, role, *verbs) else 403), (name, page)
    assert stored_data(town.world) == before


@every_screen
def test_an_export_holds_rows_of_the_own_center_only(town: Town, screen: Any) -> None:
    path = f"{address_of(screen)}/export/csv"
    control = exported(town.see(control_of(screen), path))
    for name, role in PEOPLE.items():
        answer = town.see(name, path)
        assert answer.status_code == (200 if may(screen, role) else 403), name
        assert OTHER not in answer.text, name
        if answer.status_code == 200:
            assert len(exported(answer)) <= len(town.ours(screen)), name
            assert len(exported(answer)) == total(town.see(name, f"{address_of(screen)}/list?pageSize=100")), name
    own = exported(town.see("dilnoza-r", path))
    assert own, "the director exports nothing"
    assert len(control) == total(town.see(control_of(screen), f"{address_of(screen)}/list?pageSize=100"))


@pytest.mark.parametrize("screen", [screen for screen in SCREENS if screen.search], ids=lambda screen: screen.name)
def test_a_search_finds_rows_of_the_own_center_only(town: Town, screen: Any) -> None:
    path = f"{address_of(screen)}/list?pageSize=100&search={OTHER}"
    found = listed(town.see(control_of(screen), path), screen)
    assert found & set(town.theirs(screen)), "the control finds no row of Zukko"
    for name, role in PEOPLE.items():
        page = town.see(name, path)
        assert page.status_code == (200 if may(screen, role) else 403), name
        assert not listed(page, screen), name


@every_screen
def test_a_filter_neither_lists_nor_names_rows_of_another_center(town: Town, screen: Any) -> None:
    for question in references_in_filters(screen):
        paths = (f"{address_of(screen)}/list?{question.name}={id}" for id in town.theirs_among(question))
        theirs, control = set(town.theirs(screen)), control_of(screen)
        path = next((path for path in paths if listed(town.see(control, path), screen) & theirs), None)
        assert path is not None, f"{question.name}: the control finds no row of Zukko by it"
        assert OTHER in town.see(control, path).text, question.name
        page = town.see("dilnoza-r", path)
        assert (page.status_code, listed(page, screen)) == (200, set()), question.name
        assert OTHER not in page.text, question.name


@every_screen
def test_no_choice_is_a_row_of_another_center(town: Town, screen: Any) -> None:
    for form, question in (*references_of(screen), *(("list", found) for found in references_in_filters(screen))):
        theirs = set(town.theirs_among(question))
        path = f"{address_of(screen)}/ajax/lookup?form={form}&name={question.name}&term="
        found = (term for term in (OTHER, "") if offered(town.see(control_of(screen), path + term)) & theirs)
        term = next(found, None)
        assert term is not None, f"{form} {question.name}: the control is offered no row of Zukko"
        for name in PEOPLE:
            answer = town.see(name, path + term)
            assert not offered(answer) & theirs, (name, form, question.name)
            assert OTHER not in answer.text, (name, form, question.name)


def references_in_filters(screen: Any) -> list[Question]:
    """Return the filters of a list that name a row, as schools have them."""
    filters = [found if isinstance(found, Question) else Question(found, screen.kind) for found in screen.filters]
    return [question for question in filters if question.target and question.in_schools is not False]


def offered(answer: Any) -> set[int]:
    """Return the rows that a lookup offers: none where it is refused."""
    return {int(row["id"]) for row in answer.json()["results"]} if answer.status_code == 200 else set()


def exported(answer: Any) -> list[list[str]]:
    """Return the rows of an export without their heading."""
    return list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))[1:]


@pytest.mark.parametrize("name", PEOPLE)
@every_screen
def test_each_button_of_a_row_leads_to_a_page(town: Town, screen: Any, name: str) -> None:
    """Whoever is offered something may do it; the right to do it is looked at again behind the button."""
    if not may(screen, PEOPLE[name]):
        return
    own = rf'"/admin({address_of(screen)}/(?:\d+/\w+|edit/\d+|action/\w+\?pks=\d+))"'
    for id in town.ours(screen)[:2]:
        page = town.see(name, f"{address_of(screen)}/details/{id}")
        if page.status_code == 200:
            offered = {path: town.see(name, path).status_code for path in re.findall(own, page.text)}
            assert set(offered.values()) <= {200}, offered
