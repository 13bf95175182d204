"""An entity of another package gets a screen of the admin from one declaration."""

from __future__ import annotations

from enum import StrEnum

import pytest
from pydantic import SecretStr

from educore import EDUCATION, Actor, Educore, Entity, FixedClock, Role, memory_ports, perform
from educore.adapters.sql import Database
from educore.identity.policies import own_center
from educore.kernel import Audited, Context, Policy, allow, everything
from educore.organization import Center
from educore.organization.entities import OwnCenterId
from educore.people import register_director
from educore.values import Name
from educore_web.admin import create_admin
from educore_web.admin.screen import Screen
from educore_web.admin.screens import SCREENS, learning
from educore_web.admin.ui.question import questions_about
from educore_web.settings import Settings
from support.admin.browser import Browser, page_text
from support.admin.town import PASSWORD


class LockState(StrEnum):
    FREE = "free"
    OUT_OF_ORDER = "out_of_order"


class Locker(Entity):
    audited = Audited.ALWAYS
    named_by = ("label",)

    center_id: OwnCenterId
    label: Name
    state: LockState = LockState.FREE


CONTEXT = Context(
    "lockers",
    entities=(Locker,),
    policies=(Policy(Locker, {Role.SUPERADMIN: allow(everything), Role.DIRECTOR: allow(own_center)}),),
)
LOCKERS = Screen(
    Locker,
    "furniture",
    "ti ti-lock",
    title="Lockers",
    columns=("name", "state"),
    filters=("state",),
    search=("label",),
    create=questions_about(Locker, "center_id", "label", "state"),
    edit=questions_about(Locker, "label", "state"),
    colors={"out_of_order": "red"},
    can_delete=True,
)


@pytest.fixture(scope="module")
def director():
    domain = EDUCATION.extend(CONTEXT)
    database = Database("sqlite://", domain)
    database.create_all()
    school = Educore(database.store, memory_ports(FixedClock()))
    with school.work(Actor(Role.SUPERADMIN)) as uow:
        center = perform(uow, Center, "create", fields={"name": "Registon"}).id
        account = {"username": "dilnoza", "password": PASSWORD, "first_name": "Dilnoza", "last_name": "Karimova"}
        register_director(uow, account=account, center_id=center)
    settings = Settings(secret=SecretStr("s" * 40), public_url="http://testserver")
    browser = Browser(create_admin(school, database, settings, screens=[*SCREENS, LOCKERS]))
    browser.sign_in("dilnoza")
    yield browser
    browser.close()
    database.close()


def test_it_is_in_the_menu_under_its_title_and_section(director):
    page = page_text(director.get("/"))
    assert "Furniture Lockers" in page


def test_its_rows_are_created_listed_named_and_audited(director):
    form = page_text(director.get("/locker/create"))
    assert "Label" in form
    assert "Out of order" in form
    page = director.post("/locker/create", {"label": "A-17", "state": "out_of_order"})
    assert page.status_code == 200
    assert page.url.path == "/admin/locker/details/1"
    listed = director.get("/locker/list?state=out_of_order")
    assert "A-17" in page_text(listed)
    assert "bg-red-lt" in listed.text
    trail = page_text(director.get("/audit-entry/list?kind=Locker"))
    assert "Locker A-17" in trail
    assert "Label: A-17" in trail


def test_the_audit_trail_can_be_filtered_by_it(director):
    assert '<option value="Locker">Locker</option>' in director.get("/audit-entry/list").text


def test_two_screens_of_one_entity_are_refused():
    database = Database("sqlite://", EDUCATION)
    settings = Settings(secret=SecretStr("s" * 40), public_url="http://testserver")
    school = Educore(database.store, memory_ports(FixedClock()))
    with pytest.raises(TypeError, match="more than one screen for Student"):
        create_admin(school, database, settings, screens=[*SCREENS, *learning.SCREENS[:1]])
    database.close()
