"""Nothing of another Center's money, leads, contracts and messages is anywhere, whoever asks and however."""

from __future__ import annotations

import re

import pytest

from educore import EDUCATION, Role
from support.admin.browser import page_text
from support.admin.office import KINDS, SCREENS
from support.admin.words import WORDS

PEOPLE = {"dilnoza-r": Role.DIRECTOR, "malika": Role.MANAGER, "aziz": Role.ADMIN, "sayyora": Role.SUPERADMIN}
MADE_HERE = {"invoice", "payment", "payroll", "lead", "contract", "template", "run"}


def test_forms_filled_in_by_an_address_do_not_name_rows_of_another_center(director, world, office):
    theirs = world.zukko
    for path in (
        f"/payment/create?student_id={theirs.student}&invoice_id={office.zukko.invoice}&group_id={theirs.group}",
        f"/payroll/create?teacher_id={theirs.teacher}",
        f"/charge-run/create?group_ids={theirs.group}",
        f"/invoice/list?run_id={office.zukko.run}",
        f"/payment/list?student_id={theirs.student}",
    ):
        page = director.get(path)
        assert page.status_code == 200, path
        assert "Zukko" not in page.text, path


def test_a_salary_is_not_reckoned_for_a_teacher_of_another_center(director, world, office):
    page = director.post("/payroll/create", {"teacher_id": world.zukko.teacher, "month": "2024-01", "then": "propose"})
    assert page.status_code == 404
    assert 'value="0.00"' not in page.text


@pytest.mark.parametrize("name", sorted(PEOPLE))
def test_screens_and_buttons_follow_the_policies(as_, name, office):
    browser = as_(name)
    menu = browser.get("/").text
    for row, screen in SCREENS.items():
        policy = EDUCATION.policy(KINDS[row])
        page = browser.get(f"/{screen}/list")
        assert (page.status_code == 200) is policy.permits(PEOPLE[name], "read"), screen
        assert (f"/admin/{screen}/list" in menu) is policy.permits(PEOPLE[name], "read"), screen
        if row in MADE_HERE:
            may_create = policy.permits(PEOPLE[name], "create")
            assert (f'href="/admin/{screen}/create"' in page.text) is may_create, screen
            assert (browser.get(f"/{screen}/create").status_code == 200) is may_create, screen
            assert (browser.post(f"/{screen}/create").status_code == 400) is may_create, screen


def test_the_superadmin_chooses_the_center_of_what_has_one_by_itself(as_, world, office):
    browser = as_("sayyora")
    assert 'name="center_id"' in browser.get("/sms-template/create").text
    asked = {"month": "2024-02", "due_date": "2024-02-10"}
    page = browser.post("/charge-run/create", asked | {"center_id": world.zukko.center})
    assert "Zukko group" in page.text
    assert "Registon group" not in page.text
    assert 'id="q-center_id-errors"' in browser.post("/charge-run/create", asked).text


def test_no_page_of_the_office_answers_strangers_or_other_sites(anybody, director, office):
    nobody = anybody()
    for path in ("/money", "/leads", "/funnel", "/charge-run/create", f"/payment/{office.registon.payment}/receipt"):
        assert nobody.get(path).url.path == "/admin/login", path
    for path in ("/leads", "/notification/read-all", "/charge-run/create", "/payment/create"):
        assert director.post(path, {"id": office.registon.lead, "to": "lost"}, token="wrong").status_code == 403, path
        evil = {"origin": "https://evil.example"}
        assert director.post(path, {}, headers=evil).status_code == 403, path


NAMES = re.compile(
    r"Registon\w*|Dilnoza|Kamola|Ali|student-r|English|O‘zbekcha|CSV|csv|UZS|Instagram|"
    r"Come at ten|Hello|writes|note|lead|group|course|branch|template"
)


@pytest.mark.parametrize("code", ["ar", "fr", "ru", "uz"])
def test_the_office_speaks_every_language(director, office, code):
    director.get(f"/?lang={code}")
    english = {word for text in WORDS["en"].values() for word in re.findall(r"[A-Za-z]{4,}", text)}
    own = {word for text in WORDS[code].values() for word in re.findall(r"[A-Za-z]{4,}", text)}
    for path in (
        *(f"/{screen}/{page}" for screen in SCREENS.values() for page in ("list", "create")),
        *(f"/{screen}/details/{getattr(office.registon, name)}" for name, screen in SCREENS.items()),
        *("/money", "/leads", "/funnel"),
    ):
        left = set(re.findall(r"[A-Za-z]{4,}", NAMES.sub("", page_text(director.get(path))))) & (english - own)
        assert not left, (path, left)
        assert not re.search(
            r"\b(?:field|chart|figure|panel|action|hint|link|page|propose|section)\.\w+", page_text(director.get(path))
        ), path
