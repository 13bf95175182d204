"""Errors have one shape, in the language asked for, and name fields as deep as the body goes (E32, E33)."""

from __future__ import annotations

from typing import Any

import pytest

from support.web.client import EduClient
from support.web.running_platform import RunningPlatform

LANGUAGES = {
    "": ("Ma’lumotlar noto‘g‘ri.", "Bu maydon to‘ldirilishi shart.", "Topilmadi"),
    "uz": ("Ma’lumotlar noto‘g‘ri.", "Bu maydon to‘ldirilishi shart.", "Topilmadi"),
    "de, es;q=0.5": ("Ma’lumotlar noto‘g‘ri.", "Bu maydon to‘ldirilishi shart.", "Topilmadi"),
    "ru-RU,ru;q=0.9": ("Данные заполнены неверно.", "Это поле обязательно.", "Не найдено"),
    "de, fr-MA;q=0.5": ("Certains champs ne sont pas valides.", "Ce champ est obligatoire.", "Introuvable"),
    "en": ("Some fields are not valid.", "This field is required.", "Not found"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_errors_are_in_uzbek_unless_another_language_is_asked_for(language: str, edu: EduClient) -> None:
    general, missing, unknown = LANGUAGES[language]
    headers = {"accept-language": language} if language else {}
    answer = edu("dilshod").post("/payments/invoices/", {"amount": 5}, headers=headers)
    fields = {name: [missing] for name in ("student", "due_date")}
    assert (answer.status, answer.body) == (400, {"error": general, "details": fields})
    answer = edu("dilshod").send("GET", "/groups/987654/", headers=headers)
    assert (answer.status, answer.body) == (404, {"error": unknown, "details": {}})


def test_everything_wrong_is_named_at_once_what_is_unknown_too(edu: EduClient, site: RunningPlatform) -> None:
    body = {"name": "", "course": 987654, "teacher": site.world.sardor.user_id, "start_date": "soon"}
    answer = edu("dilshod").post("/groups/", body)
    assert (answer.status, answer.fields()) == (400, {"name", "course", "teacher", "start_date"})


def test_errors_of_a_list_stand_by_position(edu: EduClient, site: RunningPlatform) -> None:
    world, register = site.world, site.extras.register[site.world.tashkent.center.id]
    marks: list[Any] = [
        {"student_id": world.sardor.user_id, "status": "present"},
        {"student_id": world.sobir.user_id, "status": "present"},
        {"student_id": world.timur.user_id, "status": "asleep"},
        7,
    ]
    path = f"/attendance/sessions/{register}/mark_attendance/"
    answer = edu("timur").post(path, {"attendance_data": marks}, headers={"accept-language": "en"})
    unknown = [[f"Nothing with the id {person.user_id} exists here."] for person in (world.sobir, world.timur)]
    assert answer.status == 400
    assert answer["details"]["attendance_data"] == [
        {},
        {"student_id": unknown[0]},
        {"student_id": unknown[1], "status": ["Choose one of 'present', 'absent', 'late' or 'excused'."]},
        {"non_field_errors": ["Send an object here."]},
    ]
    assert site.changed() == []


def test_refusals_of_a_whole_list_name_the_users_and_not_the_students(edu: EduClient, site: RunningPlatform) -> None:
    shirin, register = site.world.shirin.user_id, site.extras.register[site.world.tashkent.center.id]
    body = {"attendance_data": [{"student_id": shirin, "status": "present"}]}
    answer = edu("dilshod").post(
        f"/attendance/sessions/{register}/mark_attendance/", body, headers={"accept-language": "en"}
    )
    assert answer["details"] == {"attendance_data": [{"student_id": [f"Student {shirin} is not in this group."]}]}


@pytest.mark.parametrize("size", [1, 50, 500])
def test_a_long_list_costs_no_more_statements_than_a_short_one(
    size: int, edu: EduClient, site: RunningPlatform
) -> None:
    register = site.extras.register[site.world.tashkent.center.id]
    body = {"attendance_data": [{"student_id": 10_000 + n, "status": "late"} for n in range(size)]}
    with site.statements() as seen:
        answer = edu("dilshod").post(f"/attendance/sessions/{register}/mark_attendance/", body)
    assert (answer.status, len(answer["details"]["attendance_data"])) == (400, size)
    assert len(seen) <= 5
