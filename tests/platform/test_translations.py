"""The catalogues: every sentence is there in every language, is compiled, is used, and has the same placeholders."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from gettext import GNUTranslations
from pathlib import Path
from typing import Any, get_args

import pytest
from babel.messages.catalog import Catalog
from pydantic_core.core_schema import ErrorType

import educore
import educore_web
from educore import EDUCATION, EducoreError, Problem
from educore.kernel import value_type
from educore.translation import EDUCORE_SENTENCES, ERROR_SENTENCES, LANGUAGES, Plural, translate_text
from educore_web.i18n import find_sentence
from educore_web.i18n import update as updating
from educore_web.i18n.english import ENGLISH, merge_areas
from educore_web.settings import Settings

SOURCES = [Path(package.__file__ or "").parent for package in (educore, educore_web)]
ENGLISH_MODULES = (SOURCES[1] / "i18n" / "english", SOURCES[0] / "translation")
KEYS = (*(f"errors.{code}" for code in ERROR_SENTENCES), *ENGLISH)
TRANSLATED = [language for language in LANGUAGES if language != "en"]
SENTENCES = dict(updating.source_sentences())
ADVICE = "run `nox -s translations`, then translate what is empty or fuzzy in educore.po"


def catalogue(language: str) -> Catalog:
    return updating.read_catalogue(path_of(language), language=language)


def path_of(language: str) -> Path:
    return updating.LOCALE / language / "LC_MESSAGES" / "educore.po"


def forms(text: Any) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated(language: str) -> None:
    messages = {message.context: message for message in catalogue(language) if message.id}
    assert {key: message.id for key, message in messages.items()} == SENTENCES, ADVICE
    assert not [key for key, message in messages.items() if message.fuzzy or not all(forms(message.string))], ADVICE


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_placeholders_of_the_english_sentence(language: str) -> None:
    different = {
        message.context
        for message in catalogue(language)
        for text in forms(message.string)
        if message.id and not has_placeholders(text, placeholders(forms(message.id)[-1]), of_one=message.pluralizable)
    }
    assert not different


def has_placeholders(text: str, expected: set[str], *, of_one: bool) -> bool:
    """Whether a text shows the expected values; a form for one number may say it in words, as "two lessons" does."""
    return placeholders(text) == expected or (of_one and not placeholders(text))


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_compiled_catalogue_is_that_of_the_source(language: str) -> None:
    with path_of(language).with_suffix(".mo").open("rb") as file:
        compiled = GNUTranslations(file)
    for message in catalogue(language):
        if isinstance(message.id, str) and message.id:
            assert compiled.pgettext(message.context, message.id) == message.string, ADVICE
        elif message.id:
            found = {compiled.npgettext(message.context, *message.id, number) for number in range(101)}
            assert found == set(message.string), ADVICE


def test_russian_is_in_cyrillic_and_uzbek_in_latin_with_its_own_apostrophes() -> None:
    for key in SENTENCES:
        russian, uzbek = (translated(key, language) for language in ("ru", "uz"))
        plain = re.sub(r"\{.*?\}", "", russian).lower()
        has_cyrillic = re.search("[а-яё]", plain) is not None
        assert has_cyrillic or not re.search("[a-z]", plain) or key.startswith("admin.Grade."), key
        assert not re.search("[а-яё]", uzbek.lower()), key
        assert not {"'", "`", "ʻ", "ʼ"} & set(uzbek), key


def test_arabic_is_in_arabic_letters_and_isolates_what_runs_from_left_to_right() -> None:
    """Without isolates, the parts of a date that follows an Arabic letter are shown in the opposite order."""
    for message in catalogue("ar"):
        for text in forms(message.string) if message.id else ():
            has_letters = re.search("[\u0621-\u064a،]", text) is not None
            assert has_letters or message.context.startswith("admin.Grade."), message.context
            assert text.count("\u2068") == text.count("\u2069"), message.context
            assert not re.search(r"(?<!\u2068)\{(date|last|today|\w+_(on|date)|phone|month)\}", text), message.context


def translated(key: str, language: str) -> str:
    english = SENTENCES[key]
    if key.startswith("errors."):
        return Problem(key.removeprefix("errors.")).translate(language)
    if key.startswith("messages."):
        return translate_text(str(english), key=key, language=language)
    return str(find_sentence(key, language))


# -- used and known ------------------------------------------------------------------------------------


def test_no_sentence_is_left_that_nothing_mentions() -> None:
    """The parts of a key after its area are names of classes or string constants of the source: `field.`, `phone`."""
    names = {*words_of_source(), *get_args(ErrorType), "or", "others", "comma", "count", "advice"}
    names |= {field.removesuffix("_id") for kind in EDUCATION.kinds.values() for field in kind.model_fields}
    structures = [value_type(kind, name)[0] for kind in EDUCATION.kinds.values() for name in kind.model_fields]
    names |= {part for structure in structures for part in getattr(structure, "model_fields", ())}
    names |= {step for name in list(names) for step in (name.rpartition(".")[2], name.removesuffix("."))}
    for key in KEYS:
        _, _, name = key.partition(".")
        assert name in names or all(step in names for step in name.removesuffix("_saved").split(".")), (
            f"nothing uses {key}"
        )


def test_every_code_of_a_problem_has_a_sentence() -> None:
    codes = {error.code for error in subclasses(EducoreError)} | set(codes_in_source())
    assert {"group_full", "unknown_id", "token_expired", "bad_characters"} < codes
    assert not {code for code in codes if code and code not in EDUCORE_SENTENCES}


def test_every_text_that_a_page_names_exists() -> None:
    calls = re.compile(r"""\btranslate\(\s*(?:'([\w.]+)'|"([\w.]+)")\s*[,)]""")
    admin = SOURCES[1] / "admin"
    named = {
        one or other
        for path in [*admin.rglob("*.html"), *admin.rglob("*.py")]
        for one, other in calls.findall(path.read_text(encoding="utf-8"))
    }
    assert "skip" in named
    assert not {f"admin.{name}" for name in named} - ENGLISH.keys()


def trees(*, without: Path | None = None) -> Iterator[ast.AST]:
    for folder in SOURCES:
        for path in folder.rglob("*.py"):
            if not {*ENGLISH_MODULES} & {*path.parents} and path != without:
                yield ast.parse(path.read_text(encoding="utf-8"))


def words_of_source() -> Iterator[str]:
    for tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                yield node.name
            elif isinstance(node, ast.Constant) and isinstance(node.value, str | int):
                yield str(node.value)
    for path in SOURCES[1].rglob("admin/**/*.html"):
        text = path.read_text(encoding="utf-8")
        yield from re.findall(r"'([\w.]+)'", text)
        yield from re.findall(r'"([\w.]+)"', text)


def codes_in_source() -> Iterator[str]:
    """Yield the codes in calls: `Problem("code", ...)`, `Conflict.because("field", "code")`, `Forbidden("code")`."""
    places = {error.__name__: 0 for error in subclasses(EducoreError)}
    places |= {"Problem": 0, "PydanticCustomError": 0, "because": 1}
    for tree in trees(without=SOURCES[1] / "settings.py"):  # it writes its sentences itself, for operators
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            place = places.get(name, len(node.args))
            for argument in node.args[place : place + 1]:
                yield from constants(argument)


def constants(node: ast.expr) -> Iterator[str]:
    """Yield the texts that an expression may be: "a", or "a" if it rains else "b"."""
    if isinstance(node, ast.IfExp):
        yield from constants(node.body)
        yield from constants(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def subclasses(cls: type[Any]) -> Iterator[type[Any]]:
    yield cls
    for sub in cls.__subclasses__():
        yield from subclasses(sub)


# -- languages and plural forms ------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_settings_accept_every_language(language: str) -> None:
    assert Settings(language=language).language == language


def test_a_sentence_depends_on_its_number() -> None:
    one, two = (Problem("capacity_below_enrolment", {"seated": count}) for count in (1, 2))
    assert one.translate().startswith("1 student is")
    assert two.translate().startswith("2 students are")
    assert one.translate("uz").startswith("Guruhda")
    assert two.translate("xx") == two.translate()


def test_a_key_that_two_parts_have_is_refused() -> None:
    with pytest.raises(ValueError, match=r"two English sentences for admin\.name"):
        merge_areas(("admin", {"name": "Name"}), ("admin", {"name": "Name"}))


# -- updating ------------------------------------------------------------------------------------------

LESSONS = "errors.lessons"


@pytest.fixture
def lessons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Russian catalogue with two sentences, one with plural forms, both translated."""
    monkeypatch.setattr(updating, "MESSAGE_TEMPLATES", {})
    monkeypatch.setattr(updating, "ERROR_SENTENCES", {})
    monkeypatch.setattr(updating, "ENGLISH", {LESSONS: Plural("{n} lesson", "{n} lessons", "n"), "errors.full": "Full"})
    updating.update_catalogue(tmp_path, language="ru")
    path = tmp_path / "ru" / "LC_MESSAGES" / "educore.po"
    text = path.read_text(encoding="utf-8")
    for number, form in enumerate(("{n} урок", "{n} урока", "{n} уроков")):
        text = text.replace(f'msgstr[{number}] ""', f'msgstr[{number}] "{form}"')
    path.write_text(text.replace('msgid "Full"\nmsgstr ""', 'msgid "Full"\nmsgstr "Полный"'), encoding="utf-8")
    updating.update_catalogue(tmp_path, language="ru")
    return tmp_path


