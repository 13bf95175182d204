"""The admin speaks English, Russian and Uzbek."""

from __future__ import annotations

import re
from enum import Enum

import pytest

from educore import EDUCATION, Hidden
from educore.courses import Course
from educore.kernel import is_marked, value_type
from educore.people import Student
from educore_web.admin.screens import SCREENS
from support.admin.browser import page_text
from support.admin.words import WORDS


def test_everything_a_screen_shows_has_a_word():
    needed = set()
    for screen in SCREENS:
        needed |= {f"{screen.name}.many", f"section.{screen.section}"}
        needed |= {f"{screen.name}.new"} if screen.create else set()
        needed |= {f"{part}.{action.name}" for action in screen.all_actions() for part in ("action", "confirm", "said")}
        asked = [(q.kind if q.part_of else screen.kind, q.field) for q in (*screen.create, *screen.edit)]
        asked += [(panel.kind, column) for panel in screen.panels for column in panel.columns]
        names = [*asked, *((screen.kind, name) for name in (*screen.columns, *screen.kind.model_fields))]
        for kind, name in names:
            last = name.rpartition(".")[2]
            hidden = last in kind.model_fields and is_marked(kind, last, Hidden)
            if last == "id" or last in screen.hidden_fields or hidden:
                continue
            short = last.removesuffix("_id")
            if f"{kind.__name__}.{short}" not in WORDS["en"]:
                needed.add(f"field.{short}")
    for kind in EDUCATION.kinds.values():
        for field in kind.model_fields:
            plain = value_type(kind, field)[0]
            if issubclass(plain, Enum):
                needed |= {f"{plain.__name__}.{word.value}" for word in plain}
    assert not needed - WORDS["en"].keys()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("en", ["Students", "Groups", "Dashboard", "How full the groups are", "free places"]),
        ("ar", ["التلاميذ", "المجموعات", "لوحة القيادة", "امتلاء المجموعات", "مقاعد شاغرة"]),
        ("fr", ["Élèves", "Groupes", "Tableau de bord", "Remplissage des groupes", "places libres"]),
        ("ru", ["Ученики", "Группы", "Обзор", "Заполненность групп", "свободных мест"]),
        ("uz", ["O‘quvchilar", "Guruhlar", "Umumiy ko‘rinish", "Guruhlarning to‘lganligi", "bo‘sh o‘rinlar"]),
    ],
)
def test_a_chosen_language_is_kept(director, code, words):
    page = director.get(f"/?lang={code}")
    again = director.get("/")
    for found in (page, again):
        assert f'<html lang="{code}" ' in found.text
        for word in words:
            assert word in page_text(found)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("uz", "uz"),
        ("ar-MA,fr;q=0.9", "ar"),
        ("fr-MA,fr;q=0.9,en;q=0.8", "fr"),
        ("de,it", "en"),
        ("", "en"),
        ("en;q=0.1,ru;q=0.9", "ru"),
        (";;;q=", "en"),
    ],
)
def test_a_browser_is_met_in_its_own_language(anybody, header, code):
    page = anybody().get("/login", headers={"accept-language": header})
    assert f'<html lang="{code}" ' in page.text


@pytest.mark.parametrize("lang", ["xx", "../en", "", "ru;uz", "RU"])
def test_a_language_nobody_speaks_changes_nothing(anybody, lang):
    page = anybody().get("/login", params={"lang": lang}, headers={"accept-language": "uz"})
    assert '<html lang="uz" ' in page.text
    assert "educore_language" not in page.headers.get("set-cookie", "")


@pytest.mark.parametrize("code", ["ar", "fr", "ru", "uz"])
def test_no_english_is_left_on_the_pages_of_another_language(director, world, code):
    director.get(f"/?lang={code}")
    names = re.compile(
        r"student-r|Registon\w*|Dilnoza|Ali|Kamola|English|Asia/Tashkent|CSV|csv|Educore|Tashkent|branch|course|group|room"
    )
    english = {word for text in WORDS["en"].values() for word in re.findall(r"[A-Za-z]{5,}", text)}
    own = {word for text in WORDS[code].values() for word in re.findall(r"[A-Za-z]{5,}", text)}
    for path in (
        "/",
        "/student/list",
        "/student/create",
        f"/student/details/{world.registon.student}",
        f"/student/action/move?pks={world.registon.student}",
        "/group/list",
        "/membership/list",
        "/sign-in/list",
    ):
        left = set(re.findall(r"[A-Za-z]{5,}", names.sub("", page_text(director.get(path))))) & (english - own)
        assert not left, (path, left)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("en", "This field is required."),
        ("ar", "إلزامي"),
        ("fr", "obligatoire"),
        ("ru", "обязательно"),
        ("uz", "majburiy|to‘ldir"),
    ],
)
def test_what_is_refused_is_told_in_the_language_of_the_page(director, code, sentence):
    director.get(f"/?lang={code}")
    page = director.post("/course/create", {"name": ""})
    errors = page.text.partition('id="q-name-errors">')[2].partition("</div>")[0]
    assert re.search(sentence, errors), errors


def test_blockers_are_counted_in_the_language_of_the_page(director, world):
    director.get("/?lang=ru")
    page = director.post(f"/course/action/delete?pks={world.registon.course}")
    assert "есть связанные записи: 1 группа." in page_text(page)
    assert "Group" not in page_text(page)
    assert world.get(Course, world.registon.course)


def test_days_and_times_are_written_as_people_write_them_on_their_own_clock(director, world):
    assert "Jan 1, 2024" in page_text(director.get("/student/list?lang=en"))
    assert "1 янв. 2024" in page_text(director.get("/student/list?lang=ru")).replace("\u202f", " ").replace("\xa0", " ")
    page = page_text(director.get(f"/student/details/{world.registon.student}"))
    assert "15:00" in page, "10:00 in UTC is 15:00 in Tashkent"
    assert world.get(Student, world.registon.student)
