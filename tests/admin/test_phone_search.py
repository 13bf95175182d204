"""A phone number is found however it is typed, in the search of every screen."""

from __future__ import annotations

import pytest
from sqladmin.helpers import slugify_class_name

from educore import EDUCATION, where
from educore.people import Student
from educore_web.admin.screens import SCREENS
from educore_web.rest.search import holds_phone
from support.admin.browser import page_text
from support.plain_rows import change_row

SEARCHED = [
    (screen, path)
    for screen in SCREENS
    for path in screen.search
    if holds_phone(EDUCATION, screen.kind, path.split("."))
]


def test_people_places_and_messages_are_found_by_phone() -> None:
    assert {path.rpartition(".")[2] for _, path in SEARCHED} == {"phone", "parent_phone", "address"}


@pytest.fixture(scope="module")
def typed_as():
    """The ways in which a number of Uzbekistan is typed."""
    return lambda phone: (
        f"{phone[4:6]} {phone[6:9]}-{phone[9:11]}-{phone[11:]}",
        f"+998 ({phone[4:6]}) {phone[6:9]} {phone[9:11]} {phone[11:]}",
    )


def test_every_screen_finds_a_phone_in_every_spelling(as_, world, office, typed_as):
    boss, tried = as_("sayyora"), set()
    with world.as_boss() as uow:
        change_row(uow, uow.find(Student, limit=1)[0], {"parent_phone": "+998907771122"})
    for screen, path in SEARCHED:
        with world.as_boss() as uow:
            values = uow.count_by(screen.kind, path, where(**{f"{path.replace('.', '__')}__isnull": False}))
        address = f"/{slugify_class_name(screen.name)}/list"
        shown = (
            (value, boss.get(f"{address}?search={value.replace('+', '%2B')}").text.count("data-row"))
            for value in values
            if str(value).startswith("+998")
        )
        phone, expected = next((found for found in shown if found[1]), ("", 0))
        if not phone:
            continue
        for typed in typed_as(phone):
            page = boss.get(f"{address}?search={typed.replace('+', '%2B')}")
            assert page.text.count("data-row") >= expected, (screen.name, path, typed)
        assert "data-row" not in boss.get(f"{address}?search=33 345-67-89").text
        tried.add(path.rpartition(".")[2])
    assert {"phone", "parent_phone"} <= tried


def test_a_name_beside_the_phone_narrows_the_search(director, world, office):
    page = director.get("/student/list?search=nobody 90 000-00-01")
    assert "data-row" not in page_text(page)