def compiled_in(folder: Path) -> GNUTranslations:
    with (folder / "ru" / "LC_MESSAGES" / "educore.mo").open("rb") as file:
        return GNUTranslations(file)


def test_russian_has_three_plural_forms(lessons: Path) -> None:
    texts = compiled_in(lessons)
    found = [texts.npgettext(LESSONS, "{n} lesson", "{n} lessons", n).format(n=n) for n in (1, 3, 5, 11, 21)]
    assert found == ["1 урок", "3 урока", "5 уроков", "11 уроков", "21 урок"]


def test_a_new_language_begins_without_translations(lessons: Path) -> None:
    updating.update_catalogue(lessons, language="kk")
    created = updating.read_catalogue(lessons / "kk" / "LC_MESSAGES" / "educore.po", language="kk")
    assert {message.context: any(forms(message.string)) for message in created if message.id} == {
        LESSONS: False,
        "errors.full": False,
    }


def test_a_translation_of_a_changed_sentence_is_shown_but_not_compiled(
    lessons: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(updating, "ENGLISH", {"errors.full": "No place is left"})
    updating.update_catalogue(lessons, language="ru")
    text = (lessons / "ru" / "LC_MESSAGES" / "educore.po").read_text(encoding="utf-8")
    assert '#| msgid "Full"\nmsgctxt "errors.full"\nmsgid "No place is left"\nmsgstr "Полный"' in text
    assert "урок" not in text
    assert compiled_in(lessons).pgettext("errors.full", "No place is left") == "No place is left"
