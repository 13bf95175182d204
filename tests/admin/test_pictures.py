"""Pictures are given, replaced and taken away in the forms, by whoever may change the row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from html import unescape
from pathlib import Path

import pytest
from pydantic import SecretStr

from educore import Problem, Role, perform
from educore.identity import Membership, User
from educore.organization import Center
from educore.people import Student, Teacher, open_superadmin
from educore.translation import LANGUAGES
from educore_web.app import compose
from educore_web.runtime.platform import open_platform
from educore_web.settings import Settings
from support.admin.browser import Browser, page_text
from support.admin.town import BOSS, PASSWORD, SITE, build_town
from support.web.sample_files import GIF, HTML, JPEG, MEGABYTE, PNG, SVG, WEBP

KINDS = Problem("file_type", {"expected": "JPEG, PNG, GIF, WebP"})
CENTER = {"name": "Registon", "country": "UZ", "time_zone": "Asia/Tashkent", "currency": "UZS"}
STUDENT = {"status": "active", "enrollment_date": "2024-01-01", "account.username": "student-r"}


@pytest.fixture(autouse=True)
def files(world) -> Iterator[dict[str, bytes]]:
    """Every file that is kept, by its key."""
    kept = world.school.ports.files.contents
    kept.clear()
    yield kept
    kept.clear()


@pytest.fixture
def boss(as_) -> Browser:
    """Sayyora, who looks after the platform."""
    return as_("sayyora")


def save_center(browser, world, *, logo=None, name="logo.png", token=None, **fields):
    sent = {"logo": (name, logo, "image/png")} if logo is not None else {"logo": ("", b"", "application/octet-stream")}
    return browser.post(f"/center/edit/{world.registon.center}", CENTER | fields, files=sent, token=token)


def errors_beside(page, field):
    """The sentences beside one control."""
    _, _, rest = page.text.partition(f'id="q-{field.replace(".", "-")}-errors">')
    return unescape(rest.partition("</div>")[0])


def logo_of(world):
    return world.get(Center, world.registon.center).logo


# -- giving, replacing, taking away ------------------------------------------------------------------------


@pytest.mark.parametrize("content", [PNG, JPEG, GIF, WEBP], ids=["PNG", "JPEG", "GIF", "WebP"])
def test_a_logo_is_kept_and_shown(boss, world, files, content):
    page = save_center(boss, world, logo=content, name="../our logo.png")
    assert "Saved." in page_text(page)
    assert files == {logo_of(world): content}
    address = world.school.ports.files.url(logo_of(world))
    assert f'<img class="picture" src="{address}"' in page.text
    assert f'<img class="picture" src="{address}"' in boss.get(f"/center/edit/{world.registon.center}").text


def test_a_new_center_is_made_with_its_logo(boss, world, files):
    assert "multipart/form-data" in boss.get("/center/create").text
    assert "logo.remove" not in boss.get("/center/create").text
    page = boss.post("/center/create", CENTER | {"name": "Yangi"}, files={"logo": ("logo.png", PNG, "image/png")})
    assert "Saved." in page_text(page)
    assert files == {world.find(Center, name="Yangi")[0].logo: PNG}


def test_a_new_logo_replaces_the_old_one_whatever_the_box_says(boss, world, files):
    save_center(boss, world, logo=PNG)
    save_center(boss, world, logo=GIF, **{"logo.remove": "true"})
    assert files == {logo_of(world): GIF}


def test_choosing_no_file_keeps_the_logo(boss, world, files):
    save_center(boss, world, logo=PNG)
    before = logo_of(world)
    assert "Saved." in page_text(save_center(boss, world, phone="+998901112233"))
    boss.post(f"/center/edit/{world.registon.center}", CENTER | {"logo": "memory://elsewhere"})
    assert (logo_of(world), files) == (before, {before: PNG})
    assert world.get(Center, world.registon.center).name == "Registon"


def test_a_tick_removes_the_logo_and_its_file(boss, world, files):
    save_center(boss, world, logo=PNG)
    assert "Saved." in page_text(save_center(boss, world, **{"logo.remove": "true"}))
    assert (logo_of(world), files) == (None, {})
    assert "logo.remove" not in boss.get(f"/center/edit/{world.registon.center}").text


def test_the_address_on_the_page_opens_the_file_and_only_as_it_was_signed(tmp_path: Path):
    settings = Settings(
        database=f"sqlite:///{tmp_path}/school.db", secret=SecretStr("s" * 40), files=tmp_path, public_url=SITE
    )
    platform = open_platform(settings)
    platform.database.create_all()
    password = platform.school.ports.passwords.hash(PASSWORD)
    with platform.school.work(BOSS) as uow:
        open_superadmin(uow, account={"username": "sayyora", "password": password})
        center = perform(uow, Center, "create", fields={"name": "Registon"})
    with closing(platform.database), closing(Browser(compose(platform))) as browser:
        browser.sign_in("sayyora")
        logo = ("logo.png", PNG, "image/png")
        page = browser.post(f"/center/edit/{center.id}", CENTER, files={"logo": logo})
        address = unescape(re.findall(r'<img class="picture" src="([^"]+)"', page.text)[0])
        opened = browser.send("GET", address)
        assert (opened.status_code, opened.content, opened.headers["content-type"]) == (200, PNG, "image/png")
        assert browser.send("GET", address.partition("?")[0]).status_code == 404


# -- people ------------------------------------------------------------------------------------------------


def test_a_students_photo_lands_on_the_account(director, world, files):
    photo = {"account.image": ("ali.jpg", JPEG, "image/jpeg")}
    fields = STUDENT | {"branch_id": world.registon.branch, "group_id": world.registon.group}
    page = director.post(f"/student/edit/{world.registon.student}", fields, files=photo)
    account = world.get(User, world.get(Student, world.registon.student).user_id)
    assert files == {account.image: JPEG}
    assert f'src="{world.school.ports.files.url(account.image)}"' in page.text
    director.post(f"/student/edit/{world.registon.student}", fields | {"account.image.remove": "true"})
    assert files == {}


@pytest.mark.parametrize(
    ("path", "fields"), [("student", {}), ("teacher", {}), ("membership", {"role": Role.MANAGER})], ids=str
)
def test_people_are_registered_with_their_photos(director, world, files, path, fields):
    fields |= {"account.username": "laylo", "branch_id": world.registon.branch}
    page = director.post(f"/{path}/create", fields, files={"account.image": ("l.png", PNG, "image/png")})
    assert "Saved." in page_text(page)
    assert files == {world.find(User, username="laylo")[0].image: PNG}


def test_a_photo_can_be_given_on_each_screen_of_a_person(director, world, files):
    teacher = world.get(Teacher, world.registon.teacher)
    malika = world.get(Membership, world.registon.other["malika"])
    photo = ("photo.png", PNG, "image/png")
    director.post(
        f"/teacher/edit/{teacher.id}",
        {
            "account.username": "teacher-r",
            "branch_id": teacher.branch_id,
            "hire_date": "2024-01-01",
            "status": "active",
        },
        files={"account.image": photo},
    )
    director.post(f"/membership/edit/{malika.id}", {"account.username": "malika"}, files={"account.image": photo})
    student = world.get(Student, world.registon.student)
    director.post(f"/user/edit/{student.user_id}", {"username": "student-r"}, files={"image": photo})
    images = {world.get(User, person.user_id).image for person in (teacher, malika, student)}
    assert images == files.keys()
    assert len(images) == 3


# -- what is refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (SVG, KINDS),
        (HTML, KINDS),
        (b"%PDF-1.7", KINDS),
        (b"", Problem("file_empty")),
        (PNG + b"\0" * 10 * MEGABYTE, Problem("file_too_large", {"megabytes": 10})),
    ],
    ids=["SVG", "HTML", "PDF", "empty", "too large"],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_no_picture_is_told_beside_the_field_and_nothing_is_written(
    boss, world, files, content, problem, language
):
    save_center(boss, world, logo=GIF)
    before = world.get(Center, world.registon.center)
    boss.get(f"/?lang={language}")
    page = save_center(boss, world, logo=content, address="Registon maydoni 1")
    assert page.status_code == 400
    assert errors_beside(page, "logo") == problem.translate(language)
    assert 'value="Registon maydoni 1"' in page.text
    assert world.school.ports.files.url(before.logo) in page.text
    assert (world.get(Center, world.registon.center), files) == (before, {before.logo: GIF})


def test_a_photo_is_not_kept_when_something_else_is_refused(director, world, files):
    photo = {"account.image": ("l.png", PNG, "image/png")}
    fields = {"account.username": "student-z", "branch_id": world.registon.branch}
    page = director.post("/student/create", fields, files=photo)
    assert errors_beside(page, "account.username") == Problem("taken").translate()
    assert files == {}
    page = director.post(
        "/student/create", fields | {"account.username": "new"}, files={"account.image": ("l.png", SVG, "image/png")}
    )
    assert errors_beside(page, "account.image") == KINDS.translate()
    assert not world.find(User, username="new")


@pytest.mark.parametrize("token", ["", "x" * 32])
def test_a_logo_without_the_secret_of_the_session_is_refused(boss, world, files, token):
    assert save_center(boss, world, logo=PNG, token=token).status_code == 403
    assert (logo_of(world), files) == (None, {})


def test_a_logo_sent_by_another_site_is_refused(boss, world, files):
    page = boss.post(
        f"/center/edit/{world.registon.center}",
        CENTER,
        files={"logo": ("logo.png", PNG, "image/png")},
        headers={"origin": "https://evil.example"},
    )
    assert page.status_code == 403
    assert (logo_of(world), files) == (None, {})


def test_a_director_cannot_set_the_logo_of_the_center(director, world, files):
    assert save_center(director, world, logo=PNG).status_code == 403
    assert (logo_of(world), files) == (None, {})


def test_who_may_not_change_an_account_is_not_asked_for_its_photo(as_, world, files):
    director = world.get(Membership, world.registon.director)
    for path, fields, field in (
        (f"/user/edit/{director.user_id}", {"username": "dilnoza-r"}, "image"),
        (f"/membership/edit/{director.id}", {"account.username": "dilnoza-r"}, "account.image"),
        (f"/teacher/edit/{world.registon.teacher}", {"account.username": "teacher-r"}, "account.image"),
    ):
        browser = as_("aziz")
        assert f'name="{field}"' not in browser.get(path).text, path
        browser.post(path, fields, files={field: ("photo.png", PNG, "image/png")})
    assert files == {}


# -- around the forms --------------------------------------------------------------------------------------


def test_a_form_without_a_picture_is_sent_as_before(director, world):
    assert "multipart/form-data" not in director.get("/course/create").text
    assert "multipart/form-data" in director.get(f"/student/edit/{world.registon.student}").text


def test_spreadsheets_hold_no_pictures(boss, world):
    save_center(boss, world, logo=PNG)
    assert "logo" not in boss.get("/center/export/csv").text
    assert "<code>image</code>" not in boss.get("/student/import").text


def test_pages_may_show_pictures_from_the_public_address():
    world = build_town(public_url="https://school.example/educore")
    with closing(world.database), closing(Browser(world.app, "https://inside")) as browser:
        policy = browser.get("/login").headers["content-security-policy"]
    assert "img-src 'self' data: https://school.example;" in policy


def test_a_request_larger_than_any_file_is_refused_before_it_is_kept(boss, world, files) -> None:
    page = save_center(boss, world, logo=PNG + b"\0" * 27 * MEGABYTE)
    assert page.status_code == 413
    assert not files
