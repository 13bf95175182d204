"""Error messages, and the choice of their language."""

from __future__ import annotations

import pytest

from educore import Problem
from educore.translation import LANGUAGES
from educore_web.i18n import preferred_language


def test_choices_are_listed_in_the_language_of_the_sentence():
    problem = Problem("enum", {"expected": "'cash', 'card' or 'online'"})
    assert [
        problem.translate(language).partition(": ")[2] or problem.translate(language) for language in LANGUAGES
    ] == [
        "Choose one of 'cash', 'card' or 'online'.",
        "\u2068'cash', 'card' أو 'online'\u2069.",
        "'cash', 'card' ou 'online'.",
        "'cash', 'card' или 'online'.",
        "'cash', 'card' yoki 'online'.",
    ]


@pytest.mark.parametrize(
    ("problem", "language", "sentence"),
    [
        (Problem("file_too_large", {"megabytes": 5}), "en", "The file is larger than 5 MB."),
        (Problem("file_too_large", {"megabytes": 5}), "ru", "Файл больше 5 МБ."),
        (Problem("file_too_large", {"megabytes": 5}), "uz", "Fayl hajmi 5 MB dan katta."),
        (Problem("greater_than_equal", {"ge": "1900-01-01"}), "en", "Write 1900-01-01 or more."),
        (Problem("greater_than_equal", {"ge": "1900-01-01"}), "ru", "Укажите значение не меньше 1900-01-01."),
        (Problem("less_than_equal", {"le": "2200-12-31"}), "uz", "2200-12-31 yoki undan kichik qiymat yozing."),
        (Problem("no_such_code"), "en", "This value is not valid."),
        (Problem("no_such_code"), "ru", "Недопустимое значение."),
        (Problem("file_too_large"), "en", "The file is larger than  MB."),
    ],
)
def test_a_problem_is_said_in_the_language(problem, language, sentence):
    assert problem.translate(language) == sentence


def test_what_depends_on_a_row_is_counted():
    assert "2 groups, 1 room" in Problem("in_use", {"by": {"Group": 2, "Room": 1}}).translate()


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("uz", "uz"),
        ("ar-MA, fr;q=0.8", "ar"),
        ("fr-MA, en;q=0.5", "fr"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("de, uz;q=0.5, en;q=0.4", "uz"),
        ("en;q=0.1, ru;q=0.9", "ru"),
        ("ru;q=0, uz;q=0.1", "uz"),
        ("RU", "ru"),
        ("*", "en"),
        ("de,it", "en"),
        (";;q=,,x;q=1.2.3", "en"),
    ],
)
def test_the_language_a_browser_prefers_is_chosen(header, language):
    assert preferred_language(header) == language


def test_only_the_beginning_of_very_many_languages_is_looked_at():
    assert preferred_language("de," * 100 + "ru") == "ru"
    assert preferred_language("de," * 1000 + "ru") == "en"
